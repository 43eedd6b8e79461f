//! ⌘K: everything by its name.

use axum::{Json, response::Response};
use rapport_base::Result;
use rapport_ui::Shell;
use rapport_web::{Cx, Hit, House, Query, page};
use serde::{Deserialize, Serialize};

/// What was typed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Typed {
    #[serde(default)]
    q: String,
}

/// Things under one heading.
#[derive(Serialize)]
pub struct Group {
    label: &'static str,
    items: Vec<Hit>,
}

/// The answer to the palette.
#[derive(Serialize)]
pub struct Found {
    groups: Vec<Group>,
}

/// `GET /app/{workspace}/palette?q=`.
pub async fn palette(cx: Cx, Query(typed): Query<Typed>) -> Result<Json<Found>> {
    let tx = cx.read().await?;
    Ok(Json(Found { groups: find(&cx, &tx, &typed.q).await? }))
}

#[derive(askama::Template)]
#[template(path = "home/search.html")]
struct Results {
    shell: Shell,
    q: String,
    groups: Vec<Group>,
}

/// `GET /app/{workspace}/search?q=`.
pub async fn search(cx: Cx, Query(typed): Query<Typed>) -> Result<Response> {
    let tx = cx.read().await?;
    let (groups, shell) = futures::join!(find(&cx, &tx, &typed.q), cx.shell(&tx));
    let mut shell = shell?.titled("Search");
    shell.search_value = typed.q.clone();
    page(&Results { shell, q: typed.q, groups: groups? })
}

async fn find(cx: &Cx, tx: &rapport_db::TenantTx, typed: &str) -> Result<Vec<Group>> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(Vec::new());
    }
    let house: House = cx.app.parts.get();
    let parts = house.0.iter().flat_map(|module| &module.search).map(|part| part(cx, tx, typed));
    let mut groups: Vec<Group> = Vec::new();
    for hits in futures::future::join_all(parts).await {
        for hit in hits? {
            match groups.iter_mut().find(|group| group.label == hit.group) {
                Some(group) => group.items.push(hit),
                None => groups.push(Group { label: hit.group, items: vec![hit] }),
            }
        }
    }
    Ok(groups)
}
