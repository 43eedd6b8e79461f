//! The head of every page of one client: who it is, how it stands, and the tabs.

use askama::Template;
use rapport_base::Result;
use rapport_db::TenantTx;
use rapport_ui::{Format, Html};
use rapport_web::Cx;

use super::{Client, ClientId, access};
use crate::{
    CLIENTS_DELETE, CLIENTS_READ, CLIENTS_REVENUE, CLIENTS_UPDATE, ClientFacts, ClientTab, ClientTabs,
    contacts,
};

/// A figure in the head.
struct Fact {
    position: u16,
    label: &'static str,
    value: String,
    hint: String,
    tone: &'static str,
}

/// A tab as shown.
struct Tab {
    label: &'static str,
    href: String,
    active: bool,
    count: String,
}

#[derive(Template)]
#[template(path = "clients/head.html")]
struct Head<'a> {
    client: &'a Client,
    fmt: Format,
    csrf: &'a str,
    base: String,
    facts: Vec<Fact>,
    tabs: Vec<Tab>,
    may_update: bool,
    may_delete: bool,
    deleting: bool,
}

/// The head of a page about a client, with its tabs; `active` is the label of the page's own tab.
/// For the block `header` of a page: `{% block header %}{{ head }}{% endblock %}`.
///
/// # Errors
/// Not found when the client is not theirs to see.
pub async fn header(cx: &Cx, tx: &TenantTx, id: ClientId, active: &str) -> Result<Html> {
    let (client, facts, tabs) =
        futures::join!(access::visible(cx, tx, id), facts(cx, tx, id), tabs(cx, tx, id, active));
    let client = client?;
    let mut facts = facts?;
    facts.extend(own_facts(cx, &client));
    facts.sort_by_key(|fact| fact.position);
    let head = Head {
        client: &client,
        fmt: cx.fmt(),
        csrf: &cx.signed_in.session.csrf,
        base: cx.path(&format!("clients/{id}")),
        facts,
        tabs: tabs?,
        may_update: cx.may(CLIENTS_UPDATE),
        may_delete: cx.may(CLIENTS_DELETE),
        deleting: cx
            .request
            .uri
            .query()
            .is_some_and(|query| query.split('&').any(|pair| pair == "dialog=delete-client")),
    };
    Ok(Html::raw(head.render()?))
}

fn own_facts(cx: &Cx, client: &Client) -> Vec<Fact> {
    let fmt = cx.fmt();
    let mut facts = Vec::new();
    if let (true, Some(revenue)) = (cx.may(CLIENTS_REVENUE), client.total_revenue_cents) {
        let currency = client.currency.unwrap_or(cx.workspace().currency);
        facts.push(Fact {
            position: 10,
            label: "Revenue",
            value: fmt.money(revenue, currency),
            hint: "Received so far".into(),
            tone: "",
        });
    }
    let (value, hint, tone) = match (client.health_score, client.risk()) {
        (Some(score), Some((risk, tone))) => (score.to_string(), risk.to_owned(), tone),
        (Some(score), None) => (score.to_string(), String::new(), ""),
        (None, _) => ("–".to_owned(), "Not enough is known yet".to_owned(), ""),
    };
    facts.push(Fact { position: 20, label: "Health", value, hint, tone });
    facts.push(Fact {
        position: 30,
        label: "Looked after by",
        value: client.owner_name.clone().unwrap_or_else(|| "Nobody yet".into()),
        hint: format!("Client since {}", fmt.date(client.created_at.to_zoned(cx.zone()).date())),
        tone: "",
    });
    facts
}

async fn facts(cx: &Cx, tx: &TenantTx, id: ClientId) -> Result<Vec<Fact>> {
    let parts = cx.app.parts.find::<ClientFacts>().unwrap_or_default().0;
    let parts: Vec<_> = parts.into_iter().filter(|part| cx.may(part.permission)).collect();
    let values = futures::future::join_all(parts.iter().map(|part| (part.value)(cx, tx, id))).await;
    let mut facts = Vec::new();
    for (part, value) in parts.iter().zip(values) {
        if let Some((value, hint)) = value? {
            facts.push(Fact { position: part.position, label: part.label, value, hint, tone: "" });
        }
    }
    Ok(facts)
}

async fn tabs(cx: &Cx, tx: &TenantTx, id: ClientId, active: &str) -> Result<Vec<Tab>> {
    let mut all = vec![
        ClientTab {
            label: "Timeline",
            icon: "activity",
            position: 10,
            href: |slug, id| format!("/app/{slug}/clients/{id}"),
            permission: CLIENTS_READ,
            count: None,
        },
        ClientTab {
            label: "Contacts",
            icon: "contact",
            position: 20,
            href: |slug, id| format!("/app/{slug}/clients/{id}/contacts"),
            permission: CLIENTS_READ,
            count: Some(|tx, id| Box::pin(contacts::store::count_for(tx, id))),
        },
    ];
    all.extend(
        cx.app
            .parts
            .find::<ClientTabs>()
            .unwrap_or_default()
            .0
            .into_iter()
            .filter(|tab| cx.may(tab.permission)),
    );
    all.sort_by_key(|tab| tab.position);
    let counts = futures::future::join_all(all.iter().map(|tab| async move {
        match tab.count {
            Some(count) => count(tx, id).await.map(Some),
            None => Ok(None),
        }
    }))
    .await;
    let mut tabs = Vec::new();
    for (tab, count) in all.iter().zip(counts) {
        tabs.push(Tab {
            label: tab.label,
            href: (tab.href)(&cx.workspace().slug, id),
            active: tab.label == active,
            count: count?.filter(|count| *count > 0).map(|count| count.to_string()).unwrap_or_default(),
        });
    }
    Ok(tabs)
}
