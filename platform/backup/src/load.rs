//! Loading a backup's rows into a database of the right shape, in one transaction.
//!
//! `session_replication_role` would need a superuser. Instead the owner takes away what stands
//! in the way (foreign keys, triggers, the wall for itself), loads, and puts all of it back
//! before the commit: foreign keys are checked then over all rows, and the guards of the
//! tables are compared with those before, line by line.

use age::x25519;
use anyhow::{Context, Result, bail};
use futures::{SinkExt, StreamExt};
use tokio_postgres::Transaction;

use crate::{
    catalogue::{self, Table},
    database,
    manifest::{Figure, Manifest, TablePart},
    part,
    place::Place,
    progress::Progress,
    rows::Adding,
    rules::{Line, compare_figures, quoted, quoted_table},
    snapshot, transactions,
};

/// One migration at a time, and no loading beside it.
const MIGRATION_LOCK: &str = "select pg_advisory_xact_lock(7240116)";

/// What to load, and where from.
pub(crate) struct Load<'a> {
    pub owner_url: &'a str,
    pub place: &'a Place,
    pub manifest: &'a Manifest,
    pub identity: &'a x25519::Identity,
    pub figures: &'a [Figure],
    /// Statements that run over the loaded rows before the guards are back.
    pub then: &'a [&'a str],
    pub progress: &'a Progress,
}

/// Loads everything and compares it with the backup. Nothing is kept when something differs.
pub(crate) async fn load(load: &Load<'_>) -> Result<Vec<Line>> {
    let mut client = database::connect(load.owner_url).await?;
    transactions::pass(&client, load.manifest.transaction, load.progress).await?;
    let tx = client.transaction().await?;
    tx.batch_execute(MIGRATION_LOCK).await?;
    tx.batch_execute("set constraints all immediate").await?;
    make_partitions(&tx, load.manifest).await?;
    let tables = catalogue::tables(&tx).await?;
    check_shape(&tables, load.manifest)?;
    let guards = catalogue::guards(&tx).await?;
    let keys = catalogue::foreign_keys(&tx).await?;

    for table in &tables {
        let name = table.quoted();
        if table.forced {
            tx.batch_execute(&format!("alter table {name} no force row level security")).await?;
        }
        tx.batch_execute(&format!("alter table {name} disable trigger user")).await?;
    }
    for key in &keys {
        tx.batch_execute(&format!("alter table {} drop constraint {}", key.table, key.name)).await?;
    }
    let names: Vec<String> = tables.iter().map(Table::quoted).collect();
    tx.batch_execute(&format!("truncate {}", names.join(", "))).await?;
    for (at, part) in load.manifest.tables.iter().enumerate() {
        fill(load, &tx, part).await.with_context(|| format!("cannot load {}.{}", part.schema, part.table))?;
        load.progress.far(|| format!("tables loaded: {} of {}", at + 1, tables.len()));
    }

    load.progress.step("comparing what was loaded with the backup");
    let lines = compare(load, &tx, &tables).await?;
    if let Some(line) = lines.iter().find(|line| !line.agrees()) {
        bail!("nothing was restored, because what came in is not what was backed up: {line}");
    }
    for statement in load.then {
        tx.batch_execute(statement).await?;
    }
    for sequence in &load.manifest.sequences {
        if let Some(last) = sequence.last {
            let name = quoted_table(&sequence.schema, &sequence.name);
            tx.query("select setval($1::text::regclass, $2)", &[&name, &last])
                .await
                .with_context(|| format!("cannot set the sequence {name}"))?;
        }
    }

    load.progress.step("checking foreign keys");
    for key in &keys {
        tx.batch_execute(&format!(
            "alter table {} add constraint {} {}",
            key.table, key.name, key.definition
        ))
        .await
        .with_context(|| format!("the foreign key {} of {} does not hold", key.name, key.table))?;
    }
    for table in &tables {
        let name = table.quoted();
        tx.batch_execute(&format!("alter table {name} enable trigger user")).await?;
        if table.forced {
            tx.batch_execute(&format!("alter table {name} force row level security")).await?;
        }
    }
    if let Some(changed) = difference(&guards, &catalogue::guards(&tx).await?) {
        bail!("nothing was restored, because a guard of the tables would not be back: {changed}");
    }
    tx.commit().await?;
    client.batch_execute("analyze").await?;
    Ok(lines)
}

