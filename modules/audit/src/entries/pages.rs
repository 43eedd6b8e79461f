//! The audit log in the browser.

use askama::Template;
use axum::{
    body::Body,
    http::header,
    response::{IntoResponse, Response},
};
use futures::stream;
use rapport_base::{Error, Limit, Result};
use rapport_ui::{Choice, ListState, Shell};
use rapport_web::{Cx, Query, page};

use super::{
    Entry,
    api::ListQuery,
    rules::{Change, changes, csv_line},
    store,
};

struct Line {
    entry: Entry,
    changes: Vec<Change>,
    only_this: String,
}

#[derive(Template)]
#[template(path = "entries/index.html")]
struct Index {
    shell: Shell,
    list: ListState,
    people: Vec<Choice>,
    kinds: Vec<Choice>,
    lines: Vec<Line>,
    export: String,
    about_one: bool,
    everything: String,
}

/// GET /app/{workspace}/settings/audit
pub async fn index(cx: Cx, Query(query): Query<ListQuery>) -> Result<Response> {
    let limit = Limit::try_new(query.limit)?;
    let filter = query.filter(&cx.workspace().zone());
    let tx = cx.read().await?;
    let (found, people, shell) = futures::join!(
        store::list(&tx, &filter, query.after.as_deref(), limit),
        store::people(&tx),
        cx.shell(&tx)
    );
    let found = found?;
    let list = ListState {
        path: cx.path("settings/audit"),
        query: pairs(&query),
        shown: found.data.len(),
        total: u64::try_from(found.total).unwrap_or_default(),
        total_is_at_least: found.total_is_at_least,
        next: found.next.clone(),
        noun: ("entry", "entries"),
        ..ListState::default()
    };
    let lines = found.data.into_iter().map(|row| Entry::new(&cx.app, row)).map(|entry| Line {
        changes: changes(entry.before.as_ref(), entry.after.as_ref()),
        only_this: list.with("subject_id", entry.subject.id),
        entry,
    });
    let lines = lines.collect();
    let mut kinds: Vec<Choice> = cx
        .app
        .events
        .iter()
        .filter(|info| info.audited)
        .map(|info| Choice { value: info.kind.into(), label: info.label.into(), ..Choice::default() })
        .collect();
    kinds.sort_by(|a, b| a.label.cmp(&b.label));
    let people = people?
        .into_iter()
        .map(|(id, name)| Choice { value: id.to_string(), label: name, ..Choice::default() })
        .collect();
    let export = list.with("limit", "").replacen("/settings/audit", "/settings/audit/export", 1);
    page(&Index {
        shell: shell?.titled("Audit log").crumb("Settings", cx.path("settings")),
        people,
        kinds,
        lines,
        export,
        about_one: query.subject_id.is_some(),
        everything: list.without("subject_id"),
        list,
    })
}

fn pairs(query: &ListQuery) -> Vec<(String, String)> {
    [
        ("actor_id", query.actor_id.map(|id| id.to_string())),
        ("kind", query.kind.clone()),
        ("subject_id", query.subject_id.map(|id| id.to_string())),
        ("from", query.from.map(|day| day.to_string())),
        ("to", query.to.map(|day| day.to_string())),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect()
}

const HEADINGS: [&str; 10] =
    ["at", "actor", "actor_kind", "action", "summary", "subject_kind", "subject_id", "before", "after", "ip"];

/// Where an export has come to.
enum At {
    Start,
    After(Option<String>),
    End,
}

/// GET /app/{workspace}/settings/audit/export
pub async fn export(cx: Cx, Query(query): Query<ListQuery>) -> Result<Response> {
    let filter = query.filter(&cx.workspace().zone());
    let name = format!("audit-{}-{}.csv", cx.workspace().slug, cx.today());
    let lines = stream::try_unfold((At::Start, cx, filter), |(at, cx, filter)| async move {
        let after = match at {
            At::Start => return Ok(Some((csv_line(HEADINGS), (At::After(None), cx, filter)))),
            At::End => return Ok(None),
            At::After(after) => after,
        };
        let (text, next) = export_page(&cx, &filter, after.as_deref()).await.map_err(told)?;
        let at = next.map_or(At::End, |next| At::After(Some(next)));
        Ok::<_, std::io::Error>(Some((text, (at, cx, filter))))
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(lines)).into_response())
}

/// The lines of one page and where the next begins.
async fn export_page(
    cx: &Cx,
    filter: &store::Filter,
    after: Option<&str>,
) -> Result<(String, Option<String>)> {
    let tx = cx.read().await?;
    let found = store::list(&tx, filter, after, Limit::try_new(Some(200))?).await?;
    drop(tx);
    let text = found.data.into_iter().map(|row| line(&Entry::new(&cx.app, row))).collect();
    Ok((text, found.next))
}

fn line(entry: &Entry) -> String {
    let json =
        |value: &Option<serde_json::Value>| value.as_ref().map(ToString::to_string).unwrap_or_default();
    csv_line([
        entry.at.to_string().as_str(),
        entry.actor.label(),
        &entry.actor.kind,
        &entry.action,
        &entry.summary,
        &entry.subject.kind,
        &entry.subject.id.to_string(),
        &json(&entry.before),
        &json(&entry.after),
        entry.ip.as_deref().unwrap_or_default(),
    ])
}

fn told(error: Error) -> std::io::Error {
    std::io::Error::other(error.to_string())
}
