//! Counters in `web.rate_counters`, shared by all nodes.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use rapport_base::Result;
use rapport_db::Db;

use super::{Counter, Policy, RateKey, RateStore};

/// Counts one attempt; moves the row exactly as `Counter::after_hit` does.
const HIT: &str = "
    insert into web.rate_counters as c (key, window_start, count, strikes, blocked_until)
    values ($1, $2, 1, 0, null)
    on conflict (key) do update
    set (window_start, count, strikes, blocked_until) = (
        select
            case when s.blocked then c.window_start when s.fresh then $2 else c.window_start end,
            case when s.blocked then c.count when s.fresh then 1 else least(c.count + 1, $3) end,
            case when s.blocked then c.strikes when s.quiet then 0
                when not s.fresh and c.count >= $3 then c.strikes + 1 else c.strikes end,
            case when s.blocked then c.blocked_until when s.quiet or s.ahead then null
                when not s.fresh and c.count >= $3
                then $2 + least($5 * (1::bigint << least(c.strikes, 20)), $6) * interval '1 millisecond'
                else c.blocked_until end
        from (
            select f.ahead, f.blocked, f.quiet,
                f.quiet or f.ahead or coalesce(c.blocked_until > c.window_start, false)
                    or c.window_start + $4 * interval '1 millisecond' <= $2 as fresh
            from (
                select a.ahead, coalesce(c.blocked_until > $2, false) and not a.ahead as blocked,
                    greatest(c.blocked_until, c.window_start)
                        + $7 * interval '1 millisecond' <= $2 as quiet
                from (
                    select c.window_start > $2 + $4 * interval '1 millisecond'
                        or coalesce(c.blocked_until > $2 + ($4 + $6) * interval '1 millisecond', false) as ahead
                ) a
            ) f
        ) s
    )
    returning window_start, count, strikes, blocked_until";

const REFUND: &str = "update web.rate_counters set count = greatest(count - 1, 0) where key = $1";

const FORGET: &str = "delete from web.rate_counters where key = $1";

/// A [`RateStore`] in PostgreSQL; each attempt is a transaction of its own.
#[derive(Clone)]
pub struct PostgresRateStore {
    db: Db,
}

rapport_db::row! {
    struct CounterRow {
        window_start: Timestamp,
        count: i32,
        strikes: i32,
        blocked_until: Option<Timestamp>,
    }
}

impl PostgresRateStore {
    /// Counts in this database.
    pub fn new(db: Db) -> Self {
        Self { db }
    }

    async fn change(&self, sql: &'static str, key: RateKey) -> Result<()> {
        let tx = self.db.system().await?;
        tx.execute(sql, &[&key.0.to_vec()]).await?;
        tx.commit().await
    }
}

impl RateStore for PostgresRateStore {
    fn hit(&self, key: RateKey, policy: Policy, now: Timestamp) -> BoxFuture<'_, Result<Counter>> {
        async move {
            let tx = self.db.system().await?;
            let row: CounterRow = tx
                .get(
                    HIT,
                    &[
                        &key.0.to_vec(),
                        &now,
                        &i32::try_from(policy.limit).unwrap_or(i32::MAX),
                        &millis(policy.window),
                        &millis(policy.first_delay),
                        &millis(policy.longest_delay),
                        &millis(policy.forget_after),
                    ],
                )
                .await?;
            tx.commit().await?;
            Ok(Counter {
                window_start: row.window_start,
                count: row.count.unsigned_abs(),
                strikes: row.strikes.unsigned_abs(),
                blocked_until: row.blocked_until,
            })
        }
        .boxed()
    }

    fn refund(&self, key: RateKey) -> BoxFuture<'_, Result<()>> {
        self.change(REFUND, key).boxed()
    }

    fn forget(&self, key: RateKey) -> BoxFuture<'_, Result<()>> {
        self.change(FORGET, key).boxed()
    }
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
