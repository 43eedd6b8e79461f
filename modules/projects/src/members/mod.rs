//! Who works on a project.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod pages;
pub(crate) mod store;

use garde::Validate;
use jiff::{Timestamp, civil::Date};
use rapport_base::MemberId;
use rapport_db::row;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::words::words;

words! {
    /// What a member is there for on a project.
    MemberRole {
        /// Leads it.
        Lead = "lead", "Lead";
        /// Works on it.
        Contributor = "contributor", "Contributor";
        /// Looks over the work.
        Reviewer = "reviewer", "Reviewer";
    }
}

row! {
    /// A member of a project. Rates are absent for readers without `projects.financials`.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct ProjectMember {
        /// Member.
        pub member_id: MemberId,
        /// Name.
        pub name: String,
        /// Address.
        pub email: String,
        /// Role on the project.
        pub role: MemberRole,
        /// Rate of an hour on this project.
        pub hourly_rate_cents: Option<i64>,
        /// Since when.
        #[schema(value_type = String, format = "date-time")]
        pub joined_at: Timestamp,
    }
}

/// A member to be on a project.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberInput {
    /// Member.
    #[garde(skip)]
    pub member_id: MemberId,
    /// Role; `contributor` unless said.
    #[garde(skip)]
    #[serde(default = "contributor")]
    pub role: MemberRole,
    /// Rate of an hour on this project.
    #[garde(range(min = 0, max = rapport_base::Money::MAX_MINOR))]
    #[serde(default)]
    pub hourly_rate_cents: Option<i64>,
}

impl MemberInput {
    /// A member in a role, at the usual rate.
    #[must_use]
    pub fn new(member_id: MemberId, role: MemberRole) -> Self {
        Self { member_id, role, hourly_rate_cents: None }
    }
}

fn contributor() -> MemberRole {
    MemberRole::Contributor
}

/// The whole team of a project.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamInput {
    /// Everyone on it.
    #[garde(length(max = 200), dive)]
    pub members: Vec<MemberInput>,
    /// From which day on changed rates count, today or earlier; left out, for all time that is not approved yet.
    #[garde(skip)]
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "date")]
    pub rate_from: Option<Date>,
}
