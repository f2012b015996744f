//! Requests that are worked on at once, by lane.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::config::LimitSettings;

/// Operators and firms: few people, who must get in when the buyers' lane is full.
const STAFF_MAX: usize = 64;
/// Slow bodies of WeChat's lane, and as many of the staff's. WeChat sends a notify in one piece; 64 KiB each at most.
const OTHERS_SLOW_MAX: usize = 256;

/// Catalogue, documents and pictures: answered without waiting for anything. What is not named here has to have room.
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

/// Which requests share room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Answered from memory: no bound is needed, none is set.
    Memory,
    /// WeChat, customs, health: never refused here.
    Vital,
    /// Operators and firms.
    Staff,
    /// Everything else, which is what buyers do.
    Buyers,
}

impl Lane {
    /// By the address alone, before anything else is looked at.
    pub(crate) fn of(is_get: bool, path: &str) -> Self {
        let begins = |prefix: &&str| path.starts_with(*prefix);
        if is_get && READS.iter().any(begins) {
            return Self::Memory;
        }
        if ["/wechat/", "/customs/", "/healthz/"].iter().any(begins) {
            return Self::Vital;
        }
        if ["/admin/", "/vendor/"].iter().any(begins) { Self::Staff } else { Self::Buyers }
    }
}

/// A number of places.
#[derive(Debug)]
struct Room {
    taken: AtomicUsize,
    max: usize,
}

impl Room {
    fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { taken: AtomicUsize::new(0), max })
    }

    fn take(&self) -> bool {
        if self.taken.fetch_add(1, Ordering::Relaxed) < self.max {
            return true;
        }
        self.give_back();
        false
    }

    fn give_back(&self) {
        self.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

pub(super) struct Lanes {
    buyers: Arc<Room>,
    staff: Arc<Room>,
    buyers_slow: Arc<Room>,
    staff_slow: Arc<Room>,
    wechat_slow: Arc<Room>,
}

impl Lanes {
    pub(super) fn new(settings: &LimitSettings) -> Self {
        Self {
            buyers: Room::new(settings.in_flight),
            staff: Room::new(STAFF_MAX),
            buyers_slow: Room::new(settings.slow_bodies),
            staff_slow: Room::new(OTHERS_SLOW_MAX),
            wechat_slow: Room::new(OTHERS_SLOW_MAX),
        }
    }

    pub(super) fn enter(&self, lane: Lane) -> Option<Place> {
        let room = match lane {
            Lane::Buyers => Some(Arc::clone(&self.buyers)),
            Lane::Staff => Some(Arc::clone(&self.staff)),
            Lane::Memory | Lane::Vital => None,
        };
        let place = Place { lane, room, held: Cell::new(false) };
        place.take_again().then_some(place)
    }

    pub(super) fn dawdle(&self, lane: Lane) -> Option<Dawdling> {
        let room = match lane {
            Lane::Buyers | Lane::Memory => &self.buyers_slow,
            Lane::Staff => &self.staff_slow,
            Lane::Vital => &self.wechat_slow,
        };
        room.take().then(|| Dawdling(Arc::clone(room)))
    }
}

/// A request's place in its lane, free again when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    lane: Lane,
    room: Option<Arc<Room>>,
    held: Cell<bool>,
}

impl Place {
    pub(super) fn lane(&self) -> Lane {
        self.lane
    }

    pub(super) fn give_back(&self) {
        if let Some(room) = &self.room
            && self.held.replace(false)
        {
            room.give_back();
        }
    }

    pub(super) fn take_again(&self) -> bool {
        let taken = self.room.as_ref().is_none_or(|room| self.held.get() || room.take());
        self.held.set(taken);
        taken
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.give_back();
    }
}

/// A body that is waited for.
pub(crate) struct Dawdling(Arc<Room>);

impl Drop for Dawdling {
    fn drop(&mut self) {
        self.0.give_back();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn lanes() -> Lanes {
        Lanes::new(&LimitSettings { in_flight: 2, slow_bodies: 1, rates: Vec::new() })
    }

    #[test]
    fn the_lane_of_each_address() {
        for (lane, path) in [
            (Lane::Memory, "/api/v1/products"),
            (Lane::Memory, "/api/v1/search/suggest"),
            (Lane::Memory, "/openapi.json"),
            (Lane::Vital, "/wechat/pay/notify"),
            (Lane::Vital, "/healthz/ready"),
            (Lane::Staff, "/admin/v1/orders"),
            (Lane::Buyers, "/api/v1/orders"),
            (Lane::Buyers, "/api/v1/nowhere"),
            (Lane::Buyers, "/nowhere"),
            (Lane::Memory, "/media/products/tea.jpg"),
        ] {
            assert_eq!(Lane::of(true, path), lane, "{path}");
        }
        assert_eq!(Lane::of(false, "/api/v1/products"), Lane::Buyers, "only reading is done from memory");
    }

    #[test]
    fn a_full_lane_takes_nobody_until_one_leaves_and_the_others_go_on() {
        let lanes = lanes();
        let first = lanes.enter(Lane::Buyers).unwrap();
        let _second = lanes.enter(Lane::Buyers).unwrap();
        assert!(lanes.enter(Lane::Buyers).is_none());
        assert!([Lane::Staff, Lane::Vital, Lane::Memory].into_iter().all(|lane| lanes.enter(lane).is_some()));
        drop(first);
        assert!(lanes.enter(Lane::Buyers).is_some());
    }

    #[test]
    fn who_dawdles_holds_no_place_and_there_are_only_so_many_of_them() {
        let lanes = lanes();
        let slow: Vec<_> = (0..2).map(|_| lanes.enter(Lane::Buyers).unwrap()).collect();
        slow[0].give_back();
        slow[0].give_back();
        let waiting = lanes.dawdle(Lane::Buyers).unwrap();
        assert!(lanes.dawdle(Lane::Buyers).is_none());
        assert!(lanes.dawdle(Lane::Vital).is_some());
        let honest = lanes.enter(Lane::Buyers).unwrap();
        assert!(lanes.enter(Lane::Buyers).is_none(), "given back once, not twice");
        assert!(!slow[0].take_again(), "the lane is full by now");
        drop((honest, waiting));
        assert!(slow[0].take_again() && lanes.dawdle(Lane::Buyers).is_some());
        drop(slow);
        assert_eq!(lanes.buyers.taken.load(Ordering::Relaxed), 0);
    }
}
