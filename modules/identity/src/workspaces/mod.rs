//! Workspaces and their settings.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod change;
pub(crate) mod logo;
pub mod moving;
pub(crate) mod pages;
pub(crate) mod rules;
pub(crate) mod settings_pages;
pub(crate) mod store;

use jiff::Timestamp;
#[cfg(feature = "testing")]
use rapport_base::MemberId;
use rapport_base::{Currency, Result, WorkspaceId};
use rapport_db::TenantTx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use change::ChangeWorkspace;

/// A workspace to be founded.
#[derive(Clone, Debug)]
pub(crate) struct NewWorkspace {
    pub name: String,
    pub currency: Currency,
    pub timezone: String,
    pub locale: String,
}

/// A workspace just founded.
#[derive(Clone, Debug)]
pub(crate) struct Founded {
    pub workspace_id: WorkspaceId,
    /// The owner's membership.
    #[cfg(feature = "testing")]
    pub member_id: MemberId,
    pub slug: String,
}

rapport_db::row! {
    /// A workspace with all its settings.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
    pub struct WorkspaceSettings {
        /// Id.
        pub id: WorkspaceId,
        /// Piece of its address.
        pub slug: String,
        /// Name.
        pub name: String,
        /// Currency of its books.
        pub currency: Currency,
        /// IANA name.
        pub timezone: String,
        /// BCP 47 tag.
        pub locale: String,
        /// Day a week begins with, 1 Monday to 7 Sunday.
        pub week_start: i16,
        /// First line of the address.
        pub address_line1: Option<String>,
        /// Second line of the address.
        pub address_line2: Option<String>,
        /// Postal code.
        pub postal_code: Option<String>,
        /// City.
        pub city: Option<String>,
        /// State, county or province.
        pub region: Option<String>,
        /// ISO 3166 code.
        pub country: Option<String>,
        /// VAT or other tax number.
        pub tax_id: Option<String>,
        /// Number in the register of companies.
        pub company_number: Option<String>,
        /// Address for clients to write to.
        pub email: Option<String>,
        /// Phone, E.164.
        pub phone: Option<String>,
        /// Website.
        pub website: Option<String>,
        /// What invoice numbers begin with.
        pub invoice_prefix: String,
        /// Small print of invoices.
        pub invoice_footer: Option<String>,
        /// Notes that new invoices begin with.
        pub invoice_notes: Option<String>,
        /// Days until an invoice is due.
        pub payment_terms_days: i32,
        /// What an hour is billed at unless said elsewhere.
        pub default_hourly_rate_cents: Option<i64>,
        /// Whether prices are typed with tax.
        pub prices_include_tax: bool,
        /// Tax is rounded per `line` or per `invoice`.
        pub tax_rounding: String,
        /// Where money goes, as printed on invoices.
        pub bank_details: Option<String>,
        /// Brand colour, `#rrggbb`.
        pub brand_color: String,
        /// Where the logo lies in the store.
        #[serde(skip)]
        #[schema(ignore)]
        pub logo_key: Option<String>,
        /// What sort of picture the logo is.
        #[serde(skip)]
        #[schema(ignore)]
        pub logo_content_type: Option<String>,
        /// Days a portal link lives.
        pub portal_link_days: i32,
        /// Whether a portal link works once.
        pub portal_link_single_use: bool,
        /// Whether acts that bind ask for a code by mail first.
        pub portal_require_code: bool,
        /// Greeting of portals.
        pub portal_welcome_text: Option<String>,
        /// Most time one person may log in a day.
        pub daily_hour_limit_seconds: i32,
        /// When the list of first steps was put away.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub onboarding_dismissed_at: Option<Timestamp>,
        /// When sample data was added, until it is removed.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub sample_data_at: Option<Timestamp>,
        /// When it was founded.
        #[schema(value_type = String, format = "date-time")]
        pub created_at: Timestamp,
        /// When its settings last changed.
        #[schema(value_type = String, format = "date-time")]
        pub updated_at: Timestamp,
        /// Counts changes.
        pub version: i32,
    }
}

impl WorkspaceSettings {
    /// The postal address, line by line, without empty ones.
    #[must_use]
    pub fn address_lines(&self) -> Vec<String> {
        let city: Vec<&str> =
            [&self.postal_code, &self.city].into_iter().flatten().map(String::as_str).collect();
        let city = (!city.is_empty()).then(|| city.join(" "));
        [&self.address_line1, &self.address_line2, &city, &self.region, &self.country]
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    }
}

/// The settings of the transaction's workspace.
///
/// # Errors
/// A bug when the database refuses.
pub async fn get(tx: &TenantTx) -> Result<WorkspaceSettings> {
    store::settings(tx).await
}

/// Notes that the list of first steps was put away.
///
/// # Errors
/// A bug when the database refuses.
pub async fn dismiss_first_steps(tx: &TenantTx) -> Result<()> {
    store::dismiss_first_steps(tx).await
}

/// Notes that sample data was added, or removed.
///
/// # Errors
/// A bug when the database refuses.
pub async fn note_sample_data(tx: &TenantTx, added: bool) -> Result<()> {
    store::note_sample_data(tx, added).await
}
