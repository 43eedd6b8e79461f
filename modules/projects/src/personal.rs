//! What the module's tables hold of people at clients, and what becomes of it when one is erased.

use rapport_web::personal::{Fate, Personal};

const OF_CLIENT: &str = "exists (select from projects.projects p where p.workspace_id = t.workspace_id and p.id = t.project_id and p.client_id = g.client)";
const OF_CLIENTS_TASK: &str = "exists (select from projects.tasks k join projects.projects p on p.workspace_id = k.workspace_id and p.id = k.project_id where k.workspace_id = t.workspace_id and k.id = t.task_id and p.client_id = g.client)";
const OF_CLIENTS_DELIVERABLE: &str = "exists (select from projects.deliverables d join projects.projects p on p.workspace_id = d.workspace_id and p.id = d.project_id where d.workspace_id = t.workspace_id and d.id = t.deliverable_id and p.client_id = g.client)";
const TEAM: Fate = Fate::Kept("it is about the team's own way of working", &[]);

/// What its tables hold of people at clients.
pub(crate) const TABLES: &[Personal] = &[
    Personal {
        table: "projects.deliverable_decisions",
        holds: "what they approved or sent back, and from which address",
        of: "t.contact_id = g.contact",
        fate: Fate::Replaced(
            "decided_by_name = 'Erased contact', ip = null, user_agent = null, comment = app.without(t.comment, g.names)",
        ),
    },
    Personal {
        table: "projects.deliverable_decisions",
        holds: "decisions of others that name them",
        of: OF_CLIENTS_DELIVERABLE,
        fate: Fate::Cleaned(&["comment", "decided_by_name"]),
    },
    Personal {
        table: "projects.deliverable_versions",
        holds: "notes on versions that name them",
        of: OF_CLIENTS_DELIVERABLE,
        fate: Fate::Cleaned(&["note"]),
    },
    Personal {
        table: "projects.deliverables",
        holds: "deliverables that name them",
        of: OF_CLIENT,
        fate: Fate::Cleaned(&["title", "description"]),
    },
    Personal {
        table: "projects.task_comments",
        holds: "comments that name them",
        of: OF_CLIENTS_TASK,
        fate: Fate::Cleaned(&["body"]),
    },
    Personal {
        table: "projects.task_checklist_items",
        holds: "items of checklists that name them",
        of: OF_CLIENTS_TASK,
        fate: Fate::Cleaned(&["body"]),
    },
    Personal {
        table: "projects.tasks",
        holds: "tasks that name them",
        of: OF_CLIENT,
        fate: Fate::Cleaned(&["title", "description"]),
    },
    Personal {
        table: "projects.milestones",
        holds: "milestones that name them",
        of: OF_CLIENT,
        fate: Fate::Cleaned(&["title", "description"]),
    },
    Personal {
        table: "projects.project_tags",
        holds: "tags of projects that name them",
        of: "app.has_trace(t.tag, g.traces)",
        fate: Fate::Deleted,
    },
    Personal {
        table: "projects.projects",
        holds: "projects that name them",
        of: "t.client_id = g.client",
        fate: Fate::Cleaned(&["name", "name_sort", "description"]),
    },
    Personal { table: "projects.templates", holds: "templates", of: "false", fate: TEAM },
    Personal { table: "projects.template_milestones", holds: "templates", of: "false", fate: TEAM },
    Personal { table: "projects.template_tasks", holds: "templates", of: "false", fate: TEAM },
    Personal { table: "projects.labels", holds: "labels", of: "false", fate: TEAM },
];
