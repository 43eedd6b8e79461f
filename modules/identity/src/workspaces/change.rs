//! Changing a workspace's settings.

use garde::Validate;
use jiff::civil::Date;
use rapport_base::{Currency, FieldError, Phone, Refusal, Result, patch, text};
use rapport_web::Cx;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{WorkspaceSettings, rules, store};
use crate::{
    events::WorkspaceUpdated,
    rates::{self, Rated},
};

/// What is to change; fields left out stay, `null` clears.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[allow(missing_docs)]
pub struct ChangeWorkspace {
    #[garde(inner(length(chars, min = 1, max = 200)))]
    pub name: Option<String>,
    #[garde(inner(length(min = 1, max = 63)))]
    pub slug: Option<String>,
    #[garde(skip)]
    pub currency: Option<Currency>,
    #[garde(inner(length(max = 64)))]
    pub timezone: Option<String>,
    #[garde(inner(length(max = 35)))]
    pub locale: Option<String>,
    #[garde(inner(range(min = 1, max = 7)))]
    pub week_start: Option<i16>,
    #[serde(deserialize_with = "patch::some")]
    #[garde(inner(inner(length(chars, max = 200))))]
    pub address_line1: Option<Option<String>>,
    #[serde(deserialize_with = "patch::some")]
    #[garde(inner(inner(length(chars, max = 200))))]
    pub address_line2: Option<Option<String>>,
    #[serde(deserialize_with = "patch::some")]
    #[garde(inner(inner(length(chars, max = 20))))]
    pub postal_code: Option<Option<String>>,
    #[serde(deserialize_with = "patch::some")]
    #[garde(inner(inner(length(chars, max = 100))))]
    pub city: Option<Option<String>>,
    #[serde(deserialize_with = "patch::some")]
    #[garde(inner(inner(length(chars, max = 100))))]
    pub region: Option<Option<String>>,
    /// ISO 3166 code of two letters.
    #[serde(deserialize_with = "patch::some")]
    #[garde(inner(inner(length(chars, max = 2))))]
    pub country: Option<Option<String>>,
    #[serde(deserialize_with = "patch::some")]
    #[garde(inner(inner(length(chars, max = 50))))]
    pub tax_id: Option<Option<String>>,
    #[serde(deserialize_with = "patch::some")]
    #[garde(inner(inner(length(chars, max = 50))))]
    pub company_number: Option<Option<String>>,
    #[serde(deserialize_with = "patch::some")]
    #[garde(inner(inner(length(max = 254))))]
    pub email: Option<Option<String>>,
    #[serde(deserialize_with = "patch::some")]
    #[garde(inner(inner(length(chars, max = 40))))]
    pub phone: Option<Option<String>>,
    #[serde(deserialize_with = "patch::some")]
    #[garde(inner(inner(length(max = 300))))]
    pub website: Option<Option<String>>,
    #[garde(inner(length(chars, max = 20)))]
    pub invoice_prefix: Option<String>,
    #[serde(deserialize_with = "patch::some")]
    #[garde(inner(inner(length(chars, max = 2_000))))]
    pub invoice_footer: Option<Option<String>>,
    #[serde(deserialize_with = "patch::some")]
    #[garde(inner(inner(length(chars, max = 2_000))))]
    pub invoice_notes: Option<Option<String>>,
    #[garde(inner(range(min = 0, max = 365)))]
    pub payment_terms_days: Option<i32>,
    #[serde(deserialize_with = "patch::some")]
    #[garde(inner(inner(range(min = 0, max = 100_000_000))))]
    pub default_hourly_rate_cents: Option<Option<i64>>,
    /// From which day on a changed rate counts, today or earlier; left out, for all time that is not approved yet.
    #[garde(skip)]
    #[schema(value_type = Option<String>, format = "date")]
    pub rate_from: Option<Date>,
    #[garde(skip)]
    pub prices_include_tax: Option<bool>,
    /// `line` or `invoice`.
    #[garde(inner(length(max = 10)))]
    pub tax_rounding: Option<String>,
    #[serde(deserialize_with = "patch::some")]
    #[garde(inner(inner(length(chars, max = 2_000))))]
    pub bank_details: Option<Option<String>>,
    /// `#rrggbb`.
    #[garde(inner(length(max = 7)))]
    pub brand_color: Option<String>,
    #[garde(inner(range(min = 1, max = 365)))]
    pub portal_link_days: Option<i32>,
    #[garde(skip)]
    pub portal_link_single_use: Option<bool>,
    #[garde(skip)]
    pub portal_require_code: Option<bool>,
    #[serde(deserialize_with = "patch::some")]
    #[garde(inner(inner(length(chars, max = 2_000))))]
    pub portal_welcome_text: Option<Option<String>>,
    #[garde(inner(range(min = 3_600, max = 86_400)))]
    pub daily_hour_limit_seconds: Option<i32>,
}

