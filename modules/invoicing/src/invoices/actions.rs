//! What is done with drafts.

use clients::Client;
use identity::workspaces::WorkspaceSettings;
use jiff::civil::Date;
use projects::ProjectId;
use rapport_base::{Currency, FieldError, Refusal, Result, text};
use rapport_db::{ActorKind, TenantTx};
use rapport_web::{Cx, validate};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Invoice, InvoiceChange, InvoiceDetails, InvoiceId, InvoiceShown, Line, LineId, LineShown, LineTax,
    NewInvoice, Source, draft,
    lines::{self, DraftLine},
    store::{self, NewRow},
};
use crate::{
    events::{InvoiceCreated, InvoiceDeleted, InvoiceUpdated},
    sources::{
        Billable, SourceKind, SourceRef, hold,
        rules::{self as made, Made},
        store::{self as work, NewSource},
    },
    tax_rates::{self, TaxRate},
};

/// Today where the workspace is: invoices are dated and fall due by it.
pub(crate) fn today(cx: &Cx) -> Date {
    cx.app.clock.today(&cx.workspace().zone())
}

/// The member who acts, if it is one.
pub(crate) fn actor(tx: &TenantTx) -> Option<Uuid> {
    let origin = tx.origin();
    origin.id.filter(|_| origin.kind == ActorKind::Member)
}

/// An invoice with all that stands on it.
pub(crate) async fn details(tx: &TenantTx, id: InvoiceId, today: Date) -> Result<InvoiceDetails> {
    let (invoice, lines, line_taxes, taxes, sources) = futures::join!(
        store::get(tx, id),
        store::lines(tx, id),
        store::line_taxes(tx, id),
        store::taxes(tx, id),
        store::sources(tx, id),
    );
    let (invoice, mut line_taxes, mut sources) = (invoice?, line_taxes?, sources?);
    let lines = lines?
        .into_iter()
        .map(|line| {
            let mine = line.id;
            let taxes = line_taxes.extract_if(.., |tax| tax.line_id == mine).collect();
            let items: Vec<_> = sources.extract_if(.., |source| source.line_id == mine).collect();
            let source =
                (line.source_kind != "free").then(|| Source { kind: line.source_kind.clone(), items });
            LineShown { line, taxes, source }
        })
        .collect();
    Ok(InvoiceDetails { shown: InvoiceShown::new(invoice, today), lines, taxes: taxes? })
}

/// Drafts an invoice from unbilled work, free lines, or both.
pub(crate) async fn create(cx: &Cx, input: &NewInvoice) -> Result<InvoiceDetails> {
    validate(input)?;
    let first = try_create(cx, input).await;
    match first {
        // Someone billed some of it a moment ago: what is left may still be billed, if nothing was chosen by hand.
        Err(error) if hold::was_taken(&error) && input.sources.is_none() => try_create(cx, input).await,
        Err(error) if rapport_db::constraint(&error) == Some("invoice_line_sources_billed_once") => {
            let message = "Some of this is on another invoice already. Look at what is left, then try again.";
            Err(Refusal::conflict("invoices.taken", message).into())
        }
        other => other,
    }
}

async fn try_create(cx: &Cx, input: &NewInvoice) -> Result<InvoiceDetails> {
    let client_id = input
        .client_id
        .ok_or_else(|| Refusal::field("client_id", "required", "Choose the client it goes to."))?;
    let tx = cx.begin().await?;
    let (client, settings, rates) = futures::join!(
        clients::visible(cx, &tx, client_id),
        identity::workspaces::get(&tx),
        tax_rates::store::list(&tx)
    );
    let (client, settings, rates) = (client?, settings?, rates?);
    require_projects(&tx, input, client.id).await?;
    let free = draft::lines(&input.lines, &rates, &[])?;
    let (work, currency) = gather(&tx, input, &client, &settings).await?;
    if work.is_empty() && free.is_empty() && wanted(input).is_some() {
        return Err(nothing_to_bill().into());
    }
    let id = InvoiceId::new();
    let made = made::lines(&work, input.group_by.unwrap_or_default(), input.round_minutes);
    let tax = default_tax(input, &rates)?;
    let (mut drafts, sources) = from_work(&work, made, tax);
    drafts.extend(free);
    let totals = draft::totals(
        &drafts,
        input.discount_cents.unwrap_or(0),
        settings.prices_include_tax,
        &settings.tax_rounding,
    )?;
    let projects = projects_of(input, &drafts);
    let row = new_row(cx, id, input, &client, &settings, currency, &projects, &work);
    store::insert(&tx, &row).await?;
    lines::write(&tx, id, &drafts, &totals).await?;
    if !projects.is_empty() {
        store::insert_projects(&tx, id, &projects).await?;
    }
    if !sources.is_empty() {
        let held: Vec<(String, Uuid, LineId)> =
            sources.iter().map(|s| (s.work.kind.clone(), s.work.id, s.line_id)).collect();
        hold::reserve(&tx, id, &held).await?;
        work::insert(&tx, id, &sources).await?;
    }
    let details = details(&tx, id, today(cx)).await?;
    let invoice = details.invoice();
    tx.publish(&InvoiceCreated {
        invoice_id: id.uuid(),
        invoice_number: String::new(),
        client_id: client_id.uuid(),
        project_id: invoice.project_id.map(ProjectId::uuid),
        total_cents: invoice.total_cents,
        currency: currency.to_string(),
    });
    tx.commit().await?;
    Ok(details)
}