/// The first line that only one side has.
fn difference<'a>(before: &'a [String], after: &'a [String]) -> Option<&'a str> {
    let lost = before.iter().find(|line| !after.contains(line));
    lost.or_else(|| after.iter().find(|line| !before.contains(line))).map(String::as_str)
}

/// The partitions of the backup that the fresh database lacks.
async fn make_partitions(tx: &Transaction<'_>, manifest: &Manifest) -> Result<()> {
    let there = catalogue::partitions(tx).await?;
    for partition in &manifest.partitions {
        if there.iter().any(|it| it.schema == partition.schema && it.table == partition.table) {
            continue;
        }
        let name = quoted_table(&partition.schema, &partition.table);
        let parent = quoted_table(&partition.of_schema, &partition.of_table);
        tx.batch_execute(&format!(
            "create table {name} partition of {parent} {}; alter table {name} enable row level security;
             alter table {name} force row level security",
            partition.bound
        ))
        .await
        .with_context(|| format!("cannot make the partition {name}"))?;
        if let Some(comment) = &partition.comment {
            let sql = tx
                .query_one(
                    "select format('comment on table %s is %L', $1::text, $2::text)",
                    &[&name, comment],
                )
                .await?;
            tx.batch_execute(sql.get(0)).await?;
        }
    }
    Ok(())
}

/// The tables must be those of the backup, column by column.
fn check_shape(tables: &[Table], manifest: &Manifest) -> Result<()> {
    let theirs = |part: &TablePart| format!("{}.{}", part.schema, part.table);
    for part in &manifest.tables {
        let ours = tables.iter().find(|table| table.schema == part.schema && table.table == part.table);
        match ours {
            None => bail!("the database lacks the table {} of the backup", theirs(part)),
            Some(table) if table.columns != part.columns => {
                bail!("the table {} has other columns than in the backup", theirs(part))
            }
            Some(_) => {}
        }
    }
    if tables.len() != manifest.tables.len() {
        bail!("the database has {} tables, the backup {}", tables.len(), manifest.tables.len());
    }
    Ok(())
}

async fn fill(load: &Load<'_>, tx: &Transaction<'_>, table: &TablePart) -> Result<()> {
    let Some(part) = &table.part else { return Ok(()) };
    let columns: Vec<String> = table.columns.iter().map(|column| quoted(&column.name)).collect();
    let name = quoted_table(&table.schema, &table.table);
    let mut input = part::unpack(load.place, part, load.identity).await?;
    let sink = tx.copy_in(&format!("copy {name} ({}) from stdin", columns.join(", "))).await?;
    let mut sink = std::pin::pin!(sink);
    while let Some(bytes) = input.next().await {
        // Dropping the sink without finishing takes the rows back.
        sink.feed(bytes?).await?;
    }
    let rows = sink.finish().await?;
    if rows != table.sum.rows {
        bail!("{rows} of {} rows came in", table.sum.rows);
    }
    Ok(())
}

/// Every table's rows and every sum, as they are now.
async fn compare(load: &Load<'_>, tx: &Transaction<'_>, tables: &[Table]) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for table in tables {
        let mut rows = snapshot::rows(tx, table).await?;
        let mut adding = Adding::default();
        while let Some(bytes) = rows.next().await {
            adding.push(&bytes?);
        }
        let found = adding.done();
        let expected = load
            .manifest
            .tables
            .iter()
            .find(|part| part.schema == table.schema && part.table == table.table)
            .map(|part| part.sum.clone())
            .unwrap_or_default();
        let text = |sum: &crate::rows::RowSum| format!("{} rows, checksum {:.12}", sum.rows, sum.digest);
        lines.push(Line::new(format!("{}.{}", table.schema, table.table), text(&expected), text(&found)));
        load.progress.far(|| format!("tables compared: {} of {}", lines.len(), tables.len()));
    }
    let found = snapshot::figures(tx, load.figures).await?;
    lines.extend(compare_figures(&load.manifest.figures, &found));
    Ok(lines)
}
