//! What has ended can't be opened any more, wherever a copy lies, once the key of its time is destroyed; what law keeps can.

use diesel::prelude::*;
use gunpo_mall::base::config::{DataKeys, Settings};
use gunpo_mall::base::db::Db;
use gunpo_mall::base::db::schema::{addresses, data_keys, orders};
use gunpo_mall::base::ids::CustomerId;
use gunpo_mall::domain::cases;
use gunpo_mall::platform::sealing::{AadContext, Sealer};
use serde_json::json;

use super::{PRODUCT, id_of};
use crate::backup::{fails, passes, run_with};
use crate::support::backend::{TestDatabase, settings};
use crate::support::{Backend, TestShop, on_both};

const OLD: &str = "t1:MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY=";
const NEW: &str = "t2:enl4d3Z1dHNycXBvbm1sa2ppaGdmZWRjYmE5ODc2NTQ=";

/// The shop's configuration, on a database and with keys.
struct World {
    variables: Vec<(String, String)>,
    folder: tempfile::TempDir,
}

impl World {
    fn variables(&self, url: &str, keys: &str, ended: &str) -> Vec<(String, String)> {
        let changed = [("DATABASE_URL", url), ("DATA_KEYS", keys), ("ENDED_ACCOUNTS_FILE", ended)];
        let mut all = self.variables.clone();
        all.retain(|(name, _)| changed.iter().all(|(other, _)| other != name));
        all.extend(changed.map(|(name, value)| (name.to_owned(), value.to_owned())));
        all
    }

    fn sealer(&self, keys: &str) -> Sealer {
        let variables = self.variables("sqlite:unused", keys, "unused");
        let DataKeys { sealing, index } = Settings::from_map(&variables.into_iter().collect()).unwrap().data_keys;
        Sealer::new(&DataKeys { sealing, index }).unwrap()
    }

    fn run(&self, url: &str, keys: &str, ended: &str, arguments: &[&str]) -> std::process::Output {
        run_with(&self.variables(url, keys, ended), self.folder.path(), arguments)
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }
}

/// The sealed street of each address in a database, opened: how many can be.
async fn streets(url: &str, sealer: Sealer) -> (usize, usize) {
    let db = Db::open_reading(&settings(url)).unwrap();
    let read = db.read(move |rx| {
        let rows: Vec<(String, Vec<u8>)> =
            addresses::table.select((addresses::public_id, addresses::detail_sealed)).load(rx.conn())?;
        let place = |row| AadContext { table: "addresses", column: "detail_sealed", row };
        let opened = rows
            .iter()
            .filter(|(id, sealed)| matches!(sealer.open_text_of_subject(rx, &place(id), sealed), Ok(Some(_))));
        Ok((opened.count(), rows.len()))
    });
    read.await.unwrap()
}

/// Whether the consignee of an order can be opened.
async fn consignee(url: &str, sealer: Sealer, order_no: &str) -> bool {
    let db = Db::open_reading(&settings(url)).unwrap();
    let number = order_no.to_owned();
    let read = db.read(move |rx| {
        let own = orders::table.filter(orders::order_no.eq(&number));
        let sealed: Vec<u8> = own.select(orders::consignee_sealed).first(rx.conn())?;
        let place = AadContext { table: "orders", column: "consignee", row: &number };
        Ok(matches!(sealer.open_text_of_subject(rx, &place, &sealed), Ok(Some(text)) if text.contains("13800138000")))
    });
    read.await.unwrap()
}

async fn is_closed(url: &str, id: i64) -> bool {
    use gunpo_mall::base::db::schema::customers;
    let db = Db::open_reading(&settings(url)).unwrap();
    let own = move || customers::table.find(CustomerId(id)).select(customers::closed_at.is_not_null());
    db.read(move |rx| Ok(own().first(rx.conn())?)).await.unwrap()
}

/// What lies in free pages, logs and dead rows: a person's street and the key for it, as they are in a copy from before.
async fn left_behind(url: &str, id: i64) -> [Vec<u8>; 2] {
    let db = Db::open_reading(&settings(url)).unwrap();
    let read = db.read(move |rx| {
        let own = addresses::table.filter(addresses::customer_id.eq(CustomerId(id)));
        let street = own.select(addresses::detail_sealed).first(rx.conn())?;
        let key = data_keys::table.filter(data_keys::subject.eq(format!("person:{id}")));
        Ok([street, key.select(data_keys::wrapped.assume_not_null()).first(rx.conn())?])
    });
    read.await.unwrap()
}

async fn new_database(backend: Backend, world: &World, name: &str) -> TestDatabase {
    let folder = world.folder.path().join(name);
    std::fs::create_dir(&folder).unwrap();
    TestDatabase::empty(backend, &folder).await
}

