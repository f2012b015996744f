//! Work that must not take everything.

use std::time::Duration;

use crate::turns::{Turn, Turns};

/// The phone would rather try again.
const WAIT_MAX: Duration = Duration::from_secs(2);

/// How much of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    /// At once.
    pub(super) running: usize,
    /// In the queue.
    pub(super) waiting: usize,
}

/// One kind of costly work.
pub(crate) struct Costly {
    name: &'static str,
    turns: Turns,
}

impl Costly {
    pub(super) fn new(name: &'static str, size: Size) -> Self {
        Self { name, turns: Turns::new(size.running, size.waiting) }
    }

    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// `None`: too many wait already, or it took too long.
    pub(super) async fn turn(&self) -> Option<Turn> {
        self.turns.wait(WAIT_MAX).await.ok()
    }
}
