//! Pages of deals: the list, a deal, its form, and the deals of a client.

use askama::Template;
use axum::response::Response;
use rapport_base::{Currency, Kind, MemberId, Page, Result};
use rapport_db::TenantTx;
use rapport_ui::{FormState, Html, ListState, Shell, Toast};
use rapport_web::{Cx, Form, Query, page, redirect_with, rejected};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Deal, DealId, access, actions, forms,
    list::{self, ListQuery},
    stage,
    store::{self, Seen},
};
use crate::{
    ClientId, ContactId, DEALS_CREATE, DEALS_DELETE, DEALS_UPDATE, DEALS_VALUES, Pipeline, Stage, StageKind,
    TemplateChoices,
    history::{self, Happening, Stay},
    pipelines,
};

/// Filters of the list, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PageQuery {
    search: Option<String>,
    pipeline_id: Option<String>,
    stage_id: Option<String>,
    kind: Option<String>,
    assigned_to: Option<String>,
    client_id: Option<String>,
    sort: Option<String>,
    after: Option<String>,
}

impl PageQuery {
    fn filters(&self) -> ListQuery {
        fn id<T: std::str::FromStr>(typed: &Option<String>) -> Option<T> {
            typed.as_deref().and_then(|id| id.parse().ok())
        }
        ListQuery {
            pipeline_id: id(&self.pipeline_id),
            stage_id: id(&self.stage_id),
            kind: id(&self.kind),
            assigned_to: id(&self.assigned_to),
            client_id: id(&self.client_id),
            search: self.search.clone(),
            sort: self.sort.clone(),
            after: self.after.clone(),
            ..ListQuery::default()
        }
    }

    fn state(&self, cx: &Cx, rows: &Page<Deal>) -> ListState {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        ListState {
            path: cx.path("deals/list"),
            query: vec![
                ("search".into(), text(&self.search)),
                ("kind".into(), text(&self.kind)),
                ("stage_id".into(), text(&self.stage_id)),
                ("assigned_to".into(), text(&self.assigned_to)),
                ("client_id".into(), text(&self.client_id)),
            ],
            sort: self.sort.clone().unwrap_or_else(|| "-created_at".into()),
            shown: rows.data.len(),
            total: u64::try_from(rows.total).unwrap_or_default(),
            total_is_at_least: rows.total_is_at_least,
            next: rows.next.clone(),
            previous: None,
            noun: ("deal", "deals"),
        }
    }
}

#[derive(Template)]
#[template(path = "deals/index.html")]
struct Index {
    shell: Shell,
    list: ListState,
    deals: Vec<Deal>,
    stages: Vec<(String, String)>,
    members: Vec<(MemberId, String)>,
    clients: Vec<(ClientId, String)>,
    may_create: bool,
    may_values: bool,
}

/// GET /app/{workspace}/deals/list
pub async fn index(cx: Cx, Query(query): Query<PageQuery>) -> Result<Response> {
    let tx = cx.read().await?;
    let filters = query.filters();
    let chosen = [filters.client_id];
    let (rows, shell, all, members, clients) = futures::join!(
        list::list(&cx, &tx, &filters),
        cx.shell(&tx),
        pipelines::store::list(&tx),
        forms::members(&tx),
        forms::clients(&cx, &tx, &chosen),
    );
    let (rows, all) = (rows?, all?);
    let several = all.len() > 1;
    let name = |pipeline: &Pipeline, stage: &Stage| match several {
        true => format!("{}: {}", pipeline.name, stage.name),
        false => stage.name.clone(),
    };
    let stages =
        all.iter().flat_map(|p| p.stages.iter().map(move |s| (s.id.to_string(), name(p, s)))).collect();
    let list = query.state(&cx, &rows);
    page(&Index {
        shell: shell?.titled("Deals").live("deal. client.deleted client.restored"),
        list,
        deals: rows.data,
        stages,
        members: members?,
        clients: clients?,
        may_create: cx.may(DEALS_CREATE),
        may_values: cx.may(DEALS_VALUES),
    })
}

#[derive(Template)]
#[template(path = "deals/of_client.html")]
struct OfClient {
    shell: Shell,
    head: Html,
    client_id: ClientId,
    deals: Vec<Deal>,
    may_create: bool,
}

