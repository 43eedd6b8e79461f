//! The team: members and invitations.

use askama::Template;
use axum::response::Response;
use rapport_base::{Currency, MemberId, Money, Refusal, Result};
use rapport_ui::{Choice, FormState, Shell, Toast};
use rapport_web::{Cx, Form, page, redirect_with, rejected};

use super::{Member, actions, api::seen_by, rules, store};
use crate::{
    invitations::{self, Invitation},
    permissions::{TEAM_COSTS, TEAM_MANAGE, TEAM_RATES, TEAM_TRANSFER},
    rates::{self, PastRate, Rated},
    users,
};

const PATH: &str = "settings/team";

#[derive(Template)]
#[template(path = "members/index.html")]
struct Index {
    shell: Shell,
    members: Vec<Member>,
    invitations: Vec<Invitation>,
    invite: FormState,
    inviting: bool,
    roles: Vec<Choice>,
    may_manage: bool,
    may_see_rates: bool,
    currency: Currency,
    me: MemberId,
}

#[derive(Template)]
#[template(path = "members/show.html")]
struct Show {
    shell: Shell,
    member: Member,
    form: FormState,
    roles: Vec<Choice>,
    may_see_costs: bool,
    may_hand_over: bool,
    handing_over: Option<FormState>,
    past: Vec<PastRate>,
    is_me: bool,
    currency: Currency,
}

fn roles(with_owner: bool) -> Vec<Choice> {
    let roles = rules::ROLES.iter().filter(|role| with_owner || **role != "owner");
    roles.map(|role| Choice::new(role, rules::label(role)).hint(rules::meaning(role))).collect()
}

/// The team page; with a refused form of invitations, open and filled.
pub(crate) async fn team(cx: &Cx, refused: Option<FormState>) -> Result<Response> {
    let tx = cx.read().await?;
    let filter = store::Filter {
        role: None,
        is_active: None,
        after: None,
        limit: rapport_base::Limit::try_new(Some(200))?,
    };
    let may_manage = cx.may(TEAM_MANAGE);
    let (members, invitations, shell) =
        futures::join!(store::page(&tx, filter), invitations::store::pending(&tx), cx.shell(&tx));
    let mut members: Vec<Member> = members?.into_iter().map(|member| seen_by(cx, member)).collect();
    members.sort_by_key(|member| !member.is_active);
    let failed = refused.is_some();
    let template = Index {
        shell: shell?.titled("Settings").live("member."),
        members,
        invitations: if may_manage { invitations? } else { Vec::new() },
        invite: refused.unwrap_or_else(|| FormState::scoped("invite").with("role", "member")),
        inviting: failed || cx.request.uri.query().is_some_and(|query| query.contains("dialog=invite")),
        roles: roles(false),
        may_manage,
        may_see_rates: cx.may(TEAM_RATES),
        currency: cx.workspace().currency,
        me: cx.member.id,
    };
    if failed { rejected(&template) } else { page(&template) }
}

/// GET `/app/{slug}/settings/team`.
pub(crate) async fn index(cx: Cx) -> Result<Response> {
    team(&cx, None).await
}

fn filled(member: &Member, currency: Currency) -> FormState {
    let amount =
        |cents: Option<i64>| cents.map(|cents| Money::new(cents, currency).plain()).unwrap_or_default();
    FormState::new()
        .with("role", &member.role)
        .with("title", member.title.as_deref().unwrap_or_default())
        .with("hourly_rate", amount(member.hourly_rate_cents))
        .with("cost_rate", amount(member.cost_rate_cents))
        .with("capacity_hours_weekly", member.capacity_hours_weekly.normalize())
        .with("version", member.version)
}

