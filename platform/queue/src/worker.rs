//! The worker: takes jobs, runs them, keeps their leases, and lets go in good order.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use rapport_base::{Result, WorkspaceId};
use rapport_db::{App, Db, DbConfig, Wake};
use tokio::{
    sync::{Notify, Semaphore, mpsc},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    JobInfo, Work,
    lease::{self, Back, HEARTBEAT, Leased, Taker},
    relay,
    rules::Ended,
    run, schedule, upkeep,
};

const POLL: Duration = Duration::from_secs(1);
const SETTLED_AT_ONCE: usize = 256;

/// Runs background jobs, the relay of events and the schedules in this process.
/// Any number of workers may run against one database.
pub struct Worker;

impl Worker {
    /// Starts with room for `concurrency` jobs at a time, on database
    /// connections of its own, so that requests never wait for jobs.
    ///
    /// # Errors
    /// When the database's URL cannot be read.
    ///
    /// # Panics
    /// When two jobs, listeners or schedules share a name.
    pub fn start(mut app: App, mut work: Work, concurrency: usize) -> Result<WorkerHandle> {
        let config = DbConfig { connections: concurrency + 4, ..app.db.config().clone() };
        app.db = Db::new(&config, app.clock.clone())?;

        work.schedules.extend(upkeep::schedules());
        let known = Arc::new(work.by_name());
        let taker = Taker::new(known.keys().cloned());
        let (results, settling) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            app: app.clone(),
            id: taker.id,
            known,
            held: Mutex::default(),
            room: Arc::new(Semaphore::new(concurrency)),
            freed: Notify::new(),
            stop: CancellationToken::new(),
        });
        let mut tasks = JoinSet::new();
        let events = Wake::listen(app.db.listen_url(), "spine", POLL);
        tasks.spawn(relay::keep_on(app.clone(), work.listeners.clone(), events, shared.stop.clone()));
        tasks.spawn(keep_time(app, work, shared.stop.clone()));
        tasks.spawn(keep_leases(shared.clone()));
        let settler = tokio::spawn(settle_all(shared.clone(), settling));
        let runner = tokio::spawn(take_and_run(shared.clone(), taker, results));
        Ok(WorkerHandle { shared, tasks, settler, runner, concurrency })
    }
}

/// A running worker. Dropping it cuts its jobs off; [`WorkerHandle::stop`] does not.
pub struct WorkerHandle {
    shared: Arc<Shared>,
    tasks: JoinSet<()>,
    settler: tokio::task::JoinHandle<()>,
    runner: tokio::task::JoinHandle<JoinSet<()>>,
    concurrency: usize,
}

impl WorkerHandle {
    /// Takes no more jobs, gives the running ones `grace` to end, and puts
    /// back those that did not, for other workers to take at once.
    pub async fn stop(mut self, grace: Duration) {
        self.shared.stop.cancel();
        let mut running = (&mut self.runner).await.unwrap_or_default();
        let everyone = u32::try_from(self.concurrency).unwrap_or(u32::MAX);
        let ended = timeout(grace, self.shared.room.acquire_many(everyone)).await.is_ok();
        running.shutdown().await;
        // The last sender went with the running jobs: the settler ends when all is written down.
        let _ = timeout(Duration::from_secs(5), &mut self.settler).await;
        if !ended {
            self.put_back().await;
        }
        self.tasks.shutdown().await;
    }

    async fn put_back(&self) {
        let held: Vec<_> = self.shared.held.lock().expect("no panic while held").drain().collect();
        for job in held {
            let back = Back { state: "ready", run_at: None, error: None, counts: false, lapsed: false };
            if let Err(error) = lease::put_back(&self.shared.app.db, self.shared.id, job, back).await {
                tracing::warn!(%error, id = job.1, "a background job stays leased until the lease lapses");
            }
        }
    }
}

impl Drop for WorkerHandle {
    fn drop(&mut self) {
        self.shared.stop.cancel();
        self.settler.abort();
        self.runner.abort();
    }
}

struct Shared {
    app: App,
    id: Uuid,
    known: Arc<HashMap<String, JobInfo>>,
    held: Mutex<HashSet<(WorkspaceId, i64, i16)>>,
    room: Arc<Semaphore>,
    freed: Notify,
    stop: CancellationToken,
}

