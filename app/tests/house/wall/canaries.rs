//! A workspace in which every table has a row and every field for words holds the canary.

use std::collections::BTreeMap;

use tokio_postgres::{Client, GenericClient, Row};
use uuid::Uuid;

use crate::world;

/// Text that stands in every field for words of the other workspace, in small letters as in all checks.
pub const CANARY: &str = "kanarienvogel";

/// Fields that hold words of the program's own, which it reads again, although no rule lists them: the
/// canary is not looked for there.
const OWN_CODES: &[(&str, &str)] = &[
    ("deals.deals.board_rank", "an order, reckoned by the program"),
    ("files.file_versions.content_type", "what the bytes were found to be"),
    ("files.file_versions.storage_key", "a place in the store"),
    ("files.uploads.storage_key", "a place in the store"),
    ("identity.api_keys.prefix", "the beginning of a made-up key"),
    ("invoicing.invoice_pdfs.storage_key", "a place in the store"),
    ("mail.outbox.key", "tells one mail from the next"),
    ("mail.outbox.kind", "names a template"),
    ("notifications.notices.key", "tells one notice from the next"),
    ("notifications.notices.kind", "names a template"),
    ("notifications.preferences.kind", "names a template"),
    ("portal.access_log.action", "names an act"),
    ("portal.access_log.subject_kind", "names a sort of thing"),
    ("queue.jobs.key", "tells one job from the next"),
    ("queue.jobs.name", "names a job"),
    ("queue.jobs.serial", "names a queue"),
    ("spine.deliveries.listener", "names a listener"),
    ("spine.events.kind", "names an event"),
    ("spine.events.request_id", "a made-up number"),
    ("spine.events.subject_kind", "names a sort of thing"),
    ("timesheets.time_entries.timesheet_status", "follows the sheet, where a rule lists it"),
    ("transfer.exports.storage_key", "a place in the store"),
];

/// Fields whose words have to begin in some way, and how.
const LED: &[(&str, &str)] =
    &[("notifications.notices.path", "/"), ("projects.deliverable_versions.url", "https://")];

/// More than the longest canary.
const NO_LIMIT: i32 = 10_000;

/// One table of workspaces.
pub struct Table {
    pub name: String,
    columns: Vec<Column>,
}

struct Column {
    name: String,
    kind: String,
    holds: Holds,
    /// Values the database allows, when it allows no others.
    codes: Vec<String>,
    /// How its words begin.
    led: &'static str,
    /// Characters at most.
    limit: i32,
    required: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    NoText,
    /// One of a list, or what fits a pattern.
    Codes,
    /// See [`OWN_CODES`].
    OwnCodes,
    /// What people may have written.
    Words,
}

/// How much of a workspace was filled.
#[derive(Debug, Default)]
pub struct Filled {
    pub made: usize,
    pub texts: usize,
    pub codes: usize,
    pub own_codes: usize,
    pub canaries: usize,
}

/// Every table with a workspace, without partitions.
pub async fn tables(client: &impl GenericClient) -> Vec<Table> {
    let rows = client
        .query(
            "select c.oid::regclass::text, a.attname::text, t.typname::text,
               coalesce((select array_agg(m[1]) from pg_constraint k,
                 lateral regexp_matches(pg_get_constraintdef(k.oid), '''([^'']*)''::text', 'g') as m
                 where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum]
                   and pg_get_constraintdef(k.oid) ~ '= ANY|= ''' and pg_get_constraintdef(k.oid) !~ '~'), '{}'),
               exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum]
                 and pg_get_constraintdef(k.oid) ~ '= ANY|= ''|~ ''|\\^@ '''),
               (select min(m[1]::int) from pg_constraint k,
                 lateral regexp_matches(pg_get_constraintdef(k.oid), 'length\\(' || a.attname::text || '\\) <= ([0-9]+)', 'g') as m
                 where k.conrelid = c.oid and k.contype = 'c'),
               a.attnotnull and not a.atthasdef
             from pg_class c join pg_namespace n on n.oid = c.relnamespace
             join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and a.attidentity = ''
             join pg_type t on t.oid = a.atttypid
             where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^pg_'
               and exists (select from pg_attribute w where w.attrelid = c.oid and w.attname = 'workspace_id')
             order by 1, a.attnum",
            &[],
        )
        .await
        .unwrap();
    let mut tables: Vec<Table> = Vec::new();
    for row in rows {
        let name: String = row.get(0);
        let column = Column::of(&name, &row);
        if tables.last().is_none_or(|table| table.name != name) {
            tables.push(Table { name, columns: Vec::new() });
        }
        tables.last_mut().unwrap().columns.push(column);
    }
    tables
}

