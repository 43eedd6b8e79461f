//! The filters alone, with the policies switched off: a twin of the own workspace, with the same ids
//! and other words, changes no answer, and no write changes the twin.

use std::collections::BTreeMap;

use rapport_base::Result;
use rapport_testkit::{Http, World};
use rapport_web::{Access, Cx, Module, Routes};
use tokio_postgres::Client;
use uuid::Uuid;

use super::{
    Entry, Scene,
    canaries::{self, CANARY},
    difference, entries,
    pages::{self, PageForm},
    requests::{self, Api, Ask},
};

/// Answers that may change without anything of another workspace being told.
const RESTLESS: &[(&str, &str)] = &[
    ("/api/portals/{id}/activity", "grows by every look of a guest"),
    ("/app/{workspace}/portals/{id}/activity", "grows by every look of a guest"),
    ("/app/{workspace}/portals/{id} ", "shows the last looks of guests"),
    ("/app/{workspace}/files/{id}/details", "counts the downloads"),
    ("/api/contacts/{id}/erasure", "counts the looks of a guest"),
    ("/api/contacts/{id}/personal-data", "lists the looks of a guest"),
];

/// Taking an export along is an event of its own, which all logs and dashboards then show.
const LOGGED: &str = "/exports/{id}/download";

/// Lets the application's role see and change every row.
async fn switch_policies_off(client: &Client) {
    let rows = client
        .query(
            "select format('alter policy %I on %s using (true) with check (true)', polname, polrelid::regclass)
             from pg_policy where 'rapport_app'::regrole = any (polroles) and polcmd = '*'",
            &[],
        )
        .await
        .unwrap();
    assert!(rows.len() > 90, "{} policies", rows.len());
    for row in rows {
        client.batch_execute(row.get(0)).await.unwrap();
    }
}

/// Copies every row of a workspace into another: the same ids, other words, other hashes.
async fn twin(client: &mut Client, of: Uuid, into: Uuid) {
    let tx = client.transaction().await.unwrap();
    tx.batch_execute("set local session_replication_role = replica").await.unwrap();
    let checks = canaries::checks_off(&tx).await;
    let tables = tx
        .query(
            "select c.oid::regclass::text,
               string_agg(quote_ident(a.attname), ', ' order by a.attnum),
               string_agg(case
                 when a.attname = 'workspace_id' then '$2'
                 when a.attname = 'user_id' then 'md5(user_id::text)::uuid'
                 when a.atttypid = 'bytea'::regtype and a.attname ~ 'hash' then format('sha256(%I)', a.attname)
                 when a.atttypid = 'text'::regtype
                   then format('case when %1$I ~ ''^[a-z0-9_.:/-]*$'' then %1$I else ''kanarienvogel '' || %1$I end', a.attname)
                 else quote_ident(a.attname) end, ', ' order by a.attnum)
             from pg_class c join pg_namespace n on n.oid = c.relnamespace
             join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and a.attidentity = ''
             where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^pg_' and n.nspname <> 'queue'
               and exists (select from pg_attribute w where w.attrelid = c.oid and w.attname = 'workspace_id')
               and not exists (select from pg_index i where i.indrelid = c.oid and i.indisunique
                 and i.indkey[0] <> (select w.attnum from pg_attribute w where w.attrelid = c.oid and w.attname = 'workspace_id'))
             group by c.oid",
            &[],
        )
        .await
        .unwrap();
    assert!(tables.len() > 80, "{} tables", tables.len());
    for table in tables {
        let (name, columns, values): (String, String, String) = (table.get(0), table.get(1), table.get(2));
        tx.execute(&format!("delete from {name} where workspace_id = $1"), &[&into]).await.unwrap();
        let sql =
            format!("insert into {name} ({columns}) select {values} from {name} where workspace_id = $1");
        let sql = sql.replace("$2", &format!("'{into}'"));
        tx.execute(&sql, &[&of]).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }
    tx.execute(
        "insert into identity.users (id, email, email_folded, name)
         select md5(u.id::text)::uuid, 'kanarienvogel' || u.email, 'kanarienvogel' || u.email_folded, 'Kanarienvogel ' || u.name
         from identity.users u join identity.memberships m on m.user_id = u.id where m.workspace_id = $1",
        &[&of],
    )
    .await
    .unwrap();
    canaries::checks_on(&tx, checks).await;
    tx.commit().await.unwrap();
}

/// What every readable route answers, with the queries its description and its page know.
async fn answers(
    scene: &mut Scene,
    api: &Api,
    readable: &BTreeMap<&'static str, String>,
) -> BTreeMap<String, String> {
    let mut told = BTreeMap::new();
    for entry in entries(&scene.world) {
        let Some(address) = readable.get(entry.path).filter(|_| entry.is_read()) else { continue };
        if entry.path.ends_with(LOGGED) {
            continue;
        }
        let mut asks = vec![address.clone()];
        for (name, parameter) in api.query(&entry) {
            let values = api.values(parameter, name, &scene.ids);
            asks.extend(values.iter().map(|value| format!("{address}?{name}={}", requests::encoded(value))));
        }
        let page = told_by(scene.caller(&entry), address).await;
        asks.extend(
            pages::links(&page).into_iter().filter(|link| link.starts_with(&format!("{address}?"))).take(6),
        );
        for ask in asks {
            let answer = told_by(scene.caller(&entry), &ask).await;
            told.insert(format!("{} {ask}", entry.path), answer);
        }
    }
    told
}

