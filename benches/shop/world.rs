//! A database of one size with the shop on it and buyers in front of it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Instant;

use crate::Fault;
use crate::bare::Page;
use crate::buyers::{Buyer, Crowd};
use crate::database::Database;
use crate::legs::PAGES;
use crate::options::Options;
use crate::postgres::Server;
use crate::processes::{Shop, ShopSetting, StandIn, command};

/// Buyers of a leg of placing, for each second of it. A leg ends when they have all ordered.
const PLACING_A_SECOND: usize = 3_000;
/// And of purchases.
const BUYING_A_SECOND: usize = 400;
/// Legs of placing in a round: two kinds, two numbers of connections.
const PLACING_LEGS: usize = 4;
const BUYING_LEGS: usize = 2;
/// Headers that the bare server gets from its framework, like the shop.
const ACTIX_WRITES: [&str; 2] = ["content-length", "date"];

pub(crate) struct World {
    pub(crate) orders: u64,
    pub(crate) database: Database,
    pub(crate) setting: ShopSetting,
    pub(crate) crowd: Crowd,
    /// What the shop answered, for the bare server.
    pub(crate) pages: PathBuf,
    placing: usize,
    buying: usize,
}

impl World {
    pub(crate) async fn build(
        options: &Options,
        server: Option<&Rc<Server>>,
        orders: u64,
        work: &Path,
        stand_in: &StandIn,
    ) -> Result<Self, Fault> {
        let folder = work.join(format!("{}-{orders}", if server.is_some() { "postgres" } else { "sqlite" }));
        fs::create_dir(&folder)?;
        let database = Database::new(server, &folder, orders)?;
        let (pages, database_url) = (folder.join("pages.json"), database.url());
        let mut setting = ShopSetting { folder, database_url, under: String::new() };
        let started = Instant::now();
        command(&setting, stand_in, &["migrate"])?;
        command(&setting, stand_in, &["seed", "--orders", &orders.to_string()])?;
        database.raise_stock()?;
        println!("{}: {orders} orders seeded in {:.1} s", database.name(), started.elapsed().as_secs_f64());
        let seconds = usize::try_from(options.lasting().as_secs())?;
        let (placing, buying) = (PLACING_A_SECOND * seconds, BUYING_A_SECOND * seconds);
        let shop = Shop::start(&setting, stand_in).await?;
        let size = PLACING_LEGS * placing + BUYING_LEGS * buying;
        let crowd = Crowd::arrive(shop.address, stand_in.address, size).await?;
        write_pages(&shop, &pages).await?;
        shop.stop()?;
        database.keep_as_template()?;
        setting.under.clone_from(&options.under);
        Ok(Self { orders, database, setting, crowd, pages, placing, buying })
    }

    /// Those who place orders in one leg of a round, and in no other.
    pub(crate) fn placing(&self, leg: usize) -> &[Buyer] {
        let first = leg % PLACING_LEGS * self.placing;
        &self.crowd.buyers[first..first + self.placing]
    }

    /// Those who go from login to paid in one leg of a round.
    pub(crate) fn buying(&self, leg: usize) -> &[Buyer] {
        let first = PLACING_LEGS * self.placing + leg % BUYING_LEGS * self.buying;
        &self.crowd.buyers[first..first + self.buying]
    }

    /// What `doctor` says after the last round: a shop that is fast and wrong was not measured.
    pub(crate) fn check_books(&self, stand_in: &StandIn) -> Result<(), Fault> {
        command(&self.setting, stand_in, &["doctor"]).map(drop)
    }
}

async fn write_pages(shop: &Shop, file: &Path) -> Result<(), Fault> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let mut pages = BTreeMap::new();
    for path in PAGES.iter().flat_map(|(_, paths)| paths.iter()) {
        let answer = http.get(format!("http://{}{path}", shop.address)).send().await?.error_for_status()?;
        let sent = answer.headers().iter().filter(|(name, _)| !ACTIX_WRITES.contains(&name.as_str()));
        let sent = sent.map(|(name, value)| Ok((name.to_string(), value.to_str()?.to_owned())));
        let headers = sent.collect::<Result<Vec<_>, Fault>>()?;
        pages.insert(*path, Page { headers, body: answer.text().await? });
    }
    Ok(fs::write(file, serde_json::to_vec(&pages)?)?)
}
