//! One id for everything that happens for one request.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::sync::Arc;

use aws_lc_rs::rand;

/// Length of an id that is accepted from a proxy, characters.
const ACCEPTED_LENGTH: std::ops::RangeInclusive<usize> = 8..=64;

/// Bytes of an id.
const ID_BYTES: usize = 16;
/// Ids that one question to the generator makes: asking it for each was 6 % of a list's time.
const IDS_OF_A_BLOCK: usize = 64;

/// Random bytes, and how many of them are used up.
type Block = ([u8; ID_BYTES * IDS_OF_A_BLOCK], usize);

thread_local! {
    static UNUSED: RefCell<Block> = const { RefCell::new(([0; ID_BYTES * IDS_OF_A_BLOCK], ID_BYTES * IDS_OF_A_BLOCK)) };
}

tokio::task_local! {
    static CURRENT: TraceId;
}

/// Names a request in its answer and in every log line written for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceId(Arc<str>);

impl TraceId {
    /// A new id: 16 random bytes as hex.
    pub fn random() -> Self {
        let id = UNUSED.with_borrow_mut(|(bytes, used)| {
            if *used == bytes.len() {
                // Without the system's generator nothing else works either; the id is no secret.
                let _ = rand::fill(bytes);
                *used = 0;
            }
            *used += ID_BYTES;
            hex::encode(&bytes[*used - ID_BYTES..*used])
        });
        Self(id.into())
    }

    /// An id from a trusted proxy: 8 to 64 letters, digits, `-`, `_` or `.`; what else it may be could forge log lines.
    pub fn accept(text: &str) -> Option<Self> {
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        (plain && ACCEPTED_LENGTH.contains(&text.len())).then(|| Self(text.into()))
    }

    /// The id of the request that the running task works for.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Runs `work` under this id.
    pub fn around<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, work)
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::TraceId;

    #[test]
    fn an_id_that_could_forge_a_log_line_is_not_accepted() {
        for bad in ["", "short", "with space in it", "line\nbreak-000", "quote\"0000", &"a".repeat(65), "한국어한국어"]
        {
            assert!(TraceId::accept(bad).is_none(), "{bad:?}");
        }
        assert_eq!(TraceId::accept("4bf92f3577b34da6").unwrap().as_str(), "4bf92f3577b34da6");
        assert_ne!(TraceId::random(), TraceId::random());
        assert_eq!(TraceId::random().as_str().len(), 32);
        let many: std::collections::HashSet<_> = (0..1_000).map(|_| TraceId::random().to_string()).collect();
        assert_eq!(many.len(), 1_000, "no id is given twice, within a block or across");
    }
}
