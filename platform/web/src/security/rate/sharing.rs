//! What the budgets of each node have given out, told to the others every second:
//! one statement for all keys in use, none while nobody calls.

use std::{collections::HashMap, sync::Arc, time::Duration};

use jiff::Timestamp;
use rapport_base::Result;
use rapport_db::{App, Db};
use sha2::{Digest, Sha256};

use super::{
    Budgets,
    budgets::{FURTHEST, Spent},
};

const EVERY: Duration = Duration::from_secs(1);

/// A budget is the row of a counter that never counts: `blocked_until` says when it is full again.
const EXCHANGE: &str = "
    insert into web.rate_counters as c (key, window_start, count, blocked_until)
    select key, $3, 0, $3 + spent * interval '1 microsecond'
    from unnest($1::bytea[], $2::bigint[]) as taken(key, spent) order by key
    on conflict (key) do update
    set window_start = $3, blocked_until = (excluded.blocked_until - $3)
        + case when c.blocked_until between $3 and $3 + $4 * interval '1 second' then c.blocked_until else $3 end
    returning key, blocked_until";

/// Shares the budgets among the parts with all other nodes, until aborted.
pub async fn share(app: App) {
    let Some(budgets) = app.parts.find::<Arc<Budgets>>() else { return };
    loop {
        tokio::time::sleep(EVERY).await;
        if let Err(error) = budgets.exchange(&app.db, app.clock.now()).await {
            tracing::debug!(%error, "the budgets could not be shared");
        }
    }
}

impl Budgets {
    /// Tells what was taken here since the last time, and hears what was taken everywhere.
    ///
    /// # Errors
    /// When the database cannot be asked; what was taken is told the next time.
    pub async fn exchange(&self, db: &Db, now: Timestamp) -> Result<()> {
        let spent = self.collect();
        if spent.is_empty() {
            return Ok(());
        }
        match told(db, &spent, now).await {
            Ok(full_at) => {
                self.heard(&full_at);
                Ok(())
            }
            Err(error) => {
                self.put_back(spent);
                Err(error)
            }
        }
    }
}

async fn told<'a>(db: &Db, spent: &'a [Spent], now: Timestamp) -> Result<Vec<(&'a str, Timestamp)>> {
    let named: HashMap<Vec<u8>, &Spent> = spent.iter().map(|spent| (hash(&spent.key), spent)).collect();
    let (keys, micros): (Vec<&[u8]>, Vec<i64>) =
        named.iter().map(|(hash, spent)| (hash.as_slice(), spent.nanos / 1_000)).unzip();
    let furthest = i64::try_from(FURTHEST.as_secs()).unwrap_or(i64::MAX);
    let tx = db.system().await?;
    let rows: Vec<(Vec<u8>, Timestamp)> = tx.query(EXCHANGE, &[&keys, &micros, &now, &furthest]).await?;
    tx.commit().await?;
    Ok(rows.iter().filter_map(|(hash, full_at)| Some((&*named.get(hash)?.key, *full_at))).collect())
}

fn hash(key: &str) -> Vec<u8> {
    Sha256::new().chain_update("budget:").chain_update(key).finalize().to_vec()
}
