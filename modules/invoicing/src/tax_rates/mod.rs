//! Tax rates to choose from. Documents copy what they use.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod pages;
pub(crate) mod store;

use garde::Validate;
use rapport_db::row;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{invoices::amounts::Tax, words::number};

rapport_base::id!(
    /// A tax rate.
    TaxRateId
);

row! {
    /// A tax rate.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct TaxRate {
        /// Id.
        pub id: TaxRateId,
        /// Name, as printed.
        pub name: String,
        /// Percent.
        #[serde(serialize_with = "number")]
        #[schema(value_type = f64)]
        pub percent: Decimal,
        /// Reckoned on the taxes before it on a line too.
        pub is_compound: bool,
        /// Why nothing is charged, as printed.
        pub exemption_reason: Option<String>,
        /// New lines begin with it.
        pub is_default: bool,
        /// Counts changes.
        pub version: i32,
    }
}

impl TaxRate {
    /// The rate as a line copies it.
    pub(crate) fn tax(&self) -> Tax {
        Tax {
            rate_id: Some(self.id.uuid()),
            name: self.name.clone(),
            percent: self.percent,
            is_compound: self.is_compound,
            exemption_reason: self.exemption_reason.clone(),
        }
    }
    /// `VAT 19 %`.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{} {} %", self.name, self.percent.normalize())
    }
}

/// A tax rate as typed.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TaxRateInput {
    /// Name, as printed.
    #[garde(length(chars, max = 60))]
    pub name: String,
    /// Percent, 0 to 100.
    #[garde(skip)]
    #[schema(value_type = f64)]
    pub percent: Decimal,
    /// Reckoned on the taxes before it on a line too.
    #[garde(skip)]
    pub is_compound: bool,
    /// Why nothing is charged, as printed; only with 0 percent.
    #[garde(inner(length(chars, max = 300)))]
    pub exemption_reason: Option<String>,
    /// New lines begin with it.
    #[garde(skip)]
    pub is_default: bool,
}
