//! From work to lines.

use projects::ProjectId;
use rapport_base::money;
use rust_decimal::{Decimal, RoundingStrategy};
use uuid::Uuid;

use super::{Billable, GroupBy};

/// A line made from work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Made {
    pub description: String,
    pub detail: String,
    pub quantity: Decimal,
    pub unit: String,
    pub unit_price_cents: i64,
    pub source_kind: String,
    pub project_id: Option<ProjectId>,
    /// Places of what it bills in the list it was made from, with the share of each.
    pub items: Vec<(usize, i64)>,
}

#[derive(PartialEq, Eq)]
struct Key {
    project: ProjectId,
    task: Option<Uuid>,
    member: Option<Uuid>,
    entry: Option<Uuid>,
    rate: i64,
}

/// Lines for all that is billed: time grouped, then expenses, then milestones one by one.
pub(crate) fn lines(work: &[Billable], group_by: GroupBy, round_minutes: Option<i64>) -> Vec<Made> {
    let mut groups: Vec<(Key, Vec<usize>)> = Vec::new();
    for (at, entry) in work.iter().enumerate().filter(|(_, w)| w.kind == "time") {
        let key = key(entry, group_by);
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, members)) => members.push(at),
            None => groups.push((key, vec![at])),
        }
    }
    let several_projects = work.windows(2).any(|pair| pair[0].project_id != pair[1].project_id);
    let time = groups
        .iter()
        .map(|(key, members)| of_time(work, members, key.rate, group_by, round_minutes, several_projects));
    let single = |kind: &'static str| {
        work.iter()
            .enumerate()
            .filter(move |(_, w)| w.kind == kind)
            .map(|(at, w)| one(at, w, several_projects))
    };
    time.chain(single("milestone")).chain(single("expense")).collect()
}

fn key(entry: &Billable, group_by: GroupBy) -> Key {
    Key {
        project: entry.project_id,
        task: entry.task_id.filter(|_| group_by == GroupBy::Task),
        member: entry.member_id.filter(|_| group_by == GroupBy::Member),
        entry: (group_by == GroupBy::Entry).then_some(entry.id),
        rate: entry.rate_cents.unwrap_or_default(),
    }
}

fn of_time(
    work: &[Billable],
    members: &[usize],
    rate: i64,
    group_by: GroupBy,
    round_minutes: Option<i64>,
    several_projects: bool,
) -> Made {
    let seconds: Vec<i64> =
        members.iter().map(|at| rounded(work[*at].seconds.unwrap_or_default(), round_minutes)).collect();
    let quantity = hours(seconds.iter().sum());
    let amount = money::round_half_up(quantity * Decimal::from(rate)).unwrap_or_default();
    let weights: Vec<u64> = seconds.iter().map(|s| u64::try_from(*s).unwrap_or(0)).collect();
    let first = &work[members[0]];
    let name = match group_by {
        GroupBy::Project => None,
        GroupBy::Task => first.task_title.clone(),
        GroupBy::Member => first.member_name.clone(),
        GroupBy::Entry => {
            Some(first.description.clone()).filter(|d| !d.is_empty()).or(first.task_title.clone())
        }
    };
    let description = match name {
        Some(name) if several_projects => format!("{}: {name}", first.project_name),
        Some(name) => name,
        None => first.project_name.clone(),
    };
    let mut notes: Vec<&str> = Vec::new();
    if group_by != GroupBy::Entry {
        for at in members {
            let note = work[*at].description.as_str();
            if !note.is_empty() && note != description && !notes.contains(&note) && notes.len() < 8 {
                notes.push(note);
            }
        }
    }
    Made {
        description: cut(&description, 2_000),
        detail: cut(&notes.join("\n"), 2_000),
        quantity,
        unit: "h".into(),
        unit_price_cents: rate,
        source_kind: "time".into(),
        project_id: Some(first.project_id),
        items: members.iter().copied().zip(money::split(amount, &weights)).collect(),
    }
}

fn one(at: usize, work: &Billable, several_projects: bool) -> Made {
    let description = if several_projects {
        format!("{}: {}", work.project_name, work.description)
    } else {
        work.description.clone()
    };
    Made {
        description: cut(&description, 2_000),
        detail: String::new(),
        quantity: Decimal::ONE,
        unit: String::new(),
        unit_price_cents: work.amount_cents,
        source_kind: work.kind.clone(),
        project_id: Some(work.project_id),
        items: vec![(at, work.amount_cents)],
    }
}

/// Seconds rounded up to whole steps of so many minutes.
fn rounded(seconds: i64, minutes: Option<i64>) -> i64 {
    match minutes {
        Some(minutes) if minutes > 0 => {
            let step = minutes * 60;
            (seconds + step - 1).div_euclid(step) * step
        }
        _ => seconds,
    }
}

/// Hours with at most six decimals: less than a cent from the second even at the dearest rates.
fn hours(seconds: i64) -> Decimal {
    (Decimal::from(seconds) / Decimal::from(3_600))
        .round_dp_with_strategy(6, RoundingStrategy::MidpointAwayFromZero)
        .normalize()
}

fn cut(text: &str, longest: usize) -> String {
    text.chars().take(longest).collect()
}

#[cfg(test)]
mod tests {
    use rapport_base::Currency;

    use super::*;

    fn entry(project: ProjectId, task: Option<(Uuid, &str)>, seconds: i64, rate: i64) -> Billable {
        Billable {
            kind: "time".into(),
            id: Uuid::now_v7(),
            project_id: project,
            project_name: "Website".into(),
            currency: Currency::try_new("EUR").unwrap(),
            date: None,
            task_id: task.map(|(id, _)| id),
            task_title: task.map(|(_, title)| title.into()),
            member_id: None,
            member_name: None,
            description: "Sketches".into(),
            seconds: Some(seconds),
            rate_cents: Some(rate),
            amount_cents: 0,
        }
    }

    #[test]
    fn time_of_one_task_at_one_rate_is_one_line() {
        let (project, task) = (ProjectId::new(), Uuid::now_v7());
        let work = [
            entry(project, Some((task, "Design")), 3_600, 10_000),
            entry(project, Some((task, "Design")), 1_800, 10_000),
            entry(project, Some((task, "Design")), 1_800, 12_000),
            entry(project, None, 600, 10_000),
        ];
        let made = lines(&work, GroupBy::Task, None);
        let shown: Vec<_> =
            made.iter().map(|l| (l.description.as_str(), l.quantity.to_string(), l.items.len())).collect();
        assert_eq!(
            shown,
            [("Design", "1.5".into(), 2), ("Design", "0.5".into(), 1), ("Website", "0.166667".into(), 1)]
        );
        assert_eq!(made[0].items, [(0, 10_000), (1, 5_000)]);
        assert_eq!(made[0].detail, "Sketches");
    }

    #[test]
    fn the_shares_of_a_line_add_up_to_it() {
        let project = ProjectId::new();
        let work: Vec<Billable> = (0..7).map(|n| entry(project, None, 617 + n * 13, 9_999)).collect();
        let made = lines(&work, GroupBy::Project, None);
        let amount = money::round_half_up(made[0].quantity * Decimal::from(9_999)).unwrap();
        assert_eq!(made[0].items.iter().map(|(_, cents)| cents).sum::<i64>(), amount);
    }

    #[test]
    fn entries_are_rounded_up_one_by_one() {
        let project = ProjectId::new();
        let work = [entry(project, None, 60, 6_000), entry(project, None, 900, 6_000)];
        let made = lines(&work, GroupBy::Project, Some(15));
        assert_eq!(made[0].quantity.to_string(), "0.5");
    }
}
