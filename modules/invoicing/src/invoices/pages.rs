//! Lists of invoices, and what is done from an invoice's page.

use askama::Template;
use axum::response::Response;
use clients::ClientId;
use jiff::Timestamp;
use rapport_base::{Page, Result};
use rapport_ui::{Html, ListState, Shell, Toast};
use rapport_web::{Cx, Form, Query, page, redirect_with};

use super::{Invoice, InvoiceId, InvoiceQuery, actions, issue, list, show};
use crate::{
    checkout,
    deliveries::{self, SendInvoice},
    figures::{
        store::Counts,
        tiles::{Figures, Tile, figures},
    },
    payments::{self, ApplyCredit, InvoicePayment, Method},
    permissions::{INVOICES_CREATE, REPORTS_FINANCIAL},
};

/// An invoice in a table.
pub(crate) struct Row {
    pub id: InvoiceId,
    pub href: String,
    pub number: String,
    pub client: String,
    pub about: String,
    pub status: &'static str,
    pub tone: &'static str,
    pub due: Html,
    pub total: String,
    pub open: String,
}

/// A tab above the table.
pub(crate) struct TabLink {
    pub label: &'static str,
    pub href: String,
    pub active: bool,
    pub count: String,
}

#[derive(Template)]
#[template(path = "invoices/index.html")]
struct Index {
    shell: Shell,
    list: ListState,
    tabs: Vec<TabLink>,
    rows: Vec<Row>,
    tiles: Vec<Tile>,
    ageing: Option<Html>,
    may_create: bool,
    /// Whether there is no invoice at all yet.
    is_new: bool,
}

#[derive(Template)]
#[template(path = "invoices/client.html")]
struct OfClient {
    shell: Shell,
    head: Html,
    list: ListState,
    rows: Vec<Row>,
    new_href: String,
    may_create: bool,
}

fn rows(cx: &Cx, page: &Page<Invoice>) -> Vec<Row> {
    let (fmt, today) = (cx.fmt(), actions::today(cx));
    let row = |invoice: &Invoice| {
        let status = invoice.status(today);
        let settled = invoice.open_cents() == 0 || invoice.state != "issued";
        Row {
            id: invoice.id,
            href: cx.path(&format!("invoices/{}", invoice.id)),
            number: invoice.title(),
            client: invoice.client_name.clone(),
            about: invoice.project_name.clone().or_else(|| invoice.about.clone()).unwrap_or_default(),
            status: show::status_label(invoice, status),
            tone: status.tone(),
            due: match invoice.due_date {
                Some(due) if settled => Html::text(fmt.date_short(due)),
                Some(due) => fmt.due(due),
                None => Html::text("–"),
            },
            total: fmt.money(invoice.total_cents, invoice.currency),
            open: if invoice.paid_cents > 0 && !settled {
                format!("{} open", fmt.money(invoice.open_cents(), invoice.currency))
            } else {
                String::new()
            },
        }
    };
    page.data.iter().map(row).collect()
}

fn state(path: String, query: &InvoiceQuery, page: &Page<Invoice>) -> ListState {
    let mut filters = Vec::new();
    let mut set =
        |name: &str, value: Option<String>| filters.extend(value.map(|value| (name.to_owned(), value)));
    set("status", query.status.clone());
    set("search", query.search.clone());
    set("project_id", query.project_id.map(|id| id.to_string()));
    set("from", query.from.map(|day| day.to_string()));
    set("to", query.to.map(|day| day.to_string()));
    ListState {
        path,
        query: filters,
        shown: page.data.len(),
        total: u64::try_from(page.total).unwrap_or_default(),
        total_is_at_least: page.total_is_at_least,
        next: page.next.clone(),
        noun: ("invoice", "invoices"),
        ..ListState::default()
    }
}

