//! Requests that are worked on at once, by class.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::base::config::LimitSettings;

/// Operators and firms: few people, who must get in when buyers fill all of theirs.
const STAFF_MAX: usize = 64;
/// Slow bodies of WeChat's, and as many of the staff's. WeChat sends a notify in one piece; 64 KiB each at most.
const OTHERS_SLOW_MAX: usize = 256;

/// Catalogue, documents and pictures: answered without waiting for anything. What is not named here needs a permit.
const READS: [&str; 8] = [
    "/api/v1/products",
    "/api/v1/categories",
    "/api/v1/vendors",
    "/api/v1/home",
    "/api/v1/search/",
    "/openapi.json",
    "/docs",
    "/media/",
];

/// Which requests share slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestClass {
    /// Answered from memory: no bound is needed, none is set.
    Memory,
    /// WeChat, customs, health: never refused here.
    Critical,
    /// Operators and firms.
    Staff,
    /// Everything else, which is what buyers do.
    Buyers,
}

impl RequestClass {
    /// By the address alone, before anything else is looked at.
    pub(crate) fn of(is_get: bool, path: &str) -> Self {
        let begins = |prefix: &&str| path.starts_with(*prefix);
        if is_get && READS.iter().any(begins) {
            return Self::Memory;
        }
        if ["/wechat/", "/customs/", "/healthz/"].iter().any(begins) {
            return Self::Critical;
        }
        if ["/admin/", "/vendor/"].iter().any(begins) { Self::Staff } else { Self::Buyers }
    }
}

/// A number of slots.
#[derive(Debug)]
struct Slots {
    used: AtomicUsize,
    max: usize,
}

impl Slots {
    fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { used: AtomicUsize::new(0), max })
    }

    fn take(&self) -> bool {
        if self.used.fetch_add(1, Ordering::Relaxed) < self.max {
            return true;
        }
        self.give_back();
        false
    }

    fn give_back(&self) {
        self.used.fetch_sub(1, Ordering::Relaxed);
    }
}

pub(super) struct InFlight {
    buyers: Arc<Slots>,
    staff: Arc<Slots>,
    buyers_slow: Arc<Slots>,
    staff_slow: Arc<Slots>,
    wechat_slow: Arc<Slots>,
}

impl InFlight {
    pub(super) fn new(settings: &LimitSettings) -> Self {
        Self {
            buyers: Slots::new(settings.in_flight),
            staff: Slots::new(STAFF_MAX),
            buyers_slow: Slots::new(settings.slow_bodies),
            staff_slow: Slots::new(OTHERS_SLOW_MAX),
            wechat_slow: Slots::new(OTHERS_SLOW_MAX),
        }
    }

    pub(super) fn admit(&self, class: RequestClass) -> Option<InFlightPermit> {
        let slots = match class {
            RequestClass::Buyers => Some(Arc::clone(&self.buyers)),
            RequestClass::Staff => Some(Arc::clone(&self.staff)),
            RequestClass::Memory | RequestClass::Critical => None,
        };
        let permit = InFlightPermit { class, slots, held: Cell::new(false) };
        permit.take_again().then_some(permit)
    }

    pub(super) fn slow_body(&self, class: RequestClass) -> Option<SlowBody> {
        let slots = match class {
            RequestClass::Buyers | RequestClass::Memory => &self.buyers_slow,
            RequestClass::Staff => &self.staff_slow,
            RequestClass::Critical => &self.wechat_slow,
        };
        slots.take().then(|| SlowBody(Arc::clone(slots)))
    }
}

/// A request's slot in its class, free again when dropped.
#[derive(Debug)]
pub(crate) struct InFlightPermit {
    class: RequestClass,
    slots: Option<Arc<Slots>>,
    held: Cell<bool>,
}

impl InFlightPermit {
    pub(super) fn class(&self) -> RequestClass {
        self.class
    }

    pub(super) fn give_back(&self) {
        if let Some(slots) = &self.slots
            && self.held.replace(false)
        {
            slots.give_back();
        }
    }

    pub(super) fn take_again(&self) -> bool {
        let taken = self.slots.as_ref().is_none_or(|slots| self.held.get() || slots.take());
        self.held.set(taken);
        taken
    }
}

impl Drop for InFlightPermit {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// A body that is waited for.
pub(crate) struct SlowBody(Arc<Slots>);

impl Drop for SlowBody {
    fn drop(&mut self) {
        self.0.give_back();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn in_flight() -> InFlight {
        InFlight::new(&LimitSettings { in_flight: 2, slow_bodies: 1, rates: Vec::new() })
    }

    #[test]
    fn the_class_of_each_address() {
        for (class, path) in [
            (RequestClass::Memory, "/api/v1/products"),
            (RequestClass::Memory, "/api/v1/search/suggest"),
            (RequestClass::Memory, "/openapi.json"),
            (RequestClass::Critical, "/wechat/pay/notify"),
            (RequestClass::Critical, "/healthz/ready"),
            (RequestClass::Staff, "/admin/v1/orders"),
            (RequestClass::Buyers, "/api/v1/orders"),
            (RequestClass::Buyers, "/api/v1/nowhere"),
            (RequestClass::Buyers, "/nowhere"),
            (RequestClass::Memory, "/media/products/tea.jpg"),
        ] {
            assert_eq!(RequestClass::of(true, path), class, "{path}");
        }
        assert_eq!(
            RequestClass::of(false, "/api/v1/products"),
            RequestClass::Buyers,
            "only reading is done from memory"
        );
    }

    #[test]
    fn a_full_class_takes_nobody_until_one_leaves_and_the_others_go_on() {
        let in_flight = in_flight();
        let first = in_flight.admit(RequestClass::Buyers).unwrap();
        let _second = in_flight.admit(RequestClass::Buyers).unwrap();
        assert!(in_flight.admit(RequestClass::Buyers).is_none());
        assert!(
            [RequestClass::Staff, RequestClass::Critical, RequestClass::Memory]
                .into_iter()
                .all(|class| in_flight.admit(class).is_some())
        );
        drop(first);
        assert!(in_flight.admit(RequestClass::Buyers).is_some());
    }

    #[test]
    fn a_slow_body_holds_no_slot_and_there_are_only_so_many_of_them() {
        let in_flight = in_flight();
        let slow: Vec<_> = (0..2).map(|_| in_flight.admit(RequestClass::Buyers).unwrap()).collect();
        slow[0].give_back();
        slow[0].give_back();
        let waiting = in_flight.slow_body(RequestClass::Buyers).unwrap();
        assert!(in_flight.slow_body(RequestClass::Buyers).is_none());
        assert!(in_flight.slow_body(RequestClass::Critical).is_some());
        let honest = in_flight.admit(RequestClass::Buyers).unwrap();
        assert!(in_flight.admit(RequestClass::Buyers).is_none(), "given back once, not twice");
        assert!(!slow[0].take_again(), "the class is full by now");
        drop((honest, waiting));
        assert!(slow[0].take_again() && in_flight.slow_body(RequestClass::Buyers).is_some());
        drop(slow);
        assert_eq!(in_flight.buyers.used.load(Ordering::Relaxed), 0);
    }
}
