//! What a project has used of its budget, kept in step by those who log time and expenses.

use std::collections::HashMap;

use rapport_base::{Refusal, Result};
use rapport_db::TenantTx;

use crate::ProjectId;

/// Adds to what was spent and logged (negative to take away), in the transaction that
/// changes the time entry or expense.
///
/// # Errors
/// Not found when the project is not there.
pub async fn add(tx: &TenantTx, project: ProjectId, delta_cents: i64, delta_seconds: i64) -> Result<()> {
    if delta_cents == 0 && delta_seconds == 0 {
        return Ok(());
    }
    let now = tx.now();
    let written = tx
        .execute(
            "update projects.projects set spent_cents = spent_cents + $3, logged_seconds = logged_seconds + $4,
               last_activity_at = greatest(last_activity_at, $5)
             where workspace_id = $1 and id = $2",
            &[&tx.workspace(), &project, &delta_cents, &delta_seconds, &now],
        )
        .await?;
    if written == 1 { Ok(()) } else { Err(Refusal::not_found().into()) }
}

/// As [`add`], for many projects, in a fixed order, so that two who do it never
/// wait for each other in a circle.
///
/// # Errors
/// A bug when the database refuses.
pub async fn add_all(tx: &TenantTx, deltas: &HashMap<ProjectId, (i64, i64)>) -> Result<()> {
    let mut sorted: Vec<(ProjectId, i64, i64)> = deltas
        .iter()
        .map(|(id, (cents, seconds))| (*id, *cents, *seconds))
        .filter(|(_, c, s)| *c != 0 || *s != 0)
        .collect();
    sorted.sort_unstable();
    for (project, cents, seconds) in sorted {
        add(tx, project, cents, seconds).await?;
    }
    Ok(())
}

/// What a project's sources add up to, as the modules that own them say.
#[derive(Clone, Copy, Debug)]
pub struct Fact {
    /// The project.
    pub project: ProjectId,
    /// Billable value of its time and expenses.
    pub spent_cents: i64,
    /// Time worked.
    pub logged_seconds: i64,
}

/// Compares what is kept with what the sources add up to; every difference in words. For the
/// check of the module above that knows the sources.
///
/// # Errors
/// A bug when the database refuses.
pub async fn compare(tx: &TenantTx, facts: &[Fact]) -> Result<Vec<String>> {
    let facts: HashMap<ProjectId, Fact> = facts.iter().map(|fact| (fact.project, *fact)).collect();
    let kept: Vec<(ProjectId, String, i64, i64)> = tx
        .query(
            "select id, name, spent_cents, logged_seconds from projects.projects where workspace_id = $1 order by id",
            &[&tx.workspace()],
        )
        .await?;
    Ok(kept
        .into_iter()
        .filter_map(|(id, name, spent, logged)| {
            let (real_spent, real_logged) = facts.get(&id).map_or((0, 0), |fact| (fact.spent_cents, fact.logged_seconds));
            (spent != real_spent || logged != real_logged).then(|| {
                format!("project {name} ({id}) says {spent} spent and {logged} s logged, its sources add up to {real_spent} and {real_logged}")
            })
        })
        .collect())
}
