//! The notes' SQL.

use rapport_base::Result;
use rapport_db::TenantTx;
use uuid::Uuid;

use super::{Note, NoteId};
use crate::ClientId;

const CREATE: &str =
    "insert into clients.notes (workspace_id, id, client_id, contact_id, kind, body, author_id, occurred_at,
    created_at, updated_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)";
const FIND: &str = "select n.id, n.client_id, n.contact_id, n.kind, n.body, n.author_id, m.name as author_name, n.occurred_at, n.created_at
  from clients.notes n
  left join identity.v_members m on m.workspace_id = $1 and m.id = n.author_id
  where n.workspace_id = $1 and n.id = $2 and n.deleted_at is null";
const LIST_FOR: &str = "select n.id, n.client_id, n.contact_id, n.kind, n.body, n.author_id, m.name as author_name, n.occurred_at, n.created_at
  from clients.notes n
  left join identity.v_members m on m.workspace_id = $1 and m.id = n.author_id
  where n.workspace_id = $1 and n.client_id = $2 and n.deleted_at is null
  order by n.occurred_at desc, n.id desc limit 200";
const DELETE: &str = "update clients.notes set deleted_at = $3, updated_at = $3, version = version + 1
  where workspace_id = $1 and id = $2 and deleted_at is null";

/// What is written of a note.
pub(crate) struct Row<'a> {
    pub id: NoteId,
    pub client: ClientId,
    pub contact: Option<crate::ContactId>,
    pub kind: &'a str,
    pub body: &'a str,
    pub author: Option<Uuid>,
    pub occurred_at: jiff::Timestamp,
}

pub(crate) async fn create(tx: &TenantTx, row: Row<'_>) -> Result<()> {
    let params: rapport_db::Params = &[
        &tx.workspace(),
        &row.id,
        &row.client,
        &row.contact,
        &row.kind,
        &row.body,
        &row.author,
        &row.occurred_at,
        &tx.now(),
    ];
    tx.execute(CREATE, params).await.map(drop)
}

pub(crate) async fn get(tx: &TenantTx, id: NoteId) -> Result<Note> {
    tx.get(FIND, &[&tx.workspace(), &id]).await
}

pub(crate) async fn list_for(tx: &TenantTx, client: ClientId) -> Result<Vec<Note>> {
    tx.query(LIST_FOR, &[&tx.workspace(), &client]).await
}

pub(crate) async fn delete(tx: &TenantTx, id: NoteId) -> Result<()> {
    tx.execute(DELETE, &[&tx.workspace(), &id, &tx.now()]).await.map(drop)
}
