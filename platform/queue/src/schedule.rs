//! Work that the clock starts, once in the whole house.

use std::{sync::Arc, time::Duration};

use cronexpr::{Crontab, MakeTimestamp};
use futures::FutureExt;
use jiff::{SignedDuration, Timestamp};
use rapport_base::Result;
use rapport_db::App;

use crate::{JobCx, JobInfo, Outcome, enqueue::enqueue_named, job::Run};

/// A run later than this is left out, unless the schedule catches up; and clocks of nodes may differ by it.
const LATE: SignedDuration = SignedDuration::from_mins(2);

/// A recurring piece of work beyond the workspaces. Whoever moves its row in
/// `queue.schedules` to the next time puts its job in, so one node starts it,
/// and it is tried again as any job. Its runs never overlap.
#[derive(Clone)]
pub struct Schedule {
    /// Frozen name, unique in the house.
    pub name: &'static str,
    /// When: minute, hour, day, month, weekday, in UTC: `*/15 * * * *`.
    pub cron: &'static str,
    times: Crontab,
    catches_up: bool,
    run: Run,
}

impl Schedule {
    /// A schedule from an `async fn(JobCx) -> Result<Outcome>`.
    ///
    /// # Panics
    /// When the times cannot be read: a fault of the program's text.
    pub fn new<F, Fut>(name: &'static str, cron: &'static str, run: F) -> Self
    where
        F: Fn(JobCx) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Outcome>> + Send + 'static,
    {
        let times = cronexpr::parse_crontab(&format!("{cron} UTC"))
            .unwrap_or_else(|error| panic!("schedule {name}: {error}"));
        Self { name, cron, times, catches_up: false, run: Arc::new(move |cx, _| run(cx).boxed()) }
    }

    /// After an outage it runs once for what was missed.
    #[must_use]
    pub fn catching_up(mut self) -> Self {
        self.catches_up = true;
        self
    }

    /// Runs it with the next free worker, whatever the clock says.
    ///
    /// # Errors
    /// A bug when the database refuses.
    pub async fn run_now(&self, app: &App) -> Result<()> {
        let tx = app.db.system().await?;
        enqueue_named(&tx, &self.job_name(), "now".into(), MAX_ATTEMPTS).await?;
        tx.commit().await
    }

    fn job_name(&self) -> String {
        format!("at:{}", self.name)
    }

    pub(crate) fn job(&self) -> JobInfo {
        JobInfo { name: self.job_name(), time_limit: Duration::from_secs(3600), run: self.run.clone() }
    }

    fn next(&self, after: Timestamp) -> Result<Timestamp> {
        Ok(self.times.find_next(MakeTimestamp(after))?.timestamp())
    }
}

const MAX_ATTEMPTS: i16 = 3;

/// Makes the schedules known; a changed time counts from now.
pub(crate) async fn register(app: &App, schedules: &[Schedule]) -> Result<()> {
    if schedules.is_empty() {
        return Ok(());
    }
    let now = app.clock.now();
    let tx = app.db.system().await?;
    for schedule in schedules {
        tx.execute(
            "insert into queue.schedules as s (name, cron, next_at) values ($1, $2, $3)
             on conflict (name) do update set cron = excluded.cron, next_at = excluded.next_at
             where s.cron <> excluded.cron",
            &[&schedule.name, &schedule.cron, &schedule.next(now)?],
        )
        .await?;
    }
    tx.commit().await
}

/// Starts what is due; returns how many runs it put in. A time that lies further ahead than the next
/// one is of a clock that has been set back since, and would keep everything waiting until then.
pub(crate) async fn tick(app: &App, schedules: &[Schedule]) -> Result<usize> {
    if schedules.is_empty() {
        return Ok(0);
    }
    let now = app.clock.now();
    let names: Vec<&str> = schedules.iter().map(|s| s.name).collect();
    let furthest = schedules.iter().map(|s| s.next(now + LATE)).collect::<Result<Vec<Timestamp>>>()?;
    let tx = app.db.system().await?;
    let found: Vec<(String, Timestamp)> = tx
        .query(
            "select s.name, s.next_at from queue.schedules s
             join unnest($1::text[], $2::timestamptz[]) as present(name, furthest) on present.name = s.name
             where s.next_at <= $3 or s.next_at > present.furthest
             order by s.next_at for update of s skip locked",
            &[&names, &furthest, &now],
        )
        .await?;
    let mut started = 0;
    for (name, at) in found {
        let Some(schedule) = schedules.iter().find(|s| s.name == name) else { continue };
        tx.execute("update queue.schedules set next_at = $2 where name = $1", &[&name, &schedule.next(now)?])
            .await?;
        if at > now {
            tracing::warn!(schedule = name, %at, "the clock was set back: a scheduled run comes earlier");
        } else if schedule.catches_up || now.duration_since(at) <= LATE {
            enqueue_named(&tx, &schedule.job_name(), "due".into(), MAX_ATTEMPTS).await?;
            started += 1;
        } else {
            tracing::warn!(schedule = name, %at, "a scheduled run was missed and is left out");
        }
    }
    tx.commit().await?;
    Ok(started)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(cron: &'static str) -> Schedule {
        Schedule::new("test", cron, |_| async { Ok(Outcome::Done) })
    }

    #[test]
    fn the_next_time_lies_after_the_present_one() {
        let at: Timestamp = "2026-11-21T10:15:00Z".parse().unwrap();
        assert_eq!(schedule("*/15 * * * *").next(at).unwrap(), "2026-11-21T10:30:00Z".parse().unwrap());
        assert_eq!(schedule("0 3 * * *").next(at).unwrap(), "2026-11-22T03:00:00Z".parse().unwrap());
        assert_eq!(schedule("30 4 1 * *").next(at).unwrap(), "2026-12-01T04:30:00Z".parse().unwrap());
    }

    #[test]
    #[should_panic(expected = "schedule test")]
    fn a_schedule_with_unreadable_times_is_refused_at_once() {
        let _ = schedule("whenever");
    }
}
