//! All jobs of the shop, and what recurs: the one list. `doctor` and `docs/runbook.md` are fed by it.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;

use crate::base::text::Words;
use crate::domain::payments::{ExpireOrder, FinishClosing, QueryPayment};
use crate::domain::sessions::Sessions;
use crate::flows::cleanup::{PruneKeys, PruneNotifies, PrunePushEvents, PruneSessions};
use crate::flows::close_account::EndAccounts;
use crate::flows::keys::{ResealFirstForm, RotateKeys};
use crate::flows::refund::CarryRefund;
use crate::platform::app::App;
use crate::platform::jobs::{JobFacts, Registry};

/// A job, and what a person does when it is dead or fails again and again.
#[derive(Clone, Copy, Debug)]
pub struct ListedJob {
    /// Name, attempts, schedule.
    pub facts: JobFacts,
    /// What it does.
    pub does: Words,
    /// What a person does.
    pub act: Words,
}

macro_rules! jobs {
    ($app:ident, $sessions:ident; $($Job:ident with $context:expr, $(every $every:expr,)? does $does:expr, act $act:expr;)+) => {
        /// With all that the jobs may use.
        pub(super) fn registry($app: &Arc<App>, $sessions: &Data<Sessions>) -> Registry {
            Registry::default()$(.add::<$Job>($context, every![$($every)?]))+
        }

        /// For people.
        pub fn listed() -> Vec<ListedJob> {
            vec![$(ListedJob {
                facts: JobFacts::of::<$Job>(every![$($every)?]),
                does: Words::new($does),
                act: Words::new($act),
            },)+]
        }
    };
}

macro_rules! every {
    [] => { None };
    [$every:expr] => { Some($every) };
}

