//! Pipelines, stages and loss reasons in the settings.

use askama::Template;
use axum::response::Response;
use rapport_base::{Error, Refusal, Result};
use rapport_ui::{FormState, Shell, Toast};
use rapport_web::{Cx, Form, Query, page, redirect_with, rejected};
use serde::Deserialize;

use super::{
    LossReason, LossReasonId, NewPipeline, NewStage, Pipeline, PipelineChange, PipelineId, Stage,
    StageChange, StageId, StageKind, actions, rules::COLORS, store,
};

const HERE: &str = "settings/pipelines";
const KINDS: [(&str, &str); 3] = [("open", "Open: on its way"), ("won", "Won"), ("lost", "Lost")];

/// Which dialog is open.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct PageQuery {
    dialog: Option<String>,
}

#[derive(Template)]
#[template(path = "pipelines/index.html")]
struct Index {
    shell: Shell,
    pipelines: Vec<Pipeline>,
    reasons: Vec<LossReason>,
    form: FormState,
    dialog: String,
    kinds: [(&'static str, &'static str); 3],
}

#[derive(Template)]
#[template(path = "pipelines/stage.html")]
struct EditStage {
    shell: Shell,
    stage: Stage,
    others: Vec<(StageId, String)>,
    deals: i64,
    colors: Vec<(&'static str, &'static str)>,
    kinds: [(&'static str, &'static str); 3],
    form: FormState,
    dialog: String,
}

/// GET /app/{workspace}/settings/pipelines
pub async fn index(cx: Cx, Query(query): Query<PageQuery>) -> Result<Response> {
    let form = FormState::new().with("kind", "open");
    page(&listed(&cx, form, query.dialog.unwrap_or_default()).await?)
}

async fn listed(cx: &Cx, form: FormState, dialog: String) -> Result<Index> {
    let tx = cx.read().await?;
    let (pipelines, reasons, shell) = futures::join!(store::list(&tx), store::reasons(&tx), cx.shell(&tx));
    let shell = shell?.titled("Pipelines").crumb("Settings", cx.path("settings")).live("pipeline.");
    Ok(Index { shell, pipelines: pipelines?, reasons: reasons?, form, dialog, kinds: KINDS })
}

fn done(cx: &Cx, told: impl std::fmt::Display) -> Response {
    redirect_with(&cx.path(HERE), Toast::success(told.to_string()))
}

/// The page again: errors of a dialog beside its fields, others said above the page.
async fn again(cx: &Cx, form: &Form, error: Error, dialog: &str) -> Result<Response> {
    rejected(&listed(cx, form.rejected(error)?, dialog.to_owned()).await?)
}

/// What a single button could not do, as a toast.
fn told(cx: &Cx, error: Error) -> Result<Response> {
    match error.refusal() {
        Some(refusal)
            if !matches!(refusal.kind, rapport_base::Kind::NotFound | rapport_base::Kind::Forbidden) =>
        {
            Ok(redirect_with(&cx.path(HERE), Toast::error(refusal.message.to_string())))
        }
        _ => Err(error),
    }
}

/// POST /app/{workspace}/settings/pipelines
pub async fn create(cx: Cx, form: Form) -> Result<Response> {
    match actions::create(&cx, NewPipeline { name: form.value("name").to_owned() }).await {
        Ok(pipeline) => Ok(done(&cx, format_args!("The pipeline {} is there.", pipeline.name))),
        Err(error) => again(&cx, &form, error, "new-pipeline").await,
    }
}

/// POST /app/{workspace}/settings/pipelines/{id}
pub async fn update(cx: Cx, form: Form) -> Result<Response> {
    let id: PipelineId = cx.id("id")?;
    let change = PipelineChange {
        name: form.pairs().iter().find(|(name, _)| name == "name").map(|(_, value)| value.clone()),
        is_default: (form.value("is_default") == "true").then_some(true),
    };
    match actions::update(&cx, id, change, None).await {
        Ok(pipeline) => Ok(done(&cx, format_args!("{} is saved.", pipeline.name))),
        Err(error) => again(&cx, &form, error, &format!("rename-{id}")).await,
    }
}

/// POST /app/{workspace}/settings/pipelines/{id}/delete
pub async fn delete(cx: Cx) -> Result<Response> {
    match actions::delete(&cx, cx.id("id")?).await {
        Ok(()) => Ok(done(&cx, "The pipeline is removed. Its closed deals stay in the list.")),
        Err(error) => told(&cx, error),
    }
}

/// POST /app/{workspace}/settings/pipelines/{id}/stages
pub async fn create_stage(cx: Cx, form: Form) -> Result<Response> {
    let id: PipelineId = cx.id("id")?;
    let mut reader = form.reader();
    let kind: StageKind = form.value("kind").parse().unwrap_or_default();
    let input = NewStage {
        name: reader.text("name"),
        color: None,
        kind,
        probability: reader
            .parse("probability", "Write a number from 0 to 100.")
            .filter(|_| !kind.is_closed()),
        position: None,
        rot_days: None,
    };
    let made = match reader.finish() {
        Ok(()) => actions::create_stage(&cx, id, input).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(stage) => Ok(done(&cx, format_args!("The stage {} is there.", stage.name))),
        Err(error) => again(&cx, &form, error, &format!("new-stage-{id}")).await,
    }
}

/// GET /app/{workspace}/settings/stages/{id}
pub async fn edit_stage(cx: Cx, Query(query): Query<PageQuery>) -> Result<Response> {
    page(&editing(&cx, cx.id("id")?, None, query.dialog.unwrap_or_default()).await?)
}

