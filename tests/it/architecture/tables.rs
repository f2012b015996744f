//! Whose tables are whose, and that states move by their table of moves alone.

use std::collections::BTreeSet;

use proc_macro2::TokenTree;

use super::{Source, is_mark, name, paths_from, production};

/// The only code that writes a table; reads across domains are in `storefront`, `console` and `portal`.
const OWNERS: &[(&str, &[&str])] = &[
    ("src/domain/cart/", &["cart_items"]),
    ("src/domain/cases/", &["cases"]),
    ("src/domain/catalogue/", &["catalogue_version", "categories", "products", "sku_customs", "skus", "vendors"]),
    ("src/domain/content/", &["legal_documents", "notices"]),
    ("src/domain/customers/", &["addresses", "consents", "customers", "identities"]),
    ("src/domain/orders/", &["order_events", "order_lines", "orders"]),
    ("src/domain/payments/", &["payments", "wechat_notifies"]),
    ("src/domain/pricing/", &["freight_rules"]),
    ("src/domain/push_events/", &["wechat_messages"]),
    ("src/domain/refunds/", &["refunds"]),
    ("src/domain/sessions/", &["sessions"]),
    ("src/domain/staff/", &["operator_sessions", "operators"]),
    ("src/domain/stock/", &["stock", "stock_moves"]),
    ("src/platform/audit/", &["audit_log"]),
    ("src/platform/idempotency/", &["idempotency_keys"]),
    ("src/platform/jobs/", &["jobs"]),
    ("src/platform/sealing/", &["data_keys"]),
    ("src/platform/wechat_token/", &["access_tokens"]),
    ("src/base/db/", &["compatible_migrations"]),
];
/// What may read a table that is not its own: whole districts, and the edges that `src/domain/mod.rs` draws.
const READERS: &[(&str, &str)] =
    &[("src/storefront/", ""), ("src/console/", ""), ("src/portal/", ""), ("src/domain/catalogue/", "stock")];
/// Tables whose rows have a table of moves.
const GUARDED: [&str; 3] = ["orders", "payments", "refunds"];

fn tables_of(source: &Source) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for tokens in source.groups() {
        for at in 0..tokens.len() {
            if name(&tokens[at]).as_deref() == Some("schema") && is_mark(tokens.get(at + 1), ':') {
                found.extend(paths_from(&tokens[at..]).into_iter().filter_map(|path| path.get(1).cloned()));
            }
        }
    }
    found
}

#[test]
fn no_table_is_named_by_another_domain() {
    let mut named = BTreeSet::new();
    for source in production("src").iter().filter(|source| !source.path.ends_with("db/schema.rs")) {
        for table in tables_of(source) {
            let owner = OWNERS.iter().find(|(_, tables)| tables.contains(&table.as_str()));
            let (owner, _) = owner.unwrap_or_else(|| panic!("{}: {table} has no owner", source.path));
            let may_read = READERS
                .iter()
                .any(|(reader, which)| source.path.starts_with(reader) && (which.is_empty() || *which == table));
            assert!(source.path.starts_with(owner) || may_read, "{}: {table} belongs to {owner}", source.path);
            named.insert(table);
        }
    }
    let owned: BTreeSet<String> =
        OWNERS.iter().flat_map(|(_, tables)| *tables).map(|table| (*table).to_owned()).collect();
    assert!(owned.difference(&named).next().is_none(), "owned, and named by nobody");
}

#[test]
fn no_reader_writes() {
    for district in ["src/storefront", "src/console", "src/portal"] {
        for source in production(district) {
            for tokens in source.groups() {
                for at in 0..tokens.len() {
                    let path = paths_from(&tokens[at..]);
                    let writes = path.iter().any(|path| {
                        path.len() == 2
                            && path[0] == "diesel"
                            && ["insert_into", "update", "delete"].contains(&path[1].as_str())
                    });
                    // What a buyer keeps has a store of its own here: the cart.
                    assert!(!writes, "{}: writes", source.path);
                }
            }
        }
    }
}

#[test]
fn no_state_is_written_beside_its_table_of_moves() {
    let mut moves = 0;
    for source in production("src") {
        if source.path == "src/base/transitions.rs" {
            continue;
        }
        for tokens in source.groups() {
            for (at, token) in tokens.iter().enumerate() {
                moves += usize::from(name(token).as_deref() == Some("advance"));
                let is_set = name(token).as_deref() == Some("set") && at > 0 && is_mark(tokens.get(at - 1), '.');
                if let (true, Some(TokenTree::Group(changes))) = (is_set, tokens.get(at + 1)) {
                    let text = changes.to_string().replace(' ', "");
                    let written = GUARDED.iter().find(|table| text.contains(&format!("{table}::state.eq")));
                    assert_eq!(written, None, "{}: set{text}", source.path);
                }
            }
        }
        for table in GUARDED {
            let sql = source.text.to_ascii_uppercase();
            assert!(
                !sql.contains(&format!("UPDATE {} SET", table.to_ascii_uppercase())),
                "{}: UPDATE {table}",
                source.path
            );
            let renamed = [format!("{table}::dsl"), format!("{table}::state as "), format!("schema::{table}::")];
            assert!(!renamed.iter().any(|way| source.text.contains(way)), "{}: columns by another name", source.path);
        }
    }
    assert!(moves >= 8, "{moves}");
}
