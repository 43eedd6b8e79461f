//! Portals: a client's own space, opened by magic link and without an account.
//!
//! The team opens a portal, shares links and sees what happened (`portals`, `links`); guests
//! come in (`visits`) and see what is theirs to see (`guest`).

mod erase;
mod events;
mod guest;
mod links;
mod permissions;
mod personal;
mod portals;
mod routes;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod visits;

use std::sync::Arc;

use clients::{ClientTab, ClientTabs};
use conversations::VisiblePortals;
use files::{Gates, Place, Verdict};
use futures::FutureExt;
use rapport_base::{Parts, Result};
use rapport_db::TenantTx;
use rapport_web::{Cx, GuestAuthenticator, Module, NavEntry};

pub use events::{
    FeedbackGiven, LinkCreated, LinkRevoked, PortalCreated, PortalPreviewed, PortalUpdated, PortalVisited,
};
pub use links::{GuestId, Link, LinkId, MadeLink, NewLink};
pub use permissions::{PORTALS_MANAGE, PORTALS_READ, PORTALS_READ_ALL};
pub use portals::{
    NewPortal, Portal, PortalChange, PortalId, PortalView, Sections, Theme,
    actions::create_in,
    store::{find, get},
};

/// The module's declarations.
#[must_use]
pub fn module() -> Module {
    Module {
        routes: routes::routes(),
        permissions: permissions::ALL.to_vec(),
        events: events::all(),
        jobs: visits::jobs::jobs(),
        schedules: visits::jobs::schedules(),
        nav: vec![NavEntry {
            section: "Work",
            label: "Portals",
            icon: "door-open",
            path: "portals",
            permission: Some(PORTALS_READ),
            key: Some('o'),
            position: 70,
            primary: false,
        }],
        parts: Some(put),
        erase_clients: Some(|tx, clients| erase::erase_clients(tx, clients).boxed()),
        personal: personal::TABLES.to_vec(),
        ..Module::new("portal")
    }
}

fn put(parts: Parts) -> Parts {
    let doorkeeper: Arc<dyn GuestAuthenticator> = Arc::new(visits::authenticate::Doorkeeper);
    let mut gates = parts.find::<Gates>().unwrap_or_default();
    gates.0.push(|cx, tx, place| gate(cx, tx, place).boxed());
    let mut tabs = parts.find::<ClientTabs>().unwrap_or_default();
    tabs.0.push(ClientTab {
        label: "Portals",
        icon: "door-open",
        position: 70,
        href: |slug, client| format!("/app/{slug}/portals?client_id={client}"),
        permission: PORTALS_READ,
        count: Some(|tx, client| portals::store::count_of_client(tx, client.uuid()).boxed()),
    });
    parts
        .with(doorkeeper)
        .with(gates)
        .with(tabs)
        .with(VisiblePortals(|cx, tx| portals::store::in_reach(tx, portals::actions::reach(cx)).boxed()))
}

/// Judges files by what they hang on: their project, else their portal, else their client.
async fn gate(cx: &Cx, tx: &TenantTx, place: Place) -> Result<Verdict> {
    if !portals::store::place_exists(tx, &place).await? {
        return Ok(Verdict::Deny);
    }
    let allowed = match (place.project_id, place.portal_id, place.client_id) {
        (Some(project), _, _) => {
            cx.may(projects::PROJECTS_READ_ALL) || portals::store::assigned(tx, project, cx.member.id).await?
        }
        (None, Some(portal), _) => {
            let reach = portals::actions::reach(cx);
            reach.all || portals::store::in_reach(tx, reach).await?.contains(&portal)
        }
        (None, None, Some(client)) => match clients::require_visible(cx, tx, client.into()).await {
            Ok(()) => true,
            Err(error) if error.refusal().is_some() => false,
            Err(error) => return Err(error),
        },
        (None, None, None) => return Ok(Verdict::Pass),
    };
    Ok(if allowed { Verdict::Allow } else { Verdict::Deny })
}
