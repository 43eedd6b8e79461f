//! What counts how much for the health of clients.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod pages;
pub(crate) mod store;

use garde::Validate;
use rapport_db::row;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::health::rules::{Thresholds, Weights};

row! {
    /// Weights and thresholds of a workspace.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
    pub(crate) struct Settings {
        /// Weight of communication.
        pub communication_weight: i16,
        /// Weight of delivery.
        pub delivery_weight: i16,
        /// Weight of payment.
        pub payment_weight: i16,
        /// Weight of engagement.
        pub engagement_weight: i16,
        /// Weight of the relationship.
        pub relationship_weight: i16,
        /// Scores from here on are healthy.
        pub healthy_from: i16,
        /// Scores from here on are at risk, lower ones critical.
        pub at_risk_from: i16,
        /// Points beyond a threshold before the level changes.
        pub hysteresis: i16,
        /// Counts the changes.
        pub revision: i32,
        /// For `If-Match`.
        pub version: i32,
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            communication_weight: 20,
            delivery_weight: 20,
            payment_weight: 20,
            engagement_weight: 10,
            relationship_weight: 5,
            healthy_from: 70,
            at_risk_from: 40,
            hysteresis: 3,
            revision: 1,
            version: 0,
        }
    }
}

impl Settings {
    pub(crate) fn weights(&self) -> Weights {
        Weights {
            communication: self.communication_weight,
            delivery: self.delivery_weight,
            payment: self.payment_weight,
            engagement: self.engagement_weight,
            relationship: self.relationship_weight,
        }
    }
    pub(crate) fn thresholds(&self) -> Thresholds {
        Thresholds {
            healthy_from: self.healthy_from,
            at_risk_from: self.at_risk_from,
            hysteresis: self.hysteresis,
        }
    }
}

/// Weights and thresholds to be.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsInput {
    /// Weight of communication.
    #[garde(range(min = 0, max = 100))]
    pub communication_weight: i16,
    /// Weight of delivery.
    #[garde(range(min = 0, max = 100))]
    pub delivery_weight: i16,
    /// Weight of payment.
    #[garde(range(min = 0, max = 100))]
    pub payment_weight: i16,
    /// Weight of engagement.
    #[garde(range(min = 0, max = 100))]
    pub engagement_weight: i16,
    /// Weight of the relationship.
    #[garde(range(min = 0, max = 100))]
    pub relationship_weight: i16,
    /// Scores from here on are healthy.
    #[garde(range(min = 2, max = 100))]
    pub healthy_from: i16,
    /// Scores from here on are at risk, lower ones critical.
    #[garde(range(min = 1, max = 99))]
    pub at_risk_from: i16,
    /// Points beyond a threshold before the level changes.
    #[garde(range(min = 0, max = 20))]
    pub hysteresis: i16,
}
