//! Making a workspace of a file: all of it, or nothing.
//!
//! The file is looked at whole before anything is written. Files go to the store first, below the new
//! workspace's id; rows come in within one transaction, as the application, behind the wall: a row of
//! another workspace cannot get in, whatever the file says. Before the end every foreign key, every
//! maintained figure and every sum of money is compared. When anything is wrong, nothing is left.

mod archive;
mod people;
mod rows;

use std::{collections::HashSet, path::PathBuf};

use anyhow::{Context, Result, bail, ensure};
use data_encoding::HEXLOWER;
use identity::workspaces::moving;
use rapport_backup::rules::quoted;
use rapport_base::WorkspaceId;
use rapport_db::{App, Origin, TenantTx};
use rapport_storage::{Area, Key, Store};
use rapport_web::House;
use tokio_stream::wrappers::ReceiverStream;
use uuid::Uuid;

use self::{
    archive::Archive,
    people::People,
    rows::{Changes, Place, Places},
};
use crate::{
    catalogue,
    events::WorkspaceImported,
    tables::{self, EVENTS, Policy, USERS, WORKSPACES},
    writing::{money, told},
};

/// What to import.
#[derive(Clone, Debug)]
pub struct Order {
    /// The file.
    pub path: PathBuf,
    /// Slug of the new workspace.
    pub slug: String,
    /// Its name; as in the file when none is said.
    pub name: Option<String>,
    /// Takes accounts here that never confirmed their address for those who have it.
    pub trusts_addresses: bool,
}

/// Someone who is a member now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newcomer {
    /// Address.
    pub email: String,
    /// Had no account here before.
    pub is_new: bool,
    /// Has an account here that never confirmed the address: the membership waits for an owner.
    pub is_held_back: bool,
}

/// What came in.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The new workspace.
    pub workspace_id: WorkspaceId,
    /// Rows.
    pub rows: u64,
    /// Events among them.
    pub events: u64,
    /// Files.
    pub files: u64,
    /// Sums of money that are the same as in the file.
    pub sums: usize,
    /// Maintained figures that were compared with their facts.
    pub checks: usize,
    /// Its members.
    pub people: Vec<Newcomer>,
}

/// Makes a new workspace of a file.
///
/// # Errors
/// In words, for a file that is damaged, newer, not what it says, or does not keep to the rules; nothing is
/// changed then.
pub async fn import(app: &App, order: &Order) -> Result<Imported> {
    if let Some(objection) = moving::objection_to_slug(&order.slug) {
        bail!("{:?} cannot be the slug: {objection}", order.slug);
    }
    let path = order.path.clone();
    let archive = tokio::task::spawn_blocking(move || Archive::open(&path)).await??;
    let workspace = WorkspaceId::from(Uuid::now_v7());
    let store: Store = app.parts.get();
    let done = async {
        let places = take_files(&store, &archive, workspace.uuid()).await?;
        take_rows(app, order, &archive, workspace, &places).await
    }
    .await;
    if done.is_err() {
        store
            .delete_workspace(workspace.uuid())
            .await
            .context("files that came in could not be removed again")?;
    }
    done
}

/// The room of the store that the bytes of a table lie in.
fn area(table: &str) -> Area {
    const FILES: Area = Area::new("files");
    const INVOICES: Area = Area::new("invoices");
    const BRAND: Area = Area::new("brand");
    match table {
        WORKSPACES => BRAND,
        "invoicing.invoice_pdfs" => INVOICES,
        _ => FILES,
    }
}

/// A new place for the bytes that lay at another.
fn fresh_key(table: &str, old: &str, workspace: Uuid) -> Result<Key> {
    let _: Key = old.parse().map_err(|_| anyhow::anyhow!("{old:?} is no place in a store"))?;
    let version = old.split('/').nth(3).and_then(|number| number.parse().ok()).unwrap_or(1);
    Ok(Key::new(workspace, area(table), Uuid::now_v7(), version))
}

/// Puts the files into the store, each compared with what the file says of it.
async fn take_files(store: &Store, archive: &Archive, workspace: Uuid) -> Result<Places> {
    let mut places = Places::new();
    for ((table, old), entry) in archive.files.iter() {
        let key = fresh_key(table, old, workspace)?;
        let mut sha256 = None;
        if let Some(part) = entry {
            let bytes = ReceiverStream::new(archive.bytes(&part.path));
            let stored = store
                .put_stream(&key, bytes, part.bytes)
                .await
                .with_context(|| format!("{:?} is damaged, or cannot be stored", part.path))?;
            let found = HEXLOWER.encode(&stored.sha256);
            ensure!(
                stored.bytes == part.bytes && found == part.sha256,
                "{:?} is not what the file says of it: the checksum differs",
                part.path
            );
            sha256 = Some(found);
        }
        places.insert((table.clone(), old.clone()), Place { key, sha256 });
    }
    Ok(places)
}

