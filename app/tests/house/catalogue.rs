//! The wall, read from the database's own catalogue.

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

const OURS: &str =
    "n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'public') and n.nspname !~ '^pg_'";

async fn names(sql: &str) -> Vec<String> {
    let world = world().await;
    let owner = world.owner().await;
    owner.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

fn without(found: Vec<String>, allowed: &[&str]) -> Vec<String> {
    found.into_iter().filter(|name| !allowed.contains(&name.as_str())).collect()
}

#[tokio::test]
async fn every_table_with_a_workspace_forces_row_level_security_with_a_policy() {
    let found = names(&format!(
        "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where {OURS} and c.relkind in ('r', 'p') and not c.relispartition
           and exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id' and not a.attisdropped)
           and not (c.relrowsecurity and c.relforcerowsecurity
             and exists (select 1 from pg_policy p where p.polrelid = c.oid))"
    ))
    .await;
    assert_eq!(found, Vec::<String>::new());
}

#[tokio::test]
async fn every_table_belongs_to_workspaces_or_is_a_known_global_one() {
    let found = names(&format!(
        "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where {OURS} and c.relkind in ('r', 'p') and not c.relispartition
           and not c.relrowsecurity"
    ))
    .await;
    assert_eq!(without(found, GLOBAL), Vec::<String>::new());
}

#[tokio::test]
async fn every_primary_and_unique_key_of_a_tenant_table_begins_with_the_workspace() {
    let found = names(&format!(
        "select n.nspname || '.' || c.relname from pg_constraint k
         join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
         join pg_attribute w on w.attrelid = c.oid and w.attname = 'workspace_id'
         where {OURS} and k.contype in ('p', 'u') and not c.relispartition and k.conkey[1] <> w.attnum"
    ))
    .await;
    let mut found = without(found, KEYED_OTHERWISE);
    found.dedup();
    assert_eq!(found, Vec::<String>::new());
}

#[tokio::test]
async fn no_foreign_key_between_tenant_tables_can_point_over_the_wall() {
    let found = names(&format!(
        "select n.nspname || '.' || c.relname || ' ' || k.conname from pg_constraint k
         join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
         join pg_attribute w on w.attrelid = c.oid and w.attname = 'workspace_id'
         join pg_class t on t.oid = k.confrelid
         join pg_attribute v on v.attrelid = t.oid and v.attname = 'workspace_id'
         where {OURS} and k.contype = 'f' and not c.relispartition
           and n.nspname || '.' || c.relname <> all (array['identity.sessions', 'identity.refresh_families'])
           and (not w.attnum = any (k.conkey)
             or k.confkey[array_position(k.conkey, w.attnum)] <> v.attnum
             or k.confdeltype = 'n')"
    ))
    .await;
    assert_eq!(found, Vec::<String>::new());
}

#[tokio::test]
async fn views_look_with_their_readers_rights_and_functions_run_with_their_callers() {
    let views = names(&format!(
        "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where {OURS} and c.relkind = 'v' and not coalesce('security_invoker=true' = any (c.reloptions), false)"
    ))
    .await;
    assert_eq!(without(views, OWN_RIGHTS), Vec::<String>::new());
    let functions = names(&format!(
        "select n.nspname || '.' || f.proname from pg_proc f join pg_namespace n on n.oid = f.pronamespace
         where {OURS} and f.prosecdef"
    ))
    .await;
    assert_eq!(without(functions, DEFINERS), Vec::<String>::new());
}

#[tokio::test]
async fn no_column_holds_floats_or_times_without_a_zone() {
    let found = names(&format!(
        "select n.nspname || '.' || c.relname || '.' || a.attname from pg_attribute a
         join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
         where {OURS} and c.relkind in ('r', 'p', 'v') and a.attnum > 0 and not a.attisdropped
           and a.atttypid in ('float4'::regtype, 'float8'::regtype, 'timestamp'::regtype, 'timetz'::regtype, 'money'::regtype)"
    ))
    .await;
    assert_eq!(found, Vec::<String>::new());
}

#[tokio::test]
async fn the_serving_roles_own_nothing_and_stand_behind_the_wall() {
    let owned = names(
        "select c.relname from pg_class c join pg_roles r on r.oid = c.relowner where r.rolname in ('rapport_app', 'rapport_system')",
    )
    .await;
    assert_eq!(owned, Vec::<String>::new());
    let above = names(
        "select rolname from pg_roles where rolname in ('rapport_app', 'rapport_system', 'rapport_search') and (rolbypassrls or rolsuper or rolcreaterole or rolcreatedb)",
    )
    .await;
    assert_eq!(above, Vec::<String>::new());
}

#[tokio::test]
async fn every_table_says_in_a_sentence_what_it_holds() {
    let found = names(&format!(
        "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
         where {OURS} and c.relkind in ('r', 'p') and not c.relispartition and obj_description(c.oid) is null"
    ))
    .await;
    assert_eq!(without(found, &["app.migrations"]), Vec::<String>::new());
}
