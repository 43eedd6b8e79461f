//! What is done with links and guests.

use jiff::SignedDuration;
use rapport_base::{MemberId, Refusal, Result, Token};
use rapport_db::TenantTx;
use rapport_web::Cx;

use super::{GuestId, LinkId, MadeLink, NewLink, mail, store};
use crate::{LinkCreated, LinkRevoked, Portal, PortalId, portals::actions::seen};

/// Makes a link, and sends it when asked to.
pub(crate) async fn create(cx: &Cx, portal: PortalId, input: NewLink) -> Result<MadeLink> {
    if input.send {
        identity::require_verified(cx)?;
    }
    let tx = cx.begin().await?;
    let portal = seen(cx, &tx, portal).await?;
    let made = create_in(&tx, &cx.app.public_url, &portal, &input, Some(cx.member.id)).await?;
    tx.commit().await?;
    Ok(made)
}

/// Makes a link within the caller's transaction. Without a member it was asked for by a guest.
pub(crate) async fn create_in(
    tx: &TenantTx,
    public_url: &str,
    portal: &Portal,
    input: &NewLink,
    by: Option<MemberId>,
) -> Result<MadeLink> {
    let days = input.expires_in_days.unwrap_or(portal.link_days);
    if !(1..=365).contains(&days) {
        return Err(
            Refusal::field("expires_in_days", "out_of_range", "Let the link live 1 to 365 days.").into()
        );
    }
    if portal.status == "archived" {
        return Err(Refusal::conflict(
            "portal.archived",
            "This portal is archived. Make it active again first.",
        )
        .into());
    }
    let Some(contact) = store::contact(tx, portal.client_id, input.contact_id).await? else {
        let message = if input.contact_id.is_some() {
            "Choose a contact of this client."
        } else {
            "This client has no contact yet. Add one first: a link is always for a person."
        };
        return Err(Refusal::field("contact_id", "required", message).into());
    };
    if input.send && contact.email.is_none() {
        return Err(Refusal::field(
            "contact_id",
            "no_address",
            format!("{} has no e-mail address. Add one, or copy the link instead.", contact.name),
        )
        .into());
    }
    let (guest, revoked) = store::admit(tx, portal.id, contact.id, by).await?;
    if revoked {
        return Err(Refusal::not_found().into());
    }
    let (id, token) = (LinkId::new(), Token::new());
    let single_use = input.single_use.unwrap_or(portal.link_single_use);
    let expires_at = tx.now() + SignedDuration::from_hours(24 * i64::from(days));
    let row = store::NewRow {
        id,
        portal: portal.id,
        guest,
        token_hash: token.hash(),
        single_use,
        sent: input.send,
        by,
        expires_at,
    };
    store::create(tx, &row).await?;
    let url = format!("{public_url}/portal/{}/{}", portal.id, token.expose());
    let sent =
        input.send && mail::send_link(tx, portal, &contact, &url, days, format!("portal.link:{id}")).await?;
    tx.publish(&LinkCreated {
        portal_id: portal.id.uuid(),
        client_id: portal.client_id,
        link_id: id.uuid(),
        contact_id: contact.id,
        contact_name: contact.name.clone(),
        sent,
    });
    Ok(MadeLink { id, url, contact_id: contact.id, contact_name: contact.name, single_use, sent, expires_at })
}

/// Revokes a link and makes another of the same kind for the same person.
pub(crate) async fn regenerate(cx: &Cx, portal: PortalId, link: LinkId) -> Result<MadeLink> {
    let tx = cx.begin().await?;
    let portal = seen(cx, &tx, portal).await?;
    let (contact, single_use, days) = store::settings_of(&tx, portal.id, link).await?;
    revoke_in(&tx, &portal, Some(link)).await?;
    let input = NewLink {
        contact_id: Some(contact),
        expires_in_days: Some(days),
        single_use: Some(single_use),
        send: false,
    };
    let made = create_in(&tx, &cx.app.public_url, &portal, &input, Some(cx.member.id)).await?;
    tx.commit().await?;
    Ok(made)
}

/// Revokes one link, or all of a portal; whoever came by them is out at once.
pub(crate) async fn revoke(cx: &Cx, portal: PortalId, link: Option<LinkId>) -> Result<()> {
    let tx = cx.begin().await?;
    let portal = seen(cx, &tx, portal).await?;
    if let Some(link) = link
        && !store::exists(&tx, portal.id, link).await?
    {
        return Err(Refusal::not_found().into());
    }
    revoke_in(&tx, &portal, link).await?;
    tx.commit().await
}

async fn revoke_in(tx: &TenantTx, portal: &Portal, link: Option<LinkId>) -> Result<()> {
    let by = tx.origin().id;
    if store::revoke(tx, portal.id, link, by).await? > 0 {
        tx.publish(&LinkRevoked {
            portal_id: portal.id.uuid(),
            client_id: portal.client_id,
            link_id: link.map(LinkId::uuid),
            guest_id: None,
        });
    }
    Ok(())
}

/// What is done with a guest.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GuestAct<'a> {
    /// Access is taken away, at once.
    Revoke,
    /// Access is given back; old links stay dead.
    Restore,
    /// Another role.
    Role(&'a str),
}

/// Does something with a guest.
pub(crate) async fn change_guest(cx: &Cx, portal: PortalId, guest: GuestId, act: GuestAct<'_>) -> Result<()> {
    let tx = cx.begin().await?;
    let portal = seen(cx, &tx, portal).await?;
    let changed = match act {
        GuestAct::Revoke => {
            let revoked = store::revoke_guest(&tx, portal.id, guest, tx.origin().id).await?;
            if revoked {
                tx.publish(&LinkRevoked {
                    portal_id: portal.id.uuid(),
                    client_id: portal.client_id,
                    link_id: None,
                    guest_id: Some(guest.uuid()),
                });
            }
            revoked
        }
        GuestAct::Restore => store::restore_guest(&tx, portal.id, guest).await?,
        GuestAct::Role(role) if matches!(role, "viewer" | "commenter" | "approver" | "payer") => {
            store::set_role(&tx, portal.id, guest, role).await?
        }
        GuestAct::Role(_) => {
            return Err(Refusal::field("role", "unknown", "Choose a role for this guest.").into());
        }
    };
    if !changed {
        return Err(Refusal::not_found().into());
    }
    tx.commit().await
}