/// The settings after a change; every broken field is told.
pub(crate) fn apply(before: &WorkspaceSettings, change: ChangeWorkspace) -> Result<WorkspaceSettings> {
    let mut after = before.clone();
    let mut errors = Vec::new();
    let mut wrong =
        |field: &str, code: &'static str, message: &str| errors.push(FieldError::new(field, code, message));

    if let Some(name) = change.name {
        match text::clean_line(&name) {
            Some(name) => after.name = name,
            None => wrong("name", "required", "Write what your business is called."),
        }
    }
    if let Some(slug) = change.slug {
        let slug = slug.trim().to_lowercase();
        if rules::is_slug(&slug) { after.slug = slug } else { wrong("slug", "invalid", rules::SLUG) }
    }
    if let Some(zone) = change.timezone {
        if rules::is_timezone(&zone) {
            after.timezone = zone;
        } else {
            wrong("timezone", "unknown", "Write an IANA time zone, such as Europe/London.");
        }
    }
    if let Some(locale) = change.locale {
        if rules::is_locale(&locale) {
            after.locale = locale;
        } else {
            wrong("locale", "invalid", "Write a language tag, such as en-GB.");
        }
    }
    if let Some(country) = change.country {
        let country = country.as_deref().and_then(text::clean_line).map(|code| code.to_uppercase());
        if country
            .as_deref()
            .is_none_or(|code| code.len() == 2 && code.chars().all(|c| c.is_ascii_uppercase()))
        {
            after.country = country;
        } else {
            wrong("country", "invalid", "Write the two letters of the country, such as GB.");
        }
    }
    if let Some(email) = change.email {
        let email = email.as_deref().and_then(text::clean_line);
        match email.as_deref().map(rapport_base::Email::try_new) {
            None => after.email = None,
            Some(Some(email)) => after.email = Some(email.as_str().to_owned()),
            Some(None) => wrong("email", "invalid", "Write an e-mail address, such as hello@example.com."),
        }
    }
    if let Some(phone) = change.phone {
        let phone = phone.as_deref().and_then(text::clean_line);
        match phone.as_deref().map(|phone| Phone::try_new(phone, after.country.as_deref())) {
            None => after.phone = None,
            Some(Some(phone)) => after.phone = Some(phone.as_str().to_owned()),
            Some(None) => {
                wrong("phone", "invalid", "Write a phone number with its country, such as +44 20 7183 8750.")
            }
        }
    }
    if let Some(website) = change.website {
        let website = website.as_deref().and_then(text::clean_line).map(|site| rules::website(&site));
        match website {
            None => after.website = None,
            Some(Some(site)) => after.website = Some(site),
            Some(None) => wrong("website", "invalid", "Write a web address, such as https://example.com."),
        }
    }
    if let Some(prefix) = change.invoice_prefix {
        after.invoice_prefix = text::clean_line(&prefix).unwrap_or_default();
    }
    if let Some(rounding) = change.tax_rounding {
        if matches!(rounding.as_str(), "line" | "invoice") {
            after.tax_rounding = rounding;
        } else {
            wrong("tax_rounding", "unknown", "Tax is rounded per line or per invoice.");
        }
    }
    if let Some(color) = change.brand_color {
        match rapport_ui::brand::parse(&color) {
            Some([r, g, b]) => after.brand_color = format!("#{r:02x}{g:02x}{b:02x}"),
            None => wrong("brand_color", "invalid", "Write a colour, such as #2457c5."),
        }
    }
    for (to, wished) in [
        (&mut after.address_line1, change.address_line1),
        (&mut after.address_line2, change.address_line2),
        (&mut after.postal_code, change.postal_code),
        (&mut after.city, change.city),
        (&mut after.region, change.region),
        (&mut after.tax_id, change.tax_id),
        (&mut after.company_number, change.company_number),
    ] {
        if let Some(wished) = wished {
            *to = wished.as_deref().and_then(text::clean_line);
        }
    }
    for (to, wished) in [
        (&mut after.invoice_footer, change.invoice_footer),
        (&mut after.invoice_notes, change.invoice_notes),
        (&mut after.bank_details, change.bank_details),
        (&mut after.portal_welcome_text, change.portal_welcome_text),
    ] {
        if let Some(wished) = wished {
            *to = wished.as_deref().and_then(text::clean);
        }
    }
    after.currency = change.currency.unwrap_or(after.currency);
    after.week_start = change.week_start.unwrap_or(after.week_start);
    after.payment_terms_days = change.payment_terms_days.unwrap_or(after.payment_terms_days);
    after.default_hourly_rate_cents =
        change.default_hourly_rate_cents.unwrap_or(after.default_hourly_rate_cents);
    after.prices_include_tax = change.prices_include_tax.unwrap_or(after.prices_include_tax);
    after.portal_link_days = change.portal_link_days.unwrap_or(after.portal_link_days);
    after.portal_link_single_use = change.portal_link_single_use.unwrap_or(after.portal_link_single_use);
    after.portal_require_code = change.portal_require_code.unwrap_or(after.portal_require_code);
    after.daily_hour_limit_seconds =
        change.daily_hour_limit_seconds.unwrap_or(after.daily_hour_limit_seconds);
    if errors.is_empty() { Ok(after) } else { Err(Refusal::invalid(errors).into()) }
}

