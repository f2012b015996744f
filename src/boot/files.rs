//! How many files the process may have open. Each connection is two: the socket, and the handle by which it is ended from outside.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// For the databases, logs, pictures and calls to WeChat.
const OTHERS: u64 = 1_024;

/// Raises the soft limit to the hard one, and says so if even that is too little for the connections of these workers.
pub(super) fn raise_limit(connections: u64) {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        log::warn!("the limit of open files can't be raised: {error}");
    }
    if let Some(fault) = fault(connections) {
        log::warn!("{fault}");
    }
}

/// What an operator must change; nothing if it is enough.
pub(crate) fn fault(connections: u64) -> Option<String> {
    let needed = connections.saturating_mul(2).saturating_add(OTHERS);
    let may = getrlimit(Resource::Nofile).maximum?;
    (may < needed)
        .then(|| format!("this process may open {may} files, and {needed} may be needed (ulimit -Hn, LimitNOFILE)"))
}
