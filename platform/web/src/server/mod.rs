//! The accept loop: what stands between the sockets and the router.
//!
//! hyper closes neither a slow head, an idle connection, a dripping body nor a
//! reader that stopped reading; this loop does, counts connections per address,
//! and drains without losing a request that has begun.

mod accept;
mod body;
mod connection;
mod drain;
mod io;
mod limits;
mod slots;
mod watch;

#[cfg(test)]
mod tests;

pub use accept::{serve, serve_with_readiness};
pub use body::SlowBody;
pub use drain::{Draining, Readiness};
pub use limits::Limits;

use std::net::SocketAddr;

/// The address at the other end of the socket, put into every request's
/// extensions. Behind a proxy this is the proxy: see
/// [`ClientIp`](crate::security::ClientIp) for the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddr(pub SocketAddr);
