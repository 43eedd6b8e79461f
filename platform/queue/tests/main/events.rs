use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures::StreamExt;
use rapport_base::{Error, Result, WorkspaceId};
use rapport_db::{About, Event, EventRecord, Origin, TenantTx};
use rapport_queue::{Feed, JobCx, Listener, Work, Worker, drain, drain_report};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::house::{Diary, House, connect};

#[derive(Serialize, Deserialize)]
struct DealWon {
    deal: Uuid,
}

impl Event for DealWon {
    const KIND: &'static str = "deal.won";
    fn about(&self) -> About {
        About::new("deal", self.deal)
    }
    fn summary(&self) -> String {
        "won the deal".into()
    }
}

pub async fn publish(house: &House, workspace: WorkspaceId) -> Uuid {
    let deal = Uuid::now_v7();
    let tx = house.app.db.begin(workspace, Origin::system()).await.unwrap();
    tx.publish(&DealWon { deal });
    tx.commit().await.unwrap();
    deal
}

pub async fn remember(cx: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    tx.execute("insert into public.effects (event) values ($1)", &[&event.id]).await?;
    cx.app.parts.get::<Diary>().write(event.read::<DealWon>()?.deal.to_string());
    Ok(())
}

fn remembering(kinds: &'static [&'static str]) -> Work {
    Work { listeners: vec![Listener::new("remember", kinds, remember)], ..Work::default() }
}

#[tokio::test]
async fn a_listener_hears_what_it_asked_for_and_nothing_else() {
    let house = House::new().await;
    publish(&house, house.workspace).await;
    let work = Work {
        listeners: vec![
            Listener::new("whole", &["deal.won"], remember),
            Listener::new("family", &["deal."], remember),
            Listener::new("other", &["invoice.", "deal.lost"], remember),
        ],
        ..Work::default()
    };
    assert_eq!(drain(&house.app, &work).await.unwrap(), 2);
    assert_eq!(house.number("select count(*) from spine.deliveries").await, 2);
    assert_eq!(drain(&house.app, &work).await.unwrap(), 0, "an event is passed on once");
}

#[tokio::test]
async fn an_event_is_there_for_all_as_soon_as_its_transaction_has_committed() {
    let house = House::new().await;
    for n in 1..=3 {
        // On a connection that has never appended an event, its first statement is the last.
        publish(&house, house.workspace).await;
        assert_eq!(house.number("select count(*) from spine.events").await, n);
    }
    assert_eq!(house.number("select count(distinct txid::text) from spine.events").await, 3);
}

