//! The lines that every proof under write load has.

use std::time::Duration;

use anyhow::Result;
use rapport_bench::program::Program;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::{Installation, Line, ledger::Ledger};

/// Nothing lost, twice, half or missing, and every maintained figure right.
pub async fn on_what_was_written(
    ledger: &Ledger,
    owner: &Client,
    workspace: Uuid,
    installation: &Installation,
) -> Result<Vec<Line>> {
    let compared = ledger.compare(owner, workspace).await?;
    let acknowledged = compared.acknowledged;
    let cut = ledger.lost.len();
    let (clean, check) = installation.check().await?;
    Ok(vec![
        Line::none(
            "nothing acknowledged is lost",
            &compared.lost,
            format!("{acknowledged} writes, all there"),
        ),
        Line::none(
            "a request sent again with its key happens once",
            &compared.twice,
            format!("{cut} connections cut off, {} answers lost; nothing twice", ledger.carried_out.len()),
        ),
        Line::none(
            "nothing is half there",
            &compared.half,
            "events, lines, allocations, owners all pair off",
        ),
        Line::none("invoice numbers have no gap", &compared.gaps, "none missing, none twice"),
        Line::new("`rapport check` finds no difference", clean, check),
        Line::none("no answer but success and “later”", &unexpected(ledger, installation), "none"),
    ])
}

/// Every write was answered in the end.
pub fn on_patience(ledger: &Ledger) -> Line {
    let open: Vec<String> = ledger.open.iter().map(|(kind, mark)| format!("{kind:?} {mark}")).collect();
    let longest = seconds(ledger.longest_in_vain());
    Line::none(
        "every write that broke off is answered in the end",
        &open,
        format!("the longest after {longest}"),
    )
}

/// No request took longer than promised.
pub fn on_the_longest(ledger: &Ledger) -> Line {
    within("no request takes > 10 s", Duration::from_secs(10), ledger.longest)
}

/// Work beside what is down was neither refused nor put off.
pub fn on_other_work(promise: &str, ledger: &Ledger) -> Line {
    Line::new(
        promise,
        ledger.busy == 0 && ledger.broken.is_empty() && !ledger.done.is_empty(),
        format!(
            "{} writes, {} told to come later, the longest {}",
            ledger.done.len(),
            ledger.busy,
            seconds(ledger.longest)
        ),
    )
}

/// What is promised of the process that serves.
pub const NO_RESTART: &str = "no restart of ours";

/// The process that serves is the one that was started.
pub fn on_the_process(program: &mut Program) -> Result<Line> {
    Ok(Line::new(NO_RESTART, program.runs()?, "the same process from beginning to end"))
}

/// A time below its limit.
pub fn within(promise: &str, limit: Duration, measured: Duration) -> Line {
    Line::new(promise, measured < limit, seconds(measured))
}

/// Times below their limit: the median and the longest.
pub fn all_within(promise: &str, limit: Duration, times: &[Duration]) -> Line {
    let mut times = times.to_vec();
    times.sort();
    let (median, longest) = (times.get(times.len() / 2), times.last());
    let (median, longest) = (median.copied().unwrap_or(limit), longest.copied().unwrap_or(limit));
    let measured = format!("{} times: median {}, longest {}", times.len(), seconds(median), seconds(longest));
    Line::new(promise, longest < limit, measured)
}

/// `1.23 s`.
pub fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

fn unexpected(ledger: &Ledger, installation: &Installation) -> Vec<String> {
    ledger.refused.iter().chain(&ledger.broken).map(|told| installation.explained(told)).collect()
}
