//! The deputies' tab of the settings.

use askama::Template;
use axum::response::Response;
use jiff::civil::Date;
use rapport_base::{MemberId, Refusal, Result};
use rapport_ui::{Choice, FormState, Shell, Toast};
use rapport_web::{Cx, Form, page, redirect_with, rejected};

use super::{Deputy, actions, store};
use crate::{
    members::{self, Member},
    permissions::TEAM_MANAGE,
};

const PATH: &str = "settings/deputies";

#[derive(Template)]
#[template(path = "settings/deputies.html")]
struct Index {
    shell: Shell,
    current: Vec<Deputy>,
    past: Vec<Deputy>,
    form: FormState,
    naming: bool,
    people: Vec<Choice>,
    lenders: Vec<Choice>,
    may_manage: bool,
    me: MemberId,
    today: Date,
}

impl Index {
    fn may_end(&self, deputy: &Deputy) -> bool {
        self.may_manage || deputy.member_id == self.me
    }
    fn has_begun(&self, deputy: &Deputy) -> bool {
        deputy.from <= self.today
    }
    fn lender<'a>(&self, deputy: &'a Deputy) -> &'a str {
        if deputy.member_id == self.me { "you" } else { &deputy.member_name }
    }
}

/// Those who may decide in someone's place: who manages the team may also name for others, who
/// might be oneself.
fn people(cx: &Cx, members: &[Member]) -> Vec<Choice> {
    let may_manage = cx.may(TEAM_MANAGE);
    let fits = |member: &&Member| member.role != "viewer" && (may_manage || member.id != cx.member.id);
    members.iter().filter(fits).map(choice).collect()
}

/// Those who approve something.
fn lenders(cx: &Cx, members: &[Member]) -> Vec<Choice> {
    members.iter().filter(|member| actions::approves(cx, &member.role)).map(choice).collect()
}

fn choice(member: &Member) -> Choice {
    Choice::new(member.id, &member.name).hint(member.title.as_deref().unwrap_or_default())
}

async fn show(cx: &Cx, refused: Option<FormState>) -> Result<Response> {
    let tx = cx.read().await?;
    let (current, past, members, shell) =
        futures::join!(store::current(&tx), store::past(&tx), members::list(&tx), cx.shell(&tx));
    let members = members?;
    let today = cx.app.clock.today(&cx.workspace().zone());
    let failed = refused.is_some();
    let template = Index {
        shell: shell?.titled("Settings").live("deputy."),
        current: current?,
        past: past?,
        form: refused.unwrap_or_else(|| FormState::new().with("from", today).with("member_id", cx.member.id)),
        naming: failed || cx.request.uri.query().is_some_and(|query| query.contains("dialog=new-deputy")),
        people: people(cx, &members),
        lenders: lenders(cx, &members),
        may_manage: cx.may(TEAM_MANAGE),
        me: cx.member.id,
        today,
    };
    if failed { rejected(&template) } else { page(&template) }
}

/// GET `/app/{slug}/settings/deputies`.
pub(crate) async fn index(cx: Cx) -> Result<Response> {
    show(&cx, None).await
}

/// POST `/app/{slug}/settings/deputies`.
pub(crate) async fn create(cx: Cx, form: Form) -> Result<Response> {
    match submitted(&cx, &form).await {
        Ok(deputy) => {
            let fmt = cx.fmt();
            let whose = if deputy.member_id == cx.member.id { "you" } else { &deputy.member_name };
            let text = format!(
                "{} decides for {whose} from {} to {}.",
                deputy.deputy_name,
                fmt.date_short(deputy.from),
                fmt.date_short(deputy.until)
            );
            Ok(redirect_with(&cx.path(PATH), Toast::success(text)))
        }
        Err(error) => show(&cx, Some(form.rejected(error)?)).await,
    }
}

async fn submitted(cx: &Cx, form: &Form) -> Result<Deputy> {
    let mut read = form.reader();
    let deputy_id = read.required("deputy_id", "Choose who decides.");
    let from = read.required("from", "Choose the first day.");
    let until = read.required("until", "Choose the last day.");
    let member_id = read.parse("member_id", "Choose who is away.");
    read.finish()?;
    let (Some(deputy_id), Some(from), Some(until)) = (deputy_id, from, until) else {
        return Err(Refusal::not_found().into());
    };
    actions::name(cx, actions::NewDeputy { deputy_id, from, until, member_id }).await
}

/// POST `/app/{slug}/settings/deputies/{id}/end`.
pub(crate) async fn end(cx: Cx) -> Result<Response> {
    let deputy = actions::end(&cx, cx.id("id")?).await?;
    let whose = if deputy.member_id == cx.member.id { "you" } else { &deputy.member_name };
    let text = format!("{} does not decide for {whose} any more.", deputy.deputy_name);
    Ok(redirect_with(&cx.path(PATH), Toast::success(text)))
}
