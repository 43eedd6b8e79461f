//! The figures above the list of invoices, as pictures.

use jiff::civil::Date;
use rapport_base::{Currency, Result};
use rapport_db::TenantTx;
use rapport_ui::{Format, Html, chart};

use super::{
    rules::{by_month, change, months},
    store::{self, Open},
};

/// One tile.
pub(crate) struct Tile {
    pub label: &'static str,
    pub value: String,
    pub hint: String,
    pub tone: &'static str,
    pub href: String,
    pub spark: Html,
}

/// The tiles and the picture of how late what is owed is.
pub(crate) struct Figures {
    pub tiles: Vec<Tile>,
    pub ageing: Option<Html>,
}

/// Reads and draws the figures; `path` is that of the list.
pub(crate) async fn figures(
    tx: &TenantTx,
    home: Currency,
    today: Date,
    fmt: &Format,
    path: &str,
) -> Result<Figures> {
    let months = months(today);
    let (open, revenue, days) = futures::join!(
        store::open(tx, today),
        store::revenue(tx, months[0]),
        store::days_to_pay(tx, months[0])
    );
    let (open, revenue, days) = (open?, revenue?, days?);
    let of = |currency: Currency| -> Vec<(Date, i64)> {
        revenue
            .iter()
            .filter(|(known, _, _)| *known == currency)
            .map(|(_, month, cents)| (*month, *cents))
            .collect()
    };
    let by_months = by_month(&months, &of(home));
    let elsewhere = revenue
        .iter()
        .filter(|(currency, month, cents)| *currency != home && *month == months[11] && *cents != 0);
    let elsewhere: Vec<String> = elsewhere.map(|(currency, _, cents)| fmt.money(*cents, currency)).collect();
    let (before, now) = (by_months[10], by_months[11]);
    let (grown, tone) = match change(before, now) {
        Some(percent) if percent >= 0 => (format!("+{percent} % on last month"), "green"),
        Some(percent) => (format!("{percent} % on last month"), "amber"),
        None => ("Payments received".into(), ""),
    };
    let hint = if elsewhere.is_empty() { grown } else { format!("{grown}, and {}", elsewhere.join(", ")) };
    let main = open.iter().find(|o| o.currency == home);
    let settled = |at: usize| {
        days.iter().find(|(month, _, _)| *month == months[at]).map(|(_, sum, count)| (*sum, *count))
    };
    let last: Vec<(i64, i64)> = (9..12).filter_map(settled).collect();
    let (sum, count) = last.iter().fold((0, 0), |all, part| (all.0 + part.0, all.1 + part.1));
    let average: Vec<i64> =
        (0..12).map(|at| settled(at).map_or(0, |(sum, count)| sum / count.max(1))).collect();
    let late: i64 = open.iter().map(|o| o.overdue).sum();
    let tiles = vec![
        Tile {
            label: "Revenue this month",
            value: fmt.money(now, home),
            hint,
            tone,
            href: String::new(),
            spark: chart::spark(&by_months),
        },
        Tile {
            label: "Open invoices",
            value: fmt.money(main.map_or(0, |o| o.open_cents), home),
            hint: others(
                &open,
                home,
                |o| o.open_cents,
                fmt,
                fmt.plural(open.iter().map(|o| o.invoices).sum::<i64>(), "invoice", "invoices"),
            ),
            tone: "",
            href: format!("{path}?status=open"),
            spark: Html::default(),
        },
        Tile {
            label: "Overdue",
            value: fmt.money(main.map_or(0, |o| o.overdue_cents), home),
            hint: if late == 0 {
                "Nothing is late".into()
            } else {
                others(&open, home, |o| o.overdue_cents, fmt, fmt.plural(late, "invoice", "invoices"))
            },
            tone: if late == 0 { "green" } else { "red" },
            href: format!("{path}?status=overdue"),
            spark: Html::default(),
        },
        Tile {
            label: "Average time to pay",
            value: if count == 0 {
                "–".into()
            } else {
                fmt.plural((sum + count / 2) / count, "day", "days")
            },
            hint: "Paid in the last three months".into(),
            tone: "",
            href: String::new(),
            spark: chart::spark(&average),
        },
    ];
    Ok(Figures { tiles, ageing: main.filter(|o| o.overdue_cents > 0).map(|o| ageing(o, fmt)) })
}

/// What there is besides, in other currencies.
fn others(open: &[Open], home: Currency, cents: fn(&Open) -> i64, fmt: &Format, count: String) -> String {
    let more: Vec<String> = open
        .iter()
        .filter(|o| o.currency != home && cents(o) > 0)
        .map(|o| fmt.money(cents(o), o.currency))
        .collect();
    if more.is_empty() { count } else { format!("{count}, and {}", more.join(", ")) }
}

fn ageing(open: &Open, fmt: &Format) -> Html {
    let currency = open.currency;
    chart::Chart::new("How late it is")
        .about(format!("Open invoices in {currency} by days past their due date"))
        .labels(["Not due", "1–30 days", "31–60 days", "61–90 days", "Over 90 days"])
        .series(
            "Open",
            [open.not_due_cents, open.to_30_cents, open.to_60_cents, open.to_90_cents, open.later_cents],
        )
        .format(|cents| fmt.money_short(cents, currency))
        .rows()
}
