//! What the database's own catalogue says: tables, keys, sequences, partitions.

use anyhow::Result;
use tokio_postgres::GenericClient;

use crate::{
    manifest::{Column, Migrated, Partition, SequenceValue},
    rules::quoted_table,
};

/// Relations that are the program's own.
macro_rules! ours {
    ($rest:literal) => {
        concat!(
            "from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_'
               and not exists (select 1 from pg_depend d where d.classid = 'pg_class'::regclass
                 and d.objid = c.oid and d.deptype = 'e') ",
            $rest
        )
    };
}

/// A table with rows of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub schema: String,
    pub table: String,
    pub columns: Vec<Column>,
    pub bytes: i64,
    pub forced: bool,
}

impl Table {
    pub(crate) fn quoted(&self) -> String {
        quoted_table(&self.schema, &self.table)
    }
}

/// Every table but the record of migrations, by name.
pub(crate) async fn tables(client: &impl GenericClient) -> Result<Vec<Table>> {
    let rows = client
        .query(
            concat!(
                "select n.nspname::text, c.relname::text, c.relforcerowsecurity,
                   (select coalesce(sum(pg_relation_size(t.relid)), 0)::bigint from pg_partition_tree(c.oid) t),
                   (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
                    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''),
                   (select array_agg(format_type(a.atttypid, a.atttypmod) order by a.attnum) from pg_attribute a
                    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') ",
                ours!(
                    "and c.relkind in ('r', 'p') and not c.relispartition and c.relpersistence = 'p'
                     and not (n.nspname = 'app' and c.relname = 'migrations') order by 1, 2"
                )
            ),
            &[],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| {
            let names: Option<Vec<String>> = row.get(4);
            let kinds: Option<Vec<String>> = row.get(5);
            let columns = names.unwrap_or_default().into_iter().zip(kinds.unwrap_or_default());
            Table {
                schema: row.get(0),
                table: row.get(1),
                forced: row.get(2),
                bytes: row.get::<_, Option<i64>>(3).unwrap_or_default(),
                columns: columns.map(|(name, kind)| Column { name, kind }).collect(),
            }
        })
        .collect())
}

/// A foreign key as it can be dropped and put back.
pub(crate) struct ForeignKey {
    pub table: String,
    pub name: String,
    pub definition: String,
}

/// Every foreign key that is not inherited.
pub(crate) async fn foreign_keys(client: &impl GenericClient) -> Result<Vec<ForeignKey>> {
    let rows = client
        .query(
            concat!(
                "select c.oid::regclass::text, quote_ident(k.conname), pg_get_constraintdef(k.oid)
                 from pg_constraint k join pg_class c on c.oid = k.conrelid
                 where k.contype = 'f' and k.conparentid = 0 and c.oid in (select c.oid ",
                ours!(") order by 1, 2")
            ),
            &[],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| ForeignKey { table: row.get(0), name: row.get(1), definition: row.get(2) })
        .collect())
}

/// Where every sequence stands.
pub(crate) async fn sequences(client: &impl GenericClient) -> Result<Vec<SequenceValue>> {
    let rows = client
        .query(
            "select schemaname::text, sequencename::text, last_value from pg_sequences
             where schemaname not in ('pg_catalog', 'information_schema') and schemaname !~ '^pg_' order by 1, 2",
            &[],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| SequenceValue { schema: row.get(0), name: row.get(1), last: row.get(2) })
        .collect())
}

/// Every partition.
pub(crate) async fn partitions(client: &impl GenericClient) -> Result<Vec<Partition>> {
    let rows = client
        .query(
            concat!(
                "select n.nspname::text, c.relname::text, m.nspname::text, p.relname::text,
                   pg_get_expr(c.relpartbound, c.oid), obj_description(c.oid, 'pg_class')
                 from pg_class c join pg_namespace n on n.oid = c.relnamespace
                 join pg_inherits i on i.inhrelid = c.oid join pg_class p on p.oid = i.inhparent
                 join pg_namespace m on m.oid = p.relnamespace
                 where c.relispartition and c.relkind = 'r' and c.oid in (select c.oid ",
                ours!(") order by 1, 2")
            ),
            &[],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| Partition {
            schema: row.get(0),
            table: row.get(1),
            of_schema: row.get(2),
            of_table: row.get(3),
            bound: row.get(4),
            comment: row.get(5),
        })
        .collect())
}

/// The migrations that ran.
pub(crate) async fn migrations(client: &impl GenericClient) -> Result<Vec<Migrated>> {
    let rows =
        client.query("select name, encode(checksum, 'hex') from app.migrations order by name", &[]).await?;
    Ok(rows.iter().map(|row| Migrated { name: row.get(0), checksum: row.get(1) }).collect())
}

/// Everything that guards the rows, a line each: constraints, triggers, policies, rights.
/// Loading takes some of it away and must put all of it back.
pub(crate) async fn guards(client: &impl GenericClient) -> Result<Vec<String>> {
    let rows = client
        .query(
            concat!(
                "with ours as (select c.oid, c.relrowsecurity, c.relforcerowsecurity, c.relacl ",
                ours!("and c.relkind in ('r', 'p')"),
                ")
                 select format('%s constraint %s %s %s', o.oid::regclass, k.conname, k.convalidated, pg_get_constraintdef(k.oid))
                   from ours o join pg_constraint k on k.conrelid = o.oid
                 union all
                 select format('%s trigger %s %s', o.oid::regclass, t.tgname, t.tgenabled)
                   from ours o join pg_trigger t on t.tgrelid = o.oid and not t.tgisinternal
                 union all
                 select format('%s policy %s %s %s', o.oid::regclass, p.polname, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
                   from ours o join pg_policy p on p.polrelid = o.oid
                 union all
                 select format('%s wall %s %s rights %s', o.oid::regclass, o.relrowsecurity, o.relforcerowsecurity, o.relacl) from ours o
                 order by 1"
            ),
            &[],
        )
        .await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
