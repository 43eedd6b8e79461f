//! What measuring and proving share: the built program as a process of its own, and requests to it.

pub mod http;
pub mod program;

/// The value that a share of sorted ones does not exceed; none of none.
#[must_use]
pub fn percentile(sorted: &[f64], share: f64) -> Option<f64> {
    sorted.get(((sorted.len() as f64 - 1.0) * share) as usize).copied()
}
