//! All SQL of deliverables.

use rapport_base::{MemberId, Result};
use rapport_db::TenantTx;
use uuid::Uuid;

use super::{Decision, DecisionKind, Deliverable, DeliverableId, DeliverableVersion, NewDeliverable};
use crate::{
    ProjectId,
    access::{Scope, in_scope},
};

macro_rules! deliverable_select {
    () => {
        "select d.id, d.project_id, p.name as project_name, p.client_id, d.milestone_id, d.title, d.description, d.status,
           d.current_version, d.due_date, d.sent_at, d.decided_at, d.version, d.created_at, d.updated_at
         from projects.deliverables as d
         join projects.projects as p on p.workspace_id = d.workspace_id and p.id = d.project_id and p.deleted_at is null
         where d.workspace_id = $1 and d.deleted_at is null and "
    };
}

/// The deliverables of a project, newest first.
pub async fn list(tx: &TenantTx, project: ProjectId) -> Result<Vec<Deliverable>> {
    tx.query(
        concat!(deliverable_select!(), "d.project_id = $2 order by d.created_at desc, d.id desc limit 500"),
        &[&tx.workspace(), &project],
    )
    .await
}

/// A deliverable in scope.
pub(crate) async fn find_in_scope(
    tx: &TenantTx,
    scope: Scope,
    id: DeliverableId,
) -> Result<Option<Deliverable>> {
    tx.find(
        concat!(deliverable_select!(), "d.id = $2 and ", in_scope!("d.project_id", "$3", "$4")),
        &[&tx.workspace(), &id, &scope.all, &scope.member],
    )
    .await
}

/// A deliverable by its id, whoever asks.
///
/// # Errors
/// A bug when the database refuses.
pub async fn find_any(tx: &TenantTx, id: DeliverableId) -> Result<Option<Deliverable>> {
    tx.find(concat!(deliverable_select!(), "d.id = $2"), &[&tx.workspace(), &id]).await
}

/// As [`find_any`], and nobody else changes it until this transaction ends.
pub(crate) async fn lock(tx: &TenantTx, id: DeliverableId) -> Result<Option<Deliverable>> {
    tx.find(concat!(deliverable_select!(), "d.id = $2 for update of d"), &[&tx.workspace(), &id]).await
}

/// The versions of a deliverable, newest first.
///
/// # Errors
/// A bug when the database refuses.
pub async fn versions(tx: &TenantTx, id: DeliverableId) -> Result<Vec<DeliverableVersion>> {
    tx.query(
        "select v.number, v.file_id, v.file_version, f.name as file_name, f.content_type, f.byte_size, v.url, v.note, v.added_by,
           m.name as added_by_name, v.created_at
         from projects.deliverable_versions as v
         left join files.v_versions as f on f.workspace_id = v.workspace_id and f.file_id = v.file_id and f.number = v.file_version
         left join identity.v_members as m on m.workspace_id = v.workspace_id and m.id = v.added_by
         where v.workspace_id = $1 and v.deliverable_id = $2 order by v.number desc limit 200",
        &[&tx.workspace(), &id],
    )
    .await
}

/// The decisions on a deliverable, newest first.
///
/// # Errors
/// A bug when the database refuses.
pub async fn decisions(tx: &TenantTx, id: DeliverableId) -> Result<Vec<Decision>> {
    tx.query(
        "select id, number, decision, comment, decided_by_kind, decided_by_name, encode(receipt_hash, 'hex') as receipt, decided_at
         from projects.deliverable_decisions where workspace_id = $1 and deliverable_id = $2 order by decided_at desc, id desc limit 200",
        &[&tx.workspace(), &id],
    )
    .await
}

/// Writes a deliverable without a version.
pub(crate) async fn insert(
    tx: &TenantTx,
    id: DeliverableId,
    project: ProjectId,
    new: &NewDeliverable,
    by: MemberId,
) -> Result<()> {
    tx.execute(
        "insert into projects.deliverables (workspace_id, id, project_id, milestone_id, title, description, due_date, created_by,
           created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        &[&tx.workspace(), &id, &project, &new.milestone_id, &new.title, &new.description, &new.due_date, &by, &tx.now()],
    )
    .await
    .map(drop)
}

