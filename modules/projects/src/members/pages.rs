//! The team of a project as a page.

use askama::Template;
use axum::response::Response;
use identity::rates;
use rapport_base::{MemberId, Money, Result};
use rapport_ui::{FormState, Shell, Toast};
use rapport_web::{Cx, Form, page, redirect_with, rejected};

use super::{MemberInput, MemberRole, ProjectMember, TeamInput, actions, store};
use crate::{
    ProjectId,
    projects::{head::Head, pages::tab},
};

#[derive(Template)]
#[template(path = "projects/team.html")]
struct Team {
    shell: Shell,
    head: Head,
    form: FormState,
    members: Vec<ProjectMember>,
    others: Vec<(String, String)>,
    roles: Vec<(String, String)>,
}

/// GET the team.
pub(crate) async fn show(cx: Cx) -> Result<Response> {
    render(&cx, cx.id("id")?, None).await
}

async fn render(cx: &Cx, id: ProjectId, form: Option<FormState>) -> Result<Response> {
    let tx = cx.read().await?;
    let (head, members, everyone, shell) = futures::join!(
        Head::load(cx, &tx, id, "team"),
        store::list(&tx, id),
        store::everyone(&tx),
        cx.shell(&tx)
    );
    let (head, members) = (head?, actions::shown(cx, members?));
    let broken = form.is_some();
    let others = everyone?
        .into_iter()
        .filter(|(id, _)| members.iter().all(|member| member.member_id != *id))
        .map(|(id, name)| (id.to_string(), name))
        .collect();
    let form = form.unwrap_or_else(|| {
        let form = rates::asked(FormState::new(), cx.today()).with("add_role", MemberRole::Contributor);
        members.iter().fold(form, |form, member| {
            let rate = member
                .hourly_rate_cents
                .map(|cents| Money::new(cents, head.project.currency).plain())
                .unwrap_or_default();
            form.with(&format!("role-{}", member.member_id), member.role)
                .with(&format!("rate-{}", member.member_id), rate)
        })
    });
    let view =
        Team { shell: head.shell(cx, shell?), form, members, others, roles: MemberRole::choices(), head };
    if broken { rejected(&view) } else { page(&view) }
}

/// POST the whole team: roles and rates, one to be removed, one to be added.
pub(crate) async fn update(cx: Cx, form: Form) -> Result<Response> {
    let id: ProjectId = cx.id("id")?;
    match save(&cx, id, &form).await {
        Ok(()) => Ok(redirect_with(&tab(&cx, id, "team"), Toast::success("Team saved."))),
        Err(error) => render(&cx, id, Some(form.rejected(error)?)).await,
    }
}

async fn save(cx: &Cx, id: ProjectId, form: &Form) -> Result<()> {
    let tx = cx.read().await?;
    let (head, before) = futures::join!(Head::load(cx, &tx, id, "team"), store::list(&tx, id));
    let (head, before) = (head?, before?);
    drop(tx);
    let mut read = form.reader();
    let removed: Option<MemberId> = read.parse("remove", "Choose whom to remove.");
    let mut members = Vec::new();
    for member in before.into_iter().filter(|member| Some(member.member_id) != removed) {
        let role = read.parse(&format!("role-{}", member.member_id), "Choose a role.").unwrap_or(member.role);
        let rate = format!("rate-{}", member.member_id);
        let hourly_rate_cents = if head.sees_money && form.pairs().iter().any(|(name, _)| *name == rate) {
            read.money(&rate, head.project.currency)
        } else {
            member.hourly_rate_cents
        };
        members.push(MemberInput { member_id: member.member_id, role, hourly_rate_cents });
    }
    if let Some(added) = read.parse("add", "Choose a member.") {
        let role = read.parse("add_role", "Choose a role.").unwrap_or(MemberRole::Contributor);
        members.push(MemberInput {
            hourly_rate_cents: read.money("add_rate", head.project.currency),
            ..MemberInput::new(added, role)
        });
    }
    let rate_from = rates::answered(&mut read);
    read.finish()?;
    actions::put(cx, id, TeamInput { members, rate_from }).await.map(drop)
}
