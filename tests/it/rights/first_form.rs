//! What the first programs sealed under one key for everybody gets the key of its subject, however often the program dies meanwhile.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use gunpo_mall::base::db::schema::{addresses, identities, jobs, orders, payments, wechat_notifies};
use gunpo_mall::base::db::{Db, Tx};
use gunpo_mall::base::error::Result;
use gunpo_mall::base::ids::OrderId;
use gunpo_mall::platform::sealing::{AadContext, Sealer};

use super::PRODUCT;
use crate::backup::{passes, run_with};
use crate::support::backend::settings;
use crate::support::{Backend, TestShop};

const DEATHS: usize = 20;
/// Enough that no life of the program is long enough for all.
const PAST_ORDERS: &str = "3000";
const PATIENCE: Duration = Duration::from_mins(1);

/// Brings a database to where the first programs left one.
async fn age(db: &Db, sealer: std::sync::Arc<Sealer>) {
    db.write(move |tx| {
        let old = |tx: &mut Tx, place: &AadContext, sealed: &[u8]| -> Result<Vec<u8>> {
            sealer.seal(place, &sealer.open_of_subject(tx, place, sealed)?.expect("alive"))
        };
        let rows: Vec<(OrderId, String, Vec<u8>)> =
            orders::table.select((orders::id, orders::order_no, orders::consignee_sealed)).load(tx.conn())?;
        for (id, number, sealed) in rows.iter().filter(|(.., sealed)| !sealed.is_empty()) {
            let place = AadContext { table: "orders", column: "consignee", row: number };
            let sealed = old(tx, &place, sealed)?;
            let changed = (orders::consignee_sealed.eq(sealed), orders::wipe_after.eq(None::<chrono::NaiveDateTime>));
            diesel::update(orders::table.find(id)).set(changed).execute(tx.conn())?;
        }
        let rows: Vec<(String, Vec<u8>)> =
            addresses::table.select((addresses::public_id, addresses::detail_sealed)).load(tx.conn())?;
        for (id, sealed) in rows {
            let place = AadContext { table: "addresses", column: "detail_sealed", row: &id };
            let changed = addresses::detail_sealed.eq(old(tx, &place, &sealed)?);
            diesel::update(addresses::table.filter(addresses::public_id.eq(&id))).set(changed).execute(tx.conn())?;
        }
        let rows: Vec<(gunpo_mall::base::ids::CustomerId, Vec<u8>)> =
            identities::table.select((identities::customer_id, identities::name_sealed)).load(tx.conn())?;
        for (id, sealed) in rows {
            let place = AadContext { table: "identities", column: "name_sealed", row: &id.to_string() };
            let changed = identities::name_sealed.eq(old(tx, &place, &sealed)?);
            diesel::update(identities::table.find(id)).set(changed).execute(tx.conn())?;
        }
        let plain = br#"{"out_trade_no":"x"}"#.to_vec();
        diesel::update(payments::table).set(payments::request.eq(&plain)).execute(tx.conn())?;
        diesel::update(wechat_notifies::table).set(wechat_notifies::body.eq(&plain)).execute(tx.conn())?;
        Ok(())
    })
    .await
    .unwrap();
}

/// As time would: a lease of the dead holds for a minute.
async fn end_leases(url: &str) {
    let db = Db::open(&settings(url)).unwrap();
    let long_ago = chrono::DateTime::UNIX_EPOCH.naive_utc();
    let ready = move || {
        let ended = (jobs::lease_until.eq(None::<chrono::NaiveDateTime>), jobs::run_at.eq(long_ago));
        let state = jobs::state.eq(gunpo_mall::platform::jobs::JobState::Ready);
        diesel::update(jobs::table.filter(jobs::kind.eq("reseal"))).set((state, ended, jobs::abandoned.eq(0)))
    };
    db.write(move |tx| Ok(ready().execute(tx.conn())?)).await.unwrap();
}

struct Program(Child);