async fn take_rows(
    app: &App,
    order: &Order,
    archive: &Archive,
    workspace: WorkspaceId,
    places: &Places,
) -> Result<Imported> {
    let manifest = &archive.manifest;
    let reading = app.db.read(workspace).await.map_err(told)?;
    let all = catalogue::read(&reading).await.map_err(told)?;
    drop(reading);
    let now = app.clock.now();
    let tx = app.db.system().await.map_err(told)?;
    tx.be_patient().await.map_err(told)?;
    let (people, came) = People::take_in(&tx, archive, order.trusts_addresses).await?;
    let used = HashSet::new();
    let mut changes =
        Changes { people: &people, places, used, workspace: workspace.uuid(), now: now.to_string() };

    // The workspace itself, before anyone can be in it.
    let part = manifest
        .tables
        .iter()
        .find(|part| part.table == WORKSPACES)
        .context("the file lacks the workspace")?;
    let found = all.get(WORKSPACES).context("the database has workspaces")?;
    let table = tables::find(WORKSPACES).context("workspaces are listed")?;
    ensure!(part.rows == 1, "the file holds {} workspaces", part.rows);
    let line =
        archive.lines(&part.part.path).recv().await.context("the workspace cannot be read")??.remove(0);
    let mut change = changes.place(WORKSPACES, "logo_key", &serde_json::from_str(&line)?)?;
    change["id"] = workspace.to_string().into();
    change["slug"] = order.slug.as_str().into();
    if let Some(name) = &order.name {
        change["name"] = name.as_str().into();
    }
    if let Some(column) = part.columns.iter().find(|name| found.column(name).is_none()) {
        bail!("the column {column} of {WORKSPACES} is not known here: update this program first");
    }
    let columns: Vec<String> = part
        .columns
        .iter()
        .filter(|name| table.takes(name) || *name == "slug")
        .map(|name| quoted(name))
        .collect();
    let values: Vec<String> = columns.iter().map(|name| format!("r.{name}")).collect();
    let sql = format!(
        "insert into {WORKSPACES} ({}) select {} from jsonb_populate_record(null::{WORKSPACES}, $1::text::jsonb || $2::text::jsonb) r",
        columns.join(", "),
        values.join(", ")
    );
    tx.execute_composed(&sql, &[&line, &change.to_string()]).await.map_err(|error| {
        match rapport_db::constraint(&error) {
            Some("workspaces_slug_is_taken") => {
                anyhow::anyhow!("another workspace has the slug {}", order.slug)
            }
            _ => rows::refused(error, "the settings of the workspace"),
        }
    })?;

    // From here on behind the wall.
    let tx = tx.enter(workspace, Origin::system()).await.map_err(told)?;
    for setting in [format!("set local app.importing = '{workspace}'"), "set constraints all deferred".into()]
    {
        tx.execute_composed(&setting, &[]).await.map_err(told)?;
    }
    let carried: Vec<&catalogue::Found> = tables::TABLES
        .iter()
        .filter(|table| table.policy == Policy::Carried && !matches!(table.name, WORKSPACES | USERS))
        .filter_map(|table| all.get(table.name))
        .collect();
    let mut imported = Imported {
        workspace_id: workspace,
        rows: 1,
        events: 0,
        files: manifest.files.count,
        sums: 0,
        checks: 0,
        people: came,
    };
    for found in catalogue::order(&carried)? {
        let Some(part) = manifest.tables.iter().find(|part| part.table == found.name) else { continue };
        let count = rows::put_in(&tx, archive, part, &all, &mut changes).await?;
        imported.rows += count;
        if part.table == EVENTS {
            imported.events = count;
        }
    }
    if let Some((table, key)) = places.keys().find(|place| !changes.used.contains(*place)) {
        bail!("no row of {table} tells of the file that lay at {key:?}");
    }
    tx.execute_composed("set constraints all immediate", &[])
        .await
        .map_err(|error| rows::refused(error, "rows"))?;
    compare(app, &tx, archive, &mut imported).await?;
    tx.publish(&WorkspaceImported {
        workspace_id: workspace,
        from_workspace: manifest.workspace.id,
        from_slug: manifest.workspace.slug.clone(),
        exported_at: manifest.exported_at.to_string(),
        written_by: manifest.version.clone(),
        manifest_sha256: archive.manifest_sha256.clone(),
        rows: imported.rows,
        events: imported.events,
    });
    tx.commit().await.map_err(|error| rows::refused(error, "rows"))?;
    Ok(imported)
}

/// Holds what came in against the file's sums, and every maintained figure against its facts.
async fn compare(app: &App, tx: &TenantTx, archive: &Archive, imported: &mut Imported) -> Result<()> {
    let sums = money(app, tx).await?;
    if sums != archive.manifest.money {
        let other = sums.iter().find(|sum| !archive.manifest.money.contains(sum));
        let other = other.or_else(|| archive.manifest.money.iter().find(|sum| !sums.contains(sum)));
        let what = other.map_or_else(String::new, |sum| format!("{} in {}", sum.name, sum.currency));
        bail!("a sum of money is not the one the manifest names: {what}");
    }
    imported.sums = sums.len();
    let house: House = app.parts.get();
    for check in house.0.iter().flat_map(|module| &module.checks) {
        let differences = (check.run)(tx).await.map_err(told)?;
        if let Some(first) = differences.first() {
            bail!(
                "{} differ from their facts ({} times; {first}): run `rapport check` where the file was made",
                check.name,
                differences.len()
            );
        }
        imported.checks += 1;
    }
    Ok(())
}
