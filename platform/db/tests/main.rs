//! Transactions against a real PostgreSQL.

mod indexes;
mod replica;
mod slow;
mod tls;

use std::time::{Duration, Instant};

use futures::FutureExt;
use rapport_base::{Error, WorkspaceId};
use rapport_db::{Built, Claim, Db, DbConfig, Origin, Param, claiming};
use rapport_testkit::World;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, UnixStream},
    sync::watch,
};
use tokio_postgres::config::Host;
use uuid::Uuid;

async fn workspace(world: &World, slug: &str) -> WorkspaceId {
    let id = WorkspaceId::new();
    let tx = world.app.db.system().await.unwrap();
    tx.execute("insert into identity.workspaces (id, slug, name) values ($1, $2, $2)", &[&id, &slug])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

async fn add_client(world: &World, workspace: WorkspaceId, name: &str) {
    let tx = world.app.db.begin(workspace, Origin::system()).await.unwrap();
    tx.execute(
        "insert into clients.clients (workspace_id, id, company_name, name_sort) values ($1, $2, $3, $3)",
        &[&workspace, &Uuid::now_v7(), &name],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

const COUNT: &str = "select count(*) from clients.clients";
const COUNT_TAGS: &str = "select count(*) from clients.client_tags";

#[tokio::test]
async fn a_transaction_sees_its_own_workspace_even_when_the_statement_forgets_to_say_so() {
    let world = World::start(Vec::new()).await;
    let (one, two) = (workspace(&world, "one").await, workspace(&world, "two").await);
    add_client(&world, one, "a").await;
    add_client(&world, two, "b").await;
    add_client(&world, two, "c").await;
    for (id, count) in [(one, 1i64), (two, 2)] {
        let tx = world.app.db.read(id).await.unwrap();
        assert_eq!(tx.scalar::<i64>(COUNT, &[]).await.unwrap(), count);
    }
}

rapport_db::row! {
    #[derive(Debug, PartialEq)]
    struct Reading {
        first: i32,
        second: i32,
        third: i32,
    }
}

#[tokio::test]
async fn a_row_is_read_by_the_names_of_its_columns_in_whatever_order_they_come() {
    let world = World::start(Vec::new()).await;
    let tx = world.app.db.system().await.unwrap();
    for sql in [
        "select 1 as first, 2 as second, 3 as third",
        "select 3 as third, 2 as second, 1 as first",
        "select 0 as more, 2 as second, 1 as first, 0 as other, 3 as third",
    ] {
        let read: Option<Reading> = tx.find(sql, &[]).await.unwrap();
        assert_eq!(read, Some(Reading { first: 1, second: 2, third: 3 }), "{sql}");
    }
    let short = tx.find::<Reading>("select 1 as first, 3 as third", &[]).await.unwrap_err();
    assert!(format!("{short:?}").contains("second"), "{short:?}");
}

#[tokio::test]
async fn a_row_of_another_workspace_cannot_be_written() {
    let world = World::start(Vec::new()).await;
    let (one, two) = (workspace(&world, "one").await, workspace(&world, "two").await);
    let tx = world.app.db.begin(one, Origin::system()).await.unwrap();
    let refused = tx
        .execute(
            "insert into clients.clients (workspace_id, id, company_name, name_sort) values ($1, $2, 'x', 'x')",
            &[&two, &Uuid::now_v7()],
        )
        .await;
    assert!(refused.is_err());
    assert!(tx.commit().await.is_err(), "a transaction with a failed statement does not pretend to commit");
}

#[tokio::test]
async fn a_thousand_dropped_transactions_leave_nothing_behind() {
    let world = World::start(Vec::new()).await;
    let (one, two) = (workspace(&world, "one").await, workspace(&world, "two").await);
    add_client(&world, two, "b").await;
    for round in 0..1_000 {
        let tx = world.app.db.begin(one, Origin::system()).await.unwrap();
        let params: &[&dyn Param] = &[&one];
        let insert = tx.execute(
            "insert into clients.clients (workspace_id, id, company_name, name_sort) values ($1, gen_random_uuid(), 'x', 'x')",
            params,
        );
        // Dropped before, in the middle of, and after its answer.
        match round % 3 {
            0 => drop(insert),
            1 => drop(insert.now_or_never()),
            _ => drop(insert.await),
        }
    }
    let tx = world.app.db.read(two).await.unwrap();
    assert_eq!(tx.scalar::<i64>(COUNT, &[]).await.unwrap(), 1);
    let tx = world.app.db.read(one).await.unwrap();
    assert_eq!(tx.scalar::<i64>(COUNT, &[]).await.unwrap(), 0, "nothing was committed");
}

#[tokio::test]
async fn statements_in_one_flight_see_the_opened_transaction_in_order() {
    let world = World::start(Vec::new()).await;
    let one = workspace(&world, "one").await;
    add_client(&world, one, "a").await;
    let tx = world.app.db.read(one).await.unwrap();
    let (first, second, third) = futures::join!(
        tx.scalar::<i64>(COUNT, &[]),
        tx.scalar::<String>("select current_setting('app.workspace_id')", &[]),
        tx.scalar::<i64>(COUNT, &[]),
    );
    assert_eq!((first.unwrap(), second.unwrap(), third.unwrap()), (1, one.to_string(), 1));
}

#[tokio::test]
async fn whoever_waits_in_vain_for_a_lock_is_told_to_come_later_by_every_statement_of_the_flight() {
    let world = World::start(Vec::new()).await;
    let one = workspace(&world, "one").await;
    let owner = world.owner().await;
    owner.batch_execute("begin; lock table clients.clients in access exclusive mode").await.unwrap();
    let tx = world.app.db.begin(one, Origin::system()).await.unwrap();
    tx.execute("set local lock_timeout = '50ms'", &[]).await.unwrap();
    let (first, second) = futures::join!(tx.scalar::<i64>(COUNT, &[]), tx.scalar::<i64>(COUNT_TAGS, &[]));
    let third = tx.scalar::<i64>(COUNT_TAGS, &[]).await;
    for told in [first.err(), second.err(), third.err(), tx.commit().await.err()] {
        assert!(told.as_ref().is_some_and(|told| told.is("busy")), "{told:?}");
    }
}

#[tokio::test]
async fn a_statement_that_failed_of_itself_is_a_bug_and_so_is_what_follows_it() {
    let world = World::start(Vec::new()).await;
    let one = workspace(&world, "one").await;
    let tx = world.app.db.begin(one, Origin::system()).await.unwrap();
    let (first, second) = futures::join!(tx.scalar::<i64>("select 1 / 0", &[]), tx.scalar::<i64>(COUNT, &[]));
    for told in [first.err(), second.err(), tx.commit().await.err()] {
        assert!(told.as_ref().is_some_and(|told| told.refusal().is_none()), "{told:?}");
    }
}

#[tokio::test]
async fn a_built_statement_numbers_its_values() {
    let world = World::start(Vec::new()).await;
    let one = workspace(&world, "one").await;
    add_client(&world, one, "a").await;
    let tx = world.app.db.read(one).await.unwrap();
    let built = Built::new("select company_name from clients.clients where workspace_id = ")
        .bind(one)
        .sql(" and company_name = ")
        .bind("a".to_owned());
    assert_eq!(tx.query_built::<(String,)>(&built).await.unwrap(), [("a".to_owned(),)]);
}

#[tokio::test]
async fn of_two_that_claim_the_same_only_the_first_commits_and_all_it_commits_is_kept() {
    let world = World::start(Vec::new()).await;
    let one = workspace(&world, "one").await;
    let claim = || {
        let sql = "update identity.workspaces set locale = 'de' where id = $1 and locale = 'en'";
        Claim::new(sql, vec![Box::new(one)], || Error::message("late"))
    };
    claiming(claim(), async {
        add_client(&world, one, "a").await;
        add_client(&world, one, "b").await;
    })
    .await;
    let late = claiming(claim(), async {
        let tx = world.app.db.begin(one, Origin::system()).await.unwrap();
        tx.execute("update clients.clients set company_name = 'c'", &[]).await.unwrap();
        tx.commit().await
    });
    assert_eq!(late.await.unwrap_err().to_string(), "late");
    let tx = world.app.db.read(one).await.unwrap();
    let names: Vec<(String,)> =
        tx.query("select company_name from clients.clients order by 1", &[]).await.unwrap();
    assert_eq!(names, [("a".to_owned(),), ("b".to_owned(),)]);
}

/// A way over TCP to a database, on which bytes pass while it is open and no connection ever ends.
async fn way(url: &str) -> (String, watch::Sender<bool>) {
    async fn pass(
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
        mut open: watch::Receiver<bool>,
    ) {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            open.wait_for(|open| *open).await.unwrap();
            to.write_all(&buffer[..read]).await.unwrap();
        }
    }
    let config: tokio_postgres::Config = url.parse().unwrap();
    let Some(Host::Unix(folder)) = config.get_hosts().first().cloned() else { panic!("not a socket") };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (open, opened) = watch::channel(true);
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let far = UnixStream::connect(folder.join(".s.PGSQL.5432")).await.unwrap();
            let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
            tokio::spawn(pass(from_near, to_far, opened.clone()));
            tokio::spawn(pass(from_far, to_near, opened.clone()));
        }
    });
    (format!("postgresql://rapport_app@{address}/{}", config.get_dbname().unwrap()), open)
}

