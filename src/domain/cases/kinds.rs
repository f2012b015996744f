//! What can differ between us and WeChat, or within our own books: one kind each, with what it means and what a person does. `doctor` and
//! `docs/runbook.md` show this list; a test keeps them equal.

use crate::base::text::Words;

/// How soon a person must look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Within a working day.
    Soon,
    /// Now: money or stock may be wrong, and more of the same may follow.
    Now,
}

impl Severity {
    /// For people.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Soon => "soon",
            Self::Now => "now",
        }
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $severity:ident, $subject:literal {
        means $means:expr, act $act:expr $(,)?
    })+) => {
        /// What a case is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum CaseKind { $($(#[$doc])* $name,)+ }

        impl CaseKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The stable word in the table, in metrics and in documents.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }

            /// How soon a person must look.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)+ }
            }

            /// What its subject is a number of.
            pub const fn subject(self) -> &'static str {
                match self { $(Self::$name => $subject,)+ }
            }

            /// What has happened.
            pub const fn means(self) -> Words {
                match self { $(Self::$name => Words::new($means),)+ }
            }

            /// What a person does.
            pub const fn act(self) -> Words {
                match self { $(Self::$name => Words::new($act),)+ }
            }
        }
    };
}

kinds! {
    /// A payment names an order that is not ours.
    PaymentUnknownOrder = "payment_unknown_order", Now, "order" {
        means [
            "微信通知的付款没有对应的订单。",
            "위챗이 알려 온 결제에 해당하는 주문이 없습니다.",
            "WeChat tells of a payment for an order that we do not have.",
        ],
        act [
            "在商户平台按商户订单号查询；若是本商户号的其他系统所收，无需处理，否则在商户平台退款。",
            "상점 플랫폼에서 주문번호로 조회하고, 같은 상점번호의 다른 시스템 결제면 그대로 두고 아니면 그곳에서 환불합니다.",
            "Look the number up in the merchant platform. If another system uses the same merchant number, leave it; else refund it there.",
        ],
    }
    /// A payment whose facts are not those we asked for.
    PaymentMismatch = "payment_mismatch", Now, "order" {
        means [
            "付款的金额、币种、商户号、付款人或交易号与订单不符，订单未变动。",
            "결제 금액, 통화, 상점번호, 결제자 또는 거래번호가 주문과 다릅니다. 주문은 그대로입니다.",
            "Sum, currency, merchant, payer or transaction number of a payment are not those of the order; the order did not move.",
        ],
        act [
            "对照案件详情与商户平台；款项无误则人工处理订单，否则在商户平台退款。",
            "상세 내용과 상점 플랫폼을 대조해 맞으면 주문을 수동 처리하고, 아니면 환불합니다.",
            "Compare the detail with the merchant platform; handle the order by hand if the money is right, refund it there if not.",
        ],
    }
    /// A second payment of one order.
    PaymentTwice = "payment_twice", Now, "order" {
        means [
            "同一订单收到第二笔付款。",
            "한 주문에 두 번째 결제가 들어왔습니다.",
            "A second payment came for one order.",
        ],
        act [
            "在商户平台按案件中的交易号退回第二笔。",
            "상점 플랫폼에서 상세의 거래번호로 두 번째 결제를 환불합니다.",
            "Refund the second one in the merchant platform, by the transaction number in the detail.",
        ],
    }
    /// Money of an order went back past us.
    PaymentRefundedElsewhere = "payment_refunded_elsewhere", Now, "order" {
        means [
            "有人在商户平台退了该订单的款，系统账面不知情。",
            "누군가 상점 플랫폼에서 이 주문을 환불했고 우리 장부에는 없습니다.",
            "Somebody refunded the order in the merchant platform; our books do not know of it.",
        ],
        act [
            "查明退款金额与经办人；货未发出的不要发货，并记录退款。",
            "환불 금액과 담당자를 확인하고, 미발송 상품은 보내지 말고 기록합니다.",
            "Find out how much and by whom; do not ship what has not left, and write it down.",
        ],
    }
    /// A trade state that our way of paying does not have.
    PaymentStateUnexpected = "payment_state_unexpected", Soon, "order" {
        means [
            "微信返回了 JSAPI 支付不应有的交易状态，订单未变动。",
            "위챗이 JSAPI 결제에 없는 거래 상태를 보냈습니다. 주문은 그대로입니다.",
            "WeChat names a trade state that JSAPI payments do not have; the order did not move.",
        ],
        act [
            "在商户平台查看该笔交易；系统会继续查询。",
            "상점 플랫폼에서 거래를 확인합니다. 시스템은 계속 조회합니다.",
            "Look at the trade in the merchant platform; the shop goes on asking.",
        ],
    }
    /// Validly signed, and not what the page describes.
    NotifyMalformed = "notify_malformed", Now, "notify" {
        means [
            "微信签名有效的通知内容无法识别，已原样保存。",
            "서명은 유효하지만 내용을 읽을 수 없는 위챗 통지를 그대로 보관했습니다.",
            "A validly signed notify can't be read; it is kept as it came.",
        ],
        act [
            "对照微信支付公告检查接口是否变更，并升级程序；相关订单由查询补齐。",
            "위챗페이 공지에서 변경 여부를 확인하고 프로그램을 갱신합니다. 주문은 조회로 보완됩니다.",
            "Check WeChat Pay's announcements for a change and update the program; queries settle the orders meanwhile.",
        ],
    }
    /// Facts of a refund are not those we asked for.
    RefundMismatch = "refund_mismatch", Now, "refund" {
        means [
            "微信返回的退款金额、订单号或商户号与我方记录不符，退款未变动。",
            "위챗이 알려 온 환불 금액, 주문번호 또는 상점번호가 우리 기록과 다릅니다. 환불은 그대로입니다.",
            "Sum, order or merchant of a refund are not those we asked for; the refund did not move.",
        ],
        act [
            "在商户平台按退款单号核对金额与订单。",
            "상점 플랫폼에서 환불번호로 금액과 주문을 대조합니다.",
            "Compare sum and order in the merchant platform by the refund's number.",
        ],
    }
    /// A refund that we did not ask for.
    UnknownRefund = "unknown_refund", Now, "refund" {
        means [
            "微信通知了一笔我方没有的退款。",
            "위챗이 우리가 요청하지 않은 환불을 알려 왔습니다.",
            "WeChat tells of a refund that we did not ask for.",
        ],
        act [
            "查明是谁在商户平台发起，并核对对应订单是否应停止发货。",
            "상점 플랫폼에서 누가 요청했는지 확인하고 해당 주문의 발송을 멈출지 정합니다.",
            "Find out who asked for it in the merchant platform, and whether its order must not ship.",
        ],
    }
    /// A state of a refund that we do not know.
    RefundStatusUnknown = "refund_status_unknown", Soon, "refund" {
        means [
            "微信返回了未知的退款状态，退款未变动。",
            "위챗이 알 수 없는 환불 상태를 보냈습니다. 환불은 그대로입니다.",
            "WeChat names a state of a refund that we do not know; the refund did not move.",
        ],
        act [
            "在商户平台查看该退款；系统会继续查询。",
            "상점 플랫폼에서 환불을 확인합니다. 시스템은 계속 조회합니다.",
            "Look at the refund in the merchant platform; the shop goes on asking.",
        ],
    }
    /// The payer's account does not take the money, or WeChat gave up.
    RefundFailed = "refund_failed", Now, "refund" {
        means [
            "退款异常或被微信关闭，买家尚未收到款。",
            "환불이 비정상이거나 위챗이 종료해 구매자가 돈을 받지 못했습니다.",
            "A refund is abnormal or was closed by WeChat: the buyer does not have the money.",
        ],
        act [
            "异常的在商户平台发起异常退款（退到其他银行卡）；已关闭的与买家联系另行退款。",
            "비정상이면 상점 플랫폼에서 비정상 환불을 진행하고, 종료됐으면 구매자에게 연락해 따로 환불합니다.",
            "Abnormal: start an abnormal refund in the merchant platform. Closed: get in touch with the buyer and pay another way.",
        ],
    }
    /// The merchant's balance does not cover a refund.
    RefundBalanceShort = "refund_balance_short", Now, "refund" {
        means [
            "商户账户余额不足，退款未被受理，每 30 分钟重试。",
            "상점 잔액이 부족해 환불이 접수되지 않았습니다. 30분마다 다시 시도합니다.",
            "The merchant's balance does not cover the refund; it is asked for again every 30 minutes.",
        ],
        act [
            "向商户账户充值，退款会自动继续。",
            "상점 계정에 충전하면 환불이 자동으로 이어집니다.",
            "Top up the merchant account; the refund goes on by itself.",
        ],
    }
    /// WeChat refuses a refund.
    RefundRefused = "refund_refused", Now, "refund" {
        means [
            "微信拒绝退款请求，原因见详情，每 30 分钟重试。",
            "위챗이 환불 요청을 거절했습니다. 사유는 상세에 있으며 30분마다 다시 시도합니다.",
            "WeChat refuses the refund for the reason in the detail; it is asked for again every 30 minutes.",
        ],
        act [
            "按错误码处理（权限、超过一年、配置）；处理后自动继续。",
            "오류 코드에 따라 처리(권한, 1년 경과, 설정)하면 자동으로 이어집니다.",
            "Mend what the code names (permission, older than a year, settings); it goes on by itself.",
        ],
    }
    /// An order whose end at WeChat stays unknown.
    CloseUnknown = "close_unknown", Now, "order" {
        means [
            "订单关闭超过 10 分钟仍未得到微信确认，库存仍被占用，系统继续询问。",
            "10분이 넘도록 위챗의 주문 종료 확인이 없습니다. 재고는 묶여 있고 계속 조회합니다.",
            "WeChat has not confirmed the end of an order for ten minutes; its stock stays reserved and the shop goes on asking.",
        ],
        act [
            "查看微信支付状态公告与网络；恢复后自动完成，勿手工取消。",
            "위챗페이 상태와 네트워크를 확인합니다. 복구되면 자동 완료되니 수동 취소하지 마세요.",
            "Look at WeChat Pay's status and the network. It ends by itself when they are back; do not cancel by hand.",
        ],
    }
    /// Less is reserved than an order had.
    StockMismatch = "stock_mismatch", Now, "order" {
        means [
            "订单占用的库存与账面不符。已付款的订单照常入账并挂起，已取消的订单照常取消。",
            "주문이 잡은 재고가 장부와 다릅니다. 결제된 주문은 기록되고 보류되며, 취소된 주문은 그대로 취소됩니다.",
            "Less stock is reserved than the order had. A paid order is booked all the same and waits; a cancelled one is cancelled.",
        ],
        act [
            "运行 gunpo-mall doctor，盘点所列 SKU；已付款的订单再决定发货或退款。",
            "gunpo-mall doctor 를 실행해 해당 SKU를 실사하고, 결제된 주문이면 발송 또는 환불을 정합니다.",
            "Run gunpo-mall doctor, count the SKUs named; ship or refund the order if it is paid.",
        ],
    }
    /// An operator had more consignees shown than one needs.
    RevealedOften = "revealed_often", Now, "operator" {
        means [
            "该操作员一小时内查看了 40 位收货人的完整信息，之后的查看已被拒绝。",
            "이 담당자가 한 시간에 수령인 40명의 전체 정보를 열람했고, 그 뒤 열람은 거절되었습니다.",
            "This operator was shown 40 consignees in full within an hour; further ones were refused.",
        ],
        act [
            "在审计日志中查看理由并与其核实；不明时停用账户并更换密码。",
            "감사 로그에서 사유를 확인하고 당사자에게 확인합니다. 불분명하면 계정을 정지하고 비밀번호를 바꿉니다.",
            "Read the reasons in the audit log and ask the operator; if in doubt, disable the account.",
        ],
    }
    /// What is sealed on a paid order can't be opened.
    SealedUnreadable = "sealed_unreadable", Now, "order" {
        means [
            "订单已付款，但其收货人或订购人信息无法解密，未能转入交易密钥。",
            "결제된 주문의 수령인 또는 주문자 정보를 열 수 없어 거래 키로 옮기지 못했습니다.",
            "The order is paid, and its consignee or orderer can't be opened, so they were not handed over to the trade's key.",
        ],
        act [
            "运行 gunpo-mall keys status，补回缺失的密钥；仍无法打开时联系买家确认地址，或退款。",
            "gunpo-mall keys status 로 빠진 키를 찾아 되돌리고, 그래도 열리지 않으면 구매자에게 주소를 확인하거나 환불합니다.",
            "Look at gunpo-mall keys status and put the missing key back; if it opens not even then, ask the buyer for the address, or refund.",
        ],
    }
}
