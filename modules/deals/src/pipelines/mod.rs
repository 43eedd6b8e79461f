//! Pipelines: ordered sets of stages that deals move through, and the reasons for losing one.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod defaults;
pub(crate) mod pages;
pub(crate) mod rules;
pub(crate) mod store;

use garde::Validate;
use rapport_base::postgres_types::{FromSql, Type};
use rapport_db::row;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

rapport_base::id!(
    /// An ordered set of stages.
    PipelineId
);
rapport_base::id!(
    /// A column of the board.
    StageId
);
rapport_base::id!(
    /// A reason for losing a deal.
    LossReasonId
);

/// What it means for a deal to be in a stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StageKind {
    /// On its way.
    #[default]
    Open,
    /// Won.
    Won,
    /// Lost.
    Lost,
}

impl StageKind {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            StageKind::Open => "open",
            StageKind::Won => "won",
            StageKind::Lost => "lost",
        }
    }
    /// As people read it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            StageKind::Open => "Open",
            StageKind::Won => "Won",
            StageKind::Lost => "Lost",
        }
    }
    /// Whether a deal in it is no longer on its way.
    #[must_use]
    pub fn is_closed(self) -> bool {
        self != StageKind::Open
    }
}

impl std::str::FromStr for StageKind {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        [StageKind::Open, StageKind::Won, StageKind::Lost]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| format!("{text} is no kind of stage"))
    }
}

impl<'a> FromSql<'a> for StageKind {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(<&str as FromSql>::from_sql(ty, raw)?.parse()?)
    }
    fn accepts(ty: &Type) -> bool {
        <&str as FromSql>::accepts(ty)
    }
}

row! {
    /// A stage: a column of the board.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Stage {
        /// Id.
        pub id: StageId,
        /// Its pipeline.
        pub pipeline_id: PipelineId,
        /// Name.
        pub name: String,
        /// Colour, `#rrggbb`.
        pub color: String,
        /// What it means to be in it.
        pub kind: StageKind,
        /// How likely deals in it are won, in percent.
        pub probability: i16,
        /// Order, from 0.
        pub position: i16,
        /// After so many days without a move a deal here counts as stale.
        pub rot_days: Option<i16>,
        /// Counts changes; goes into `If-Match`.
        pub version: i32,
    }
}

impl Stage {
    /// The tone nearest to its colour.
    #[must_use]
    pub fn tone(&self) -> &'static str {
        rules::tone(&self.color)
    }
}

/// A pipeline with its stages in order.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Pipeline {
    /// Id.
    pub id: PipelineId,
    /// Name.
    pub name: String,
    /// Whether new deals go here unless said.
    pub is_default: bool,
    /// Order, from 0.
    pub position: i16,
    /// Counts changes; goes into `If-Match`.
    pub version: i32,
    /// Its stages in order.
    pub stages: Vec<Stage>,
}

impl Pipeline {
    /// The stage in which a new deal begins.
    #[must_use]
    pub fn first_open(&self) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.kind == StageKind::Open)
    }
    /// The first stage of a kind.
    #[must_use]
    pub fn first_of(&self, kind: StageKind) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.kind == kind)
    }
}

row! {
    /// A reason for losing a deal.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct LossReason {
        /// Id.
        pub id: LossReasonId,
        /// The reason.
        pub label: String,
    }
}

/// A pipeline to be added.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPipeline {
    /// Name.
    #[garde(length(chars, max = 60))]
    pub name: String,
}

/// What of a pipeline changes; fields left out stay.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PipelineChange {
    /// Name.
    #[garde(length(chars, max = 60))]
    pub name: Option<String>,
    /// `true` makes it the one for new deals.
    #[garde(skip)]
    pub is_default: Option<bool>,
}

/// A stage to be added.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewStage {
    /// Name.
    #[garde(length(chars, max = 60))]
    pub name: String,
    /// Colour, `#rrggbb`.
    #[serde(default)]
    #[garde(length(chars, max = 7))]
    pub color: Option<String>,
    /// What it means to be in it; `open` unless said.
    #[serde(default)]
    #[garde(skip)]
    pub kind: StageKind,
    /// How likely deals in it are won, in percent; 100 and 0 for won and lost.
    #[serde(default)]
    #[garde(range(min = 0, max = 100))]
    pub probability: Option<i16>,
    /// Where in the order; after the open stages unless said.
    #[serde(default)]
    #[garde(range(min = 0, max = 100))]
    pub position: Option<i16>,
    /// After so many days without a move a deal here counts as stale.
    #[serde(default)]
    #[garde(range(min = 1, max = 3650))]
    pub rot_days: Option<i16>,
}

/// What of a stage changes; fields left out stay.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StageChange {
    /// Name.
    #[garde(length(chars, max = 60))]
    pub name: Option<String>,
    /// Colour, `#rrggbb`.
    #[garde(length(chars, max = 7))]
    pub color: Option<String>,
    /// What it means to be in it; only while no deal is in it.
    #[garde(skip)]
    pub kind: Option<StageKind>,
    /// How likely deals in it are won, in percent.
    #[garde(range(min = 0, max = 100))]
    pub probability: Option<i16>,
    /// Where in the order.
    #[garde(range(min = 0, max = 100))]
    pub position: Option<i16>,
    /// Days until a deal counts as stale; null: never.
    #[serde(deserialize_with = "rapport_base::patch::some")]
    #[garde(inner(range(min = 1, max = 3650)))]
    pub rot_days: Option<Option<i16>>,
}
