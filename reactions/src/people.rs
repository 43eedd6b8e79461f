//! Who is told of what.

use notifications::To;
use rapport_base::{MemberId, Permission, Result};
use rapport_db::{EventRecord, TenantTx};
use uuid::Uuid;

use crate::store;

/// The member who did it, if it was one.
pub(crate) fn actor(event: &EventRecord) -> Option<MemberId> {
    event.actor_id.filter(|_| event.actor_kind == "member").map(MemberId::from)
}

/// What the one who did it is called.
pub(crate) fn actor_name<'a>(event: &'a EventRecord, otherwise: &'a str) -> &'a str {
    event.actor_name.as_deref().unwrap_or(otherwise)
}

/// Those who look after a client; when nobody does, all who hold the permission.
pub(crate) async fn of_client(
    tx: &TenantTx,
    client: Uuid,
    event: &EventRecord,
    otherwise: Permission,
) -> Result<To> {
    let team = store::team_of_client(tx, client).await?.into_iter().map(|(member,)| member).collect();
    Ok(choose(team, event, otherwise))
}

/// Those on a project; when nobody is, all who hold the permission.
pub(crate) async fn of_project(
    tx: &TenantTx,
    project: Uuid,
    event: &EventRecord,
    otherwise: Permission,
) -> Result<To> {
    let team = store::team_of_project(tx, project).await?.into_iter().map(|(member, _)| member).collect();
    Ok(choose(team, event, otherwise))
}

fn choose(team: Vec<MemberId>, event: &EventRecord, otherwise: Permission) -> To {
    let actor = actor(event);
    if team.is_empty() {
        return To::PermissionBut(otherwise, actor);
    }
    To::Members(team.into_iter().filter(|member| Some(*member) != actor).collect())
}

/// The one who leads a project, else the first on it.
pub(crate) async fn lead(tx: &TenantTx, project: Uuid) -> Result<Option<MemberId>> {
    Ok(store::team_of_project(tx, project).await?.first().map(|(member, _)| *member))
}
