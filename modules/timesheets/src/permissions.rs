//! What one may do with time and expenses.

use rapport_base::{Permission, PermissionInfo};

/// See one's own time and sheets.
pub const TIME_READ: Permission = Permission("time.read");
/// See everybody's time and sheets.
pub const TIME_READ_ALL: Permission = Permission("time.read_all");
/// Run the timer, log, change and submit one's own time.
pub const TIME_TRACK: Permission = Permission("time.track");
/// Approve, reject and reopen sheets, adjust what is billed, close periods.
pub const TIME_APPROVE: Permission = Permission("time.approve");
/// See one's own expenses.
pub const EXPENSES_READ: Permission = Permission("expenses.read");
/// See everybody's expenses.
pub const EXPENSES_READ_ALL: Permission = Permission("expenses.read_all");
/// Claim expenses.
pub const EXPENSES_CREATE: Permission = Permission("expenses.create");
/// Approve and reject expenses.
pub const EXPENSES_APPROVE: Permission = Permission("expenses.approve");

/// What one who is away lends to a deputy.
pub const LENDABLE: &[Permission] = &[TIME_READ_ALL, TIME_APPROVE, EXPENSES_READ_ALL, EXPENSES_APPROVE];

const EVERYONE: &[&str] = &["owner", "admin", "manager", "member", "viewer"];
const WORKERS: &[&str] = &["owner", "admin", "manager", "member"];
const MANAGERS: &[&str] = &["owner", "admin", "manager"];

/// All of them.
pub const ALL: &[PermissionInfo] = &[
    PermissionInfo { permission: TIME_READ, meaning: "See one's own time and timesheets.", roles: EVERYONE },
    PermissionInfo {
        permission: TIME_READ_ALL,
        meaning: "See everybody's time and timesheets.",
        roles: &["owner", "admin", "manager", "viewer"],
    },
    PermissionInfo {
        permission: TIME_TRACK,
        meaning: "Run the timer, log and correct one's own time, submit one's timesheet.",
        roles: WORKERS,
    },
    PermissionInfo {
        permission: TIME_APPROVE,
        meaning: "Approve, reject and reopen timesheets, adjust what is billed, close periods.",
        roles: MANAGERS,
    },
    PermissionInfo { permission: EXPENSES_READ, meaning: "See one's own expenses.", roles: WORKERS },
    PermissionInfo { permission: EXPENSES_READ_ALL, meaning: "See everybody's expenses.", roles: MANAGERS },
    PermissionInfo {
        permission: EXPENSES_CREATE,
        meaning: "Claim expenses with their receipts.",
        roles: WORKERS,
    },
    PermissionInfo { permission: EXPENSES_APPROVE, meaning: "Approve and reject expenses.", roles: MANAGERS },
];
