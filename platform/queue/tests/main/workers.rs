use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use jiff::SignedDuration;
use rapport_base::{Clock, Result};
use rapport_queue::{Enqueue, Job, JobCx, JobInfo, Outcome, Schedule, Work, Worker, enqueue_all};
use serde::{Deserialize, Serialize};

use crate::house::{Diary, House, Note, notes};

/// One at a time; says when it finds company.
#[derive(Serialize, Deserialize)]
struct InLine(usize);

static IN_LINE: AtomicUsize = AtomicUsize::new(0);

impl Job for InLine {
    const NAME: &'static str = "test.in_line";
    fn queue(&self) -> Option<String> {
        Some("line".into())
    }
    async fn run(self, cx: JobCx) -> Result<Outcome> {
        let company = IN_LINE.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(3)).await;
        IN_LINE.fetch_sub(1, Ordering::SeqCst);
        cx.app.parts.get::<Diary>().write(format!("{} with {company}", self.0));
        Ok(Outcome::Done)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_of_a_serial_queue_run_one_at_a_time_and_in_order() {
    let house = House::new().await;
    let work = Work { jobs: vec![JobInfo::of::<InLine>(), JobInfo::of::<Note>()], ..Work::default() };
    let workers = [(); 2].map(|()| Worker::start(house.app.clone(), work.clone(), 4).unwrap());
    let tx = house.begin().await;
    let line: Vec<_> = (0..30).map(|n| (InLine(n), None)).collect();
    enqueue_all(&tx, &line, Enqueue::default()).await.unwrap();
    tx.commit().await.unwrap();
    house.diary.has(30).await;
    let expected: Vec<_> = (0..30).map(|n| format!("{n} with 0")).collect();
    assert_eq!(house.diary.lines(), expected);
    for worker in workers {
        worker.stop(Duration::from_secs(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_runs_once_however_many_workers_there_are() {
    let house = House::with(Clock::frozen("2026-03-01T08:59:30Z".parse().unwrap())).await;
    let nightly = Schedule::new("hourly", "0 * * * *", |cx: JobCx| async move {
        cx.app.parts.get::<Diary>().write(cx.app.clock.now().to_string());
        Ok(Outcome::Done)
    });
    let patient = Schedule::new("patient", "0 * * * *", |cx: JobCx| async move {
        cx.app.parts.get::<Diary>().write("caught up");
        Ok(Outcome::Done)
    })
    .catching_up();
    let work = Work { schedules: vec![nightly, patient], ..Work::default() };
    let workers = [(); 2].map(|()| Worker::start(house.app.clone(), work.clone(), 2).unwrap());
    while house.number("select count(*) from queue.schedules").await < 4 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    house.app.clock.advance(SignedDuration::from_secs(40));
    house.diary.has(2).await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let mut lines = house.diary.lines();
    lines.sort();
    assert_eq!(lines, ["2026-03-01T09:00:10Z", "caught up"]);

    house.app.clock.advance(SignedDuration::from_hours(5));
    house.diary.has(3).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(
        house.diary.lines()[2..],
        ["caught up"],
        "one run for all that was missed, and only where it was asked for"
    );
    for worker in workers {
        worker.stop(Duration::from_secs(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_set_back_does_not_keep_schedules_waiting_until_it_is_there_again() {
    let house = House::with(Clock::frozen("2026-03-08T08:59:30Z".parse().unwrap())).await;
    let hourly = Schedule::new("hourly", "0 * * * *", |cx: JobCx| async move {
        cx.app.parts.get::<Diary>().write(cx.app.clock.now().to_string());
        Ok(Outcome::Done)
    });
    let worker =
        Worker::start(house.app.clone(), Work { schedules: vec![hourly], ..Work::default() }, 2).unwrap();
    let next = "select extract(epoch from next_at)::int8 from queue.schedules where name = 'hourly'";
    let nine = "2026-03-08T09:00:00Z".parse::<jiff::Timestamp>().unwrap().as_second();
    while house.number("select count(*) from queue.schedules where name = 'hourly'").await < 1 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    house.app.clock.advance(SignedDuration::from_secs(-60));
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(house.number(next).await, nine, "clocks may differ by seconds");
    house.app.clock.advance(SignedDuration::from_hours(-24 * 7));
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while house.number(next).await != nine - 7 * 86_400 {
        assert!(std::time::Instant::now() < deadline, "it is due a week earlier");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    house.app.clock.advance(SignedDuration::from_secs(120));
    house.diary.has(1).await;
    worker.stop(Duration::from_secs(5)).await;
    assert_eq!(house.diary.lines(), ["2026-03-01T09:00:30Z"]);
}

/// Takes its time in the first attempt.
#[derive(Serialize, Deserialize)]
struct Long;

impl Job for Long {
    const NAME: &'static str = "test.long";
    async fn run(self, cx: JobCx) -> Result<Outcome> {
        cx.app.parts.get::<Diary>().write(format!("begun {}", cx.attempt));
        let again = cx.app.parts.get::<Diary>().lines().len() > 1;
        tokio::time::sleep(Duration::from_secs(if again { 0 } else { 3_600 })).await;
        Ok(Outcome::Done)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_of_it_works_behind_a_pooler_that_forgets_prepared_statements() {
    let house = House::new().await.behind_a_pooler();
    let mut work = notes();
    work.listeners.push(rapport_queue::Listener::new("hear", &["*"], crate::events::remember));
    let worker = Worker::start(house.app.clone(), work, 2).unwrap();
    house.enqueue(&Note("first".into()), Enqueue::key("k")).await;
    house.diary.has(1).await;
    crate::events::publish(&house, house.workspace).await;
    house.diary.has(2).await;
    house.enqueue(&Note("refuse".into()), Enqueue::default()).await;
    house.diary.has(3).await;
    worker.stop(Duration::from_secs(5)).await;
    assert_eq!(rapport_queue::dead::list(&house.app.db, None, 5).await.unwrap().len(), 1);
    assert_eq!(rapport_queue::dead::retry_all(&house.app.db).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_spine_is_kept_in_shape_by_every_worker() {
    let house = House::with(Clock::frozen("2026-03-01T01:00:00Z".parse().unwrap())).await;
    house
        .owner
        .batch_execute(
            "insert into spine.deliveries (workspace_id, event_id, listener, done_at)
             select gen_random_uuid(), gen_random_uuid(), 'old', now() - n * interval '1 day' from generate_series(0, 120, 40) n",
        )
        .await
        .unwrap();
    let worker = Worker::start(house.app.clone(), Work::default(), 2).unwrap();
    while house.number("select count(*) from queue.schedules").await < 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    house.app.clock.advance(SignedDuration::from_hours(1));
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while house.number("select count(*) from spine.deliveries").await != 3 {
        assert!(std::time::Instant::now() < deadline, "old deliveries are forgotten");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    worker.stop(Duration::from_secs(5)).await;
    assert_eq!(house.number("select count(*) from queue.jobs").await, 0, "both pieces of upkeep went well");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_stops_hands_unfinished_jobs_to_the_next() {
    let house = House::new().await;
    let work = Work { jobs: vec![JobInfo::of::<Long>()], ..Work::default() };
    let worker = Worker::start(house.app.clone(), work.clone(), 2).unwrap();
    house.enqueue(&Long, Enqueue::default()).await;
    house.diary.has(1).await;
    worker.stop(Duration::from_millis(50)).await;
    assert_eq!(house.number("select count(*) from queue.jobs where state = 'ready'").await, 1);
    let worker = Worker::start(house.app.clone(), work, 2).unwrap();
    house.diary.has(2).await;
    worker.stop(Duration::from_secs(5)).await;
    assert_eq!(house.diary.lines(), ["begun 1", "begun 1"], "the cut-off attempt does not count");
    assert_eq!(house.number("select count(*) from queue.jobs").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_workers_job_is_taken_back_when_its_lease_lapses() {
    let house = House::new().await;
    let work = Work { jobs: vec![JobInfo::of::<Long>()], ..Work::default() };
    let app = house.app.clone();
    let (doomed, killed) = (work.clone(), std::sync::mpsc::channel::<()>());
    let thread = std::thread::spawn(move || {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let worker = runtime.block_on(async { Worker::start(app, doomed, 2).unwrap() });
        let _ = killed.1.recv();
        std::mem::forget(worker);
        runtime.shutdown_background();
    });
    house.enqueue(&Long, Enqueue::default()).await;
    house.diary.has(1).await;
    killed.0.send(()).unwrap();
    thread.join().unwrap();
    let left = "select extract(epoch from leased_until - clock_timestamp())::int8 from queue.jobs";
    assert!(house.number(left).await <= 40, "with a look every ten seconds that is less than a minute");
    house.owner.execute("update queue.jobs set leased_until = now()", &[]).await.unwrap();
    let worker = Worker::start(house.app.clone(), work, 2).unwrap();
    house.diary.has(2).await;
    worker.stop(Duration::from_secs(5)).await;
    assert_eq!(house.diary.lines(), ["begun 1", "begun 2"]);
    assert_eq!(house.number("select count(*) from queue.jobs").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_of_a_clock_that_has_been_set_back_since_has_lapsed() {
    let house = House::new().await;
    house.enqueue(&Note("held".into()), Enqueue::default()).await;
    house
        .owner
        .execute(
            "update queue.jobs set state = 'running', attempt = 1, leased_by = gen_random_uuid(),
               leased_until = now() + interval '7 days'",
            &[],
        )
        .await
        .unwrap();
    let worker = Worker::start(house.app.clone(), notes(), 2).unwrap();
    house.diary.has(1).await;
    worker.stop(Duration::from_secs(5)).await;
    assert_eq!(house.number("select count(*) from queue.jobs").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_jobs_each_run_once_on_two_workers() {
    let house = House::new().await;
    let tx = house.begin().await;
    let many: Vec<_> = (0..10_000).map(|n| (Note(n.to_string()), None)).collect();
    enqueue_all(&tx, &many, Enqueue::default()).await.unwrap();
    tx.commit().await.unwrap();
    let begun = std::time::Instant::now();
    let workers = [(); 2].map(|()| Worker::start(house.app.clone(), notes(), 16).unwrap());
    house.diary.has(10_000).await;
    let took = begun.elapsed();
    for worker in workers {
        worker.stop(Duration::from_secs(5)).await;
    }
    println!("10,000 jobs in {took:?}: {:.0} a second", 10_000.0 / took.as_secs_f64());
    let mut lines = house.diary.lines();
    lines.sort();
    lines.dedup();
    assert_eq!(lines.len(), 10_000);
    assert_eq!(house.number("select count(*) from queue.jobs").await, 0);
}
