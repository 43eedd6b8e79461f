//! What members say about a task. Never shown to clients.

use garde::Validate;
use jiff::Timestamp;
use rapport_base::{MemberId, Refusal, Result, text};
use rapport_db::{TenantTx, row};
use rapport_web::{Cx, validate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{TaskId, store};
use crate::{access::Scope, events::TaskCommented, projects};

row! {
    /// A comment on a task.
    #[derive(Clone, Debug, Serialize, ToSchema)]
    pub struct Comment {
        /// Id.
        pub id: Uuid,
        /// Task.
        pub task_id: TaskId,
        /// Who wrote it.
        pub author_id: MemberId,
        /// Their name.
        pub author_name: String,
        /// Text in Markdown.
        pub body: String,
        /// When.
        #[schema(value_type = String, format = "date-time")]
        pub created_at: Timestamp,
    }
}

/// A comment to be added.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewComment {
    /// Text in Markdown.
    #[garde(length(chars, min = 1, max = 10_000))]
    pub body: String,
}

/// The comments of a task, oldest first.
pub async fn list(tx: &TenantTx, task: TaskId) -> Result<Vec<Comment>> {
    tx.query(
        "select k.id, k.task_id, k.author_id, m.name as author_name, k.body, k.created_at
         from projects.task_comments as k
         join identity.v_members as m on m.workspace_id = k.workspace_id and m.id = k.author_id
         where k.workspace_id = $1 and k.task_id = $2 and k.deleted_at is null order by k.created_at, k.id limit 500",
        &[&tx.workspace(), &task],
    )
    .await
}

/// Adds a comment.
pub(crate) async fn add(cx: &Cx, task: TaskId, mut input: NewComment) -> Result<Comment> {
    input.body = text::clean(&input.body).unwrap_or_default();
    validate(&input)?;
    let tx = cx.begin().await?;
    let task = store::find(&tx, Scope::of(cx), task).await?.ok_or_else(Refusal::not_found)?;
    let comment = Comment {
        id: Uuid::now_v7(),
        task_id: task.id,
        author_id: cx.member.id,
        author_name: cx.user().name.clone(),
        body: input.body,
        created_at: tx.now(),
    };
    tx.execute(
        "insert into projects.task_comments (workspace_id, id, task_id, author_id, body, created_at) values ($1, $2, $3, $4, $5, $6)",
        &[&tx.workspace(), &comment.id, &comment.task_id, &comment.author_id, &comment.body, &comment.created_at],
    )
    .await?;
    projects::store::touch(&tx, task.project_id).await?;
    tx.publish(&TaskCommented {
        project_id: task.project_id.uuid(),
        client_id: task.client_id,
        task_id: task.id.uuid(),
        title: task.title,
        comment_id: comment.id,
        assigned_to: task.assigned_to.map(MemberId::uuid),
    });
    tx.commit().await?;
    Ok(comment)
}
