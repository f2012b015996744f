//! Neighbour (b): the statements of the transaction that places an order of one line, by the same driver on the same file, and
//! nothing else: no HTTP, no JSON, no sealing, no savepoints, no reads before and after. They are written as the stores write
//! them (`src/flows/place_order/mod.rs`, `insert`, is their order); when that changes, this has to follow.

use std::path::Path;
use std::time::{Duration, Instant};

use chrono::NaiveDateTime;
use diesel::SqliteConnection;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use gunpo_mall::base::clock::Clock;
use gunpo_mall::base::db::Prepared;
use gunpo_mall::base::db::schema::{
    cart_items, customers, freight_rules, idempotency_keys as keys, jobs, notices, order_events, order_lines, orders,
    products, skus, stock, stock_moves,
};
use gunpo_mall::base::ids::new_order_no;

use crate::Fault;
use crate::buyers::Crowd;
use crate::database::connect;
use crate::load::{Sample, sample};
use crate::machine::cpu_seconds;

const BODY_HASH: [u8; 32] = [7; 32];
/// As large as a sealed consignee.
const SEALED: [u8; 128] = [7; 128];
const PAY_WITHIN: chrono::Duration = chrono::Duration::minutes(30);

/// One order a commit, or many.
pub(crate) fn measure(file: &Path, crowd: &Crowd, group: usize, lasting: Duration) -> Result<Sample, Fault> {
    let mut conn = connect(file)?;
    let buyers: Vec<i64> =
        customers::table.order(customers::id.desc()).limit(10_000).select(customers::id).load(&mut conn)?;
    let sku_ids = crowd.offers.iter().map(|offer| offer.sku_id.parse()).collect::<Result<Vec<i64>, _>>()?;
    let (own, cpu, started) = (std::process::id(), cpu_seconds(std::process::id())?, Instant::now());
    let mut times = Vec::new();
    while started.elapsed() < lasting {
        let begun = Instant::now();
        conn.batch_execute("BEGIN IMMEDIATE")?;
        for _ in 0..group {
            let now = Clock::system().now();
            let index = times.len();
            let (customer_id, sku_id) = (buyers[index % buyers.len()], sku_ids[index % sku_ids.len()]);
            let order = Order { customer_id, sku_id, number: new_order_no(now)?, now: now.naive_utc() };
            order.place(&mut conn)?;
            times.push(begun.elapsed());
        }
        conn.batch_execute("COMMIT")?;
        // Nobody is answered before the commit.
        let first = times.len() - group;
        times[first..].fill(begun.elapsed());
    }
    let took = started.elapsed().as_secs_f64();
    Ok(sample(times, 0, took, cpu_seconds(own)? - cpu, 0.0))
}

#[derive(Queryable)]
struct SkuRow {
    code: String,
    spec: (String, String, String),
    price_fen: i64,
    gross_weight_g: i64,
    product_id: i64,
    vendor_id: i64,
    name: (String, String, String),
    image: String,
    _rest: (i64, bool, String, bool, Option<i64>),
}

struct Order {
    customer_id: i64,
    sku_id: i64,
    number: String,
    now: NaiveDateTime,
}

impl Order {
    fn place(&self, conn: &mut SqliteConnection) -> QueryResult<()> {
        self.claim(conn)?;
        let (sku, notice) = self.price(conn)?;
        self.check_buyer(conn)?;
        let order_id = self.insert(conn, &sku, &notice)?;
        self.insert_line(conn, order_id, &sku)?;
        self.tell(conn, order_id)?;
        self.hold(conn)
    }

    fn principal(&self) -> String {
        format!("customer:{}", self.customer_id)
    }

    fn claim(&self, conn: &mut SqliteConnection) -> QueryResult<()> {
        let row = (
            keys::principal.eq(self.principal()),
            keys::route.eq("POST /orders"),
            keys::idempotency_key.eq(&self.number),
            keys::body_hash.eq(BODY_HASH.as_slice()),
            keys::response.eq(&self.number),
            keys::created_at.eq(self.now),
        );
        diesel::insert_into(keys::table).values(row).on_conflict_do_nothing().execute(conn).map(drop)
    }

    fn price(&self, conn: &mut SqliteConnection) -> QueryResult<(SkuRow, String)> {
        let sku =
            skus::table.inner_join(products::table).left_join(stock::table).filter(skus::id.eq(self.sku_id)).select((
                skus::code,
                (skus::spec_zh, skus::spec_ko, skus::spec_en),
                skus::price_fen,
                skus::gross_weight_g,
                products::id,
                products::vendor_id,
                (products::name_zh, products::name_ko, products::name_en),
                products::image,
                (
                    skus::limit_per_order,
                    skus::on_sale,
                    products::supervision,
                    products::published,
                    stock::available.nullable(),
                ),
            ));
        let sku = sku.get_result(conn)?;
        let rule = freight_rules::table.filter(freight_rules::province.eq("31")).filter(freight_rules::served.eq(true));
        let _: (i64, i64, i64, i64, Option<i64>) = rule
            .select((
                freight_rules::first_weight_g,
                freight_rules::first_fee_fen,
                freight_rules::step_weight_g,
                freight_rules::step_fee_fen,
                freight_rules::free_from_fen,
            ))
            .get_result(conn)?;
        let notice: Option<String> = notices::table.select(diesel::dsl::max(notices::version)).get_result(conn)?;
        Ok((sku, notice.unwrap_or_default()))
    }

