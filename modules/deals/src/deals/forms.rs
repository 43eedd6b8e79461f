//! Between the deals' forms and their inputs.

use rapport_base::{Currency, Error, FieldError, MemberId, Money, Refusal, Result, text};
use rapport_db::TenantTx;
use rapport_ui::{FormState, Toast};
use rapport_web::{Cx, Form, Reader};

use super::{Deal, DealChange, NewDeal, ProjectChoice, StageMove};
use crate::{ClientId, Pipeline, StageId, StageKind};

/// Members to choose from.
pub async fn members(tx: &TenantTx) -> Result<Vec<(MemberId, String)>> {
    Ok(identity::members::list(tx).await?.into_iter().map(|member| (member.id, member.name)).collect())
}

/// Clients to choose from, with the one that is chosen; none for those who do not see every client.
pub async fn clients(cx: &Cx, tx: &TenantTx, chosen: &[Option<ClientId>]) -> Result<Vec<(ClientId, String)>> {
    if cx.may(clients::CLIENTS_READ_ALL) { clients::choices(tx, chosen).await } else { Ok(Vec::new()) }
}

/// Open stages to choose from; with the pipeline's name when there are several.
#[must_use]
pub fn open_stages(all: &[Pipeline]) -> Vec<(StageId, String)> {
    let named = |pipeline: &Pipeline, name: &str| {
        if all.len() > 1 { format!("{}: {name}", pipeline.name) } else { name.to_owned() }
    };
    let of = |pipeline: &Pipeline| -> Vec<(StageId, String)> {
        let open = pipeline.stages.iter().filter(|stage| !stage.kind.is_closed());
        open.map(|stage| (stage.id, named(pipeline, &stage.name))).collect()
    };
    all.iter().flat_map(of).collect()
}

/// The form of a new deal, for oneself.
#[must_use]
pub fn blank(cx: &Cx, client: Option<&str>) -> FormState {
    FormState::new()
        .with("assigned_to", cx.member.id)
        .with("client_id", client.unwrap_or_default())
        .with("currency", cx.workspace().currency)
}

fn currency(reader: &mut Reader<'_>) -> Option<Currency> {
    let typed = reader.optional("currency");
    let currency = typed.as_deref().and_then(|code| Currency::try_new(&code.to_uppercase()));
    if typed.is_some() && currency.is_none() {
        reader.error("currency", "unknown", "Write a currency as three letters, such as EUR.");
    }
    currency
}

/// A new deal as typed into the dialog. A client typed by name is the one of that name, if
/// there is one, and else a new one.
pub async fn new_deal(cx: &Cx, form: &Form) -> Result<NewDeal> {
    let mut reader = form.reader();
    let currency = currency(&mut reader);
    let mut input = NewDeal {
        title: reader.text("title"),
        client_id: reader.parse("client_id", "Choose one of your clients."),
        value_cents: reader.money("value", currency.unwrap_or(cx.workspace().currency)),
        currency,
        stage_id: reader.parse("stage_id", "Choose a stage."),
        probability: reader.parse("probability", "Write a number from 0 to 100."),
        expected_close_date: reader.date("expected_close_date"),
        assigned_to: reader.parse("assigned_to", "Choose a member of the team."),
        description: reader.optional("description"),
        source: reader.optional("source"),
        tags: reader.words("tags"),
        ..NewDeal::default()
    };
    let typed = text::clean_line(form.value("client_name"));
    reader.finish()?;
    if let (None, Some(name)) = (input.client_id, typed) {
        input.client_id = of_that_name(cx, &name).await?;
        if input.client_id.is_none() {
            input.client = Some(clients::NewClient { company_name: name, ..clients::NewClient::default() });
        }
    }
    Ok(input)
}

async fn of_that_name(cx: &Cx, name: &str) -> Result<Option<ClientId>> {
    if !cx.may(clients::CLIENTS_READ_ALL) {
        return Ok(None);
    }
    let tx = cx.read().await?;
    let known = clients::search(&tx, name, 50).await?;
    Ok(known.into_iter().find(|(_, known)| text::fold(known) == text::fold(name)).map(|(id, _)| id))
}

/// Errors as the dialog's fields are called: those of a new client stand beside its name.
#[must_use]
pub fn beside(error: Error) -> Error {
    match error {
        Error::Refusal(mut refusal) => {
            for field in &mut refusal.fields {
                match field.field.as_str() {
                    "value_cents" => field.field = "value".into(),
                    name if name.starts_with("client.") => field.field = "client_name".into(),
                    _ => {}
                }
            }
            refusal.into()
        }
        bug => bug,
    }
}