/// Changes the settings of the member's workspace; a version that is not the present one is stale.
pub(crate) async fn change(
    cx: &Cx,
    change: ChangeWorkspace,
    version: Option<i32>,
) -> Result<WorkspaceSettings> {
    rapport_web::validate(&change)?;
    let tx = cx.begin().await?;
    let before = store::lock_settings(&tx).await?;
    if version.is_some_and(|seen| seen != before.version) {
        return Err(Refusal::stale().into());
    }
    let rate_from = change.rate_from;
    let mut after = apply(&before, change)?;
    if after == before {
        return Ok(before);
    }
    after.version += 1;
    after.updated_at = tx.now();
    store::save(&tx, &after).await.map_err(|error| match rapport_db::constraint(&error) {
        Some("workspaces_slug_is_taken") => {
            Refusal::field("slug", "taken", "Another workspace has this address. Choose another.").into()
        }
        _ => error,
    })?;
    let (was, mut is) = difference(&before, &after)?;
    let fields = is.keys().cloned().collect();
    if after.default_hourly_rate_cents != before.default_hourly_rate_cents {
        let rated = Rated::workspace(after.id);
        rates::change(&tx, rated, before.default_hourly_rate_cents, rate_from, cx.today()).await?;
        is.insert("rate_from".into(), serde_json::to_value(rate_from)?);
    }
    let event = WorkspaceUpdated { workspace_id: after.id, fields };
    tx.publish_change(&event, Some(Value::Object(was)), Some(Value::Object(is)));
    tx.commit().await?;
    Ok(after)
}

/// The fields that differ, as they were and as they are.
fn difference(
    before: &WorkspaceSettings,
    after: &WorkspaceSettings,
) -> Result<(Map<String, Value>, Map<String, Value>)> {
    let (mut was, mut is) = (Map::new(), Map::new());
    let (Value::Object(old), Value::Object(new)) =
        (serde_json::to_value(before)?, serde_json::to_value(after)?)
    else {
        return Ok((was, is));
    };
    for (name, value) in new {
        if matches!(name.as_str(), "version" | "updated_at") || old.get(&name) == Some(&value) {
            continue;
        }
        was.insert(name.clone(), old.get(&name).cloned().unwrap_or_default());
        is.insert(name, value);
    }
    Ok((was, is))
}
