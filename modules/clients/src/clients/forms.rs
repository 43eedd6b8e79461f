//! Between the clients' forms and their inputs.

use rapport_base::{Currency, FieldError, Money, Refusal, Result};
use rapport_ui::FormState;
use rapport_web::{Cx, Form, Reader};

use super::{Address, ClientChange, ClientDetails, NewClient, Stage};

/// A new client as typed into the dialog.
pub fn new_client(form: &Form) -> Result<NewClient> {
    let mut reader = form.reader();
    let input = NewClient {
        company_name: reader.text("company_name"),
        contact_name: reader.optional("contact_name"),
        contact_email: reader.optional("contact_email"),
        contact_phone: reader.optional("contact_phone"),
        industry: reader.optional("industry"),
        relationship_stage: stage(&mut reader, form),
        owner_id: reader.parse("owner_id", "Choose a member of the team."),
        tags: reader.words("tags"),
        notes: reader.optional("notes"),
        ..NewClient::default()
    };
    reader.finish()?;
    Ok(input)
}

fn stage(reader: &mut Reader<'_>, form: &Form) -> Option<Stage> {
    let typed = form.value("relationship_stage");
    let stage = typed.parse().ok();
    if stage.is_none() && !typed.is_empty() {
        reader.error("relationship_stage", "unknown", "Choose one of the stages.");
    }
    stage
}

/// The whole client as typed into its form, and the version it was typed over.
pub fn edited(form: &Form, cx: &Cx) -> Result<(ClientChange, Option<i32>)> {
    let mut reader = form.reader();
    let typed_currency = reader.optional("currency");
    let currency = typed_currency.as_deref().and_then(Currency::try_new);
    if typed_currency.is_some() && currency.is_none() {
        reader.error("currency", "unknown", "Write a currency as three letters, such as EUR.");
    }
    let address = Address {
        line1: reader.text("address.line1"),
        line2: reader.optional("address.line2"),
        postal_code: reader.optional("address.postal_code"),
        city: reader.optional("address.city"),
        region: reader.optional("address.region"),
        country: reader.optional("address.country"),
    };
    let change = ClientChange {
        company_name: Some(reader.text("company_name")),
        kind: Some(if form.value("kind") == "person" { "person" } else { "company" }.into()),
        contact_name: Some(reader.text("contact_name")),
        contact_email: Some(reader.optional("contact_email")),
        contact_phone: Some(reader.optional("contact_phone")),
        industry: Some(reader.optional("industry")),
        size: Some(reader.optional("size")),
        relationship_stage: stage(&mut reader, form),
        owner_id: Some(reader.parse("owner_id", "Choose a member of the team.")),
        source: Some(reader.optional("source")),
        website: Some(reader.optional("website")),
        tax_id: Some(reader.optional("tax_id")),
        tags: Some(reader.words("tags")),
        notes: Some(reader.optional("notes")),
        language: Some(reader.optional("language")),
        currency: Some(currency),
        payment_terms_days: Some(reader.parse("payment_terms_days", "Write a number of days.")),
        hourly_rate_cents: if form.pairs().iter().any(|(name, _)| name == "hourly_rate") {
            Some(reader.money("hourly_rate", currency.unwrap_or(cx.workspace().currency)))
        } else {
            None
        },
        address: Some((address != Address::default()).then_some(address)),
    };
    let version = reader.parse("version", "This page is too old. Load it again.");
    reader.finish()?;
    if change.address.as_ref().is_some_and(|a| a.as_ref().is_some_and(|a| a.line1.is_empty())) {
        return Err(Refusal::invalid(vec![FieldError::new(
            "address.line1",
            "required",
            "Write the street.",
        )])
        .into());
    }
    Ok((change, version))
}

/// A client's form with what is stored.
pub fn of(details: &ClientDetails, cx: &Cx) -> FormState {
    let (c, home) = (&details.client, cx.workspace().currency);
    let address = details.address.clone().unwrap_or_default();
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let currency = c.currency.unwrap_or(home);
    FormState::new()
        .with("company_name", &c.company_name)
        .with("kind", &c.kind)
        .with("contact_name", text(&c.contact_name))
        .with("contact_email", text(&c.contact_email))
        .with("contact_phone", text(&c.contact_phone))
        .with("industry", text(&c.industry))
        .with("size", text(&c.size))
        .with("relationship_stage", &c.relationship_stage)
        .with("owner_id", c.owner_id.map(|id| id.to_string()).unwrap_or_default())
        .with("source", text(&c.source))
        .with("website", text(&c.website))
        .with("tax_id", text(&c.tax_id))
        .with("tags", c.tags.join(", "))
        .with("notes", text(&c.notes))
        .with("language", text(&c.language))
        .with("currency", if currency == home { String::new() } else { currency.to_string() })
        .with("payment_terms_days", c.payment_terms_days.map(|days| days.to_string()).unwrap_or_default())
        .with(
            "hourly_rate",
            c.hourly_rate_cents.map(|cents| Money::new(cents, currency).plain()).unwrap_or_default(),
        )
        .with("address.line1", address.line1)
        .with("address.line2", text(&address.line2))
        .with("address.postal_code", text(&address.postal_code))
        .with("address.city", text(&address.city))
        .with("address.region", text(&address.region))
        .with("address.country", text(&address.country))
        .with("version", c.version)
}
