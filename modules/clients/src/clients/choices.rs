//! Clients to choose from in a form.

use rapport_base::{MemberId, Result, text};
use rapport_db::TenantTx;
use rapport_web::{Cx, Query};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    ClientId, access,
    search::{self, has_words},
};

const CHOICES: &str = "select id, company_name from (
    (select id, company_name, name_sort from clients.clients
      where workspace_id = $1 and deleted_at is null order by name_sort, id limit 500)
    union
    (select id, company_name, name_sort from clients.clients
      where workspace_id = $1 and id = any($2) and deleted_at is null)) as c
  order by name_sort, id";

// Names that begin with what was typed come first: "Smith" before the fifty at which a Smith works.
const FIND: &str = concat!(
    "select c.id, c.company_name from clients.clients c
  where c.workspace_id = $1 and c.deleted_at is null and ",
    has_words!(),
    " and ($3::uuid is null or c.owner_id = $3 or c.id = any($4))
  order by c.name_sort ^@ $5 desc, c.name_sort, c.id limit 50"
);

/// The first five hundred clients by name, and those that are chosen, wherever they stand.
/// The others are found by typing, at `clients/choices`.
///
/// # Errors
/// A bug when the database refuses.
pub async fn choices(tx: &TenantTx, chosen: &[Option<ClientId>]) -> Result<Vec<(ClientId, String)>> {
    tx.query(CHOICES, &[&tx.workspace(), &chosen]).await
}

/// What was typed.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Typed {
    q: String,
}

/// A client as a field offers it.
#[derive(Serialize)]
pub struct Choice {
    value: ClientId,
    label: String,
}

/// What a field offers.
#[derive(Serialize)]
pub struct Choices {
    options: Vec<Choice>,
}

/// GET /app/{workspace}/clients/choices?q=
pub async fn find(cx: Cx, Query(typed): Query<Typed>) -> Result<axum::Json<Choices>> {
    let words = search::typed(&typed.q);
    if words.is_empty() {
        return Ok(axum::Json(Choices { options: Vec::new() }));
    }
    let tx = cx.read().await?;
    let reach = access::reach(&cx, &tx).await?;
    let only: Option<MemberId> = reach.as_ref().map(|_| cx.member.id);
    let reached: Vec<Uuid> = reach.map(|reach| reach.clients).unwrap_or_default();
    let name = text::fold(typed.q.trim());
    let found: Vec<(ClientId, String)> =
        tx.query(FIND, &[&tx.workspace(), &words, &only, &reached, &name]).await?;
    let options = found.into_iter().map(|(value, label)| Choice { value, label }).collect();
    Ok(axum::Json(Choices { options }))
}
