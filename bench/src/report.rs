//! The results as a page.

use std::fmt::Write;

use crate::{load::Run, seed::Seeded};

/// One line of the table.
pub struct Row {
    /// Scenario.
    pub scenario: &'static str,
    /// Connections at once.
    pub connections: usize,
    /// The program's figures.
    pub run: Run,
    /// The floor's rounds a second.
    pub floor: Option<f64>,
}

/// What else was measured.
pub struct Facts<'a> {
    /// PostgreSQL's version.
    pub version: String,
    /// Memory before any load, in MB.
    pub at_rest: f64,
    /// Memory after all load, in MB.
    pub under_load: f64,
    /// Milliseconds from start to first answer.
    pub first_answer: f64,
    /// What was seeded.
    pub seeded: &'a Seeded,
    /// Workspaces.
    pub workspaces: i32,
}

/// The page.
pub fn markdown(facts: &Facts, rows: &[Row]) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let mut text = format!(
        "# Results\n\nMade by `make bench`: an optimised build, PostgreSQL {}, program, database and load on one machine with {cores} cores, in one run.\n\n\
         {} workspaces, {} clients and {} time entries in all; the measured workspace has 10,000 clients, 100,000 time entries, 5,000 invoices, 400 deals.\n\n\
         | | figure |\n|---|---|\n| memory at rest | {:.0} MB |\n| memory after the load | {:.0} MB |\n| start to first answer | {:.0} ms |\n\n\
         *Floor* is the scenario's main statement sent bare through the same driver, prepared, without transaction, sign-in, HTTP or rendering; *of floor* is the ratio of throughputs.\n\n\
         | scenario | connections | requests/s | p50 ms | p95 ms | p99 ms | CPU µs/request | floor/s | of floor |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|\n",
        facts.version,
        facts.workspaces,
        facts.seeded.all_clients,
        facts.seeded.all_entries,
        facts.at_rest,
        facts.under_load,
        facts.first_answer
    );
    for Row { scenario, connections, run, floor } in rows {
        let (floor_text, ratio) = match floor {
            Some(floor) => (format!("{floor:.0}"), format!("{:.0} %", run.per_second / floor * 100.0)),
            None => ("–".into(), "–".into()),
        };
        let _ = writeln!(
            text,
            "| {scenario} | {connections} | {:.0} | {:.2} | {:.2} | {:.2} | {:.0} | {floor_text} | {ratio} |",
            run.per_second, run.p50, run.p95, run.p99, run.cpu_us
        );
    }
    text
}
