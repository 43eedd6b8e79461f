//! What pulse publishes.

use rapport_db::{About, Event, EventInfo};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::permissions::{PULSE_MANAGE, PULSE_READ};

/// The health of a client changed so much that people should see it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HealthChanged {
    /// The client.
    pub client_id: Uuid,
    /// The score before, if there was one.
    pub from: Option<i16>,
    /// The score.
    pub to: i16,
    /// The level before: `healthy`, `at_risk`, `critical`.
    pub level_from: Option<String>,
    /// The level.
    pub level_to: String,
    /// What moved it most, in words.
    pub reason: String,
}

impl Event for HealthChanged {
    const KIND: &'static str = "health.changed";
    fn about(&self) -> About {
        About::new("client", self.client_id).client(self.client_id)
    }
    fn summary(&self) -> String {
        let change = match self.from {
            Some(from) => format!("moved the health from {from} to {}", self.to),
            None => format!("first saw the health, at {}", self.to),
        };
        let level = match &self.level_from {
            Some(from) if *from != self.level_to => format!(", now {}", self.level_to.replace('_', " ")),
            _ => String::new(),
        };
        if self.reason.is_empty() {
            format!("{change}{level}")
        } else {
            format!("{change}{level}: {}", self.reason)
        }
    }
}

/// A client's health was calculated with another result: open screens look again. On no timeline.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HealthCalculated {
    /// The client.
    pub client_id: Uuid,
    /// The score.
    pub score: i16,
}

impl Event for HealthCalculated {
    const KIND: &'static str = "health.calculated";
    fn about(&self) -> About {
        About::new("client", self.client_id)
    }
    fn summary(&self) -> String {
        format!("calculated a health of {}", self.score)
    }
}

/// Weights or thresholds were changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HealthSettingsChanged {
    /// The workspace.
    pub workspace_id: Uuid,
    /// Counts the changes.
    pub revision: i32,
}

impl Event for HealthSettingsChanged {
    const KIND: &'static str = "health.settings_changed";
    const AUDITED: bool = true;
    fn about(&self) -> About {
        About::new("workspace", self.workspace_id)
    }
    fn summary(&self) -> String {
        "changed what counts how much for the health of clients".into()
    }
}

/// All of them.
pub(crate) fn all() -> Vec<EventInfo> {
    vec![
        EventInfo::of::<HealthChanged>("Health changed", "heart-pulse", PULSE_READ),
        EventInfo::of::<HealthCalculated>("Health calculated", "heart-pulse", PULSE_READ),
        EventInfo::of::<HealthSettingsChanged>("Health settings changed", "settings", PULSE_MANAGE),
    ]
}
