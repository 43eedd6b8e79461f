//! What one may do with the team and the workspace's settings.

use rapport_base::{Permission, PermissionInfo};

/// See the team.
pub const TEAM_READ: Permission = Permission("team.read");
/// Invite, change roles, rates and capacity, deactivate.
pub const TEAM_MANAGE: Permission = Permission("team.manage");
/// Name a deputy for one's own approvals.
pub const TEAM_DEPUTIES: Permission = Permission("team.deputies");
/// See billable rates.
pub const TEAM_RATES: Permission = Permission("team.rates");
/// See and change cost rates.
pub const TEAM_COSTS: Permission = Permission("team.costs");
/// Hand the workspace to another owner.
pub const TEAM_TRANSFER: Permission = Permission("team.transfer");
/// Change the workspace's settings.
pub const WORKSPACE_MANAGE: Permission = Permission("workspace.manage");
/// Make and end API keys.
pub const API_KEYS_MANAGE: Permission = Permission("api_keys.manage");

/// All of them.
pub const ALL: &[PermissionInfo] = &[
    PermissionInfo {
        permission: TEAM_READ,
        meaning: "See who works here.",
        roles: &["owner", "admin", "manager", "member", "viewer"],
    },
    PermissionInfo {
        permission: TEAM_MANAGE,
        meaning: "Invite people, change their roles, rates and capacity, deactivate them.",
        roles: &["owner", "admin"],
    },
    PermissionInfo {
        permission: TEAM_DEPUTIES,
        meaning: "Name a deputy for one's own approvals.",
        roles: &["owner", "admin", "manager"],
    },
    PermissionInfo {
        permission: TEAM_RATES,
        meaning: "See what an hour of each person is billed at.",
        roles: &["owner", "admin", "manager"],
    },
    PermissionInfo {
        permission: TEAM_COSTS,
        meaning: "See and change what an hour of each person costs.",
        roles: &["owner", "admin"],
    },
    PermissionInfo {
        permission: TEAM_TRANSFER,
        meaning: "Make someone else an owner, or stop being one.",
        roles: &["owner"],
    },
    PermissionInfo {
        permission: WORKSPACE_MANAGE,
        meaning: "Change the workspace's name, money, brand and other settings.",
        roles: &["owner", "admin"],
    },
    PermissionInfo {
        permission: API_KEYS_MANAGE,
        meaning: "Make and end keys for programs.",
        roles: &["owner", "admin"],
    },
];
