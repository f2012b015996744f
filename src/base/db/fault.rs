//! What a database error means for the transaction it happened in.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::base::error::Error;

/// Retry-After (seconds) of a refusal for want of a connection or room in the queue.
const RETRY_AFTER_S: u32 = 1;

/// The few kinds that are handled apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// No room on the disk (or over a page limit): nothing was written.
    Full,
    /// The disk failed: what was being committed may or may not be there.
    Io,
    /// Locked, timed out or out of connections: nothing was written.
    Busy,
    /// Serialization failure or deadlock: the same work may be run again.
    Retry,
    /// The connection is gone.
    Lost,
    /// The server takes no writes (any more).
    ReadOnly,
    /// A statement of this transaction has failed before (PostgreSQL).
    Aborted,
    /// Anything else: a constraint, a bug.
    Other,
}

/// Sorts an error by its kind and, where Diesel keeps no code, by the driver's fixed text.
pub(super) fn classify(error: &DieselError) -> Fault {
    let DieselError::DatabaseError(kind, info) = error else {
        return match error {
            DieselError::BrokenTransactionManager => Fault::Lost,
            _ => Fault::Other,
        };
    };
    let text = info.message();
    match kind {
        DatabaseErrorKind::SerializationFailure => Fault::Retry,
        DatabaseErrorKind::ClosedConnection => Fault::Lost,
        DatabaseErrorKind::ReadOnlyTransaction => Fault::ReadOnly,
        DatabaseErrorKind::UniqueViolation
        | DatabaseErrorKind::ForeignKeyViolation
        | DatabaseErrorKind::NotNullViolation
        | DatabaseErrorKind::CheckViolation => Fault::Other,
        _ if text.contains("database or disk is full") => Fault::Full,
        _ if text.contains("disk I/O error") => Fault::Io,
        _ if text.contains("database is locked") => Fault::Busy,
        _ if text.contains("deadlock detected") => Fault::Retry,
        _ if text.contains("canceling statement due to") => Fault::Busy,
        _ if text.contains("current transaction is aborted") => Fault::Aborted,
        _ if text.contains("No space left on device") => Fault::Full,
        _ if [
            "server closed the connection",
            "could not receive data from server",
            "could not send data to server",
            "no connection to the server",
            "terminating connection",
            "SSL connection has been closed",
        ]
        .iter()
        .any(|gone| text.contains(gone)) =>
        {
            Fault::Lost
        }
        _ => Fault::Other,
    }
}

/// The error a caller gets for work that was rolled back: what is only a want of room or time becomes 503.
pub(super) fn rolled_back(error: Error) -> Error {
    let Error::Database(database) = &error else { return error };
    match classify(database) {
        Fault::Full => unavailable("the disk is full"),
        Fault::Io => unavailable("the disk failed before the commit"),
        Fault::Busy => unavailable("the database is busy"),
        Fault::Retry => unavailable("too many conflicting writes"),
        Fault::Lost => unavailable("the database connection was lost"),
        Fault::ReadOnly => unavailable("the database server is read-only"),
        Fault::Aborted | Fault::Other => error,
    }
}

pub(super) fn unavailable(reason: &'static str) -> Error {
    Error::Unavailable { reason: reason.into(), retry_after_s: RETRY_AFTER_S }
}