    fn check_buyer(&self, conn: &mut SqliteConnection) -> QueryResult<()> {
        let staying = customers::table.find(self.customer_id);
        let staying = staying.filter(customers::closing_at.is_null()).filter(customers::closed_at.is_null());
        Prepared(diesel::update(staying).set(customers::last_login_at.eq(customers::last_login_at))).execute(conn)?;
        let unpaid = orders::table.inner_join(order_lines::table).filter(orders::customer_id.eq(self.customer_id));
        let unpaid = unpaid.filter(orders::state.eq("pending_payment")).order((orders::id, order_lines::sku_id));
        let unpaid = unpaid.limit(250).select((orders::id, order_lines::sku_id, order_lines::quantity));
        unpaid.load::<(i64, i64, i64)>(conn).map(drop)
    }

    fn hold(&self, conn: &mut SqliteConnection) -> QueryResult<()> {
        let enough = stock::table.filter(stock::sku_id.eq(self.sku_id)).filter(stock::available.ge(1_i64));
        let moved = (stock::available.eq(stock::available - 1_i64), stock::held.eq(stock::held + 1_i64));
        Prepared(diesel::update(enough).set(moved)).execute(conn)?;
        let row = (
            stock_moves::sku_id.eq(self.sku_id),
            stock_moves::kind.eq("hold"),
            stock_moves::quantity.eq(1_i64),
            stock_moves::order_no.eq(Some(&self.number)),
            stock_moves::at.eq(self.now),
        );
        diesel::insert_into(stock_moves::table).values(row).execute(conn).map(drop)
    }

    fn insert(&self, conn: &mut SqliteConnection, sku: &SkuRow, notice: &str) -> QueryResult<i64> {
        let row = (
            (
                orders::order_no.eq(&self.number),
                orders::customer_id.eq(self.customer_id),
                orders::state.eq("pending_payment"),
                orders::goods_fen.eq(sku.price_fen),
                orders::freight_fen.eq(0_i64),
                orders::tax_fen.eq(0_i64),
                orders::discount_fen.eq(0_i64),
                orders::payable_fen.eq(sku.price_fen),
                orders::paid_fen.eq(0_i64),
                orders::refund_committed_fen.eq(0_i64),
                orders::refunded_fen.eq(0_i64),
            ),
            (
                orders::notice_version.eq(notice),
                orders::scene.eq(None::<&str>),
                orders::province.eq("上海市"),
                orders::city.eq("上海市"),
                orders::district.eq("浦东新区"),
                orders::region_code.eq("310115"),
                orders::consignee_sealed.eq(SEALED.as_slice()),
                orders::identity_sealed.eq(None::<&[u8]>),
                orders::supervision.eq("bonded_1210"),
                orders::placed_at.eq(self.now),
                orders::expires_at.eq(self.now + PAY_WITHIN),
            ),
        );
        diesel::insert_into(orders::table).values(row).returning(orders::id).get_result(conn)
    }

    fn insert_line(&self, conn: &mut SqliteConnection, order_id: i64, sku: &SkuRow) -> QueryResult<()> {
        let row = (
            order_lines::order_id.eq(order_id),
            order_lines::sku_id.eq(self.sku_id),
            order_lines::product_id.eq(sku.product_id),
            order_lines::vendor_id.eq(sku.vendor_id),
            order_lines::sku_code.eq(&sku.code),
            (
                order_lines::name_zh.eq(&sku.name.0),
                order_lines::name_ko.eq(&sku.name.1),
                order_lines::name_en.eq(&sku.name.2),
                order_lines::spec_zh.eq(&sku.spec.0),
                order_lines::spec_ko.eq(&sku.spec.1),
                order_lines::spec_en.eq(&sku.spec.2),
            ),
            order_lines::image.eq(&sku.image),
            order_lines::unit_price_fen.eq(sku.price_fen),
            order_lines::quantity.eq(1_i64),
            order_lines::line_fen.eq(sku.price_fen),
            order_lines::tax_fen.eq(0_i64),
            order_lines::gross_weight_g.eq(sku.gross_weight_g),
        );
        diesel::insert_into(order_lines::table).values(row).execute(conn).map(drop)
    }

    fn tell(&self, conn: &mut SqliteConnection, order_id: i64) -> QueryResult<()> {
        let event = (
            order_events::order_id.eq(order_id),
            order_events::kind.eq("placed"),
            order_events::actor.eq("customer"),
            order_events::to_state.eq(Some("pending_payment")),
            order_events::at.eq(self.now),
        );
        diesel::insert_into(order_events::table).values(event).execute(conn)?;
        let cart =
            cart_items::table.filter(cart_items::customer_id.eq(self.customer_id)).order(cart_items::sku_id).limit(200);
        cart.select(cart_items::sku_id).load::<i64>(conn)?;
        let expiry = (
            jobs::kind.eq("order_expiry"),
            jobs::dedup_key.eq(Some(format!("order_expiry:{}", self.number))),
            jobs::payload.eq(&self.number),
            jobs::state.eq("ready"),
            jobs::run_at.eq(self.now + PAY_WITHIN),
            jobs::attempts.eq(0),
            jobs::generation.eq(0_i64),
            jobs::created_at.eq(self.now),
        );
        let insert = diesel::insert_into(jobs::table).values(expiry);
        insert.on_conflict(jobs::dedup_key).do_nothing().execute(conn).map(drop)
    }
}
