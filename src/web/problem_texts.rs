//! What each [`Code`] says to people. `title` names the kind and never changes with the occurrence; `detail` says
//! what to do. Those of 5xx say nothing about the reason.

use crate::base::error::Code;
use crate::base::text::Words;

/// Title and detail of a code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProblemText {
    pub(crate) title: Words,
    pub(crate) detail: Words,
}

const fn text(title: [&'static str; 3], detail: [&'static str; 3]) -> ProblemText {
    ProblemText { title: Words::new(title), detail: Words::new(detail) }
}

/// For a write whose end is not known; its code is `unavailable`.
pub(crate) const OUTCOME_UNKNOWN: ProblemText = text(
    ["结果暂未确认", "처리 결과 미확인", "Outcome unknown"],
    [
        "操作可能已完成，也可能未完成。请先查询当前状态，再决定是否重试。",
        "요청이 처리되었을 수도, 처리되지 않았을 수도 있습니다. 다시 시도하기 전에 현재 상태를 확인해 주세요.",
        "The request may or may not have taken effect. Ask for the current state before trying again.",
    ],
);

macro_rules! problem_texts {
    ($($code:ident: $title:expr, $detail:expr;)+) => {
        /// The texts of a code. A new code does not compile without them.
        pub(crate) const fn text_of(code: Code) -> ProblemText {
            match code { $(Code::$code => text($title, $detail),)+ }
        }
    };
}

