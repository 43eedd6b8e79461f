//! Invoices over the API.

use axum::response::{IntoResponse, Response};
use data_encoding::HEXLOWER;
use rapport_base::{Page, Result};
use rapport_web::{Cx, IfMatch, Json, Query, created, nothing, versioned};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    InvoiceChange, InvoiceDetails, InvoiceId, InvoiceQuery, InvoiceShown, NewInvoice, actions, issue, list,
    store,
};
use crate::{
    checkout,
    deliveries::{self, SendInvoice},
    documents,
    payments::{self, ApplyCredit, InvoicePayment, Payment, PaymentShown},
};

async fn answer(cx: &Cx, id: InvoiceId) -> Result<Response> {
    let tx = cx.read().await?;
    let details = actions::details(&tx, id, actions::today(cx)).await?;
    Ok(versioned(&details, details.invoice().version))
}

/// GET /api/invoices
pub(crate) async fn index(
    cx: Cx,
    Query(query): Query<InvoiceQuery>,
) -> Result<axum::Json<Page<InvoiceShown>>> {
    let (tx, today) = (cx.read().await?, actions::today(&cx));
    let page = list::page(&tx, &query, today).await?;
    Ok(axum::Json(page.map(|invoice| InvoiceShown::new(invoice, today))))
}

/// POST /api/invoices
pub(crate) async fn create(cx: Cx, Json(input): Json<NewInvoice>) -> Result<Response> {
    let details = actions::create(&cx, &input).await?;
    Ok(created(&format!("/api/invoices/{}", details.invoice().id), &details))
}

/// GET /api/invoices/{id}
pub(crate) async fn show(cx: Cx) -> Result<Response> {
    answer(&cx, cx.id("id")?).await
}

/// PATCH /api/invoices/{id}
pub(crate) async fn update(
    cx: Cx,
    IfMatch(version): IfMatch,
    Json(change): Json<InvoiceChange>,
) -> Result<Response> {
    let details: InvoiceDetails = actions::update(&cx, cx.id("id")?, change, version).await?;
    Ok(versioned(&details, details.invoice().version))
}

/// DELETE /api/invoices/{id}
pub(crate) async fn delete(cx: Cx, IfMatch(version): IfMatch) -> Result<Response> {
    actions::delete(&cx, cx.id("id")?, version).await?;
    Ok(nothing())
}

/// POST /api/invoices/{id}/issue
pub(crate) async fn issue(cx: Cx, IfMatch(version): IfMatch) -> Result<Response> {
    let id = cx.id("id")?;
    issue::issue(&cx, id, version).await?;
    answer(&cx, id).await
}

/// POST /api/invoices/{id}/send
pub(crate) async fn send(
    cx: Cx,
    IfMatch(version): IfMatch,
    Json(input): Json<SendInvoice>,
) -> Result<Response> {
    let id = cx.id("id")?;
    deliveries::actions::send(&cx, id, input, version).await?;
    answer(&cx, id).await
}

/// Why an invoice is taken back.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct VoidInvoice {
    /// Why.
    pub reason: String,
}

/// POST /api/invoices/{id}/void
pub(crate) async fn void(
    cx: Cx,
    IfMatch(version): IfMatch,
    Json(input): Json<VoidInvoice>,
) -> Result<Response> {
    let id = cx.id("id")?;
    issue::void(&cx, id, &input.reason, version).await?;
    answer(&cx, id).await
}

/// GET /api/invoices/{id}/pdf
pub(crate) async fn pdf(cx: Cx) -> Result<Response> {
    let id: InvoiceId = cx.id("id")?;
    let tx = cx.read().await?;
    let (invoice, kept) = futures::join!(store::get(&tx, id), documents::store::find(&tx, id));
    let (invoice, kept) = (invoice?, kept?);
    if invoice.is_draft() {
        let drafted = documents::draft(&cx.app, &tx, id, actions::today(&cx)).await?;
        return Ok(documents::answer(drafted, "draft", true));
    }
    drop(tx);
    let pdf = match kept {
        Some(pdf) => pdf,
        None => documents::ensure(&cx.app, cx.workspace_id(), id).await?,
    };
    let mut response = documents::answer(documents::bytes(&cx.app, &pdf).await?, &invoice.title(), true);
    if let Ok(digest) = HEXLOWER.encode(&pdf.sha256).parse() {
        response.headers_mut().insert("x-content-sha256", digest);
    }
    Ok(response)
}

/// GET /api/invoices/{id}/payments
pub(crate) async fn payments(cx: Cx) -> Result<axum::Json<Page<Payment>>> {
    let id: InvoiceId = cx.id("id")?;
    let tx = cx.read().await?;
    let (invoice, payments) = futures::join!(store::get(&tx, id), payments::store::of_invoice(&tx, id));
    invoice?;
    Ok(axum::Json(Page::whole(payments?)))
}

/// POST /api/invoices/{id}/payments
pub(crate) async fn record_payment(cx: Cx, Json(input): Json<InvoicePayment>) -> Result<Response> {
    let payment: PaymentShown = payments::actions::record(&cx, cx.id("id")?, input).await?;
    Ok(created(&format!("/api/payments/{}", payment.payment.id), &payment))
}

/// POST /api/invoices/{id}/apply-credit
pub(crate) async fn apply_credit(cx: Cx, Json(input): Json<ApplyCredit>) -> Result<axum::Json<PaymentShown>> {
    Ok(axum::Json(payments::actions::apply_credit(&cx, cx.id("id")?, input).await?))
}

/// Where an invoice can be paid.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PayLinkShown {
    /// The provider's page, or ours with the bank details.
    pub url: String,
}

/// POST /api/invoices/{id}/pay-link
pub(crate) async fn pay_link(cx: Cx) -> Result<Response> {
    let url = checkout::pay_link(&cx.app, cx.workspace_id(), cx.origin(), cx.id("id")?).await?;
    Ok(axum::Json(PayLinkShown { url }).into_response())
}
