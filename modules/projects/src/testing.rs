//! Projects for the tests of modules above.

use rapport_base::{Currency, MemberId};
use rapport_db::TenantTx;

use crate::{
    BillingType, ClientId, MemberInput, MemberRole, ProjectId, ProjectStatus, members,
    projects::store::{self, Row},
};

/// An active hourly project of a client in euros, with a lead.
///
/// # Panics
/// When the database refuses.
pub async fn project(tx: &TenantTx, client: ClientId, name: &str, lead: MemberId) -> ProjectId {
    let row = Row {
        id: ProjectId::new(),
        client_id: client,
        deal_id: None,
        template_id: None,
        name: name.into(),
        description: String::new(),
        status: ProjectStatus::Active,
        billing_type: BillingType::Hourly,
        currency: Currency::try_new("EUR").expect("the euro"),
        budget_cents: None,
        budget_seconds: None,
        hourly_rate_cents: Some(10_000),
        start_date: None,
        deadline: None,
        created_by: Some(lead),
    };
    assert!(store::insert(tx, &row).await.expect("a project"), "the project is new");
    assign(tx, row.id, lead, MemberRole::Lead).await;
    row.id
}

/// Puts a member on a project.
///
/// # Panics
/// When the database refuses.
pub async fn assign(tx: &TenantTx, project: ProjectId, member: MemberId, role: MemberRole) {
    members::store::put(tx, project, &[MemberInput::new(member, role)])
        .await
        .expect("a member on the project");
}
