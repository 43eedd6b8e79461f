//! Who may do what with deals.

use rapport_base::{Permission, PermissionInfo};

/// See deals assigned to oneself.
pub const DEALS_READ: Permission = Permission("deals.read");
/// See every deal.
pub const DEALS_READ_ALL: Permission = Permission("deals.read_all");
/// See the values of all deals one may see, their sums and the forecast.
pub const DEALS_VALUES: Permission = Permission("deals.values");
/// Add deals.
pub const DEALS_CREATE: Permission = Permission("deals.create");
/// Change deals and move them through their pipeline.
pub const DEALS_UPDATE: Permission = Permission("deals.update");
/// Delete deals and restore them.
pub const DEALS_DELETE: Permission = Permission("deals.delete");
/// Shape pipelines, their stages and the list of loss reasons.
pub const PIPELINES_MANAGE: Permission = Permission("pipelines.manage");

/// All of them.
pub const ALL: &[PermissionInfo] = &[
    PermissionInfo {
        permission: DEALS_READ,
        meaning: "See the deals assigned to oneself.",
        roles: &["owner", "admin", "manager", "member", "viewer"],
    },
    PermissionInfo {
        permission: DEALS_READ_ALL,
        meaning: "See every deal.",
        roles: &["owner", "admin", "manager", "viewer"],
    },
    PermissionInfo {
        permission: DEALS_VALUES,
        meaning: "See the values of all deals, their sums and the forecast.",
        roles: &["owner", "admin", "manager"],
    },
    PermissionInfo { permission: DEALS_CREATE, meaning: "Add deals.", roles: &["owner", "admin", "manager"] },
    PermissionInfo {
        permission: DEALS_UPDATE,
        meaning: "Change deals and move them through their pipeline.",
        roles: &["owner", "admin", "manager"],
    },
    PermissionInfo {
        permission: DEALS_DELETE,
        meaning: "Delete deals and restore them.",
        roles: &["owner", "admin", "manager"],
    },
    PermissionInfo {
        permission: PIPELINES_MANAGE,
        meaning: "Shape pipelines, their stages and the reasons for losing a deal.",
        roles: &["owner", "admin"],
    },
];
