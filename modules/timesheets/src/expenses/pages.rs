//! Expenses in the browser.

use askama::Template;
use axum::response::Response;
use files::Received;
use projects::ProjectId;
use rapport_base::{Currency, MemberId, Money, Refusal, Result};
use rapport_db::TenantTx;
use rapport_ui::{Choice, FormState, ListState, Shell, Toast};
use rapport_web::{Cx, Form, Query, Upload, page, redirect_with, rejected};
use serde::Deserialize;

use super::{
    CATEGORIES, Expense, ExpenseChange, ExpenseId, ExpenseQuery, ExpenseStatus, NewExpense, actions,
    api::{receipt, whose},
    rules, store,
};
use crate::{
    EXPENSES_APPROVE, EXPENSES_CREATE, EXPENSES_READ_ALL,
    entries::{pages::listed, store as entries},
    sheets::Verdict,
};

#[derive(Template)]
#[template(path = "expenses/index.html")]
struct Index {
    shell: Shell,
    list: ListState,
    expenses: Vec<Expense>,
    tabs: Vec<(String, String, bool)>,
    members: Vec<(String, String)>,
    projects: Vec<(String, String)>,
    may_create: bool,
    may_see_all: bool,
}

#[derive(Template)]
#[template(path = "expenses/form.html")]
struct Edit {
    shell: Shell,
    expense: Option<Expense>,
    action: String,
    projects: Vec<Choice>,
    categories: Vec<(&'static str, &'static str)>,
    receipt_hint: &'static str,
    form: FormState,
}

#[derive(Template)]
#[template(path = "expenses/show.html")]
struct Show {
    shell: Shell,
    expense: Expense,
    form: FormState,
    is_own: bool,
    is_editable: bool,
    may_decide: bool,
    may_reimburse: bool,
}

/// The filters, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct IndexQuery {
    status: Option<String>,
    member_id: Option<String>,
    project_id: Option<String>,
    from: Option<String>,
    to: Option<String>,
    after: Option<String>,
}

/// GET /app/{workspace}/expenses
pub async fn index(cx: Cx, Query(query): Query<IndexQuery>) -> Result<Response> {
    let asked = ExpenseQuery {
        status: query.status.as_deref().and_then(|word| word.parse().ok()),
        member_id: query.member_id.as_deref().and_then(|id| id.parse().ok()),
        project_id: query.project_id.as_deref().and_then(|id| id.parse().ok()),
        from: query.from.as_deref().and_then(|day| day.parse().ok()),
        to: query.to.as_deref().and_then(|day| day.parse().ok()),
        after: query.after.clone(),
        ..ExpenseQuery::default()
    };
    let of = whose(&cx, asked.member_id.map(MemberId))?;
    let tx = cx.read().await?;
    let (rows, members, projects, shell) = futures::join!(
        store::list(&tx, &asked, of),
        entries::members(&tx),
        entries::projects_with_time(&tx, of),
        cx.shell(&tx)
    );
    let rows = rows?;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let list = listed(
        cx.path("expenses"),
        vec![
            ("status".into(), text(&query.status)),
            ("member_id".into(), text(&query.member_id)),
            ("project_id".into(), text(&query.project_id)),
            ("from".into(), text(&query.from)),
            ("to".into(), text(&query.to)),
        ],
        &rows,
        ("expense", "expenses"),
    );
    let all = std::iter::once(("All".to_owned(), list.without("status"), asked.status.is_none()));
    let tabs = ExpenseStatus::ALL.iter().map(|status| {
        (status.label().to_owned(), list.with("status", status), asked.status == Some(*status))
    });
    page(&Index {
        shell: shell?.titled("Expenses").live("expense."),
        tabs: all.chain(tabs).collect(),
        list,
        expenses: rows.data,
        members: members?.into_iter().map(|(id, name)| (id.to_string(), name)).collect(),
        projects: projects?.into_iter().map(|(id, name)| (id.to_string(), name)).collect(),
        may_create: cx.may(EXPENSES_CREATE),
        may_see_all: cx.may(EXPENSES_READ_ALL),
    })
}

/// GET /app/{workspace}/expenses/new
pub async fn new(cx: Cx) -> Result<Response> {
    page(&edit(&cx, None, None).await?)
}

/// GET /app/{workspace}/expenses/{id}/edit
pub async fn change(cx: Cx) -> Result<Response> {
    page(&edit(&cx, Some(cx.id("id")?), None).await?)
}

fn filled(expense: &Expense) -> FormState {
    let plain = |minor: i64| Money::new(minor, expense.currency).plain();
    let mut form = FormState::new()
        .with("project_id", expense.project_id)
        .with("date", expense.date)
        .with("category", &expense.category)
        .with("merchant", &expense.merchant)
        .with("description", &expense.description)
        .with("amount", plain(expense.amount_cents))
        .with("tax", if expense.tax_cents == 0 { String::new() } else { plain(expense.tax_cents) })
        .with("markup_percent", expense.markup_percent.normalize())
        .with("version", expense.version);
    if expense.is_billable {
        form.set("is_billable", "on");
    }
    form
}

