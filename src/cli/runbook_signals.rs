//! What the metrics and the answers of the class 5xx mean, and what a person does, in Chinese, Korean and English.

use crate::base::text::Words;

/// One of them.
pub(super) struct Signal {
    /// As it is shown.
    pub(super) name: &'static str,
    pub(super) means: Words,
    pub(super) act: Words,
}

/// Series of `/metrics`.
pub(super) const METRICS: &[Signal] = &[
    Signal {
        name: "gunpo_http_request_seconds",
        means: Words::new([
            "请求数与耗时，按路由与状态。",
            "경로와 상태별 요청 수와 소요 시간.",
            "Requests and their time, by route and class of status.",
        ]),
        act: Words::new([
            "5xx 连续 5 分钟超过 1%，或 p99 超过 1 秒：先看下方各项，再看日志。",
            "5xx가 5분간 1%를 넘거나 p99가 1초를 넘으면: 아래 항목을 먼저, 다음에 로그를 보십시오.",
            "5xx above 1 % for 5 minutes, or p99 above 1 s: look at the entries below, then at the log.",
        ]),
    },
    Signal {
        name: "gunpo_http_in_flight",
        means: Words::new(["正在处理的请求。", "처리 중인 요청.", "Requests being answered."]),
        act: Words::new([
            "长时间接近上限：系统过载，或数据库无响应。",
            "오래 상한 근처면: 과부하이거나 데이터베이스가 응답하지 않습니다.",
            "Near its limit for long: overload, or a database that does not answer.",
        ]),
    },
    Signal {
        name: "gunpo_wechat_calls_total",
        means: Words::new(["对微信的调用，按结果。", "결과별 위챗 호출.", "Calls to WeChat by end."]),
        act: Words::new([
            "unknown 持续增长：微信或网络有故障，本店会自行重查；refused 增长：检查账号配置。",
            "unknown이 계속 늘면: 위챗이나 네트워크 장애이며 자동으로 다시 확인합니다. refused가 늘면: 계정 설정을 확인하십시오.",
            "unknown grows steadily: WeChat or the network fails, and the shop asks again by itself. refused grows: look at the account's configuration.",
        ]),
    },
    Signal {
        name: "gunpo_wechat_call_seconds",
        means: Words::new(["对微信调用的耗时。", "위챗 호출 시간.", "Time of calls to WeChat."]),
        act: Words::new([
            "p99 超过 5 秒：买家付款会变慢，请查网络出口。",
            "p99가 5초를 넘으면: 결제가 느려집니다. 외부 네트워크를 확인하십시오.",
            "p99 above 5 s: paying gets slow; look at the way out of your network.",
        ]),
    },
    Signal {
        name: "gunpo_wechat_notifies_total",
        means: Words::new(["微信通知，按结果。", "결과별 위챗 통지.", "Notifies of WeChat by end."]),
        act: Words::new([
            "refused 出现：有人伪造通知，或公钥/证书配置有误，请立即核对。",
            "refused가 나오면: 위조 통지이거나 공개키·인증서 설정 오류입니다. 바로 확인하십시오.",
            "refused appears: somebody forges notifies, or the key of WeChat Pay is configured wrongly. Check at once.",
        ]),
    },
    Signal {
        name: "gunpo_jobs_total",
        means: Words::new(["任务执行，按结果。", "결과별 작업 실행.", "Runs of jobs by end."]),
        act: Words::new([
            "某类 failed 持续增长：见上方该任务的说明。",
            "어떤 종류의 failed가 계속 늘면: 위의 해당 작업 설명을 보십시오.",
            "failed of one kind grows steadily: see that job above.",
        ]),
    },
    Signal {
        name: "gunpo_jobs_last_success_timestamp_seconds",
        means: Words::new(["各类任务上次成功的时间。", "작업별 마지막 성공 시각.", "When a job last ended well here."]),
        act: Words::new([
            "周期任务超过三个周期没有成功：查看日志中该任务的错误。",
            "주기 작업이 세 주기 넘게 성공하지 못하면: 로그에서 그 작업의 오류를 보십시오.",
            "A recurring job without success for three periods: look for its errors in the log.",
        ]),
    },
    Signal {
        name: "gunpo_jobs_due",
        means: Words::new(["到期未执行的任务。", "기한이 지난 대기 작업.", "Jobs that are due and not begun."]),
        act: Words::new([
            "10 分钟内只增不减：增加节点，或检查数据库。",
            "10분간 늘기만 하면: 노드를 늘리거나 데이터베이스를 확인하십시오.",
            "Only grows for 10 minutes: add a node, or look at the database.",
        ]),
    },
    Signal {
        name: "gunpo_jobs_oldest_due_seconds",
        means: Words::new([
            "最早的到期任务已等待多久。",
            "가장 오래된 작업의 대기 시간.",
            "For how long the first of them has been due.",
        ]),
        act: Words::new([
            "超过 300 秒：关单、退款会延迟，立即查看。",
            "300초를 넘으면: 주문 종료와 환불이 늦어집니다. 바로 확인하십시오.",
            "Above 300 s: closing and refunds are late; look at once.",
        ]),
    },
    Signal {
        name: "gunpo_jobs_dead",
        means: Words::new(["需人工处理的任务。", "사람이 처리해야 할 작업.", "Jobs that a person must look at."]),
        act: Words::new([
            "大于 0：gunpo-mall jobs list --dead，然后按上方说明处理。",
            "0보다 크면: gunpo-mall jobs list --dead 후 위 설명대로 처리하십시오.",
            "Above 0: `gunpo-mall jobs list --dead`, then as said above.",
        ]),
    },
    Signal {
        name: "gunpo_cases_open_total",
        means: Words::new(["为人工处理而开立的事项。", "사람을 위해 열린 건.", "Cases opened for a person."]),
        act: Words::new([
            "增加：gunpo-mall doctor 列出每一件及处理办法。",
            "늘어나면: gunpo-mall doctor가 각 건과 처리 방법을 알려 줍니다.",
            "Grows: `gunpo-mall doctor` lists each with what to do.",
        ]),
    },
    Signal {
        name: "gunpo_orders_open",
        means: Words::new(["未完结订单，按状态。", "상태별 미완결 주문.", "Orders that are not over, by state."]),
        act: Words::new([
            "pending_payment 异常增多：可能有人占库存；paid 只增不减：发货停滞。",
            "pending_payment가 이상하게 많으면: 재고 선점 의심. paid가 줄지 않으면: 출고가 멈췄습니다.",
            "Unusually many pending_payment: somebody may be hoarding stock. paid only grows: shipping stands still.",
        ]),
    },
    Signal {
        name: "gunpo_db_waiting_writes",
        means: Words::new([
            "等待 SQLite 写入线程的写操作。",
            "SQLite 쓰기 스레드를 기다리는 쓰기.",
            "Writes that wait for SQLite's writer.",
        ]),
        act: Words::new([
            "critical 持续大于 0：磁盘缓慢或写入过多，考虑改用 PostgreSQL。",
            "critical이 계속 0보다 크면: 디스크가 느리거나 쓰기가 많습니다. PostgreSQL을 검토하십시오.",
            "critical stays above 0: the disk is slow or there is more to write than one file takes; think of PostgreSQL.",
        ]),
    },
    Signal {
        name: "gunpo_db_connections",
        means: Words::new(["连接池：忙与闲。", "연결 풀: 사용 중과 유휴.", "Connections of the pool: busy and idle."]),
        act: Words::new([
            "idle 长时间为 0：连接不足，或数据库无响应。",
            "idle이 오래 0이면: 연결이 모자라거나 데이터베이스가 응답하지 않습니다.",
            "idle is 0 for long: too few connections, or a database that does not answer.",
        ]),
    },
    Signal {
        name: "gunpo_last_backup_timestamp_seconds",
        means: Words::new(["上次备份开始的时间。", "마지막 백업 시작 시각.", "When the last backup was begun."]),
        act: Words::new([
            "超过 26 小时：检查备份的定时任务与磁盘空间。",
            "26시간이 넘으면: 백업 예약 작업과 디스크 공간을 확인하십시오.",
            "More than 26 h ago: look at the timer of the backup and at the disk.",
        ]),
    },
];

