//! What the module's tables hold of people at clients, and what becomes of it when one is erased.

use rapport_web::personal::{Fate, Personal};

/// What its tables hold of people at clients.
pub(crate) const TABLES: &[Personal] = &[
    Personal {
        table: "clients.contacts",
        holds: "their name, addresses, phone number, birthday and what was noted of them",
        of: "t.id = g.contact",
        fate: Fate::Replaced(
            "name = 'Erased contact', name_sort = 'erased contact', email = null, email_folded = null, phone = null,
             job_title = null, is_primary = false, do_not_contact = true, language = null, timezone = null,
             birthday = null, notes = null, email_bounced_at = null, erased_at = g.at,
             deleted_at = coalesce(t.deleted_at, g.at), updated_at = g.at, version = t.version + 1",
        ),
    },
    Personal {
        table: "clients.contacts",
        holds: "notes on others at the client that name them",
        of: "t.client_id = g.client and t.id <> g.contact",
        fate: Fate::Cleaned(&["job_title", "notes"]),
    },
    Personal {
        table: "clients.contact_roles",
        holds: "what they are there for",
        of: "t.contact_id = g.contact",
        fate: Fate::Deleted,
    },
    Personal {
        table: "clients.contact_consents",
        holds: "by which ways they allowed to be written to, and when",
        of: "t.contact_id = g.contact",
        fate: Fate::Kept("the proof that writing to them was allowed; it names nobody any more", &["source"]),
    },
    Personal {
        table: "clients.notes",
        holds: "notes, calls and meetings with them",
        of: "t.contact_id = g.contact",
        fate: Fate::Deleted,
    },
    Personal {
        table: "clients.notes",
        holds: "notes on the client that name them",
        of: "t.client_id = g.client",
        fate: Fate::Cleaned(&["body"]),
    },
    Personal {
        table: "clients.addresses",
        holds: "addresses of the client that name them",
        of: "t.client_id = g.client",
        fate: Fate::Cleaned(&["label", "line1", "line2", "postal_code", "city", "region"]),
    },
    Personal {
        table: "clients.client_tags",
        holds: "tags of the client that name them",
        of: "t.client_id = g.client and app.has_trace(t.tag || ' ' || t.tag_folded, g.traces)",
        fate: Fate::Deleted,
    },
    Personal {
        table: "clients.search_terms",
        holds: "words that the client is found by",
        of: "t.client_id = g.client and (t.term = any (g.words) or app.has_trace(t.term, g.names))",
        fate: Fate::Deleted,
    },
    Personal {
        table: "clients.clients",
        holds: "a client that is the person",
        of: "t.id = g.client and t.kind = 'person'",
        fate: Fate::Cleaned(&["company_name", "name_sort"]),
    },
    Personal {
        table: "clients.clients",
        holds: "what is noted of the client and names them",
        of: "t.id = g.client",
        fate: Fate::Cleaned(&["notes", "source", "website", "industry"]),
    },
    Personal {
        table: "clients.clients",
        holds: "the company's own name and numbers",
        of: "t.id = g.client and t.kind = 'company'
             and app.has_trace(concat_ws(' ', t.company_name, t.tax_id, t.stripe_customer_id), g.traces)",
        fate: Fate::Kept(
            "a company is called what it is called, and its invoices say so",
            &["company_name", "name_sort", "tax_id", "stripe_customer_id"],
        ),
    },
];
