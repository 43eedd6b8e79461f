//! The bell.

use askama::Template;
use axum::response::Response;
use futures::{FutureExt, future::BoxFuture};
use rapport_base::{Limit, Result};
use rapport_db::TenantTx;
use rapport_ui::{ListState, Shell, Toast};
use rapport_web::{Cx, Query, ShellChange, page, redirect, redirect_with};

use super::{Notice, api::ListQuery, store};
use crate::NoticeKinds;

#[derive(Template)]
#[template(path = "notices/index.html")]
struct Index {
    shell: Shell,
    list: ListState,
    notices: Vec<(Notice, &'static str)>,
    unread_only: bool,
}

/// Adds the unread count to every page.
pub(crate) fn bell<'a>(cx: &'a Cx, tx: &'a TenantTx) -> BoxFuture<'a, Result<ShellChange>> {
    async move {
        let unread = store::unread(tx, cx.member.id).await?;
        let change: ShellChange =
            Box::new(move |shell: &mut Shell| shell.unread = u32::try_from(unread).unwrap_or_default());
        Ok(change)
    }
    .boxed()
}

/// GET /app/{workspace}/notices
pub async fn index(cx: Cx, Query(query): Query<ListQuery>) -> Result<Response> {
    let limit = Limit::try_new(query.limit)?;
    let unread_only = query.unread.unwrap_or(false);
    let tx = cx.read().await?;
    let (found, shell) = futures::join!(
        store::list(&tx, cx.member.id, unread_only, query.after.as_deref(), limit),
        cx.shell(&tx)
    );
    let found = found?;
    let kinds = cx.app.parts.find::<NoticeKinds>().unwrap_or_default();
    let icon = |notice: &Notice| kinds.find(&notice.kind).map_or("bell", |kind| kind.icon);
    let list = ListState {
        path: cx.path("notices"),
        query: if unread_only { vec![("unread".into(), "true".into())] } else { Vec::new() },
        shown: found.data.len(),
        total: u64::try_from(found.total).unwrap_or_default(),
        total_is_at_least: found.total_is_at_least,
        next: found.next,
        noun: ("notice", "notices"),
        ..ListState::default()
    };
    let notices =
        found.data.into_iter().map(|notice| (icon(&notice), notice)).map(|(icon, one)| (one, icon)).collect();
    page(&Index { shell: shell?.titled("Notices").live("notice."), list, notices, unread_only })
}

/// POST /app/{workspace}/notices/{id}/open
pub async fn open(cx: Cx) -> Result<Response> {
    let tx = cx.begin().await?;
    let path = store::read(&tx, cx.member.id, cx.id("id")?, cx.now()).await?;
    tx.commit().await?;
    Ok(redirect(&cx.path(path.trim_start_matches('/'))))
}

/// POST /app/{workspace}/notices/{id}/read
pub async fn read(cx: Cx) -> Result<Response> {
    let tx = cx.begin().await?;
    store::read(&tx, cx.member.id, cx.id("id")?, cx.now()).await?;
    tx.commit().await?;
    Ok(redirect(&cx.path("notices")))
}

/// POST /app/{workspace}/notices/read
pub async fn read_all(cx: Cx) -> Result<Response> {
    let tx = cx.begin().await?;
    let count = store::read_all(&tx, cx.member.id, cx.now()).await?;
    tx.commit().await?;
    let toast = match count {
        0 => Toast::info("There was nothing left to read."),
        1 => Toast::success("One notice marked as read."),
        n => Toast::success(format!("{n} notices marked as read.")),
    };
    Ok(redirect_with(&cx.path("notices"), toast))
}
