//! What the module's tables hold of people at clients, and what becomes of it when one is erased.

use rapport_web::personal::{Fate, Personal};

/// What its tables hold of people at clients.
pub(crate) const TABLES: &[Personal] = &[Personal {
    table: "pulse.health_scores",
    holds: "what the client's health was made of",
    of: "t.client_id = g.client",
    fate: Fate::Cleaned(&["factors"]),
}];