async fn editing(cx: &Cx, id: StageId, form: Option<FormState>, dialog: String) -> Result<EditStage> {
    let tx = cx.read().await?;
    let (all, deals, shell) = futures::join!(store::list(&tx), store::deals_in(&tx, id), cx.shell(&tx));
    let all = all?;
    let stages =
        all.iter().map(|pipeline| &pipeline.stages).find(|stages| stages.iter().any(|stage| stage.id == id));
    let stage = stages
        .and_then(|stages| stages.iter().find(|stage| stage.id == id))
        .ok_or_else(Refusal::not_found)?;
    let others = stages.into_iter().flatten().filter(|other| other.id != id && other.kind == stage.kind);
    let nearest = COLORS.iter().find(|(_, _, tone)| *tone == stage.tone()).map_or("", |(color, _, _)| color);
    let form = form.unwrap_or_else(|| {
        FormState::new()
            .with("name", &stage.name)
            .with("color", nearest)
            .with("kind", stage.kind.as_str())
            .with("probability", stage.probability)
            .with("rot_days", stage.rot_days.map(|days| days.to_string()).unwrap_or_default())
            .with("version", stage.version)
    });
    Ok(EditStage {
        shell: shell?
            .titled(format!("Stage {}", stage.name))
            .crumb("Settings", cx.path("settings"))
            .crumb("Pipelines", cx.path(HERE)),
        others: others.map(|other| (other.id, other.name.clone())).collect(),
        deals: deals?,
        colors: COLORS.iter().map(|(color, name, _)| (*color, *name)).collect(),
        kinds: KINDS,
        stage: stage.clone(),
        form,
        dialog,
    })
}

/// POST /app/{workspace}/settings/stages/{id}
pub async fn update_stage(cx: Cx, form: Form) -> Result<Response> {
    let id: StageId = cx.id("id")?;
    let mut reader = form.reader();
    let kind: Option<StageKind> = form.value("kind").parse().ok();
    let version = reader.parse("version", "This page is too old. Load it again.");
    let is_open = kind.is_none_or(|kind| !kind.is_closed());
    let change = StageChange {
        name: Some(reader.text("name")),
        color: reader.optional("color"),
        kind,
        probability: reader.parse("probability", "Write a number from 0 to 100.").filter(|_| is_open),
        position: None,
        rot_days: Some(reader.parse("rot_days", "Write a number of days.")),
    };
    let saved = match reader.finish() {
        Ok(()) => actions::update_stage(&cx, id, change, version).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(stage) => Ok(done(&cx, format_args!("The stage {} is saved.", stage.name))),
        Err(error) => rejected(&editing(&cx, id, Some(form.rejected(error)?), String::new()).await?),
    }
}

/// POST /app/{workspace}/settings/stages/{id}/shift
pub async fn shift_stage(cx: Cx, form: Form) -> Result<Response> {
    let id: StageId = cx.id("id")?;
    let at = {
        let tx = cx.read().await?;
        let all = store::list(&tx).await?;
        all.iter()
            .find_map(|pipeline| pipeline.stages.iter().position(|stage| stage.id == id))
            .ok_or_else(Refusal::not_found)?
    };
    let to = if form.value("to") == "up" { at.saturating_sub(1) } else { at + 1 };
    let change = StageChange { position: i16::try_from(to).ok(), ..StageChange::default() };
    match actions::update_stage(&cx, id, change, None).await {
        Ok(_) => Ok(done(&cx, "The order is saved.")),
        Err(error) => told(&cx, error),
    }
}

/// POST /app/{workspace}/settings/stages/{id}/delete
pub async fn delete_stage(cx: Cx, form: Form) -> Result<Response> {
    let id: StageId = cx.id("id")?;
    let mut reader = form.reader();
    let move_to = reader.parse("move_to", "Choose a stage.");
    let gone = match reader.finish() {
        Ok(()) => actions::delete_stage(&cx, id, move_to).await,
        Err(error) => Err(error),
    };
    match gone {
        Ok(()) => Ok(done(&cx, "The stage is removed.")),
        Err(error) => rejected(&editing(&cx, id, Some(form.rejected(error)?), "remove-stage".into()).await?),
    }
}

/// POST /app/{workspace}/settings/loss-reasons
pub async fn create_reason(cx: Cx, form: Form) -> Result<Response> {
    match actions::add_reason(&cx, form.value("label")).await {
        Ok(()) => Ok(done(&cx, "The reason is on the list.")),
        Err(error) => again(&cx, &form, error, "new-reason").await,
    }
}

/// POST /app/{workspace}/settings/loss-reasons/{id}
pub async fn update_reason(cx: Cx, form: Form) -> Result<Response> {
    let id: LossReasonId = cx.id("id")?;
    match actions::rename_reason(&cx, id, form.value("label")).await {
        Ok(()) => Ok(done(&cx, "The reason is renamed. Deals lost before keep their words.")),
        Err(error) => again(&cx, &form, error, &format!("reason-{id}")).await,
    }
}

/// POST /app/{workspace}/settings/loss-reasons/{id}/delete
pub async fn delete_reason(cx: Cx) -> Result<Response> {
    match actions::remove_reason(&cx, cx.id("id")?).await {
        Ok(()) => Ok(done(&cx, "The reason is off the list. Deals lost for it keep it.")),
        Err(error) => told(&cx, error),
    }
}
