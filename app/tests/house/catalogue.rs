//! The wall, read from the database's own catalogue.

use tokio_postgres::GenericClient;

use crate::world;

/// Tables without rows of one workspace.
const GLOBAL: &[&str] = &[
    "app.migrations",
    "identity.users",
    "identity.workspaces",
    "queue.schedules",
    "spine.relay",
    "web.rate_counters",
];
/// Tables that hold rows of workspaces and rows of none, so that their key does not begin with the workspace.
const KEYED_OTHERWISE: &[&str] =
    &["identity.sessions", "identity.refresh_families", "mail.outbox", "invoicing.stripe_events"];
/// Views that look over the wall for a reason: each names the workspace itself.
const OWN_RIGHTS: &[&str] = &["clients.similar_terms"];
/// Functions that run with their owner's rights.
const DEFINERS: &[&str] = &["spine.ensure_partitions"];
/// Global tables of which the application sees what belongs to its workspace, by a policy of their own.
const SEEN_BY_MEMBERSHIP: &[&str] = &["identity.users", "identity.workspaces"];

/// What holds for every table, view or function; the statement names those for which it does not.
pub struct Rule {
    sql: &'static str,
    allowed: &'static [&'static str],
}

macro_rules! ours {
    ($tables:literal) => {
        concat!(
            "with ours as (
               select c.*, n.nspname || '.' || c.relname as name, w.attnum as workspace from pg_class c
               join pg_namespace n on n.oid = c.relnamespace
               left join pg_attribute w on w.attrelid = c.oid and w.attname = 'workspace_id' and not w.attisdropped
               where n.nspname not in ('information_schema', 'public') and n.nspname !~ '^pg_')
             ",
            $tables
        )
    };
}

const FORCED: Rule = Rule {
    sql: ours!(
        "select c.name from ours c
         where c.relkind in ('r', 'p') and c.workspace is not null and not (c.relrowsecurity and c.relforcerowsecurity
           and (c.relispartition or exists (select from pg_policy p where p.polrelid = c.oid)))"
    ),
    allowed: &[],
};

/// A policy of the application lets through its workspace and nothing else, for reading and for
/// writing; and no other policy adds to it.
const POLICIES: Rule = Rule {
    sql: ours!(
        "select c.name from ours c join pg_policy p on p.polrelid = c.oid
         where (p.polroles = '{0}' or 'rapport_app'::regrole = any (p.polroles))
           and (not p.polpermissive or p.polcmd <> '*'
             or pg_get_expr(p.polqual, p.polrelid) is distinct from '(workspace_id = (current_setting(''app.workspace_id''::text))::uuid)'
             or pg_get_expr(p.polwithcheck, p.polrelid) is distinct from '(workspace_id = (current_setting(''app.workspace_id''::text))::uuid)')"
    ),
    allowed: SEEN_BY_MEMBERSHIP,
};

/// What the application may touch has exactly one policy for it; what has none it may not touch.
const GRANTS: Rule = Rule {
    sql: ours!(
        "select c.name from ours c
         where c.relkind in ('r', 'p') and c.relrowsecurity
           and (has_any_column_privilege('rapport_app', c.oid, 'select, insert, update')
             or has_table_privilege('rapport_app', c.oid, 'delete, truncate'))
           and (select count(*) from pg_policy p where p.polrelid = c.oid
             and (p.polroles = '{0}' or 'rapport_app'::regrole = any (p.polroles))) <> 1"
    ),
    allowed: &[],
};

/// Policies that let everything through are for the roles beyond the wall only.
const OPEN: Rule = Rule {
    sql: ours!(
        "select c.name from ours c join pg_policy p on p.polrelid = c.oid
         where p.polroles <> array['rapport_app'::regrole::oid] and p.polroles <> array['rapport_system'::regrole::oid]
           and (p.polroles <> array['rapport_search'::regrole::oid] or c.name <> 'clients.search_terms')"
    ),
    allowed: &[],
};

const KNOWN: Rule = Rule {
    sql: ours!(
        "select c.name from ours c where c.relkind in ('r', 'p') and not c.relispartition and not c.relrowsecurity"
    ),
    allowed: GLOBAL,
};

const KEYS: Rule = Rule {
    sql: ours!(
        "select distinct c.name from ours c join pg_index i on i.indrelid = c.oid
         where not c.relispartition and (i.indisunique or i.indisexclusion) and i.indkey[0] <> c.workspace"
    ),
    allowed: KEYED_OTHERWISE,
};

const REFERENCES: Rule = Rule {
    sql: ours!(
        "select c.name from ours c join pg_constraint k on k.conrelid = c.oid join ours t on t.oid = k.confrelid
         where k.contype = 'f' and not c.relispartition and c.workspace is not null and t.workspace is not null
           and (not c.workspace = any (k.conkey)
             or k.confkey[array_position(k.conkey, c.workspace)] <> t.workspace
             or k.confdeltype = 'n')"
    ),
    allowed: &["identity.sessions", "identity.refresh_families"],
};

