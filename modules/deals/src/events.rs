//! What happens to deals.

use rapport_base::Currency;
use rapport_db::{About, Event, EventInfo};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::DEALS_READ_ALL;

macro_rules! deal_event {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $audited:literal, { $($(#[$field_doc:meta])* $field:ident : $ty:ty),* $(,)? }, $summary:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Serialize, Deserialize)]
        pub struct $name {
            /// The deal.
            pub deal_id: Uuid,
            /// Its client.
            pub client_id: Uuid,
            /// Its title at that time.
            pub title: String,
            $($(#[$field_doc])* pub $field: $ty),*
        }
        impl Event for $name {
            const KIND: &'static str = $kind;
            const AUDITED: bool = $audited;
            fn about(&self) -> About {
                About::new("deal", self.deal_id).client(self.client_id)
            }
            fn summary(&self) -> String {
                let summary: fn(&Self) -> String = $summary;
                summary(self)
            }
        }
    };
}

deal_event!(
    /// A deal was added.
    DealCreated, "deal.created", true, {}, |e| format!("added the deal {}", e.title)
);
deal_event!(
    /// A deal's details changed.
    DealUpdated, "deal.updated", true, {
        /// Fields that changed.
        changed: Vec<String>,
    },
    |e| format!("changed {} of the deal {}", crate::deals::rules::field_words(&e.changed), e.title)
);
deal_event!(
    /// A deal moved from one open stage to another, or between closed stages of one kind.
    DealStageChanged, "deal.stage_changed", true, {
        /// The stage it left.
        from_stage_id: Uuid,
        /// Its name at that time.
        from: String,
        /// The stage it entered.
        to_stage_id: Uuid,
        /// Its name at that time.
        to: String,
        /// The pipeline it is in now.
        pipeline_id: Uuid,
    },
    |e| format!("moved the deal {} from {} to {}", e.title, e.from, e.to)
);
deal_event!(
    /// A deal was won.
    DealWon, "deal.won", true, {
        /// Its value in minor units.
        value_cents: i64,
        /// Currency of the value.
        currency: Currency,
        /// The pipeline it was won in.
        pipeline_id: Uuid,
        /// The stage it left.
        from_stage_id: Uuid,
        /// The project template that was chosen.
        template_id: Option<Uuid>,
        /// Who had it.
        assigned_to: Option<Uuid>,
        /// What was sold.
        description: Option<String>,
        /// The project that was opened for it.
        project_id: Option<Uuid>,
    },
    |e| format!("won the deal {}", e.title)
);
deal_event!(
    /// A deal was lost.
    DealLost, "deal.lost", true, {
        /// Why.
        reason: String,
        /// The stage it left.
        from_stage_id: Uuid,
        /// Its value in minor units.
        value_cents: i64,
        /// Currency of the value.
        currency: Currency,
    },
    |e| format!("lost the deal {}: {}", e.title, e.reason)
);
deal_event!(
    /// A closed deal went back to an open stage.
    DealReopened, "deal.reopened", true, {
        /// What it had been: `won` or `lost`.
        was: String,
        /// The stage it entered.
        to_stage_id: Uuid,
        /// Its name at that time.
        to: String,
        /// The project it had been won into.
        project_id: Option<Uuid>,
        /// Whether the deal still points at that project.
        project_kept: bool,
    },
    |e| format!("reopened the deal {} in {}", e.title, e.to)
);
deal_event!(
    /// A deal went to the bin.
    DealDeleted, "deal.deleted", true, {}, |e| format!("deleted the deal {}", e.title)
);
deal_event!(
    /// A deal came back from the bin.
    DealRestored, "deal.restored", true, {}, |e| format!("restored the deal {}", e.title)
);

/// A deal got another place within its column: for open screens, on no timeline.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DealReordered {
    /// The deal.
    pub deal_id: Uuid,
    /// The column.
    pub stage_id: Uuid,
}

impl Event for DealReordered {
    const KIND: &'static str = "deal.reordered";
    fn about(&self) -> About {
        About::new("deal", self.deal_id)
    }
    fn summary(&self) -> String {
        "changed the order of deals".into()
    }
}

/// A pipeline, one of its stages or the list of loss reasons changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PipelineChanged {
    /// The pipeline; nothing when it is about loss reasons.
    pub pipeline_id: Option<Uuid>,
    /// What was done, in the past tense: `added the stage Demo`.
    pub what: String,
}

impl Event for PipelineChanged {
    const KIND: &'static str = "pipeline.changed";
    const AUDITED: bool = true;
    fn about(&self) -> About {
        About::new("pipeline", self.pipeline_id.unwrap_or_default())
    }
    fn summary(&self) -> String {
        self.what.clone()
    }
}

/// All of them.
pub fn all() -> Vec<EventInfo> {
    // Members see deals assigned to them only: what happens to others is not theirs to know.
    vec![
        EventInfo::of::<DealCreated>("Deal added", "handshake", DEALS_READ_ALL),
        EventInfo::of::<DealUpdated>("Deal changed", "pencil", DEALS_READ_ALL),
        EventInfo::of::<DealStageChanged>("Deal moved", "arrow-right", DEALS_READ_ALL),
        EventInfo::of::<DealWon>("Deal won", "trophy", DEALS_READ_ALL),
        EventInfo::of::<DealLost>("Deal lost", "circle-x", DEALS_READ_ALL),
        EventInfo::of::<DealReopened>("Deal reopened", "undo-2", DEALS_READ_ALL),
        EventInfo::of::<DealDeleted>("Deal deleted", "trash", DEALS_READ_ALL),
        EventInfo::of::<DealRestored>("Deal restored", "undo-2", DEALS_READ_ALL),
        EventInfo::of::<DealReordered>("Deals reordered", "arrow-down-up", DEALS_READ_ALL),
        EventInfo::of::<PipelineChanged>("Pipeline changed", "settings-2", DEALS_READ_ALL),
    ]
}
