//! What is done with a project's team.

use std::collections::HashSet;

use rapport_base::{MemberId, Refusal, Result};
use rapport_web::{Cx, validate};
use serde_json::json;

use super::{ProjectMember, TeamInput, store};
use crate::{PROJECTS_FINANCIALS, ProjectId, access::Scope, events::ProjectUpdated, projects, rates};

/// The team as this reader may see it.
pub(crate) fn shown(cx: &Cx, mut members: Vec<ProjectMember>) -> Vec<ProjectMember> {
    if !cx.may(PROJECTS_FINANCIALS) {
        members.iter_mut().for_each(|member| member.hourly_rate_cents = None);
    }
    members
}

/// Makes the given members the team of a project, and no others.
pub(crate) async fn put(cx: &Cx, id: ProjectId, mut input: TeamInput) -> Result<Vec<ProjectMember>> {
    validate(&input)?;
    let ids: Vec<MemberId> = input.members.iter().map(|m| m.member_id).collect();
    if ids.iter().collect::<HashSet<_>>().len() != ids.len() {
        return Err(Refusal::field("members", "twice", "A member is on this list twice.").into());
    }
    let tx = cx.begin().await?;
    let project = projects::store::find(&tx, Scope::of(cx), id).await?.ok_or_else(Refusal::not_found)?;
    projects::store::lock(&tx, id).await?;
    let (active, before) = futures::join!(store::count_active(&tx, &ids), store::list(&tx, id));
    let (active, before) = (active?, before?);
    if active != i64::try_from(ids.len()).unwrap_or(i64::MAX) {
        return Err(Refusal::field(
            "members",
            "not_found",
            "One of these members does not work here any more.",
        )
        .into());
    }
    if !cx.may(PROJECTS_FINANCIALS) {
        for member in &mut input.members {
            member.hourly_rate_cents =
                before.iter().find(|m| m.member_id == member.member_id).and_then(|m| m.hourly_rate_cents);
        }
    }
    store::keep_only(&tx, id, &ids).await?;
    store::put(&tx, id, &input.members).await?;
    for member in &input.members {
        let was = before.iter().find(|m| m.member_id == member.member_id).map(|m| m.hourly_rate_cents);
        if let Some(was) = was.filter(|was| *was != member.hourly_rate_cents) {
            let rated = rates::of_project_member(id, member.member_id);
            identity::rates::change(&tx, rated, was, input.rate_from, cx.today()).await?;
        }
    }
    let after = store::list(&tx, id).await?;
    let event = ProjectUpdated {
        project_id: id.uuid(),
        client_id: project.client_id.uuid(),
        name: project.name,
        fields: vec!["members".into()],
    };
    let facts = |team: &[ProjectMember]| {
        Some(
            json!({ "members": team.iter().map(|m| json!({ "name": m.name, "role": m.role, "hourly_rate_cents": m.hourly_rate_cents })).collect::<Vec<_>>() }),
        )
    };
    tx.publish_change(&event, facts(&before), facts(&after));
    tx.commit().await?;
    Ok(shown(cx, after))
}