/// One's own expense, when it is not a new one.
async fn own(cx: &Cx, tx: &TenantTx, id: Option<ExpenseId>) -> Result<Option<Expense>> {
    match id {
        Some(id) => Ok(Some(store::find(tx, id, Some(cx.member.id)).await?.ok_or_else(Refusal::not_found)?)),
        None => Ok(None),
    }
}

async fn edit(cx: &Cx, id: Option<ExpenseId>, typed: Option<FormState>) -> Result<Edit> {
    let tx = cx.read().await?;
    let (expense, projects, shell) =
        futures::join!(own(cx, &tx, id), store::projects_of(&tx, cx.member.id), cx.shell(&tx));
    let expense = expense?;
    let choice = |(id, name, currency): (ProjectId, String, Currency)| Choice {
        value: id.to_string(),
        label: name,
        hint: currency.code().to_owned(),
        ..Choice::default()
    };
    let mut projects: Vec<Choice> = projects?.into_iter().map(choice).collect();
    if let Some(expense) = &expense
        && !projects.iter().any(|choice| choice.value == expense.project_id.to_string())
    {
        projects.insert(0, choice((expense.project_id, expense.project_name.clone(), expense.currency)));
    }
    let title = if expense.is_some() { "Change the expense" } else { "New expense" };
    Ok(Edit {
        shell: shell?.titled(title).crumb("Expenses", cx.path("expenses")),
        action: expense
            .as_ref()
            .map_or_else(|| cx.path("expenses"), |expense| cx.path(&format!("expenses/{}", expense.id))),
        projects,
        receipt_hint: match &expense {
            Some(expense) if expense.receipt_file_id.is_some() => {
                "A new file replaces the receipt that is there."
            }
            _ => "A photo or PDF, up to 15 MB.",
        },
        categories: CATEGORIES.iter().map(|category| (*category, *category)).collect(),
        form: typed.unwrap_or_else(|| match &expense {
            Some(expense) => filled(expense),
            None => FormState::new().with("date", cx.today()).with("is_billable", "on"),
        }),
        expense,
    })
}

/// What was typed, read with the currency of the project that was chosen.
async fn read(cx: &Cx, form: &Form) -> Result<NewExpense> {
    let mut reader = form.reader();
    let project_id: Option<ProjectId> = reader.required("project_id", "Choose a project.");
    let date = reader.date("date");
    if date.is_none() && form.value("date").is_empty() {
        reader.error("date", "required", "Say when it was paid.");
    }
    let currency = match project_id {
        Some(project) => {
            let tx = cx.read().await?;
            store::payer(&tx, project, cx.member.id)
                .await?
                .map_or(cx.workspace().currency, |payer| payer.currency)
        }
        None => cx.workspace().currency,
    };
    let (amount, tax) = (reader.money("amount", currency), reader.money("tax", currency));
    if amount.is_none() && form.value("amount").trim().is_empty() {
        reader.error("amount", "required", "Write what was paid, such as 42.50.");
    }
    if amount.is_some_and(|amount| amount <= 0) {
        reader.error("amount", "too_small", "Write more than nothing.");
    }
    let markup_percent = reader.decimal("markup_percent");
    let category = reader.text("category");
    if category.is_empty() {
        reader.error("category", "required", "Say what it was for, such as Travel.");
    }
    let (merchant, description, is_billable) =
        (reader.text("merchant"), reader.text("description"), reader.checked("is_billable"));
    reader.finish()?;
    let (Some(project_id), Some(date), Some(amount_cents)) = (project_id, date, amount) else {
        return Err(Refusal::not_found().into());
    };
    Ok(NewExpense {
        project_id,
        date,
        category,
        merchant,
        description,
        amount_cents,
        tax_cents: tax.unwrap_or_default(),
        currency: Some(currency),
        is_billable: Some(is_billable),
        markup_percent,
    })
}

/// POST /app/{workspace}/expenses
pub async fn create(cx: Cx, mut upload: Upload) -> Result<Response> {
    let received = receipt(&cx, &mut upload).await;
    let form = upload.form();
    let made = match typed(&cx, &form, received).await {
        Ok((new, received)) => actions::create(&cx, new, received).await,
        Err(error) => Err(error),
    };
    let made = match made {
        Ok(expense) if form.value("then") == "submit" => actions::submit(&cx, expense.id).await,
        made => made,
    };
    match made {
        Ok(expense) => {
            let said = if expense.status == ExpenseStatus::Submitted {
                "Expense submitted."
            } else {
                "Expense kept as a draft."
            };
            Ok(redirect_with(&cx.path(&format!("expenses/{}", expense.id)), Toast::success(said)))
        }
        Err(error) => rejected(&edit(&cx, None, Some(refit(form.rejected(error)?))).await?),
    }
}

