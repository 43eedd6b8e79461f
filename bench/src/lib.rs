//! What measuring and proving share: the built program as a process of its own, and requests to it.

pub mod http;
pub mod program;
