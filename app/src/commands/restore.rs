//! `rapport restore`: a backup back into a database.

mod at;
mod swap;

use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;
use rapport_backup::{Difference, Restored, Source, compare, database, is_kept, restore, rules::quoted};
use rapport_base::Clock;
use rapport_storage::Store;

use crate::{
    commands::backup::{owner, progress, told},
    keys,
    recovery::{self, FIGURES, REVOKE},
    settings::Settings,
    start::{self, Addresses},
};

/// Restore a backup.
#[derive(Args)]
pub struct Restore {
    /// Its name, the beginning of it, or `latest`.
    backup: String,
    /// Where it lies; RAPPORT_BACKUP_TO without.
    #[arg(long)]
    from: Option<String>,
    /// Into a new database of this name beside the live one.
    #[arg(long, conflicts_with = "replace")]
    into: Option<String>,
    /// The private database as it was at this instant, such as 2026-11-21T14:05:00Z; from the youngest
    /// backup before it, or the named one. Stop Rapport first.
    #[arg(long, conflicts_with_all = ["into", "workspace"])]
    at: Option<jiff::Timestamp>,
    /// Instead of the live database, whose name is to be typed here. The live one is kept under another name.
    #[arg(long)]
    replace: Option<String>,
    /// With --into: compare this workspace (its slug) with the live one.
    #[arg(long, requires = "into")]
    workspace: Option<String>,
    /// Exchange this workspace's rows in the live database for those of the backup, by way of the database
    /// named with --into (made if it is not there); type its slug. Others stay as they are, and what was there
    /// is kept under a name that takes it back when given instead of a backup.
    #[arg(long, conflicts_with_all = ["replace", "workspace", "at", "revoke_sessions"])]
    swap: Option<String>,
    /// End every session, token, API key and portal link.
    #[arg(long)]
    revoke_sessions: bool,
    /// Leave the files as they are.
    #[arg(long)]
    no_files: bool,
}

/// Runs it.
pub async fn run(settings: Settings, command: Restore) -> Result<()> {
    let began = Instant::now();
    match command.at {
        Some(instant) => at::run(&settings, &command, instant).await?,
        None => whole(&settings, &command).await?,
    }
    println!("took {:.1} s", began.elapsed().as_secs_f64());
    Ok(())
}

/// A backup as it is.
async fn whole(settings: &Settings, command: &Restore) -> Result<()> {
    start::data_dir(settings)?;
    let place = recovery::place(settings, command.from.as_deref())?;
    let source = Source::open(&place, &command.backup, &recovery::credentials(settings)?).await?;
    notice_keys(settings, &source)?;
    let addresses = start::database(settings).await?;
    let outcome = into_place(settings, command, &source, &addresses).await;
    addresses.stop().await?;
    outcome
}

/// Says so when sealed secrets would not open.
fn notice_keys(settings: &Settings, source: &Source) -> Result<()> {
    if !recovery::has_its_keys(&keys::load(settings)?, &source.manifest.notes) {
        eprintln!(
            "NOTICE: the key ring here is not the one of the backup. Everything comes back but sealed secrets \
             (second factors, integrations), and links sent before do not work. Put the key ring of the old \
             installation into the data directory (keys) or RAPPORT_MASTER_KEY first, if there is a copy."
        );
    }
    Ok(())
}

async fn into_place(settings: &Settings, command: &Restore, source: &Source, at: &Addresses) -> Result<()> {
    let owner = owner(at)?;
    let live = database::name(owner)?;
    if let Some(slug) = &command.swap {
        return swap::run(settings, command, slug, source, at).await;
    }
    if is_kept(&source.manifest.id) {
        bail!("that was kept of one workspace: --swap SLUG takes it back");
    }
    let store = match command.no_files {
        true => None,
        false => Some(start::store(settings, &start::data_dir(settings)?)?),
    };
    let work = Work { source, store: store.as_ref(), revoke: command.revoke_sessions };
    match (&command.into, &command.replace) {
        (Some(beside), _) => {
            work.fresh(owner, beside).await?;
            println!("restored into the database {beside}, beside {live}");
            if let Some(slug) = &command.workspace {
                difference(owner, beside, slug).await?;
            }
            Ok(())
        }
        (None, Some(typed)) if *typed != live => {
            bail!("the live database is called {live}: type that name after --replace to replace it")
        }
        (None, Some(_)) => {
            let kept = work.replace(owner, &live).await?;
            println!("restored; what was there before is kept in the database {kept}");
            look(at, &live).await
        }
        (None, None) => {
            work.empty(owner, &live).await?;
            println!("restored into the database {live}");
            look(at, &live).await
        }
    }
}

/// The checks of the modules over what was restored.
async fn look(at: &Addresses, name: &str) -> Result<()> {
    let lines = recovery::inspect(&at.app, name, &Clock::system()).await?;
    lines.iter().filter(|line| !line.agrees()).for_each(|line| println!("{line}"));
    println!("{} looked at: maintained figures and audit logs", lines.len());
    told(&lines)
}

struct Work<'a> {
    source: &'a Source,
    store: Option<&'a Store>,
    revoke: bool,
}

