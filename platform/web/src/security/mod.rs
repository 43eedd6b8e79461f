//! What every request passes before its handler, and every answer on its way
//! out: allowed hosts, the client's address, the origin check, rate limits and
//! the security headers.

mod client_ip;
mod headers;
mod hosts;
mod network;
mod origin;
pub mod rate;

pub use client_ip::{ClientIp, TrustedProxies, client_ip};
pub use headers::{CspNonce, FormAction, HeaderPolicy, security_headers};
pub use hosts::{Hosts, allowed_host};
pub use network::Network;
pub(crate) use origin::sent_by_a_guests_program;
pub use origin::{CrossSite, Origins, same_origin};