/// Writes the changed deliverable over the version that was read; false when there is a newer one.
pub(crate) async fn update(tx: &TenantTx, d: &Deliverable) -> Result<bool> {
    let written = tx
        .execute(
            "update projects.deliverables set milestone_id = $4, title = $5, description = $6, status = $7, current_version = $8,
               due_date = $9, sent_at = $10, decided_at = $11, updated_at = $12, version = version + 1
             where workspace_id = $1 and id = $2 and version = $3 and deleted_at is null",
            &[
                &tx.workspace(), &d.id, &d.version, &d.milestone_id, &d.title, &d.description, &d.status, &d.current_version,
                &d.due_date, &d.sent_at, &d.decided_at, &tx.now(),
            ],
        )
        .await?;
    Ok(written == 1)
}

/// What a version is made of.
pub(crate) enum Content<'a> {
    /// A version of a file.
    File(files::VersionId),
    /// A link.
    Link(&'a str),
}

/// Writes a version.
pub(crate) async fn add_version(
    tx: &TenantTx,
    d: DeliverableId,
    number: i32,
    content: Content<'_>,
    note: &str,
    by: MemberId,
) -> Result<()> {
    let (file, version, url) = match content {
        Content::File(version) => (Some(version.file_id), Some(version.number), None),
        Content::Link(url) => (None, None, Some(url)),
    };
    tx.execute(
        "insert into projects.deliverable_versions (workspace_id, deliverable_id, number, file_id, file_version, url, note, added_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[&tx.workspace(), &d, &number, &file, &version, &url, &note, &by, &tx.now()],
    )
    .await
    .map(drop)
}

/// The newest file of a deliverable, which further files become versions of.
pub(crate) async fn newest_file(tx: &TenantTx, d: DeliverableId) -> Result<Option<files::FileId>> {
    let row: Option<(files::FileId,)> = tx
        .find(
            "select file_id from projects.deliverable_versions where workspace_id = $1 and deliverable_id = $2 and file_id is not null
             order by number desc limit 1",
            &[&tx.workspace(), &d],
        )
        .await?;
    Ok(row.map(|(id,)| id))
}

/// What a version holds, for its receipt: the file's hash or the link.
pub(crate) async fn content(tx: &TenantTx, d: DeliverableId, number: i32) -> Result<Vec<u8>> {
    tx.scalar(
        "select coalesce(f.sha256, convert_to(coalesce(v.url, ''), 'UTF8'))
         from projects.deliverable_versions as v
         left join files.v_versions as f on f.workspace_id = v.workspace_id and f.file_id = v.file_id and f.number = v.file_version
         where v.workspace_id = $1 and v.deliverable_id = $2 and v.number = $3",
        &[&tx.workspace(), &d, &number],
    )
    .await
}

/// A decision to be written.
pub(crate) struct NewDecision<'a> {
    pub id: Uuid,
    pub deliverable: DeliverableId,
    pub number: i32,
    pub decision: DecisionKind,
    pub comment: &'a str,
    pub contact: Option<Uuid>,
    pub member: Option<MemberId>,
    pub name: &'a str,
    pub portal: Option<Uuid>,
    pub user_agent: Option<&'a str>,
    pub receipt: &'a [u8],
}

/// Writes a decision.
pub(crate) async fn decide(tx: &TenantTx, new: &NewDecision<'_>) -> Result<()> {
    let kind = if new.contact.is_some() { "guest" } else { "member" };
    let ip = tx.origin().ip.clone();
    tx.execute(
        "insert into projects.deliverable_decisions (workspace_id, id, deliverable_id, number, decision, comment, decided_by_kind,
           contact_id, member_id, decided_by_name, portal_id, ip, user_agent, receipt_hash, decided_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        &[
            &tx.workspace(), &new.id, &new.deliverable, &new.number, &new.decision, &new.comment, &kind, &new.contact, &new.member,
            &new.name, &new.portal, &ip, &new.user_agent, &new.receipt, &tx.now(),
        ],
    )
    .await
    .map(drop)
}

/// Puts a deliverable away.
pub(crate) async fn delete(tx: &TenantTx, id: DeliverableId) -> Result<bool> {
    let now = tx.now();
    let gone = tx
        .execute(
            "update projects.deliverables set deleted_at = $3, updated_at = $3, version = version + 1
             where workspace_id = $1 and id = $2 and deleted_at is null and status <> 'approved'",
            &[&tx.workspace(), &id, &now],
        )
        .await?;
    Ok(gone == 1)
}