#[tokio::test]
async fn a_network_that_swallows_everything_is_noticed_in_seconds_and_its_end_at_once() {
    let world = World::start(Vec::new()).await;
    let (url, open) = way(world.app.db.url()).await;
    let db = Db::new(&DbConfig::new(&url), world.app.clock.clone()).unwrap();
    let asked = async || db.system().await?.query::<(i32,)>("select 1", &[]).await;
    asked().await.unwrap();

    open.send_replace(false);
    let began = Instant::now();
    assert!(asked().await.unwrap_err().is("busy"), "whoever waits is told");
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    let began = Instant::now();
    assert!(asked().await.unwrap_err().is("busy"), "whoever comes is told");
    assert!(began.elapsed() < Duration::from_millis(100), "{:?}", began.elapsed());

    open.send_replace(true);
    let began = Instant::now();
    while asked().await.is_err() {
        assert!(began.elapsed() < Duration::from_secs(5), "the end is noticed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_session_that_the_server_ends_is_told_as_busy_and_not_as_a_bug() {
    let world = World::start(Vec::new()).await;
    let tx = world.app.db.system().await.unwrap();
    let (pid,): (i32,) = tx.get("select pg_backend_pid()", &[]).await.unwrap();
    world.owner().await.execute("select pg_terminate_backend($1)", &[&pid]).await.unwrap();
    assert!(tx.query::<(i32,)>("select 1", &[]).await.unwrap_err().is("busy"));
}
