//! What notifications publishes.

use rapport_base::MemberId;
use rapport_db::{About, Event, EventInfo};
use serde::{Deserialize, Serialize};

use crate::{NOTICES_READ, NoticeId};

/// A member was told something: their bell rings. It says nothing of what it was.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NoticeCreated {
    /// The notice.
    pub notice_id: NoticeId,
    /// Whose.
    pub member_id: MemberId,
}

impl Event for NoticeCreated {
    const KIND: &'static str = "notice.created";
    fn about(&self) -> About {
        About::new("notice", self.notice_id)
    }
    fn summary(&self) -> String {
        "left a notice".into()
    }
}

/// All of them.
pub(crate) fn all() -> Vec<EventInfo> {
    vec![EventInfo::of::<NoticeCreated>("Notice", "bell", NOTICES_READ).echo()]
}
