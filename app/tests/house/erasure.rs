//! Erasing a person: every table that can hold something of one has a policy, and after an erasure
//! nothing of them is left in the database but what the policies name.

use std::collections::{BTreeMap, BTreeSet};

use identity::testing::{self, Signed};
use rapport_base::WorkspaceId;
use rapport_testkit::World;
use rapport_web::{House, personal::Fate};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio_postgres::GenericClient;
use uuid::Uuid;

use crate::{wall::canaries, world};

const NAME: &str = "Zanta Quibblewort";
const EMAIL: &str = "zanta@quibblewort.example";
const PHONE: &str = "+442079460123";
/// What all of them are found by.
const TRACES: &[&str] = &["quibblewort", "442079460123"];

/// Columns in which the program itself writes: codes, keys, addresses of its own pages.
const OWN_WORDS: &[&str] = &[
    "kind",
    "key",
    "path",
    "listener",
    "request_id",
    "subject_kind",
    "storage_key",
    "timesheet_status",
    "content_type",
    "declared_type",
    "locale",
    "language",
    "timezone",
    "board_rank",
    "action",
    "seal_key_id",
    "currency",
    "mail_message_id",
    "prefix",
    "serial",
];

/// Columns that hold nothing of people at clients: names of jobs, certificates, ids of the payment
/// provider, and the addresses of the team's machines (those of guests go with the event's actor).
const NOT_OF_CLIENTS: &[&str] = &[
    "queue.jobs.name",
    "clients.erasures.statement",
    "invoicing.refunds.provider_refund_id",
    "invoicing.stripe_events.account_id",
    "invoicing.stripe_events.id",
    "invoicing.stripe_events.signature",
    "spine.events.ip",
];

/// A column in which someone may be named.
#[derive(Debug)]
struct Column {
    name: String,
    is_json: bool,
    /// Characters at most.
    limit: Option<i32>,
}

/// Columns of text by table.
async fn columns(client: &impl GenericClient) -> BTreeMap<String, Vec<Column>> {
    let rows = client
        .query(
            "select c.oid::regclass::text, a.attname::text, a.atttypid = 'jsonb'::regtype,
               (select min(m[1]::int) from pg_constraint k,
                 lateral regexp_matches(pg_get_constraintdef(k.oid), 'length\\(' || a.attname::text || '\\) <= ([0-9]+)', 'g') as m
                 where k.conrelid = c.oid and k.contype = 'c')
             from pg_class c join pg_namespace n on n.oid = c.relnamespace
             join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
             where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^pg_|information_schema'
               and a.atttypid in ('text'::regtype, 'jsonb'::regtype)
               and exists (select from pg_attribute w where w.attrelid = c.oid and w.attname = 'workspace_id')
               and not exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum]
                 and a.atttypid = 'text'::regtype and pg_get_constraintdef(k.oid) ~ '= ANY|= ''|~ ''')
             order by 1, a.attnum",
            &[],
        )
        .await
        .unwrap();
    let mut all: BTreeMap<String, Vec<Column>> = BTreeMap::new();
    for row in rows {
        let (table, column): (String, String) = (row.get(0), row.get(1));
        let of_clients = !NOT_OF_CLIENTS.contains(&format!("{table}.{column}").as_str());
        if !OWN_WORDS.contains(&column.as_str()) && of_clients {
            let column = Column { name: column, is_json: row.get(2), limit: row.get(3) };
            all.entry(table).or_default().push(column);
        }
    }
    all
}

impl Column {
    /// The person, in as many ways as there is room for beside the rest of a canary.
    fn person(&self) -> String {
        let ways = [format!("{NAME} <{EMAIL}> {PHONE}"), format!("{NAME} <{EMAIL}>"), NAME.to_owned()];
        let rest = "-0a1b2c3d".len();
        let limit = self.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap());
        ways.into_iter().find(|way| way.len() + rest <= limit).expect("room for a name")
    }
}

/// Columns that are kept as they are, `schema.table.column`, and tables that are kept whole. What is
/// kept in some rows and cleaned in others is none of them: the rows of these tests are the others,
/// drafts and what is not handed in.
fn kept(world: &World) -> BTreeSet<String> {
    let house: House = world.app.parts.get();
    let (mut kept, mut cleaned) = (BTreeSet::new(), BTreeSet::new());
    for personal in house.personal() {
        let named = |column: &&str| format!("{}.{column}", personal.table);
        match personal.fate {
            Fate::Kept(_, []) if personal.of == "false" => {
                kept.insert(personal.table.to_owned());
            }
            Fate::Kept(_, columns) => kept.extend(columns.iter().map(named)),
            Fate::Cleaned(columns) => cleaned.extend(columns.iter().map(named)),
            _ => {}
        }
    }
    kept.retain(|column| !cleaned.contains(column));
    kept
}

