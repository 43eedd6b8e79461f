//! The board's page, and what its forms do.

use askama::Template;
use axum::response::Response;
use jiff::SignedDuration;
use rapport_base::{Currency, Error, Kind, MemberId, Result};
use rapport_db::TenantTx;
use rapport_ui::{FormState, ListState, Shell, Toast};
use rapport_web::{Cx, Form, Query, page, redirect, redirect_with, rejected};
use serde::Deserialize;

use super::{rules, store};
use crate::{
    ClientId, DEALS_CREATE, DEALS_UPDATE, DEALS_VALUES, Deal, DealId, Pipeline, Stage, StageId, StageKind,
    deals::{
        access, actions, forms, list,
        stage::{self, MOVED},
        store::{self as deal_store, Seen},
    },
    pipelines,
};

/// Which board, and what of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct BoardQuery {
    pipeline_id: Option<String>,
    assigned_to: Option<String>,
    client_id: Option<String>,
    search: Option<String>,
    dialog: Option<String>,
    deal: Option<String>,
    stage: Option<String>,
    #[serde(rename = "move")]
    moving: Option<String>,
}

impl BoardQuery {
    fn seen(&self) -> Seen {
        Seen {
            assigned_to: self.assigned_to.as_deref().and_then(|id| id.parse().ok()),
            client: self.client_id.as_deref().and_then(|id| id.parse().ok()),
            words: self.search.as_deref().map(list::words).unwrap_or_default(),
        }
    }

    fn state(&self, cx: &Cx, pipeline: Option<&Pipeline>, shown: usize) -> ListState {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        // The default pipeline needs no name: with it the board is not a filtered one.
        let named = pipeline.filter(|p| !p.is_default).map(|p| p.id.to_string()).unwrap_or_default();
        ListState {
            path: cx.path("deals"),
            query: vec![
                ("search".into(), text(&self.search)),
                ("pipeline_id".into(), named),
                ("assigned_to".into(), text(&self.assigned_to)),
                ("client_id".into(), text(&self.client_id)),
            ],
            shown,
            total: u64::try_from(shown).unwrap_or_default(),
            noun: ("deal", "deals"),
            ..ListState::default()
        }
    }
}

struct Column {
    stage: Stage,
    cards: Vec<Deal>,
    count: i64,
    total: String,
    more: i64,
}

/// A move that needs a word: why it was lost, or what becomes of the project.
struct Asked {
    deal: Deal,
    stage: Stage,
    asks_reason: bool,
    asks_project: bool,
    form: FormState,
}

#[derive(Template)]
#[template(path = "deals/board.html")]
struct Board {
    shell: Shell,
    list: ListState,
    pipelines: Vec<Pipeline>,
    columns: Vec<Column>,
    choices: Vec<(StageId, String)>,
    /// The filters, to be kept by the forms: `?search=…`.
    kept: String,
    open_total: String,
    weighted_total: String,
    open_count: i64,
    members: Vec<(MemberId, String)>,
    clients: Vec<(ClientId, String)>,
    stages: Vec<(StageId, String)>,
    currency: Currency,
    form: FormState,
    dialog: String,
    asked: Option<Asked>,
    /// The card whose dialog stands open to move it.
    moving: Option<Deal>,
    reasons: Vec<(String, String)>,
    is_empty: bool,
    may_create: bool,
    may_update: bool,
    may_values: bool,
    may_settings: bool,
}

impl Board {
    fn pipeline_choices(&self) -> Vec<(String, String)> {
        let others = self.pipelines.iter().filter(|pipeline| !pipeline.is_default);
        others.map(|pipeline| (pipeline.id.to_string(), pipeline.name.clone())).collect()
    }
    fn move_url(&self, card: &Deal) -> String {
        self.shell.path(format!("deals/{}/move{}", card.id, self.kept))
    }
    fn create_url(&self) -> String {
        self.shell.path(format!("deals{}", self.kept))
    }
    /// How long the deal has been in its stage: `3 d`; nothing in its first hour.
    fn age(&self, card: &Deal) -> String {
        let seconds = self.shell.fmt.now.duration_since(card.stage_entered_at).as_secs();
        if seconds < 3_600 { String::new() } else { forms::span(seconds) }
    }
}

