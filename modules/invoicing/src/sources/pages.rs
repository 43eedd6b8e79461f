//! The page on which an invoice begins: from unbilled work, or from free lines.

use askama::Template;
use axum::response::Response;
use clients::ClientId;
use projects::ProjectId;
use rapport_base::{Currency, Error, Result};
use rapport_db::TenantTx;
use rapport_ui::{Choice, FormState, Shell, Toast};
use rapport_web::{Cx, Form, Query, page, redirect_with, rejected};
use serde::Deserialize;

use super::{
    Billable, GroupBy, SourceKind, SourceRef,
    store::{self, Filter},
};
use crate::invoices::{NewInvoice, actions};

/// What was chosen so far.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct NewQuery {
    client_id: String,
    project_id: String,
    from: String,
    to: String,
    group_by: String,
    round_minutes: String,
}

/// Something to bill, as a row with a box.
struct Row {
    key: String,
    icon: &'static str,
    date: String,
    what: String,
    project: String,
    who: String,
    time: String,
    amount: String,
    /// It has no rate, so it would be billed at nothing.
    unpriced: bool,
}

#[derive(Template)]
#[template(path = "invoices/new.html")]
struct New {
    shell: Shell,
    form: FormState,
    client_id: String,
    client: String,
    clients: Vec<Choice>,
    projects: Vec<Choice>,
    groups: Vec<Choice>,
    roundings: Vec<Choice>,
    rows: Vec<Row>,
    total: Vec<String>,
    unpriced: usize,
}

const GROUPS: [(&str, &str); 4] =
    [("task", "Each task"), ("entry", "Each entry"), ("member", "Each person"), ("project", "Each project")];
const ROUNDINGS: [(&str, &str); 5] = [
    ("", "To the second"),
    ("6", "Up to 6 minutes"),
    ("15", "Up to 15 minutes"),
    ("30", "Up to 30 minutes"),
    ("60", "Up to full hours"),
];

/// GET /app/{workspace}/invoices/new
pub(crate) async fn new(cx: Cx, Query(query): Query<NewQuery>) -> Result<Response> {
    page(&build(&cx, &query, None).await?)
}

/// POST /app/{workspace}/invoices
pub(crate) async fn create(cx: Cx, form: Form) -> Result<Response> {
    let typed = NewQuery {
        client_id: form.value("client_id").into(),
        project_id: form.value("project_id").into(),
        from: form.value("from").into(),
        to: form.value("to").into(),
        group_by: form.value("group_by").into(),
        round_minutes: form.value("round_minutes").into(),
    };
    let done = match read(&form) {
        Ok(input) => actions::create(&cx, &input).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(details) => {
            let id = details.invoice().id;
            let (to, said) = if details.lines.is_empty() {
                (format!("invoices/{id}/edit"), "Now write down what you bill.")
            } else {
                (format!("invoices/{id}"), "Draft made. Look at it, then send it.")
            };
            Ok(redirect_with(&cx.path(&to), Toast::success(said)))
        }
        Err(error) => {
            let state = form.rejected(plain(error))?;
            rejected(&build(&cx, &typed, Some(state)).await?)
        }
    }
}

/// A refusal without a field of this form is said above it.
fn plain(error: Error) -> Error {
    match error {
        Error::Refusal(mut refusal) => {
            for wrong in refusal
                .fields
                .iter_mut()
                .filter(|wrong| !["client_id", "from", "to"].contains(&wrong.field.as_str()))
            {
                wrong.field = String::new();
            }
            Error::Refusal(refusal)
        }
        bug => bug,
    }
}

fn read(form: &Form) -> Result<NewInvoice> {
    let mut reader = form.reader();
    let project: Option<ProjectId> = reader.parse("project_id", "Choose a project.");
    let empty = form.value("what") == "empty";
    let sources: Vec<SourceRef> = reader.parse_all("sources", "Choose from the list.");
    let input = NewInvoice {
        client_id: reader.required::<ClientId>("client_id", "Choose the client it goes to."),
        project_ids: project.filter(|_| !empty).into_iter().collect(),
        from: reader.date("from").filter(|_| !empty),
        to: reader.date("to").filter(|_| !empty),
        group_by: reader.parse::<GroupBy>("group_by", "Choose how time is grouped."),
        include: empty.then(Vec::new),
        sources: (!empty).then_some(sources),
        round_minutes: reader.parse("round_minutes", "Choose how time is rounded."),
        currency: reader.optional("currency").and_then(|code| Currency::try_new(&code)),
        shows_timesheet: Some(reader.checked("shows_timesheet")),
        ..NewInvoice::default()
    };
    if !empty && form.values("sources").is_empty() {
        reader.error("", "required", "Tick what is to be billed.");
    }
    reader.finish()?;
    Ok(input)
}