#[tokio::test]
async fn every_table_with_text_says_what_becomes_of_a_person_in_it() {
    let world = world().await;
    let house: House = world.app.parts.get();
    let declared: BTreeSet<&str> = house.personal().iter().map(|personal| personal.table).collect();
    let tables = columns(&world.owner().await).await;
    let silent: Vec<String> = tables
        .iter()
        .filter(|(table, _)| !declared.contains(table.as_str()))
        .map(|(table, columns)| format!("{table} {columns:?}"))
        .collect();
    assert!(silent.is_empty(), "no policy for a person erased: {silent:#?}");
    for personal in house.personal() {
        assert!(
            tables.contains_key(personal.table) || !matches!(personal.fate, Fate::Cleaned(_)),
            "{personal:?}"
        );
    }
}

/// A client with the person, and someone else beside.
async fn person(owner: &mut Signed) -> (Uuid, Uuid) {
    let body =
        json!({ "company_name": "Acme", "contact_name": "Other One", "contact_email": "other@acme.example" });
    let client = owner.api.json("POST", "/api/clients", body).await.expect(201).json();
    let client_id: Uuid = client["id"].as_str().unwrap().parse().unwrap();
    let body =
        json!({ "client_id": client_id, "name": "Zanta Before-Quibblewort", "email": EMAIL, "phone": PHONE });
    let contact = owner.api.json("POST", "/api/contacts", body).await.expect(201).json();
    let id: Uuid = contact["id"].as_str().unwrap().parse().unwrap();
    owner.api.json("PATCH", &format!("/api/contacts/{id}"), json!({ "name": NAME })).await.expect(200);
    (client_id, id)
}

/// Puts a row that is of the person, and names them in every text, into every table.
async fn write_everywhere(world: &World, workspace: WorkspaceId, client_id: Uuid, contact: Uuid) -> usize {
    let mut owner = world.owner().await;
    canaries::stuff(&mut owner, workspace.uuid()).await;
    let columns = columns(&owner).await;
    let tx = owner.transaction().await.unwrap();
    tx.batch_execute("set local session_replication_role = replica").await.unwrap();
    canaries::checks_off(&tx).await;
    let first = async |table: &str| -> Uuid {
        let sql = format!("select id from {table} where workspace_id = $1 order by id limit 1");
        tx.query_one(&sql, &[&workspace]).await.unwrap().get(0)
    };
    let mut links = vec![("client_id", client_id), ("contact_id", contact), ("author_contact_id", contact)];
    for (column, table) in [
        ("project_id", "projects.projects"),
        ("task_id", "projects.tasks"),
        ("deliverable_id", "projects.deliverables"),
        ("deal_id", "deals.deals"),
        ("conversation_id", "conversations.conversations"),
        ("invoice_id", "invoicing.invoices"),
        ("payment_id", "invoicing.payments"),
        ("portal_id", "portal.portals"),
        ("guest_id", "portal.guests"),
        ("file_id", "files.files"),
    ] {
        links.push((column, first(table).await));
    }
    let linked = tx
        .query(
            "select c.oid::regclass::text, a.attname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
             join pg_attribute a on a.attrelid = c.oid
             where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^pg_' and a.attname = any ($1)
               and c.oid not in ('clients.contacts'::regclass, 'spine.redactions'::regclass, 'clients.erasures'::regclass)
               and exists (select from pg_attribute w where w.attrelid = c.oid and w.attname = 'workspace_id')",
            &[&links.iter().map(|(column, _)| *column).collect::<Vec<_>>()],
        )
        .await
        .unwrap();
    for row in linked {
        let (table, column): (String, String) = (row.get(0), row.get(1));
        let (_, id) = links.iter().find(|(name, _)| *name == column).unwrap();
        let point = format!(
            "update {table} t set {column} = $2 where ctid = (select ctid from {table} where workspace_id = $1 order by ctid limit 1) and workspace_id = $1"
        );
        tx.batch_execute("savepoint link").await.unwrap();
        if tx.execute(&point, &[&workspace, id]).await.is_err() {
            tx.batch_execute("rollback to savepoint link").await.unwrap();
        }
    }
    tx.batch_execute(&format!(
        "update files.files set created_by_kind = 'guest', created_by_id = '{contact}' where workspace_id = '{workspace}';
         update files.file_versions set uploaded_by_kind = 'guest', uploaded_by_id = '{contact}' where workspace_id = '{workspace}';
         update files.uploads set started_by_kind = 'guest', started_by_id = '{contact}' where workspace_id = '{workspace}';
         update files.downloads set by_kind = 'guest', by_id = '{contact}' where workspace_id = '{workspace}';
         update clients.clients set kind = 'person' where workspace_id = '{workspace}' and id = '{client_id}';
         update projects.projects set client_id = '{client_id}' where workspace_id = '{workspace}';
         update timesheets.time_entries set timesheet_status = 'open' where workspace_id = '{workspace}'"
    ))
    .await
    .unwrap();
    // Every canary becomes the person, in every way they are written down.
    let kept = kept(world);
    let canary = canaries::CANARY;
    let (mut written, mut unwritten) = (0, Vec::new());
    for (table, columns) in &columns {
        for column in columns {
            let (name, person) = (&column.name, column.person());
            if kept.contains(table) || kept.contains(&format!("{table}.{name}")) {
                continue;
            }
            let kind = if column.is_json { "jsonb" } else { "text" };
            let sql = format!(
                "update {table} set {name} = replace({name}::text, '{canary}', '{person}')::{kind}
                 where workspace_id = $1 and position('{canary}' in {name}::text) > 0"
            );
            let rows = tx.execute(&sql, &[&workspace]).await;
            let rows = rows.unwrap_or_else(|error| panic!("{table}.{name}: {error:?}"));
            written += usize::from(rows > 0);
            if rows == 0 && !column.is_json {
                unwritten.push(format!("{table}.{name}"));
            }
        }
    }
    assert!(unwritten.is_empty(), "the person stands nowhere in {unwritten:?}");
    tx.batch_execute(&format!(
        "update clients.contacts set name = '{NAME}', name_sort = lower('{NAME}'), email = '{EMAIL}', email_folded = '{EMAIL}'
           where id = '{contact}';
         update clients.contacts set name = 'Other One', name_sort = 'other one', email = 'other@acme.example',
           email_folded = 'other@acme.example' where workspace_id = '{workspace}' and id <> '{contact}';
         update mail.outbox set recipient_email = '{EMAIL}' where recipient_email ~ 'quibblewort'"
    ))
    .await
    .unwrap();
    tx.commit().await.unwrap();
    written
}