/// GET /app/{workspace}/deals
pub async fn show(cx: Cx, Query(query): Query<BoardQuery>) -> Result<Response> {
    let form = forms::blank(&cx, query.client_id.as_deref());
    page(&board(&cx, &query, form, None).await?)
}

async fn board(
    cx: &Cx,
    query: &BoardQuery,
    form: FormState,
    asked: Option<(DealId, StageId, FormState)>,
) -> Result<Board> {
    let tx = cx.read().await?;
    let chosen = [form.value("client_id"), query.client_id.as_deref().unwrap_or_default()];
    let chosen = chosen.map(|id| id.parse().ok());
    let wished = query.pipeline_id.as_deref().and_then(|id| id.parse().ok());
    let asked = asked.or_else(|| query_asks(query));
    let seen = query.seen();
    let since = cx.now() - SignedDuration::from_hours(24 * 30);
    let (all, members, clients, reasons, cards, shell, closing) = futures::join!(
        pipelines::store::list(&tx),
        forms::members(&tx),
        forms::clients(cx, &tx, &chosen),
        pipelines::store::reasons(&tx),
        store::cards(&tx, wished, &seen, access::only(cx), since),
        cx.shell(&tx),
        closing(cx, &tx, asked.as_ref().map(|(id, ..)| *id)),
    );
    let (all, members, clients, (cards, sums), closing) = (all?, members?, clients?, cards?, closing?);
    let pipeline = actions::chosen(&all, wished).cloned();
    let asked = asked.zip(closing).and_then(|((_, stage, form), deal)| asks(cx, deal, stage, form, &all));
    let cards: Vec<Deal> = cards.into_iter().map(|deal| access::shown(cx, deal)).collect();
    let may_values = cx.may(DEALS_VALUES);
    let stages = pipeline.as_ref().map(|p| p.stages.clone()).unwrap_or_default();
    let columns = columns(cx, &stages, cards, &sums);
    let list = query.state(cx, pipeline.as_ref(), columns.iter().map(|column| column.cards.len()).sum());
    let moving: Option<DealId> = query.moving.as_deref().and_then(|id| id.parse().ok());
    let moving =
        columns.iter().flat_map(|column| &column.cards).find(|card| Some(card.id) == moving).cloned();
    let open_sums: Vec<&store::Sum> = sums
        .iter()
        .filter(|sum| stages.iter().any(|s| s.id == sum.stage_id && !s.kind.is_closed()))
        .collect();
    let fmt = cx.fmt();
    let totalled = |cents: fn(&store::Sum) -> i64| {
        let sums = rules::added(open_sums.iter().map(|sum| (sum.currency, cents(sum))));
        if sums.is_empty() { fmt.money(0, cx.workspace().currency) } else { rules::money(&fmt, &sums) }
    };
    Ok(Board {
        shell: shell?.titled("Deals").live("deal. pipeline. client.deleted client.restored"),
        kept: list
            .with("after", "")
            .split_once('?')
            .map(|(_, query)| format!("?{query}"))
            .unwrap_or_default(),
        is_empty: columns.iter().all(|column| column.count == 0),
        choices: stages.iter().map(|stage| (stage.id, stage.name.clone())).collect(),
        stages: forms::open_stages(&all),
        open_total: totalled(|sum| sum.value_cents),
        weighted_total: totalled(|sum| sum.weighted_cents),
        open_count: open_sums.iter().map(|sum| sum.count).sum(),
        dialog: match &asked {
            Some(_) => "close-deal".into(),
            None => query.dialog.clone().unwrap_or_default(),
        },
        pipelines: all,
        list,
        columns,
        members,
        clients,
        currency: cx.workspace().currency,
        form,
        asked,
        moving,
        reasons: reasons?.into_iter().map(|reason| (reason.label.clone(), reason.label)).collect(),
        may_create: cx.may(DEALS_CREATE),
        may_update: cx.may(DEALS_UPDATE),
        may_values,
        may_settings: cx.may(crate::PIPELINES_MANAGE),
    })
}