jobs! {
    app, sessions;
    QueryPayment with Arc::clone(app),
        does [
            "付款调用后 5 秒、30 秒、5 分钟内每分钟，之后每 5 分钟向微信查询，直到结果明确或订单到期。",
            "결제 호출 5초, 30초 뒤, 5분까지 1분마다, 이후 5분마다 결과가 정해지거나 주문이 만료될 때까지 위챗에 조회합니다.",
            "Asks WeChat 5 s and 30 s after a pay call, each minute for 5 min, then every 5 min, until the end is known or the order's time is up.",
        ],
        act [
            "查看微信支付是否可达；恢复后用 jobs retry 重试。订单到期时还会再查询一次。",
            "위챗페이에 연결되는지 확인하고 복구 뒤 jobs retry 로 다시 실행합니다. 만료 시 한 번 더 조회합니다.",
            "See whether WeChat Pay can be reached; then jobs retry. Expiry asks once more in any case.",
        ];
    ExpireOrder with Arc::clone(app),
        does [
            "下单 30 分钟后结束未付订单：查询、关闭、取消、释放库存。",
            "주문 30분 뒤 미결제 주문을 끝냅니다: 조회, 종료, 취소, 재고 반환.",
            "Ends an unpaid order 30 minutes after it was placed: query, close, cancel, give the stock back.",
        ],
        act [
            "该订单库存一直被占用；排除原因后用 jobs retry 重试。",
            "주문의 재고가 묶여 있습니다. 원인을 없앤 뒤 jobs retry 로 다시 실행합니다.",
            "The order's stock stays reserved. Mend the cause, then jobs retry.",
        ];
    FinishClosing with Arc::clone(app),
        does [
            "微信尚未确认关闭时继续询问，间隔 5 秒到 15 分钟；10 分钟后开案件 close_unknown。",
            "위챗이 종료를 확인할 때까지 5초에서 15분 간격으로 묻고, 10분 뒤 close_unknown 을 엽니다.",
            "Goes on closing an order until WeChat confirms it, each 5 s to 15 min; opens case close_unknown after 10 min.",
        ],
        act [
            "见案件 close_unknown；恢复后用 jobs retry 重试。",
            "close_unknown 항목을 보고 복구 뒤 jobs retry 로 다시 실행합니다.",
            "See case close_unknown; when WeChat is back, jobs retry.",
        ];
    CarryRefund with Arc::clone(app),
        does [
            "提交退款并查询到终态：1 分钟到 6 小时一次；被拒绝时每 30 分钟重试。",
            "환불을 요청하고 끝날 때까지 1분에서 6시간 간격으로 조회합니다. 거절되면 30분마다 다시 시도합니다.",
            "Sends a refund and asks until it is over, each 1 min to 6 h; every 30 min after a refusal.",
        ],
        act [
            "买家的钱还未退回：见该退款的案件，处理后用 jobs retry 重试。",
            "구매자의 돈이 아직 돌아가지 않았습니다. 해당 환불 항목을 처리한 뒤 jobs retry 로 다시 실행합니다.",
            "The buyer's money is not back. See the case of this refund, mend it, then jobs retry.",
        ];
    EndAccounts with (Arc::clone(app), sessions.clone()), every Duration::from_mins(15),
        does [
            "关闭到期的账户，擦除到期订单上的个人数据。",
            "종료할 때가 된 계정을 닫고 기한이 지난 주문의 개인정보를 지웁니다.",
            "Closes accounts whose time has come and wipes personal data of orders whose term is over.",
        ],
        act [
            "查看日志中的账户号；法定期限 15 天内必须完成。",
            "로그의 계정 번호를 확인합니다. 15일 안에 끝나야 합니다.",
            "Look for the account in the log; it must end within 15 days.",
        ];
    RotateKeys with Arc::clone(app), every Duration::from_mins(10),
        does [
            "用 DATA_KEYS 的第一把密钥重新包裹所有在用的数据密钥；结束期满的月度密钥。",
            "DATA_KEYS 의 첫 번째 키로 사용 중인 데이터 키를 모두 다시 감싸고, 기한이 지난 월별 키를 끝냅니다.",
            "Wraps all living data keys by the first key of DATA_KEYS; ends trade keys whose term is over.",
        ],
        act [
            "用 gunpo-mall keys status 查看；缺失的旧密钥要放回 DATA_KEYS。",
            "gunpo-mall keys status 로 확인합니다. 빠진 옛 키는 DATA_KEYS 에 다시 넣습니다.",
            "Look at gunpo-mall keys status; put an old key that is missing back into DATA_KEYS.",
        ];
    ResealFirstForm with (Arc::clone(app), Arc::default()), every Duration::from_hours(24),
        does [
            "把早期版本统一密封的个人数据改用各自的密钥；之后只查看新增的行。",
            "초기 버전이 하나의 키로 봉인한 개인정보를 각자의 키로 다시 봉인하고, 그 뒤에는 새 행만 봅니다.",
            "Seals what the first programs sealed under one key anew under each subject's; later it looks at new rows only.",
        ],
        act [
            "用 gunpo-mall keys status 查看剩余；缺失的旧密钥放回 DATA_KEYS 后重启。",
            "gunpo-mall keys status 로 남은 것을 확인합니다. 빠진 옛 키를 DATA_KEYS 에 넣고 다시 시작합니다.",
            "See what is left with gunpo-mall keys status; put a missing old key back into DATA_KEYS and start again.",
        ];
    PruneNotifies with Arc::clone(app), every Duration::from_hours(24),
        does ["删除保存期满的微信通知。", "보관 기한이 지난 위챗 알림을 지웁니다.", "Deletes notifies of WeChat whose term is over."],
        act ["表会变大，不影响业务；查看日志。", "테이블이 커질 뿐 업무에는 영향이 없습니다. 로그를 봅니다.", "The table grows, nothing else; look at the log."];
    PruneKeys with Arc::clone(app), every Duration::from_mins(10),
        does ["删除 24 小时前的 Idempotency-Key。", "24시간 지난 Idempotency-Key 를 지웁니다.", "Deletes Idempotency-Keys after 24 hours."],
        act ["表会变大，不影响业务；查看日志。", "테이블이 커질 뿐 업무에는 영향이 없습니다. 로그를 봅니다.", "The table grows, nothing else; look at the log."];
    PruneSessions with Arc::clone(app), every Duration::from_hours(6),
        does ["删除已过期的登录会话。", "만료된 로그인 세션을 지웁니다.", "Deletes sessions whose time is over."],
        act ["表会变大，不影响业务；查看日志。", "테이블이 커질 뿐 업무에는 영향이 없습니다. 로그를 봅니다.", "The table grows, nothing else; look at the log."];
    PrunePushEvents with Arc::clone(app), every Duration::from_hours(24),
        does ["删除 30 天前的微信推送记录。", "30일 지난 위챗 푸시 기록을 지웁니다.", "Deletes events pushed by WeChat after 30 days."],
        act ["表会变大，不影响业务；查看日志。", "테이블이 커질 뿐 업무에는 영향이 없습니다. 로그를 봅니다.", "The table grows, nothing else; look at the log."];
}
