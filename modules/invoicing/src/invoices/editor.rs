//! The editor of a draft: a form of lines that grows, shrinks and is put in order without scripts too.
//!
//! Every button sends the whole form. `do` says what for: `save`, or `add`, `remove-2`, `up-2`,
//! `down-2`, `reckon`, which show the form again with what was typed.

use askama::Template;
use axum::response::Response;
use rapport_base::{Currency, Error, FieldError, Refusal, Result, money::Money};
use rapport_ui::{Choice, FormState, Shell, Toast};
use rapport_web::{Cx, Form, page, redirect_with, rejected};

use super::{Invoice, InvoiceChange, InvoiceId, Line, LineId, LineInput, LineTax, actions, draft, store};
use crate::{
    tax_rates::{self, TaxRate, TaxRateId},
    words,
};

const FIELDS: [&str; 8] = [
    "id",
    "description",
    "detail",
    "quantity",
    "unit",
    "unit_price_cents",
    "discount_percent",
    "tax_rate_id",
];
/// The values of one line as typed, in the order of [`FIELDS`].
type Typed = [String; 8];

/// Totals as far as what was typed can be reckoned.
struct Sums {
    subtotal: String,
    discount: String,
    taxes: Vec<(String, String)>,
    total: String,
}

#[derive(Template)]
#[template(path = "invoices/edit.html")]
struct Edit {
    shell: Shell,
    form: FormState,
    /// Places of the lines, and what each comes to.
    lines: Vec<(usize, String)>,
    rates: Vec<Choice>,
    base: String,
    currency: String,
    home_currency: String,
    sums: Option<Sums>,
}

/// GET /app/{workspace}/invoices/{id}/edit
pub(crate) async fn edit(cx: Cx) -> Result<Response> {
    let id: InvoiceId = cx.id("id")?;
    let tx = cx.read().await?;
    let (invoice, known, rates) =
        futures::join!(store::get(&tx, id), actions::known(&tx, id), tax_rates::store::list(&tx));
    let (invoice, known, rates) = (invoice?, known?, rates?);
    if !invoice.is_draft() {
        return Ok(redirect_with(
            &cx.path(&format!("invoices/{id}")),
            Toast::info("An issued invoice cannot change any more."),
        ));
    }
    let mut typed: Vec<Typed> =
        known.iter().map(|(line, taxes)| of_line(line, taxes, invoice.currency)).collect();
    if typed.is_empty() {
        typed.push(fresh(&rates));
    }
    let form = filled(&invoice);
    page(&build(&cx, &tx, invoice, known, rates, form, &typed).await?)
}

/// POST /app/{workspace}/invoices/{id}
pub(crate) async fn save(cx: Cx, form: Form) -> Result<Response> {
    let id: InvoiceId = cx.id("id")?;
    let (invoice, rates) = {
        let tx = cx.read().await?;
        let (invoice, rates) = futures::join!(store::get(&tx, id), tax_rates::store::list(&tx));
        (invoice?, rates?)
    };
    let typed = typed(&form);
    let wish = form.value("do");
    if let Some(changed) = rearranged(&typed, wish, &rates) {
        return again(&cx, id, invoice, &form, &changed, None).await;
    }
    let typed: Vec<Typed> = typed.into_iter().filter(|line| !is_blank(line)).collect();
    let version = form.value("version").parse().ok();
    let done = match change(&form, &typed, invoice.currency) {
        Ok(change) => actions::update(&cx, id, change, version).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(_) => Ok(redirect_with(&cx.path(&format!("invoices/{id}")), Toast::success("Draft saved."))),
        Err(error) => again(&cx, id, invoice, &form, &typed, Some(error)).await,
    }
}

