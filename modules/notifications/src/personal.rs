//! What the module's tables hold of people at clients, and what becomes of it when one is erased.

use rapport_web::personal::{Fate, Personal};

/// What its tables hold of people at clients.
pub(crate) const TABLES: &[Personal] = &[Personal {
    table: "notifications.notices",
    holds: "notices that name them",
    of: "true",
    fate: Fate::Cleaned(&["title", "body"]),
}];
