//! The list.

use super::{
    Policy::{Carried, LeftOut, Told},
    Table,
};

const SECRET: &str = "lets people in: links, keys and sessions do not move";
const OTHERS: &str = "belongs to people or to the installation, not to the workspace";
const PASSING: &str = "work under way in one installation";
const STRIPE: &str = "belongs to the connection with Stripe, which is made anew";

/// Every table, by module.
pub const TABLES: &[Table] = &[
    Table::new("app.migrations", LeftOut("the manifest names them")),
    // Identity
    Table::new("identity.workspaces", Carried)
        .renewed(&[
            ("slug", "said at the import"),
            ("status", "it begins active"),
            ("delete_after", "it begins active"),
        ])
        .sheet("workspace"),
    Table::new("identity.users", Carried).without(&[
        ("password_hash", SECRET),
        ("password_changed_at", OTHERS),
        ("email_folded", "follows from the address"),
        ("last_workspace_id", OTHERS),
        ("failed_sign_ins", OTHERS),
        ("disabled_at", OTHERS),
        ("updated_at", OTHERS),
        ("version", OTHERS),
    ]),
    Table::new("identity.memberships", Carried).without(&[("calendar_hash", SECRET)]).money(
        "members",
        "workspace_id",
        "identity.workspaces",
    ),
    Table::new("identity.member_skills", Carried).sheet("member-skills"),
    Table::new("identity.deputies", Carried),
    Table::new("identity.past_rates", Carried),
    Table::new("identity.invitations", LeftOut(SECRET)),
    Table::new("identity.api_keys", LeftOut(SECRET)),
    Table::new("identity.sessions", LeftOut(SECRET)),
    Table::new("identity.tokens", LeftOut(SECRET)),
    Table::new("identity.refresh_families", LeftOut(SECRET)),
    Table::new("identity.refresh_tokens", LeftOut(SECRET)),
    Table::new("identity.signing_keys", LeftOut(SECRET)),
    Table::new("identity.user_keys", LeftOut(SECRET)),
    Table::new("identity.external_accounts", LeftOut(OTHERS)),
    Table::new("identity.sign_ins", LeftOut(OTHERS)),
    // Files
    Table::new("files.files", Carried).sheet("files"),
    Table::new("files.file_versions", Carried),
    Table::new("files.downloads", Carried),
    Table::new("files.uploads", LeftOut(PASSING)),
    Table::new("files.usage", Carried).renewed(&[("quota_bytes", "the installation decides")]),
    // Notices, mail
    Table::new("notifications.notices", Carried),
    Table::new("notifications.preferences", Carried),
    Table::new(
        "mail.outbox",
        LeftOut("its letters hold links that let people in; the history says what was sent"),
    ),
    // Spine, audit, queue, web
    Table::new("spine.events", Carried)
        .renewed(&[
            ("seq", "counted by the installation"),
            ("txid", "counted by the installation"),
            ("imported_at", "set by the import"),
        ])
        .sheet("history"),
    Table::new("spine.deliveries", LeftOut(PASSING)),
    Table::new("spine.relay", LeftOut(PASSING)),
    Table::new(
        "spine.redactions",
        Told("they vouch for the seals where they were made; an import seals anew"),
    ),
    Table::new("audit.seals", Told("they prove the history where it happened; an import seals it anew")),
    Table::new("queue.jobs", LeftOut(PASSING)),
    Table::new("queue.schedules", LeftOut(PASSING)),
    Table::new("web.rate_counters", LeftOut(PASSING)),
    Table::new("web.idempotency_keys", LeftOut(PASSING)),
    // Clients
    Table::new("clients.clients", Carried).renewed(&[("stripe_customer_id", STRIPE)]).sheet("clients"),
    Table::new("clients.client_tags", Carried).sheet("client-tags"),
    Table::new("clients.contacts", Carried).sheet("contacts"),
    Table::new("clients.contact_roles", Carried),
    Table::new("clients.contact_consents", Carried).sheet("consents"),
    Table::new("clients.addresses", Carried).sheet("addresses"),
    Table::new("clients.notes", Carried).sheet("notes"),
    Table::new("clients.search_terms", Carried),
    Table::new("clients.erasures", Carried).renewed(&[("txid", "counted by the installation")]),
    // Deals
    Table::new("deals.pipelines", Carried),
    Table::new("deals.stages", Carried),
    Table::new("deals.loss_reasons", Carried),
    Table::new("deals.deals", Carried).sheet("deals"),
    Table::new("deals.stage_history", Carried),
    Table::new("deals.deal_contacts", Carried),
    Table::new("deals.deal_tags", Carried),
    Table::new("deals.search_terms", Carried),
    // Projects
    Table::new("projects.templates", Carried),
    Table::new("projects.template_milestones", Carried),
    Table::new("projects.template_tasks", Carried),
    Table::new("projects.projects", Carried).sheet("projects"),
    Table::new("projects.project_members", Carried).money(
        "project-members",
        "project_id",
        "projects.projects",
    ),
    Table::new("projects.project_tags", Carried),
    Table::new("projects.budget_alerts", Carried),
    Table::new("projects.milestones", Carried).money("milestones", "project_id", "projects.projects"),
    Table::new("projects.tasks", Carried).money("tasks", "project_id", "projects.projects"),
    Table::new("projects.task_dependencies", Carried),
    Table::new("projects.task_comments", Carried).sheet("task-comments"),
    Table::new("projects.task_comment_mentions", Carried),
    Table::new("projects.task_checklist_items", Carried),
    Table::new("projects.task_attachments", Carried),
    Table::new("projects.labels", Carried),
    Table::new("projects.task_labels", Carried),
    Table::new("projects.deliverables", Carried).sheet("deliverables"),
    Table::new("projects.deliverable_versions", Carried),
    Table::new("projects.deliverable_decisions", Carried).sheet("approvals"),
    // Conversations
    Table::new("conversations.conversations", Carried).sheet("conversations"),
    Table::new("conversations.messages", Carried).sheet("messages"),
    Table::new("conversations.message_attachments", Carried),
    Table::new("conversations.message_mentions", Carried),
    Table::new("conversations.message_reads", Carried),
    Table::new("conversations.readers", Carried),
    // Timesheets
    Table::new("timesheets.timers", Carried),
    Table::new("timesheets.timesheets", Carried).sheet("timesheets"),
    Table::new("timesheets.timesheet_decisions", Carried),
    Table::new("timesheets.period_locks", Carried),
    Table::new("timesheets.time_entries", Carried).money("time", "project_id", "projects.projects"),
    Table::new("timesheets.time_entry_tags", Carried),
    Table::new("timesheets.expenses", Carried).sheet("expenses"),
    // Invoicing
    Table::new("invoicing.counters", Carried),
    Table::new("invoicing.tax_rates", Carried).sheet("tax-rates"),
    Table::new("invoicing.invoices", Carried).sheet("invoices"),
    Table::new("invoicing.invoice_projects", Carried),
    Table::new("invoicing.invoice_lines", Carried).money("invoice-lines", "invoice_id", "invoicing.invoices"),
    Table::new("invoicing.invoice_line_taxes", Carried),
    Table::new("invoicing.invoice_taxes", Carried).money("invoice-taxes", "invoice_id", "invoicing.invoices"),
    Table::new("invoicing.invoice_line_sources", Carried),
    Table::new("invoicing.invoice_pdfs", Carried),
    Table::new("invoicing.invoice_attachments", Carried),
    Table::new("invoicing.invoice_deliveries", Carried),
    Table::new("invoicing.invoice_views", Carried),
    Table::new("invoicing.view_tokens", LeftOut(SECRET)),
    Table::new("invoicing.payment_accounts", LeftOut(STRIPE)),
    Table::new("invoicing.payments", Carried).sheet("payments"),
    Table::new("invoicing.payment_allocations", Carried).money(
        "allocations",
        "payment_id",
        "invoicing.payments",
    ),
    Table::new("invoicing.refunds", Carried).money("refunds", "payment_id", "invoicing.payments"),
    Table::new("invoicing.pay_links", LeftOut(STRIPE)),
    Table::new("invoicing.stripe_events", LeftOut(STRIPE)),
    // Portal
    Table::new("portal.portals", Carried).sheet("portals"),
    Table::new("portal.portal_projects", Carried),
    Table::new("portal.guests", Carried).sheet("portal-guests"),
    Table::new("portal.links", LeftOut(SECRET)),
    Table::new("portal.guest_sessions", LeftOut(SECRET)),
    Table::new("portal.guest_codes", LeftOut(SECRET)),
    Table::new("portal.access_log", Carried),
    Table::new("portal.feedback", Carried).sheet("feedback"),
    // Pulse
    Table::new("pulse.settings", Carried),
    Table::new("pulse.health_scores", Carried),
    Table::new("pulse.client_health", Carried).sheet("health"),
    // Transfer
    Table::new("transfer.exports", LeftOut("exports of this installation")),
    Table::new("transfer.downloads", LeftOut("exports of this installation")),
];
