//! "View as this client": the guest's own pages, for a member, without the power to change anything.
//!
//! The cookie says which member looks at which portal until when, and carries a proof that
//! only this installation makes. Whether the member still may is asked on every request.

use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use rapport_base::{Keys, MemberId, PermissionSet, Result, WorkspaceId};
use rapport_db::App;
use rapport_web::{Cx, Guest, cookie, guest_cookie, redirect};
use uuid::Uuid;

use super::store;
use crate::{PORTALS_READ, PORTALS_READ_ALL, PortalId, PortalPreviewed, portals};

const PURPOSE: &str = "portal.preview";
const LASTS: SignedDuration = SignedDuration::from_hours(1);

const MEMBER: &str =
    "select name, role from identity.v_members where workspace_id = $1 and id = $2 and is_active";

/// What a preview's cookie says.
pub(crate) struct Looking {
    workspace: WorkspaceId,
    portal: PortalId,
    member: MemberId,
}

/// POST /app/{workspace}/portals/{id}/preview
pub async fn begin(cx: Cx) -> Result<Response> {
    let tx = cx.begin().await?;
    let portal = portals::actions::seen(&cx, &tx, cx.id("id")?).await?;
    let entry = store::Entry {
        portal: portal.id,
        session: None,
        name: &cx.user().name,
        action: "looked_as_client",
        subject: None,
        ip: &cx.request.ip,
        user_agent: &cx.request.user_agent,
    };
    store::log(&tx, &entry).await?;
    tx.publish(&PortalPreviewed {
        portal_id: portal.id.uuid(),
        client_id: portal.client_id,
        title: portal.title.clone(),
    });
    tx.commit().await?;
    let said = said(cx.workspace_id(), portal.id, cx.member.id, cx.now() + LASTS);
    let token = format!("{said}.{}", cx.app.parts.get::<Keys>().proof(PURPOSE, said.as_bytes()));
    let mut response = redirect(&format!("/portal/{}", portal.id));
    cookie::set(
        response.headers_mut(),
        &cx.app,
        &guest_cookie(portal.id.uuid()),
        &token,
        Some(LASTS.as_secs()),
    );
    Ok(response)
}

fn said(workspace: WorkspaceId, portal: PortalId, member: MemberId, until: Timestamp) -> String {
    format!("preview.{workspace}.{portal}.{member}.{}", until.as_second())
}

/// Reads a preview's cookie; `None` for anything else, and after its end.
pub(crate) fn read(app: &App, token: &str, wanted: Option<Uuid>) -> Option<Looking> {
    let (said, proof) = token.strip_prefix("preview.").and(token.rsplit_once('.'))?;
    let mut pieces = said.split('.').skip(1);
    let workspace: WorkspaceId = pieces.next()?.parse().ok()?;
    let portal: PortalId = pieces.next()?.parse().ok()?;
    let member: MemberId = pieces.next()?.parse().ok()?;
    let until: i64 = pieces.next()?.parse().ok()?;
    let fits = wanted.is_none_or(|id| id == portal.uuid()) && app.clock.now().as_second() < until;
    (fits && app.parts.get::<Keys>().proves(PURPOSE, said.as_bytes(), proof)).then_some(Looking {
        workspace,
        portal,
        member,
    })
}

/// The guest a member looks as, while they may.
pub(crate) async fn guest(app: &App, looking: Looking, token: &str) -> Result<Option<Guest>> {
    let tx = app.db.read(looking.workspace).await?;
    let Some((name, role)) =
        tx.find::<(String, String)>(MEMBER, &[&looking.workspace, &looking.member]).await?
    else {
        return Ok(None);
    };
    let permissions = PermissionSet::of_role(&role, &app.permissions);
    if !permissions.has(PORTALS_READ) {
        return Ok(None);
    }
    let reach = portals::store::Reach { all: permissions.has(PORTALS_READ_ALL), member: looking.member };
    if !reach.all && !portals::store::in_reach(&tx, reach).await?.contains(&looking.portal.uuid()) {
        return Ok(None);
    }
    let Some(portal) = portals::store::find(&tx, looking.portal).await? else { return Ok(None) };
    Ok(Some(Guest {
        workspace_id: looking.workspace,
        portal_id: looking.portal.uuid(),
        guest_id: Uuid::nil(),
        contact_id: None,
        client_id: portal.client_id,
        name: format!("{name} (preview)"),
        email: None,
        csrf: rapport_web::csrf_proof(app, token),
        preview: true,
    }))
}
