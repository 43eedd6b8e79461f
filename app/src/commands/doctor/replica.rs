//! The server that follows the database, if one is named: it answers, follows, and is close behind.

use rapport_backup::rules::size;
use rapport_db::{App, DbConfig, look};

use super::Finding;
use crate::settings::Settings;

const PART: &str = "replica";
/// More of the log than a replica should lack that is well.
const FAR: i64 = 16 * 1024 * 1024;
const REACH: &str = "see that it runs, that rapport_app may sign in there, and that DATABASE_REPLICA_URL is right; reports are read at the primary meanwhile";
const FOLLOW: &str = "let it follow the primary (`standby.signal`, `primary_conninfo`), or take DATABASE_REPLICA_URL away; reports are read at the primary meanwhile";

pub(super) async fn find(settings: &Settings, app: &App) -> Option<Finding> {
    let url = settings.find("DATABASE_REPLICA_URL")?;
    if let Err(error) = look(&DbConfig::new(url)).await {
        return Some(Finding::broken(PART, super::database::said(&error), REACH));
    }
    Some(match app.db.replica_behind().await {
        Err(error) => Finding::broken(PART, error.to_string(), FOLLOW),
        Ok(behind) => {
            let behind = behind.unwrap_or_default();
            let text = format!("{} behind", size(behind.unsigned_abs()));
            if behind > FAR { Finding::broken(PART, text, FOLLOW) } else { Finding::fine(PART, text) }
        }
    })
}
