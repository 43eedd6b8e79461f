//! The gateways against servers on the loopback interface.

mod fake;
mod library;
mod localstripe;
mod openapi;
mod outgoing;
mod signature;
mod stripe;
