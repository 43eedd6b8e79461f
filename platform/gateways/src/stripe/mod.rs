//! Stripe: hosted checkout, refunds, saved methods, events.
//!
//! Every call that changes something takes an idempotency key, and repeats itself with the same
//! key when the network or Stripe stumbles, within ten seconds in all.

mod calls;
mod client;
mod error;
mod form;
mod objects;
pub mod webhook;

pub use calls::{ChargeRequest, CheckoutRequest, CustomerRequest, RefundRequest};
pub use client::{Stripe, VERSION};
pub use error::StripeError;
pub use objects::{CheckoutSession, Customer, Event, LastError, PaymentIntent, Refund};