/// Where traces of the person stand in the database, `schema.table.column`.
async fn traces(world: &World, workspace: WorkspaceId) -> BTreeSet<String> {
    let client = world.owner().await;
    let mut found = BTreeSet::new();
    for (table, columns) in columns(&client).await {
        for Column { name, .. } in columns {
            for trace in TRACES {
                let sql = format!(
                    "select exists (select from {table} where workspace_id = $1 and position($2 in lower({name}::text)) > 0)"
                );
                if client.query_one(&sql, &[&workspace, trace]).await.unwrap().get(0) {
                    found.insert(format!("{table}.{name}"));
                }
            }
        }
    }
    found
}

#[tokio::test]
async fn nothing_is_left_of_a_person_but_what_the_policies_name() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let (client, contact) = person(&mut ada).await;
    let written = write_everywhere(&world, ada.workspace_id, client, contact).await;
    assert!(written > 60, "the person stands in {written} columns");
    let before = traces(&world, ada.workspace_id).await;
    assert!(before.len() > 60, "{before:?}");

    let path = format!("/api/contacts/{contact}");
    let preview = ada.api.get(&format!("{path}/erasure")).await.expect(200).json();
    let steps = preview["steps"].as_array().unwrap();
    assert!(steps.len() > 40 && preview["name"] == NAME, "{preview:#}");
    let export = ada.api.get(&format!("{path}/personal-data")).await.expect(200).json();
    assert_eq!(export["held"].as_array().unwrap().len(), steps.len());
    assert!(export["held"][0]["rows"][0].is_object() && export.to_string().contains(EMAIL));
    assert_eq!(traces(&world, ada.workspace_id).await, before, "looking changes nothing");

    let wrong = json!({ "name": "Somebody Else", "asked_by": "person" });
    ada.api.json("POST", &format!("{path}/erasure"), wrong).await.expect(422);
    let input = json!({ "name": NAME, "asked_by": "person" });
    let certificate =
        ada.api.json("POST", &format!("{path}/erasure"), input.clone()).await.expect(201).json();

    let kept = kept(&world);
    let left: Vec<String> = traces(&world, ada.workspace_id)
        .await
        .into_iter()
        .filter(|column| !kept.contains(column) && !kept.contains(column.rsplit_once('.').unwrap().0))
        .collect();
    assert!(left.is_empty(), "still there: {left:#?}");

    let statement = &certificate["statement"];
    let hash = Sha256::digest(statement.to_string().as_bytes());
    let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(certificate["hash"], json!(hash));
    assert!(!certificate.to_string().to_lowercase().contains("quibble"));
    let counted = |steps: &Value| -> BTreeMap<String, i64> {
        let each = steps.as_array().unwrap().iter();
        each.map(|s| (format!("{} {}", s["table"], s["holds"]), s["rows"].as_i64().unwrap())).collect()
    };
    let (announced, done) = (counted(&preview["steps"]), counted(&statement["tables"]));
    assert!(done.keys().all(|step| announced.contains_key(step)), "{announced:#?} {done:#?}");

    ada.api.get(&path).await.expect(404);
    ada.api.json("POST", &format!("{path}/erasure"), input).await.expect(409);
    let id = certificate["id"].as_str().unwrap();
    assert_eq!(ada.api.get(&format!("/api/erasures/{id}")).await.expect(200).json(), certificate);
    let page = ada.path(&format!("erasures/{id}"));
    assert!(ada.http.get(&page).await.expect(200).text().contains("The person"), "the words of the form");
    let file = ada.http.get(&format!("{page}/certificate")).await.expect(200);
    assert_eq!(file.json(), certificate);
}

