//! What happens between the team and a client.

use conversations::MessageSent;
use identity::testing::{member, owner};
use portal::FeedbackGiven;
use projects::{DeliverableApproved, DeliverableRevisionRequested, DeliverableSubmitted, MilestoneCompleted};
use rapport_db::{ActorKind, Origin};
use uuid::Uuid;

use crate::{Work, by, happens, mails, notices, open_portal, tasks, work, world};

fn message(work: &Work, portal: Option<Uuid>, by: &str, is_internal: bool) -> MessageSent {
    MessageSent {
        message_id: Uuid::now_v7(),
        conversation_id: Uuid::now_v7(),
        client_id: work.client.uuid(),
        portal_id: portal,
        by: by.into(),
        author_id: None,
        is_internal,
        excerpt: "Can we talk about the header?".into(),
    }
}

fn milestone(work: &Work, amount_cents: Option<i64>, is_client_visible: bool) -> MilestoneCompleted {
    MilestoneCompleted {
        project_id: work.project.uuid(),
        client_id: work.client.uuid(),
        milestone_id: Uuid::now_v7(),
        title: "Design approved".into(),
        project_name: "Website".into(),
        amount_cents,
        currency: "EUR".into(),
        is_client_visible,
    }
}

#[tokio::test]
async fn a_message_of_a_guest_reaches_those_who_look_after_the_client_once() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let mut bob = member(&world, &ada, "member").await;
    let mut eve = member(&world, &ada, "member").await;
    let work = work(&world, &ada, bob.member_id).await;
    let guest = by(ActorKind::Guest, work.contact.uuid(), "Grace Hopper");
    happens(&world, &ada, guest, &message(&work, None, "guest", false)).await;
    assert_eq!(notices(&mut bob, "message.received").await, ["Grace Hopper wrote a message"]);
    assert!(notices(&mut eve, "message.received").await.is_empty());
    assert!(notices(&mut ada, "message.received").await.is_empty());
}

#[tokio::test]
async fn a_client_nobody_looks_after_is_heard_by_all_who_read_every_conversation() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let mut bob = member(&world, &ada, "member").await;
    let client = clients::testing::client(&world.app, ada.workspace_id, "Acme").await;
    let contact = clients::testing::contact_of(&world.app, ada.workspace_id, client).await;
    let mut event = message(&work(&world, &ada, bob.member_id).await, None, "guest", false);
    event.client_id = client.uuid();
    happens(&world, &ada, by(ActorKind::Guest, contact.uuid(), "Grace Hopper"), &event).await;
    assert_eq!(notices(&mut ada, "message.received").await.len(), 1);
    assert!(notices(&mut bob, "message.received").await.is_empty());
}

#[tokio::test]
async fn a_message_to_the_client_goes_out_by_mail_once_and_an_internal_one_never() {
    let world = world().await;
    let ada = owner(&world).await;
    let work = work(&world, &ada, ada.member_id).await;
    let portal = open_portal(&world, &ada, &work, "instant").await;
    let me = || by(ActorKind::Member, ada.member_id.uuid(), "Ada Morel");
    happens(&world, &ada, me(), &message(&work, Some(portal), "member", true)).await;
    assert!(mails(&world, "reactions.message_sent").await.is_empty());
    happens(&world, &ada, me(), &message(&work, Some(portal), "member", false)).await;
    let sent = mails(&world, "reactions.message_sent").await;
    assert_eq!(sent, [("grace@acme.example".to_owned(), "New message from Ada Morel".to_owned())]);
}

#[tokio::test]
async fn a_guest_who_wants_no_mail_gets_none() {
    let world = world().await;
    let ada = owner(&world).await;
    let work = work(&world, &ada, ada.member_id).await;
    let portal = open_portal(&world, &ada, &work, "off").await;
    happens(&world, &ada, Origin::system(), &message(&work, Some(portal), "member", false)).await;
    happens(&world, &ada, Origin::system(), &milestone(&work, None, true)).await;
    let count = world
        .owner()
        .await
        .query_one("select count(*) from mail.outbox where kind ^@ 'reactions.'", &[])
        .await;
    assert_eq!(count.unwrap().get::<_, i64>(0), 0);
}

#[tokio::test]
async fn a_reached_milestone_is_told_to_the_client_and_offered_to_be_billed() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let mut bob = member(&world, &ada, "member").await;
    let work = work(&world, &ada, bob.member_id).await;
    open_portal(&world, &ada, &work, "instant").await;
    let me = by(ActorKind::Member, bob.member_id.uuid(), "Bob");
    happens(&world, &ada, me, &milestone(&work, Some(250_000), true)).await;
    let told = mails(&world, "reactions.milestone_completed").await;
    assert_eq!(told, [("grace@acme.example".to_owned(), "Website: Design approved is reached".to_owned())]);
    assert_eq!(
        notices(&mut ada, "milestone.to_bill").await,
        ["Design approved is reached: €2,500.00 to bill"]
    );
    assert!(notices(&mut bob, "milestone.to_bill").await.is_empty(), "members write no invoices");
}

