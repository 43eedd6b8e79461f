//! From what was typed into a cell to what becomes of its entries. No I/O.

use crate::entries::rules::LONGEST;

/// An entry of one cell: one project or task on one day.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// How long.
    pub seconds: i64,
    /// Whether start and end are known; such an entry is changed in the day view only.
    pub has_span: bool,
}

/// What happens to a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new entry.
    Add(i64),
    /// The entry at that place gets another length.
    Set(usize, i64),
    /// The entry at that place goes.
    Remove(usize),
}

/// What makes the entries of a cell add up to what was typed, with as little change as
/// possible: lengths without a start grow or shrink, the last one first.
///
/// # Errors
/// In words, when more would have to go than has no start and end, or one entry would be longer than allowed.
pub fn plan(entries: &[Cell], wanted: i64) -> Result<Vec<Change>, &'static str> {
    let total: i64 = entries.iter().map(|entry| entry.seconds).sum();
    let plain = || entries.iter().enumerate().filter(|(_, entry)| !entry.has_span).rev();
    if wanted > total {
        let more = wanted - total;
        return match plain().next() {
            Some((at, entry)) if entry.seconds + more <= LONGEST => {
                Ok(vec![Change::Set(at, entry.seconds + more)])
            }
            _ if more <= LONGEST => Ok(vec![Change::Add(more)]),
            _ => Err("One entry holds at most 12 hours."),
        };
    }
    let mut less = total - wanted;
    let mut changes = Vec::new();
    for (at, entry) in plain() {
        if less == 0 {
            break;
        }
        if entry.seconds <= less {
            changes.push(Change::Remove(at));
            less -= entry.seconds;
        } else {
            changes.push(Change::Set(at, entry.seconds - less));
            less = 0;
        }
    }
    if less == 0 {
        Ok(changes)
    } else {
        Err("Some of this has a start and an end. Change it in the day view.")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(lengths: &[(i64, bool)]) -> Vec<Cell> {
        lengths.iter().map(|&(seconds, has_span)| Cell { seconds, has_span }).collect()
    }

    #[test]
    fn an_empty_cell_gets_an_entry_and_a_cleared_one_loses_it() {
        assert_eq!(plan(&[], 3_600), Ok(vec![Change::Add(3_600)]));
        assert_eq!(plan(&cells(&[(3_600, false)]), 0), Ok(vec![Change::Remove(0)]));
        assert_eq!(plan(&cells(&[(3_600, false)]), 3_600), Ok(vec![]));
    }

    #[test]
    fn tracked_time_is_never_shortened_by_the_grid() {
        let cell = cells(&[(3_600, true), (1_800, false)]);
        assert_eq!(plan(&cell, 7_200), Ok(vec![Change::Set(1, 3_600)]));
        assert_eq!(plan(&cell, 3_600), Ok(vec![Change::Remove(1)]));
        assert!(plan(&cell, 3_599).is_err());
        assert_eq!(plan(&cells(&[(3_600, true)]), 5_400), Ok(vec![Change::Add(1_800)]));
    }

    #[test]
    fn no_entry_grows_beyond_twelve_hours() {
        assert!(plan(&[], LONGEST + 1).is_err());
        assert_eq!(plan(&cells(&[(LONGEST, false)]), LONGEST + 60), Ok(vec![Change::Add(60)]));
    }

    proptest! {
        #[test]
        fn a_plan_that_is_made_adds_up_to_what_was_typed(
            lengths in prop::collection::vec((1i64..20_000, any::<bool>()), 0..6), wanted in 0i64..60_000
        ) {
            let cell = cells(&lengths);
            if let Ok(changes) = plan(&cell, wanted) {
                let mut seconds: Vec<i64> = cell.iter().map(|entry| entry.seconds).collect();
                for change in changes {
                    match change {
                        Change::Add(new) => seconds.push(new),
                        Change::Set(at, to) => { prop_assert!(!cell[at].has_span && to > 0); seconds[at] = to; }
                        Change::Remove(at) => { prop_assert!(!cell[at].has_span); seconds[at] = 0; }
                    }
                }
                prop_assert_eq!(seconds.iter().sum::<i64>(), wanted);
            }
        }
    }
}
