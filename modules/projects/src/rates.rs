//! What an hour of someone's work is billed at, and what it costs.

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

/// What an hour is billed at and costs, as of now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rates {
    /// Billed per hour, in minor units; 0 on a project that is not billed.
    pub billing_rate_cents: i64,
    /// Cost per hour, where it is known.
    pub cost_rate_cents: Option<i64>,
    /// Currency of the billing rate: the project's.
    pub currency: Currency,
}

/// Whose hour on what.
#[derive(Clone, Copy, Debug)]
pub struct RateOf {
    /// The project.
    pub project: ProjectId,
    /// The task, if there is one.
    pub task: Option<TaskId>,
    /// Who works.
    pub member: MemberId,
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

/// The rates of an hour of one member.
///
/// # Errors
/// Not found when the project or member is not there.
pub async fn for_entry(
    tx: &TenantTx,
    project: ProjectId,
    task: Option<TaskId>,
    member: MemberId,
) -> Result<Rates> {
    let rates = for_entries(tx, &[RateOf { project, task, member }]).await?;
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
    let found: Vec<Found> = tx
        .query(
            "select t.hourly_rate_cents as task, pm.hourly_rate_cents as project_member, p.hourly_rate_cents as project,
               m.hourly_rate_cents as member, w.default_hourly_rate_cents as workspace, m.cost_rate_cents as cost, p.currency,
               p.billing_type <> 'non_billable' as is_billed
             from unnest($2::uuid[], $3::uuid[], $4::uuid[]) with ordinality as asked (project_id, task_id, member_id, place)
             join projects.projects as p on p.workspace_id = $1 and p.id = asked.project_id
             join identity.v_members as m on m.workspace_id = $1 and m.id = asked.member_id
             join identity.v_workspace as w on w.workspace_id = $1
             left join projects.tasks as t on t.workspace_id = $1 and t.project_id = asked.project_id and t.id = asked.task_id
             left join projects.project_members as pm
               on pm.workspace_id = $1 and pm.project_id = asked.project_id and pm.member_id = asked.member_id
             order by asked.place",
            &[&tx.workspace(), &projects, &tasks, &members],
        )
        .await?;
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
