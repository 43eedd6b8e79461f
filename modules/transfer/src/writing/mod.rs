//! Writing everything of a workspace into one file.
//!
//! It reads as the application does, behind the wall, within one transaction that sees one instant. What
//! the wall hides is not in the file, whatever a statement says.

mod names;
mod pack;
mod sheet;

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, BufWriter, Seek, Write},
};

use anyhow::{Context, Result, anyhow, bail};
use futures::{StreamExt, TryStreamExt};
use rapport_backup::{Figure, rules::quoted};
use rapport_base::{Error, WorkspaceId};
use rapport_db::{App, TenantTx};
use rapport_storage::{Key, StorageError, Store};
use uuid::Uuid;

pub(crate) use pack::{GONE, Pack};

use crate::{
    catalogue::{self, Found},
    manifest::{
        FILES, FORMAT, FileLine, Files, KIND, MANIFEST, Manifest, Part, README, Source, Sum, TablePart,
        readme,
    },
    tables::{EVENTS, KEYS, MEMBERS, Policy, TABLES, Table, USERS, WORKSPACES},
    watch::Watch,
};

/// The sums of money that a file names, and that must be the same after an import. One of the parts.
#[derive(Clone, Copy, Debug)]
pub struct Figures(pub &'static [Figure]);

/// Writes everything of a workspace.
pub(crate) async fn write(
    app: &App,
    workspace: WorkspaceId,
    mut pack: Pack,
    watch: &mut Watch,
) -> Result<Manifest> {
    let tx = app.db.snapshot(workspace).await.map_err(told)?;
    let all = catalogue::read(&tx).await.map_err(told)?;
    if let Some(table) = all.keys().find(|name| crate::tables::find(name).is_none()) {
        bail!("nobody has said what becomes of the table {table} in an export");
    }
    let source: Option<(Uuid, String, String)> = tx
        .find(
            "select workspace_id, slug, name from identity.v_workspace where workspace_id = $1",
            &[&workspace],
        )
        .await
        .map_err(told)?;
    let (id, slug, name) = source.context("there is no such workspace")?;
    let now = app.clock.now();
    let mut parts = vec![pack.entry(README, &readme(&name, now)).await?];
    let told_tables: Vec<(&Table, &Found)> = TABLES
        .iter()
        .filter(|table| table.is_told())
        .filter_map(|table| all.get(table.name).map(|found| (table, found)))
        .collect();
    watch.begins(told_tables.len()).await?;
    let mut tables = Vec::new();
    for (table, found) in &told_tables {
        let part = rows(&tx, &mut pack, (table, found), workspace, watch).await;
        tables.push(part.with_context(|| format!("the table {}", table.name))?);
        if table.sheet.is_some() {
            let part = sheet(&tx, &mut pack, (table, found), &all, workspace, watch).await;
            parts.push(part.with_context(|| format!("the sheet of {}", table.name))?);
        }
        watch.table_done().await?;
    }
    tables.sort_by(|a: &TablePart, b| a.table.cmp(&b.table));
    let (files, index) = files(app, &tx, &mut pack, watch).await?;
    parts.push(index);
    let manifest = Manifest {
        kind: KIND.into(),
        format: FORMAT,
        version: env!("CARGO_PKG_VERSION").into(),
        migrations: rapport_db::migrations().map(|migration| migration.name.to_owned()).collect(),
        exported_at: now,
        workspace: Source { id, slug, name },
        tables,
        parts,
        files,
        money: money(app, &tx).await?,
    };
    pack.entry(MANIFEST, &serde_json::to_string_pretty(&manifest)?).await?;
    watch.ends().await?;
    pack.finish().await?;
    Ok(manifest)
}

/// The sums of money as one transaction sees them.
pub(crate) async fn money(app: &App, tx: &TenantTx) -> Result<Vec<Sum>> {
    let mut sums = Vec::new();
    for figure in app.parts.find::<Figures>().map_or(&[][..], |figures| figures.0) {
        let rows: Vec<(Uuid, String, i64, String)> = tx.query(figure.sql, &[]).await.map_err(told)?;
        sums.extend(rows.into_iter().map(|(_, currency, count, total)| Sum {
            name: figure.name.to_owned(),
            currency,
            count,
            total,
        }));
    }
    sums.sort();
    Ok(sums)
}

/// A table's rows, complete.
async fn rows(
    tx: &TenantTx,
    pack: &mut Pack,
    (table, found): (&Table, &Found),
    workspace: WorkspaceId,
    watch: &mut Watch,
) -> Result<TablePart> {
    let columns: Vec<String> =
        found.columns.iter().map(|column| column.name.clone()).filter(|name| table.tells(name)).collect();
    let listed: Vec<String> = columns.iter().map(|name| format!("t.{}", quoted(name))).collect();
    let key: Vec<String> = found.key.iter().map(|name| format!("t.{}", quoted(name))).collect();
    // History in the order it happened in: by it an import counts anew.
    let order = if table.name == EVENTS { "t.txid, t.seq".to_owned() } else { key.join(", ") };
    let whose = match table.name {
        USERS => format!(
            "exists (select 1 from {MEMBERS} m where m.workspace_id = '{workspace}' and m.user_id = t.id)"
        ),
        _ => format!("t.{} = '{workspace}'", quoted(table.workspace_column())),
    };
    let sql = format!(
        "select to_jsonb(r)::text from (select {} from {} t where {whose} order by {order}) r",
        listed.join(", "),
        found.quoted()
    );
    pack.begin(&format!("data/{}.jsonl", table.name), true).await?;
    let stream = tx.stream_composed::<(String,)>(&sql).await.map_err(told)?;
    let mut stream = std::pin::pin!(stream);
    let mut count = 0;
    while let Some((line,)) = stream.try_next().await.map_err(told)? {
        pack.push(line.as_bytes()).await?;
        pack.push(b"\n").await?;
        count += 1;
        watch.rows(1).await?;
    }
    Ok(TablePart {
        table: table.name.to_owned(),
        columns,
        carried: table.policy == Policy::Carried,
        rows: count,
        part: pack.end().await?,
    })
}

/// A table as people read it.
async fn sheet(
    tx: &TenantTx,
    pack: &mut Pack,
    (table, found): (&Table, &Found),
    all: &BTreeMap<String, Found>,
    workspace: WorkspaceId,
    watch: &mut Watch,
) -> Result<Part> {
    let plan = sheet::Plan::of(table, found, all, workspace);
    let shows_currency = plan.shows_currency(found);
    let name = table.sheet.map_or(table.name, |sheet| sheet.file);
    pack.begin(&format!("tables/{name}.csv"), true).await?;
    pack.push(plan.head.as_bytes()).await?;
    let stream = tx.stream_composed::<(Vec<Option<String>>,)>(&plan.sql).await.map_err(told)?;
    let mut stream = std::pin::pin!(stream);
    while let Some((cells,)) = stream.try_next().await.map_err(told)? {
        pack.push(plan.line(&cells, shows_currency).as_bytes()).await?;
        watch.rows(0).await?;
    }
    pack.end().await
}

/// The bytes that rows point at, and the index of them.
async fn files(app: &App, tx: &TenantTx, pack: &mut Pack, watch: &mut Watch) -> Result<(Files, Part)> {
    let store: Store = app.parts.get();
    let mut names = names::Names::default();
    let mut files = Files::default();
    // The index grows with the files: it waits on the disk, not in memory.
    let mut index = BufWriter::new(tempfile::tempfile()?);
    for (table, column) in KEYS {
        let stream =
            tx.stream_composed::<Placed>(&places(table, column, tx.workspace())).await.map_err(told)?;
        let mut stream = std::pin::pin!(stream);
        while let Some((key, folder, name, hint, kind)) = stream.try_next().await.map_err(told)? {
            let place: Key = key.parse().map_err(|_| anyhow!("{key:?} is no place in the store"))?;
            let entry = match store.get_stream(&place).await {
                Ok(download) => {
                    pack.begin(&names.give(&folder, &name, &hint), packs(&kind)).await?;
                    let mut bytes = download.stream;
                    while let Some(piece) = bytes.next().await {
                        pack.push(&piece?).await?;
                        watch.rows(0).await?;
                    }
                    Some(pack.end().await?)
                }
                Err(StorageError::NotFound) => None,
                Err(error) => return Err(error.into()),
            };
            match &entry {
                Some(part) => {
                    files.count += 1;
                    files.bytes += part.bytes;
                }
                None => files.missing += 1,
            }
            let line = FileLine { table: (*table).to_owned(), key, entry };
            serde_json::to_writer(&mut index, &line)?;
            index.write_all(b"\n")?;
            watch.file_done().await?;
        }
    }
    let mut index = index.into_inner()?;
    index.rewind()?;
    pack.begin(FILES, true).await?;
    for line in BufReader::new(index).lines() {
        pack.push(line?.as_bytes()).await?;
        pack.push(b"\n").await?;
    }
    Ok((files, pack.end().await?))
}

/// Where bytes lie, folder, name, what tells it from others, type of content.
type Placed = (String, String, String, String, String);

/// The statement that says where the bytes of a table lie, and what people call them.
fn places(table: &str, column: &str, workspace: WorkspaceId) -> String {
    match table {
        WORKSPACES => format!(
            "select {column}, 'brand', 'logo.' || split_part(logo_content_type, '/', 2), '', logo_content_type
             from {table} where id = '{workspace}' and {column} is not null"
        ),
        "files.file_versions" => format!(
            "select v.{column},
               case when f.deleted_at is not null then 'deleted' when f.purpose = 'file' then f.folder else f.purpose end,
               f.name, case when v.number = f.current_version then '' else ' (version ' || v.number || ')' end, v.content_type
             from {table} v join {files} f on f.workspace_id = v.workspace_id and f.id = v.file_id
             where v.workspace_id = '{workspace}' and v.purged_at is null and v.status <> 'rejected'
             order by v.file_id, v.number",
            files = "files.files"
        ),
        _ => format!(
            "select d.{column}, 'invoices', coalesce(i.invoice_number, d.invoice_id::text) || '.pdf', '', 'application/pdf'
             from {table} d join {invoices} i on i.workspace_id = d.workspace_id and i.id = d.invoice_id
             where d.workspace_id = '{workspace}' order by d.invoice_id",
            invoices = "invoicing.invoices"
        ),
    }
}

/// Whether packing makes such content smaller.
fn packs(content_type: &str) -> bool {
    content_type.starts_with("text/") || content_type.contains("json") || content_type.contains("xml")
}

/// An error of the house as one of this work.
pub(crate) fn told(error: Error) -> anyhow::Error {
    match error {
        Error::Bug(bug) => bug,
        refusal => anyhow!("{refusal}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_that_says_where_bytes_lie_belongs_to_a_table_that_moves() {
        for (table, column) in KEYS {
            let listed = crate::tables::find(table).unwrap();
            assert!(listed.policy == Policy::Carried && listed.takes(column));
            assert_eq!(crate::tables::key_column(table), Some(*column));
        }
    }
}
