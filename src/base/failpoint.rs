//! Named points at which a test build can be told to die, so that `tests/kill` can prove that no death loses or doubles anything.
//! Without Cargo feature `failpoints` a point expands to nothing: no other build has one, and no optimised build can.
//!
//! | variable of a test build | meaning |
//! | --- | --- |
//! | `GUNPO_ABORT_AT` | `name:nth`: abort, without unwinding or flushing, when this point is reached for the nth time |
//! | `GUNPO_CLOCK_FILE` | the clock of `serve` follows the offset (milliseconds) in this file; see `cli/serve.rs` |

#[cfg(all(feature = "failpoints", not(debug_assertions)))]
compile_error!("feature `failpoints` is for test builds only: it can't be part of an optimised one");

/// Marks a point by name. The names are listed in `tests/kill/points.rs`; a test compares.
macro_rules! reach {
    ($name:literal) => {
        #[cfg(feature = "failpoints")]
        $crate::base::failpoint::armed::reached($name);
    };
}
pub(crate) use reach;

#[cfg(feature = "failpoints")]
pub(crate) mod armed {
    //! What a point does in a test build.

    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicI64, Ordering};

    struct Armed {
        name: String,
        left: AtomicI64,
    }

    static ARMED: LazyLock<Option<Armed>> = LazyLock::new(|| {
        let told = std::env::var("GUNPO_ABORT_AT").ok()?;
        let (name, nth) = told.split_once(':')?;
        Some(Armed { name: name.to_owned(), left: AtomicI64::new(nth.parse().ok()?) })
    });

    /// Dies here if told so.
    pub(crate) fn reached(name: &str) {
        if let Some(armed) = &*ARMED
            && armed.name == name
            && armed.left.fetch_sub(1, Ordering::SeqCst) == 1
        {
            std::process::abort();
        }
    }
}
