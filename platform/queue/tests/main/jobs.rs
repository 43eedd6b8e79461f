use jiff::SignedDuration;
use rapport_base::{Clock, WorkspaceId};
use rapport_db::Origin;
use rapport_queue::{
    Enqueue, dead, drain, drain_report, enqueue, enqueue_all, enqueue_system, enqueue_system_for, load,
};

use crate::house::{House, Note, notes};

fn frozen() -> Clock {
    Clock::frozen("2026-03-01T09:00:00Z".parse().unwrap())
}

#[tokio::test]
async fn a_job_lives_and_dies_with_the_transaction_that_put_it_in() {
    let house = House::new().await;
    let tx = house.begin().await;
    enqueue(&tx, &Note("never".into()), Enqueue::default()).await.unwrap();
    drop(tx);
    house.enqueue(&Note("kept".into()), Enqueue::default()).await;
    assert_eq!(drain(&house.app, &notes()).await.unwrap(), 1);
    assert_eq!(house.diary.lines(), ["kept#1"]);
    assert_eq!(house.number("select count(*) from queue.jobs").await, 0);
}

#[tokio::test]
async fn a_waiting_job_with_the_same_key_stands_for_both() {
    let house = House::with(frozen()).await;
    let later = house.app.clock.now() + SignedDuration::from_hours(1);
    house.enqueue(&Note("first".into()), Enqueue::key("k").not_before(later)).await;
    assert_eq!(drain(&house.app, &notes()).await.unwrap(), 0, "it is not due yet");
    house.enqueue(&Note("second".into()), Enqueue::key("k")).await;
    house.enqueue(&Note("third".into()), Enqueue::key("other")).await;
    drain(&house.app, &notes()).await.unwrap();
    assert_eq!(house.diary.lines(), ["first#1", "third#1"], "the first was moved up by the second");
    house.enqueue(&Note("fourth".into()), Enqueue::key("k")).await;
    drain(&house.app, &notes()).await.unwrap();
    assert_eq!(house.diary.lines().len(), 3, "a finished job's key is free again");
}

#[tokio::test]
async fn one_key_in_two_workspaces_means_two_jobs() {
    let house = House::new().await;
    house.enqueue(&Note("here".into()), Enqueue::key("k")).await;
    let there = house.app.db.begin(WorkspaceId::new(), Origin::system()).await.unwrap();
    enqueue(&there, &Note("there".into()), Enqueue::key("k")).await.unwrap();
    let seen: i64 = there.scalar("select count(*) from queue.jobs", &[]).await.unwrap();
    assert_eq!(seen, 1, "the wall stands between them");
    there.commit().await.unwrap();
    assert_eq!(drain(&house.app, &notes()).await.unwrap(), 2);
}

#[tokio::test]
async fn a_failing_job_is_tried_again_with_back_off_and_then_laid_aside() {
    let house = House::with(frozen()).await;
    house.enqueue(&Note("fail".into()), Enqueue::default()).await;
    let failed = drain_report(&house.app, &notes()).await.unwrap().failed;
    assert_eq!((failed.len(), failed[0].dead), (1, false));
    assert!(failed[0].error.contains("the provider is away"));
    house.app.clock.advance(SignedDuration::from_secs(3));
    assert_eq!(drain(&house.app, &notes()).await.unwrap(), 0, "it waits its time");
    house.app.clock.advance(SignedDuration::from_secs(4));
    assert!(drain(&house.app, &notes()).await.is_err());
    house.app.clock.advance(SignedDuration::from_secs(13));
    assert!(drain_report(&house.app, &notes()).await.unwrap().failed[0].dead);
    assert_eq!(house.diary.lines(), ["fail#1", "fail#2", "fail#3"]);

    let letters = dead::list(&house.app.db, None, 10).await.unwrap();
    assert_eq!((letters.len(), letters[0].attempt), (1, 3));
    assert_eq!(letters[0].last_error.as_deref(), Some("the provider is away"));
    assert_eq!(load(&house.app.db).await.unwrap()[0].dead, 1);
}

#[tokio::test]
async fn a_dead_letter_is_retried_or_discarded_by_hand() {
    let house = House::with(frozen()).await;
    for _ in 0..3 {
        house.enqueue(&Note("refuse".into()), Enqueue::default()).await;
    }
    let failed = drain_report(&house.app, &notes()).await.unwrap().failed;
    assert_eq!(failed.len(), 3);
    assert!(
        failed.iter().all(|f| f.dead && f.error == "tests.no: Not this one."),
        "a refusal gives up at once"
    );
    let letters = dead::list(&house.app.db, None, 2).await.unwrap();
    assert_eq!(dead::list(&house.app.db, Some(letters[1].id), 2).await.unwrap().len(), 1, "the list goes on");
    assert!(dead::discard(&house.app.db, letters[0].id).await.unwrap());
    assert!(!dead::retry(&house.app.db, letters[0].id).await.unwrap());
    assert!(dead::retry(&house.app.db, letters[1].id).await.unwrap());
    assert_eq!(dead::retry_all(&house.app.db).await.unwrap(), 1);
    assert_eq!(drain_report(&house.app, &notes()).await.unwrap().ran, 2);
}

