//! Timers in the database.

use jiff::Timestamp;
use rapport_base::{MemberId, Result, WorkspaceId};
use rapport_db::{SystemTx, TenantTx};

use super::{NewTimer, Timer, TimerId};

macro_rules! timers {
    ($rest:literal) => {
        concat!(
            "select t.id, t.member_id, t.project_id, coalesce(project.name, 'A deleted project') as project_name, project.client_id,
               client.company_name as client_name, t.task_id, task.title as task_title, t.description, t.is_billable, t.started_at
             from timesheets.timers t
             left join projects.v_projects project on project.workspace_id = $1 and project.id = t.project_id
             left join clients.v_clients client on client.workspace_id = $1 and client.id = project.client_id
             left join projects.v_tasks task on task.workspace_id = $1 and task.id = t.task_id ",
            $rest
        )
    };
}

/// A member's running timer.
pub async fn find(tx: &TenantTx, member: MemberId) -> Result<Option<Timer>> {
    const SQL: &str = timers!("where t.workspace_id = $1 and t.member_id = $2");
    tx.find(SQL, &[&tx.workspace(), &member]).await
}

/// Whose timers began before the end of a day (UTC), by name of the member.
pub async fn running_since(tx: &TenantTx, before: Timestamp) -> Result<Vec<(String,)>> {
    const SQL: &str = "select person.name from timesheets.timers t
       join identity.v_members person on person.workspace_id = $1 and person.id = t.member_id
       where t.workspace_id = $1 and t.started_at < $2 order by person.name limit 20";
    tx.query(SQL, &[&tx.workspace(), &before]).await
}

/// Makes starts and stops of one member wait for each other until the transaction ends.
pub async fn take_turns(tx: &TenantTx, member: MemberId) -> Result<()> {
    const SQL: &str =
        "select pg_advisory_xact_lock(hashtextextended('timer ' || $1::text || ' ' || $2::text, 0))";
    tx.query::<rapport_db::Row>(SQL, &[&tx.workspace(), &member]).await.map(drop)
}

/// Starts a member's timer.
pub async fn insert(
    tx: &TenantTx,
    member: MemberId,
    new: &NewTimer,
    is_billable: bool,
    started_at: Timestamp,
) -> Result<()> {
    const SQL: &str = "insert into timesheets.timers (workspace_id, member_id, id, project_id, task_id, description, is_billable, started_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8)";
    tx.execute(
        SQL,
        &[
            &tx.workspace(),
            &member,
            &TimerId::new(),
            &new.project_id,
            &new.task_id,
            &new.description,
            &is_billable,
            &started_at,
        ],
    )
    .await
    .map(drop)
}

/// Ends a member's timer.
pub async fn delete(tx: &TenantTx, member: MemberId) -> Result<u64> {
    const SQL: &str = "delete from timesheets.timers where workspace_id = $1 and member_id = $2";
    tx.execute(SQL, &[&tx.workspace(), &member]).await
}

/// Timers of all workspaces that have run since before an instant.
pub async fn forgotten(tx: &SystemTx, before: Timestamp) -> Result<Vec<(WorkspaceId, MemberId)>> {
    const SQL: &str = "select workspace_id, member_id from timesheets.timers
       where started_at < $1 and reminded_at is null order by started_at limit 1000";
    tx.query(SQL, &[&before]).await
}

/// Notes that a member was asked about the timer; false when that was done before.
pub async fn mark_reminded(tx: &TenantTx, member: MemberId, before: Timestamp) -> Result<bool> {
    const SQL: &str = "update timesheets.timers set reminded_at = $3
       where workspace_id = $1 and member_id = $2 and reminded_at is null and started_at < $4";
    Ok(tx.execute(SQL, &[&tx.workspace(), &member, &tx.now(), &before]).await? > 0)
}
