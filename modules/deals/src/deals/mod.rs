//! A deal: a sales opportunity with one client.

pub(crate) mod access;
pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod forms;
pub(crate) mod list;
pub(crate) mod pages;
pub(crate) mod rank;
pub(crate) mod rules;
pub(crate) mod stage;
pub(crate) mod store;

use garde::Validate;
use jiff::{Timestamp, civil::Date};
use rapport_base::{Currency, MemberId, Result};
use rapport_db::{FromRow, Row};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{ClientId, ContactId, PipelineId, StageId, StageKind};

rapport_base::id!(
    /// A deal.
    DealId
);

/// A deal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Deal {
    /// Id.
    pub id: DealId,
    /// Title.
    pub title: String,
    /// What is to be sold.
    pub description: Option<String>,
    /// The client.
    pub client_id: ClientId,
    /// Its name.
    pub client_name: String,
    /// Value in minor units; null for those who may not see it.
    pub value_cents: Option<i64>,
    /// Value times probability; null for those who may not see it.
    pub weighted_cents: Option<i64>,
    /// Currency of the value.
    pub currency: Currency,
    /// The pipeline.
    pub pipeline_id: PipelineId,
    /// The stage.
    pub stage_id: StageId,
    /// The stage.
    pub stage: StageRef,
    /// How likely it is won, in percent.
    pub probability: i16,
    /// Whether the probability was set for this deal, not taken from the stage.
    pub probability_is_own: bool,
    /// When it should be decided.
    #[schema(value_type = Option<String>, format = "date")]
    pub expected_close_date: Option<Date>,
    /// The member who has it.
    pub assigned_to: Option<MemberId>,
    /// Their name.
    pub assigned_name: Option<String>,
    /// Where it came from.
    pub source: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Contacts involved.
    pub contact_ids: Vec<ContactId>,
    /// Why it was lost.
    pub lost_reason: Option<String>,
    /// Since when it is in its stage.
    #[schema(value_type = String, format = "date-time")]
    pub stage_entered_at: Timestamp,
    /// Whether it has been in its stage for longer than that stage allows.
    pub is_stale: bool,
    /// When it was won or lost.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub closed_at: Option<Timestamp>,
    /// The project it was won into.
    pub project_id: Option<Uuid>,
    /// Who added it.
    pub created_by: Option<MemberId>,
    /// When it was added.
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = "date-time")]
    pub updated_at: Timestamp,
    /// Counts changes; goes into `If-Match`.
    pub version: i32,
    /// The version its last move made.
    #[serde(skip)]
    pub(crate) moved_version: i32,
    /// Who moved it last.
    #[serde(skip)]
    pub(crate) moved_by: Option<String>,
}

/// The stage of a deal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StageRef {
    /// Id.
    pub id: StageId,
    /// Name.
    pub name: String,
    /// What it means to be in it.
    pub kind: StageKind,
    /// Days after which a deal in it is stale.
    #[serde(skip)]
    pub rot_days: Option<i16>,
    /// The tone it is shown in.
    #[serde(skip)]
    pub tone: &'static str,
}

impl FromRow for Deal {
    fn from_row(row: &Row) -> Result<Self> {
        let (own, of_stage): (Option<i16>, i16) =
            (row.try_get("own_probability")?, row.try_get("stage_probability")?);
        let (value, kind): (i64, StageKind) = (row.try_get("value_cents")?, row.try_get("stage_kind")?);
        let probability = rules::probability(kind, own, of_stage);
        let color: &str = row.try_get("stage_color")?;
        Ok(Self {
            id: row.try_get("id")?,
            title: row.try_get("title")?,
            description: row.try_get("description")?,
            client_id: row.try_get("client_id")?,
            client_name: row.try_get("client_name")?,
            value_cents: Some(value),
            weighted_cents: Some(rules::weighted(value, probability)),
            currency: row.try_get("currency")?,
            pipeline_id: row.try_get("pipeline_id")?,
            stage_id: row.try_get("stage_id")?,
            stage: StageRef {
                id: row.try_get("stage_id")?,
                name: row.try_get("stage_name")?,
                kind,
                rot_days: row.try_get("rot_days")?,
                tone: crate::pipelines::rules::tone(color),
            },
            probability,
            probability_is_own: own.is_some() && !kind.is_closed(),
            expected_close_date: row.try_get("expected_close_date")?,
            assigned_to: row.try_get("assigned_to")?,
            assigned_name: row.try_get("assigned_name")?,
            source: row.try_get("source")?,
            tags: row.try_get("tags")?,
            contact_ids: row.try_get("contact_ids")?,
            lost_reason: row.try_get("lost_reason")?,
            stage_entered_at: row.try_get("stage_entered_at")?,
            is_stale: false,
            closed_at: row.try_get("closed_at")?,
            project_id: row.try_get("project_id")?,
            created_by: row.try_get("created_by")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            version: row.try_get("version")?,
            moved_version: row.try_get("moved_version")?,
            moved_by: row.try_get("moved_by")?,
        })
    }
}