#[tokio::test]
async fn the_audit_log_holds_after_an_erasure_and_shows_what_is_changed_afterwards() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let (_, contact) = person(&mut ada).await;
    crate::sealed(&world).await;
    let before = audit::verify(&world.app, ada.workspace_id, None).await.unwrap();
    assert!(before.is_intact(), "{before}");
    let input = json!({ "name": NAME, "asked_by": "authority" });
    ada.api.json("POST", &format!("/api/contacts/{contact}/erasure"), input).await.expect(201);
    let between = audit::verify(&world.app, ada.workspace_id, before.newest).await.unwrap();
    assert!(between.is_intact() && between.unsealed > 0, "{between}");
    crate::sealed(&world).await;
    let after = audit::verify(&world.app, ada.workspace_id, before.newest).await.unwrap();
    assert!(after.is_intact() && after.unsealed == 0, "{after}");
    let log = ada.api.get("/api/audit?kind=contact.erased").await.expect(200).json();
    assert_eq!(log["total"], json!(1));
    let forger = world.owner().await;
    forger.batch_execute("set session_replication_role = replica").await.unwrap();
    let forgery = "update spine.events set payload = '{}' where kind = 'contact.created' and subject_id = $1";
    forger.execute(forgery, &[&contact]).await.unwrap();
    let report = audit::verify(&world.app, ada.workspace_id, None).await.unwrap();
    assert!(matches!(report.faults.first(), Some(audit::Fault::Redacted { .. })), "{report}");
}

#[tokio::test]
async fn without_a_certificate_no_line_is_changed() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    person(&mut ada).await;
    let tx = world.app.db.begin(ada.workspace_id, rapport_db::Origin::system()).await.unwrap();
    let changed = tx
        .execute("update spine.events set actor_name = 'x' where workspace_id = $1", &[&ada.workspace_id])
        .await;
    assert!(format!("{:?}", changed.unwrap_err()).contains("only added to"));
}

#[tokio::test]
async fn whom_a_restored_database_has_forgotten_is_erased_again() {
    let world = world().await;
    let mut ada = testing::owner(&world).await;
    let (_, contact) = person(&mut ada).await;
    let input = json!({ "name": NAME, "asked_by": "person" });
    ada.api.json("POST", &format!("/api/contacts/{contact}/erasure"), input).await.expect(201);
    world.settle().await;
    assert_eq!(clients::erase_again(&world.app).await.unwrap(), 0);
    let as_before = format!(
        "update clients.contacts set name = '{NAME}', email = '{EMAIL}', email_folded = '{EMAIL}', erased_at = null where id = $1"
    );
    world.owner().await.execute(as_before.as_str(), &[&contact]).await.unwrap();
    assert_eq!(clients::erase_again(&world.app).await.unwrap(), 1);
    assert_eq!(traces(&world, ada.workspace_id).await, BTreeSet::new());
    let again = ada.api.get("/api/erasures").await.expect(200).json();
    let mut by: Vec<bool> =
        again["data"].as_array().unwrap().iter().map(|c| c["erased_by"].is_null()).collect();
    by.sort_unstable();
    assert_eq!(by, [false, true]);
}
