//! What is done with portals.

use rapport_base::{Refusal, Result};
use rapport_db::TenantTx;
use rapport_web::Cx;

use super::{NewPortal, Portal, PortalChange, PortalId, rules, store};
use crate::{PORTALS_READ_ALL, PortalCreated, PortalUpdated};

/// Whose portals a member sees.
pub(crate) fn reach(cx: &Cx) -> store::Reach {
    store::Reach { all: cx.may(PORTALS_READ_ALL), member: cx.member.id }
}

/// A portal that the member may see.
pub(crate) async fn seen(cx: &Cx, tx: &TenantTx, id: PortalId) -> Result<Portal> {
    let reach = reach(cx);
    let (portal, sight) = futures::join!(store::get(tx, id), async {
        if reach.all { Ok(true) } else { Ok(store::in_reach(tx, reach).await?.contains(&id.uuid())) }
    });
    let sight: Result<bool> = sight;
    if sight? { portal } else { Err(Refusal::not_found().into()) }
}

/// Opens a portal for a client.
pub(crate) async fn create(cx: &Cx, input: NewPortal) -> Result<PortalId> {
    let tx = cx.begin().await?;
    let id = create_in(&tx, input).await?;
    tx.commit().await?;
    Ok(id)
}

/// As the page and the API do, within the caller's transaction.
///
/// # Errors
/// The client is not there; fields need attention.
pub async fn create_in(tx: &TenantTx, input: NewPortal) -> Result<PortalId> {
    let Some(defaults) = store::defaults(tx, input.client_id).await? else {
        return Err(Refusal::field("client_id", "unknown", "Choose a client of this workspace.").into());
    };
    let projects = match input.project_ids {
        Some(projects) => projects,
        None => store::projects_of_client(tx, input.client_id).await?.into_iter().map(|(id, _)| id).collect(),
    };
    let now = tx.now();
    let mut portal = Portal {
        id: PortalId::new(),
        client_id: input.client_id,
        title: input
            .title
            .filter(|title| !title.trim().is_empty())
            .unwrap_or_else(|| defaults.company_name.clone()),
        client_name: defaults.company_name,
        description: input.description.unwrap_or_default(),
        status: input.status.unwrap_or_else(|| "active".into()),
        accent_color: None,
        logo_file_id: None,
        welcome_text: String::new(),
        shows_progress: input.sections.progress,
        shows_files: input.sections.files,
        shows_messages: input.sections.messages,
        shows_approvals: input.sections.approvals,
        shows_invoices: input.sections.invoices,
        shows_team: input.sections.team,
        require_code: input.require_code.unwrap_or(defaults.portal_require_code),
        link_days: input.link_days.unwrap_or(defaults.portal_link_days),
        link_single_use: input.link_single_use.unwrap_or(defaults.portal_link_single_use),
        created_at: now,
        updated_at: now,
        last_visit_at: None,
        project_ids: projects,
        version: 1,
    };
    let mut theme = input.theme;
    theme.welcome_text = theme.welcome_text.or(defaults.portal_welcome_text);
    rules::dress(&mut portal, theme);
    rules::tidy(&mut portal)?;
    if portal.status == "archived" {
        return Err(Refusal::field("status", "unknown", "A new portal is a draft or active.").into());
    }
    check_logo(tx, &portal).await?;
    store::create(tx, &portal, tx.origin().id).await?;
    show_projects(tx, &portal).await?;
    conversations::open_for_portal_in(tx, portal.id.uuid(), portal.client_id, &portal.title).await?;
    tx.publish(&PortalCreated {
        portal_id: portal.id.uuid(),
        client_id: portal.client_id,
        title: portal.title,
    });
    Ok(portal.id)
}

/// Changes a portal, if nobody else has since `version`.
pub(crate) async fn update(
    cx: &Cx,
    id: PortalId,
    change: PortalChange,
    version: Option<i32>,
) -> Result<Portal> {
    let tx = cx.begin().await?;
    let portal = seen(cx, &tx, id).await?;
    let portal = update_in(&tx, portal, change, version).await?;
    tx.commit().await?;
    Ok(portal)
}

/// Changes a portal within the caller's transaction.
pub(crate) async fn update_in(
    tx: &TenantTx,
    before: Portal,
    change: PortalChange,
    version: Option<i32>,
) -> Result<Portal> {
    if version.is_some_and(|seen| seen != before.version) {
        return Err(Refusal::stale().into());
    }
    let mut portal = before.clone();
    let sections = change.sections.unwrap_or(before.sections());
    portal.title = change.title.unwrap_or(portal.title);
    portal.description = change.description.unwrap_or(portal.description);
    portal.status = change.status.unwrap_or(portal.status);
    portal.require_code = change.require_code.unwrap_or(portal.require_code);
    portal.link_days = change.link_days.unwrap_or(portal.link_days);
    portal.link_single_use = change.link_single_use.unwrap_or(portal.link_single_use);
    portal.project_ids = change.project_ids.unwrap_or(portal.project_ids);
    portal.shows_progress = sections.progress;
    portal.shows_files = sections.files;
    portal.shows_messages = sections.messages;
    portal.shows_approvals = sections.approvals;
    portal.shows_invoices = sections.invoices;
    portal.shows_team = sections.team;
    if let Some(theme) = change.theme {
        rules::dress(&mut portal, theme);
    }
    rules::tidy(&mut portal)?;
    if portal.logo_file_id != before.logo_file_id {
        check_logo(tx, &portal).await?;
    }
    if !store::update(tx, &portal).await? {
        return Err(Refusal::stale().into());
    }
    show_projects(tx, &portal).await?;
    let told = PortalUpdated {
        portal_id: portal.id.uuid(),
        client_id: portal.client_id,
        title: portal.title.clone(),
        status: portal.status.clone(),
    };
    let picture = |portal: &Portal| serde_json::to_value(super::PortalView::from(portal.clone())).ok();
    tx.publish_change(&told, picture(&before), picture(&portal));
    store::get(tx, portal.id).await
}

async fn show_projects(tx: &TenantTx, portal: &Portal) -> Result<()> {
    let mut wished = portal.project_ids.clone();
    wished.sort_unstable();
    wished.dedup();
    if store::show_projects(tx, portal.id, portal.client_id, &wished).await? == wished.len() as u64 {
        return Ok(());
    }
    Err(Refusal::field("project_ids", "unknown", "Choose projects of this client.").into())
}

/// A logo is a picture that was handed in for this portal or for no portal.
async fn check_logo(tx: &TenantTx, portal: &Portal) -> Result<()> {
    let Some(id) = portal.logo_file_id else { return Ok(()) };
    let file = files::find(tx, id.into()).await?;
    let fits = file.is_some_and(|file| {
        files::IMAGES.contains(&file.content_type.as_str())
            && file.portal_id.is_none_or(|of| of == portal.id.uuid())
    });
    if fits {
        Ok(())
    } else {
        Err(Refusal::field("theme.logo_file_id", "unknown", "Choose a picture that was uploaded here.")
            .into())
    }
}