const VIEWS: Rule = Rule {
    sql: ours!(
        "select c.name from ours c
         where c.relkind in ('v', 'm') and not coalesce('security_invoker=true' = any (c.reloptions), false)"
    ),
    allowed: OWN_RIGHTS,
};

const FUNCTIONS: Rule = Rule {
    sql: "select n.nspname || '.' || f.proname from pg_proc f join pg_namespace n on n.oid = f.pronamespace
          where n.nspname not in ('pg_catalog', 'information_schema', 'public') and f.prosecdef",
    allowed: DEFINERS,
};

const OWNED: Rule = Rule {
    sql: "select c.oid::regclass::text from pg_class c join pg_roles r on r.oid = c.relowner
          where r.rolname in ('rapport_app', 'rapport_system')",
    allowed: &[],
};

/// What a role is beyond the wall by, or inherits over it.
const ROLES: Rule = Rule {
    sql: "select rolname::text from pg_roles
          where rolname in ('rapport_app', 'rapport_system', 'rapport_search')
            and (rolbypassrls or rolsuper or rolcreaterole or rolcreatedb)
          union all
          select r.rolname::text from pg_auth_members m join pg_roles r on r.oid = m.roleid
          join pg_roles o on o.oid = m.member
          where o.rolname in ('rapport_app', 'rapport_system', 'rapport_search')
            and not (o.rolname = 'rapport_app' and r.rolname = 'rapport_system' and not m.inherit_option)",
    allowed: &[],
};

/// The rules that make the wall.
pub const WALL: &[&Rule] =
    &[&FORCED, &POLICIES, &GRANTS, &OPEN, &KNOWN, &KEYS, &REFERENCES, &VIEWS, &FUNCTIONS, &OWNED, &ROLES];

/// What breaks a rule.
pub async fn broken(rule: &Rule, client: &impl GenericClient) -> Vec<String> {
    let rows = client.query(rule.sql, &[]).await.unwrap();
    let names = rows.iter().map(|row| row.get::<_, String>(0));
    names.filter(|name| !rule.allowed.contains(&name.as_str())).collect()
}

/// What breaks any of the rules that make the wall.
pub async fn faults(client: &impl GenericClient) -> Vec<String> {
    let mut all = Vec::new();
    for rule in WALL {
        all.extend(broken(rule, client).await);
    }
    all
}

async fn holds(rules: &[&Rule]) {
    let world = world().await;
    let owner = world.owner().await;
    for rule in rules {
        assert_eq!(broken(rule, &owner).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn every_table_with_a_workspace_forces_row_level_security_with_the_one_policy() {
    holds(&[&FORCED, &POLICIES, &GRANTS, &OPEN]).await;
}

#[tokio::test]
async fn every_table_belongs_to_workspaces_or_is_a_known_global_one() {
    holds(&[&KNOWN]).await;
}

#[tokio::test]
async fn every_primary_and_unique_key_of_a_tenant_table_begins_with_the_workspace() {
    holds(&[&KEYS]).await;
}

#[tokio::test]
async fn no_foreign_key_between_tenant_tables_can_point_over_the_wall() {
    holds(&[&REFERENCES]).await;
}

#[tokio::test]
async fn views_look_with_their_readers_rights_and_functions_run_with_their_callers() {
    holds(&[&VIEWS, &FUNCTIONS]).await;
}

#[tokio::test]
async fn the_serving_roles_own_nothing_and_stand_behind_the_wall() {
    holds(&[&OWNED, &ROLES]).await;
}

#[tokio::test]
async fn no_column_holds_floats_or_times_without_a_zone() {
    holds(&[&Rule {
        sql: ours!(
            "select c.name || '.' || a.attname from ours c join pg_attribute a on a.attrelid = c.oid
             where c.relkind in ('r', 'p', 'v') and a.attnum > 0 and not a.attisdropped
               and a.atttypid in ('float4'::regtype, 'float8'::regtype, 'timestamp'::regtype, 'timetz'::regtype, 'money'::regtype)"
        ),
        allowed: &[],
    }])
    .await;
}

#[tokio::test]
async fn every_table_says_in_a_sentence_what_it_holds() {
    holds(&[&Rule {
        sql: ours!(
            "select c.name from ours c
             where c.relkind in ('r', 'p') and not c.relispartition and obj_description(c.oid, 'pg_class') is null"
        ),
        allowed: &["app.migrations"],
    }])
    .await;
}

#[tokio::test]
async fn every_table_behind_the_wall_is_planned_for_a_large_workspace() {
    holds(&[&Rule {
        sql: ours!(
            "select c.name from ours c join pg_attribute a on a.attrelid = c.oid and a.attnum = c.workspace
             where c.relkind in ('r', 'p') and c.relrowsecurity and coalesce(not 'n_distinct=50' = any (a.attoptions), true)"
        ),
        allowed: &[],
    }])
    .await;
}