/// The form again, with what was typed and, if it was refused, why.
async fn again(
    cx: &Cx,
    id: InvoiceId,
    invoice: Invoice,
    form: &Form,
    lines: &[Typed],
    error: Option<Error>,
) -> Result<Response> {
    let refused = error.is_some();
    let state = match error {
        Some(error) => form.rejected(error)?,
        None => form.state(),
    };
    let mut kept = FormState::new();
    for (name, value) in form.pairs().iter().filter(|(name, _)| !name.starts_with("lines.") && name != "do") {
        kept.push(name, value);
    }
    for (field, message) in state.errors() {
        kept.add_error(field, message);
    }
    let tx = cx.read().await?;
    let (known, rates) = futures::join!(actions::known(&tx, id), tax_rates::store::list(&tx));
    let page_again = build(cx, &tx, invoice, known?, rates?, kept, lines).await?;
    if refused { rejected(&page_again) } else { page(&page_again) }
}

async fn build(
    cx: &Cx,
    tx: &rapport_db::TenantTx,
    invoice: Invoice,
    known: Vec<(Line, Vec<LineTax>)>,
    rates: Vec<TaxRate>,
    mut form: FormState,
    lines: &[Typed],
) -> Result<Edit> {
    let shell = cx.shell(tx).await?;
    for (at, line) in lines.iter().enumerate() {
        for (field, value) in FIELDS.iter().zip(line) {
            form.set(&format!("lines.{at}.{field}"), value);
        }
    }
    let (amounts, sums) = reckoned(cx, &invoice, &known, &rates, &form, lines);
    Ok(Edit {
        lines: (0..lines.len()).map(|at| (at, amounts.get(at).cloned().unwrap_or_default())).collect(),
        rates: choices(&rates, &known),
        base: cx.path(&format!("invoices/{}", invoice.id)),
        currency: invoice.currency.to_string(),
        home_currency: cx.workspace().currency.to_string(),
        sums,
        form,
        shell: shell
            .titled(format!("Draft for {}", invoice.client_name))
            .crumb("Invoices", cx.path("invoices"))
            .crumb("Draft", cx.path(&format!("invoices/{}", invoice.id))),
    })
}

/// What each line and the whole come to, as far as it can be read.
fn reckoned(
    cx: &Cx,
    invoice: &Invoice,
    known: &[(Line, Vec<LineTax>)],
    rates: &[TaxRate],
    form: &FormState,
    lines: &[Typed],
) -> (Vec<String>, Option<Sums>) {
    let (fmt, currency) = (cx.fmt(), invoice.currency);
    let sums = || {
        let mut inputs = inputs(lines, currency).ok()?;
        // A line still without words counts already.
        for input in inputs.iter_mut().filter(|input| input.description.is_empty()) {
            input.description = "–".into();
        }
        let drafts = draft::lines(&inputs, rates, known).ok()?;
        let discount = Money::parse(form.value("discount_cents"), currency).map_or(0, |money| money.minor);
        draft::totals(&drafts, discount, invoice.prices_include_tax, &invoice.tax_rounding).ok()
    };
    let Some(totals) = sums() else { return (Vec::new(), None) };
    let money = |cents: i64| fmt.money(cents, currency);
    let amounts = totals.lines.iter().map(|line| money(line.amount_cents)).collect();
    let taxes = totals
        .summary
        .iter()
        .map(|row| (format!("{} {} %", row.name, row.percent.normalize()), money(row.tax_cents)))
        .collect();
    let discount = if totals.discount_cents == 0 { String::new() } else { money(-totals.discount_cents) };
    (
        amounts,
        Some(Sums {
            subtotal: money(totals.subtotal_cents),
            discount,
            taxes,
            total: money(totals.total_cents),
        }),
    )
}

fn filled(invoice: &Invoice) -> FormState {
    let mut form = FormState::new();
    let plain =
        |cents: i64| if cents == 0 { String::new() } else { Money::new(cents, invoice.currency).plain() };
    form.set("due_date", invoice.due_date.map(|day| day.to_string()).unwrap_or_default());
    form.set("purchase_order", &invoice.purchase_order);
    form.set("notes", &invoice.notes);
    form.set("terms", &invoice.terms);
    form.set("discount_cents", plain(invoice.discount_cents));
    form.set(
        "exchange_rate",
        invoice.exchange_rate.map(|rate| rate.normalize().to_string()).unwrap_or_default(),
    );
    if invoice.shows_timesheet {
        form.set("shows_timesheet", "on");
    }
    form.set("version", invoice.version);
    form
}

