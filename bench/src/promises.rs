//! What is promised, beside what was seen.

use crate::{BUSY, load::Scenario, report::Facts};

/// One promise.
pub struct Promise {
    /// In words, with its figure.
    pub text: String,
    /// What was seen.
    pub seen: String,
    /// Whether it holds.
    pub holds: bool,
}

fn below(text: impl Into<String>, seen: f64, most: f64, unit: &str) -> Promise {
    Promise {
        text: format!("{} < {most} {unit}", text.into()),
        seen: format!("{seen:.1} {unit}"),
        holds: seen < most,
    }
}

/// Every promise, in the order of the report.
pub fn all(facts: &Facts, scenarios: &[Scenario]) -> Vec<Promise> {
    let mut promises = Vec::new();
    for row in facts.rows.iter().filter(|row| row.connections == BUSY) {
        if let Some(most) = row.goal.p95 {
            promises.push(below(format!("{}: p95", row.scenario), row.run.p95, most, "ms"));
        }
        if let (Some(least), Some(floor)) = (row.goal.of_floor, row.floor) {
            let share = row.run.per_second / floor;
            promises.push(Promise {
                text: format!("{}: ≥ {:.0} % of the floor", row.scenario, least * 100.0),
                seen: format!("{:.0} %", share * 100.0),
                holds: share >= least,
            });
        }
    }
    for ((scenario, few), many) in scenarios.iter().zip(&facts.few).zip(&facts.many) {
        let times = many.p95 / few.p95;
        promises.push(Promise {
            text: format!(
                "{}: p95 grows ≤ 1.5 times from 100 to {} workspaces",
                scenario.name, facts.grown.workspaces
            ),
            seen: format!("{times:.2} times ({:.1} → {:.1} ms)", few.p95, many.p95),
            holds: times <= 1.5,
        });
    }
    promises.push(below("memory at rest", facts.at_rest, 100.0, "MB"));
    promises.push(below("memory under load of requests, at its peak", facts.under_load, 250.0, "MB"));
    promises.push(below(
        "from start to first answer, with the private PostgreSQL over an existing cluster",
        facts.first_answer,
        1_000.0,
        "ms",
    ));
    promises.push(below("first visit, compressed", facts.first_visit as f64 / 1e3, 150.0, "kB"));
    promises.push(below(
        format!("event to {} streams: p95", facts.live.streams),
        facts.live.p95,
        150.0,
        "ms",
    ));
    for (streams, what) in
        [(&facts.live, "hear every event"), (&facts.quiet, "are held for 30 s, and hear what happens then")]
    {
        promises.push(Promise {
            text: format!("{} streams {what}", streams.streams),
            seen: format!(
                "{} held, {:.2} % heard; {:.0} MB with all of them open",
                streams.held,
                streams.heard * 100.0,
                streams.memory_mb
            ),
            holds: streams.held == streams.streams && streams.heard >= 1.0,
        });
    }
    promises.extend(facts.marks.iter().map(|marks| Promise {
        text: format!("Lighthouse ≥ 95 in all four: {}", marks.page),
        seen: format!(
            "performance {}, accessibility {}, best practices {}, SEO {}",
            marks.performance, marks.accessibility, marks.best_practices, marks.seo
        ),
        holds: marks.lowest() >= 95.0,
    }));
    promises
}
