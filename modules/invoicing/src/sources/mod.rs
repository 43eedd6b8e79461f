//! What can be billed: approved time, approved expenses, reached milestones.

pub(crate) mod api;
pub(crate) mod hold;
pub(crate) mod pages;
pub(crate) mod rules;
pub(crate) mod store;

use jiff::civil::Date;
use projects::ProjectId;
use rapport_base::Currency;
use rapport_db::row;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A sort of work that is billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// Time entries.
    Time,
    /// Expenses.
    #[serde(alias = "expense")]
    Expenses,
    /// Milestones with an amount.
    #[serde(alias = "milestone")]
    Milestones,
}

impl SourceKind {
    /// All of them.
    pub const ALL: [SourceKind; 3] = [Self::Time, Self::Expenses, Self::Milestones];
    /// As stored: `time`, `expense`, `milestone`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Expenses => "expense",
            Self::Milestones => "milestone",
        }
    }
}

/// What time becomes one line each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupBy {
    /// Each entry.
    Entry,
    /// Each task.
    #[default]
    Task,
    /// Each person.
    Member,
    /// Each project.
    Project,
}

impl std::str::FromStr for GroupBy {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "entry" => Ok(Self::Entry),
            "task" => Ok(Self::Task),
            "member" => Ok(Self::Member),
            "project" => Ok(Self::Project),
            _ => Err(()),
        }
    }
}

/// One thing to bill, by its sort and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceRef {
    /// Its sort.
    pub kind: SourceKind,
    /// Its id.
    pub id: Uuid,
}

impl std::str::FromStr for SourceRef {
    type Err = ();
    /// `time:{id}`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (kind, id) = text.split_once(':').ok_or(())?;
        let kind = SourceKind::ALL.into_iter().find(|known| known.as_str() == kind).ok_or(())?;
        Ok(Self { kind, id: id.parse().map_err(|_| ())? })
    }
}

row! {
    /// Something no invoice holds yet.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Billable {
        /// `time`, `expense` or `milestone`.
        pub kind: String,
        /// Its id.
        pub id: Uuid,
        /// Project.
        #[schema(value_type = String, format = "uuid")]
        pub project_id: ProjectId,
        /// Project's name.
        pub project_name: String,
        /// Currency.
        pub currency: Currency,
        /// Day.
        #[schema(value_type = Option<String>, format = "date")]
        pub date: Option<Date>,
        /// Task.
        pub task_id: Option<Uuid>,
        /// Task's title.
        pub task_title: Option<String>,
        /// Who worked or spent.
        pub member_id: Option<Uuid>,
        /// Their name.
        pub member_name: Option<String>,
        /// What it says.
        pub description: String,
        /// How long.
        pub seconds: Option<i64>,
        /// Rate of an hour; null when none was agreed anywhere.
        pub rate_cents: Option<i64>,
        /// What it comes to by itself.
        pub amount_cents: i64,
    }
}

impl Billable {
    /// As a ticked box sends it: `time:{id}`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}:{}", self.kind, self.id)
    }
}

/// Which work is looked at.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct BillableQuery {
    /// Client.
    pub client_id: Option<Uuid>,
    /// Project; all of the client's without.
    pub project_id: Option<Uuid>,
    /// From this day on.
    #[param(value_type = Option<String>, format = "date")]
    pub from: Option<Date>,
    /// Up to this day.
    #[param(value_type = Option<String>, format = "date")]
    pub to: Option<Date>,
}
