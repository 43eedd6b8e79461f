//! Members: people in a workspace, with role, rates and capacity.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod pages;
pub(crate) mod rules;
pub(crate) mod store;

use std::collections::HashMap;

use jiff::Timestamp;
use rapport_base::{MemberId, Result, UserId};
use rapport_db::TenantTx;
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

rapport_db::row! {
    /// A member.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Member {
        /// Id of the membership: what other modules refer to.
        pub id: MemberId,
        /// The person.
        pub user_id: UserId,
        /// Name.
        pub name: String,
        /// Address.
        pub email: String,
        /// `owner admin manager member viewer`.
        pub role: String,
        /// What the person does here.
        pub title: Option<String>,
        /// Whether the person may come in.
        pub is_active: bool,
        /// What an hour is billed at.
        pub hourly_rate_cents: Option<i64>,
        /// What an hour costs.
        pub cost_rate_cents: Option<i64>,
        /// Hours a week.
        #[serde(serialize_with = "hours")]
        #[schema(value_type = f64)]
        pub capacity_hours_weekly: Decimal,
        /// IANA name.
        pub timezone: String,
        /// BCP 47 tag.
        pub locale: String,
        /// Joined at.
        #[schema(value_type = String, format = "date-time")]
        pub joined_at: Timestamp,
        /// Last seen at.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub last_seen_at: Option<Timestamp>,
        /// Counts changes.
        pub version: i32,
    }
}

// JSON has numbers of its own; 40 hours read as 40.
fn hours<S: Serializer>(hours: &Decimal, to: S) -> Result<S::Ok, S::Error> {
    let hours = hours.normalize();
    match hours.to_string().parse::<serde_json::Number>() {
        Ok(number) => number.serialize(to),
        Err(_) => to.serialize_str(&hours.to_string()),
    }
}

/// A member by id, also one who is not active any more.
///
/// # Errors
/// A bug when the database refuses.
pub async fn find(tx: &TenantTx, id: MemberId) -> Result<Option<Member>> {
    store::find(tx, id).await
}

/// Every active member by name, at most a thousand: for choosing someone.
///
/// # Errors
/// A bug when the database refuses.
pub async fn list(tx: &TenantTx) -> Result<Vec<Member>> {
    store::active(tx).await
}

/// The names of some members, also of those who are not active any more.
///
/// # Errors
/// A bug when the database refuses.
pub async fn names(tx: &TenantTx, ids: &[MemberId]) -> Result<HashMap<MemberId, String>> {
    store::names(tx, ids).await
}
