//! What an hour of someone's work is billed at, and what it costs.

use identity::rates::Rated;
use jiff::civil::Date;
use rapport_base::{Currency, MemberId, Refusal, Result};
use rapport_db::{TenantTx, row};

use crate::{ProjectId, TaskId};

/// The rates that may apply, from the nearest to the farthest.
#[derive(Clone, Copy, Debug, Default)]
pub struct RateSources {
    /// The task's own.
    pub task: Option<i64>,
    /// The member's on this project.
    pub project_member: Option<i64>,
    /// The project's.
    pub project: Option<i64>,
    /// The member's.
    pub member: Option<i64>,
    /// The workspace's.
    pub workspace: Option<i64>,
}

/// The rate of an hour: the nearest that is set, 0 without any.
#[must_use]
pub fn resolve(rates: RateSources) -> i64 {
    rates.task.or(rates.project_member).or(rates.project).or(rates.member).or(rates.workspace).unwrap_or(0)
}

/// What an hour is billed at and costs on its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Billed per hour, in minor units; 0 on a project that is not billed.
    pub billing_rate_cents: i64,
    /// Cost per hour, where it is known.
    pub cost_rate_cents: Option<i64>,
    /// Currency of the billing rate: the project's.
    pub currency: Currency,
}

/// Whose hour on what, and when.
#[derive(Clone, Copy, Debug)]
pub struct RateOf {
    /// The project.
    pub project: ProjectId,
    /// The task, if there is one.
    pub task: Option<TaskId>,
    /// Who works.
    pub member: MemberId,
    /// The day.
    pub date: Date,
}

/// The project, as having a rate.
pub(crate) fn of_project(id: ProjectId) -> Rated {
    Rated::new("project", id)
}

/// A member on a project, as having a rate.
pub(crate) fn of_project_member(project: ProjectId, member: MemberId) -> Rated {
    Rated::of_member("project_member", project, member)
}

/// The task, as having a rate.
pub(crate) fn of_task(id: TaskId) -> Rated {
    Rated::new("task", id)
}

row! {
    struct Found {
        task: Option<i64>,
        project_member: Option<i64>,
        project: Option<i64>,
        member: Option<i64>,
        workspace: Option<i64>,
        cost: Option<i64>,
        currency: Currency,
        is_billed: bool,
    }
}

/// The rate of something on the day asked for: the earliest past one that still counted then, else the present one.
macro_rules! on_the_day {
    ($was:literal, $present:literal) => {
        concat!("case when ", $was, ".until is null then ", $present, " else ", $was, ".rate_cents end")
    };
}

macro_rules! was {
    ($name:literal, $kind:literal, $subject:literal, $member:literal) => {
        concat!(
            " left join lateral (select until, rate_cents from identity.v_past_rates
               where workspace_id = $1 and kind = '",
            $kind,
            "' and subject_id = ",
            $subject,
            " and member_id = ",
            $member,
            "
                 and until > asked.date order by until limit 1) as ",
            $name,
            " on true"
        )
    };
}

const RATES: &str = concat!(
    "select ", on_the_day!("task_was", "t.hourly_rate_cents"), " as task, ",
    on_the_day!("place_was", "pm.hourly_rate_cents"), " as project_member, ",
    on_the_day!("project_was", "p.hourly_rate_cents"), " as project, ",
    on_the_day!("member_was", "m.hourly_rate_cents"), " as member, ",
    on_the_day!("workspace_was", "w.default_hourly_rate_cents"), " as workspace, ",
    on_the_day!("cost_was", "m.cost_rate_cents"), " as cost,
       p.currency, p.billing_type <> 'non_billable' as is_billed
     from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::date[]) with ordinality
       as asked (project_id, task_id, member_id, date, place)
     join projects.projects as p on p.workspace_id = $1 and p.id = asked.project_id
     join identity.v_members as m on m.workspace_id = $1 and m.id = asked.member_id
     join identity.v_workspace as w on w.workspace_id = $1
     left join projects.tasks as t on t.workspace_id = $1 and t.project_id = asked.project_id and t.id = asked.task_id
     left join projects.project_members as pm
       on pm.workspace_id = $1 and pm.project_id = asked.project_id and pm.member_id = asked.member_id",
    was!("task_was", "task", "t.id", "'00000000-0000-0000-0000-000000000000'"),
    was!("place_was", "project_member", "p.id", "m.id"),
    was!("project_was", "project", "p.id", "'00000000-0000-0000-0000-000000000000'"),
    was!("member_was", "member", "m.id", "'00000000-0000-0000-0000-000000000000'"),
    was!("workspace_was", "workspace", "$1", "'00000000-0000-0000-0000-000000000000'"),
    was!("cost_was", "cost", "m.id", "'00000000-0000-0000-0000-000000000000'"),
    " order by asked.place"
);

/// The rates of an hour of one member.
///
/// # Errors
/// Not found when the project or member is not there.
pub async fn for_entry(
    tx: &TenantTx,
    project: ProjectId,
    task: Option<TaskId>,
    member: MemberId,
    date: Date,
) -> Result<Rates> {
    let rates = for_entries(tx, &[RateOf { project, task, member, date }]).await?;
    rates.into_iter().next().ok_or_else(|| Refusal::not_found().into())
}

/// The rates of many hours, in the order asked for, in one statement.
///
/// # Errors
/// Not found when a project or member is not there.
pub async fn for_entries(tx: &TenantTx, entries: &[RateOf]) -> Result<Vec<Rates>> {
    let projects: Vec<ProjectId> = entries.iter().map(|e| e.project).collect();
    let tasks: Vec<Option<TaskId>> = entries.iter().map(|e| e.task).collect();
    let members: Vec<MemberId> = entries.iter().map(|e| e.member).collect();
    let dates: Vec<Date> = entries.iter().map(|e| e.date).collect();
    let workspace = tx.workspace();
    let found: Vec<Found> = tx.query(RATES, &[&workspace, &projects, &tasks, &members, &dates]).await?;
    if found.len() != entries.len() {
        return Err(Refusal::not_found().into());
    }
    Ok(found.into_iter().map(Found::rates).collect())
}

impl Found {
    fn rates(self) -> Rates {
        let sources = RateSources {
            task: self.task,
            project_member: self.project_member,
            project: self.project,
            member: self.member,
            workspace: self.workspace,
        };
        Rates {
            billing_rate_cents: if self.is_billed { resolve(sources) } else { 0 },
            cost_rate_cents: self.cost,
            currency: self.currency,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{RateSources, resolve};

    #[test]
    fn the_nearest_rate_counts_even_when_it_is_nothing() {
        let all = RateSources {
            task: Some(1),
            project_member: Some(2),
            project: Some(3),
            member: Some(4),
            workspace: Some(5),
        };
        assert_eq!(resolve(all), 1);
        assert_eq!(resolve(RateSources { task: None, ..all }), 2);
        assert_eq!(resolve(RateSources { task: None, project_member: None, ..all }), 3);
        assert_eq!(resolve(RateSources { task: None, project_member: None, project: None, ..all }), 4);
        assert_eq!(resolve(RateSources { workspace: Some(5), ..RateSources::default() }), 5);
        assert_eq!(resolve(RateSources { task: Some(0), ..all }), 0);
        assert_eq!(resolve(RateSources::default()), 0);
    }
}