/// POST /app/{workspace}/expenses/{id}
pub async fn update(cx: Cx, mut upload: Upload) -> Result<Response> {
    let id: ExpenseId = cx.id("id")?;
    let received = receipt(&cx, &mut upload).await;
    let form = upload.form();
    let version = form.value("version").parse().ok();
    let made = match typed(&cx, &form, received).await {
        Ok((new, received)) => {
            let change = ExpenseChange {
                project_id: Some(new.project_id),
                date: Some(new.date),
                category: Some(new.category),
                merchant: Some(new.merchant),
                description: Some(new.description),
                amount_cents: Some(new.amount_cents),
                tax_cents: Some(new.tax_cents),
                currency: new.currency,
                is_billable: new.is_billable,
                markup_percent: Some(new.markup_percent.unwrap_or_default()),
            };
            actions::update(&cx, id, change, version, received).await
        }
        Err(error) => Err(error),
    };
    match made {
        Ok(_) => Ok(redirect_with(&cx.path(&format!("expenses/{id}")), Toast::success("Expense saved."))),
        Err(error) => {
            let state = refit(form.rejected(error)?);
            rejected(&edit(&cx, Some(id), Some(state)).await?)
        }
    }
}

async fn typed(
    cx: &Cx,
    form: &Form,
    received: Result<Option<Received>>,
) -> Result<(NewExpense, Option<Received>)> {
    let received = match received {
        Ok(received) => received,
        Err(rapport_base::Error::Refusal(refusal)) if !refusal.fields.is_empty() => {
            return Err(Refusal::invalid(refusal.fields).into());
        }
        Err(error) => return Err(error),
    };
    Ok((read(cx, form).await?, received))
}

fn refit(mut form: FormState) -> FormState {
    for (theirs, ours) in [("amount_cents", "amount"), ("tax_cents", "tax")] {
        if let Some(said) = form.error(theirs).map(str::to_owned) {
            form.add_error(ours, said);
        }
    }
    form
}

/// GET /app/{workspace}/expenses/{id}
pub async fn show(cx: Cx) -> Result<Response> {
    page(&one(&cx, FormState::new()).await?)
}

async fn one(cx: &Cx, form: FormState) -> Result<Show> {
    let tx = cx.read().await?;
    let of = whose(cx, None)?;
    let (expense, shell) = futures::join!(store::find(&tx, cx.id("id")?, of), cx.shell(&tx));
    let expense = expense?.ok_or_else(Refusal::not_found)?;
    let is_own = expense.member_id == cx.member.id;
    let approves = cx.may(EXPENSES_APPROVE);
    let title = format!("{} for {}", expense.category, expense.project_name);
    Ok(Show {
        shell: shell?.titled(title).crumb("Expenses", cx.path("expenses")).live("expense."),
        form,
        is_editable: is_own && expense.status.is_editable(),
        may_decide: approves && rules::check_decide(&expense, cx.member.id, &cx.member.role).is_ok(),
        may_reimburse: approves
            && matches!(expense.status, ExpenseStatus::Approved | ExpenseStatus::Invoiced),
        is_own,
        expense,
    })
}

/// POST /app/{workspace}/expenses/{id}/submit
pub async fn submit(cx: Cx, form: Form) -> Result<Response> {
    let made = actions::submit(&cx, cx.id("id")?).await;
    answer(&cx, &form, made, "Expense submitted.").await
}

/// POST /app/{workspace}/expenses/{id}/approve
pub async fn approve(cx: Cx, form: Form) -> Result<Response> {
    let made = actions::approve(&cx, cx.id("id")?, &verdict(&form)).await;
    answer(&cx, &form, made, "Expense approved.").await
}

/// POST /app/{workspace}/expenses/{id}/reject
pub async fn reject(cx: Cx, form: Form) -> Result<Response> {
    let made = actions::reject(&cx, cx.id("id")?, &verdict(&form)).await;
    answer(&cx, &form, made, "Expense returned.").await
}

/// POST /app/{workspace}/expenses/{id}/reimburse
pub async fn reimburse(cx: Cx, form: Form) -> Result<Response> {
    let made = actions::reimburse(&cx, cx.id("id")?).await;
    answer(&cx, &form, made, "Noted as paid back.").await
}

/// POST /app/{workspace}/expenses/{id}/delete
pub async fn delete(cx: Cx) -> Result<Response> {
    actions::delete(&cx, cx.id("id")?).await?;
    Ok(redirect_with(&cx.path("expenses"), Toast::success("Expense taken back.")))
}

fn verdict(form: &Form) -> Verdict {
    Verdict { comment: form.reader().text("comment") }
}

async fn answer(cx: &Cx, form: &Form, made: Result<Expense>, said: &str) -> Result<Response> {
    match made {
        Ok(expense) => Ok(redirect_with(&cx.path(&format!("expenses/{}", expense.id)), Toast::success(said))),
        Err(error) => rejected(&one(cx, form.rejected(error)?).await?),
    }
}