/// The whole deal as typed into its form, and the version it was typed over.
pub fn edited(cx: &Cx, form: &Form, sees_value: bool) -> Result<(DealChange, Option<i32>)> {
    let mut reader = form.reader();
    let currency = currency(&mut reader);
    let value = reader.money("value", currency.unwrap_or(cx.workspace().currency)).unwrap_or(0);
    let change = DealChange {
        title: Some(reader.text("title")),
        description: Some(reader.optional("description")),
        client_id: reader.parse("client_id", "Choose one of your clients."),
        value_cents: sees_value.then_some(value),
        currency: currency.filter(|_| sees_value),
        probability: Some(reader.parse("probability", "Write a number from 0 to 100.")),
        expected_close_date: Some(reader.date("expected_close_date")),
        assigned_to: Some(reader.parse("assigned_to", "Choose a member of the team.")),
        source: Some(reader.optional("source")),
        tags: Some(reader.words("tags")),
        contact_ids: Some(reader.parse_all("contact_ids", "Choose contacts of the client.")),
        lost_reason: form
            .pairs()
            .iter()
            .any(|(name, _)| name == "lost_reason")
            .then(|| reader.text("lost_reason")),
    };
    let version = reader.parse("version", "This page is too old. Load it again.");
    reader.finish()?;
    Ok((change, version))
}

/// A deal's form with what is stored.
#[must_use]
pub fn of(deal: &Deal) -> FormState {
    let some = |value: &Option<String>| value.clone().unwrap_or_default();
    let mut form = FormState::new()
        .with("title", &deal.title)
        .with("description", some(&deal.description))
        .with("client_id", deal.client_id)
        .with(
            "value",
            deal.value_cents.map(|cents| Money::new(cents, deal.currency).plain()).unwrap_or_default(),
        )
        .with("currency", deal.currency)
        .with(
            "probability",
            if deal.probability_is_own { deal.probability.to_string() } else { String::new() },
        )
        .with(
            "expected_close_date",
            deal.expected_close_date.map(|date| date.to_string()).unwrap_or_default(),
        )
        .with("assigned_to", deal.assigned_to.map(|id| id.to_string()).unwrap_or_default())
        .with("source", some(&deal.source))
        .with("tags", deal.tags.join(", "))
        .with("lost_reason", some(&deal.lost_reason))
        .with("version", deal.version);
    for contact in &deal.contact_ids {
        form.push("contact_ids", contact);
    }
    form
}

/// A move as a card or a form sends it.
pub fn stage_move(form: &Form) -> Result<StageMove> {
    let mut reader = form.reader();
    let project = match form.value("project") {
        "keep" => Some(ProjectChoice::Keep),
        "unlink" => Some(ProjectChoice::Unlink),
        _ => None,
    };
    let stage: Option<StageId> = reader.required("stage_id", "Choose a stage.");
    let (template_id, position) = (
        reader.parse("template_id", "Choose a template."),
        reader.parse("position", "This place is not in the column."),
    );
    let version = reader.parse("version", "This page is too old. Load it again.");
    let lost_reason = reader.optional("lost_reason");
    reader.finish()?;
    let missing = || Refusal::invalid(vec![FieldError::new("stage_id", "required", "Choose a stage.")]);
    Ok(StageMove {
        stage_id: stage.ok_or_else(missing)?,
        lost_reason,
        template_id,
        position,
        project,
        version,
    })
}

/// A length of time in the one unit that says most: `5 h`, `3 d`.
#[must_use]
pub fn span(seconds: i64) -> String {
    match seconds.max(0) {
        seconds @ 0..3_600 => format!("{} min", seconds / 60),
        seconds @ 3_600..86_400 => format!("{} h", seconds / 3_600),
        seconds => format!("{} d", seconds / 86_400),
    }
}

/// How long ago an instant was.
#[must_use]
pub fn age(since: jiff::Timestamp, now: jiff::Timestamp) -> String {
    span(now.duration_since(since).as_secs())
}

/// What is said after a move.
#[must_use]
pub fn moved(deal: &Deal) -> Toast {
    match (deal.stage.kind, deal.project_id) {
        (StageKind::Won, Some(_)) => {
            Toast::success(format!("{} is won, and its project is open.", deal.title))
        }
        (StageKind::Won, None) => Toast::success(format!("{} is won.", deal.title)),
        (StageKind::Lost, _) => Toast::info(format!("{} is lost.", deal.title)),
        (StageKind::Open, _) => Toast::success(format!("{} is in {}.", deal.title, deal.stage.name)),
    }
}
