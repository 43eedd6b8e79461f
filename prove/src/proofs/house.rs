//! Promises that are tests of the house, in the words of their names.

use anyhow::{Result, bail};
use futures::FutureExt;

use crate::{Line, Proof, child};

pub const PROOF: Proof = Proof {
    name: "house",
    does: "The tests of `app/tests/house`, for which the program is built unoptimised, over a PostgreSQL of their own: the wall between workspaces, roles, ways in, web and files, backup, erasure, transfer, audit, keys, doctor, traces and the rest. A line for each test, its module in front.",
    tried: |_| tried().boxed_local(),
};

async fn tried() -> Result<Vec<Line>> {
    let output = child::output(&mut child::script("prove/house")).await?;
    let said = String::from_utf8_lossy(&output.stdout);
    let lines: Vec<Line> = said.lines().filter_map(line).collect();
    let all = said.lines().filter_map(counted).next_back();
    if lines.is_empty()
        || all != Some(lines.len())
        || output.status.success() != lines.iter().all(|line| line.holds)
    {
        bail!(
            "the tests came to no end: {} of {} told, {}",
            lines.len(),
            all.map_or("?".into(), |all| all.to_string()),
            output.status
        );
    }
    Ok(lines)
}

/// From libtest's `test wall::stranger::nobody_gets_in ... ok`.
fn line(text: &str) -> Option<Line> {
    let (name, ended) = text.strip_prefix("test ")?.split_once(" ... ")?;
    let (module, test) = name.rsplit_once("::").unwrap_or(("house", name));
    let promise = format!("{}: {test}", module.replace("::", ", ")).replace('_', " ");
    Some(Line::new(promise, ended == "ok", ended))
}

/// From libtest's `test result: FAILED. 82 passed; 1 failed; 0 ignored; …`: how many there were.
fn counted(text: &str) -> Option<usize> {
    let (_, numbers) = text.strip_prefix("test result: ")?.split_once(". ")?;
    let number = |part: &str| part.trim().split(' ').next()?.parse::<usize>().ok();
    numbers.split(';').take(3).map(number).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_a_promise_in_the_words_of_its_name() {
        let held = line("test ways_in::links::no_link_opens_twice ... ok").unwrap();
        assert_eq!((held.promise.as_str(), held.holds), ("ways in, links: no link opens twice", true));
        let short = line("test catalogue::every_table_is_known ... FAILED").unwrap();
        assert_eq!((short.measured.as_str(), short.holds), ("FAILED", false));
        assert!(line("test wall::slow has been running for over 60 seconds").is_none());
    }

    #[test]
    fn tests_are_counted_whatever_became_of_them() {
        let told = "test result: FAILED. 81 passed; 1 failed; 1 ignored; 0 measured; 4 filtered out; finished in 9.1s";
        assert_eq!(counted(told), Some(83));
        assert_eq!(counted("running 83 tests"), None);
    }
}
