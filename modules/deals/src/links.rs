//! What deals add to other modules' pages and answers.

use clients::{ClientReach, ClientReaches, ClientTab, ClientTabs, Reach};
use futures::{FutureExt, future::BoxFuture};
use identity::{WorkspaceDefault, WorkspaceDefaults};
use rapport_base::{MemberId, Parts, Result};
use rapport_db::TenantTx;
use rapport_ui::CreateLink;
use rapport_web::{Cx, Hit, ShellChange};

use crate::{
    ClientId, DEALS_CREATE, DEALS_READ, DEALS_READ_ALL,
    deals::{
        list::{self, ListQuery},
        store,
    },
    pipelines,
};

/// Puts the tab on clients' pages, the pipeline of new workspaces, a first step, and whose
/// clients a member sees.
pub fn parts(parts: Parts) -> Parts {
    let mut tabs = parts.find::<ClientTabs>().unwrap_or_default();
    tabs.0.push(ClientTab {
        label: "Deals",
        icon: "square-kanban",
        position: 30,
        href: |slug, client| format!("/app/{slug}/clients/{client}/deals"),
        permission: DEALS_READ_ALL,
        count: Some(count),
    });
    let mut reaches = parts.find::<ClientReaches>().unwrap_or_default();
    reaches.0.push(ClientReach(reach));
    let mut defaults = parts.find::<WorkspaceDefaults>().unwrap_or_default().0.as_ref().clone();
    defaults.push(WorkspaceDefault(|tx| pipelines::defaults::make(tx).boxed()));
    parts.with(tabs).with(reaches).with(WorkspaceDefaults::new(defaults))
}

fn count(tx: &TenantTx, client: ClientId) -> BoxFuture<'_, Result<i64>> {
    store::count_of_client(tx, client).boxed()
}

fn reach(tx: &TenantTx, member: MemberId) -> BoxFuture<'_, Result<Reach>> {
    async move { Ok(Reach { clients: store::clients_of(tx, member).await?, projects: Vec::new() }) }.boxed()
}

/// Offers a new deal everywhere.
pub fn shell<'a>(cx: &'a Cx, _: &'a TenantTx) -> BoxFuture<'a, Result<ShellChange>> {
    let link = cx.may(DEALS_CREATE).then(|| CreateLink {
        label: "Deal".into(),
        icon: "square-kanban".into(),
        href: cx.path("deals?dialog=new-deal"),
    });
    let change: ShellChange = Box::new(move |shell| shell.create.extend(link));
    async move { Ok(change) }.boxed()
}

/// Finds deals for the palette.
pub fn search<'a>(cx: &'a Cx, tx: &'a TenantTx, typed: &'a str) -> BoxFuture<'a, Result<Vec<Hit>>> {
    async move {
        if !cx.may(DEALS_READ) {
            return Ok(Vec::new());
        }
        let query = ListQuery { search: Some(typed.to_owned()), limit: Some(6), ..ListQuery::default() };
        let page = list::list(cx, tx, &query).await?;
        let hit = |deal: crate::Deal| Hit {
            group: "Deals",
            title: deal.title,
            subtitle: format!("{} · {}", deal.client_name, deal.stage.name),
            href: cx.path(&format!("deals/{}", deal.id)),
            icon: "square-kanban",
        };
        Ok(page.data.into_iter().map(hit).collect())
    }
    .boxed()
}
