//! The order centre (小程序购物订单): which page of the mini program an order in WeChat's own list opens.

use serde_json::json;

use super::context::Context;
use super::mini_call::{Args, MiniRefusal, MiniReply, done, refuse};
use super::records::Console;

/// WeChat puts `out_trade_no` in its place.
const NUMBER: &str = "${商品订单号}";
const MOST_PATH: usize = 1024;

/// POST `/wxa/sec/order/update_order_detail_path`
pub(crate) fn update_path(context: &mut Context<'_>, body: &Args) -> Result<MiniReply, MiniRefusal> {
    let path = body.text("path")?;
    let page = path.split(['?', '#']).next().unwrap_or_default().trim_start_matches('/');
    if !path.contains(NUMBER) || path.len() > MOST_PATH || !context.state.settings.has_page(page) {
        return refuse(10_060_035, "invalid path");
    }
    let console = Console { order_detail_path: path.to_owned(), ..context.state.console.clone() };
    context.save(console);
    Ok(done(json!({})))
}

/// POST `/wxa/sec/order/get_order_detail_path`: empty while none was set.
pub(crate) fn path(context: &Context<'_>) -> MiniReply {
    done(json!({ "path": context.state.console.order_detail_path }))
}
