//! `rapport restore --at`: the private database as it was at an instant.

use anyhow::{Context, Result, bail};
use rapport_backup::{archive::reach, database};
use rapport_base::Clock;
use rapport_embedded::{Comeback, Neighbour, Reached};

use super::{Restore, look, notice_keys};
use crate::{
    commands::backup::{owner, progress},
    recovery::{self, REVOKE},
    settings::Settings,
    start,
};

/// Brings the private cluster back to an instant.
pub(super) async fn run(settings: &Settings, command: &Restore, at: jiff::Timestamp) -> Result<()> {
    if settings.find("DATABASE_URL").is_some() {
        bail!("a point in time is for the private PostgreSQL; an own one has its own tools for that");
    }
    let data = start::data_dir(settings)?;
    let folder = data.join("postgres");
    if Neighbour::find(&folder).is_some() {
        bail!("somebody is using the private database: stop Rapport first");
    }
    let place = recovery::place(settings, command.from.as_deref())?;
    let way = reach(&place, &command.backup, &recovery::credentials(settings)?, at).await?;
    notice_keys(settings, &way.source)?;
    let mut comeback = Comeback::begin(&folder)?;
    if comeback.replaces() && command.replace.as_deref() != Some(start::DATABASE) {
        comeback.give_up();
        bail!(
            "there is a private database in {}: type its name after --replace ({}) to replace it",
            folder.display(),
            start::DATABASE
        );
    }
    println!("to {at} from the backup {}: {}", way.source.envelope.id, way.described());
    let told = progress();
    let recovered = async {
        way.write(comeback.folder(), &told).await?;
        told.step("PostgreSQL goes through the log");
        comeback.recover(&start::cluster_options(settings, folder.clone()), &at.to_string()).await
    }
    .await;
    let reached = match recovered {
        Ok(reached) => reached,
        Err(error) => {
            comeback.give_up();
            return Err(error.context("nothing was changed"));
        }
    };
    let kept = comeback.take_place(&Clock::system().now().strftime("%Y%m%dt%H%M%S").to_string())?;
    println!(
        "restored to {at}{}",
        match reached {
            Reached::Target => "",
            Reached::End => ", behind the last write of the log",
        }
    );
    if let Some(kept) = kept {
        println!(
            "what was there before is kept in {}; remove it when it is no longer needed",
            kept.display()
        );
    }
    if !command.no_files {
        let files = way.put_back_files(&start::store(settings, &data)?, &told).await?;
        println!("{files} files were missing and are back");
    }
    after(settings, command.revoke_sessions).await?;
    println!(
        "the log begins a line of its own here: run `rapport backup` once it serves, for points in time from then on"
    );
    Ok(())
}

/// Up to date, rid of sessions if wished, and looked at.
async fn after(settings: &Settings, revoke: bool) -> Result<()> {
    let addresses = start::database(settings).await?;
    let done = async {
        let owner = owner(&addresses)?;
        rapport_db::migrate(owner).await?;
        if revoke {
            let mut client = database::connect(owner).await?;
            let tx = client.transaction().await?;
            for statement in REVOKE {
                tx.batch_execute(statement).await?;
            }
            tx.commit().await.context("cannot end the sessions")?;
            println!("every session, token, API key and portal link is ended");
        }
        look(&addresses, start::DATABASE).await
    }
    .await;
    addresses.stop().await?;
    done
}