pub(crate) fn nothing_to_bill() -> Refusal {
    let message = "There is nothing to bill here: no approved time, expense or reached milestone that is not on an invoice already.";
    Refusal::unprocessable("nothing_to_bill", message)
}

/// What is billed besides the lines: nothing when only lines were given.
fn wanted(input: &NewInvoice) -> Option<Vec<SourceKind>> {
    match &input.include {
        Some(kinds) if kinds.is_empty() => None,
        Some(kinds) => Some(kinds.clone()),
        None if input.lines.is_empty() || input.sources.is_some() => Some(SourceKind::ALL.to_vec()),
        None => None,
    }
}

async fn require_projects(tx: &TenantTx, input: &NewInvoice, client: clients::ClientId) -> Result<()> {
    let mut ids: Vec<ProjectId> = input.project_ids.clone();
    ids.extend(input.lines.iter().filter_map(|line| line.project_id));
    ids.sort_unstable();
    ids.dedup();
    if !ids.is_empty()
        && work::count_projects(tx, client, &ids).await? != i64::try_from(ids.len()).unwrap_or(i64::MAX)
    {
        return Err(Refusal::field("project_ids", "unknown", "Choose projects of this client.").into());
    }
    Ok(())
}

/// The work that is billed, of one currency.
async fn gather(
    tx: &TenantTx,
    input: &NewInvoice,
    client: &Client,
    settings: &WorkspaceSettings,
) -> Result<(Vec<Billable>, Currency)> {
    let home = input.currency.or(client.currency).unwrap_or(settings.currency);
    let Some(kinds) = wanted(input) else { return Ok((Vec::new(), home)) };
    if let (Some(from), Some(to)) = (input.from, input.to)
        && from > to
    {
        return Err(Refusal::field("to", "before_from", "The last day lies before the first.").into());
    }
    let filter = work::Filter {
        client: client.id,
        projects: (!input.project_ids.is_empty()).then(|| input.project_ids.clone()),
        from: input.from,
        to: input.to,
        kinds,
    };
    let mut found = work::billable(tx, &filter).await?;
    if let Some(chosen) = &input.sources {
        found.retain(|w| chosen.iter().any(|c| is(w, *c)));
        if found.len() != chosen.len() {
            let message = "Some of this is on another invoice already, or no longer approved. Look at what is left, then try again.";
            return Err(Refusal::conflict("invoices.taken", message).into());
        }
    }
    if let Some(currency) = input.currency {
        found.retain(|w| w.currency == currency);
        return Ok((found, currency));
    }
    let Some(currency) = found.first().map(|w| w.currency) else { return Ok((found, home)) };
    if found.iter().any(|w| w.currency != currency) {
        let message = "This work is in several currencies. Make one invoice for each.";
        return Err(Refusal::field("currency", "mixed", message).into());
    }
    if !input.lines.is_empty() && currency != home && client.currency.is_some() {
        let message = format!("The work is in {currency}: say the currency of the other lines.");
        return Err(Refusal::field("currency", "mixed", message).into());
    }
    Ok((found, currency))
}

fn is(work: &Billable, chosen: SourceRef) -> bool {
    work.id == chosen.id && work.kind == chosen.kind.as_str()
}