fn columns(cx: &Cx, stages: &[Stage], cards: Vec<Deal>, sums: &[store::Sum]) -> Vec<Column> {
    let fmt = cx.fmt();
    let column = |stage: &Stage| {
        let mine: Vec<&store::Sum> = sums.iter().filter(|sum| sum.stage_id == stage.id).collect();
        let shown: Vec<Deal> = cards.iter().filter(|deal| deal.stage_id == stage.id).cloned().collect();
        let count: i64 = mine.iter().map(|sum| sum.count).sum();
        Column {
            total: if cx.may(DEALS_VALUES) {
                rules::total(&fmt, &mine, !stage.kind.is_closed())
            } else {
                String::new()
            },
            more: count - i64::try_from(shown.len()).unwrap_or_default(),
            stage: stage.clone(),
            cards: shown,
            count,
        }
    };
    stages.iter().map(column).collect()
}

fn query_asks(query: &BoardQuery) -> Option<(DealId, StageId, FormState)> {
    let (deal, stage) = (query.deal.as_deref()?.parse().ok()?, query.stage.as_deref()?.parse().ok()?);
    (query.dialog.as_deref() == Some("close-deal"))
        .then(|| (deal, stage, FormState::new().with("project", "keep")))
}

/// The deal that is asked about, when the member may see it.
async fn closing(cx: &Cx, tx: &TenantTx, id: Option<DealId>) -> Result<Option<Deal>> {
    match id {
        Some(id) => deal_store::seen(tx, id, access::only(cx)).await,
        None => Ok(None),
    }
}

fn asks(cx: &Cx, deal: Deal, stage: StageId, form: FormState, all: &[Pipeline]) -> Option<Asked> {
    let stage = all.iter().flat_map(|pipeline| &pipeline.stages).find(|known| known.id == stage)?.clone();
    Some(Asked {
        asks_reason: stage.kind == StageKind::Lost && deal.stage.kind != StageKind::Lost,
        asks_project: deal.stage.kind == StageKind::Won
            && stage.kind != StageKind::Won
            && deal.project_id.is_some(),
        deal: access::shown(cx, deal),
        stage,
        form,
    })
}

/// POST /app/{workspace}/deals
pub async fn create(cx: Cx, Query(query): Query<BoardQuery>, form: Form) -> Result<Response> {
    let created = match forms::new_deal(&cx, &form).await {
        Ok(input) => actions::create(&cx, input).await,
        Err(error) => Err(error),
    };
    match created {
        Ok(deal) => {
            let to = cx.path(&format!("deals/{}", deal.id));
            Ok(redirect_with(&to, Toast::success(format!("{} is in {}.", deal.title, deal.stage.name))))
        }
        Err(error) => {
            let query = BoardQuery { dialog: Some("new-deal".into()), ..query };
            rejected(&board(&cx, &query, form.rejected(forms::beside(error))?, None).await?)
        }
    }
}

/// POST /app/{workspace}/deals/{id}/move
pub async fn move_card(cx: Cx, Query(query): Query<BoardQuery>, form: Form) -> Result<Response> {
    let id: DealId = cx.id("id")?;
    let back = query.state(&cx, None, 0);
    let back = match query.pipeline_id.as_deref() {
        Some(pipeline) => back.with("pipeline_id", pipeline),
        None => back.with("after", ""),
    };
    let to = match forms::stage_move(&form) {
        Ok(to) => to,
        Err(error) => return refused(&cx, &query, id, None, &form, error, &back).await,
    };
    let stage = to.stage_id;
    match stage::move_deal(&cx, id, to, &query.seen()).await {
        Ok(deal) => Ok(redirect_with(&back, forms::moved(&deal))),
        Err(error) => refused(&cx, &query, id, Some(stage), &form, error, &back).await,
    }
}

/// What cannot be done as asked: moved by somebody else, or a word is missing.
async fn refused(
    cx: &Cx,
    query: &BoardQuery,
    id: DealId,
    stage: Option<StageId>,
    form: &Form,
    error: Error,
    back: &str,
) -> Result<Response> {
    let Some(refusal) = error.refusal() else { return Err(error) };
    if refusal.code == MOVED {
        return Ok(redirect_with(back, Toast::error(refusal.message.to_string())));
    }
    let Some(stage) = stage.filter(|_| refusal.kind == Kind::Invalid) else { return Err(error) };
    // Dragged: the word is asked for. Asked and still missing: said beside the field.
    if form.value("asked").is_empty() {
        let mark = if back.contains('?') { '&' } else { '?' };
        return Ok(redirect(&format!("{back}{mark}dialog=close-deal&deal={id}&stage={stage}")));
    }
    rejected(&board(cx, query, FormState::new(), Some((id, stage, form.rejected(error)?))).await?)
}
