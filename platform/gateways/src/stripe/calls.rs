//! The calls we make, each with what it needs.

use super::objects::List;
use super::{CheckoutSession, Customer, Event, PaymentIntent, Refund, Stripe, StripeError};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const PAGE: usize = 100;

/// One thing to pay on a hosted page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckoutRequest {
    /// What is paid for, shown to the payer.
    pub name: String,
    /// Minor units.
    pub amount_cents: i64,
    /// Three letters.
    pub currency: String,
    /// Where a payer returns who paid.
    pub success_url: String,
    /// Where a payer returns who did not.
    pub cancel_url: String,
    /// Our own id, shown in Stripe's dashboard.
    pub client_reference_id: Option<String>,
    /// A known payer.
    pub customer: Option<String>,
    /// Else the address to fill in.
    pub customer_email: Option<String>,
    /// Part that goes to whoever runs the platform, in minor units; only in a connected account.
    pub application_fee_cents: Option<i64>,
    /// Keep the method for later charges; ask for consent first.
    pub save_method: bool,
    /// Methods to offer, of those the account allows; all of them, if empty.
    pub methods: Vec<String>,
    /// Comes back with the session, the payment and their events.
    pub metadata: BTreeMap<String, String>,
    /// When the page closes; Stripe's 24 hours, if not given.
    pub expires_at: Option<Timestamp>,
}

/// A charge to a saved method while the payer is away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChargeRequest {
    /// Minor units.
    pub amount_cents: i64,
    /// Three letters.
    pub currency: String,
    /// `cus_…`
    pub customer: String,
    /// `pm_…`
    pub payment_method: String,
    /// Shown in Stripe's dashboard.
    pub description: Option<String>,
    /// Part that goes to whoever runs the platform, in minor units.
    pub application_fee_cents: Option<i64>,
    /// Comes back with the payment and its events.
    pub metadata: BTreeMap<String, String>,
}

/// Money to give back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RefundRequest {
    /// `pi_…`
    pub payment_intent: String,
    /// Minor units; everything that is left, if not given.
    pub amount_cents: Option<i64>,
    /// `duplicate`, `fraudulent` or `requested_by_customer`.
    pub reason: Option<String>,
    /// Comes back with the refund.
    pub metadata: BTreeMap<String, String>,
}

/// A payer to be known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerRequest {
    /// For receipts.
    pub email: Option<String>,
    /// A person or company.
    pub name: Option<String>,
    /// Comes back with the customer.
    pub metadata: BTreeMap<String, String>,
}

impl Stripe {
    /// Open a hosted page for one payment.
    pub async fn create_checkout(
        &self,
        request: &CheckoutRequest,
        idempotency_key: &str,
    ) -> Result<CheckoutSession, StripeError> {
        self.post("checkout/sessions", &request.body(), idempotency_key).await
    }

    /// The state of a hosted page.
    pub async fn checkout(&self, id: &str) -> Result<CheckoutSession, StripeError> {
        self.get(&format!("checkout/sessions/{}", safe_id(id)?), &json!({})).await
    }

    /// Close a hosted page, so that nobody pays on it any more.
    pub async fn expire_checkout(
        &self,
        id: &str,
        idempotency_key: &str,
    ) -> Result<CheckoutSession, StripeError> {
        let path = format!("checkout/sessions/{}/expire", safe_id(id)?);
        self.post(&path, &json!({}), idempotency_key).await
    }

    /// The state of a payment.
    pub async fn payment_intent(&self, id: &str) -> Result<PaymentIntent, StripeError> {
        self.get(&format!("payment_intents/{}", safe_id(id)?), &json!({})).await
    }

    /// Charge a saved method.
    pub async fn charge(
        &self,
        request: &ChargeRequest,
        idempotency_key: &str,
    ) -> Result<PaymentIntent, StripeError> {
        self.post("payment_intents", &request.body(), idempotency_key).await
    }

    /// Give money back.
    pub async fn create_refund(
        &self,
        request: &RefundRequest,
        idempotency_key: &str,
    ) -> Result<Refund, StripeError> {
        let body = json!({
            "payment_intent": request.payment_intent,
            "amount": request.amount_cents,
            "reason": request.reason,
            "metadata": request.metadata,
        });
        self.post("refunds", &body, idempotency_key).await
    }

    /// Make a payer known.
    pub async fn create_customer(
        &self,
        request: &CustomerRequest,
        idempotency_key: &str,
    ) -> Result<Customer, StripeError> {
        let body = json!({
            "email": request.email,
            "name": request.name,
            "metadata": request.metadata,
        });
        self.post("customers", &body, idempotency_key).await
    }

    /// What happened since, oldest first, to find webhooks that were missed. At most `limit`
    /// events; of more, the newest.
    pub async fn events_since(
        &self,
        since: Timestamp,
        kinds: &[&str],
        limit: usize,
    ) -> Result<Vec<Event>, StripeError> {
        let mut events: Vec<Event> = Vec::new();
        loop {
            let query = json!({
                "created": { "gte": since.as_second() },
                "types": kinds,
                "limit": PAGE.min(limit - events.len()),
                "starting_after": events.last().map(|event| event.id.clone()),
            });
            let page: List<Event> = self.get("events", &query).await?;
            let more = page.has_more && !page.data.is_empty();
            events.extend(page.data);
            if !more || events.len() >= limit {
                break;
            }
        }
        events.reverse();
        Ok(events)
    }
}

impl CheckoutRequest {
    fn body(&self) -> Value {
        let future = self.save_method.then_some("off_session");
        json!({
            "mode": "payment",
            "line_items": [{
                "quantity": 1,
                "price_data": {
                    "currency": self.currency.to_ascii_lowercase(),
                    "unit_amount": self.amount_cents,
                    "product_data": { "name": self.name },
                },
            }],
            "success_url": self.success_url,
            "cancel_url": self.cancel_url,
            "client_reference_id": self.client_reference_id,
            "customer": self.customer,
            "customer_email": if self.customer.is_none() { self.customer_email.as_deref() } else { None },
            "customer_creation": (self.save_method && self.customer.is_none()).then_some("always"),
            "allowed_payment_method_types": self.methods,
            "expires_at": self.expires_at.map(Timestamp::as_second),
            "metadata": self.metadata,
            "payment_intent_data": {
                "metadata": self.metadata,
                "application_fee_amount": self.application_fee_cents,
                "setup_future_usage": future,
            },
        })
    }
}

impl ChargeRequest {
    fn body(&self) -> Value {
        json!({
            "amount": self.amount_cents,
            "currency": self.currency.to_ascii_lowercase(),
            "customer": self.customer,
            "payment_method": self.payment_method,
            // Nobody is there to be redirected; without this Stripe asks for an address to return to.
            "automatic_payment_methods": { "enabled": true, "allow_redirects": "never" },
            "description": self.description,
            "application_fee_amount": self.application_fee_cents,
            "confirm": true,
            "off_session": true,
            "metadata": self.metadata,
        })
    }
}

/// An id becomes part of a path only if it looks like one.
fn safe_id(id: &str) -> Result<&str, StripeError> {
    let good = !id.is_empty()
        && id.len() <= 255
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if good { Ok(id) } else { Err(StripeError::NotFound("not an id".into())) }
}
