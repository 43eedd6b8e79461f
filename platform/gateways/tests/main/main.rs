//! The gateways against servers on the loopback interface.

mod fake;
mod localstripe;
mod outgoing;
mod stripe;
