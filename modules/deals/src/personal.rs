//! What the module's tables hold of people at clients, and what becomes of it when one is erased.

use rapport_web::personal::{Fate, Personal};

const OF_CLIENT: &str = "exists (select from deals.deals d where d.workspace_id = t.workspace_id and d.id = t.deal_id and d.client_id = g.client)";
const TEAM: Fate = Fate::Kept("it is about the team's own way of working", &[]);

/// What its tables hold of people at clients.
pub(crate) const TABLES: &[Personal] = &[
    Personal {
        table: "deals.search_terms",
        holds: "words that deals are found by",
        of: "(t.term = any (g.words) or app.has_trace(t.term, g.names)) and exists (select from deals.deals d
             where d.workspace_id = t.workspace_id and d.id = t.deal_id and d.client_id = g.client
               and app.has_trace(concat_ws(' ', d.title, d.description), g.traces))",
        fate: Fate::Deleted,
    },
    Personal {
        table: "deals.deal_contacts",
        holds: "deals they take part in",
        of: "t.contact_id = g.contact",
        fate: Fate::Deleted,
    },
    Personal {
        table: "deals.deal_tags",
        holds: "tags of deals that name them",
        of: "app.has_trace(t.tag || ' ' || t.tag_folded, g.traces)",
        fate: Fate::Deleted,
    },
    Personal {
        table: "deals.stage_history",
        holds: "reasons that name them",
        of: OF_CLIENT,
        fate: Fate::Cleaned(&["reason"]),
    },
    Personal {
        table: "deals.deals",
        holds: "deals that name them",
        of: "t.client_id = g.client",
        fate: Fate::Cleaned(&["title", "title_sort", "description", "source", "lost_reason"]),
    },
    Personal { table: "deals.pipelines", holds: "pipelines", of: "false", fate: TEAM },
    Personal { table: "deals.stages", holds: "stages", of: "false", fate: TEAM },
    Personal { table: "deals.loss_reasons", holds: "reasons to choose from", of: "false", fate: TEAM },
];