async fn told_by(caller: &mut Http, address: &str) -> String {
    let reply = caller.get(address).await;
    format!("{}\n{}\n{}", reply.status, reply.location(), reply.text())
}

fn changed(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    before
        .iter()
        .filter(|(ask, answer)| after.get(*ask) != Some(answer))
        .filter(|(ask, _)| {
            let restless = RESTLESS.iter().any(|(path, _)| format!("{ask} ").starts_with(path));
            !restless || after.get(*ask).is_some_and(|answer| answer.to_lowercase().contains(CANARY))
        })
        .map(|(ask, answer)| {
            let now = after.get(ask).map_or("", String::as_str);
            let told = if now.to_lowercase().contains(CANARY) { "the canary " } else { "" };
            format!("{ask}: {told}{}", difference(answer, now))
        })
        .collect()
}

/// What the twin changed in the answers of reads, and what the writes changed in the twin.
struct Found {
    reads: Vec<String>,
    writes: Vec<String>,
    asked: usize,
    written: usize,
}

async fn interfered(world: World) -> Found {
    let mut scene = Scene::of(world).await;
    let mut client = scene.world.owner().await;
    switch_policies_off(&client).await;
    let other = identity::testing::owner(&scene.world).await.workspace_id.uuid();
    let own = scene.own.workspace_id.uuid();
    let api = Api::of(&scene.world);
    let readable = requests::readable(&mut scene).await;
    let before = answers(&mut scene, &api, &readable).await;
    twin(&mut client, own, other).await;
    let after = answers(&mut scene, &api, &readable).await;
    let reads = changed(&before, &after);

    let mut forms: Vec<PageForm> = Vec::new();
    for (ask, page) in &before {
        if !ask.starts_with("/api/") {
            forms.extend(pages::forms(page).into_iter().filter(|form| form.posts));
        }
    }
    let mut held = canaries::held(&client, other).await;
    let (mut writes, mut written) = (Vec::new(), 0);
    let mut all: Vec<Entry> = entries(&scene.world);
    all.retain(|entry| {
        !entry.is_read() && !matches!(entry.access, Access::Public | Access::Provider | Access::SignedIn)
    });
    all.sort_by_key(|entry| {
        let removes = entry.method == http::Method::DELETE || entry.path.ends_with("/delete");
        (removes, requests::acts(entry), entry.path.contains("make-owner"))
    });
    for entry in all {
        for ask in likely(&scene, &api, &entry, &forms) {
            let ids = scene.ids.clone();
            let (_, reply) = requests::insist(&api, &entry, ask, scene.caller(&entry), &ids).await;
            if reply.status < 400 {
                written += 1;
                break;
            }
        }
        let now = canaries::held(&client, other).await;
        for (table, rows) in &now {
            if held[table] != *rows {
                writes.push(format!("{} changes {table} of another workspace", entry.name()));
            }
        }
        held = now;
    }
    Found { reads, writes, asked: before.len(), written }
}

fn likely(scene: &Scene, api: &Api, entry: &Entry, forms: &[PageForm]) -> Vec<Ask> {
    let mut addresses = requests::addresses(entry, &scene.own.slug, scene.portal, &scene.ids, false);
    addresses.sort_by_key(|address| !forms.iter().any(|form| form.action == *address));
    addresses.truncate(4);
    addresses.into_iter().map(|address| requests::write(api, entry, address, &scene.ids, forms)).collect()
}

async fn every_name(cx: Cx) -> Result<String> {
    let names: Vec<(String,)> =
        cx.read().await?.query("select name from clients.contacts order by name", &[]).await?;
    Ok(names.into_iter().map(|(name,)| name).collect::<Vec<_>>().join(", "))
}

async fn forget_all(cx: Cx) -> Result<()> {
    let tx = cx.begin().await?;
    tx.execute("update clients.contacts set notes = 'forgotten' where name <> ''", &[]).await?;
    tx.commit().await
}

#[tokio::test]
async fn without_policies_the_filters_alone_keep_a_twin_apart_and_a_missing_one_is_noticed() {
    let mut modules = rapport::house::modules();
    let routes = Routes::new("leaky").get("/api/leaky", Access::Member, every_name).post(
        "/api/leaky",
        Access::Member,
        forget_all,
    );
    modules.push(Module { routes, ..Module::new("leaky") });
    let found = interfered(World::start(modules).await).await;
    println!("{} answers compared, {} writes got through", found.asked, found.written);
    let (leaks, reads): (Vec<&String>, Vec<&String>) =
        found.reads.iter().partition(|told| told.starts_with("/api/leaky"));
    let (harms, writes): (Vec<&String>, Vec<&String>) =
        found.writes.iter().partition(|told| told.contains("/api/leaky"));
    assert_eq!((reads, writes), (vec![], vec![]));
    assert_eq!((leaks.len(), harms.len()), (1, 1), "the statements without filters are noticed");
    assert!(found.asked > 300, "{} answers", found.asked);
    assert!(found.written > 120, "{} writes", found.written);
}
