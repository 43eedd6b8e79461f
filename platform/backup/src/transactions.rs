//! The server's transaction ids.
//!
//! Rows may hold the id of the transaction that wrote them, and readers take what is above the
//! server's own counter for not yet finished. A new server counts from the beginning, so it is
//! led past the ids in the backup before these come in.

use anyhow::{Result, bail};
use tokio_postgres::Client;

use crate::progress::Progress;

const STEP: u64 = 100_000;
/// Beyond half of a round of ids the server would have to clean up in between.
const FARTHEST: u64 = 1_000_000_000;

/// Uses up transaction ids until the server's counter is above one.
pub(crate) async fn pass(client: &Client, target: u64, progress: &Progress) -> Result<()> {
    let mut now = counter(client).await?;
    if now > target {
        return Ok(());
    }
    if target - now > FARTHEST {
        bail!(
            "the server counts its transactions at {now}, the backup comes from one at {target}; \
             raise it first with PostgreSQL's pg_resetwal (--next-transaction-id and --epoch) while it is stopped"
        );
    }
    progress.step(&format!("leading the server's transaction ids from {now} past {target}"));
    client.batch_execute("create temporary table if not exists pg_temp.used (n integer)").await?;
    let began = now;
    while now <= target {
        let wanted = STEP.min(target + 1 - now);
        // Every block with an exception clause that writes uses up one id.
        client
            .batch_execute(&format!(
                "do $$ begin for n in 1 .. {wanted} loop
                   begin insert into pg_temp.used values (n); exception when division_by_zero then null; end;
                 end loop; end $$;
                 truncate pg_temp.used"
            ))
            .await?;
        now = counter(client).await?;
        progress.far(|| format!("transaction ids: {} of {}", now - began, target - began));
    }
    client.batch_execute("drop table pg_temp.used").await?;
    Ok(())
}

/// The id the server gives out next.
pub(crate) async fn counter(client: &Client) -> Result<u64> {
    let row = client.query_one("select pg_snapshot_xmax(pg_current_snapshot())::text", &[]).await?;
    Ok(row.get::<_, String>(0).parse()?)
}
