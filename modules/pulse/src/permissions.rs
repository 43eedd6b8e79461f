//! Who may do what with clients' health.

use rapport_base::{Permission, PermissionInfo};

/// See the health of clients.
pub const PULSE_READ: Permission = Permission("pulse.read");
/// Have a client's health looked at again.
pub const PULSE_RECALCULATE: Permission = Permission("pulse.recalculate");
/// Change weights and thresholds.
pub const PULSE_MANAGE: Permission = Permission("pulse.manage");

/// All of them.
pub const ALL: &[PermissionInfo] = &[
    PermissionInfo {
        permission: PULSE_READ,
        meaning: "See the health of clients, why it is so and how it changed.",
        roles: &["owner", "admin", "manager", "viewer"],
    },
    PermissionInfo {
        permission: PULSE_RECALCULATE,
        meaning: "Have a client's health calculated again at once.",
        roles: &["owner", "admin", "manager"],
    },
    PermissionInfo {
        permission: PULSE_MANAGE,
        meaning: "Change what counts how much for the health of clients.",
        roles: &["owner", "admin"],
    },
];
