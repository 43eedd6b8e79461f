//! Looking changes nothing: not one row of any table, by GET or by HEAD.

use std::collections::BTreeMap;

use http::Method;
use rapport_testkit::Http;
use rapport_web::Access;
use tokio_postgres::Client;

use crate::{
    wall::{Scene, entries, requests},
    world,
};

/// What a look may leave behind: the start of the path, that of the table, and why.
const LEFT_BEHIND: &[(&str, &str, &str)] = &[
    ("/", "identity.sessions", "where one is signed in says when it was last used, once a minute"),
    ("/", "identity.memberships", "the team's list says who was here last, once a minute"),
    ("/", "identity.users", "the workspace that was open last opens next time"),
    ("/", "portal.guest_sessions", "a guest's visit ends after a day without one"),
    ("/", "portal.guests", "the team sees when a guest was here last"),
    ("/portal/", "portal.access_log", "the team sees what guests opened and downloaded"),
    ("/api/portal/", "portal.access_log", "the team sees what guests opened and downloaded"),
    ("/portal/", "invoicing.invoice_views", "the team sees when a client looked at an invoice"),
    ("/portal/", "web.rate_counters", "trying links is counted"),
    ("/invitations/", "web.rate_counters", "trying links is counted"),
    ("/i/", "web.rate_counters", "trying links is counted"),
    ("/api/files/", "files.downloads", "each download is logged"),
    ("/app/", "files.downloads", "each download is logged"),
    ("/api/exports/", "transfer.downloads", "each download is logged"),
    ("/app/", "transfer.downloads", "each download is logged"),
    (
        "/api/exports/{id}/download",
        "spine.events",
        "who takes the whole workspace along stands in the audit log",
    ),
    ("/app/{workspace}/settings/exports/{id}/download", "spine.events", "as above"),
];

/// Addresses looked at between two looks at the tables.
const AT_ONCE: usize = 4;

/// Every row of every table, by the transaction that wrote it.
async fn written(client: &Client, sql: &str) -> BTreeMap<String, String> {
    let rows = client.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

async fn statement(client: &Client) -> String {
    let tables = client
        .query(
            "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where c.relkind = 'r' and n.nspname not in ('information_schema', 'public') and n.nspname !~ '^pg_'",
            &[],
        )
        .await
        .unwrap();
    assert!(tables.len() > 100, "{} tables", tables.len());
    let each = tables.iter().map(|row| {
        let table: String = row.get(0);
        format!(
            "select '{table}', count(*) || ':' || coalesce(sum(hashtext(xmin::text || ctid::text)::bigint), 0) from {table}"
        )
    });
    each.collect::<Vec<_>>().join(" union all ")
}

#[tokio::test]
async fn no_get_and_no_head_changes_a_row() {
    let mut scene = Scene::of(world().await).await;
    let client = scene.world.owner().await;
    let statement = statement(&client).await;
    let readable = requests::readable(&mut scene).await;
    let mut asked = Vec::new();
    for entry in entries(&scene.world).into_iter().filter(|entry| entry.is_read() && !entry.streams()) {
        let address = match readable.get(entry.path) {
            Some(address) => address.clone(),
            // Public addresses, and what has nothing to show, are looked at all the same.
            None => requests::addresses(&entry, &scene.own.slug, scene.portal, &scene.ids, false)
                .into_iter()
                .next()
                .unwrap_or_else(|| entry.path.replace("{token}", &"t".repeat(43)).replace("{name}", "a")),
        };
        asked.push((entry, address));
    }
    let mut before = written(&client, &statement).await;
    let mut changed = Vec::new();
    for method in [Method::GET, Method::HEAD] {
        for some in asked.chunks(AT_ONCE) {
            for (entry, address) in some {
                let caller: &mut Http = match entry.access {
                    Access::Public | Access::Provider => &mut scene.own.http,
                    _ => scene.caller(entry),
                };
                let reply = caller.send(method.clone(), address, None, Vec::new()).await;
                assert!(reply.status < 500, "{method} {address}: {}", reply.status);
            }
            let after = written(&client, &statement).await;
            for (table, _) in after.iter().filter(|(table, rows)| before.get(*table) != Some(rows)) {
                let promised = LEFT_BEHIND.iter().any(|(path, known, _)| {
                    table.starts_with(known) && some.iter().any(|(entry, _)| entry.path.starts_with(path))
                });
                if !promised {
                    let names: Vec<String> = some.iter().map(|(entry, _)| entry.name()).collect();
                    changed.push(format!("one of {names:?} writes into {table}"));
                }
            }
            before = after;
        }
    }
    println!("{} addresses, {} tables", asked.len(), before.len());
    assert_eq!(changed, Vec::<String>::new());
    assert!(asked.len() > 180, "{} addresses", asked.len());
}