fn of_line(line: &Line, taxes: &[LineTax], currency: Currency) -> Typed {
    let rates: Vec<String> =
        taxes.iter().filter_map(|tax| tax.tax_rate_id).map(|id| id.to_string()).collect();
    let discount = line.discount_percent.normalize();
    [
        line.id.to_string(),
        line.description.clone(),
        line.detail.clone(),
        line.quantity.normalize().to_string(),
        line.unit.clone(),
        Money::new(line.unit_price_cents, currency).plain(),
        if discount.is_zero() { String::new() } else { discount.to_string() },
        rates.join(","),
    ]
}

fn fresh(rates: &[TaxRate]) -> Typed {
    let tax = rates.iter().find(|rate| rate.is_default).map(|rate| rate.id.to_string()).unwrap_or_default();
    let empty = String::new;
    [empty(), empty(), empty(), "1".into(), empty(), empty(), empty(), tax]
}

/// Whether nothing was typed into a new line.
fn is_blank([id, description, detail, _, _, price, ..]: &Typed) -> bool {
    [id, description, detail, price].iter().all(|value| value.is_empty())
}

/// The lines of a posted form, in order.
fn typed(form: &Form) -> Vec<Typed> {
    let places = form
        .pairs()
        .iter()
        .filter_map(|(name, _)| name.strip_prefix("lines.")?.split('.').next()?.parse::<usize>().ok());
    let count = places.max().map_or(0, |last| last.saturating_add(1).min(draft::MOST));
    (0..count)
        .map(|at| FIELDS.map(|field| form.value(&format!("lines.{at}.{field}")).trim().to_owned()))
        .collect()
}

/// The lines after one of the buttons; nothing when the form is to be saved.
fn rearranged(lines: &[Typed], wish: &str, rates: &[TaxRate]) -> Option<Vec<Typed>> {
    let mut lines = lines.to_vec();
    let (verb, place) = wish.split_once('-').unwrap_or((wish, ""));
    let at = place.parse::<usize>().ok().filter(|at| *at < lines.len());
    match (verb, at) {
        ("add", _) if lines.len() < draft::MOST => lines.push(fresh(rates)),
        ("remove", Some(at)) => drop(lines.remove(at)),
        ("up", Some(at)) if at > 0 => lines.swap(at, at - 1),
        ("down", Some(at)) if at + 1 < lines.len() => lines.swap(at, at + 1),
        ("reckon" | "add" | "remove" | "up" | "down", _) => {}
        _ => return None,
    }
    Some(lines)
}

/// Rates to choose from, with the several taxes that lines have.
fn choices(rates: &[TaxRate], known: &[(Line, Vec<LineTax>)]) -> Vec<Choice> {
    let mut choices: Vec<Choice> = vec![Choice::new("", "No tax")];
    choices.extend(rates.iter().map(|rate| Choice::new(rate.id, rate.label())));
    for (_, taxes) in known {
        let ids: Vec<String> =
            taxes.iter().filter_map(|tax| tax.tax_rate_id).map(|id| id.to_string()).collect();
        let value = ids.join(",");
        if !choices.iter().any(|choice| choice.value == value) {
            let labels: Vec<String> =
                taxes.iter().map(|tax| format!("{} {} %", tax.name, tax.percent.normalize())).collect();
            choices.push(Choice::new(value, labels.join(" + ")));
        }
    }
    choices
}

