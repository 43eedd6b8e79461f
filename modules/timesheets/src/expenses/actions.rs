//! What is done with expenses.

use files::{FileId, NewFile, Purpose, Received};
use rapport_base::{Refusal, Result, text};
use rapport_db::TenantTx;
use rapport_web::{Cx, validate};

use super::{
    Expense, ExpenseChange, ExpenseId, ExpenseStatus, NewExpense, rules,
    store::{self, Payer, Reckoned},
};
use crate::{
    EXPENSES_READ_ALL,
    entries::actions::check_period,
    events::{
        ExpenseApproved, ExpenseCreated, ExpenseDeleted, ExpenseFacts, ExpenseReimbursed, ExpenseRejected,
        ExpenseSubmitted, ExpenseUpdated,
    },
    sheets::Verdict,
};

/// Claims an expense as a draft, with its receipt if there is one.
///
/// # Errors
/// Beside the fields: the project, the currency, the day, the amounts. Conflict: the period is closed.
pub async fn create(cx: &Cx, input: NewExpense, receipt: Option<Received>) -> Result<Expense> {
    let input = cleaned(input);
    validate(&input)?;
    let tx = cx.begin().await?;
    let (payer, reckoned) = judged(cx, &tx, &input, true).await?;
    let file = keep_receipt(&tx, &input, &payer, receipt).await?;
    let id = store::insert(&tx, cx.member.id, &input, reckoned, file).await?;
    let expense = store::find(&tx, id, None).await?.ok_or_else(Refusal::not_found)?;
    tx.publish(&ExpenseCreated { facts: facts(&expense, "") });
    tx.commit().await?;
    Ok(expense)
}

/// Changes one's own draft or rejected expense.
///
/// # Errors
/// As [`create`]; not found; someone changed it meanwhile; conflict once it is handed in.
pub async fn update(
    cx: &Cx,
    id: ExpenseId,
    change: ExpenseChange,
    version: Option<i32>,
    receipt: Option<Received>,
) -> Result<Expense> {
    validate(&change)?;
    let tx = cx.begin().await?;
    let before = own(cx, &tx, id).await?;
    if version.is_some_and(|version| version != before.version) {
        return Err(Refusal::stale().into());
    }
    rules::check_editable(before.status)?;
    let input = cleaned(change.onto(&before));
    validate(&input)?;
    check_period(&tx, cx.today(), [before.date]).await?;
    let (payer, reckoned) = judged(cx, &tx, &input, input.project_id != before.project_id).await?;
    let file = keep_receipt(&tx, &input, &payer, receipt).await?;
    store::update(&tx, id, &input, reckoned, file).await?;
    let after = store::find(&tx, id, None).await?.ok_or_else(Refusal::not_found)?;
    tx.publish_change(
        &ExpenseUpdated { facts: facts(&after, "") },
        Some(shape(&before)),
        Some(shape(&after)),
    );
    tx.commit().await?;
    Ok(after)
}

/// Takes back one's own draft or rejected expense.
///
/// # Errors
/// Not found; conflict once it is handed in.
pub async fn delete(cx: &Cx, id: ExpenseId) -> Result<()> {
    let tx = cx.begin().await?;
    let expense = own(cx, &tx, id).await?;
    rules::check_editable(expense.status)?;
    check_period(&tx, cx.today(), [expense.date]).await?;
    store::delete(&tx, id).await?;
    tx.publish_change(&ExpenseDeleted { facts: facts(&expense, "") }, Some(shape(&expense)), None);
    tx.commit().await
}

/// Hands one's own expense in. Handing in again what waits changes nothing.
///
/// # Errors
/// Not found; conflict once it was decided on.
pub async fn submit(cx: &Cx, id: ExpenseId) -> Result<Expense> {
    let tx = cx.begin().await?;
    let before = own(cx, &tx, id).await?;
    if before.status == ExpenseStatus::Submitted {
        return Ok(before);
    }
    rules::check_editable(before.status)?;
    check_period(&tx, cx.today(), [before.date]).await?;
    store::submit(&tx, id).await?;
    tx.publish(&ExpenseSubmitted { facts: facts(&before, "") });
    finish(tx, id).await
}

/// Approves an expense: what the client pays counts as spent on the project.
///
/// # Errors
/// Not found; forbidden for one's own; conflict when it does not wait.
pub async fn approve(cx: &Cx, id: ExpenseId, verdict: &Verdict) -> Result<Expense> {
    validate(verdict)?;
    let tx = cx.begin().await?;
    let before = store::lock(&tx, id).await?.ok_or_else(Refusal::not_found)?;
    rules::check_decide(&before, cx.member.id, &cx.member.role)?;
    let comment = text::clean(&verdict.comment).unwrap_or_default();
    store::decide(&tx, id, ExpenseStatus::Approved, cx.member.id, &comment).await?;
    projects::spent::add(&tx, before.project_id, before.billable_cents, 0).await?;
    tx.publish_change(
        &ExpenseApproved { facts: facts(&before, &comment) },
        Some(status(before.status)),
        Some(status(ExpenseStatus::Approved)),
    );
    finish(tx, id).await
}