/// GET /app/{workspace}/clients/{id}/deals
pub async fn of_client(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let id: ClientId = cx.id("id")?;
    let (head, shell, client, deals) = futures::join!(
        clients::header(&cx, &tx, id, "Deals"),
        cx.shell(&tx),
        clients::visible(&cx, &tx, id),
        store::of_client(&tx, id, access::only(&cx)),
    );
    let client = client?;
    page(&OfClient {
        shell: shell?.titled(&client.company_name).crumb("Clients", cx.path("clients")).live("deal. client."),
        head: head?,
        client_id: id,
        deals: deals?.into_iter().map(|deal| access::shown(&cx, deal)).collect(),
        may_create: cx.may(DEALS_CREATE),
    })
}

#[derive(Template)]
#[template(path = "deals/show.html")]
struct Show {
    shell: Shell,
    deal: Deal,
    stages: Vec<Stage>,
    stays: Vec<Stay>,
    happenings: Vec<Happening>,
    contacts: Vec<(ContactId, String)>,
    templates: Vec<(Uuid, String)>,
    reasons: Vec<(String, String)>,
    won: Option<Stage>,
    lost: Option<Stage>,
    open_stages: Vec<(crate::StageId, String)>,
    form: FormState,
    dialog: String,
    may_update: bool,
    may_delete: bool,
}

impl Show {
    fn span(&self, seconds: &i64) -> String {
        forms::span(*seconds)
    }
    fn chance_from(&self) -> &'static str {
        if self.deal.probability_is_own { "Set for this deal" } else { "As the stage says" }
    }
    fn age(&self) -> String {
        forms::age(self.deal.stage_entered_at, self.shell.fmt.now)
    }
    /// Whether the deal may go there by one press.
    fn is_step(&self, stage: &Stage) -> bool {
        self.may_update
            && stage.kind == StageKind::Open
            && self.deal.stage.kind == StageKind::Open
            && stage.id != self.deal.stage_id
    }
}

/// Which dialog is open.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ShowQuery {
    dialog: Option<String>,
}

/// GET /app/{workspace}/deals/{id}
pub async fn show(cx: Cx, Query(query): Query<ShowQuery>) -> Result<Response> {
    let form = FormState::new().with("project", "keep");
    page(&shown(&cx, cx.id("id")?, form, query.dialog.unwrap_or_default()).await?)
}

async fn shown(cx: &Cx, id: DealId, form: FormState, dialog: String) -> Result<Show> {
    let tx = cx.read().await?;
    let (deal, stays, happenings, shell, all, reasons, contacts, templates) = futures::join!(
        access::visible(cx, &tx, id),
        history::of(&tx, id),
        history::happenings(cx, &tx, id),
        cx.shell(&tx),
        pipelines::store::list(&tx),
        pipelines::store::reasons(&tx),
        store::contacts(&tx, id),
        templates(cx, &tx),
    );
    let (deal, all) = (deal?, all?);
    let pipeline = all.iter().find(|pipeline| pipeline.id == deal.pipeline_id);
    let of_kind = |kind| pipeline.and_then(|pipeline| pipeline.first_of(kind)).cloned();
    let (won, lost) = (of_kind(StageKind::Won), of_kind(StageKind::Lost));
    let involved = contacts?.into_iter().filter(|(contact, _)| deal.contact_ids.contains(contact));
    Ok(Show {
        shell: shell?.titled(&deal.title).crumb("Deals", cx.path("deals")).live("deal. contact."),
        stages: pipeline.map(|pipeline| pipeline.stages.clone()).unwrap_or_default(),
        stays: stays?,
        happenings: happenings?,
        contacts: involved.collect(),
        templates: templates?,
        reasons: reasons?.into_iter().map(|reason| (reason.label.clone(), reason.label)).collect(),
        open_stages: forms::open_stages(&all),
        won,
        lost,
        deal,
        form,
        dialog,
        may_update: cx.may(DEALS_UPDATE),
        may_delete: cx.may(DEALS_DELETE),
    })
}

async fn templates(cx: &Cx, tx: &TenantTx) -> Result<Vec<(Uuid, String)>> {
    match cx.app.parts.find::<TemplateChoices>() {
        Some(TemplateChoices(choices)) => choices(tx).await,
        None => Ok(Vec::new()),
    }
}