/// A deal to be added.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[garde(allow_unvalidated)]
pub struct NewDeal {
    /// Title.
    #[garde(length(chars, max = 200))]
    pub title: String,
    /// The client; or give `client` to add one.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub client_id: Option<ClientId>,
    /// A client to be added with the deal.
    #[garde(dive)]
    pub client: Option<clients::NewClient>,
    /// Value in minor units; 0 unless said.
    #[garde(range(min = 0, max = 1_000_000_000_000))]
    pub value_cents: Option<i64>,
    /// Currency; the client's unless said.
    pub currency: Option<Currency>,
    /// Pipeline; that of the stage, or the default one, unless said.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub pipeline_id: Option<PipelineId>,
    /// An open stage; the pipeline's first unless said.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub stage_id: Option<StageId>,
    /// How likely it is won, in percent; the stage's unless said.
    #[garde(range(min = 0, max = 100))]
    pub probability: Option<i16>,
    /// When it should be decided.
    #[schema(value_type = Option<String>, format = "date")]
    pub expected_close_date: Option<Date>,
    /// The member who has it.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub assigned_to: Option<MemberId>,
    /// What is to be sold.
    #[garde(length(chars, max = 20_000))]
    pub description: Option<String>,
    /// Where it came from.
    #[garde(length(chars, max = 100))]
    pub source: Option<String>,
    /// Tags.
    #[garde(length(max = 30), inner(length(chars, max = 60)))]
    pub tags: Vec<String>,
    /// Contacts of the client who are involved.
    #[garde(length(max = 50))]
    pub contact_ids: Vec<ContactId>,
}

/// What of a deal changes; fields left out stay. The stage has a call of its own.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[garde(allow_unvalidated)]
pub struct DealChange {
    /// Title.
    #[garde(length(chars, max = 200))]
    pub title: Option<String>,
    /// What is to be sold.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[garde(inner(length(chars, max = 20_000)))]
    pub description: Option<Option<String>>,
    /// Another client; only while the deal has no project.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub client_id: Option<ClientId>,
    /// Value in minor units.
    #[garde(range(min = 0, max = 1_000_000_000_000))]
    pub value_cents: Option<i64>,
    /// Currency.
    pub currency: Option<Currency>,
    /// How likely it is won, in percent; null: as the stage says.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[garde(inner(range(min = 0, max = 100)))]
    pub probability: Option<Option<i16>>,
    /// When it should be decided.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[schema(value_type = Option<String>, format = "date")]
    pub expected_close_date: Option<Option<Date>>,
    /// The member who has it.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub assigned_to: Option<Option<MemberId>>,
    /// Where it came from.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[garde(inner(length(chars, max = 100)))]
    pub source: Option<Option<String>>,
    /// All tags.
    #[garde(length(max = 30), inner(inner(length(chars, max = 60))))]
    pub tags: Option<Vec<String>>,
    /// All contacts involved.
    #[garde(length(max = 50))]
    pub contact_ids: Option<Vec<ContactId>>,
    /// Why it was lost; only of a lost deal.
    #[garde(length(chars, max = 200))]
    pub lost_reason: Option<String>,
}

/// What becomes of the project when a won deal is won no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProjectChoice {
    /// The deal keeps pointing at it; winning the deal again opens no other.
    Keep,
    /// The project goes on by itself, and the deal forgets it.
    Unlink,
}

/// Where a deal goes.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct StageMove {
    /// The stage it enters.
    #[schema(value_type = String, format = "uuid")]
    pub stage_id: StageId,
    /// Why it was lost; needed when the stage means lost.
    #[serde(default)]
    #[garde(length(chars, max = 200))]
    pub lost_reason: Option<String>,
    /// Template of the project that winning opens; the workspace's default unless said.
    #[serde(default)]
    pub template_id: Option<Uuid>,
    /// Place in the column, from 0; the top unless said.
    #[serde(default)]
    #[garde(range(min = 0, max = 100_000))]
    pub position: Option<i64>,
    /// What becomes of the project; needed when a won deal with a project leaves won.
    #[serde(default)]
    pub project: Option<ProjectChoice>,
    /// The version that was seen: when somebody moved the deal since, the move is refused.
    #[serde(default)]
    pub version: Option<i32>,
}