impl Column {
    fn of(table: &str, row: &Row) -> Self {
        let (name, kind): (String, String) = (row.get(1), row.get(2));
        let field = format!("{table}.{name}");
        let led = LED.iter().find(|(led, _)| *led == field).map(|(_, start)| *start);
        let listed: bool = row.get(4);
        let holds = match kind.as_str() {
            "text" if OWN_CODES.iter().any(|(own, _)| *own == field) => Holds::OwnCodes,
            "text" if listed && led.is_none() => Holds::Codes,
            "text" => Holds::Words,
            _ => Holds::NoText,
        };
        let limit: Option<i32> = row.get(5);
        Self {
            name,
            kind,
            holds,
            codes: row.get(3),
            led: led.unwrap_or_default(),
            limit: limit.unwrap_or(NO_LIMIT),
            required: row.get(6),
        }
    }
    /// A value that stands for nothing, as SQL.
    fn value(&self, workspace: Uuid) -> String {
        if self.name == "workspace_id" {
            return format!("'{workspace}'");
        }
        match self.kind.as_str() {
            "uuid" => "gen_random_uuid()".into(),
            "text" => match self.codes.first() {
                Some(code) => format!("'{code}'"),
                None => self.canary(),
            },
            "timestamptz" => "now()".into(),
            "date" => "current_date".into(),
            "bool" => "false".into(),
            "jsonb" => format!("'{{\"word\": \"{CANARY}\"}}'"),
            "bytea" => "sha256(gen_random_uuid()::text::bytea)".into(),
            "xid8" => "pg_current_xact_id()".into(),
            kind if kind.starts_with('_') => "'{}'".into(),
            _ => "1".into(),
        }
    }
    /// A canary unlike any other, as SQL.
    fn canary(&self) -> String {
        format!("left('{}{CANARY}-' || substr(md5(random()::text), 1, 8), {})", self.led, self.limit)
    }
}

/// Puts a row of the workspace into every table that has none, and the canary into every field for
/// words: into each row whose rules allow it, and whatever the rules into one at least. Triggers stand
/// aside meanwhile, and rules do for rows that break them: these are only to be seen or not to be seen.
///
/// # Panics
/// When a field for words holds no canary afterwards.
pub async fn stuff(client: &mut Client, workspace: Uuid) -> Filled {
    let tables = tables(client).await;
    let tx = client.transaction().await.unwrap();
    tx.batch_execute("set local session_replication_role = replica").await.unwrap();
    let checks = checks(&tx).await;
    let mut filled = Filled::default();
    for table in &tables {
        let rules: Vec<&Check> = checks.iter().filter(|(of, ..)| *of == table.name).collect();
        let made = !has_row(&tx, &table.name, workspace).await;
        if made {
            set_aside(&tx, &rules).await;
            add_row(&tx, table, workspace).await;
            filled.made += 1;
        }
        let in_force: &[&Check] = if made { &[] } else { &rules };
        for column in &table.columns {
            fill(&tx, &table.name, column, workspace, in_force).await;
            filled.count(column.holds);
        }
        if made {
            put_back(&tx, &rules).await;
        }
    }
    tx.commit().await.unwrap();
    let silent = silent(client, workspace).await;
    assert_eq!(silent, Vec::<String>::new(), "fields for words without a canary");
    filled
}

impl Filled {
    fn count(&mut self, holds: Holds) {
        self.texts += usize::from(holds != Holds::NoText);
        self.codes += usize::from(holds == Holds::Codes);
        self.own_codes += usize::from(holds == Holds::OwnCodes);
        self.canaries += usize::from(holds == Holds::Words);
    }
}

async fn has_row(client: &impl GenericClient, table: &str, workspace: Uuid) -> bool {
    let sql = format!("select exists (select from {table} where workspace_id = $1)");
    client.query_one(&sql, &[&workspace]).await.unwrap().get(0)
}