#[tokio::test]
async fn a_milestone_the_client_may_not_see_stays_inside() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let work = work(&world, &ada, ada.member_id).await;
    open_portal(&world, &ada, &work, "instant").await;
    happens(&world, &ada, Origin::system(), &milestone(&work, None, false)).await;
    assert!(mails(&world, "reactions.milestone_completed").await.is_empty());
    assert!(notices(&mut ada, "milestone.to_bill").await.is_empty(), "nothing to bill");
}

#[tokio::test]
async fn a_deliverable_sent_for_approval_asks_the_guests_of_its_project() {
    let world = world().await;
    let ada = owner(&world).await;
    let work = work(&world, &ada, ada.member_id).await;
    open_portal(&world, &ada, &work, "instant").await;
    let event = DeliverableSubmitted {
        project_id: work.project.uuid(),
        client_id: work.client.uuid(),
        deliverable_id: Uuid::now_v7(),
        title: "Home page".into(),
        number: 2,
    };
    happens(&world, &ada, Origin::system(), &event).await;
    let asked = mails(&world, "reactions.deliverable_submitted").await;
    assert_eq!(asked, [("grace@acme.example".to_owned(), "Home page is ready for your approval".to_owned())]);
}

#[tokio::test]
async fn a_request_for_revision_opens_one_task_for_the_lead_and_tells_the_team() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let mut bob = member(&world, &ada, "member").await;
    let work = work(&world, &ada, bob.member_id).await;
    let event = DeliverableRevisionRequested {
        project_id: work.project.uuid(),
        client_id: work.client.uuid(),
        deliverable_id: Uuid::now_v7(),
        title: "Home page".into(),
        number: 1,
        decided_by: "Grace Hopper".into(),
        comment: "The header is too small.\nAnd too blue.".into(),
        portal_id: None,
        decision_id: Uuid::now_v7(),
    };
    happens(&world, &ada, by(ActorKind::Guest, work.contact.uuid(), "Grace Hopper"), &event).await;
    let tasks = tasks(&mut ada, work.project).await;
    assert_eq!(tasks.len(), 1, "{tasks:?}");
    assert_eq!(tasks[0]["title"], "Revise Home page");
    assert_eq!(tasks[0]["assigned_to"], serde_json::json!(bob.member_id));
    assert_eq!(
        notices(&mut bob, "deliverable.revision_requested").await,
        ["Grace Hopper asks for a revision of Home page"]
    );
    assert_eq!(notices(&mut bob, "task.assigned").await, ["Revise Home page is yours"]);
}

#[tokio::test]
async fn an_approval_is_told_to_those_on_the_project() {
    let world = world().await;
    let ada = owner(&world).await;
    let mut bob = member(&world, &ada, "member").await;
    let work = work(&world, &ada, bob.member_id).await;
    let event = DeliverableApproved {
        project_id: work.project.uuid(),
        client_id: work.client.uuid(),
        deliverable_id: Uuid::now_v7(),
        title: "Home page".into(),
        number: 1,
        decided_by: "Grace Hopper".into(),
        comment: "Lovely.".into(),
        portal_id: None,
        decision_id: Uuid::now_v7(),
        receipt: String::new(),
    };
    happens(&world, &ada, by(ActorKind::Guest, work.contact.uuid(), "Grace Hopper"), &event).await;
    assert_eq!(notices(&mut bob, "deliverable.approved").await, ["Grace Hopper approved Home page"]);
}

#[tokio::test]
async fn feedback_on_a_project_becomes_one_task_of_it() {
    let world = world().await;
    let mut ada = owner(&world).await;
    let work = work(&world, &ada, ada.member_id).await;
    let feedback = |project_id| FeedbackGiven {
        portal_id: Uuid::now_v7(),
        client_id: work.client.uuid(),
        feedback_id: Uuid::now_v7(),
        project_id,
        contact_id: Some(work.contact.uuid()),
        contact_name: "Grace Hopper".into(),
        body: "Great work, but slow on my phone.".into(),
        excerpt: "Great work, but slow on my phone.".into(),
    };
    let guest = || by(ActorKind::Guest, work.contact.uuid(), "Grace Hopper");
    happens(&world, &ada, guest(), &feedback(Some(work.project.uuid()))).await;
    happens(&world, &ada, guest(), &feedback(None)).await;
    let tasks = tasks(&mut ada, work.project).await;
    assert_eq!(tasks.len(), 1, "{tasks:?}");
    assert_eq!(tasks[0]["title"], "Feedback of Grace Hopper: Great work, but slow on my phone.");
    assert_eq!(notices(&mut ada, "feedback.given").await.len(), 2);
}
