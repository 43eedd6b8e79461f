//! What one may do with projects.

use rapport_base::{Permission, PermissionInfo};

/// See the projects one is assigned to.
pub const PROJECTS_READ: Permission = Permission("projects.read");
/// See every project.
pub const PROJECTS_READ_ALL: Permission = Permission("projects.read_all");
/// Open and change projects, their teams and milestones.
pub const PROJECTS_MANAGE: Permission = Permission("projects.manage");
/// See budgets in money, rates and what was spent.
pub const PROJECTS_FINANCIALS: Permission = Permission("projects.financials");
/// Add and change tasks, tick them off, comment.
pub const TASKS_WRITE: Permission = Permission("tasks.write");
/// Delete tasks.
pub const TASKS_DELETE: Permission = Permission("tasks.delete");
/// Add deliverables and versions, send them for approval.
pub const DELIVERABLES_MANAGE: Permission = Permission("deliverables.manage");
/// Make and change project templates.
pub const TEMPLATES_MANAGE: Permission = Permission("templates.manage");

const MANAGERS: &[&str] = &["owner", "admin", "manager"];

/// All of them.
pub const ALL: &[PermissionInfo] = &[
    PermissionInfo {
        permission: PROJECTS_READ,
        meaning: "See the projects one is assigned to, with tasks, milestones and deliverables.",
        roles: &["owner", "admin", "manager", "member", "viewer"],
    },
    PermissionInfo {
        permission: PROJECTS_READ_ALL,
        meaning: "See every project of the workspace.",
        roles: &["owner", "admin", "manager", "viewer"],
    },
    PermissionInfo {
        permission: PROJECTS_MANAGE,
        meaning: "Open and change projects, their teams and milestones.",
        roles: MANAGERS,
    },
    PermissionInfo {
        permission: PROJECTS_FINANCIALS,
        meaning: "See and set budgets in money, rates and what was spent.",
        roles: MANAGERS,
    },
    PermissionInfo {
        permission: TASKS_WRITE,
        meaning: "Add and change tasks of one's projects, move them, comment.",
        roles: &["owner", "admin", "manager", "member"],
    },
    PermissionInfo { permission: TASKS_DELETE, meaning: "Delete tasks.", roles: MANAGERS },
    PermissionInfo {
        permission: DELIVERABLES_MANAGE,
        meaning: "Add deliverables and versions, and send them to the client for approval.",
        roles: MANAGERS,
    },
    PermissionInfo {
        permission: TEMPLATES_MANAGE,
        meaning: "Make, change and delete project templates.",
        roles: MANAGERS,
    },
];
