//! Making an account with a first workspace.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod pages;
mod rules;

use garde::Validate;
use rapport_base::{Currency, Email};
use serde::Deserialize;
use utoipa::ToSchema;

/// Someone new.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// Full name.
    #[garde(length(chars, max = 200))]
    pub name: String,
    /// Address to sign in with.
    #[garde(skip)]
    pub email: Email,
    /// At least 10 characters.
    #[garde(skip)]
    #[schema(format = "password")]
    pub password: String,
    /// What the business is called.
    #[garde(length(chars, max = 200))]
    pub workspace_name: String,
    /// Currency of its books; USD unless said.
    #[serde(default)]
    #[garde(skip)]
    pub currency: Option<Currency>,
    /// IANA name; UTC unless said.
    #[serde(default)]
    #[garde(length(max = 64))]
    pub timezone: Option<String>,
    /// BCP 47 tag; `en-GB` unless said.
    #[serde(default)]
    #[garde(length(max = 35))]
    pub locale: Option<String>,
}