fn tabs(list: &ListState, counts: Counts) -> Vec<TabLink> {
    let shown = |count: i64| match count {
        0 => String::new(),
        1_001.. => "1,000+".into(),
        count => count.to_string(),
    };
    let tab = |label, status: &str, count| TabLink {
        label,
        href: list.with("status", status),
        active: list.get("status") == status,
        count: shown(count),
    };
    vec![
        tab("All", "", counts.all),
        tab("Draft", "draft", counts.draft),
        tab("Open", "open", counts.open),
        tab("Overdue", "overdue", counts.overdue),
        tab("Paid", "paid", counts.paid),
    ]
}

/// GET /app/{workspace}/invoices
pub(crate) async fn index(cx: Cx, Query(query): Query<InvoiceQuery>) -> Result<Response> {
    let (tx, today) = (cx.read().await?, actions::today(&cx));
    let (fmt, path) = (cx.fmt(), cx.path("invoices"));
    let may_see_sums = cx.may(REPORTS_FINANCIAL);
    let sums = async {
        if may_see_sums {
            figures(&tx, cx.workspace().currency, today, &fmt, &path).await
        } else {
            Ok(Figures { tiles: Vec::new(), ageing: None })
        }
    };
    let (found, counts, figures, shell) = futures::join!(
        list::page(&tx, &query, today),
        crate::figures::store::counts(&tx, today),
        sums,
        cx.shell(&tx),
    );
    let (found, counts, figures) = (found?, counts?, figures?);
    let list = state(path.clone(), &query, &found);
    page(&Index {
        tabs: tabs(&list, counts),
        rows: rows(&cx, &found),
        tiles: if counts.all == 0 { Vec::new() } else { figures.tiles },
        ageing: figures.ageing,
        may_create: cx.may(INVOICES_CREATE),
        is_new: counts.all == 0,
        list,
        shell: shell?.titled("Invoices").live("invoice. payment."),
    })
}

/// GET /app/{workspace}/clients/{id}/invoices
pub(crate) async fn of_client(cx: Cx, Query(query): Query<InvoiceQuery>) -> Result<Response> {
    let client: ClientId = cx.id("id")?;
    let query = InvoiceQuery { client_id: Some(client.uuid()), ..query };
    let (tx, today) = (cx.read().await?, actions::today(&cx));
    let (head, found, shell) = futures::join!(
        clients::header(&cx, &tx, client, "Invoices"),
        list::page(&tx, &query, today),
        cx.shell(&tx),
    );
    let found = found?;
    page(&OfClient {
        head: head?,
        list: state(cx.path(&format!("clients/{client}/invoices")), &query, &found),
        rows: rows(&cx, &found),
        new_href: cx.path(&format!("invoices/new?client_id={client}")),
        may_create: cx.may(INVOICES_CREATE),
        shell: shell?.titled("Invoices").crumb("Clients", cx.path("clients")).live("invoice. payment."),
    })
}

fn version(form: &Form) -> Option<i32> {
    form.value("version").parse().ok()
}

fn back(cx: &Cx, id: InvoiceId, said: Toast) -> Response {
    redirect_with(&cx.path(&format!("invoices/{id}")), said)
}

/// POST /app/{workspace}/invoices/{id}/issue
pub(crate) async fn issue(cx: Cx, form: Form) -> Result<Response> {
    let id = cx.id("id")?;
    match issue::issue(&cx, id, version(&form)).await {
        Ok(invoice) => Ok(back(
            &cx,
            id,
            Toast::success(format!("{} is issued. Send it when you are ready.", invoice.title())),
        )),
        Err(error) => show::refused(&cx, id, "issue", &form, error).await,
    }
}

/// POST /app/{workspace}/invoices/{id}/send
pub(crate) async fn send(cx: Cx, form: Form) -> Result<Response> {
    let id = cx.id("id")?;
    let reader = form.reader();
    let input =
        SendInvoice { to: reader.words("to"), cc: reader.words("cc"), message: reader.text("message") };
    match deliveries::actions::send(&cx, id, input, version(&form)).await {
        Ok(invoice) => Ok(back(&cx, id, Toast::success(format!("{} is on its way.", invoice.title())))),
        Err(error) => show::refused(&cx, id, "send", &form, show::in_one_field(error)).await,
    }
}

