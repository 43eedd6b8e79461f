//! What the module's tables hold of people at clients, and what becomes of it when one is erased.

use rapport_web::personal::{Fate, Personal};

const TEAM: Fate = Fate::Kept("it is about the team and the house itself", &[]);

/// What its tables hold of people at clients: nothing by itself.
pub(crate) const TABLES: &[Personal] = &[
    Personal { table: "identity.memberships", holds: "the team", of: "false", fate: TEAM },
    Personal { table: "identity.member_skills", holds: "the team", of: "false", fate: TEAM },
    Personal { table: "identity.invitations", holds: "the team", of: "false", fate: TEAM },
    Personal { table: "identity.sessions", holds: "the team", of: "false", fate: TEAM },
    Personal { table: "identity.refresh_families", holds: "the team", of: "false", fate: TEAM },
    Personal { table: "identity.api_keys", holds: "the team", of: "false", fate: TEAM },
    Personal { table: "identity.deputies", holds: "the team", of: "false", fate: TEAM },
];
