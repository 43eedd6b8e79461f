//! Sample data: an invented studio's clients and work, added by one click and removed by one.
//!
//! It goes in through the API, by the rules everybody follows, and never takes an invoice
//! number: its invoices stay drafts, so the books hold nothing invented.

mod story;

use axum::response::Response;
use rapport_base::{Refusal, Result, WorkspaceId};
use rapport_db::{App, Origin};
use rapport_ui::Toast;
use rapport_web::{Caller, Cx, House, SignedIn, redirect_with};
use uuid::Uuid;

/// `POST /app/{workspace}/sample-data`.
pub async fn add_page(cx: Cx) -> Result<Response> {
    add_as(&cx.app, cx.signed_in.clone()).await?;
    Ok(redirect_with(
        &format!("/app/{}", cx.workspace().slug),
        Toast::success("Sample data added. Look around."),
    ))
}

/// `POST /app/{workspace}/sample-data/remove`.
pub async fn remove_page(cx: Cx) -> Result<Response> {
    let kept = remove_as(&cx.app, cx.workspace_id(), cx.origin()).await?;
    let toast = match kept {
        0 => Toast::success("Sample data removed. What is yours is still here."),
        kept => Toast::warn(format!(
            "Sample data removed. {kept} of its clients stay, because you billed them or approved their time."
        )),
    };
    Ok(redirect_with(&format!("/app/{}", cx.workspace().slug), toast))
}

/// Adds it in the name of the workspace's owner.
///
/// # Errors
/// Conflict when it is there already.
pub async fn add(app: &App, workspace: WorkspaceId) -> Result<()> {
    add_as(app, identity::owner_of(app, workspace).await?).await
}

/// Removes it; clients with issued invoices or approved time stay, as real ones.
///
/// # Errors
/// A bug when the database refuses.
pub async fn remove(app: &App, workspace: WorkspaceId) -> Result<()> {
    remove_as(app, workspace, Origin::system()).await.map(drop)
}

async fn add_as(app: &App, who: SignedIn) -> Result<()> {
    let member = who.member.clone().ok_or_else(Refusal::not_found)?;
    let workspace = member.workspace.id;
    if !clients::sample(&app.db.read(workspace).await?).await?.is_empty() {
        return Err(Refusal::conflict(
            "sample_data_is_there",
            "The sample data is there already. Remove it first.",
        )
        .into());
    }
    let today = app.clock.today(&member.workspace.zone());
    let made = story::tell(&Caller::new(app, who), member.id, member.workspace.currency.code(), today).await;
    // What was made before a failure is marked too, so that it can be removed.
    let tx = app.db.begin(workspace, Origin::system()).await?;
    clients::mark_sample(&tx, &made.clients).await?;
    tx.commit().await?;
    made.ended
}

async fn remove_as(app: &App, workspace: WorkspaceId, origin: Origin) -> Result<usize> {
    let tx = app.db.begin(workspace, origin).await?;
    let sample: Vec<Uuid> = clients::sample(&tx).await?;
    let billed = invoicing::clients_with_issued(&tx, &sample).await?;
    let worked = timesheets::clients_with_locked(&tx, &sample).await?;
    let (kept, gone): (Vec<Uuid>, Vec<Uuid>) =
        sample.into_iter().partition(|id| billed.contains(id) || worked.contains(id));
    clients::unmark_sample(&tx, &kept).await?;
    let house: House = app.parts.get();
    for erase in house.0.iter().rev().filter_map(|module| module.erase_clients) {
        erase(&tx, &gone).await?;
    }
    tx.commit().await?;
    Ok(kept.len())
}
