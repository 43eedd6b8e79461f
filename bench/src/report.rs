//! The results as a page.

use std::fmt::Write;

use crate::{
    lighthouse::Marks,
    load::{Goal, Run},
    promises::Promise,
    realtime::Streams,
    seed::{LARGE, Size},
};

/// One line of the table of loads.
pub struct Row {
    /// Scenario.
    pub scenario: &'static str,
    /// What is promised of it.
    pub goal: Goal,
    /// Connections at once.
    pub connections: usize,
    /// The program's figures.
    pub run: Run,
    /// The floor's rounds a second.
    pub floor: Option<f64>,
}

/// What was measured.
pub struct Facts {
    /// PostgreSQL's version.
    pub version: String,
    /// The installation of the main measurement.
    pub size: Size,
    /// The largest one.
    pub grown: Size,
    /// Memory before any load, in MB.
    pub at_rest: f64,
    /// The most memory under requests, before any stream was opened, in MB.
    pub under_load: f64,
    /// Milliseconds from start to first answer.
    pub first_answer: f64,
    /// Bytes of a first visit to the landing page, compressed.
    pub first_visit: usize,
    /// Loads and floors.
    pub rows: Vec<Row>,
    /// Each scenario among 100 workspaces.
    pub few: Vec<Run>,
    /// Each scenario in the largest installation.
    pub many: Vec<Run>,
    /// Streams to which much happens.
    pub live: Streams,
    /// Streams to which nothing does, until one thing.
    pub quiet: Streams,
    /// Lighthouse's.
    pub marks: Vec<Marks>,
}

/// The page.
pub fn markdown(facts: &Facts, promises: &[Promise]) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let mut text = format!(
        "# Results\n\nMade by `make bench`: an optimised build, PostgreSQL {}, program, database and load on one machine with {cores} cores, in one run.\n\n\
         {} workspaces, {} clients and {} time entries in all; the measured workspace has {LARGE} clients, 100000 time entries, 5000 invoices, 400 deals. The same is measured among 100 workspaces before and among {} after.\n\n\
         | promise | measured | |\n|---|---|---|\n",
        facts.version, facts.size.workspaces, facts.size.clients, facts.size.entries, facts.grown.workspaces
    );
    for promise in promises {
        let verdict = if promise.holds { "holds" } else { "**falls short**" };
        let _ = writeln!(text, "| {} | {} | {verdict} |", promise.text, promise.seen);
    }
    text.push_str(
        "\n*Floor* is the scenario's main statement sent bare through the same driver, prepared, without transaction, sign-in, HTTP or rendering; *of floor* is the ratio of throughputs. Writes have none, for they would leave out what is checked and noted with them; neither have *dashboard*, *invoices* and *forecast*, made of several statements of which none is the main one.\n\n\
         | scenario | connections | requests/s | p50 ms | p95 ms | p99 ms | CPU µs/request | floor/s | of floor |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for Row { scenario, connections, run, floor, .. } in &facts.rows {
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