fn default_tax<'a>(input: &NewInvoice, rates: &'a [TaxRate]) -> Result<Option<&'a TaxRate>> {
    match input.tax_rate_id {
        Some(id) => {
            let found = rates.iter().find(|rate| rate.id == id);
            let unknown = || Refusal::field("tax_rate_id", "unknown", "Choose one of the tax rates.");
            Ok(Some(found.ok_or_else(unknown)?))
        }
        None => Ok(rates.iter().find(|rate| rate.is_default)),
    }
}

fn from_work<'a>(
    work: &'a [Billable],
    made: Vec<Made>,
    tax: Option<&TaxRate>,
) -> (Vec<DraftLine>, Vec<NewSource<'a>>) {
    let (mut drafts, mut sources) = (Vec::with_capacity(made.len()), Vec::with_capacity(work.len()));
    for line in made {
        let id = LineId::new();
        sources.extend(line.items.iter().map(|(at, cents)| NewSource {
            line_id: id,
            work: &work[*at],
            amount_cents: *cents,
        }));
        drafts.push(DraftLine {
            id,
            description: line.description,
            detail: line.detail,
            quantity: line.quantity,
            unit: line.unit,
            unit_price_cents: line.unit_price_cents,
            discount_percent: Decimal::ZERO,
            taxes: tax.map(TaxRate::tax).into_iter().collect(),
            source_kind: line.source_kind,
            project_id: line.project_id,
        });
    }
    (drafts, sources)
}

fn projects_of(input: &NewInvoice, drafts: &[DraftLine]) -> Vec<ProjectId> {
    let mut projects: Vec<ProjectId> = drafts.iter().filter_map(|line| line.project_id).collect();
    projects.sort_unstable();
    projects.dedup();
    if projects.is_empty() { input.project_ids.clone() } else { projects }
}

#[expect(clippy::too_many_arguments, reason = "the one place where all of it comes together")]
fn new_row(
    cx: &Cx,
    id: InvoiceId,
    input: &NewInvoice,
    client: &Client,
    settings: &WorkspaceSettings,
    currency: Currency,
    projects: &[ProjectId],
    work: &[Billable],
) -> NewRow {
    let typed = |given: &Option<String>, fallback: &Option<String>| {
        given.as_deref().or(fallback.as_deref()).and_then(text::clean).unwrap_or_default()
    };
    let dates = || work.iter().filter_map(|w| w.date);
    NewRow {
        id,
        client_id: client.id,
        project_id: if let [one] = projects { Some(*one) } else { None },
        currency,
        prices_include_tax: settings.prices_include_tax,
        tax_rounding: settings.tax_rounding.clone(),
        due_date: input.due_date,
        period_from: dates().min().map(|earliest| input.from.unwrap_or(earliest)),
        period_to: dates().max().map(|latest| input.to.unwrap_or(latest)),
        purchase_order: typed(&input.purchase_order, &None),
        notes: typed(&input.notes, &settings.invoice_notes),
        terms: typed(&input.terms, &None),
        shows_timesheet: input.shows_timesheet.unwrap_or(false),
        created_by: Some(cx.member.id.uuid()),
    }
}

/// A draft, locked for a change.
pub(crate) async fn lock_draft(tx: &TenantTx, id: InvoiceId, version: Option<i32>) -> Result<Invoice> {
    let invoice = store::lock(tx, id).await?;
    if version.is_some_and(|version| version != invoice.version) {
        return Err(Refusal::stale().into());
    }
    if !invoice.is_draft() {
        return Err(already_issued(&invoice).into());
    }
    Ok(invoice)
}

pub(crate) fn already_issued(invoice: &Invoice) -> Refusal {
    let message = format!("{} is issued and cannot change any more. Void it to bill anew.", invoice.title());
    Refusal::conflict("invoices.already_issued", message)
}

/// The lines of an invoice with their taxes.
pub(crate) async fn known(tx: &TenantTx, id: InvoiceId) -> Result<Vec<(Line, Vec<LineTax>)>> {
    let (lines, taxes) = futures::join!(store::lines(tx, id), store::line_taxes(tx, id));
    let mut taxes = taxes?;
    Ok(lines?
        .into_iter()
        .map(|line| {
            let mine = line.id;
            (line, taxes.extract_if(.., |tax| tax.line_id == mine).collect())
        })
        .collect())
}

