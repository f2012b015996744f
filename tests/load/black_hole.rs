//! WeChat swallows everything for two minutes while people browse and pay.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_util::future::{join, join_all};

use crate::backend::Backend;
use crate::buyers::Buyer;
use crate::knob;
use crate::shop::Shop;
use crate::wire::Wire;

const BROWSERS: usize = 10;
const BROWSED_A_SECOND: u32 = 200;
const PAID_A_SECOND: u32 = 20;
/// More than can be under way at once.
const BUYERS: usize = 300;
const CALM: Duration = Duration::from_secs(30);
/// Longest answer to a payer, of which WeChat may use most.
const PAY_WITHIN: Duration = Duration::from_secs(12);
const WELL_AGAIN_WITHIN: Duration = Duration::from_mins(1);

/// Answers to payers: how often each was given, and the slowest of all.
#[derive(Default)]
struct Payments {
    answers: RefCell<BTreeMap<String, u64>>,
    slowest: Cell<Duration>,
}

struct Seen {
    browse_p99: Duration,
    browsed: usize,
    answers: BTreeMap<String, u64>,
    slowest_pay: Duration,
}

/// One phase: people browse and pay at their pace, whatever they are answered.
async fn phase(shop: &Rc<Shop>, buyers: &Rc<RefCell<VecDeque<Buyer>>>, lasting: Duration) -> Seen {
    let payments = Rc::new(Payments::default());
    let browse = join_all((0..BROWSERS).map(|n| browse(shop, n, lasting)));
    let (times, ()) = join(browse, pay(shop, buyers, &payments, lasting)).await;
    let mut times = times.concat();
    times.sort_unstable();
    let answers = payments.answers.take();
    Seen {
        browse_p99: times[(times.len() - 1) * 99 / 100],
        browsed: times.len(),
        answers,
        slowest_pay: payments.slowest.get(),
    }
}

async fn browse(shop: &Shop, browser: usize, lasting: Duration) -> Vec<Duration> {
    let gap = Duration::from_secs(1) * u32::try_from(BROWSERS).unwrap() / BROWSED_A_SECOND;
    let mut wire = Wire::connect(shop.address).await.unwrap();
    let (started, mut times) = (Instant::now(), Vec::new());
    let mut next = started + gap * u32::try_from(browser).unwrap() / u32::try_from(BROWSERS).unwrap();
    while next < started + lasting {
        tokio::time::sleep_until(next.into()).await;
        let path = ["/api/v1/products", "/api/v1/products/red-ginseng-stick"][times.len() % 2];
        let asked = Instant::now();
        assert_eq!(wire.get(path).await.unwrap().status, 200, "browsing");
        times.push(asked.elapsed());
        next += gap;
    }
    times
}

async fn pay(shop: &Rc<Shop>, buyers: &Rc<RefCell<VecDeque<Buyer>>>, payments: &Rc<Payments>, lasting: Duration) {
    let (gap, started) = (Duration::from_secs(1) / PAID_A_SECOND, Instant::now());
    let (mut next, mut under_way) = (started, Vec::new());
    while next < started + lasting {
        tokio::time::sleep_until(next.into()).await;
        next += gap;
        let mut buyer = buyers.borrow_mut().pop_front().expect("nobody is left to pay: all wait for an answer");
        let (shop, buyers, payments) = (Rc::clone(shop), Rc::clone(buyers), Rc::clone(payments));
        under_way.push(actix_web::rt::spawn(async move {
            let asked = Instant::now();
            let answered = buyer.pay_or_try_again(&shop).await;
            payments.slowest.set(payments.slowest.get().max(asked.elapsed()));
            *payments.answers.borrow_mut().entry(answered).or_default() += 1;
            buyers.borrow_mut().push_back(buyer);
        }));
    }
    join_all(under_way).await;
}

/// WeChat tells the shop, unless the wire is cut.
async fn notify(shop: Rc<Shop>, over: Rc<Cell<bool>>) {
    while !over.get() {
        if !shop.way.is_cut() {
            shop.wechat.deliver_due().await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub(crate) async fn prove(backend: Backend) {
    let shop = Rc::new(Shop::start(backend).await);
    let mut arrived = VecDeque::new();
    while arrived.len() < BUYERS {
        let names: Vec<_> = (0..20).map(|n| format!("buyer{}", arrived.len() + n)).collect();
        arrived.extend(join_all(names.iter().map(|name| Buyer::arrive(&shop, name))).await);
    }
    let buyers = Rc::new(RefCell::new(arrived));
    let over = Rc::new(Cell::new(false));
    let notifying = actix_web::rt::spawn(notify(Rc::clone(&shop), Rc::clone(&over)));

    let before = phase(&shop, &buyers, CALM).await;
    shop.way.cut();
    let black = phase(&shop, &buyers, Duration::from_secs(knob("LOAD_SECONDS", 120))).await;
    shop.way.mend();
    let mended = Instant::now();
    let well_again = loop {
        let second = phase(&shop, &buyers, Duration::from_secs(1)).await;
        if second.answers.keys().all(|answer| answer == "paid") {
            break mended.elapsed();
        }
        assert!(mended.elapsed() < WELL_AGAIN_WITHIN, "it does not recover: {:?}", second.answers);
    };
    let (paid, differences) = settled(&shop).await;
    println!(
        "black-hole {backend:?}: before: {} browsed, p99 {} us, pay {:?}, slowest {} ms; in the dark: {} browsed, p99 {} us, pay {:?}, \
         slowest {} ms; paying works again {:.1} s after; {paid} paid at WeChat and in the shop, {} differ",
        before.browsed,
        before.browse_p99.as_micros(),
        before.answers,
        before.slowest_pay.as_millis(),
        black.browsed,
        black.browse_p99.as_micros(),
        black.answers,
        black.slowest_pay.as_millis(),
        well_again.as_secs_f64(),
        differences.len()
    );
    assert_eq!(before.answers.keys().collect::<Vec<_>>(), ["paid"]);
    assert!(black.browse_p99 * 2 <= before.browse_p99 * 3, "browsing pays for WeChat's silence");
    assert!(black.slowest_pay <= PAY_WITHIN);
    let clear = ["503 wechat_unavailable", "503 unavailable", "409 payment_in_progress", "paid"];
    assert!(black.answers.keys().all(|answer| clear.contains(&answer.as_str())), "{:?}", black.answers);
    assert!(differences.is_empty(), "{differences:?}");
    over.set(true);
    notifying.await.unwrap();
    Rc::into_inner(shop).unwrap().end().await;
}

/// Waits until everything that was paid at WeChat is paid in the shop: how much that is, and what differs after a minute.
async fn settled(shop: &Shop) -> (usize, Vec<String>) {
    let started = Instant::now();
    loop {
        let at_wechat: BTreeMap<String, i64> = shop
            .wechat
            .ledger()
            .payments
            .iter()
            .filter(|payment| payment.trade_state == "SUCCESS")
            .map(|payment| (payment.out_trade_no.clone(), payment.total_fen))
            .collect();
        let here = shop.paid_orders().await;
        let mut differences: Vec<String> = at_wechat
            .iter()
            .filter(|(number, fen)| here.get(*number) != Some(fen))
            .map(|(number, _)| number.clone())
            .collect();
        differences.extend(here.keys().filter(|number| !at_wechat.contains_key(*number)).cloned());
        if differences.is_empty() || started.elapsed() > WELL_AGAIN_WITHIN {
            return (at_wechat.len(), differences);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