impl Program {
    fn start(variables: &[(String, String)], folder: &std::path::Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gunpo-mall"));
        command.arg("serve").env_clear().envs(variables.iter().cloned()).current_dir(folder);
        Self(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    fn dies(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// Rows without a subject's key, as `keys status` counts them.
fn left(variables: &[(String, String)], folder: &std::path::Path) -> usize {
    let told = passes(&run_with(variables, folder, &["keys", "status"]));
    let line = told.lines().find_map(|line| line.strip_prefix("rows without a subject's key: ")).unwrap().to_owned();
    line.split(", ").map(|part| part.split(' ').next().unwrap().parse::<usize>().unwrap()).sum()
}

async fn story(backend: Backend) {
    let shop = TestShop::start(backend, &[]).await;
    let alice = shop.buyer("alice").await;
    let order_no = alice.order(PRODUCT, 1).await;
    alice.pay(&order_no).await;
    shop.deliver().await;
    drop(alice);
    let mut variables = shop.variables();
    let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    variables.retain(|(name, _)| !["LISTEN", "METRICS_LISTEN"].contains(&name.as_str()));
    variables.extend([("LISTEN".to_owned(), free()), ("METRICS_LISTEN".to_owned(), free())]);
    let sealer = std::sync::Arc::clone(&shop.app.sealer);
    let (database, folder) = shop.into_database().await;
    passes(&run_with(&variables, folder.path(), &["seed", "--orders", PAST_ORDERS]));
    let db = Db::open(&settings(&database.url)).unwrap();
    age(&db, std::sync::Arc::clone(&sealer)).await;
    drop(db);
    end_leases(&database.url).await;

    let all = left(&variables, folder.path());
    assert!(all > 2_500, "only {all} rows are in the first form");
    let mut seen = vec![all];
    for death in 0..DEATHS {
        let program = Program::start(&variables, folder.path());
        // The first lives end while the program starts, the later ones in the middle of its work.
        std::thread::sleep(Duration::from_millis(80 + 9 * death as u64));
        program.dies();
        end_leases(&database.url).await;
        seen.push(left(&variables, folder.path()));
    }
    assert!(seen.is_sorted_by(|before, after| after <= before), "{seen:?}");
    let program = Program::start(&variables, folder.path());
    let started = Instant::now();
    while left(&variables, folder.path()) > 0 {
        assert!(started.elapsed() < PATIENCE, "never done: {seen:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
    program.dies();
    println!("first form {backend:?}: rows left after each of {DEATHS} deaths: {seen:?}");
    let in_the_middle = seen.windows(2).filter(|pair| pair[1] < pair[0] && pair[1] > 0).count();
    assert!(in_the_middle >= 3, "hardly a death was in the middle of the work: {seen:?}");

    let db = Db::open_reading(&settings(&database.url)).unwrap();
    let opened = db.read(move |rx| {
        let rows: Vec<(String, Vec<u8>, bool)> = orders::table
            .filter(orders::paid_at.is_not_null())
            .select((orders::order_no, orders::consignee_sealed, orders::wipe_after.is_not_null()))
            .load(rx.conn())?;
        let mut opened = 0;
        for (number, sealed, has_term) in &rows {
            let place = AadContext { table: "orders", column: "consignee", row: number };
            let text = sealer.open_text_of_subject(rx, &place, sealed)?.unwrap_or_default();
            opened += usize::from(text.contains("138") && *has_term && !Sealer::is_without_subject(sealed));
        }
        Ok((opened, rows.len()))
    });
    let (opened, paid) = opened.await.unwrap();
    assert!(opened == paid && paid > 2_500, "{opened} of {paid} consignees open");
}

#[cfg(feature = "sqlite")]
#[actix_web::test]
async fn the_first_form_is_left_behind_through_twenty_deaths_and_nothing_with_it_sqlite() {
    story(Backend::Sqlite).await;
}

#[cfg(feature = "postgres")]
#[actix_web::test]
async fn the_first_form_is_left_behind_through_twenty_deaths_and_nothing_with_it_postgres() {
    story(Backend::Postgres).await;
}
