//! All SQL of project members.

use rapport_base::{MemberId, Result};
use rapport_db::TenantTx;

use super::{MemberInput, MemberRole, ProjectMember};
use crate::{
    ProjectId,
    access::{Place, by_place},
};

/// The members of a project: leads first, then by name.
pub async fn list(tx: &TenantTx, project: impl Into<Place>) -> Result<Vec<ProjectMember>> {
    let place = project.into();
    let sql = by_place!(
        place,
        ["select m.member_id, v.name, v.email, m.role, m.hourly_rate_cents, m.joined_at
         from projects.project_members as m
         join identity.v_members as v on v.workspace_id = m.workspace_id and v.id = m.member_id
         where m.workspace_id = $1 and m.left_at is null and m.project_id = "],
        [" order by m.role <> 'lead', v.name, m.member_id"]
    );
    tx.query(sql, &[&tx.workspace(), &place.id()]).await
}

/// Puts members on a project; who is on it already gets the role and rate given.
pub async fn put(tx: &TenantTx, project: ProjectId, members: &[MemberInput]) -> Result<()> {
    let ids: Vec<MemberId> = members.iter().map(|m| m.member_id).collect();
    let roles: Vec<MemberRole> = members.iter().map(|m| m.role).collect();
    let rates: Vec<Option<i64>> = members.iter().map(|m| m.hourly_rate_cents).collect();
    tx.execute(
        "insert into projects.project_members as m (workspace_id, project_id, member_id, role, hourly_rate_cents, joined_at)
         select $1, $2, given.member_id, given.role, given.rate, $6
         from unnest($3::uuid[], $4::text[], $5::int8[]) as given (member_id, role, rate)
         on conflict (workspace_id, project_id, member_id) do update
         set role = excluded.role, hourly_rate_cents = excluded.hourly_rate_cents, left_at = null,
             joined_at = case when m.left_at is null then m.joined_at else excluded.joined_at end",
        &[&tx.workspace(), &project, &ids, &roles, &rates, &tx.now()],
    )
    .await
    .map(drop)
}

/// Takes everyone else off a project; they keep their rows, because time entries point at them.
pub async fn keep_only(tx: &TenantTx, project: ProjectId, members: &[MemberId]) -> Result<()> {
    tx.execute(
        "update projects.project_members set left_at = $4
         where workspace_id = $1 and project_id = $2 and left_at is null and not member_id = any($3)",
        &[&tx.workspace(), &project, &members, &tx.now()],
    )
    .await
    .map(drop)
}

/// How many of these are active members of the workspace.
pub async fn count_active(tx: &TenantTx, members: &[MemberId]) -> Result<i64> {
    tx.scalar(
        "select count(*) from identity.v_members where workspace_id = $1 and id = any($2) and is_active",
        &[&tx.workspace(), &members],
    )
    .await
}

/// Active members of the workspace, by name.
pub async fn everyone(tx: &TenantTx) -> Result<Vec<(MemberId, String)>> {
    tx.query("select id, name from identity.v_members where workspace_id = $1 and is_active order by name, id limit 500", &[&tx.workspace()])
        .await
}