async fn add_row(client: &impl GenericClient, table: &Table, workspace: Uuid) {
    let wanted: Vec<&Column> =
        table.columns.iter().filter(|column| column.required || column.name == "workspace_id").collect();
    let names: Vec<&str> = wanted.iter().map(|column| column.name.as_str()).collect();
    let values: Vec<String> = wanted.iter().map(|column| column.value(workspace)).collect();
    let sql = format!("insert into {} ({}) values ({})", table.name, names.join(", "), values.join(", "));
    client.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
}

/// Puts the canary into a field of text that is no list of codes; rules in force are set aside where
/// no row of a field for words could hold it otherwise.
async fn fill(client: &impl GenericClient, table: &str, column: &Column, workspace: Uuid, rules: &[&Check]) {
    if matches!(column.holds, Holds::NoText | Holds::Codes) {
        return;
    }
    let field = &column.name;
    // A word of small letters alone may be a code that programs read: it stays where another row sings.
    let free = format!(
        "coalesce({field}, '') !~ '^[a-z0-9_.:/-]+$' and position('{CANARY}' in lower(coalesce({field}, ''))) = 0"
    );
    write(client, table, column, workspace, &free, "").await;
    if column.holds == Holds::OwnCodes || sings(client, table, field, workspace).await {
        return;
    }
    write(client, table, column, workspace, "true", "exit;").await;
    if !sings(client, table, field, workspace).await {
        set_aside(client, rules).await;
        write(client, table, column, workspace, "true", "exit;").await;
        put_back(client, rules).await;
    }
}

/// Writes the canary into the rows that are picked, but for those whose rules forbid it.
async fn write(
    client: &impl GenericClient,
    table: &str,
    column: &Column,
    workspace: Uuid,
    picked: &str,
    then: &str,
) {
    let (field, canary) = (&column.name, column.canary());
    let sql = format!(
        "do $$
         declare
           line record;
         begin
           for line in select tableoid as part, ctid as place from {table} where workspace_id = '{workspace}' and {picked} loop
             begin
               update {table} set {field} = {canary} where tableoid = line.part and ctid = line.place;
               {then}
             exception when check_violation then null;
             end;
           end loop;
         end $$"
    );
    client.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{table}.{field}: {error:?}"));
}

/// Whether a row of the workspace holds the canary in a field.
async fn sings(client: &impl GenericClient, table: &str, field: &str, workspace: Uuid) -> bool {
    let sql = format!(
        "select exists (select from {table} where workspace_id = $1 and position('{CANARY}' in lower({field})) > 0)"
    );
    client.query_one(&sql, &[&workspace]).await.unwrap().get(0)
}

/// Every field for words, with its table.
async fn fields(client: &impl GenericClient) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for table in tables(client).await {
        let words = table.columns.into_iter().filter(|column| column.holds == Holds::Words);
        fields.extend(words.map(|column| (table.name.clone(), column.name)));
    }
    fields
}

/// The fields for words in which no row of the workspace holds the canary.
async fn silent(client: &impl GenericClient, workspace: Uuid) -> Vec<String> {
    let mut silent = Vec::new();
    for (table, field) in fields(client).await {
        if !sings(client, &table, &field, workspace).await {
            silent.push(format!("{table}.{field}"));
        }
    }
    silent
}

/// Puts one of some words in place of the canaries of each field, and tells of how many fields. The
/// rules of rows stay away from then on.
pub async fn reword(client: &mut Client, workspace: Uuid, words: &[&str]) -> usize {
    let fields = fields(client).await;
    let tx = client.transaction().await.unwrap();
    tx.batch_execute("set local session_replication_role = replica").await.unwrap();
    checks_off(&tx).await;
    for (at, (table, field)) in fields.iter().enumerate() {
        let sql = format!(
            "update {table} set {field} = replace({field}, '{CANARY}', $2)
             where workspace_id = $1 and position('{CANARY}' in {field}) > 0"
        );
        let rows = tx.execute(&sql, &[&workspace, &words[at % words.len()]]).await;
        let rows = rows.unwrap_or_else(|error| panic!("{table}.{field}: {error:?}"));
        assert!(rows > 0, "{table}.{field}");
    }
    tx.commit().await.unwrap();
    fields.len()
}

/// A rule of single rows: its table, its name, and itself.
type Check = (String, String, String);