/// Changes a draft.
pub(crate) async fn update(
    cx: &Cx,
    id: InvoiceId,
    change: InvoiceChange,
    version: Option<i32>,
) -> Result<InvoiceDetails> {
    validate(&change)?;
    let tx = cx.begin().await?;
    let mut invoice = lock_draft(&tx, id, version).await?;
    let before = facts(&invoice);
    let (known, rates) = futures::join!(known(&tx, id), tax_rates::store::list(&tx));
    let (known, rates) = (known?, rates?);
    apply(&mut invoice, &change)?;
    if change.lines.is_some() || change.discount_cents.is_some() {
        let drafts = match &change.lines {
            Some(inputs) => draft::lines(inputs, &rates, &known)?,
            None => draft::stored(&known),
        };
        let discount = change.discount_cents.unwrap_or(invoice.discount_cents);
        let totals = draft::totals(&drafts, discount, invoice.prices_include_tax, &invoice.tax_rounding)?;
        lines::write(&tx, id, &drafts, &totals).await?;
        let removed = known
            .iter()
            .any(|(line, _)| line.source_kind != "free" && drafts.iter().all(|d| d.id != line.id));
        if removed {
            hold::keep_only_written(&tx, id).await?;
        }
    }
    store::save(&tx, &invoice).await?;
    let details = details(&tx, id, today(cx)).await?;
    let now = details.invoice();
    tx.publish_change(
        &InvoiceUpdated {
            invoice_id: id.uuid(),
            invoice_number: String::new(),
            client_id: now.client_id.uuid(),
            project_id: now.project_id.map(ProjectId::uuid),
            total_cents: now.total_cents,
            currency: now.currency.to_string(),
        },
        Some(before),
        Some(facts(now)),
    );
    tx.commit().await?;
    Ok(details)
}

fn apply(invoice: &mut Invoice, change: &InvoiceChange) -> Result<()> {
    let clean = |typed: &String| text::clean(typed).unwrap_or_default();
    if let Some(due) = change.due_date {
        invoice.due_date = due;
    }
    if let Some(order) = &change.purchase_order {
        invoice.purchase_order = clean(order);
    }
    if let Some(notes) = &change.notes {
        invoice.notes = clean(notes);
    }
    if let Some(terms) = &change.terms {
        invoice.terms = clean(terms);
    }
    if let Some(shows) = change.shows_timesheet {
        invoice.shows_timesheet = shows;
    }
    if let Some(rate) = change.exchange_rate {
        let fits = |rate: Decimal| {
            rate > Decimal::ZERO && rate < Decimal::from(10_000_000_000_i64) && rate.normalize().scale() <= 8
        };
        if rate.is_some_and(|rate| !fits(rate)) {
            let wrong = FieldError::new(
                "exchange_rate",
                "out_of_range",
                "Write a rate above 0 with at most eight decimals.",
            );
            return Err(Refusal::invalid(vec![wrong]).into());
        }
        invoice.exchange_rate = rate;
    }
    Ok(())
}

/// Deletes a draft and sets free what it held.
pub(crate) async fn delete(cx: &Cx, id: InvoiceId, version: Option<i32>) -> Result<Invoice> {
    let tx = cx.begin().await?;
    let invoice = lock_draft(&tx, id, version).await?;
    hold::release(&tx, id).await?;
    store::delete(&tx, id).await?;
    tx.publish_change(
        &InvoiceDeleted {
            invoice_id: id.uuid(),
            invoice_number: String::new(),
            client_id: invoice.client_id.uuid(),
            project_id: invoice.project_id.map(ProjectId::uuid),
            total_cents: invoice.total_cents,
            currency: invoice.currency.to_string(),
        },
        Some(facts(&invoice)),
        None,
    );
    tx.commit().await?;
    Ok(invoice)
}

/// What of an invoice the audit log keeps.
pub(crate) fn facts(invoice: &Invoice) -> Value {
    json!({
        "invoice_number": invoice.invoice_number, "state": invoice.state, "total_cents": invoice.total_cents,
        "tax_cents": invoice.tax_cents, "discount_cents": invoice.discount_cents, "currency": invoice.currency,
        "due_date": invoice.due_date, "purchase_order": invoice.purchase_order, "notes": invoice.notes,
        "terms": invoice.terms,
    })
}
