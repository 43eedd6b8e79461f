//! What the program adds to backup and restore: its sums of money, its ways in, its keys, and
//! a look at a restored database with the eyes of the modules.

pub mod workspace;

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use rapport_backup::{
    Credentials, Figure, Line, Place,
    archive::{self, ArchiveOrder, Archiver, Archiving},
    database,
};
use rapport_base::{Clock, Keys, Parts, Secret, WorkspaceId};
use rapport_db::{App, Db, DbConfig};
use rapport_embedded::Cluster;

use crate::{commands::check, house, settings::Settings, start, start::told};

const KEYS: &str = "keys";

/// Sums of money per workspace and currency that must come back to the cent.
pub const FIGURES: &[Figure] = &[
    Figure {
        name: "issued invoices",
        sql: "select workspace_id, currency, count(*), sum(total_cents)::text from invoicing.invoices
              where state <> 'draft' group by 1, 2",
    },
    Figure {
        name: "draft invoices",
        sql: "select workspace_id, currency, count(*), sum(total_cents)::text from invoicing.invoices
              where state = 'draft' group by 1, 2",
    },
    Figure {
        name: "payments",
        sql: "select workspace_id, currency, count(*), sum(amount_cents)::text from invoicing.payments group by 1, 2",
    },
    Figure {
        name: "allocations",
        sql: "select a.workspace_id, p.currency, count(*), sum(a.amount_cents)::text
              from invoicing.payment_allocations a
              join invoicing.payments p on p.workspace_id = a.workspace_id and p.id = a.payment_id group by 1, 2",
    },
    Figure {
        name: "refunds",
        sql: "select r.workspace_id, p.currency, count(*), sum(r.amount_cents)::text
              from invoicing.refunds r
              join invoicing.payments p on p.workspace_id = r.workspace_id and p.id = r.payment_id group by 1, 2",
    },
];

/// Ends every session, token, key and link: whoever held one has to sign in anew.
pub const REVOKE: &[&str] = &[
    "delete from identity.sessions",
    "delete from identity.refresh_tokens",
    "delete from identity.refresh_families",
    "delete from identity.tokens",
    "delete from identity.signing_keys",
    "update identity.api_keys set revoked_at = now() where revoked_at is null",
    "update identity.invitations set status = 'revoked', revoked_at = now() where status = 'pending'",
    "update identity.memberships set calendar_hash = null where calendar_hash is not null",
    "update portal.guest_sessions set ended_at = now() where ended_at is null",
    "update portal.guest_codes set used_at = now() where used_at is null",
    "update portal.links set revoked_at = now() where revoked_at is null",
];

/// Where backups lie: as told on the command line, by the settings, or beside the data.
pub fn place(settings: &Settings, told: Option<&str>) -> Result<Place> {
    if let Some(address) = told.or_else(|| settings.find("RAPPORT_BACKUP_TO")) {
        return Place::open(address);
    }
    let folder = beside(settings)?;
    eprintln!("RAPPORT_BACKUP_TO is not set: backups lie in {folder}, on the same disk as the data");
    Place::open(&folder)
}

/// Sends the log of the private database to the backups from now on, where that is wished.
///
/// # Errors
/// When the database cannot be told that nothing is archived any more. A place that cannot be
/// reached is none: it is logged, and tried again.
pub async fn archive(settings: &Settings, cluster: Option<&Cluster>) -> Result<Option<Archiving>> {
    let Some(cluster) = cluster else { return Ok(None) };
    let owner_url = cluster.owner_url(start::DATABASE);
    match archive_order(settings, owner_url.clone())? {
        Some(order) => Ok(Some(Archiver::new(order).start())),
        None => {
            archive::forget(&owner_url).await?;
            Ok(None)
        }
    }
}

/// What is archived, and where to, where that is wished.
pub fn archive_order(settings: &Settings, owner_url: String) -> Result<Option<ArchiveOrder>> {
    let Some(every) = settings.archive_every()? else { return Ok(None) };
    let place = match settings.find("RAPPORT_BACKUP_TO") {
        Some(address) => address.to_owned(),
        None => beside(settings)?,
    };
    let credentials = Credentials { identity: None, ..credentials(settings)? };
    Ok(Some(ArchiveOrder { owner_url, place, credentials, every, clock: Clock::system() }))
}

/// The folder for backups when none is named.
fn beside(settings: &Settings) -> Result<String> {
    let folder = start::data_dir(settings)?.join("backups");
    Ok(folder.to_str().context("the data directory's name is not UTF-8")?.to_owned())
}

/// Who can read backups.
pub fn credentials(settings: &Settings) -> Result<Credentials> {
    let identity = match settings.find("RAPPORT_BACKUP_IDENTITY") {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read the identity file {path} (RAPPORT_BACKUP_IDENTITY)"))?;
            Some(Secret::new(text))
        }
        None => None,
    };
    Ok(Credentials {
        passphrase: settings.secret("RAPPORT_BACKUP_PASSPHRASE"),
        recipient: settings.find("RAPPORT_BACKUP_RECIPIENT").map(str::to_owned),
        identity,
    })
}

/// What a backup remembers of the key ring: a proof, not the keys.
#[must_use]
pub fn notes(keys: &Keys) -> BTreeMap<String, String> {
    BTreeMap::from([(KEYS.to_owned(), keys.proof("backup", KEYS.as_bytes()))])
}

/// Whether the key ring opens what the backup's installation sealed.
#[must_use]
pub fn has_its_keys(keys: &Keys, notes: &BTreeMap<String, String>) -> bool {
    notes.get(KEYS).is_some_and(|proof| keys.proves("backup", KEYS.as_bytes(), proof))
}

/// Looks at a restored database as the serving role: every maintained figure against its facts,
/// and every audit log against its seals.
pub async fn inspect(app_url: &str, database: &str, clock: &Clock) -> Result<Vec<Line>> {
    let config = DbConfig::new(&database::with_name(app_url, database)?);
    let db = Db::new(&config, clock.clone()).map_err(told)?;
    let app =
        rapport_web::assemble(db, clock.clone(), "http://localhost", Parts::default(), house::modules());
    inspect_app(&app).await.context("cannot look at the restored database as the serving role")
}

async fn inspect_app(app: &App) -> Result<Vec<Line>> {
    let (checks, workspaces, differences) = check::differences(app).await?;
    let what = format!("{checks} maintained figures in {workspaces} workspaces");
    let differ = |count: usize| format!("{count} differ from their facts");
    let mut lines = vec![Line::new(what, differ(0), differ(differences.len()))];
    let tx = app.db.system().await.map_err(told)?;
    let all: Vec<(WorkspaceId, String)> =
        tx.query("select id, slug from identity.workspaces order by slug", &[]).await.map_err(told)?;
    drop(tx);
    for (workspace, slug) in all {
        let report = audit::verify(app, workspace, None).await.map_err(told)?;
        let events = format!("{} events under {} seals", report.events, report.seals);
        let found = if report.is_intact() { format!("intact, {events}") } else { report.to_string() };
        lines.push(Line::new(format!("audit log of {slug}"), format!("intact, {events}"), found));
    }
    Ok(lines)
}