/// POST /app/{workspace}/deals/{id}/stage
pub async fn move_to_stage(cx: Cx, form: Form) -> Result<Response> {
    let id: DealId = cx.id("id")?;
    let here = cx.path(&format!("deals/{id}"));
    let moved = match forms::stage_move(&form) {
        Ok(to) => stage::move_deal(&cx, id, to, &Seen::default()).await,
        Err(error) => Err(error),
    };
    match moved {
        Ok(deal) => Ok(redirect_with(&here, forms::moved(&deal))),
        Err(error) => match error.refusal() {
            Some(refusal) if refusal.code == stage::MOVED => {
                Ok(redirect_with(&here, Toast::error(refusal.message.to_string())))
            }
            _ => {
                let dialog = form.value("dialog").to_owned();
                rejected(&shown(&cx, id, form.rejected(error)?, dialog).await?)
            }
        },
    }
}

#[derive(Template)]
#[template(path = "deals/edit.html")]
struct Edit {
    shell: Shell,
    deal: Deal,
    form: FormState,
    members: Vec<(MemberId, String)>,
    clients: Vec<(ClientId, String)>,
    contacts: Vec<(ContactId, String)>,
    reasons: Vec<(String, String)>,
    currency: Currency,
    sees_value: bool,
}

/// GET /app/{workspace}/deals/{id}/edit
pub async fn edit(cx: Cx) -> Result<Response> {
    page(&editing(&cx, cx.id("id")?, None, forms::of).await?)
}

async fn editing(
    cx: &Cx,
    id: DealId,
    chosen: Option<ClientId>,
    form: impl FnOnce(&Deal) -> FormState,
) -> Result<Edit> {
    let tx = cx.read().await?;
    let chosen = [chosen];
    let (deal, shell, members, clients, contacts, reasons) = futures::join!(
        access::visible(cx, &tx, id),
        cx.shell(&tx),
        forms::members(&tx),
        forms::clients(cx, &tx, &chosen),
        store::contacts(&tx, id),
        pipelines::store::reasons(&tx),
    );
    let (deal, mut clients) = (deal?, clients?);
    if !clients.iter().any(|(id, _)| *id == deal.client_id) {
        clients.insert(0, (deal.client_id, deal.client_name.clone()));
    }
    Ok(Edit {
        shell: shell?
            .titled(format!("Edit {}", deal.title))
            .crumb("Deals", cx.path("deals"))
            .crumb(&deal.title, cx.path(&format!("deals/{}", deal.id))),
        form: form(&deal),
        members: members?,
        clients,
        contacts: contacts?,
        reasons: reasons?.into_iter().map(|reason| (reason.label.clone(), reason.label)).collect(),
        currency: deal.currency,
        sees_value: access::sees_value(cx, &deal),
        deal,
    })
}

/// POST /app/{workspace}/deals/{id}
pub async fn update(cx: Cx, form: Form) -> Result<Response> {
    let id: DealId = cx.id("id")?;
    let was = {
        let tx = cx.read().await?;
        access::visible(&cx, &tx, id).await?
    };
    let changed = match forms::edited(&cx, &form, access::sees_value(&cx, &was)) {
        Ok((change, version)) => actions::update(&cx, id, change, version).await,
        Err(error) => Err(error),
    };
    let error = match changed {
        Ok(deal) => {
            // Who sees their own deals only does not see one they gave away.
            let sees = access::only(&cx).is_none_or(|me| deal.assigned_to == Some(me));
            let to = if sees { cx.path(&format!("deals/{id}")) } else { cx.path("deals") };
            return Ok(redirect_with(&to, Toast::success(format!("{} is saved.", deal.title))));
        }
        Err(error) => forms::beside(error),
    };
    let stale = error.refusal().is_some_and(|refusal| refusal.kind == Kind::Stale);
    let mut state = form.rejected(error)?;
    let chosen = state.value("client_id").parse().ok();
    let typed_again = |deal: &Deal| {
        if stale {
            state.set("version", deal.version);
        }
        state
    };
    rejected(&editing(&cx, id, chosen, typed_again).await?)
}

/// POST /app/{workspace}/deals/{id}/delete
pub async fn delete(cx: Cx) -> Result<Response> {
    let id: DealId = cx.id("id")?;
    let deal = actions::delete(&cx, id).await?;
    let toast =
        Toast::success(format!("{} is deleted.", deal.title)).undo(cx.path(&format!("deals/{id}/restore")));
    Ok(redirect_with(&cx.path("deals"), toast))
}

/// POST /app/{workspace}/deals/{id}/restore
pub async fn restore(cx: Cx) -> Result<Response> {
    let deal = actions::restore(&cx, cx.id("id")?).await?;
    Ok(redirect_with(
        &cx.path(&format!("deals/{}", deal.id)),
        Toast::success(format!("{} is back.", deal.title)),
    ))
}