/// The rules of single rows.
async fn checks(client: &impl GenericClient) -> Vec<Check> {
    client
        .query(
            "select k.conrelid::regclass::text, quote_ident(k.conname), regexp_replace(pg_get_constraintdef(k.oid), ' NOT VALID$', '')
             from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
             where k.contype = 'c' and k.conislocal and k.coninhcount = 0 and n.nspname !~ '^pg_|information_schema'
               and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'workspace_id')
               and not c.relispartition",
            &[],
        )
        .await
        .unwrap()
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect()
}

async fn set_aside(client: &impl GenericClient, checks: &[&Check]) {
    for (table, name, _) in checks {
        client.batch_execute(&format!("alter table {table} drop constraint {name}")).await.unwrap();
    }
}

async fn put_back(client: &impl GenericClient, checks: &[&Check]) {
    for (table, name, rule) in checks {
        let sql = format!("alter table {table} add constraint {name} {rule} not valid");
        client.batch_execute(&sql).await.unwrap();
    }
}

/// Takes the rules of single rows away.
pub async fn checks_off(client: &impl GenericClient) -> Vec<Check> {
    let checks = checks(client).await;
    set_aside(client, &checks.iter().collect::<Vec<_>>()).await;
    checks
}

/// Puts them back, for the rows to come.
pub async fn checks_on(client: &impl GenericClient, checks: Vec<Check>) {
    put_back(client, &checks.iter().collect::<Vec<_>>()).await;
}

/// Ids of a workspace, by table.
pub async fn ids(client: &impl GenericClient, workspace: Uuid, of_each: i64) -> BTreeMap<String, Vec<Uuid>> {
    let mut ids = BTreeMap::new();
    for table in tables(client).await {
        if table.columns.iter().any(|column| column.name == "id" && column.kind == "uuid") {
            let sql = format!("select id from {} where workspace_id = $1 order by id limit $2", table.name);
            let rows = client.query(&sql, &[&workspace, &of_each]).await.unwrap();
            ids.insert(table.name, rows.iter().map(|row| row.get(0)).collect());
        }
    }
    ids
}

/// What every table holds of a workspace, as one word each.
pub async fn held(client: &impl GenericClient, workspace: Uuid) -> BTreeMap<String, String> {
    let each = tables(client).await.into_iter().map(|Table { name, .. }| {
        format!(
            "select '{name}', count(*) || ':' || coalesce(sum(hashtext(t::text)::bigint), 0) from {name} t where workspace_id = $1"
        )
    });
    let sql = each.collect::<Vec<_>>().join(" union all ");
    let rows = client.query(&sql, &[&workspace]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[tokio::test]
async fn a_field_for_words_is_one_whatever_its_length_and_is_named_when_none_of_its_rows_sings() {
    let world = world().await;
    let mut client = world.owner().await;
    let workspace = identity::testing::owner(&world).await.workspace_id.uuid();
    stuff(&mut client, workspace).await;
    client
        .batch_execute(
            "alter table clients.notes
               add column free text,
               add column long text check (length(long) <= 2000),
               add column bounded text check (bounded <> '' and char_length(bounded) between 1 and 300),
               add column short text check (octet_length(short) <= 20),
               add column paired text,
               add constraint paired_together check ((paired is null) = (long is null)),
               add column listed text check (listed in ('a', 'b')),
               add column single text check (single = 'a'),
               add column shaped text check (shaped ~ '^[A-Z]{3}$'),
               add column started text check (started ^@ '/')",
        )
        .await
        .unwrap();
    let unsung = ["free", "long", "bounded", "short", "paired"].map(|field| format!("clients.notes.{field}"));
    assert_eq!(silent(&client, workspace).await, unsung);
    stuff(&mut client, workspace).await;
    assert_eq!(silent(&client, workspace).await, Vec::<String>::new());
}

#[tokio::test]
async fn every_field_named_here_exists_and_no_rule_lists_what_the_programs_own_codes_may_be() {
    let world = world().await;
    let tables = tables(&world.owner().await).await;
    for (field, about) in OWN_CODES.iter().chain(LED) {
        let (table, name) = field.rsplit_once('.').unwrap();
        let table = tables.iter().find(|known| known.name == table).expect(field);
        let column = table.columns.iter().find(|known| known.name == name).expect(field);
        assert!(column.kind == "text" && column.codes.is_empty() && !about.is_empty(), "{field}");
    }
}
