//! `rapport restore --swap`: one workspace as it was, all others as they are.

use anyhow::{Result, bail};
use rapport_backup::{Exchanged, Rows, Source, Swap, database, is_kept, swap};
use rapport_base::Clock;

use super::{Restore, Work, look};
use crate::{
    commands::{
        backup::{owner, progress},
        listings::VERSION,
    },
    keys,
    recovery::{self, workspace},
    settings::Settings,
    start::{self, Addresses},
};

/// Exchanges the rows of one workspace for those of a backup, or of what an earlier swap kept.
pub(super) async fn run(
    settings: &Settings,
    command: &Restore,
    slug: &str,
    source: &Source,
    at: &Addresses,
) -> Result<()> {
    let live = owner(at)?;
    let id = workspace::find(live, slug).await?;
    let store = start::store(settings, &start::data_dir(settings)?)?;
    let beside = match (is_kept(&source.manifest.id), &command.into) {
        (true, _) => None,
        (false, Some(name)) => Some(name.as_str()),
        (false, None) => bail!(
            "first look at it: `rapport restore {} --into beside --workspace {slug}`, then the same with --swap instead of --workspace",
            command.backup
        ),
    };
    let beside_url = match beside {
        Some(name) => {
            let server = database::connect(live).await?;
            if database::exists(&server, name).await? {
                println!("the rows come from the database {name}, as it is");
            } else {
                Work { source, store: None, revoke: false }.fresh(live, name).await?;
            }
            Some(database::with_name(live, name)?)
        }
        None => None,
    };
    let rows = match &beside_url {
        Some(url) => Rows::Database(url),
        None => Rows::Kept(source),
    };
    let told = progress();
    if !command.no_files {
        let files = source.put_back_files(&store, id, &told).await?;
        println!("{files} files were missing and are back");
    }
    let mut notes = recovery::notes(&keys::load(settings)?);
    notes.insert("workspace".to_owned(), slug.to_owned());
    let rules = workspace::Rules::new(source, &rows);
    let clock = Clock::system();
    let swapped = swap(Swap {
        owner_url: live,
        rows,
        workspace: id,
        rules: rules.rules(),
        place: &recovery::place(settings, command.from.as_deref())?,
        credentials: &recovery::credentials(settings)?,
        notes,
        version: VERSION,
        clock: &clock,
        progress: &told,
    })
    .await?;
    println!("{:40} {:>9} {:>9}", "table", "went", "came");
    for Exchanged { table, went, came } in &swapped.tables {
        println!("{table:40} {went:>9} {came:>9}");
    }
    println!(
        "{slug} is as it was at {}; whoever wrote waited {:.1} s",
        source.manifest.taken_at,
        swapped.held.as_secs_f64()
    );
    println!("what was there is kept for thirty days: rapport restore {} --swap {slug}", swapped.kept);
    look(at, &database::name(live)?).await
}
