//! What coming in does.

use jiff::SignedDuration;
use rapport_base::{Refusal, Result, Token, secret::six_digits};
use rapport_db::{ActorKind, App, Origin};
use rapport_mail::Party;
use rapport_web::{
    GuestCx, RequestInfo,
    security::rate::{Way, attempt},
};
use uuid::Uuid;

use super::{
    authenticate::{IDLE, LONGEST},
    store::{self, Entry, Opening},
};
use crate::{PortalId, PortalVisited, links::mail, portals};

/// Trying links.
pub(crate) const LINK: Way = Way::of_tokens("portal_link");
/// Asking for a link or code, which sends mail.
pub(crate) const MAIL: Way = Way::new("portal_mail");
/// Typing codes.
pub(crate) const CODE: Way = Way::new("portal_code");

/// Whether a link works, without using it.
pub(crate) async fn works(app: &App, portal: PortalId, token: &str) -> Result<bool> {
    Ok(store::find_link(&app.db.system().await?, portal, &Token::hash_of(token)).await?.is_some())
}

/// Exchanges a link for a session; `None` when it does not work (any more). Of several who
/// redeem a link that works once, one gets in.
pub(crate) async fn redeem(
    app: &App,
    request: &RequestInfo,
    portal: PortalId,
    token: &str,
) -> Result<Option<Token>> {
    let tx = app.db.system().await?;
    let Some(link) = store::find_link(&tx, portal, &Token::hash_of(token)).await? else { return Ok(None) };
    let origin = Origin {
        kind: ActorKind::Guest,
        id: None,
        name: None,
        on_behalf_of: None,
        ip: Some(request.ip.clone()),
        request_id: Some(request.id.clone()),
    };
    let tx = tx.enter(link.workspace_id, origin.clone()).await?;
    if !store::redeem(&tx, link.link_id).await? {
        return Ok(None);
    }
    let Some((contact, name, _, client)) = store::greet(&tx, portal, link.guest_id).await? else {
        return Ok(None);
    };
    let (session, id) = (Token::new(), Uuid::now_v7());
    let opening = Opening {
        id,
        portal,
        guest: link.guest_id,
        link: link.link_id,
        hash: session.hash(),
        ip: &request.ip,
        user_agent: &request.user_agent,
        idle_until: tx.now() + IDLE,
        until: tx.now() + LONGEST,
    };
    store::open(&tx, &opening).await?;
    let entry = Entry {
        portal,
        session: Some(id),
        name: &name,
        action: "opened_link",
        subject: Some(("link", link.link_id.uuid())),
        ip: &request.ip,
        user_agent: &request.user_agent,
    };
    store::log(&tx, &entry).await?;
    let tx = tx.acting_as(Origin { id: Some(contact), name: Some(name), ..origin });
    tx.publish(&PortalVisited { portal_id: portal.uuid(), client_id: client, contact_id: contact });
    tx.commit().await?;
    Ok(Some(session))
}

/// Ends a guest's session.
pub(crate) async fn leave(cx: &GuestCx) -> Result<()> {
    if cx.guest.preview {
        return Ok(());
    }
    let tx = cx.begin().await?;
    store::leave(&tx, cx.guest.guest_id).await?;
    tx.commit().await
}

/// Mails a guest a code that confirms an act which binds.
pub(crate) async fn send_code(cx: &GuestCx) -> Result<()> {
    let Some(email) = cx.guest.email.clone() else {
        return Err(Refusal::conflict(
            "portal.no_address",
            "We have no e-mail address of yours to send a code to. Ask the team to add one.",
        )
        .into());
    };
    attempt(&cx.app, &MAIL, &cx.request.ip, Some(&email)).await?;
    let tx = cx.begin().await?;
    let portal = portals::store::get(&tx, cx.guest.portal_id.into()).await?;
    let (id, code) = (Uuid::now_v7(), six_digits());
    store::new_code(
        &tx,
        cx.guest.guest_id,
        id,
        code_hash(id, &code),
        tx.now() + SignedDuration::from_mins(10),
    )
    .await?;
    mail::send_code(&tx, &portal, Party::new(&cx.guest.name, &email), &code, format!("portal.code:{id}"))
        .await?;
    tx.commit().await
}

/// Takes a code in; five attempts at each, once, by the session that asked.
pub(crate) async fn confirm(cx: &GuestCx, typed: &str) -> Result<()> {
    attempt(&cx.app, &CODE, &cx.request.ip, Some(&cx.guest.guest_id.to_string())).await?;
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let wrong = || {
        Refusal::field(
            "code",
            "wrong",
            "This code does not fit. Look for the newest mail, or ask for another code.",
        )
    };
    let tx = cx.begin().await?;
    let Some((id, hash)) = store::try_code(&tx, cx.guest.guest_id).await? else { return Err(wrong().into()) };
    let fits = code_hash(id, &digits) == hash;
    let used = fits && store::use_code(&tx, cx.guest.guest_id, id).await?;
    tx.commit().await?;
    if used { Ok(()) } else { Err(wrong().into()) }
}

/// Bound to its row, so that equal codes have unequal hashes.
fn code_hash(id: Uuid, code: &str) -> Vec<u8> {
    Token::hash_of(&format!("{id}:{code}"))
}