impl Work<'_> {
    async fn restore(&self, owner_url: &str) -> Result<Restored> {
        let order = rapport_backup::Restore {
            source: self.source,
            owner_url,
            store: self.store,
            figures: FIGURES,
            then: if self.revoke { REVOKE } else { &[] },
            progress: &progress(),
        };
        let restored = restore(order).await?;
        println!(
            "{} tables and sums are as in the backup of {}; {} files were missing and are back; {} newer migrations ran",
            restored.lines.len(),
            self.source.manifest.taken_at,
            restored.files,
            restored.migrated.len()
        );
        Ok(restored)
    }

    /// Into a database that is made for it, and dropped again when it fails.
    async fn fresh(&self, owner: &str, name: &str) -> Result<()> {
        let server = database::connect(owner).await?;
        if database::exists(&server, name).await? {
            bail!("there is already a database {name}; choose another name");
        }
        database::create(&server, name).await?;
        if let Err(error) = self.restore(&database::with_name(owner, name)?).await {
            database::drop(&server, name).await?;
            return Err(error);
        }
        Ok(())
    }

    /// Into the live database, which must have nothing in it yet.
    async fn empty(&self, owner: &str, live: &str) -> Result<()> {
        let server = database::connect(owner).await?;
        if is_occupied(&server).await? {
            bail!(
                "the database {live} is not empty: --into NAME restores beside it, --replace {live} instead of it"
            );
        }
        alone(&server, live).await?;
        let known = |name: &str| self.source.manifest.migrations.iter().any(|it| it.name == name);
        if migrations(&server).await?.iter().any(|name| !known(name)) {
            bail!("the database {live} was made by a newer Rapport than the backup: use --replace {live}");
        }
        drop(server);
        self.restore(owner).await?;
        Ok(())
    }

    /// Into a new database that then takes the live one's name; says the live one's new name.
    async fn replace(&self, owner: &str, live: &str) -> Result<String> {
        let server = database::connect(owner).await?;
        alone(&server, live).await?;
        let coming = format!("{live}_restoring");
        database::drop(&server, &coming).await?;
        self.fresh(owner, &coming).await?;
        alone(&server, live).await?;
        drop(server);
        let kept = format!("{live}_before_{}", Clock::system().now().strftime("%Y%m%dt%H%M%S"));
        let from_coming = database::connect(&database::with_name(owner, &coming)?).await?;
        database::rename(&from_coming, live, &kept).await?;
        drop(from_coming);
        let from_kept = database::connect(&database::with_name(owner, &kept)?).await?;
        if let Err(error) = database::rename(&from_kept, &coming, live).await {
            return Err(error.context(format!(
                "the live database is now called {kept} and the restored one {coming}: rename {coming} to {live}"
            )));
        }
        Ok(kept)
    }
}

/// Whether anyone has signed up in a database.
async fn is_occupied(client: &tokio_postgres::Client) -> Result<bool> {
    let made: bool = client.query_one("select to_regclass('identity.users') is not null", &[]).await?.get(0);
    if !made {
        return Ok(false);
    }
    // By their size, which the owner may see whatever the wall shows of the rows.
    let row = client
        .query_one(
            "select pg_relation_size('identity.users') > 0 or pg_relation_size('identity.workspaces') > 0",
            &[],
        )
        .await?;
    Ok(row.get(0))
}

async fn migrations(client: &tokio_postgres::Client) -> Result<Vec<String>> {
    let made: bool = client.query_one("select to_regclass('app.migrations') is not null", &[]).await?.get(0);
    if !made {
        return Ok(Vec::new());
    }
    let rows = client.query("select name from app.migrations", &[]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Refuses while somebody else works in the database.
async fn alone(client: &tokio_postgres::Client, name: &str) -> Result<()> {
    if database::users(client, name).await? > 0 {
        bail!("somebody is using the database {name}: stop Rapport first");
    }
    Ok(())
}

/// One workspace, live and restored.
async fn difference(owner: &str, beside: &str, slug: &str) -> Result<()> {
    let beside_url = database::with_name(owner, beside)?;
    let restored = database::connect(&beside_url).await?;
    let found = restored.query_opt("select id from identity.workspaces where slug = $1", &[&slug]).await?;
    let workspace = found.with_context(|| format!("the backup has no workspace {slug}"))?.get(0);
    let differences = compare(owner, &beside_url, workspace).await?;
    println!("{:40} {:>9} {:>9} {:>9} {:>9}", "table", "same", "changed", "only live", "only here");
    for Difference { table, same, changed, only_first, only_second } in
        differences.iter().filter(|difference| !difference.is_none())
    {
        println!("{table:40} {same:>9} {changed:>9} {only_first:>9} {only_second:>9}");
    }
    let equal = differences.iter().filter(|difference| difference.is_none()).count();
    println!("{equal} of {} tables of {slug} are equal", differences.len());
    println!("to put {slug} back: the same command with --swap {slug} instead of --workspace {slug}");
    println!("drop database {}; removes it when it is no longer needed", quoted(beside));
    Ok(())
}
