//! What the module's tables hold of people at clients, and what becomes of it when one is erased.

use rapport_web::personal::{Fate, Personal};

const OF_CLIENT: &str = "exists (select from files.files f where f.workspace_id = t.workspace_id and f.id = t.file_id and f.client_id = g.client)";

/// What its tables hold of people at clients.
pub(crate) const TABLES: &[Personal] = &[
    Personal {
        table: "files.files",
        holds: "what they attached to messages",
        of: "t.created_by_kind = 'guest' and t.created_by_id = g.contact and t.purpose = 'attachment' and t.deleted_at is null",
        // In the bin for as long as it is kept there: the next sweep takes the bytes.
        fate: Fate::Replaced("deleted_at = g.at - interval '30 days', version = t.version + 1"),
    },
    Personal {
        table: "files.files",
        holds: "their name as of who handed in a file",
        of: "t.created_by_kind = 'guest' and t.created_by_id = g.contact",
        fate: Fate::Replaced("created_by_name = 'Erased contact'"),
    },
    Personal {
        table: "files.files",
        holds: "files of the client named after them",
        of: "t.client_id = g.client and app.has_trace(concat_ws(' ', t.name, t.folder), g.traces)",
        fate: Fate::Replaced(
            "name = left(left(t.id::text, 8) || ' ' || app.without(t.name, g.traces), 255), folder = app.without(t.folder, g.traces)",
        ),
    },
    Personal {
        table: "files.files",
        holds: "files they handed in",
        of: "t.created_by_kind = 'guest' and t.created_by_id = g.contact and t.purpose <> 'attachment'",
        fate: Fate::Kept(
            "they are the client's: look through them, nobody else can tell what is in them",
            &[],
        ),
    },
    Personal {
        table: "files.file_versions",
        holds: "their name as of who handed in a version",
        of: "t.uploaded_by_kind = 'guest' and t.uploaded_by_id = g.contact",
        fate: Fate::Replaced("uploaded_by_name = 'Erased contact'"),
    },
    Personal {
        table: "files.file_versions",
        holds: "names of files as they came in",
        of: OF_CLIENT,
        fate: Fate::Cleaned(&["original_name", "rejected_reason", "uploaded_by_name"]),
    },
    Personal {
        table: "files.uploads",
        holds: "their uploads under way",
        of: "t.started_by_kind = 'guest' and t.started_by_id = g.contact",
        fate: Fate::Deleted,
    },
    Personal {
        table: "files.uploads",
        holds: "uploads of the client named after them",
        of: "t.client_id = g.client",
        fate: Fate::Cleaned(&["name", "folder"]),
    },
    Personal {
        table: "files.downloads",
        holds: "what they fetched, and from which address",
        of: "t.by_kind = 'guest' and t.by_id = g.contact",
        fate: Fate::Replaced("by_name = 'Erased contact', ip = null"),
    },
];