#[tokio::test]
async fn a_listeners_effect_happens_once_though_its_job_runs_again() {
    static FAILS: AtomicBool = AtomicBool::new(true);
    async fn stumble(_: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
        tx.execute("insert into public.effects (event) values ($1)", &[&event.id]).await?;
        if FAILS.swap(false, Ordering::SeqCst) {
            Err(Error::message("cut off before the commit"))
        } else {
            Ok(())
        }
    }
    let house = House::new().await;
    let work = Work { listeners: vec![Listener::new("stumble", &["deal.won"], stumble)], ..Work::default() };
    publish(&house, house.workspace).await;
    assert_eq!(drain_report(&house.app, &work).await.unwrap().failed.len(), 1);
    let both = "select (select count(*) from public.effects) + (select count(*) from spine.deliveries)";
    assert_eq!(house.number(both).await, 0, "work and note went back together");
    let copy = "create table public.copy as select * from queue.jobs";
    let again = "update queue.jobs set state = 'ready', run_at = '-infinity'";
    house.owner.batch_execute(&format!("{again}; {copy}")).await.unwrap();
    drain(&house.app, &work).await.unwrap();
    assert_eq!(house.number(both).await, 2);
    // As after a crash between the listener's commit and the end of its job.
    house
        .owner
        .batch_execute("insert into queue.jobs overriding system value select * from public.copy")
        .await
        .unwrap();
    assert_eq!(drain(&house.app, &work).await.unwrap(), 1);
    assert_eq!(house.number(both).await, 2, "the second run left it alone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_event_is_missed_when_transactions_commit_out_of_order() {
    const WRITERS: usize = 8;
    const EACH: usize = 40;
    let house = House::new().await;
    let worker = Worker::start(house.app.clone(), remembering(&["deal.won"]), 8).unwrap();
    let writers = (0..WRITERS).map(|writer| {
        let (url, workspace) = (house.owner_url(), house.workspace);
        tokio::spawn(async move {
            let mut client = connect(&url).await;
            for n in 0..EACH {
                let tx = client.transaction().await.unwrap();
                let (id, deal) = (Uuid::now_v7(), Uuid::now_v7());
                tx.execute(&format!("set local app.workspace_id = '{workspace}'"), &[]).await.unwrap();
                tx.execute("set local role rapport_app", &[]).await.unwrap();
                tx.execute(
                    "insert into spine.events (workspace_id, id, kind, subject_kind, subject_id, actor_kind, payload, at)
                     values ($1, $2, 'deal.won', 'deal', $3, 'system', jsonb_build_object('deal', $3::uuid), now())",
                    &[&workspace, &id, &deal],
                )
                .await
                .unwrap();
                // The later a number is drawn, the sooner it may be committed.
                let pause = (writer * 7 + n * 13) % 40;
                tokio::time::sleep(Duration::from_millis(pause as u64)).await;
                if n % 10 == 9 {
                    tx.rollback().await.unwrap();
                } else {
                    tx.execute("select pg_notify('spine', '')", &[]).await.unwrap();
                    tx.commit().await.unwrap();
                }
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let published = house.number("select count(*) from spine.events").await;
    assert_eq!(published, (WRITERS * EACH * 9 / 10) as i64);
    house.diary.has(published as usize).await;
    worker.stop(Duration::from_secs(5)).await;
    assert_eq!(house.number("select count(distinct event) from public.effects").await, published);
    assert_eq!(house.number("select count(*) from public.effects").await, published);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_shows_one_workspace_live_and_resumes_where_a_reader_left() {
    let house = House::new().await;
    let feed = Feed::start(&house.app).await.unwrap();
    let mut live = feed.subscribe(house.workspace);
    let first = publish(&house, house.workspace).await;
    publish(&house, WorkspaceId::new()).await;
    let second = publish(&house, house.workspace).await;
    let mut heard = Vec::new();
    for _ in 0..2 {
        heard.push(tokio::time::timeout(Duration::from_secs(20), live.next()).await.unwrap().unwrap());
    }
    assert_eq!(heard.iter().map(|e| e.subject_id).collect::<Vec<_>>(), [first, second]);
    drop(live);

    let third = publish(&house, house.workspace).await;
    let missed = async {
        loop {
            let missed = feed.since(house.workspace, heard[0].id).await.unwrap().unwrap();
            if missed.len() == 2 {
                return missed;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let missed = tokio::time::timeout(Duration::from_secs(20), missed).await.unwrap();
    assert_eq!(missed.iter().map(|e| e.subject_id).collect::<Vec<_>>(), [second, third]);
    assert!(
        feed.since(WorkspaceId::new(), heard[0].id).await.unwrap().is_none(),
        "another workspace's place is unknown"
    );

    let mut again = feed.subscribe(house.workspace);
    let fourth = publish(&house, house.workspace).await;
    let heard = async {
        loop {
            let event = again.next().await.unwrap();
            if event.subject_id == fourth {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), heard).await.unwrap();
}

#[tokio::test]
async fn behind_a_pooler_notices_are_heard_past_it_or_else_polled_for() {
    const LISTENING: &str =
        "select count(*) from pg_stat_activity where datname = current_database() and query = 'LISTEN spine'";
    let house = House::new().await.behind_a_pooler();
    let polling = Feed::start(&house.app).await.unwrap();
    let mut seen = polling.subscribe(house.workspace);
    let deal = publish(&house, house.workspace).await;
    assert_eq!(seen.next().await.unwrap().subject_id, deal);
    assert_eq!(house.number(LISTENING).await, 0);
    let house = house.hearing_past_it();
    let _hearing = Feed::start(&house.app).await.unwrap();
    for _ in 0..500 {
        if house.number(LISTENING).await == 1 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nobody listens");
}
