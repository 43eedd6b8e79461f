//! What the module's tables hold of people at clients, and what becomes of it when one is erased.

use rapport_web::personal::{Fate, Personal};

const OF_CLIENT: &str = "exists (select from projects.v_projects p where p.workspace_id = t.workspace_id and p.id = t.project_id and p.client_id = g.client)";

/// What its tables hold of people at clients.
pub(crate) const TABLES: &[Personal] = &[
    Personal {
        table: "timesheets.timers",
        holds: "running timers that name them",
        of: OF_CLIENT,
        fate: Fate::Cleaned(&["description"]),
    },
    Personal {
        table: "timesheets.time_entries",
        holds: "time that names them, not handed in yet",
        of: "t.timesheet_status in ('open', 'rejected')
             and exists (select from projects.v_projects p where p.workspace_id = t.workspace_id and p.id = t.project_id and p.client_id = g.client)",
        fate: Fate::Cleaned(&["description", "billable_reason"]),
    },
    Personal {
        table: "timesheets.time_entries",
        holds: "time that names them, handed in or approved",
        of: "t.timesheet_status in ('submitted', 'approved') and app.has_trace(concat_ws(' ', t.description, t.billable_reason), g.traces)
             and exists (select from projects.v_projects p where p.workspace_id = t.workspace_id and p.id = t.project_id and p.client_id = g.client)",
        fate: Fate::Kept("what was handed in proves what was billed", &["description", "billable_reason"]),
    },
    Personal {
        table: "timesheets.time_entry_tags",
        holds: "tags of time that name them",
        of: "app.has_trace(t.tag, g.traces)",
        fate: Fate::Deleted,
    },
    Personal {
        table: "timesheets.expenses",
        holds: "expenses that name them",
        of: OF_CLIENT,
        fate: Fate::Cleaned(&["merchant", "description", "decision_comment", "category"]),
    },
    Personal {
        table: "timesheets.timesheets",
        holds: "notes on weeks that name them",
        of: "true",
        fate: Fate::Cleaned(&["note", "decision_comment"]),
    },
    Personal {
        table: "timesheets.timesheet_decisions",
        holds: "decisions on weeks of the team that name them",
        of: "app.has_trace(t.comment, g.traces)",
        fate: Fate::Kept("it is what one of the team told another about a week's work", &["comment"]),
    },
];
