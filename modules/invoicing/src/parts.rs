//! What invoices add to other rooms: the client's page, the shell, the palette, the checks.

use clients::{ClientFact, ClientFacts, ClientId, ClientTab, ClientTabs, DeletionGuard, DeletionGuards};
use futures::FutureExt;
use rapport_base::{Parts, Result};
use rapport_db::TenantTx;
use rapport_ui::{CreateLink, Shell};
use rapport_web::{Check, Cx, Hit, ShellChange};

use crate::{
    figures,
    invoices::{InvoiceQuery, actions::today, list, store},
    permissions::{INVOICES_CREATE, INVOICES_READ},
};

pub(crate) fn put(parts: Parts) -> Parts {
    let mut tabs = parts.find::<ClientTabs>().unwrap_or_default();
    tabs.0.push(ClientTab {
        label: "Invoices",
        icon: "receipt-text",
        position: 60,
        href: |slug, client| format!("/app/{slug}/clients/{client}/invoices"),
        permission: INVOICES_READ,
        count: Some(|tx, client| store::count_of_client(tx, client).boxed()),
    });
    let mut facts = parts.find::<ClientFacts>().unwrap_or_default();
    facts.0.push(ClientFact {
        label: "Open balance",
        position: 15,
        permission: INVOICES_READ,
        value: |cx, tx, client| balance(cx, tx, client).boxed(),
    });
    let mut guards = parts.find::<DeletionGuards>().unwrap_or_default();
    guards.0.push(DeletionGuard(|tx, client| open_invoices(tx, client).boxed()));
    parts.with(tabs).with(facts).with(guards)
}

async fn balance(cx: &Cx, tx: &TenantTx, client: ClientId) -> Result<Option<(String, String)>> {
    let balances = figures::store::balances(tx, client, today(cx)).await?;
    let fmt = cx.fmt();
    let amounts: Vec<String> = balances.iter().map(|b| fmt.money(b.open_cents, b.currency)).collect();
    let overdue: Vec<String> = balances
        .iter()
        .filter(|b| b.overdue_cents > 0)
        .map(|b| fmt.money(b.overdue_cents, b.currency))
        .collect();
    let value = if amounts.is_empty() { "Nothing".to_owned() } else { amounts.join(" + ") };
    let hint = if overdue.is_empty() { String::new() } else { format!("{} overdue", overdue.join(" + ")) };
    Ok(Some((value, hint)))
}

async fn open_invoices(tx: &TenantTx, client: ClientId) -> Result<Vec<String>> {
    Ok(store::open_of_client(tx, client)
        .await?
        .into_iter()
        .map(|invoice| format!("invoice {}", invoice.number))
        .collect())
}

pub(crate) async fn shell(cx: &Cx, tx: &TenantTx) -> Result<ShellChange> {
    let overdue = if cx.may(INVOICES_READ) { figures::store::count_overdue(tx, today(cx)).await? } else { 0 };
    let (list, new) = (cx.path("invoices"), cx.path("invoices/new"));
    let may_create = cx.may(INVOICES_CREATE);
    Ok(Box::new(move |shell: &mut Shell| {
        let items = shell.nav.iter_mut().flat_map(|section| &mut section.items);
        for item in items.filter(|item| item.href == list && overdue > 0) {
            item.badge = Some(if overdue > 99 { "99+".into() } else { overdue.to_string() });
        }
        if may_create {
            shell.create.push(CreateLink { label: "Invoice".into(), icon: "receipt-text".into(), href: new });
        }
    }))
}

/// Invoices by the beginning of their number, or their client's name.
pub(crate) async fn search(cx: &Cx, tx: &TenantTx, typed: &str) -> Result<Vec<Hit>> {
    if !cx.may(INVOICES_READ) {
        return Ok(Vec::new());
    }
    let query = InvoiceQuery { search: Some(typed.to_owned()), limit: Some(6), ..InvoiceQuery::default() };
    let found = list::page(tx, &query, today(cx)).await?;
    let (fmt, today) = (cx.fmt(), today(cx));
    Ok(found
        .data
        .into_iter()
        .map(|invoice| Hit {
            group: "Invoices",
            title: format!("{} · {}", invoice.title(), invoice.client_name),
            subtitle: format!(
                "{} · {}",
                fmt.money(invoice.total_cents, invoice.currency),
                invoice.status(today).label()
            ),
            href: cx.path(&format!("invoices/{}", invoice.id)),
            icon: "receipt-text",
        })
        .collect())
}

/// Sums that are kept in step, against the facts they are made of.
pub(crate) fn checks() -> Vec<Check> {
    vec![
        Check { name: "totals of invoices", run: |tx| figures::checks::totals(tx).boxed() },
        Check { name: "payments of invoices", run: |tx| figures::checks::paid(tx).boxed() },
        Check { name: "allocations of payments", run: |tx| figures::checks::allocated(tx).boxed() },
    ]
}
