//! The list of payments.

use askama::Template;
use axum::response::Response;
use rapport_base::Result;
use rapport_ui::{FormState, ListState, Shell, Toast};
use rapport_web::{Cx, Form, Query, page, redirect_with, rejected};

use super::{Allocation, NewRefund, Payment, PaymentId, PaymentQuery, refund, store};
use crate::permissions::PAYMENTS_REFUND;

/// A payment as a row.
struct Row {
    payment: Payment,
    pays: Vec<Allocation>,
}

#[derive(Template)]
#[template(path = "payments/index.html")]
struct Index {
    shell: Shell,
    list: ListState,
    rows: Vec<Row>,
    form: FormState,
    /// The payment whose refund was refused.
    open: String,
    may_refund: bool,
    unapplied: bool,
}

impl Index {
    fn refund_form(&self, payment: &Payment) -> FormState {
        if self.open == payment.id.to_string() {
            return self.form.clone();
        }
        let left = rapport_base::Money::new(payment.refundable_cents(), payment.currency).plain();
        FormState::scoped(format!("refund-{}", payment.id)).with("amount_cents", left)
    }
    /// Whether money of it can go back.
    fn can_refund(&self, payment: &Payment) -> bool {
        self.may_refund && payment.status == "succeeded" && payment.refundable_cents() > 0
    }
}

/// GET /app/{workspace}/payments
pub(crate) async fn index(cx: Cx, Query(query): Query<PaymentQuery>) -> Result<Response> {
    page(&build(&cx, &query, String::new(), FormState::new()).await?)
}

async fn build(cx: &Cx, query: &PaymentQuery, open: String, form: FormState) -> Result<Index> {
    let tx = cx.read().await?;
    let (found, allocations, shell) =
        futures::join!(store::list(&tx, query), store::allocations_of_page(&tx, query), cx.shell(&tx),);
    let (found, mut allocations) = (found?, allocations?);
    let mut filters = Vec::new();
    let mut set =
        |name: &str, value: Option<String>| filters.extend(value.map(|value| (name.to_owned(), value)));
    set("unapplied", query.unapplied.filter(|on| *on).map(|on| on.to_string()));
    set("client_id", query.client_id.map(|id| id.to_string()));
    set("from", query.from.map(|day| day.to_string()));
    set("to", query.to.map(|day| day.to_string()));
    let list = ListState {
        path: cx.path("payments"),
        query: filters,
        shown: found.data.len(),
        total: u64::try_from(found.total).unwrap_or_default(),
        total_is_at_least: found.total_is_at_least,
        next: found.next,
        noun: ("payment", "payments"),
        ..ListState::default()
    };
    let rows = found
        .data
        .into_iter()
        .map(|payment| {
            let mine = payment.id;
            Row { pays: allocations.extract_if(.., |a| a.payment_id == mine).collect(), payment }
        })
        .collect();
    Ok(Index {
        shell: shell?.titled("Payments").live("payment. invoice."),
        list,
        rows,
        form,
        open,
        may_refund: cx.may(PAYMENTS_REFUND),
        unapplied: query.unapplied == Some(true),
    })
}

/// POST /app/{workspace}/payments/{id}/refund
pub(crate) async fn refund(cx: Cx, form: Form) -> Result<Response> {
    let id: PaymentId = cx.id("id")?;
    let currency = {
        let tx = cx.read().await?;
        store::get(&tx, id).await?.currency
    };
    let mut reader = form.reader();
    let input =
        NewRefund { amount_cents: reader.money("amount_cents", currency), reason: reader.text("reason") };
    let done = match reader.finish() {
        Ok(()) => refund::refund(&cx, id, input).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(shown) => {
            let said = if shown.payment.provider.is_some() {
                "The refund is on its way through Stripe."
            } else {
                "Refund recorded."
            };
            Ok(redirect_with(&cx.path("payments"), Toast::success(said)))
        }
        Err(error) => {
            let mut index = build(&cx, &PaymentQuery::default(), id.to_string(), FormState::new()).await?;
            // Refunded meanwhile, or on a later page: no form is there to show what was typed.
            if !index.rows.iter().any(|row| row.payment.id == id && index.can_refund(&row.payment)) {
                return Err(error);
            }
            index.form = form.rejected(error)?;
            rejected(&index)
        }
    }
}
