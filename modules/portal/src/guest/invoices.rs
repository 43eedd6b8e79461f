//! Invoices in the portal: look, fetch, pay.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use rapport_base::Result;
use rapport_ui::PortalShell;
use rapport_web::{GuestCx, page, redirect};
use uuid::Uuid;

use super::{
    GuestInvoice, GuestLine,
    sight::{Section, Visit},
    store,
};
use crate::portals::rules::Act;

#[derive(Template)]
#[template(path = "guest/invoices.html")]
struct List {
    shell: PortalShell,
    invoices: Vec<InvoiceView>,
}

#[derive(Template)]
#[template(path = "guest/invoice.html")]
struct Show {
    shell: PortalShell,
    view: InvoiceView,
    lines: Vec<GuestLine>,
    bank_details: Option<String>,
    may_pay: bool,
    refused: String,
}

/// An invoice with its state in words.
struct InvoiceView {
    invoice: GuestInvoice,
    label: &'static str,
    tone: &'static str,
}

impl InvoiceView {
    fn new(invoice: GuestInvoice, today: jiff::civil::Date) -> Self {
        let (label, tone) = match invoice.status(today) {
            "paid" => ("Paid", "green"),
            "overdue" => ("Overdue", "red"),
            "partially_paid" => ("Partly paid", "amber"),
            "credit_note" => ("Credit note", "neutral"),
            _ => ("Open", "blue"),
        };
        Self { invoice, label, tone }
    }
}

/// GET /portal/{portal_id}/invoices
pub async fn list(cx: GuestCx) -> Result<Response> {
    let visit = Visit::look(&cx, Section::Invoices).await?;
    let (rows, shell) = futures::join!(
        store::invoices(&visit.tx, cx.guest.client_id),
        visit.sight.shell(&cx, &visit.tx, "Invoices")
    );
    let today = visit.sight.today(&cx);
    let list = List {
        shell: shell?,
        invoices: rows?.into_iter().map(|invoice| InvoiceView::new(invoice, today)).collect(),
    };
    visit.done().await?;
    page(&list)
}

/// GET /portal/{portal_id}/invoices/{id}
pub async fn show(cx: GuestCx) -> Result<Response> {
    shown(&cx, String::new()).await
}

/// The invoice, with the reason beside its button why it cannot be paid right now.
async fn shown(cx: &GuestCx, refused: String) -> Result<Response> {
    let id: Uuid = cx.id::<invoicing::InvoiceId>("id")?.uuid();
    let visit = Visit::open(cx, Section::Invoices).await?;
    let invoice = store::invoice(&visit.tx, cx.guest.client_id, id).await?;
    let title = match invoice.kind.as_str() {
        "credit_note" => format!("Credit note {}", invoice.invoice_number),
        _ => format!("Invoice {}", invoice.invoice_number),
    };
    visit.log("viewed_invoice", Some(("invoice", id))).await?;
    if !cx.guest.preview && invoice.kind == "invoice" {
        let (client, contact) = (cx.guest.client_id.into(), cx.guest.contact_id);
        invoicing::note_guest_view_in(&visit.tx, client, id.into(), contact, &cx.request.user_agent).await?;
    }
    let (lines, bank, shell) = futures::join!(
        store::lines(&visit.tx, id),
        store::bank_details(&visit.tx),
        visit.sight.shell(cx, &visit.tx, &title)
    );
    let show = Show {
        shell: shell?,
        lines: lines?,
        bank_details: bank?,
        may_pay: visit.sight.may(Act::Pay) && invoice.kind == "invoice" && invoice.open_cents > 0,
        view: InvoiceView::new(invoice, visit.sight.today(cx)),
        refused,
    };
    visit.done().await?;
    page(&show)
}

/// GET /portal/{portal_id}/invoices/{id}/pdf
pub async fn pdf(cx: GuestCx) -> Result<Response> {
    let id: invoicing::InvoiceId = cx.id("id")?;
    let visit = Visit::open(&cx, Section::Invoices).await?;
    store::invoice(&visit.tx, cx.guest.client_id, id.uuid()).await?;
    visit.log("downloaded_invoice", Some(("invoice", id.uuid()))).await?;
    visit.done().await?;
    invoicing::guest_pdf(&cx.app, cx.guest.workspace_id, cx.guest.client_id.into(), id).await
}

/// POST /portal/{portal_id}/invoices/{id}/pay: on to the page where it is paid.
pub async fn pay(cx: GuestCx) -> Result<Response> {
    let id: invoicing::InvoiceId = cx.id("id")?;
    let visit = Visit::act(&cx, Section::Invoices, Act::Pay).await?;
    store::invoice(&visit.tx, cx.guest.client_id, id.uuid()).await?;
    let here = cx.path(&format!("invoices/{id}"));
    if visit.sight.wants_code() {
        return Ok(redirect(&cx.path(&format!("confirm?next={here}"))));
    }
    visit.log("began_payment", Some(("invoice", id.uuid()))).await?;
    visit.done().await?;
    match invoicing::guest_pay_link(
        &cx.app,
        cx.guest.workspace_id,
        cx.origin(),
        cx.guest.client_id.into(),
        id,
    )
    .await
    {
        Ok(url) => Ok(redirect(&url)),
        Err(error) => match error.refusal() {
            Some(refusal) if refusal.kind != rapport_base::Kind::NotFound => {
                let status = StatusCode::from_u16(refusal.kind.status()).unwrap_or(StatusCode::CONFLICT);
                Ok((status, shown(&cx, refusal.message.to_string()).await?).into_response())
            }
            _ => Err(error),
        },
    }
}
