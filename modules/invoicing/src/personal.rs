//! What the module's tables hold of people at clients, and what becomes of it when one is erased.

use rapport_web::personal::{Fate, Personal};

const OF_DRAFT: &str = "exists (select from invoicing.invoices i where i.workspace_id = t.workspace_id and i.id = t.invoice_id and i.client_id = g.client and i.state = 'draft')";
const BOOKS: &str = "an issued invoice is kept as it was issued, for as long as the law asks";

/// What its tables hold of people at clients.
pub(crate) const TABLES: &[Personal] = &[
    Personal {
        table: "invoicing.view_tokens",
        holds: "links to invoices that were sent to them",
        of: "t.contact_id = g.contact",
        fate: Fate::Deleted,
    },
    Personal {
        table: "invoicing.invoice_views",
        holds: "when they looked at invoices, and from which address",
        of: "t.contact_id = g.contact",
        fate: Fate::Replaced("ip = null, user_agent = null"),
    },
    Personal {
        table: "invoicing.invoice_deliveries",
        holds: "mails with invoices to their address",
        of: "lower(t.email) = any (g.addresses) or app.has_trace(concat_ws(' ', t.email, t.error), g.traces)",
        fate: Fate::Replaced("email = 'erased@erased.invalid', error = null"),
    },
    Personal {
        table: "invoicing.invoices",
        holds: "drafts that name them",
        of: "t.client_id = g.client and t.state = 'draft'",
        fate: Fate::Cleaned(&["purchase_order", "notes", "terms", "void_reason"]),
    },
    Personal {
        table: "invoicing.invoice_lines",
        holds: "lines of drafts that name them",
        of: OF_DRAFT,
        fate: Fate::Cleaned(&["description", "detail"]),
    },
    Personal {
        table: "invoicing.invoice_line_sources",
        holds: "what lines of drafts stand for",
        of: OF_DRAFT,
        fate: Fate::Cleaned(&["description"]),
    },
    Personal {
        table: "invoicing.invoices",
        holds: "issued invoices that name them",
        of: "t.client_id = g.client and t.state <> 'draft' and app.has_trace(
             concat_ws(' ', t.purchase_order, t.notes, t.terms, t.buyer, t.seller, t.void_reason), g.traces)",
        fate: Fate::Kept(BOOKS, &["purchase_order", "notes", "terms", "buyer", "seller", "void_reason", "invoice_number"]),
    },
    Personal {
        table: "invoicing.invoice_lines",
        holds: "lines of issued invoices that name them",
        of: "app.has_trace(concat_ws(' ', t.description, t.detail), g.traces)
             and exists (select from invoicing.invoices i where i.workspace_id = t.workspace_id and i.id = t.invoice_id and i.client_id = g.client and i.state <> 'draft')",
        fate: Fate::Kept(BOOKS, &["description", "detail", "unit"]),
    },
    Personal {
        table: "invoicing.invoice_line_sources",
        holds: "what lines of issued invoices stand for",
        of: "app.has_trace(t.description, g.traces)
             and exists (select from invoicing.invoices i where i.workspace_id = t.workspace_id and i.id = t.invoice_id and i.client_id = g.client and i.state <> 'draft')",
        fate: Fate::Kept(BOOKS, &["description"]),
    },
    Personal {
        table: "invoicing.invoice_line_taxes",
        holds: "taxes of lines",
        of: "false",
        fate: Fate::Kept(BOOKS, &["name", "exemption_reason"]),
    },
    Personal {
        table: "invoicing.invoice_taxes",
        holds: "taxes of invoices",
        of: "false",
        fate: Fate::Kept(BOOKS, &["name", "exemption_reason"]),
    },
    Personal {
        table: "invoicing.invoice_pdfs",
        holds: "invoices as they were sent",
        of: "exists (select from invoicing.invoices i where i.workspace_id = t.workspace_id and i.id = t.invoice_id and i.client_id = g.client and i.state <> 'draft')",
        fate: Fate::Kept(BOOKS, &[]),
    },
    Personal {
        table: "invoicing.payments",
        holds: "notes on payments that name them",
        of: "t.client_id = g.client",
        fate: Fate::Cleaned(&["notes", "failure"]),
    },
    Personal {
        table: "invoicing.payments",
        holds: "references of payments that name them",
        of: "t.client_id = g.client and app.has_trace(t.reference, g.traces)",
        fate: Fate::Kept("the reference as it stands on the bank's statement", &["reference", "provider_payment_id"]),
    },
    Personal {
        table: "invoicing.refunds",
        holds: "refunds that name them",
        of: "exists (select from invoicing.payments p where p.workspace_id = t.workspace_id and p.id = t.payment_id and p.client_id = g.client)",
        fate: Fate::Cleaned(&["reason", "failure"]),
    },
    Personal {
        table: "invoicing.pay_links",
        holds: "pages to pay at the provider",
        of: "false",
        fate: Fate::Kept(
            "they name an invoice, and nobody; the provider has its own rules",
            &["url", "provider_session_id", "failure", "idempotency_key"],
        ),
    },
    Personal {
        table: "invoicing.stripe_events",
        holds: "what the payment provider told",
        of: "false",
        fate: Fate::Kept("proof of money received; they go by themselves", &["last_error"]),
    },
    Personal {
        table: "invoicing.tax_rates",
        holds: "tax rates",
        of: "false",
        fate: Fate::Kept("it is about the house itself", &["name", "exemption_reason"]),
    },
    Personal {
        table: "invoicing.payment_accounts",
        holds: "the workspace's account at the provider",
        of: "false",
        fate: Fate::Kept("it is about the house itself", &["account_id"]),
    },
];
