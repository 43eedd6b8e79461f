//! A workspace in which every table has a row and every text field holds the canary.

use std::collections::BTreeMap;

use tokio_postgres::{Client, GenericClient};
use uuid::Uuid;

/// Text that stands in every text field of the other workspace, in small letters as in all checks.
pub const CANARY: &str = "kanarienvogel";

/// One table of workspaces.
pub struct Table {
    pub name: String,
    columns: Vec<Column>,
}

struct Column {
    name: String,
    kind: String,
    /// Values the database allows, when it allows no others.
    codes: Vec<String>,
    checked: bool,
    required: bool,
}

/// How much of a workspace was filled.
#[derive(Debug, Default)]
pub struct Filled {
    pub made: usize,
    pub texts: usize,
    pub canaries: usize,
    pub codes: usize,
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
               exists (select from pg_constraint k where k.conrelid = c.oid and k.contype = 'c' and a.attnum = any (k.conkey)
                 and pg_get_constraintdef(k.oid) !~ '^CHECK .\\([a-z_]+ <> ''''::text\\).$'),
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
        if tables.last().is_none_or(|table| table.name != name) {
            tables.push(Table { name, columns: Vec::new() });
        }
        let column = Column {
            name: row.get(1),
            kind: row.get(2),
            codes: row.get(3),
            checked: row.get(4),
            required: row.get(5),
        };
        tables.last_mut().unwrap().columns.push(column);
    }
    tables
}

impl Column {
    /// A value that stands for nothing, as SQL.
    fn value(&self, workspace: Uuid) -> String {
        if self.name == "workspace_id" {
            return format!("'{workspace}'");
        }
        match self.kind.as_str() {
            "uuid" => "gen_random_uuid()".into(),
            "text" => match self.codes.first() {
                Some(code) => format!("'{code}'"),
                None => format!("'{CANARY}-{}'", Uuid::now_v7().simple()),
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
}

/// Puts a row of the workspace into every table that has none, and the canary into every text field
/// that is free text. Rules of single rows and triggers stand aside meanwhile: the rows are only to
/// be seen or not to be seen.
pub async fn stuff(client: &mut Client, workspace: Uuid) -> Filled {
    let tables = tables(client).await;
    let tx = client.transaction().await.unwrap();
    tx.batch_execute("set local session_replication_role = replica").await.unwrap();
    let checks = checks_off(&tx).await;
    let mut filled = Filled::default();
    for table in &tables {
        let name = &table.name;
        let there: bool = tx
            .query_one(&format!("select exists (select from {name} where workspace_id = $1)"), &[&workspace])
            .await
            .unwrap()
            .get(0);
        if !there {
            let wanted: Vec<&Column> =
                table.columns.iter().filter(|c| c.required || c.name == "workspace_id").collect();
            let names: Vec<&str> = wanted.iter().map(|column| column.name.as_str()).collect();
            let values: Vec<String> = wanted.iter().map(|column| column.value(workspace)).collect();
            let sql = format!("insert into {name} ({}) values ({})", names.join(", "), values.join(", "));
            tx.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
            filled.made += 1;
        }
        for column in table.columns.iter().filter(|column| column.kind == "text") {
            filled.texts += 1;
            if column.checked {
                filled.codes += 1;
                continue;
            }
            // A word of small letters alone is a code that programs read, and stays.
            let field = &column.name;
            let changed = tx
                .execute(
                    &format!(
                        "update {name} set {field} = '{CANARY}-' || substr(md5(random()::text), 1, 8)
                         where workspace_id = $1 and coalesce({field}, '') !~ '^[a-z0-9_.:/-]+$'
                           and position('{CANARY}' in lower(coalesce({field}, ''))) = 0"
                    ),
                    &[&workspace],
                )
                .await
                .unwrap_or_else(|error| panic!("{name}.{field}: {error:?}"));
            let sings: bool = changed > 0
                || tx
                    .query_one(
                        &format!(
                            "select exists (select from {name} where workspace_id = $1 and position('{CANARY}' in lower({field})) > 0)"
                        ),
                        &[&workspace],
                    )
                    .await
                    .unwrap()
                    .get(0);
            filled.canaries += usize::from(sings);
            filled.codes += usize::from(!sings);
        }
    }
    for (table, name, rule) in &checks {
        tx.batch_execute(&format!("alter table {table} add constraint {name} {rule} not valid"))
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    filled
}

/// A rule of single rows: its table, its name, and itself.
type Check = (String, String, String);

/// Takes the rules of single rows away.
pub async fn checks_off(client: &impl GenericClient) -> Vec<Check> {
    let checks: Vec<Check> = client
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
        .collect();
    for (table, name, _) in &checks {
        client.batch_execute(&format!("alter table {table} drop constraint {name}")).await.unwrap();
    }
    checks
}

/// Puts them back, for the rows to come.
pub async fn checks_on(client: &impl GenericClient, checks: Vec<Check>) {
    for (table, name, rule) in checks {
        let sql = format!("alter table {table} add constraint {name} {rule} not valid");
        client.batch_execute(&sql).await.unwrap();
    }
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
