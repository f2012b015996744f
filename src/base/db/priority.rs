//! Which writes come first.

/// Which writes come first. On PostgreSQL all are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WritePriority {
    /// WeChat's notifies: before all others, in a queue of their own.
    Critical,
    /// Requests.
    Normal,
    /// Jobs' bulk work, seeding, pruning.
    Bulk,
}
