//! What happens in threads.

use rapport_db::{About, Event, EventInfo};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::CONVERSATIONS_READ;

/// Someone wrote.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MessageSent {
    /// The message.
    pub message_id: Uuid,
    /// Its thread.
    pub conversation_id: Uuid,
    /// The client.
    pub client_id: Uuid,
    /// The portal the thread is shown in.
    pub portal_id: Option<Uuid>,
    /// `guest` or `member`.
    pub by: String,
    /// The member or contact.
    pub author_id: Option<Uuid>,
    /// Whether only the team reads it.
    pub is_internal: bool,
    /// How it begins.
    pub excerpt: String,
}

impl Event for MessageSent {
    const KIND: &'static str = "message.sent";
    fn about(&self) -> About {
        About::new("conversation", self.conversation_id).client(self.client_id)
    }
    fn summary(&self) -> String {
        let verb = if self.is_internal { "noted" } else { "wrote" };
        format!("{verb} “{}”", self.excerpt)
    }
}

/// Someone read what the other side had written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MessageRead {
    /// The thread.
    pub conversation_id: Uuid,
    /// The portal it is shown in.
    pub portal_id: Option<Uuid>,
    /// `guest` or `member`.
    pub by: String,
}

impl Event for MessageRead {
    const KIND: &'static str = "message.read";
    fn about(&self) -> About {
        About::new("conversation", self.conversation_id)
    }
    fn summary(&self) -> String {
        "read the messages".into()
    }
}

/// All of them.
pub fn all() -> Vec<EventInfo> {
    vec![
        EventInfo::of::<MessageSent>("Message sent", "message-square", CONVERSATIONS_READ),
        EventInfo::of::<MessageRead>("Messages read", "check-check", CONVERSATIONS_READ),
    ]
}
