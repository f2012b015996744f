//! The fail points of the crate, and which part of a shop's life passes them.

/// Passed by a running shop: placing, paying, notifies, settling, refunds, closing, expiry, jobs, sessions, commits.
pub(crate) const OF_THE_SHOP: [&str; 45] = [
    "close.after_begin",
    "close.after_call",
    "close.after_cancel",
    "close.after_query",
    "close.in_begin",
    "close.in_cancel",
    "expiry.after_close",
    "expiry.before_close",
    "jobs.after_claim",
    "jobs.after_finish",
    "jobs.before_finish",
    "jobs.in_claim",
    "jobs.in_finish",
    "login.after_commit",
    "login.in_transaction",
    "notify.after_commit",
    "notify.after_keep",
    "notify.after_verify",
    "notify.in_transaction",
    "order.after_claim",
    "order.after_commit",
    "order.after_hold",
    "order.after_insert",
    "order.after_lines",
    "order.before_answer",
    "pay.after_call",
    "pay.after_store",
    "pay.before_call",
    "pay.in_record",
    "pay.in_store",
    "query.after_ask",
    "query.after_commit",
    "query.before_ask",
    "refresh.after_commit",
    "refresh.in_transaction",
    "refund.after_call",
    "refund.after_commit",
    "refund.after_row",
    "refund.before_call",
    "refund.in_booking",
    "settle.after_payment",
    "settle.after_sell",
    "settle.before_sell",
    "write.after_commit",
    "write.before_commit",
];

/// Passed by `migrate` and `seed`.
pub(crate) const OF_SETTING_UP: [&str; 3] = ["migration.after_one", "seed.after_chunk", "seed.before_rename"];

#[test]
fn no_fail_point_of_the_code_is_left_out() {
    let mut written = std::collections::BTreeSet::new();
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap();
            let names = text.split("failpoint::reach!(\"").skip(1).filter_map(|rest| rest.split('"').next());
            written.extend(names.map(str::to_owned));
        }
    }
    let listed = OF_THE_SHOP.into_iter().chain(OF_SETTING_UP).map(str::to_owned).collect();
    assert_eq!(written, listed, "src (left) and the lists above (right)");
}
