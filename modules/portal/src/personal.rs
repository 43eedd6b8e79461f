//! What the module's tables hold of people at clients, and what becomes of it when one is erased.

use rapport_web::personal::{Fate, Personal};

const OF_GUEST: &str = "exists (select from portal.guests u where u.workspace_id = t.workspace_id and u.id = t.guest_id and u.contact_id = g.contact)";

/// What its tables hold of people at clients.
pub(crate) const TABLES: &[Personal] = &[
    Personal {
        table: "portal.guest_sessions",
        holds: "browsers they came with",
        of: OF_GUEST,
        fate: Fate::Deleted,
    },
    Personal {
        table: "portal.guest_codes",
        holds: "codes that were mailed to them",
        of: OF_GUEST,
        fate: Fate::Deleted,
    },
    Personal {
        table: "portal.links",
        holds: "links into portals",
        of: OF_GUEST,
        fate: Fate::Deleted,
    },
    Personal {
        table: "portal.access_log",
        holds: "what they did in portals, and from which address",
        of: "exists (select from portal.guests u where u.workspace_id = t.workspace_id and u.id = t.guest_id and u.contact_id = g.contact)
             or app.has_trace(t.contact_name, g.traces)",
        fate: Fate::Replaced("contact_name = null, ip = null, user_agent = null"),
    },
    Personal {
        table: "portal.feedback",
        holds: "feedback they gave",
        of: OF_GUEST,
        fate: Fate::Replaced("body = '[erased]'"),
    },
    Personal {
        table: "portal.feedback",
        holds: "feedback of others that names them",
        of: "t.client_id = g.client",
        fate: Fate::Cleaned(&["body"]),
    },
    Personal {
        table: "portal.guests",
        holds: "their access to portals",
        of: "t.contact_id = g.contact",
        fate: Fate::Replaced("revoked_at = coalesce(t.revoked_at, g.at), notify = 'off', updated_at = g.at"),
    },
    Personal {
        table: "portal.portals",
        holds: "portals that name them",
        of: "t.client_id = g.client",
        fate: Fate::Cleaned(&["title", "title_sort", "description", "welcome_text"]),
    },
];
