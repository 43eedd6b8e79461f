//! Lighthouse's marks, by a script beside.

use std::{path::Path, process::Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use tokio::process::Command;

/// The four marks of a page, from 0 to 100.
#[derive(Deserialize)]
pub struct Marks {
    /// Which page.
    pub page: String,
    /// Performance.
    pub performance: f64,
    /// Accessibility.
    pub accessibility: f64,
    /// Best practices.
    pub best_practices: f64,
    /// Search engines.
    pub seo: f64,
}

impl Marks {
    /// The lowest of the four.
    pub fn lowest(&self) -> f64 {
        self.performance.min(self.accessibility).min(self.best_practices).min(self.seo)
    }
}

/// Runs the script over a program of its own with sample data; a line for each page.
pub async fn run(program: &Path, script: &Path) -> Result<Vec<Marks>> {
    let output = Command::new("node")
        .arg(script)
        .env("E2E_PROGRAM", program)
        .stderr(Stdio::inherit())
        .output()
        .await
        .context("node does not run")?;
    if !output.status.success() {
        bail!("Lighthouse ended with {}", output.status);
    }
    let lines = String::from_utf8(output.stdout)?;
    lines
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).context("a line of Lighthouse"))
        .collect()
}
