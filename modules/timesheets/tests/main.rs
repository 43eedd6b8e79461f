//! Time and expenses over HTTP, against a real database.

mod billing;
mod deputies;
mod entries;
mod expenses;
mod pages;
mod sheets;
mod timer;

use identity::testing::{Signed, member, owner};
use projects::{MemberRole, ProjectId};
use rapport_db::{Origin, TenantTx};
use rapport_testkit::World;
use serde_json::{Value, json};

/// A workspace with one active project at 100 an hour, its owner and a member on the team; Friday, 20 November 2026, 10:00 UTC.
struct Team {
    world: World,
    owner: Signed,
    member: Signed,
    project: ProjectId,
}

impl Team {
    async fn gather() -> Self {
        let world = World::start(vec![
            identity::module(),
            files::module(),
            notifications::module(),
            clients::module(),
            projects::module(),
            timesheets::module(),
        ])
        .await;
        let owner = owner(&world).await;
        let member = member(&world, &owner, "member").await;
        let client = clients::testing::client(&world.app, owner.workspace_id, "Northlight").await;
        let tx = world.app.db.begin(owner.workspace_id, Origin::system()).await.unwrap();
        let project = projects::testing::project(&tx, client, "Website relaunch", owner.member_id).await;
        projects::testing::assign(&tx, project, member.member_id, MemberRole::Contributor).await;
        tx.commit().await.unwrap();
        Self { world, owner, member, project }
    }

    /// A further active project with the same team.
    async fn another_project(&self, name: &str) -> ProjectId {
        let tx = self.tx().await;
        let client = clients::testing::client(&self.world.app, self.owner.workspace_id, name).await;
        let project = projects::testing::project(&tx, client, name, self.owner.member_id).await;
        projects::testing::assign(&tx, project, self.member.member_id, MemberRole::Contributor).await;
        tx.commit().await.unwrap();
        project
    }

    async fn tx(&self) -> TenantTx {
        self.world.app.db.begin(self.owner.workspace_id, Origin::system()).await.unwrap()
    }

    /// An hour of the member's on a day.
    fn hour(&self, date: &str) -> Value {
        json!({ "project_id": self.project, "date": date, "duration_seconds": 3_600, "description": "Design" })
    }

    /// What the project counts as spent, and as worked.
    async fn spent(&self) -> (i64, i64) {
        let tx = self.tx().await;
        tx.get(
            "select spent_cents, logged_seconds from projects.v_projects where workspace_id = $1 and id = $2",
            &[&tx.workspace(), &self.project],
        )
        .await
        .unwrap()
    }

    /// Holds what projects count against what they are made of.
    async fn check_sums(&self) {
        let tx = self.tx().await;
        for check in timesheets::module().checks {
            assert_eq!((check.run)(&tx).await.unwrap(), Vec::<String>::new());
        }
    }

    fn at(&self, instant: &str) {
        self.world.clock.set(instant.parse().unwrap());
    }
}