/// Gives an expense back to be corrected.
///
/// # Errors
/// As [`approve`]; without a comment.
pub async fn reject(cx: &Cx, id: ExpenseId, verdict: &Verdict) -> Result<Expense> {
    validate(verdict)?;
    let Some(comment) = text::clean(&verdict.comment) else {
        return Err(Refusal::field("comment", "required", "Say what is to be corrected.").into());
    };
    let tx = cx.begin().await?;
    let before = store::lock(&tx, id).await?.ok_or_else(Refusal::not_found)?;
    rules::check_decide(&before, cx.member.id, &cx.member.role)?;
    store::decide(&tx, id, ExpenseStatus::Rejected, cx.member.id, &comment).await?;
    tx.publish_change(
        &ExpenseRejected { facts: facts(&before, &comment) },
        Some(status(before.status)),
        Some(status(ExpenseStatus::Rejected)),
    );
    finish(tx, id).await
}

/// Notes that an approved expense was paid back to its member.
///
/// # Errors
/// Not found; conflict unless it is approved or invoiced.
pub async fn reimburse(cx: &Cx, id: ExpenseId) -> Result<Expense> {
    let tx = cx.begin().await?;
    let before = store::lock(&tx, id).await?.ok_or_else(Refusal::not_found)?;
    if !matches!(before.status, ExpenseStatus::Approved | ExpenseStatus::Invoiced) {
        return Err(Refusal::conflict(
            "expenses.not_approved",
            "Only an approved expense is paid back, and only once.",
        )
        .into());
    }
    store::reimburse(&tx, id).await?;
    tx.publish_change(
        &ExpenseReimbursed { facts: facts(&before, "") },
        Some(status(before.status)),
        Some(status(ExpenseStatus::Reimbursed)),
    );
    finish(tx, id).await
}

async fn finish(tx: TenantTx, id: ExpenseId) -> Result<Expense> {
    let expense = store::find(&tx, id, None).await?.ok_or_else(Refusal::not_found)?;
    tx.commit().await?;
    Ok(expense)
}

async fn own(cx: &Cx, tx: &TenantTx, id: ExpenseId) -> Result<Expense> {
    let expense = store::lock(tx, id).await?.ok_or_else(Refusal::not_found)?;
    if expense.member_id == cx.member.id {
        return Ok(expense);
    }
    Err(if cx.may(EXPENSES_READ_ALL) { Refusal::forbidden() } else { Refusal::not_found() }.into())
}

async fn judged(cx: &Cx, tx: &TenantTx, input: &NewExpense, anew: bool) -> Result<(Payer, Reckoned)> {
    let refuse = |code, message: String| Err(Refusal::field("project_id", code, message).into());
    let Some(payer) = store::payer(tx, input.project_id, cx.member.id).await? else {
        return refuse("not_on_team", "This project is not there, or you are not on its team.".into());
    };
    if anew && !payer.is_assigned {
        return refuse("not_on_team", "This project is not there, or you are not on its team.".into());
    }
    if anew && matches!(payer.status.as_str(), "completed" | "cancelled") {
        return refuse("not_active", format!("{} is {}.", payer.name, payer.status));
    }
    rules::check(input, payer.currency, cx.today())?;
    check_period(tx, cx.today(), [input.date]).await?;
    let is_billable = input.is_billable.unwrap_or(true) && payer.billing_type != "non_billable";
    let billable_cents =
        rules::billable_cents(input.amount_cents, input.markup_percent.unwrap_or_default(), is_billable);
    let currency = payer.currency;
    Ok((payer, Reckoned { currency, is_billable, billable_cents }))
}

async fn keep_receipt(
    tx: &TenantTx,
    input: &NewExpense,
    payer: &Payer,
    receipt: Option<Received>,
) -> Result<Option<FileId>> {
    let Some(received) = receipt else { return Ok(None) };
    let file = NewFile {
        project_id: Some(input.project_id.uuid()),
        client_id: Some(payer.client_id.uuid()),
        folder: "Receipts".into(),
        ..NewFile::new(received, Purpose::Receipt)
    };
    files::create_in(tx, file).await.map(Some)
}

fn cleaned(input: NewExpense) -> NewExpense {
    NewExpense {
        category: text::clean_line(&input.category).unwrap_or_default(),
        merchant: text::clean_line(&input.merchant).unwrap_or_default(),
        description: text::clean(&input.description).unwrap_or_default(),
        ..input
    }
}

fn facts(expense: &Expense, comment: &str) -> ExpenseFacts {
    ExpenseFacts {
        expense_id: expense.id.uuid(),
        member_id: expense.member_id.uuid(),
        member_name: expense.member_name.clone(),
        project_id: expense.project_id.uuid(),
        project_name: expense.project_name.clone(),
        client_id: expense.client_id.map(clients::ClientId::uuid),
        category: expense.category.clone(),
        amount_cents: expense.amount_cents,
        currency: expense.currency.code().to_owned(),
        comment: comment.to_owned(),
    }
}

fn shape(expense: &Expense) -> serde_json::Value {
    serde_json::json!({
        "date": expense.date, "category": expense.category, "amount_cents": expense.amount_cents,
        "is_billable": expense.is_billable, "billable_cents": expense.billable_cents,
    })
}

fn status(status: ExpenseStatus) -> serde_json::Value {
    serde_json::json!({ "status": status })
}