async fn story(backend: Backend) {
    let shop = TestShop::start(backend, &[("DATA_KEYS", OLD)]).await;
    let world = World { variables: shop.variables(), folder: tempfile::tempdir().unwrap() };
    let (url, backup, ended) = (shop.database_url(), world.path("backup"), world.path("ended"));
    let (alice, bob) = (shop.buyer("alice").await, shop.buyer("bob").await);
    let id = id_of(&alice).await;
    let order_no = alice.order(PRODUCT, 1).await;
    alice.pay(&order_no).await;
    shop.deliver().await;
    passes(&world.run(&url, OLD, &ended, &["backup", &backup]));
    assert_eq!(alice.post("/api/v1/me/close", &alice.proof()).await.status, 202);
    drop((alice, bob));
    // The goods are on their way; whatever is open, the account ends after 15 days.
    shop.advance_s(15 * 86_400 + 901);
    shop.run_jobs().await;
    assert!(is_closed(&url, id).await);
    std::fs::copy(shop.ended_accounts(), &ended).unwrap();
    let log = url.strip_prefix("sqlite:").map(|file| std::fs::read(format!("{file}-wal")).unwrap());
    let (database, _shop_folder) = shop.into_database().await;

    // Before the rotation a copy of that time still opens: the proof below can fail.
    let copied = new_database(backend, &world, "before").await;
    passes(&world.run(&copied.url, OLD, &world.path("no-list"), &["restore", &backup]));
    assert_eq!(streets(&copied.url, world.sealer(OLD)).await, (2, 2));
    if let Some(log) = log {
        for bytes in left_behind(&copied.url, id).await {
            assert!(
                log.windows(bytes.len()).any(|part| part == bytes),
                "the log of SQLite holds what was in the backup"
            );
        }
    }

    let both = format!("{NEW},{OLD}");
    let rotated = passes(&world.run(&url, &both, &ended, &["keys", "rotate"]));
    assert!(rotated.contains("2 data keys wrapped anew"), "bob's, and the month's: {rotated}");
    let status = passes(&world.run(&url, &both, &ended, &["keys", "status"]));
    assert!(status.contains("can be destroyed: t1"), "{status}");

    // The old key is destroyed. Nothing of that time opens; the trade, and who is still here, does.
    assert_eq!(streets(&copied.url, world.sealer(NEW)).await, (0, 2));
    assert_eq!(streets(&database.url, world.sealer(NEW)).await, (1, 1));
    assert!(consignee(&database.url, world.sealer(NEW), &order_no).await);
    assert!(!consignee(&copied.url, world.sealer(NEW), &order_no).await);
    fails(&world.run(&copied.url, NEW, &ended, &["keys", "status"]), "t1 do(es) not open");
    let again = new_database(backend, &world, "after").await;
    let told = passes(&world.run(&again.url, NEW, &ended, &["restore", &backup]));
    assert!(told.contains("1 account(s) that had ended"), "{told}");
    assert!(is_closed(&again.url, id).await, "the restore brought her back");
    assert_eq!(streets(&again.url, world.sealer(NEW)).await, (0, 1), "bob's, who is not served by it either");
}

on_both! {
    async fn money_is_booked_though_what_is_sealed_on_its_order_does_not_open(shop: &TestShop) {
        let alice = shop.buyer("alice").await;
        let (spoiled, good) = (alice.order(PRODUCT, 1).await, alice.order_with_key(PRODUCT, 1, "the-other").await);
        let params = alice.pay_params(&spoiled).await;
        let number = spoiled.clone();
        let spoil = move || {
            let own = orders::table.filter(orders::order_no.eq(number.clone()));
            diesel::update(own).set(orders::consignee_sealed.eq(b"\x01\x02zz no key of ours".to_vec()))
        };
        shop.app.db.write(move |tx| Ok(spoil().execute(tx.conn())?)).await.unwrap();
        assert_eq!(alice.request_payment(&params).await, "ok");
        shop.deliver().await;
        assert_eq!(alice.read_order(&spoiled).await["state"], "paid");
        let open = shop.app.db.read(|rx| cases::list_open(rx)).await.unwrap();
        assert_eq!((open.len(), open[0].kind.as_str(), open[0].subject.as_str()), (1, "sealed_unreadable", spoiled.as_str()));
        // Nor does it take the others of a list with it.
        let list = alice.get("/api/v1/orders").await.expect(200);
        assert_eq!((&list["items"][0]["consignee"]["phone"], &list["items"][1]["consignee"]["phone"]), (&json!("138****8000"), &json!("****")));
        alice.cancel(&good).await.expect(200);
    }

    async fn a_key_that_can_not_be_opened_keeps_no_other_from_a_rotation(shop: &TestShop) {
        let (alice, _bob) = (shop.newcomer("alice").await, shop.newcomer("bob").await);
        let subject = format!("person:{}", id_of(&alice).await);
        let spoil = move || {
            let own = data_keys::table.filter(data_keys::subject.eq(subject.clone()));
            diesel::update(own).set((data_keys::epoch.eq("aa"), data_keys::wrapped.eq(b"\x01\x02aa lost".to_vec())))
        };
        shop.app.db.write(move |tx| Ok(spoil().execute(tx.conn())?)).await.unwrap();
        let older = || diesel::update(data_keys::table.filter(data_keys::epoch.eq("t1"))).set(data_keys::epoch.eq("ab"));
        shop.app.db.write(move |tx| Ok(older().execute(tx.conn())?)).await.unwrap();
        shop.advance_s(601);
        shop.run_jobs().await;
        let epochs = || data_keys::table.order(data_keys::epoch).select(data_keys::epoch.assume_not_null());
        let epochs: Vec<String> = shop.app.db.read(move |rx| Ok(epochs().load(rx.conn())?)).await.unwrap();
        assert_eq!(epochs, ["aa", "t1"]);
    }
}

#[cfg(feature = "sqlite")]
#[actix_web::test]
async fn what_ended_opens_nowhere_once_its_key_is_destroyed_and_no_restore_brings_it_back_sqlite() {
    story(Backend::Sqlite).await;
}

#[cfg(feature = "postgres")]
#[actix_web::test]
async fn what_ended_opens_nowhere_once_its_key_is_destroyed_and_no_restore_brings_it_back_postgres() {
    story(Backend::Postgres).await;
}
