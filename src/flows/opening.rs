//! What a shop lacks before it can sell anything. Moves nothing; `doctor` tells it.

use crate::base::clock::Timestamp;
use crate::base::db::DbConn;
use crate::base::error::Result;
use crate::domain::content::{self, Document};
use crate::domain::{catalogue, pricing, staff};

/// Everything that is missing, as lines for the one who sets the shop up; empty when it can open.
pub(crate) fn lacking(conn: &mut DbConn, now: Timestamp) -> Result<Vec<String>> {
    let mut lacking = Vec::new();
    if !catalogue::has_goods_on_sale(conn)? {
        lacking.push(
            "nothing is on sale: the catalogue is empty, or no product is published (gunpo-mall seed to try)"
                .to_owned(),
        );
    } else if !catalogue::has_goods_in_stock(conn)? {
        lacking.push("nothing that is on sale is in stock".to_owned());
    }
    if !pricing::has_freight(conn)? {
        lacking.push("no province is served: without freight rules no order has a price".to_owned());
    }
    for document in Document::ALL {
        if !content::is_published(conn, *document, now)? {
            let name = document.as_str();
            lacking.push(format!("no text '{name}' is published: nobody can agree to it (gunpo-mall legal publish)"));
        }
    }
    if content::newest_notice_version(conn)?.is_none() {
        lacking.push("no notice to buyers is published: every order has to name one".to_owned());
    }
    if !staff::has_account(conn)? {
        lacking.push("there is no operator (gunpo-mall operator add NAME --role manager)".to_owned());
    }
    Ok(lacking)
}
