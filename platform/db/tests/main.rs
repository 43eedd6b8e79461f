//! Transactions against a real PostgreSQL.

use futures::FutureExt;
use rapport_base::WorkspaceId;
use rapport_db::{Built, Origin, Param};
use rapport_testkit::World;
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