async fn one(cx: &Cx, refused: Option<FormState>, handing_over: Option<FormState>) -> Result<Response> {
    let id: MemberId = cx.id("id")?;
    let tx = cx.read().await?;
    let rated = [Rated::member(id), Rated::cost(id)];
    let (member, past, shell) = futures::join!(store::find(&tx, id), rates::past(&tx, &rated), cx.shell(&tx));
    let member = seen_by(cx, member?.ok_or_else(Refusal::not_found)?);
    let currency = cx.workspace().currency;
    let failed = refused.is_some() || handing_over.is_some();
    let is_me = member.id == cx.member.id;
    let template = Show {
        shell: shell?.titled(&member.name).crumb("Team", cx.path(PATH)).live("member."),
        form: refused.unwrap_or_else(|| rates::asked(filled(&member, currency), cx.today())),
        roles: roles(cx.may(TEAM_TRANSFER)),
        may_see_costs: cx.may(TEAM_COSTS),
        may_hand_over: cx.may(TEAM_TRANSFER) && !is_me && member.is_active,
        handing_over,
        past: past?.into_iter().filter(|rate| rate.kind == "member" || cx.may(TEAM_COSTS)).collect(),
        is_me,
        currency,
        member,
    };
    if failed { rejected(&template) } else { page(&template) }
}

/// GET `/app/{slug}/settings/team/{id}`.
pub(crate) async fn show(cx: Cx) -> Result<Response> {
    one(&cx, None, None).await
}

/// POST `/app/{slug}/settings/team/{id}`.
pub(crate) async fn update(cx: Cx, form: Form) -> Result<Response> {
    match submitted(&cx, &form).await {
        Ok(member) => {
            Ok(redirect_with(&cx.path(PATH), Toast::success(format!("{} was saved.", member.name))))
        }
        Err(error) => one(&cx, Some(form.rejected(error)?), None).await,
    }
}

async fn submitted(cx: &Cx, form: &Form) -> Result<Member> {
    let currency = cx.workspace().currency;
    let mut read = form.reader();
    let version = read.required::<i32>("version", "Reload the page and try again.");
    let wished = actions::ChangeMember {
        role: read.optional("role"),
        is_active: None,
        title: Some(read.optional("title")),
        hourly_rate_cents: Some(read.money("hourly_rate", currency)),
        cost_rate_cents: cx.may(TEAM_COSTS).then(|| read.money("cost_rate", currency)),
        rate_from: rates::answered(&mut read),
        capacity_hours_weekly: read.decimal("capacity_hours_weekly"),
    };
    read.finish()?;
    actions::change(cx, cx.id("id")?, wished, version).await
}

async fn set_active(cx: Cx, active: bool) -> Result<Response> {
    let wished = actions::ChangeMember { is_active: Some(active), ..actions::ChangeMember::default() };
    let toast = match actions::change(&cx, cx.id("id")?, wished, None).await {
        Ok(member) if active => Toast::success(format!("{} may come in again.", member.name)),
        Ok(member) => Toast::success(format!("{} was deactivated. Their work stays.", member.name)),
        Err(rapport_base::Error::Refusal(refusal)) if refusal.kind == rapport_base::Kind::Conflict => {
            Toast::error(refusal.message)
        }
        Err(error) => return Err(error),
    };
    Ok(redirect_with(&cx.path(PATH), toast))
}

/// POST `/app/{slug}/settings/team/{id}/deactivate`.
pub(crate) async fn deactivate(cx: Cx) -> Result<Response> {
    set_active(cx, false).await
}

/// POST `/app/{slug}/settings/team/{id}/reactivate`.
pub(crate) async fn reactivate(cx: Cx) -> Result<Response> {
    set_active(cx, true).await
}

/// POST `/app/{slug}/settings/team/{id}/make-owner`: asks for the own password.
pub(crate) async fn make_owner(cx: Cx, form: Form) -> Result<Response> {
    match handed_over(&cx, form.value("password")).await {
        Ok(member) => {
            let text = format!("{} owns the workspace now. You are an admin.", member.name);
            Ok(redirect_with(&cx.path(PATH), Toast::success(text)))
        }
        Err(error) => one(&cx, None, Some(Form::default().rejected(error)?)).await,
    }
}

async fn handed_over(cx: &Cx, password: &str) -> Result<Member> {
    users::actions::confirm_password(&cx.app, &cx.request, cx.user(), password, "password").await?;
    actions::hand_over(cx, cx.id("id")?).await
}