/// Answers that are not the caller's fault.
pub(super) const ANSWERS: &[Signal] = &[
    Signal {
        name: "500 internal_error",
        means: Words::new([
            "程序内部错误，日志中有出错位置。",
            "내부 오류. 로그에 위치가 있습니다.",
            "A fault of the program; the log names the place.",
        ]),
        act: Words::new([
            "按 trace_id 查日志，连同版本号报告；反复出现则回退到上一版本。",
            "trace_id로 로그를 찾아 버전과 함께 보고하고, 반복되면 이전 버전으로 되돌리십시오.",
            "Find the log line by trace_id and report it with the version; if it repeats, go back to the version before.",
        ]),
    },
    Signal {
        name: "503 unavailable",
        means: Words::new([
            "暂时无法处理：过载、数据库忙、只读、磁盘满或正在停止。",
            "일시적으로 처리할 수 없음: 과부하, 데이터베이스 사용 중, 읽기 전용, 디스크 부족, 종료 중.",
            "Can't be served now: overload, a database that is busy or read-only, a full disk, or the end of the process.",
        ]),
        act: Words::new([
            "看日志中的原因与 /healthz/ready；释放磁盘、恢复主库或增加节点。",
            "로그의 이유와 /healthz/ready를 보고, 디스크를 비우거나 주 서버를 복구하거나 노드를 늘리십시오.",
            "Read the reason in the log and at /healthz/ready; free the disk, bring the primary back, or add a node.",
        ]),
    },
    Signal {
        name: "503 wechat_unavailable",
        means: Words::new([
            "微信没有给出可用的应答；未曾当作失败处理。",
            "위챗이 쓸 수 있는 응답을 주지 않았습니다. 실패로 처리하지 않았습니다.",
            "WeChat gave no usable answer; nothing was taken for failed.",
        ]),
        act: Words::new([
            "看 gunpo_wechat_calls_total；恢复后任务会自行补查，无需人工改单。",
            "gunpo_wechat_calls_total을 보십시오. 복구되면 작업이 스스로 다시 확인하므로 주문을 손대지 마십시오.",
            "Look at gunpo_wechat_calls_total; once WeChat is back the jobs ask again by themselves, so change no order by hand.",
        ]),
    },
];
