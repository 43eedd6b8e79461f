//! Deputies: who decides in the place of a member who is away, from a day to a day.
//!
//! What may be lent is declared by the modules (`Module::lendable`); who asks is told with it
//! (`sessions/store.rs`), so that it begins and ends by the clock, without any job.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod pages;
pub(crate) mod rules;
pub(crate) mod store;

use jiff::{Timestamp, civil::Date};
use rapport_base::{MemberId, Result};
use rapport_db::TenantTx;
use serde::Serialize;
use utoipa::ToSchema;

rapport_base::id!(
    /// A deputy of someone for some days.
    DeputyId
);

rapport_db::row! {
    /// A deputy of someone for some days.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Deputy {
        /// Id.
        pub id: DeputyId,
        /// Who is away.
        pub member_id: MemberId,
        /// Their name.
        pub member_name: String,
        /// Who decides in their place.
        pub deputy_id: MemberId,
        /// Their name.
        pub deputy_name: String,
        /// The first day, in the workspace's zone.
        #[schema(value_type = String, format = "date")]
        pub from: Date,
        /// The last day.
        #[schema(value_type = String, format = "date")]
        pub until: Date,
        /// When the first day begins.
        #[schema(value_type = String, format = "date-time")]
        pub starts_at: Timestamp,
        /// When the last day is over.
        #[schema(value_type = String, format = "date-time")]
        pub ends_at: Timestamp,
        /// When it was ended by hand.
        #[schema(value_type = Option<String>, format = "date-time")]
        pub ended_at: Option<Timestamp>,
    }
}

rapport_db::row! {
    /// Someone a member stands in for now.
    #[derive(Clone, Debug)]
    pub struct Lender {
        /// Who is away.
        pub name: String,
        /// The last day of it.
        pub until: Date,
    }
}

/// Whom a member stands in for now, by name.
///
/// # Errors
/// A bug when the database refuses.
pub async fn lenders_of(tx: &TenantTx, deputy: MemberId) -> Result<Vec<Lender>> {
    store::lenders_of(tx, deputy).await
}
