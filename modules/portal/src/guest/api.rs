//! The guest's API. The portal comes from the guest's cookie.

use axum::response::Response;
use rapport_base::{Cursor, Limit, Page, Result, Total};
use rapport_web::{GuestCx, Json, Query, created};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    GuestDeliverable, GuestInvoice, GuestMilestone, GuestProject, GuestTask,
    actions::{self, Decision},
    messages,
    sight::{Section, Sight, Visit},
    store,
};

/// Who the guest is, and the proof that unsafe requests carry in `X-CSRF-Token`.
#[derive(Serialize, ToSchema)]
pub struct GuestView {
    /// Name.
    name: String,
    /// Address.
    email: Option<String>,
    /// The portal.
    portal_id: Uuid,
    /// What it is called.
    portal_title: String,
    /// `viewer`, `commenter`, `approver` or `payer`.
    role: String,
    /// A member who looks as the client: nothing may be changed.
    preview: bool,
    /// For the header `X-CSRF-Token`.
    csrf_token: String,
}

/// A project with what is shown of it.
#[derive(Serialize, ToSchema)]
pub struct ProjectProgress {
    /// The project.
    #[serde(flatten)]
    project: GuestProject,
    /// Its milestones.
    milestones: Vec<GuestMilestone>,
    /// Its tasks.
    tasks: Vec<GuestTask>,
}

/// An invoice with its state.
#[derive(Serialize, ToSchema)]
pub struct InvoiceState {
    /// `open`, `overdue`, `partially_paid`, `paid` or `credit_note`.
    status: &'static str,
    /// The invoice.
    #[serde(flatten)]
    invoice: GuestInvoice,
}

/// Which messages.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct MessagesQuery {
    /// Rows on the page, 1 to 200.
    limit: Option<u32>,
    /// Cursor of the page before.
    after: Option<String>,
}

/// A message to be written.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GuestMessageInput)]
pub struct MessageInput {
    /// What it says.
    content: String,
}

/// What is said with a decision.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DecisionInput {
    /// Needed when a revision is asked for.
    comment: String,
}

/// What a guest says about the work.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FeedbackInput {
    /// What they say; `content` is taken too.
    #[serde(alias = "content")]
    comment: String,
    /// The project it is about.
    project_id: Option<Uuid>,
}

/// Something was taken in.
#[derive(Serialize, ToSchema)]
pub struct Taken {
    /// Its id.
    id: Uuid,
}

/// GET /api/portal/me
pub async fn me(cx: GuestCx) -> Result<axum::Json<GuestView>> {
    let tx = cx.read().await?;
    let sight = Sight::load(&cx, &tx).await?;
    Ok(axum::Json(GuestView {
        name: cx.guest.name.clone(),
        email: cx.guest.email.clone(),
        portal_id: cx.guest.portal_id,
        portal_title: sight.title,
        role: sight.role,
        preview: cx.guest.preview,
        csrf_token: cx.guest.csrf.clone(),
    }))
}

/// GET /api/portal/projects
pub async fn projects(cx: GuestCx) -> Result<axum::Json<Page<ProjectProgress>>> {
    let visit = Visit::look(&cx, Section::Progress).await?;
    let portal = cx.guest.portal_id;
    let (projects, milestones, tasks) = futures::join!(
        store::projects(&visit.tx, portal),
        store::milestones(&visit.tx, portal),
        store::tasks(&visit.tx, portal)
    );
    let (projects, milestones, tasks) = (projects?, milestones?, tasks?);
    visit.done().await?;
    let rows = projects
        .into_iter()
        .map(|project| ProjectProgress {
            milestones: milestones.iter().filter(|m| m.project_id == project.id).cloned().collect(),
            tasks: tasks.iter().filter(|t| t.project_id == project.id).cloned().collect(),
            project,
        })
        .collect();
    Ok(axum::Json(Page::whole(rows)))
}

/// GET /api/portal/deliverables
pub async fn deliverables(cx: GuestCx) -> Result<axum::Json<Page<GuestDeliverable>>> {
    let visit = Visit::look(&cx, Section::Approvals).await?;
    let rows = store::deliverables(&visit.tx, cx.guest.portal_id).await?;
    visit.done().await?;
    Ok(axum::Json(Page::whole(rows)))
}

/// GET /api/portal/invoices
pub async fn invoices(cx: GuestCx) -> Result<axum::Json<Page<InvoiceState>>> {
    let visit = Visit::look(&cx, Section::Invoices).await?;
    let rows = store::invoices(&visit.tx, cx.guest.client_id).await?;
    let today = visit.sight.today(&cx);
    visit.done().await?;
    Ok(axum::Json(Page::whole(
        rows.into_iter().map(|invoice| InvoiceState { status: invoice.status(today), invoice }).collect(),
    )))
}

/// GET /api/portal/messages
pub async fn messages(
    cx: GuestCx,
    Query(query): Query<MessagesQuery>,
) -> Result<axum::Json<Page<conversations::GuestMessage>>> {
    let limit = Limit::try_new(query.limit)?;
    let before = query.after.as_deref().map(Cursor::unpack).transpose()?;
    let visit = Visit::look(&cx, Section::Messages).await?;
    let rows = conversations::guest_list(&visit.tx, cx.guest.portal_id, before, limit.fetch()).await?;
    visit.done().await?;
    let total = Total::exact(i64::try_from(rows.len().min(limit.rows())).unwrap_or(i64::MAX));
    let mut page = Page::cut(rows, limit, total, |row| Cursor::pack(&(row.created_at, row.id)));
    page.total_is_at_least = page.next.is_some();
    Ok(axum::Json(page))
}

/// POST /api/portal/messages
pub async fn send_message(cx: GuestCx, Json(input): Json<MessageInput>) -> Result<Response> {
    let id = messages::send(&cx, input.content, Vec::new()).await?;
    let tx = cx.read().await?;
    let newest = conversations::guest_list(&tx, cx.guest.portal_id, None, 50).await?;
    let message =
        newest.into_iter().find(|message| message.id == id).ok_or_else(rapport_base::Refusal::not_found)?;
    Ok(created("/api/portal/messages", &message))
}

/// POST /api/portal/deliverables/{id}/approve
pub async fn approve(cx: GuestCx, Json(input): Json<DecisionInput>) -> Result<axum::Json<GuestDeliverable>> {
    decide(&cx, Decision::Approve, &input.comment).await
}

/// POST /api/portal/deliverables/{id}/revise
pub async fn revise(cx: GuestCx, Json(input): Json<DecisionInput>) -> Result<axum::Json<GuestDeliverable>> {
    decide(&cx, Decision::Revise, &input.comment).await
}

/// POST /api/portal/feedback
pub async fn feedback(cx: GuestCx, Json(input): Json<FeedbackInput>) -> Result<Response> {
    let id = actions::give_feedback(&cx, &input.comment, input.project_id).await?;
    Ok(created("/api/portal/feedback", &Taken { id }))
}

async fn decide(cx: &GuestCx, decision: Decision, comment: &str) -> Result<axum::Json<GuestDeliverable>> {
    let id: projects::DeliverableId = cx.id("id")?;
    actions::decide(cx, id.uuid(), decision, comment).await?;
    let tx = cx.read().await?;
    store::deliverable(&tx, cx.guest.portal_id, id.uuid()).await.map(axum::Json)
}
