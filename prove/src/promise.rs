//! A promise, and what was found.

use std::fmt;

use anyhow::Result;
use futures::future::LocalBoxFuture;

use crate::Ground;

/// What is promised for one sort of bad day, and how it is tried.
pub struct Proof {
    /// By which it is chosen.
    pub name: &'static str,
    /// What it does, in a sentence.
    pub does: &'static str,
    /// Does it.
    pub tried: fn(&Ground) -> LocalBoxFuture<'_, Result<Vec<Line>>>,
}

impl Proof {
    /// Tries it; a proof that could not be carried out proves nothing.
    pub async fn run(&self, ground: &Ground) -> Vec<Line> {
        (self.tried)(ground).await.unwrap_or_else(|error| {
            vec![Line::new("the proof can be carried out", false, format!("{error:#}"))]
        })
    }
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Line {
    /// What is promised, with its figure.
    pub promise: String,
    /// What was measured.
    pub measured: String,
    /// Whether it holds.
    pub holds: bool,
}

impl Line {
    /// A line.
    pub fn new(promise: impl Into<String>, holds: bool, measured: impl Into<String>) -> Self {
        Self { promise: promise.into(), measured: measured.into(), holds }
    }

    /// Holds when nothing was found; else says what.
    pub fn none(promise: impl Into<String>, found: &[String], otherwise: impl Into<String>) -> Self {
        let measured = match found {
            [] => otherwise.into(),
            few => {
                let shown: Vec<&str> = few.iter().take(3).map(String::as_str).collect();
                format!("{}: {}", few.len(), shown.join("; "))
            }
        };
        Self::new(promise, found.is_empty(), measured)
    }
}

impl fmt::Display for Line {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.holds { "holds      " } else { "FALLS SHORT" };
        write!(out, "{verdict}  {}: {}", self.promise, self.measured)
    }
}
