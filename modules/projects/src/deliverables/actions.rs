//! What the team does with deliverables.

use files::{NewFile, Purpose, Received, VersionId};
use rapport_base::{Refusal, Result, text};
use rapport_db::TenantTx;
use rapport_web::{Cx, validate};

use super::{
    Deliverable, DeliverableChange, DeliverableId, DeliverableStatus, NewDeliverable, rules,
    store::{self, Content},
};
use crate::{
    MilestoneId, ProjectId,
    access::Scope,
    events::{DeliverableCreated, DeliverableSubmitted},
    projects, tasks,
};

/// A deliverable in scope.
pub(crate) async fn get(cx: &Cx, tx: &TenantTx, id: DeliverableId) -> Result<Deliverable> {
    store::find_in_scope(tx, Scope::of(cx), id).await?.ok_or_else(|| Refusal::not_found().into())
}

/// Adds a deliverable to a project.
pub(crate) async fn create(cx: &Cx, project: ProjectId, mut input: NewDeliverable) -> Result<DeliverableId> {
    input.title = text::clean_line(&input.title).unwrap_or_default();
    input.description = text::clean(&input.description).unwrap_or_default();
    validate(&input)?;
    let tx = cx.begin().await?;
    let project = projects::store::find(&tx, Scope::of(cx), project).await?.ok_or_else(Refusal::not_found)?;
    known(&tx, project.id, input.milestone_id).await?;
    let id = DeliverableId::new();
    store::insert(&tx, id, project.id, &input, cx.member.id).await?;
    projects::store::touch(&tx, project.id).await?;
    tx.publish(&DeliverableCreated {
        project_id: project.id.uuid(),
        client_id: project.client_id.uuid(),
        deliverable_id: id.uuid(),
        title: input.title,
    });
    tx.commit().await?;
    Ok(id)
}

async fn known(tx: &TenantTx, project: ProjectId, milestone: Option<MilestoneId>) -> Result<()> {
    if let Some(milestone) = milestone
        && !tasks::store::has_milestone(tx, project, milestone).await?
    {
        return Err(Refusal::field(
            "milestone_id",
            "not_found",
            "This milestone is not one of the project's.",
        )
        .into());
    }
    Ok(())
}

/// Changes what is said about a deliverable.
pub(crate) async fn update(
    cx: &Cx,
    id: DeliverableId,
    change: DeliverableChange,
    seen: Option<i32>,
) -> Result<Deliverable> {
    validate(&change)?;
    let tx = cx.begin().await?;
    let mut deliverable = get(cx, &tx, id).await?;
    if seen.is_some_and(|seen| seen != deliverable.version) {
        return Err(Refusal::stale().into());
    }
    if let Some(title) = change.title {
        deliverable.title =
            text::clean_line(&title).ok_or_else(|| Refusal::field("title", "required", "Write a title."))?;
    }
    if let Some(typed) = change.description {
        deliverable.description = text::clean(&typed).unwrap_or_default();
    }
    if let Some(milestone) = change.milestone_id {
        known(&tx, deliverable.project_id, milestone).await?;
        deliverable.milestone_id = milestone;
    }
    deliverable.due_date = change.due_date.unwrap_or(deliverable.due_date);
    if !store::update(&tx, &deliverable).await? {
        return Err(Refusal::stale().into());
    }
    let deliverable = get(cx, &tx, id).await?;
    tx.commit().await?;
    Ok(deliverable)
}

/// What a new version brings.
pub(crate) enum Bringing {
    /// A file that came in.
    File(Received),
    /// A link, as typed.
    Link(String),
}

/// Adds a version, and sends it to the client when `submit` says so.
pub(crate) async fn add_version(
    cx: &Cx,
    id: DeliverableId,
    bringing: Bringing,
    note: &str,
    submit: bool,
) -> Result<Deliverable> {
    let note = text::clean(note).unwrap_or_default();
    if note.chars().count() > 2_000 {
        return Err(Refusal::field("note", "too_long", "Write up to 2,000 characters.").into());
    }
    let tx = cx.begin().await?;
    get(cx, &tx, id).await?;
    let mut deliverable = store::lock(&tx, id).await?.ok_or_else(Refusal::not_found)?;
    let number = deliverable.current_version + 1;
    match bringing {
        Bringing::File(received) => {
            let version = record(&tx, &deliverable, received).await?;
            store::add_version(&tx, id, number, Content::File(version), &note, cx.member.id).await?;
        }
        Bringing::Link(typed) => {
            let link = rules::link(&typed)?;
            store::add_version(&tx, id, number, Content::Link(&link), &note, cx.member.id).await?;
        }
    }
    deliverable.current_version = number;
    deliverable.status = DeliverableStatus::Draft;
    deliverable.decided_at = None;
    if submit {
        send(&tx, &mut deliverable)?;
    }
    save(&tx, &deliverable).await?;
    let deliverable = get(cx, &tx, id).await?;
    tx.commit().await?;
    Ok(deliverable)
}

async fn record(tx: &TenantTx, deliverable: &Deliverable, received: Received) -> Result<VersionId> {
    if let Some(file) = store::newest_file(tx, deliverable.id).await?
        && files::find(tx, file).await?.is_some()
    {
        return files::add_version_in(tx, file, &received).await;
    }
    let mut file = NewFile::new(received, Purpose::Deliverable);
    file.client_id = Some(deliverable.client_id.uuid());
    file.project_id = Some(deliverable.project_id.uuid());
    let file_id = files::create_in(tx, file).await?;
    Ok(VersionId { file_id, number: 1 })
}

/// Sends the newest version to the client for approval.
pub(crate) async fn submit(cx: &Cx, id: DeliverableId) -> Result<Deliverable> {
    let tx = cx.begin().await?;
    get(cx, &tx, id).await?;
    let mut deliverable = store::lock(&tx, id).await?.ok_or_else(Refusal::not_found)?;
    rules::may_submit(deliverable.status, deliverable.current_version)?;
    send(&tx, &mut deliverable)?;
    save(&tx, &deliverable).await?;
    let deliverable = get(cx, &tx, id).await?;
    tx.commit().await?;
    Ok(deliverable)
}

fn send(tx: &TenantTx, deliverable: &mut Deliverable) -> Result<()> {
    rules::may_submit(deliverable.status, deliverable.current_version)?;
    deliverable.status = DeliverableStatus::AwaitingApproval;
    deliverable.sent_at = Some(tx.now());
    deliverable.decided_at = None;
    tx.publish(&DeliverableSubmitted {
        project_id: deliverable.project_id.uuid(),
        client_id: deliverable.client_id.uuid(),
        deliverable_id: deliverable.id.uuid(),
        title: deliverable.title.clone(),
        number: deliverable.current_version,
    });
    Ok(())
}

async fn save(tx: &TenantTx, deliverable: &Deliverable) -> Result<()> {
    if !store::update(tx, deliverable).await? {
        return Err(Refusal::stale().into());
    }
    projects::store::touch(tx, deliverable.project_id).await
}

/// Puts a deliverable away; an approved one stays, because the approval is a record.
pub(crate) async fn delete(cx: &Cx, id: DeliverableId) -> Result<Deliverable> {
    let tx = cx.begin().await?;
    let deliverable = get(cx, &tx, id).await?;
    if !store::delete(&tx, id).await? {
        return Err(Refusal::conflict(
            "deliverables.approved",
            "The client approved this. It stays as a record.",
        )
        .into());
    }
    tx.commit().await?;
    Ok(deliverable)
}