async fn build(cx: &Cx, query: &NewQuery, typed: Option<FormState>) -> Result<New> {
    let tx = cx.read().await?;
    let client: Option<ClientId> = query.client_id.parse().ok();
    let chosen = [typed.as_ref().and_then(|form| form.value("client_id").parse().ok()), client];
    let (found, choices, shell) =
        futures::join!(work(cx, &tx, client, query), clients::choices(&tx, &chosen), cx.shell(&tx));
    let (name, projects, found) = found?;
    let fmt = cx.fmt();
    let refused = typed.is_some();
    let mut form = typed.unwrap_or_default();
    if !refused {
        for (field, value) in [
            ("client_id", &query.client_id),
            ("project_id", &query.project_id),
            ("from", &query.from),
            ("to", &query.to),
            ("group_by", &query.group_by),
            ("round_minutes", &query.round_minutes),
        ] {
            form.set(field, value);
        }
        form.set("shows_timesheet", "on");
        for source in &found {
            form.push("sources", source.key());
        }
    }
    let mut sums: Vec<(Currency, i64)> = Vec::new();
    for source in &found {
        match sums.iter_mut().find(|(known, _)| *known == source.currency) {
            Some((_, sum)) => *sum += source.amount_cents,
            None => sums.push((source.currency, source.amount_cents)),
        }
    }
    let rows: Vec<Row> = found
        .iter()
        .map(|source| Row {
            key: source.key(),
            icon: match source.kind.as_str() {
                "expense" => "receipt",
                "milestone" => "flag",
                _ => "clock",
            },
            date: fmt.date(source.date),
            what: [Some(&source.description).filter(|d| !d.is_empty()), source.task_title.as_ref()]
                .into_iter()
                .flatten()
                .next()
                .cloned()
                .unwrap_or_else(|| "Time".into()),
            project: source.project_name.clone(),
            who: source.member_name.clone().unwrap_or_default(),
            time: source.seconds.map(|seconds| fmt.duration(seconds)).unwrap_or_default(),
            amount: fmt.money(source.amount_cents, source.currency),
            unpriced: source.kind == "time" && source.rate_cents.unwrap_or(0) == 0,
        })
        .collect();
    Ok(New {
        shell: shell?.titled("New invoice").crumb("Invoices", cx.path("invoices")),
        client_id: client.map(|id| id.to_string()).unwrap_or_default(),
        client: name,
        clients: choices?.into_iter().map(|(id, name)| Choice::new(id, name)).collect(),
        projects,
        groups: GROUPS.map(|(value, label)| Choice::new(value, label)).into(),
        roundings: ROUNDINGS.map(|(value, label)| Choice::new(value, label)).into(),
        unpriced: rows.iter().filter(|row| row.unpriced).count(),
        rows,
        total: sums.into_iter().map(|(currency, cents)| fmt.money(cents, currency)).collect(),
        form,
    })
}

/// The client's name, its projects, and what can be billed.
async fn work(
    cx: &Cx,
    tx: &TenantTx,
    client: Option<ClientId>,
    query: &NewQuery,
) -> Result<(String, Vec<Choice>, Vec<Billable>)> {
    let Some(id) = client else { return Ok((String::new(), Vec::new(), Vec::new())) };
    let filter = Filter {
        client: id,
        projects: query.project_id.parse().ok().map(|project| vec![project]),
        from: query.from.parse().ok(),
        to: query.to.parse().ok(),
        kinds: SourceKind::ALL.to_vec(),
    };
    let (client, projects, found) =
        futures::join!(clients::visible(cx, tx, id), store::projects(tx, id), store::billable(tx, &filter));
    let projects = projects?.into_iter().map(|(id, name)| Choice::new(id, name)).collect();
    Ok((client?.company_name, projects, found?))
}