problem_texts! {
    // The form of the request.
    InvalidRequest: ["请求无效", "잘못된 요청", "Invalid request"],
        [
            "请检查标出的字段后重试。",
            "표시된 항목을 확인한 뒤 다시 시도해 주세요.",
            "Check the fields that are named and try again.",
        ];
    NotFound: ["未找到", "찾을 수 없음", "Not found"],
        [
            "内容不存在或已下架。",
            "내용이 없거나 더 이상 제공되지 않습니다.",
            "There is nothing here, or it is no longer offered.",
        ];
    MethodNotAllowed: ["不支持的请求方法", "허용되지 않는 메서드", "Method not allowed"],
        [
            "该地址不支持此请求方法。",
            "이 주소는 해당 메서드를 지원하지 않습니다.",
            "This address does not take this method.",
        ];
    NotAcceptable: ["无法提供所需格式", "제공할 수 없는 형식", "Not acceptable"],
        [
            "无法以所要求的格式返回结果。",
            "요청한 형식으로는 응답할 수 없습니다.",
            "The answer can't be given in the form that was asked for.",
        ];
    RequestTimeout: ["请求超时", "요청 시간 초과", "Request timeout"],
        [
            "请求内容未能及时到达，请检查网络后重试。",
            "요청 내용이 제때 도착하지 않았습니다. 네트워크를 확인한 뒤 다시 시도해 주세요.",
            "The body did not arrive in time. Check the network and try again.",
        ];
    PayloadTooLarge: ["请求内容过大", "요청 본문 크기 초과", "Payload too large"],
        [
            "请求内容超出大小限制。",
            "요청 본문이 허용된 크기를 넘었습니다.",
            "The body is larger than this address takes.",
        ];
    UriTooLong: ["请求地址过长", "요청 주소 길이 초과", "URI too long"],
        [
            "请求地址超出长度限制。",
            "요청 주소가 허용된 길이를 넘었습니다.",
            "The address of the request is too long.",
        ];
    UnsupportedMediaType: ["不支持的内容类型", "지원하지 않는 형식", "Unsupported media type"],
        [
            "请以未压缩的 application/json 格式发送。",
            "압축하지 않은 application/json 형식으로 보내 주세요.",
            "Send application/json, not compressed.",
        ];
    IdempotencyKeyReused: ["幂等键重复使用", "멱등 키 재사용", "Idempotency key reused"],
        [
            "该 Idempotency-Key 已用于其他请求，请更换后重试。",
            "이 Idempotency-Key는 다른 요청에 사용되었습니다. 새 키로 다시 시도해 주세요.",
            "This Idempotency-Key was used with another body. Take a new one.",
        ];
    TooManyRequests: ["请求过于频繁", "요청 과다", "Too many requests"],
        [
            "操作过于频繁，请稍后再试。",
            "요청이 너무 잦습니다. 잠시 후 다시 시도해 주세요.",
            "There were too many requests. Try again later.",
        ];
    // Who calls.
    Unauthorized: ["请先登录", "로그인 필요", "Unauthorized"],
        [
            "登录已失效，请重新登录。",
            "로그인이 만료되었습니다. 다시 로그인해 주세요.",
            "There is no valid access token. Log in again.",
        ];
    InvalidLoginCode: ["登录凭证无效", "유효하지 않은 로그인 코드", "Invalid login code"],
        [
            "微信登录凭证无效或已使用，请重新登录。",
            "위챗 로그인 코드가 유효하지 않거나 이미 사용되었습니다. 다시 로그인해 주세요.",
            "WeChat did not accept the login code. Ask for a new one and log in again.",
        ];
    InvalidRefreshToken: ["登录状态已失效", "유효하지 않은 갱신 토큰", "Invalid refresh token"],
        [
            "登录状态已失效，请重新登录。",
            "로그인 상태가 만료되었습니다. 다시 로그인해 주세요.",
            "The refresh token is no longer valid. Log in again.",
        ];
    InvalidSignature: ["签名无效", "유효하지 않은 서명", "Invalid signature"],
        [
            "通知的签名、时间戳或内容未通过校验。",
            "알림의 서명, 시각 또는 내용을 신뢰할 수 없습니다.",
            "The signature, time or content of the notify can't be trusted.",
        ];
    Forbidden: ["无权操作", "권한 없음", "Forbidden"],
        ["您没有权限进行此操作。", "이 작업을 할 권한이 없습니다.", "You are not allowed to do this."];
    AccountBlocked: ["账号受限", "제한된 계정", "Account blocked"],
        [
            "该微信账号已被限制使用，请联系客服。",
            "이 위챗 계정은 사용이 제한되었습니다. 고객센터에 문의해 주세요.",
            "This WeChat account is blocked. Contact customer service.",
        ];
    InvalidCredentials: ["登录信息有误", "로그인 정보 오류", "Invalid credentials"],
        [
            "用户名、密码或验证码不正确。",
            "아이디, 비밀번호 또는 인증 코드가 올바르지 않습니다.",
            "The name, the password or the code is wrong.",
        ];
    TotpRequired: ["需要验证码", "인증 코드 필요", "Code required"],
        [
            "请输入身份验证器应用中的验证码。",
            "인증 앱에 표시된 코드를 입력해 주세요.",
            "Log in with the code of your authenticator app too.",
        ];
    PasswordChangeRequired: ["请先修改密码", "비밀번호 변경 필요", "Password change required"],
        [
            "请先将一次性密码更换为自己的密码。",
            "먼저 일회용 비밀번호를 새 비밀번호로 바꿔 주세요.",
            "Choose a password of your own first.",
        ];
    TotpEnrolmentRequired: ["请先绑定验证器", "2단계 인증 등록 필요", "Second factor required"],
        ["请先绑定身份验证器应用。", "먼저 인증 앱을 등록해 주세요.", "Enrol an authenticator app first."];
    StepUpRequired: ["需要再次验证", "재인증 필요", "Step-up required"],
        [
            "此操作较敏感，请再次输入密码或验证码。",
            "민감한 작업입니다. 비밀번호 또는 인증 코드를 다시 입력해 주세요.",
            "This is sensitive: give your password or a code once more.",
        ];
    // What stands against it now.
    WrongState: ["当前状态不可操作", "현재 상태에서 불가", "Wrong state"],
        [
            "当前状态下无法进行此操作，请刷新后查看。",
            "현재 상태에서는 할 수 없는 작업입니다. 새로 고침한 뒤 확인해 주세요.",
            "This can't be done in the present state. Reload and look again.",
        ];
    OutOfStock: ["库存不足", "재고 부족", "Out of stock"],
        [
            "部分商品库存不足，请调整数量后重试。",
            "일부 상품의 재고가 부족합니다. 수량을 조정한 뒤 다시 시도해 주세요.",
            "Some goods are short. Change the quantities and try again.",
        ];
    PriceChanged: ["价格已变动", "가격 변동", "Price changed"],
        [
            "价格已更新，请确认新价格后再提交。",
            "가격이 변경되었습니다. 새 가격을 확인한 뒤 다시 주문해 주세요.",
            "The price is not the one shown. Confirm the new price and order again.",
        ];
    NoticeChanged: ["消费者告知书已更新", "소비자 안내 변경", "Notice changed"],
        [
            "消费者告知书已更新，请阅读并同意后再提交。",
            "소비자 안내가 변경되었습니다. 읽고 동의한 뒤 다시 주문해 주세요.",
            "The consumer notice has a newer version. Read it, agree, and order again.",
        ];
    DocumentChanged: ["协议已更新", "문서 변경", "Document changed"],
        [
            "协议内容已更新，请阅读后重新同意。",
            "문서가 변경되었습니다. 새 문서를 읽고 동의해 주세요.",
            "There is a newer version of this text. Read it, then agree to it.",
        ];
    ConsentRequired: ["需要您的同意", "동의가 필요합니다", "Consent required"],
        [
            "填写个人信息前，请先阅读并同意最新的隐私政策。",
            "개인정보를 입력하기 전에 최신 개인정보 처리방침을 읽고 동의해 주세요.",
            "Read the newest privacy text and agree to it before personal data is taken.",
        ];
    AccountClosing: ["账号注销中", "계정 탈퇴 진행 중", "Account closing"],
        [
            "账号正在注销，无法下新订单。如需继续购物，请先撤回注销申请。",
            "회원 탈퇴 처리 중에는 주문할 수 없습니다. 계속 이용하시려면 탈퇴 신청을 먼저 철회해 주세요.",
            "The account is being closed and takes no new orders. Take the closing back first.",
        ];
    SplitRequired: ["需拆分订单", "주문 분할 필요", "Split required"],
        [
            "这些商品需要分开下单。",
            "이 상품들은 나누어 주문해야 합니다.",
            "These goods can't go into one order. Order them in the groups that are named.",
        ];
    PlaceNotServed: ["暂不支持配送", "배송 불가 지역", "Place not served"],
        [
            "该地区暂不支持配送，请更换收货地址。",
            "이 지역으로는 배송하지 않습니다. 다른 주소를 선택해 주세요.",
            "We do not deliver to this place. Choose another address.",
        ];
    IdentityRequired: ["需要身份信息", "신원 정보 필요", "Identity required"],
        [
            "跨境保税商品须以订购人的姓名和身份证号申报，请先填写身份信息。",
            "보세 상품은 주문자의 이름과 신분증 번호로 신고됩니다. 먼저 신원 정보를 입력해 주세요.",
            "Bonded goods are declared in the orderer's name. Leave your name and ID number first.",
        ];
    ValueLimit: ["超出单笔限值", "주문 한도 초과", "Order too large"],
        [
            "订单金额（含运费）超出单笔限值，跨境保税商品每单不超过 5000 元，请减少数量或分开下单。",
            "주문 금액(배송비 포함)이 한도를 넘습니다. 보세 상품은 한 주문에 5,000위안까지입니다. 수량을 줄이거나 나누어 주문해 주세요.",
            "The order, freight included, is worth more than one order may be: 5,000 yuan for bonded goods. Order less, or in parts.",
        ];
    AlreadyPaid: ["订单已支付", "이미 결제됨", "Already paid"],
        ["该订单已支付，无需重复操作。", "이미 결제된 주문입니다.", "The order is paid already."];
    PaymentInProgress: ["支付处理中", "결제 처리 중", "Payment in progress"],
        [
            "支付正在处理中，请稍后再试。",
            "결제를 처리하고 있습니다. 잠시 후 다시 시도해 주세요.",
            "The payment is being worked on. Try again in a moment.",
        ];
    LimitReached: ["数量已达上限", "한도 초과", "Limit reached"],
        [
            "数量已达上限，请删除部分后再添加。",
            "등록 가능한 개수를 초과했습니다. 일부를 삭제한 뒤 다시 추가해 주세요.",
            "A counted limit is reached. Remove something first.",
        ];
    // Faults of ours: generic on purpose.
    WechatRefused: ["微信服务异常", "위챗 서비스 오류", "WeChat refused"],
        [
            "暂时无法完成，请稍后再试或联系客服。",
            "지금은 처리할 수 없습니다. 나중에 다시 시도하거나 고객센터에 문의해 주세요.",
            "This can't be done now. Try later or contact customer service.",
        ];
    WechatUnavailable: ["微信服务暂不可用", "위챗 서비스 이용 불가", "WeChat unavailable"],
        [
            "微信服务暂时没有响应，请稍后再试。",
            "위챗이 응답하지 않습니다. 잠시 후 다시 시도해 주세요.",
            "WeChat does not answer. Nothing is lost; try again later.",
        ];
    Unavailable: ["服务繁忙", "서비스 이용 불가", "Unavailable"],
        [
            "服务繁忙，操作未执行，请稍后再试。",
            "서비스가 혼잡하여 처리하지 않았습니다. 잠시 후 다시 시도해 주세요.",
            "The service is busy and nothing was done. Try again in a moment.",
        ];
    Internal: ["系统错误", "시스템 오류", "Internal error"],
        [
            "系统出现问题，请稍后再试，并向客服提供追踪编号。",
            "시스템에 문제가 있습니다. 잠시 후 다시 시도하고, 문의할 때 추적 번호를 알려 주세요.",
            "Something went wrong on our side. Try later, and give the trace id when you ask for help.",
        ];
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::collections::HashSet;

    use super::*;
    use crate::base::text::Lang;

    #[test]
    fn no_code_lacks_a_text_or_has_one_text_for_two_languages() {
        for code in Code::ALL {
            let ProblemText { title, detail } = text_of(*code);
            for words in [title, detail, OUTCOME_UNKNOWN.title, OUTCOME_UNKNOWN.detail] {
                let texts: HashSet<&str> = Lang::ALL.into_iter().map(|lang| words.get(lang)).collect();
                assert_eq!(texts.len(), 3, "{code:?}: {texts:?}");
                assert!(texts.iter().all(|text| !text.trim().is_empty()), "{code:?}");
            }
            assert!(title.get(Lang::En).is_ascii() && detail.get(Lang::En).is_ascii(), "{code:?}");
        }
    }

    #[test]
    fn no_two_codes_share_a_title() {
        for lang in Lang::ALL {
            let titles: HashSet<&str> = Code::ALL.iter().map(|code| text_of(*code).title.get(lang)).collect();
            assert_eq!(titles.len(), Code::ALL.len(), "{lang:?}");
        }
    }
}
