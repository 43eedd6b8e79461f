//! The log of the private database on its way to the backups.

use std::time::Duration;

use rapport_backup::{Place, archive, rules::size};
use rapport_base::Clock;

use super::Finding;
use crate::{recovery, settings::Settings, start::Addresses};

const PART: &str = "point in time";
/// How much longer than wished the log may take before that is a sign.
const LATE: Duration = Duration::from_secs(120);

/// Nothing, unless it is wished for.
pub(super) async fn look(settings: &Settings, addresses: &Addresses) -> Option<Finding> {
    let every = settings.archive_every().ok().flatten()?;
    if settings.find("DATABASE_URL").is_some() {
        let text = "RAPPORT_ARCHIVE_SECONDS has no effect on an own PostgreSQL";
        return Some(Finding::notice(PART, text, "archive its log with its own means (pgBackRest, WAL-G)"));
    }
    let owner = addresses.owner.clone()?;
    let looked = async {
        let order = recovery::archive_order(settings, owner)?;
        let Some(order) = order else { return Ok(None) };
        let place = Place::open(&order.place)?;
        let (missing, through) = archive::lag(&order.owner_url, &place).await?;
        let (backups, _) = place.backups().await?;
        let newest = backups.into_iter().rfind(|backup| backup.base.is_some());
        let reached = match newest {
            Some(backup) => archive::reachable(&place, &backup).await?,
            None => None,
        };
        Ok::<_, anyhow::Error>(Some((missing, through, reached)))
    };
    let runs = addresses.cluster.is_none();
    Some(match looked.await {
        Ok(None) => return None,
        Ok(Some((missing, through, reached))) => {
            let behind = Clock::system().now().duration_since(through);
            let text = format!("{} of log are not in the place, which reaches {through}", size(missing));
            let limit = every + LATE;
            if runs && behind.as_secs() > limit.as_secs().try_into().unwrap_or(i64::MAX) {
                let advice =
                    "the program's log says why under `not archived`; check RAPPORT_BACKUP_TO and its room";
                Finding::broken(PART, text, advice)
            } else {
                match reached {
                    Some((from, to)) if to == through => Finding::fine(PART, format!("from {from} to {to}")),
                    Some((from, to)) => Finding::broken(
                        PART,
                        format!("from {from} to {to} only: a piece of the log is missing behind it"),
                        "rapport backup, from which the log leads on",
                    ),
                    None => Finding::broken(
                        PART,
                        format!("{text}, but no backup leads on to it"),
                        "rapport backup",
                    ),
                }
            }
        }
        Err(error) => Finding::broken(
            PART,
            format!("{error:#}"),
            "see that `rapport serve` runs with RAPPORT_ARCHIVE_SECONDS; its log says why under `not archived`",
        ),
    })
}
