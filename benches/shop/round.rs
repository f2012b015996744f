//! One round in one world: every leg once, the neighbours among them.

use std::time::Duration;

use crate::Fault;
use crate::database::Database;
use crate::legs::{Leg, PAGES, Spread};
use crate::load::Sample;
use crate::options::Options;
use crate::order_sql;
use crate::processes::{Bare, Shop, StandIn};
use crate::report::{Measured, Report};
use crate::world::World;

const CONNECTIONS: [usize; 2] = [32, 128];
/// Before the first leg: code and pages that were never used are nobody's everyday.
const WARM_UP: Duration = Duration::from_millis(300);
/// Orders of one commit of the shop at most (`GROUP_MAX` in `src/base/db/sqlite/writer.rs`).
const GROUP: usize = 64;

struct Round<'a> {
    options: &'a Options,
    world: &'a World,
    report: &'a mut Report,
}

pub(crate) async fn run(
    options: &Options,
    world: &World,
    stand_in: &StandIn,
    report: &mut Report,
) -> Result<(), Fault> {
    world.database.restore()?;
    let bare = Bare::start(&world.pages)?;
    let shop = Shop::start(&world.setting, stand_in).await?;
    let started_in = shop.started_in;
    let mut round = Round { options, world, report };
    for (_, paths) in PAGES {
        Leg { to: shop.address, pid: shop.pid(), connections: 32, lasting: WARM_UP }.pages(paths).await?;
        Leg { to: bare.address, pid: bare.pid(), connections: 32, lasting: WARM_UP }.pages(paths).await?;
    }
    for (turn, connections) in CONNECTIONS.into_iter().enumerate() {
        let lasting = options.lasting();
        let to_shop = Leg { to: shop.address, pid: shop.pid(), connections, lasting };
        let to_bare = Leg { to: bare.address, pid: bare.pid(), connections, lasting };
        round.pages(to_shop, to_bare).await?;
        round.flows(to_shop, turn, stand_in).await?;
    }
    let rss_mb = crate::machine::peak_rss_mb(shop.pid())?;
    round.report.process(world, started_in, rss_mb);
    shop.stop()?;
    round.same_sql()
}

impl Round<'_> {
    fn keep(&mut self, leg: &str, connections: usize, sample: Sample) {
        let world = self.world;
        let (database, orders, leg) = (world.database.name(), world.orders, leg.to_owned());
        self.report.add(Measured { database, orders, leg, connections, sample });
    }

    /// The shop and the bare server in turn.
    async fn pages(&mut self, shop: Leg, bare: Leg) -> Result<(), Fault> {
        for (name, paths) in PAGES {
            if self.options.wants(name) {
                let sample = shop.pages(paths).await?;
                self.keep(name, shop.connections, sample);
                let sample = bare.pages(paths).await?;
                self.keep(&format!("bare {name}"), bare.connections, sample);
            }
        }
        Ok(())
    }

    async fn flows(&mut self, shop: Leg, turn: usize, stand_in: &StandIn) -> Result<(), Fault> {
        let (world, label) = (self.world, format!("c{}", shop.connections));
        if self.options.wants("login") {
            let sample = shop.logins(world.placing(2 * turn), stand_in.address).await?;
            self.keep("login", shop.connections, sample);
        }
        if self.options.wants("quote") {
            let sample = shop.quotes(&world.crowd, world.placing(2 * turn)).await?;
            self.keep("quote", shop.connections, sample);
        }
        for (index, (name, spread)) in [("place", Spread::All), ("place hot", Spread::Hot)].into_iter().enumerate() {
            if self.options.wants(name) {
                let buyers = world.placing(2 * turn + index);
                let sample = shop.orders(&world.crowd, buyers, spread, &label).await?;
                self.keep(name, shop.connections, sample);
            }
        }
        if self.options.wants("purchase") {
            let sample = shop.purchases(&world.crowd, world.buying(turn), stand_in.address, &label).await?;
            self.keep("purchase", shop.connections, sample);
        }
        Ok(())
    }

    /// On the same rows, now that the shop is gone: two writers would wait for each other.
    fn same_sql(&mut self) -> Result<(), Fault> {
        if !self.options.wants("sql") {
            return Ok(());
        }
        let lasting = self.options.lasting();
        match &self.world.database {
            Database::Sqlite { folder } => {
                for (leg, group) in [("sql, 1 a commit", 1), ("sql, 64 a commit", GROUP)] {
                    let sample = order_sql::measure(&folder.join("shop.db"), &self.world.crowd, group, lasting)?;
                    self.keep(leg, 1, sample);
                }
            }
            Database::Postgres { server, name } => {
                let sample = server.pgbench(&format!("{name}_work"), &self.world.setting.folder, lasting)?;
                self.keep("sql, pgbench", 16, sample);
            }
        }
        Ok(())
    }
}