/// POST /app/{workspace}/invoices/{id}/void
pub(crate) async fn void(cx: Cx, form: Form) -> Result<Response> {
    let id = cx.id("id")?;
    match issue::void(&cx, id, form.value("reason"), version(&form)).await {
        Ok(invoice) => {
            let said = format!("{} is void. What it billed can be billed anew.", invoice.title());
            Ok(back(&cx, id, Toast::success(said)))
        }
        Err(error) => show::refused(&cx, id, "void", &form, error).await,
    }
}

/// POST /app/{workspace}/invoices/{id}/delete
pub(crate) async fn delete(cx: Cx, form: Form) -> Result<Response> {
    let id = cx.id("id")?;
    match actions::delete(&cx, id, version(&form)).await {
        Ok(_) => {
            let said = Toast::success("Draft deleted. What it billed can be billed anew.");
            Ok(redirect_with(&cx.path("invoices"), said))
        }
        Err(error) => show::refused(&cx, id, "", &form, error).await,
    }
}

/// POST /app/{workspace}/invoices/{id}/payments
pub(crate) async fn record_payment(cx: Cx, form: Form) -> Result<Response> {
    let id: InvoiceId = cx.id("id")?;
    let currency = {
        let tx = cx.read().await?;
        super::store::get(&tx, id).await?.currency
    };
    let mut reader = form.reader();
    let amount = reader.money("amount_cents", currency);
    if amount.is_none() && form.value("amount_cents").trim().is_empty() {
        reader.error("amount_cents", "required", "Write how much came in.");
    }
    let input = InvoicePayment {
        amount_cents: amount.unwrap_or_default(),
        method: reader.parse::<Method>("method", "Choose how it came.").unwrap_or_default(),
        received_on: reader.date("received_on"),
        reference: reader.optional("reference"),
        notes: None,
    };
    let done = match reader.finish() {
        Ok(()) => payments::actions::record(&cx, id, input).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(payment) => {
            let fmt = cx.fmt();
            let said = match payment.unapplied_cents {
                0 => "Payment recorded.".to_owned(),
                left => format!("Payment recorded. {} stays as credit.", fmt.money(left, currency)),
            };
            Ok(back(&cx, id, Toast::success(said)))
        }
        Err(error) => show::refused(&cx, id, "pay", &form, error).await,
    }
}

/// POST /app/{workspace}/invoices/{id}/apply-credit
pub(crate) async fn apply_credit(cx: Cx, form: Form) -> Result<Response> {
    let id = cx.id("id")?;
    let mut reader = form.reader();
    let payment = reader.required("payment_id", "Choose the credit to use.");
    let done = match (reader.finish(), payment) {
        (Ok(()), Some(payment_id)) => {
            payments::actions::apply_credit(&cx, id, ApplyCredit { payment_id, amount_cents: None }).await
        }
        (Err(error), _) => Err(error),
        (Ok(()), None) => Err(rapport_base::Refusal::not_found().into()),
    };
    match done {
        Ok(_) => Ok(back(&cx, id, Toast::success("Credit used."))),
        Err(error) => show::refused(&cx, id, "credit", &form, error).await,
    }
}

/// POST /app/{workspace}/invoices/{id}/pay-link
pub(crate) async fn pay_link(cx: Cx, form: Form) -> Result<Response> {
    let id = cx.id("id")?;
    match checkout::pay_link(&cx.app, cx.workspace_id(), cx.origin(), id).await {
        Ok(url) => show::with_link(&cx, id, url).await,
        Err(error) => show::refused(&cx, id, "", &form, error).await,
    }
}

/// When something happened, for sorting a timeline.
pub(crate) fn latest_first<T>(events: &mut [T], at: impl Fn(&T) -> Timestamp) {
    events.sort_by_key(|event| std::cmp::Reverse(at(event)));
}
