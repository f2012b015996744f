//! What a closure of the database gets, and how it is run.

use std::cell::Cell;
use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::DbConn;
use crate::base::error::{Error, Result};

/// A read transaction: one snapshot, no writes.
pub struct Rx<'a>(&'a mut DbConn);

/// A write transaction. Use cases that others call take `&mut Tx`; only the outermost one opens it.
pub struct Tx<'a>(&'a mut DbConn);

impl<'a> Rx<'a> {
    pub(super) fn new(conn: &'a mut DbConn) -> Self {
        Self(conn)
    }

    /// The connection.
    pub fn conn(&mut self) -> &mut DbConn {
        self.0
    }
}

impl<'a> Tx<'a> {
    pub(super) fn new(conn: &'a mut DbConn) -> Self {
        Self(conn)
    }

    /// The connection, for what [`execute`](Self::execute) and the others can't say.
    pub fn conn(&mut self) -> &mut DbConn {
        self.0
    }
}

impl Deref for Rx<'_> {
    type Target = DbConn;
    fn deref(&self) -> &DbConn {
        self.0
    }
}

impl DerefMut for Rx<'_> {
    fn deref_mut(&mut self) -> &mut DbConn {
        self.0
    }
}

impl Deref for Tx<'_> {
    type Target = DbConn;
    fn deref(&self) -> &DbConn {
        self.0
    }
}

impl DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut DbConn {
        self.0
    }
}

thread_local! {
    static IN_WRITE: Cell<bool> = const { Cell::new(false) };
}

/// A write opened inside another would wait for itself for ever; this says so instead.
pub(super) fn refuse_nested_write() -> Result<()> {
    if IN_WRITE.get() {
        log::error!("db.write opened inside another db.write");
        return Err(Error::internal("db.write opened inside another db.write"));
    }
    Ok(())
}

/// Runs a closure of a write, marked as such, and turns a panic into an error so that the caller can roll back.
pub(super) fn run_write<T>(conn: &mut DbConn, work: &impl Fn(&mut Tx) -> Result<T>) -> Result<T> {
    IN_WRITE.set(true);
    let ran = catch_unwind(AssertUnwindSafe(|| work(&mut Tx::new(conn))));
    IN_WRITE.set(false);
    ran.unwrap_or_else(|_| Err(Error::internal("panic inside a write")))
}

/// As [`run_write`], for a read.
pub(super) fn run_read<T>(conn: &mut DbConn, work: &impl Fn(&mut Rx) -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(|| work(&mut Rx::new(conn))))
        .unwrap_or_else(|_| Err(Error::internal("panic inside a read")))
}
