//! What the module's tables hold of people at clients, and what becomes of it when one is erased.

use rapport_web::personal::{Fate, Personal};

const TEAM: Fate = Fate::Kept("it is about the team; the file itself is gone after a day", &[]);

/// What its tables hold of people at clients: nothing by themselves.
pub(crate) const TABLES: &[Personal] = &[
    Personal { table: "transfer.exports", holds: "the team", of: "false", fate: TEAM },
    Personal { table: "transfer.downloads", holds: "the team", of: "false", fate: TEAM },
];
