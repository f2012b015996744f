//! How many of each kind run side by side in one process.

use super::registry::JobFacts;
use super::store::{self, Claimed};
use crate::base::bulkhead::{Bulkhead, Permit};

/// Whether the claim before this one found anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    Idle,
    Busy,
}

/// What may be claimed.
pub(super) struct Wanted {
    /// Names, and how many of each.
    pub(super) kinds: Vec<(&'static str, usize)>,
    /// Also one of those that may be what ends its process.
    pub(super) suspect: bool,
}

impl Wanted {
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.kinds.iter().map(|(name, _)| *name).collect()
    }
}

/// Of each kind, how many may run here; of suspects of all kinds, one.
pub(super) struct Slots {
    kinds: Vec<(JobFacts, Bulkhead)>,
    suspect: Bulkhead,
}

/// Of its kind, and of the suspects if it is one.
pub(super) type Slot = [Option<Permit>; 2];

impl Slots {
    pub(super) fn new(facts: Vec<JobFacts>) -> Self {
        let kinds = facts.into_iter().map(|facts| (facts, Bulkhead::new(facts.slots, 0))).collect();
        Self { kinds, suspect: Bulkhead::new(1, 0) }
    }

    /// Kinds with room. While there is much to do, with half of it at least, so that a claim, which is a commit, is not made for each job.
    pub(super) fn wanted(&self, pace: Pace) -> Wanted {
        let least = |facts: &JobFacts| if pace == Pace::Busy { facts.slots / 2 } else { 1 };
        let room = self.kinds.iter().map(|(facts, slots)| (facts, slots.available()));
        let kinds = room.filter(|(facts, free)| *free >= least(facts).max(1)).map(|(facts, free)| (facts.name, free));
        Wanted { kinds: kinds.collect(), suspect: self.suspect.available() > 0 }
    }

    pub(super) fn take(&self, job: &Claimed) -> Slot {
        let of_kind = self.kinds.iter().find(|(facts, _)| facts.name == job.kind).and_then(|(_, slots)| slots.free());
        [of_kind, if job.abandoned >= store::SUSPECT_FROM { self.suspect.free() } else { None }]
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_kind_that_is_slow_keeps_no_slot_of_another_and_is_claimed_by_halves_while_there_is_much_to_do() {
        let facts = |name| JobFacts { name, attempts_max: 1, every: None, slots: 4 };
        let slots = Slots::new(vec![facts("slow"), facts("quick")]);
        let take = |kind: &str| slots.kinds.iter().find(|(facts, _)| facts.name == kind).unwrap().1.free().unwrap();
        let mut taken: Vec<_> = (0..4).map(|_| take("slow")).collect();
        assert_eq!(slots.wanted(Pace::Busy).kinds, [("quick", 4)]);
        taken.pop();
        assert_eq!(slots.wanted(Pace::Busy).kinds, [("quick", 4)]);
        assert_eq!(slots.wanted(Pace::Idle).kinds, [("slow", 1), ("quick", 4)], "three that hang leave one slot");
        taken.pop();
        assert_eq!(slots.wanted(Pace::Busy).kinds, [("slow", 2), ("quick", 4)]);
    }
}
