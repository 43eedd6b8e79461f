//! Who may do what with invoices and payments.

use rapport_base::{Permission, PermissionInfo};

/// See invoices and payments.
pub const INVOICES_READ: Permission = Permission("invoices.read");
/// Draft invoices, change and delete drafts.
pub const INVOICES_CREATE: Permission = Permission("invoices.create");
/// Issue invoices and send them to clients.
pub const INVOICES_SEND: Permission = Permission("invoices.send");
/// Take issued invoices back.
pub const INVOICES_VOID: Permission = Permission("invoices.void");
/// Write down money that came in, and use credit.
pub const PAYMENTS_RECORD: Permission = Permission("payments.record");
/// Give money back.
pub const PAYMENTS_REFUND: Permission = Permission("payments.refund");
/// Change tax rates and the next invoice number.
pub const TAXES_MANAGE: Permission = Permission("taxes.manage");
/// See revenue and what is owed in all.
pub const REPORTS_FINANCIAL: Permission = Permission("reports.financial");

const MANAGERS: &[&str] = &["owner", "admin", "manager"];
const ADMINS: &[&str] = &["owner", "admin"];

/// All of them.
pub const ALL: &[PermissionInfo] = &[
    PermissionInfo { permission: INVOICES_READ, meaning: "See invoices and payments.", roles: MANAGERS },
    PermissionInfo {
        permission: INVOICES_CREATE,
        meaning: "Draft invoices, change and delete drafts.",
        roles: MANAGERS,
    },
    PermissionInfo {
        permission: INVOICES_SEND,
        meaning: "Issue invoices and send them to clients.",
        roles: MANAGERS,
    },
    PermissionInfo {
        permission: INVOICES_VOID,
        meaning: "Void issued invoices, with a reason.",
        roles: ADMINS,
    },
    PermissionInfo {
        permission: PAYMENTS_RECORD,
        meaning: "Record payments and apply credit to invoices.",
        roles: MANAGERS,
    },
    PermissionInfo { permission: PAYMENTS_REFUND, meaning: "Refund payments.", roles: ADMINS },
    PermissionInfo {
        permission: TAXES_MANAGE,
        meaning: "Change tax rates and the next invoice number.",
        roles: ADMINS,
    },
    PermissionInfo {
        permission: REPORTS_FINANCIAL,
        meaning: "See revenue, what is owed and how fast clients pay.",
        roles: MANAGERS,
    },
];
