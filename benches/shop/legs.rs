//! What is asked of the shop and of the bare server.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::future::{join_all, try_join_all};

use crate::Fault;
use crate::buyers::{Buyer, Crowd, Queue, login_code};
use crate::load::{Sample, Turn, drive};
use crate::purchase::{Phone, login, purchase};
use crate::wire::Wire;

/// Pages that need no database, with a name each. A leg of several asks for them in turn.
pub(crate) const PAGES: [(&str, &[&str]); 3] = [
    ("list", &["/api/v1/products"]),
    ("product", &["/api/v1/products/red-ginseng-stick"]),
    // 红参, 面膜, 积木, 儿童: typed by people; toner and pla: found by the beginning of a word.
    (
        "search",
        &[
            "/api/v1/products?q=%E7%BA%A2%E5%8F%82",
            "/api/v1/products?q=toner",
            "/api/v1/products?q=%E9%9D%A2%E8%86%9C",
            "/api/v1/products?q=%E7%A7%AF%E6%9C%A8",
            "/api/v1/products?q=pla",
            "/api/v1/products?q=%E5%84%BF%E7%AB%A5",
        ],
    ),
];

/// Which SKUs are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spread {
    /// All offers in turn.
    All,
    /// One that everybody wants.
    Hot,
}

/// Where a leg goes and how long.
#[derive(Clone, Copy)]
pub(crate) struct Leg {
    pub(crate) to: SocketAddr,
    pub(crate) pid: u32,
    pub(crate) connections: usize,
    pub(crate) lasting: Duration,
}

impl Leg {
    async fn wires(&self) -> Result<Vec<Wire>, Fault> {
        Ok(try_join_all((0..self.connections).map(|_| Wire::connect(self.to))).await?)
    }

    pub(crate) async fn pages(&self, paths: &[&str]) -> Result<Sample, Fault> {
        let get = |path: &&str| format!("GET {path} HTTP/1.1\r\nHost: shop\r\n\r\n").into_bytes();
        let (requests, next): (Vec<_>, _) = (paths.iter().map(get).collect(), Cell::new(0));
        drive(&mut self.wires().await?, self.pid, self.lasting, async |wire: &mut Wire| {
            let request = &requests[next.replace(next.get() + 1) % requests.len()];
            let answer = wire.send(request).await?;
            Ok(if answer.status == 200 { Turn::Done } else { Turn::Refused })
        })
        .await
    }

    /// What one piece costs, asked by all buyers in turn.
    pub(crate) async fn quotes(&self, crowd: &Crowd, buyers: &[Buyer]) -> Result<Sample, Fault> {
        let next = Cell::new(0);
        drive(&mut self.wires().await?, self.pid, self.lasting, async |wire: &mut Wire| {
            let index = next.replace(next.get() + 1);
            let (buyer, offer) = (&buyers[index % buyers.len()], &crowd.offers[index % crowd.offers.len()]);
            let answer = wire.send(&offer.quote(buyer)).await?;
            Ok(if answer.status == 200 { Turn::Done } else { Turn::Refused })
        })
        .await
    }

    /// `label` tells the keys of this leg from those of others.
    pub(crate) async fn orders(
        &self,
        crowd: &Crowd,
        buyers: &[Buyer],
        spread: Spread,
        label: &str,
    ) -> Result<Sample, Fault> {
        let queue = Queue::of(buyers);
        drive(&mut self.wires().await?, self.pid, self.lasting, async |wire: &mut Wire| {
            let Some((index, buyer)) = queue.take() else { return Ok(Turn::Over) };
            let offer = &crowd.offers[if spread == Spread::Hot { 0 } else { index % crowd.offers.len() }];
            let request = offer.order(buyer, &buyer.token, &format!("{label}-{}", buyer.name));
            let answer = wire.send(&request).await?;
            Ok(if answer.status == 201 { Turn::Done } else { Turn::Refused })
        })
        .await
    }

    /// With codes that are fetched before: what the stand-in needs for one is not part of a login.
    pub(crate) async fn logins(&self, buyers: &[Buyer], wechat: SocketAddr) -> Result<Sample, Fault> {
        let queue = Queue::of(buyers);
        let fetched = join_all((0..32).map(async |_| -> Result<Vec<String>, Fault> {
            let (mut wire, mut codes) = (Wire::connect(wechat).await?, Vec::new());
            while let Some((_, buyer)) = queue.take() {
                codes.push(login_code(&mut wire, &buyer.name).await?);
            }
            Ok(codes)
        }))
        .await;
        let codes: Result<Vec<_>, Fault> = fetched.into_iter().collect();
        let codes = RefCell::new(codes?.concat());
        drive(&mut self.wires().await?, self.pid, self.lasting, async |wire: &mut Wire| {
            let code = codes.borrow_mut().pop();
            match code {
                Some(code) => login(wire, &code).await,
                None => Ok(Turn::Over),
            }
        })
        .await
    }

    pub(crate) async fn purchases(
        &self,
        crowd: &Crowd,
        buyers: &[Buyer],
        wechat: SocketAddr,
        label: &str,
    ) -> Result<Sample, Fault> {
        let mut phones = Vec::with_capacity(self.connections);
        for shop in self.wires().await? {
            phones.push(Phone { shop, wechat: Wire::connect(wechat).await? });
        }
        let queue = Queue::of(buyers);
        drive(&mut phones, self.pid, self.lasting, async |phone: &mut Phone| {
            let Some((index, buyer)) = queue.take() else { return Ok(Turn::Over) };
            let offer = &crowd.offers[index % crowd.offers.len()];
            purchase(phone, buyer, offer, &format!("{label}-{}", buyer.name)).await
        })
        .await
    }
}
