//! What the module's tables hold of people at clients, and what becomes of it when one is erased.

use rapport_web::personal::{Fate, Personal};

/// What its tables hold of people at clients; events themselves are redacted by [`crate::redact`].
pub(crate) const TABLES: &[Personal] = &[Personal {
    table: "spine.events",
    holds: "what happened: the timeline, the audit log",
    of: "t.actor_id = g.contact or t.subject_id = g.contact
         or (coalesce(t.client_id, g.client) = g.client and app.has_trace(concat_ws(' ', t.actor_name, t.payload, t.before, t.after), g.traces))",
    fate: Fate::Redacted,
}];
