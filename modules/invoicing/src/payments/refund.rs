//! Giving money back.

use rapport_base::{Refusal, Result, text};
use rapport_db::TenantTx;
use rapport_queue::Enqueue;
use rapport_web::{Cx, validate};
use uuid::Uuid;

use super::{
    NewRefund, Payment, PaymentId, PaymentShown,
    actions::{add_revenue, shown},
    rules,
    store::{self, RefundRow},
};
use crate::{
    events::PaymentRefunded,
    invoices::{InvoiceId, actions::actor, store as invoices},
    jobs::RefundAtStripe,
};

/// Refunds a payment in part or whole. What came by Stripe goes back through Stripe, by a
/// background job; its invoices are open again at once.
pub(crate) async fn refund(cx: &Cx, id: PaymentId, input: NewRefund) -> Result<PaymentShown> {
    validate(&input)?;
    let tx = cx.begin().await?;
    let payment = lock(&tx, id).await?;
    let left = payment.refundable_cents();
    let cents = input.amount_cents.unwrap_or(left);
    if payment.status != "succeeded" || left == 0 {
        return Err(Refusal::conflict(
            "payments.nothing_to_refund",
            "There is nothing left of this payment to give back.",
        )
        .into());
    }
    if cents > left {
        return Err(
            Refusal::field("amount_cents", "too_much", "This is more than is left of the payment.").into()
        );
    }
    let reason = text::clean(&input.reason).unwrap_or_default();
    let at_stripe = payment.provider.is_some();
    let refund = RefundRow {
        id: Uuid::now_v7(),
        payment: id,
        amount_cents: cents,
        reason: &reason,
        status: if at_stripe { "pending" } else { "succeeded" },
        by: actor(&tx),
    };
    store::insert_refund(&tx, &refund).await?;
    take_back(&tx, &payment, cents, &reason).await?;
    if at_stripe {
        rapport_queue::enqueue(&tx, &RefundAtStripe { refund_id: refund.id }, Enqueue::default()).await?;
    }
    let shown = shown(&tx, id).await?;
    tx.commit().await?;
    Ok(shown)
}

/// Locks the invoices a payment pays, and then the payment.
pub(crate) async fn lock(tx: &TenantTx, id: PaymentId) -> Result<Payment> {
    let paid: Vec<InvoiceId> = store::allocations(tx, id).await?.iter().map(|a| a.invoice_id).collect();
    invoices::lock_all(tx, &paid).await?;
    store::lock(tx, id).await
}

/// Takes money back from a locked payment: from credit, then from the invoices it paid last.
pub(crate) async fn take_back(tx: &TenantTx, payment: &Payment, cents: i64, reason: &str) -> Result<()> {
    let allocations = store::allocations(tx, payment.id).await?;
    let amounts: Vec<i64> = allocations.iter().map(|a| a.amount_cents).collect();
    for (at, part) in rules::take_back(cents, payment.unapplied_cents(), &amounts) {
        let invoice = invoices::lock(tx, allocations[at].invoice_id).await?;
        store::unallocate(tx, payment.id, invoice.id, part).await?;
        invoices::set_paid(tx, invoice.id, invoice.paid_cents - part, None).await?;
    }
    store::add_refunded(tx, payment.id, cents).await?;
    let home = identity::workspaces::get(tx).await?.currency;
    add_revenue(tx, payment.client_id, -cents, payment.currency, home, payment.exchange_rate).await?;
    tx.publish(&PaymentRefunded {
        payment_id: payment.id.uuid(),
        client_id: payment.client_id.uuid(),
        amount_cents: cents,
        currency: payment.currency.to_string(),
        reason: reason.to_owned(),
    });
    Ok(())
}

/// A refund that came to nothing: the money is the client's credit again.
pub(crate) async fn give_up_in(tx: &TenantTx, payment: &Payment, cents: i64) -> Result<()> {
    store::add_refunded(tx, payment.id, -cents).await?;
    let home = identity::workspaces::get(tx).await?.currency;
    add_revenue(tx, payment.client_id, cents, payment.currency, home, payment.exchange_rate).await
}
