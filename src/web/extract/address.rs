//! Who is at the other end.

use std::future::{Ready, ready};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::HeaderMap;
use actix_web::{FromRequest, HttpRequest};
use ipnet::IpNet;

use crate::web::Problem;

/// Peers whose headers about the client are believed; app data of the server. Without it, nobody's are.
#[derive(Clone, Debug, Default)]
pub(crate) struct TrustedProxies(Arc<[IpNet]>);

impl TrustedProxies {
    pub(crate) fn new(networks: &[IpNet]) -> Self {
        Self(networks.into())
    }

    pub(crate) fn trust(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The peer, unless it is a trusted proxy: then the right-most address of `X-Forwarded-For` that is none. What
    /// stands further left was written by strangers.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut nearest = peer.to_canonical();
        if !self.trust(nearest) {
            return nearest;
        }
        let lines: Vec<&str> = headers.get_all("X-Forwarded-For").map(|line| line.to_str().unwrap_or("")).collect();
        for entry in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
            // What a trusted proxy can't have written ends the chain at that proxy.
            let Some(address) = read_address(entry.trim()) else { return nearest };
            nearest = address;
            if !self.trust(nearest) {
                return nearest;
            }
        }
        nearest
    }
}

/// An address, with or without a port, as proxies write it.
fn read_address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()));
    address.ok().map(|address| address.to_canonical())
}

/// The client's address, for limits and records. `X-Forwarded-For` counts only from trusted proxies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddr(IpAddr);

impl ClientAddr {
    /// The address; an IPv4 one is never in IPv6 clothes.
    pub const fn ip(self) -> IpAddr {
        self.0
    }
}

impl FromRequest for ClientAddr {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        // Only a request that was made without a connection (in a test) has no peer.
        let peer = request.peer_addr().map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.ip());
        let client = match request.app_data::<TrustedProxies>() {
            Some(proxies) => proxies.client(peer, request.headers()),
            None => peer.to_canonical(),
        };
        ready(Ok(Self(client)))
    }
}
