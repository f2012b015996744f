//! Scenes of codes: what the shop draws, what scanned codes bring back with a login and an order, and queries, which the shop itself
//! decodes. A scanned scene is percent-decoded by the mini program, so that the shop has a rule for it and no decoder.

use std::sync::Arc;

use gunpo_mall::base::error::Error;
use gunpo_mall::web::text::line;
use serde_json::{Value, json};
use wechat_client::{CallError, Link, LinkExpiry, MiniClient, QrCode};

use crate::harness::Target;
use crate::inputs::Input;
use crate::shop::Shop;
use crate::wechat::{Scripted, assert_fit_for_a_log, bare_answer, mini_client};

/// What `getUnlimitedQRCode` takes besides letters and digits.
const MARKS: &[u8] = b"!#$&'()*+,/:;=?@-._~";
const SCENE_MAX: usize = 32;
const LINK_QUERY_MAX: usize = 1024;
const JPEG: &[u8] = &[0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 0xff, 0xd9];
const CODE: &str = "0a3FdV000WMyLT1Ylk100z5xvz0FdV0k";
const CODE_MAX: usize = 128;
/// What a route reads of a body.
const BODY_MAX: usize = 16 * 1024;
/// Longest query that is sent, in characters. Many of them make an address that is too long.
const QUERY_MAX: usize = 512;
const SEARCHES: [&str; 2] = ["/api/v1/search/suggest", "/api/v1/products"];

/// The rule of WeChat's page.
fn fits(scene: &str) -> bool {
    (1..=SCENE_MAX).contains(&scene.len())
        && scene.bytes().all(|byte| byte.is_ascii_alphanumeric() || MARKS.contains(&byte))
}

pub(crate) struct Scenes {
    shop: Shop,
    wechat: Arc<Scripted>,
    mini: MiniClient,
}

impl Scenes {
    pub(crate) fn new() -> Self {
        let wechat = Arc::default();
        let mini = mini_client(&wechat);
        Self { shop: Shop::start(), wechat, mini }
    }

    /// A code is drawn for exactly this scene, or nothing is asked of WeChat.
    fn check_drawn(&self, scene: &str) {
        self.wechat.will_answer([bare_answer(200, JPEG)]);
        let end = self.shop.system.block_on(self.mini.unlimited_code(&QrCode::new(scene)));
        assert_eq!(end.is_ok(), fits(scene), "{end:?}");
        self.assert_sent(end.err(), "/scene", scene);
    }

    /// A link may carry percent signs and backticks as well.
    fn check_link(&self, query: &str) {
        self.wechat.will_answer([bare_answer(200, br#"{"errcode":0,"url_link":"https://wxaurl.cn/x"}"#)]);
        let link = Link::to("", query, LinkExpiry::AfterDays(1));
        let end = self.shop.system.block_on(self.mini.generate_url_link(&link));
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || MARKS.contains(&byte) || b"%`".contains(&byte);
        assert_eq!(end.is_ok(), query.len() <= LINK_QUERY_MAX && query.bytes().all(plain), "{end:?}");
        self.assert_sent(end.err(), "/query", query);
    }

    /// What was sent says this; after a fault nothing was sent.
    fn assert_sent(&self, fault: Option<CallError>, pointer: &str, text: &str) {
        let asked = self.wechat.asked();
        if let Some(fault) = fault {
            assert!(fault.nothing_was_sent() && asked.is_empty(), "{fault:?}");
            assert_fit_for_a_log(&fault);
            return;
        }
        let body: Value = serde_json::from_slice(&asked[0].body).unwrap();
        assert_eq!(body.pointer(pointer), Some(&json!(text)));
    }

    /// A login with this scene gets as far as WeChat, or is refused for its scene.
    fn check_login(&self, scene: &str) {
        let body = json!({"code": CODE, "scene": scene}).to_string().into_bytes();
        if body.len() > BODY_MAX {
            return;
        }
        let wanted = if fits(scene) { 503 } else { 400 };
        assert_eq!(self.shop.post("/api/v1/auth/login", body), wanted);
    }

    /// A login of these bytes: what gets as far as WeChat was a login.
    fn check_login_body(&self, body: &[u8]) {
        if body.len() > BODY_MAX {
            return;
        }
        match self.shop.post("/api/v1/auth/login", body.to_vec()) {
            400 => {}
            503 => {
                let login: Value = serde_json::from_slice(body).unwrap();
                let code = login["code"].as_str().unwrap();
                let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
                assert!((1..=CODE_MAX).contains(&code.len()) && code.bytes().all(known), "{login}");
                let scene = &login["scene"];
                assert!(scene.is_null() || scene.as_str().is_some_and(fits), "{login}");
                assert!(login.as_object().unwrap().len() <= 2, "{login}");
            }
            other => panic!("a login is answered with {other}"),
        }
    }

    /// Percent signs, plus signs and everything else in a query.
    fn check_query(&self, path: &str, text: &str) {
        let query: String = text.chars().take(QUERY_MAX).collect();
        let status = self.shop.get(path, &format!("q={query}"));
        assert!(matches!(status, 200 | 400 | 414), "{path} answers with {status}");
    }
}

/// An order takes the scene as any line of text; what a login takes, it must take too.
fn check_ordered(scene: &str) {
    match line("scene", scene, 1, SCENE_MAX) {
        Ok(()) => {
            assert!((1..=SCENE_MAX).contains(&scene.chars().count()) && !scene.chars().any(char::is_control));
        }
        Err(Error::Refused(_)) => assert!(!fits(scene)),
        Err(other) => panic!("{other}"),
    }
}

impl Target for Scenes {
    fn documents(&self) -> Vec<Vec<u8>> {
        let whole = "x".repeat(SCENE_MAX);
        let scenes = ["s=Linyi-1&v=2", "s%3DLinyi-1%26v%3D2", "p=1&s=~_", "%E5%B1%95%E9%A6%86", "红参 홍삼", &whole];
        let logins = [
            json!({"code": CODE, "scene": "s=Linyi-1&v=2"}).to_string(),
            json!({"code": CODE, "scene": null}).to_string(),
            format!(r#"{{"code":"{CODE}","scene":"\u0073=1\u0026v"}}"#),
        ];
        scenes.into_iter().map(str::to_owned).chain(logins).map(String::into_bytes).collect()
    }

    fn check(&self, input: &Input) {
        if input.bytes.starts_with(b"{") {
            self.check_login_body(&input.bytes);
            return;
        }
        let text = input.text();
        self.check_drawn(&text);
        self.check_link(&text);
        check_ordered(&text);
        self.check_login(&text);
        self.check_query(SEARCHES[input.dice().below(SEARCHES.len())], &text);
    }
}