impl Shared {
    fn hold(&self, job: &Leased) {
        self.held.lock().expect("no panic while held").insert((job.workspace, job.id, job.attempt));
    }
    fn let_go(&self, job: &Leased) {
        self.held.lock().expect("no panic while held").remove(&(job.workspace, job.id, job.attempt));
    }
}

/// Ends with the tasks of the jobs that still run.
async fn take_and_run(
    shared: Arc<Shared>,
    mut taker: Taker,
    results: mpsc::UnboundedSender<(Leased, Ended)>,
) -> JoinSet<()> {
    let mut wake = Wake::listen(shared.app.db.listen_url(), "queue", POLL);
    let mut running = JoinSet::new();
    while !shared.stop.is_cancelled() {
        while running.try_join_next().is_some() {}
        let room = tokio::select! {
            room = shared.room.clone().acquire_owned() => room.expect("the room is never closed"),
            () = shared.stop.cancelled() => break,
        };
        let batch = 1 + shared.room.available_permits();
        drop(room);
        let jobs = match taker.take(&shared.app.db, shared.app.clock.now(), batch).await {
            Ok(jobs) => jobs,
            Err(error) => {
                tracing::warn!(%error, "no background jobs to be had");
                sleep(POLL).await;
                continue;
            }
        };
        if jobs.is_empty() {
            tokio::select! {
                () = wake.next() => {}
                () = shared.freed.notified() => {}
                () = shared.stop.cancelled() => {}
            }
            continue;
        }
        for job in jobs {
            shared.hold(&job);
            let room = shared.room.clone().acquire_owned().await.expect("the room is never closed");
            let (shared, results) = (shared.clone(), results.clone());
            running.spawn(async move {
                let ended = run::attempt(&shared.app, &shared.known, &job).await;
                let _ = results.send((job, ended));
                drop(room);
            });
        }
    }
    running
}

/// Writes endings down; while one commit is under way the next batch gathers.
async fn settle_all(shared: Arc<Shared>, mut settling: mpsc::UnboundedReceiver<(Leased, Ended)>) {
    let mut batch = Vec::with_capacity(SETTLED_AT_ONCE);
    while settling.recv_many(&mut batch, SETTLED_AT_ONCE).await > 0 {
        let (done, others): (Vec<_>, Vec<_>) = batch.drain(..).partition(|(_, ended)| *ended == Ended::Done);
        let finished: Vec<_> = done.iter().map(|(job, _)| (job.workspace, job.id, job.attempt)).collect();
        if !finished.is_empty() {
            insist(|| lease::remove(&shared.app.db, shared.id, &finished)).await;
        }
        for (job, ended) in &others {
            let now = shared.app.clock.now();
            insist(|| lease::settle(&shared.app.db, now, shared.id, job, ended)).await;
        }
        for (job, _) in done.iter().chain(&others) {
            shared.let_go(job);
        }
        shared.freed.notify_one();
    }
}

/// Until the database has it: the job has run, and only this can say so.
async fn insist<F: Future<Output = Result<()>>>(write: impl Fn() -> F) {
    while let Err(error) = write().await {
        tracing::warn!(%error, "the end of background jobs is yet to be written down");
        sleep(Duration::from_millis(500)).await;
    }
}

async fn keep_leases(shared: Arc<Shared>) {
    loop {
        let held: Vec<_> =
            shared.held.lock().expect("no panic while held").iter().map(|h| (h.0, h.1)).collect();
        let kept = async {
            lease::renew(&shared.app.db, shared.id, &held).await?;
            lease::reclaim(&shared.app.db).await
        };
        match kept.await {
            Ok(0) => {}
            Ok(jobs) => {
                metrics::counter!("queue_reclaimed_total").increment(jobs as u64);
                tracing::warn!(jobs, "took background jobs back from a worker that stopped without a word");
                shared.freed.notify_one();
            }
            Err(error) => tracing::warn!(%error, "the leases of background jobs could not be renewed"),
        }
        sleep(HEARTBEAT).await;
    }
}

async fn keep_time(app: App, work: Work, stop: CancellationToken) {
    let mut registered = false;
    while !stop.is_cancelled() {
        let ticked = async {
            if !registered {
                schedule::register(&app, &work.schedules).await?;
            }
            schedule::tick(&app, &work.schedules).await
        };
        match ticked.await {
            Ok(_) => registered = true,
            Err(error) => tracing::warn!(%error, "the schedules could not be looked at"),
        }
        tokio::select! {
            () = sleep(POLL) => {}
            () = stop.cancelled() => {}
        }
    }
}