#[tokio::test]
async fn a_dead_letter_whose_key_waits_again_is_covered_by_the_waiting_one() {
    let house = House::with(frozen()).await;
    house.enqueue(&Note("refuse".into()), Enqueue::key("k")).await;
    drain_report(&house.app, &notes()).await.unwrap();
    house.enqueue(&Note("fine".into()), Enqueue::key("k")).await;
    assert_eq!(dead::retry_all(&house.app.db).await.unwrap(), 1);
    assert_eq!(drain(&house.app, &notes()).await.unwrap(), 1);
    assert_eq!(house.number("select count(*) from queue.jobs").await, 0);
}

#[tokio::test]
async fn a_failed_job_gives_way_to_a_newer_one_with_its_key() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Again(bool);
    impl rapport_queue::Job for Again {
        const NAME: &'static str = "test.again";
        async fn run(self, cx: rapport_queue::JobCx) -> rapport_base::Result<rapport_queue::Outcome> {
            cx.app.parts.get::<crate::house::Diary>().write(if self.0 { "first" } else { "second" });
            if self.0 {
                let tx = cx.begin().await?;
                enqueue(&tx, &Again(false), Enqueue::key("k")).await?;
                tx.commit().await?;
                return Err(rapport_base::Error::message("once more"));
            }
            Ok(rapport_queue::Outcome::Done)
        }
    }
    let house = House::with(frozen()).await;
    let work =
        rapport_queue::Work { jobs: vec![rapport_queue::JobInfo::of::<Again>()], ..Default::default() };
    house.enqueue(&Again(true), Enqueue::key("k")).await;
    drain_report(&house.app, &work).await.unwrap();
    assert_eq!(house.diary.lines(), ["first", "second"]);
    assert_eq!(house.number("select count(*) from queue.jobs").await, 0, "nothing is left to retry");
}

#[tokio::test]
async fn a_panic_is_a_failed_attempt() {
    let house = House::with(frozen()).await;
    house.enqueue(&Note("panic".into()), Enqueue::default()).await;
    house.enqueue(&Note("fine".into()), Enqueue::default()).await;
    let drained = drain_report(&house.app, &notes()).await.unwrap();
    assert_eq!((drained.ran, drained.failed.len()), (2, 1));
    assert_eq!(drained.failed[0].error, "panic: out of coffee");
}

#[tokio::test]
async fn a_job_may_put_itself_off() {
    let house = House::with(frozen()).await;
    house.enqueue(&Note("later".into()), Enqueue::default()).await;
    drain(&house.app, &notes()).await.unwrap();
    house.app.clock.advance(SignedDuration::from_secs(61));
    drain(&house.app, &notes()).await.unwrap();
    assert_eq!(house.diary.lines(), ["later#1", "later#2"]);
}

#[tokio::test]
async fn workspaces_take_turns_and_priority_counts_within_one() {
    let house = House::new().await;
    let tx = house.begin().await;
    let many: Vec<_> = (0..50).map(|n| (Note(format!("a{n}")), None)).collect();
    enqueue_all(&tx, &many, Enqueue::default()).await.unwrap();
    enqueue(&tx, &Note("urgent".into()), Enqueue::default().priority(-1)).await.unwrap();
    tx.commit().await.unwrap();
    let system = house.app.db.system().await.unwrap();
    for n in 0..2 {
        enqueue_system_for(&system, WorkspaceId::new(), &Note(format!("b{n}")), Enqueue::default())
            .await
            .unwrap();
    }
    enqueue_system(&system, &Note("house".into()), Enqueue::default()).await.unwrap();
    system.commit().await.unwrap();
    assert_eq!(drain(&house.app, &notes()).await.unwrap(), 54);
    let first: Vec<_> = house.diary.lines().into_iter().take(4).collect();
    for line in ["urgent#1", "b0#1", "b1#1", "house#1"] {
        assert!(first.contains(&line.to_owned()), "{line} is not among {first:?}");
    }
}

#[tokio::test]
async fn a_waiting_job_does_not_start_before_the_change_that_asked_for_it_again() {
    let house = House::new().await;
    house.enqueue(&Note("health".into()), Enqueue::key("client")).await;
    let tx = house.begin().await;
    enqueue(&tx, &Note("health".into()), Enqueue::key("client")).await.unwrap();
    assert_eq!(drain(&house.app, &notes()).await.unwrap(), 0, "its change is not to be seen yet");
    tx.commit().await.unwrap();
    assert_eq!(drain(&house.app, &notes()).await.unwrap(), 1);
    assert_eq!(house.diary.lines().len(), 1);
}
