//! Expenses over the API.

use axum::{
    Json as Answer,
    extract::{FromRequest, Request},
    http::header,
    response::Response,
};
use files::{Limits, Received, STATEMENTS, Want};
use rapport_base::{MemberId, Page, Refusal, Result};
use rapport_web::{Cx, Form, IfMatch, Json, Query, Upload, created, nothing, versioned};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::{Expense, ExpenseChange, ExpenseQuery, NewExpense, actions, store};
use crate::{EXPENSES_READ_ALL, sheets::Verdict};

/// The largest receipt in bytes.
pub(crate) const LARGEST_RECEIPT: u64 = 15 * 1024 * 1024;

/// An expense with its receipt.
#[derive(Debug, ToSchema)]
#[allow(dead_code)]
pub struct ExpenseBody {
    #[schema(inline)]
    expense: NewExpense,
    /// The receipt: JPEG, PNG or PDF; its field comes last.
    #[schema(format = "binary")]
    receipt: Option<String>,
}

/// GET /api/expenses
pub async fn list(cx: Cx, Query(query): Query<ExpenseQuery>) -> Result<Answer<Page<Expense>>> {
    let of = whose(&cx, query.member_id.map(MemberId))?;
    let tx = cx.read().await?;
    Ok(Answer(store::list(&tx, &query, of).await?))
}

/// POST /api/expenses
pub async fn create(cx: Cx, request: Request) -> Result<Response> {
    let content =
        request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (input, receipt) = if content.starts_with("multipart/form-data") {
        let mut upload = Upload::from_request(request, &cx.app).await?;
        let receipt = receipt(&cx, &mut upload).await?;
        (read(&upload.form())?, receipt)
    } else {
        let Json(input) = Json::from_request(request, &cx.app).await?;
        (input, None)
    };
    let expense = actions::create(&cx, input, receipt).await?;
    Ok(created(&format!("/api/expenses/{}", expense.id), &expense))
}

/// GET /api/expenses/{id}
pub async fn show(cx: Cx) -> Result<Response> {
    let tx = cx.read().await?;
    let expense = store::find(&tx, cx.id("id")?, whose(&cx, None)?).await?.ok_or_else(Refusal::not_found)?;
    Ok(versioned(&expense, expense.version))
}

/// How a receipt is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct ReceiptQuery {
    /// `1`: to be shown in the browser.
    inline: Option<u8>,
}

/// GET /api/expenses/{id}/receipt and /app/{workspace}/expenses/{id}/receipt: for all who may see
/// the expense, whether they work on its project or not.
pub async fn show_receipt(cx: Cx, Query(query): Query<ReceiptQuery>) -> Result<Response> {
    let tx = cx.begin().await?;
    let expense = store::find(&tx, cx.id("id")?, whose(&cx, None)?).await?.ok_or_else(Refusal::not_found)?;
    let file = expense.receipt_file_id.ok_or_else(Refusal::not_found)?;
    files::download(&cx.app, tx, Want { inline: query.inline == Some(1), ..Want::newest(file) }).await
}

/// PATCH /api/expenses/{id}
pub async fn update(
    cx: Cx,
    IfMatch(version): IfMatch,
    Json(change): Json<ExpenseChange>,
) -> Result<Response> {
    let expense = actions::update(&cx, cx.id("id")?, change, version, None).await?;
    Ok(versioned(&expense, expense.version))
}

/// DELETE /api/expenses/{id}
pub async fn delete(cx: Cx) -> Result<Response> {
    actions::delete(&cx, cx.id("id")?).await?;
    Ok(nothing())
}

/// POST /api/expenses/{id}/submit
pub async fn submit(cx: Cx) -> Result<Answer<Expense>> {
    Ok(Answer(actions::submit(&cx, cx.id("id")?).await?))
}

/// POST /api/expenses/{id}/approve
pub async fn approve(cx: Cx, Json(verdict): Json<Verdict>) -> Result<Answer<Expense>> {
    Ok(Answer(actions::approve(&cx, cx.id("id")?, &verdict).await?))
}

/// POST /api/expenses/{id}/reject
pub async fn reject(cx: Cx, Json(verdict): Json<Verdict>) -> Result<Answer<Expense>> {
    Ok(Answer(actions::reject(&cx, cx.id("id")?, &verdict).await?))
}

/// POST /api/expenses/{id}/reimburse
pub async fn reimburse(cx: Cx) -> Result<Answer<Expense>> {
    Ok(Answer(actions::reimburse(&cx, cx.id("id")?).await?))
}

/// Whose expenses a reader asks for and may see.
pub(crate) fn whose(cx: &Cx, asked: Option<MemberId>) -> Result<Option<MemberId>> {
    match asked {
        asked if cx.may(EXPENSES_READ_ALL) => Ok(asked),
        None => Ok(Some(cx.member.id)),
        Some(member) if member == cx.member.id => Ok(Some(member)),
        Some(_) => Err(Refusal::not_found().into()),
    }
}

/// The receipt of an upload, if one came with it; the fields around it are read, too.
pub(crate) async fn receipt(cx: &Cx, upload: &mut Upload) -> Result<Option<Received>> {
    let mut receipt = None;
    while let Some(field) = upload.next_file().await? {
        if receipt.is_some() || field.name() != Some("receipt") {
            return Err(Refusal::field(
                field.name().unwrap_or("receipt"),
                "unknown_field",
                "Send one receipt, as the field receipt.",
            )
            .into());
        }
        receipt = Some(
            files::receive(&cx.app, cx.workspace_id(), field, Limits::only(STATEMENTS, LARGEST_RECEIPT))
                .await?,
        );
    }
    Ok(receipt)
}

/// The fields of a multipart body, by the names of the JSON one.
fn read(form: &Form) -> Result<NewExpense> {
    const KNOWN: &[&str] = &[
        "project_id",
        "date",
        "category",
        "merchant",
        "description",
        "amount_cents",
        "tax_cents",
        "currency",
        "is_billable",
        "markup_percent",
    ];
    let mut reader = form.reader();
    for (name, _) in form.pairs().iter().filter(|(name, _)| !KNOWN.contains(&name.as_str())) {
        reader.error(name, "unknown_field", "This field is not known here.");
    }
    let project_id = reader.required("project_id", "Send the id of a project.");
    let date = reader.required("date", "Send a date, such as 2026-11-21.");
    let amount_cents = reader.required("amount_cents", "Send the amount in minor units, such as 1250.");
    let tax_cents = reader.parse("tax_cents", "Send the tax in minor units, such as 250.");
    let is_billable = reader.parse("is_billable", "Send true or false.");
    let markup_percent = reader.decimal("markup_percent");
    let currency = reader.optional("currency").map(|code| rapport_base::Currency::try_new(&code));
    if currency == Some(None) {
        reader.error("currency", "invalid", "Send a currency's code, such as EUR.");
    }
    let (category, merchant, description) =
        (reader.text("category"), reader.text("merchant"), reader.text("description"));
    if category.is_empty() {
        reader.error("category", "required", "Say what it was for, such as Travel.");
    }
    reader.finish()?;
    let (Some(project_id), Some(date), Some(amount_cents)) = (project_id, date, amount_cents) else {
        return Err(Refusal::not_found().into());
    };
    Ok(NewExpense {
        project_id,
        date,
        category,
        merchant,
        description,
        amount_cents,
        tax_cents: tax_cents.unwrap_or_default(),
        currency: currency.flatten(),
        is_billable,
        markup_percent,
    })
}
