//! One id for everything that happens for one request.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use aws_lc_rs::rand;

/// Length of an id that is accepted from a proxy, characters.
const ACCEPTED_LENGTH: std::ops::RangeInclusive<usize> = 8..=64;

tokio::task_local! {
    static CURRENT: TraceId;
}

/// Names a request in its answer and in every log line written for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceId(Arc<str>);

impl TraceId {
    /// A new id: 16 random bytes as hex.
    pub fn random() -> Self {
        let mut bytes = [0_u8; 16];
        // Without the system's generator nothing else works either; the id is no secret.
        let _ = rand::fill(&mut bytes);
        Self(hex::encode(bytes).into())
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
    }
}