fn inputs(lines: &[Typed], currency: Currency) -> Result<Vec<LineInput>> {
    let (mut inputs, mut wrong) = (Vec::with_capacity(lines.len()), Vec::new());
    for (at, line) in lines.iter().enumerate() {
        let [id, description, detail, quantity, unit, price, discount, tax] = line;
        let mut blame = |field: &str, message: &str| {
            wrong.push(FieldError::new(format!("lines.{at}.{field}"), "invalid", message));
        };
        let mut decimal = |field: &str, text: &str| {
            let value = words::decimal(text);
            if value.is_none() && !text.is_empty() {
                blame(field, "Write a number, such as 1.5.");
            }
            value
        };
        let (quantity, discount_percent) =
            (decimal("quantity", quantity), decimal("discount_percent", discount));
        let unit_price_cents = match Money::parse(price, currency) {
            Some(money) => money.minor,
            None if price.is_empty() => 0,
            None => {
                blame("unit_price_cents", "Write an amount, such as 1250.00.");
                0
            }
        };
        inputs.push(LineInput {
            id: id.parse::<LineId>().ok(),
            description: description.clone(),
            detail: Some(detail.clone()),
            quantity,
            unit: Some(unit.clone()),
            unit_price_cents,
            discount_percent,
            tax_rate_id: None,
            tax_rate_ids: tax.split(',').filter_map(|id| id.parse::<TaxRateId>().ok()).collect(),
            project_id: None,
        });
    }
    if wrong.is_empty() { Ok(inputs) } else { Err(Refusal::invalid(wrong).into()) }
}

fn change(form: &Form, lines: &[Typed], currency: Currency) -> Result<InvoiceChange> {
    let mut reader = form.reader();
    let change = InvoiceChange {
        due_date: Some(reader.date("due_date")),
        purchase_order: Some(reader.text("purchase_order")),
        notes: Some(reader.text("notes")),
        terms: Some(reader.text("terms")),
        shows_timesheet: Some(reader.checked("shows_timesheet")),
        discount_cents: Some(reader.money("discount_cents", currency).unwrap_or(0)),
        exchange_rate: Some(reader.decimal("exchange_rate")),
        lines: None,
    };
    let lines = inputs(lines, currency);
    match (reader.finish(), lines) {
        (Ok(()), Ok(lines)) => Ok(InvoiceChange { lines: Some(lines), ..change }),
        (Err(Error::Refusal(mut one)), Err(Error::Refusal(two))) => {
            one.fields.extend(two.fields);
            Err(Refusal::invalid(one.fields).into())
        }
        (Err(error), _) | (Ok(()), Err(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(description: &str) -> Typed {
        let mut line = fresh(&[]);
        line[1] = description.into();
        line
    }

    fn names(lines: &[Typed]) -> Vec<&str> {
        lines.iter().map(|line| line[1].as_str()).collect()
    }

    #[test]
    fn buttons_add_remove_and_move_lines_and_keep_what_was_typed() {
        let lines = [line("a"), line("b"), line("c")];
        let after = |wish: &str| rearranged(&lines, wish, &[]).unwrap();
        assert_eq!(names(&after("add")), ["a", "b", "c", ""]);
        assert_eq!(names(&after("remove-1")), ["a", "c"]);
        assert_eq!(names(&after("up-2")), ["a", "c", "b"]);
        assert_eq!(names(&after("down-0")), ["b", "a", "c"]);
        assert_eq!(names(&after("up-0")), ["a", "b", "c"]);
        assert_eq!(names(&after("remove-9")), ["a", "b", "c"]);
        assert!(rearranged(&lines, "save", &[]).is_none() && rearranged(&lines, "", &[]).is_none());
    }

    #[test]
    fn typed_lines_are_read_and_wrong_ones_named() {
        let eur = Currency::try_new("EUR").unwrap();
        let mut good = line("Design");
        good[3] = "1,5".into();
        good[5] = "1.250,00".into();
        let read = inputs(&[good], eur).unwrap();
        assert_eq!(
            (read[0].quantity.unwrap().to_string(), read[0].unit_price_cents),
            ("1.5".into(), 125_000)
        );
        let mut bad = line("Design");
        bad[3] = "x".into();
        bad[5] = "much".into();
        let error = inputs(&[line("ok"), bad], eur).unwrap_err();
        let fields: Vec<&str> = error.refusal().unwrap().fields.iter().map(|f| f.field.as_str()).collect();
        assert_eq!(fields, ["lines.1.quantity", "lines.1.unit_price_cents"]);
    }
}
