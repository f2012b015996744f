//! Who may keep a connection open. A stranger can open as many as there are ports, and leave them idle; the next buyer, and WeChat's
//! notifies, must get in all the same.
//!
//! - Near the limit the connection that has been idle longest goes for a new one.
//! - A peer that is no trusted proxy has at most [`PEER_MAX`]; its own idlest goes for its next.
//! - An answer that nobody reads is given up by the kernel ([`WRITE_DEADLINE`]), and its connection counts as idle meanwhile.

use std::any::Any;
use std::collections::HashMap;
use std::net::{IpAddr, Shutdown};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use socket2::{SockRef, Socket};

use crate::platform::limits::subscriber;
use crate::web::extract::TrustedProxies;

/// Of one peer, or one IPv6 /64. Carriers put thousands of phones behind one address, each with a few connections for some seconds.
const PEER_MAX: usize = 512;
/// How long bytes may wait for a peer that does not take them (`TCP_USER_TIMEOUT`).
const WRITE_DEADLINE: Duration = Duration::from_secs(20);
/// Stands for "a request is being answered".
const BUSY: u64 = u64::MAX;

/// All open connections of the API.
pub(super) struct Connections {
    open: Mutex<HashMap<u64, Arc<Connection>>>,
    next_id: AtomicU64,
    /// From here on each new one costs an old one.
    limit: usize,
    proxies: TrustedProxies,
    opened_at: Instant,
}

struct Connection {
    id: u64,
    /// Nobody's limit for a trusted proxy.
    peer: Option<IpAddr>,
    /// A second handle of the socket, to end it from outside.
    socket: Socket,
    /// When the listener was opened.
    epoch: Instant,
    /// Milliseconds after that, or [`BUSY`].
    idle_since: AtomicU64,
}

impl Connection {
    fn is_idle(&self) {
        let now = u64::try_from(self.epoch.elapsed().as_millis()).unwrap_or(BUSY - 1);
        self.idle_since.store(now, Ordering::Relaxed);
    }
}

/// A request is being answered on a connection, which is not ended for a new one meanwhile. Until the head of the answer is there: a body that
/// nobody reads protects nobody.
pub(super) struct Busy(Arc<Connection>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.is_idle();
    }
}

/// In the connection's data, where requests find it; dropped with the connection.
pub(super) struct OpenConnection {
    connections: Arc<Connections>,
    connection: Arc<Connection>,
}

impl Connections {
    pub(super) fn new(limit: usize, proxies: TrustedProxies) -> Arc<Self> {
        let (open, next_id) = (Mutex::default(), AtomicU64::new(0));
        Arc::new(Self { open, next_id, limit, proxies, opened_at: Instant::now() })
    }

    /// To be called for each connection when it is opened.
    pub(super) fn opened(self: &Arc<Self>, stream: &dyn Any, data: &mut Extensions) {
        let Some(stream) = stream.downcast_ref::<TcpStream>() else { return };
        let socket = SockRef::from(stream);
        let watched = socket.set_tcp_user_timeout(Some(WRITE_DEADLINE)).and_then(|()| socket.try_clone());
        let (Ok(peer), Ok(second)) = (stream.peer_addr(), watched) else {
            // Gone already, or no file is left: what can't be ended from outside is not kept.
            let _ = socket.shutdown(Shutdown::Both);
            return;
        };
        let address = peer.ip().to_canonical();
        let connection = Arc::new(Connection {
            id: self.next_id.fetch_add(1, Ordering::Relaxed),
            peer: (!self.proxies.trust(address)).then(|| subscriber(address)),
            socket: second,
            epoch: self.opened_at,
            idle_since: AtomicU64::new(BUSY),
        });
        connection.is_idle();
        self.make_room(&connection);
        data.insert(OpenConnection { connections: Arc::clone(self), connection });
    }

    fn make_room(&self, new: &Arc<Connection>) {
        let mut open = self.lock();
        let of_peer = |one: &&Arc<Connection>| new.peer.is_some() && one.peer == new.peer;
        let victim = if open.values().filter(of_peer).count() >= PEER_MAX {
            idlest(open.values().filter(of_peer))
        } else if open.len() >= self.limit {
            idlest(open.values())
        } else {
            None
        };
        if let Some(victim) = victim {
            // Its own task sees the end and drops it; here it is forgotten at once, so that nobody ends it twice.
            let _ = victim.socket.shutdown(Shutdown::Both);
            open.remove(&victim.id);
        }
        open.insert(new.id, Arc::clone(new));
    }

    /// A panic while the lock is held can't leave the table half changed.
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<Connection>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one that has been idle longest; none if all are at work.
fn idlest<'a>(of: impl Iterator<Item = &'a Arc<Connection>>) -> Option<Arc<Connection>> {
    let since = |one: &Arc<Connection>| one.idle_since.load(Ordering::Relaxed);
    of.filter(|one| since(one) != BUSY).min_by_key(|one| since(one)).map(Arc::clone)
}

impl OpenConnection {
    pub(super) fn busy(&self) -> Busy {
        self.connection.idle_since.store(BUSY, Ordering::Relaxed);
        Busy(Arc::clone(&self.connection))
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.connections.lock().remove(&self.connection.id);
    }
}
