//! What somebody sees who opens the shop's address in a browser: what this is, and where it goes on.

use maud::{DOCTYPE, Markup, html};

/// Address, name and purpose of each place, in Chinese, Korean and English.
const PLACES: [(&str, &str, &str); 4] = [
    (
        "/admin/",
        "管理后台 · 관리 콘솔 · Console",
        "订单、案件、任务、账号 · 주문, 확인할 건, 작업, 계정 · orders, cases, jobs, accounts",
    ),
    ("/docs", "接口文档 · API 문서 · API reference", "每个接口及示例 · 모든 호출과 예시 · every call with an example"),
    (
        "/docs/errors",
        "错误码 · 오류 코드 · Error codes",
        "何时出现、如何处理 · 언제 나오고 어떻게 하는지 · when they come and what to do",
    ),
    (
        "/api/v1/products",
        "商品 (JSON) · 상품 (JSON) · Goods (JSON)",
        "小程序所读的目录 · 미니프로그램이 읽는 목록 · the catalogue as the mini program reads it",
    ),
];

pub(super) fn page() -> Markup {
    html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "军浦馆 · 군포관 · Gunpo Mall" }
                link rel="stylesheet" href="/docs/docs.css";
            }
            body {
                main {
                    h1 { "军浦馆 " small { span lang="ko" { "군포관" } " · " span lang="en" { "Gunpo Mall" } } }
                    p { "韩国军浦市小企业的商品，通过微信小程序送到中国消费者手中。请在微信中扫码购物。" }
                    p lang="ko" { "군포시 작은 기업의 상품을 위챗 미니프로그램으로 중국 소비자에게 전합니다." }
                    p lang="en" { "Goods of small firms of Gunpo, Korea, for consumers in China. Buyers come by WeChat's mini program." }
                    dl.places {
                        @for (way, name, purpose) in PLACES { dt { a href=(way) { (name) } } dd { small { (purpose) } } }
                    }
                }
            }
        }
    }
}
