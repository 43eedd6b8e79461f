//! What projects add to other modules' pages and answers.

use clients::{ClientId, ClientReach, ClientReaches, ClientTab, ClientTabs, Reach};
use files::{Gates, Place, Verdict};
use futures::{FutureExt, future::BoxFuture};
use identity::{WorkspaceDefault, WorkspaceDefaults};
use rapport_base::{MemberId, Parts, Result};
use rapport_db::TenantTx;
use rapport_ui::CreateLink;
use rapport_web::{Cx, Hit, ShellChange};
use uuid::Uuid;

use crate::{
    PROJECTS_MANAGE, PROJECTS_READ, PROJECTS_READ_ALL, ProjectId, access::Scope, projects::store, templates,
};

/// The client of a deal of this workspace. Deals stand on this floor too, so the reactions above
/// introduce the two to each other. One of the parts.
#[derive(Clone, Copy)]
pub struct ClientOfDeal(pub for<'a> fn(&'a TenantTx, Uuid) -> BoxFuture<'a, Result<Option<ClientId>>>);

/// Puts the tab on clients' pages, the first template of new workspaces, and who sees what.
pub fn parts(parts: Parts) -> Parts {
    let mut tabs = parts.find::<ClientTabs>().unwrap_or_default();
    tabs.0.push(ClientTab {
        label: "Projects",
        icon: "folder-kanban",
        position: 40,
        href: |slug, client| format!("/app/{slug}/projects?client_id={client}"),
        permission: PROJECTS_READ,
        count: Some(count),
    });
    let mut reaches = parts.find::<ClientReaches>().unwrap_or_default();
    reaches.0.push(ClientReach(reach));
    let mut gates = parts.find::<Gates>().unwrap_or_default();
    gates.0.push(gate);
    let mut defaults = parts.find::<WorkspaceDefaults>().unwrap_or_default().0.as_ref().clone();
    defaults.push(WorkspaceDefault(|tx| templates::defaults::make(tx).boxed()));
    parts.with(tabs).with(reaches).with(gates).with(WorkspaceDefaults::new(defaults))
}

fn count(tx: &TenantTx, client: ClientId) -> BoxFuture<'_, Result<i64>> {
    async move { store::count_of_client(tx, client).await }.boxed()
}

fn reach(tx: &TenantTx, member: MemberId) -> BoxFuture<'_, Result<Reach>> {
    async move {
        let rows = store::reach(tx, member).await?;
        let mut clients: Vec<Uuid> = rows.iter().map(|(client, _)| *client).collect();
        clients.dedup();
        Ok(Reach { clients, projects: rows.into_iter().map(|(_, project)| project).collect() })
    }
    .boxed()
}

/// Files of a project are for those who work on it, and for those who see all projects.
fn gate<'a>(cx: &'a Cx, tx: &'a TenantTx, place: Place) -> BoxFuture<'a, Result<Verdict>> {
    async move {
        let Some(project) = place.project_id.map(ProjectId) else { return Ok(Verdict::Pass) };
        let found = store::find(tx, Scope::of(cx), project).await?;
        let fits = found
            .is_some_and(|project| place.client_id.is_none_or(|client| client == project.client_id.uuid()));
        Ok(if fits && cx.may(PROJECTS_READ) { Verdict::Allow } else { Verdict::Deny })
    }
    .boxed()
}

/// Offers a new project everywhere.
pub fn shell<'a>(cx: &'a Cx, _: &'a TenantTx) -> BoxFuture<'a, Result<ShellChange>> {
    async move {
        let link = (cx.may(PROJECTS_MANAGE) && cx.may(PROJECTS_READ_ALL)).then(|| CreateLink {
            label: "Project".into(),
            icon: "folder-kanban".into(),
            href: cx.path("projects?dialog=new-project"),
        });
        let change: ShellChange = Box::new(move |shell| shell.create.extend(link));
        Ok(change)
    }
    .boxed()
}

/// Finds projects for the palette.
pub fn search<'a>(cx: &'a Cx, tx: &'a TenantTx, typed: &'a str) -> BoxFuture<'a, Result<Vec<Hit>>> {
    async move {
        if !cx.may(PROJECTS_READ) {
            return Ok(Vec::new());
        }
        let found = store::search(tx, Scope::of(cx), typed).await?;
        Ok(found
            .into_iter()
            .map(|(id, name, client)| Hit {
                group: "Projects",
                title: name,
                subtitle: client,
                href: cx.path(&format!("projects/{id}")),
                icon: "folder-kanban",
            })
            .collect())
    }
    .boxed()
}
