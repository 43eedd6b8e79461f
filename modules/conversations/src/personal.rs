//! What the module's tables hold of people at clients, and what becomes of it when one is erased.

use rapport_web::personal::{Fate, Personal};

const OF_CLIENT: &str = "exists (select from conversations.conversations c where c.workspace_id = t.workspace_id and c.id = t.conversation_id and c.client_id = g.client)";

/// What its tables hold of people at clients.
pub(crate) const TABLES: &[Personal] = &[
    Personal {
        table: "conversations.conversations",
        holds: "the last words of threads they wrote in",
        of: "t.client_id = g.client and exists (select from conversations.messages m
             where m.workspace_id = t.workspace_id and m.conversation_id = t.id and m.author_contact_id = g.contact)",
        fate: Fate::Replaced("last_preview = ''"),
    },
    Personal {
        table: "conversations.conversations",
        holds: "threads that name them",
        of: "t.client_id = g.client",
        fate: Fate::Cleaned(&["subject", "last_preview"]),
    },
    Personal {
        table: "conversations.messages",
        holds: "messages they wrote",
        of: "t.author_contact_id = g.contact",
        fate: Fate::Replaced("author_name = 'Erased contact', body = '[erased]', mail_message_id = null"),
    },
    Personal {
        table: "conversations.messages",
        holds: "messages of others that name them",
        of: OF_CLIENT,
        fate: Fate::Cleaned(&["author_name", "body", "mail_message_id"]),
    },
    Personal {
        table: "conversations.message_reads",
        holds: "when they read messages",
        of: "t.reader_kind = 'guest' and t.reader_id = g.contact",
        fate: Fate::Deleted,
    },
    Personal {
        table: "conversations.readers",
        holds: "how far they read threads",
        of: "t.reader_kind = 'guest' and t.reader_id = g.contact",
        fate: Fate::Deleted,
    },
];
