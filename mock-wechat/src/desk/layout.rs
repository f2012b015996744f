//! The frame of every page.

use maud::{DOCTYPE, Markup, html};

use super::lang::Lang;
use crate::Request;

/// `live`: the page loads itself anew after so many seconds; no script runs here.
pub(super) fn layout(lang: Lang, request: &Request, live: Option<u32>, body: &Markup) -> String {
    let here = request.path();
    let page = html! {
        (DOCTYPE)
        html lang=(lang.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                @if let Some(seconds) = live { meta http-equiv="refresh" content=(seconds); }
                title { "mock-wechat" }
                link rel="stylesheet" href="/_mock/style.css";
            }
            body {
                header {
                    div.bar {
                        h1 { span.dot {} "mock-wechat" }
                        nav {
                            a href="/_mock/#orders" { (lang.say("Orders", "订单")) }
                            a href="/_mock/#refunds" { (lang.say("Refunds", "退款")) }
                            a href="/_mock/#notifies" { (lang.say("Notifies", "通知")) }
                            a href="/_mock/#users" { (lang.say("Users", "用户")) }
                            a href="/_mock/#faults" { (lang.say("Faults", "故障")) }
                            a href="/_mock/#keys" { (lang.say("Keys", "密钥")) }
                            a href="/_mock/requests" { (lang.say("Requests", "请求记录")) }
                            @match lang {
                                Lang::En => { a.lang href={ (here) "?lang=zh" } lang="zh" { "中文" } }
                                Lang::Zh => { a.lang href={ (here) "?lang=en" } lang="en" { "English" } }
                            }
                        }
                    }
                }
                main { (body) }
                footer {
                    (lang.say(
                        "A stand-in for tests. Nothing here is WeChat, and nothing moves money.",
                        "测试用的模拟环境，与微信无关，不涉及真实资金。",
                    ))
                }
            }
        }
    };
    page.into_string()
}
