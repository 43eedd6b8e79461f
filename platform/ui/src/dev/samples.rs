//! Made-up data for the page of components: long names, many rows, none, errors.

use jiff::civil::{Date, date};

use crate::chart::{self, Chart, Slice};
use crate::{FormState, Format, Html, ListState};

pub(super) struct Invoice {
    pub(super) number: &'static str,
    pub(super) client: &'static str,
    pub(super) what: &'static str,
    pub(super) status: &'static str,
    pub(super) tone: &'static str,
    pub(super) due: Option<Date>,
    pub(super) cents: i64,
}

pub(super) struct Card {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) what: &'static str,
    pub(super) cents: i64,
    pub(super) owner: &'static str,
    pub(super) late: bool,
}

pub(super) struct Column {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) tone: &'static str,
    pub(super) total: String,
    pub(super) cards: Vec<Card>,
}

pub(super) struct Charts {
    pub(super) area: Html,
    pub(super) stacked: Html,
    pub(super) line: Html,
    pub(super) bars: Html,
    pub(super) rows: Html,
    pub(super) donut: Html,
    pub(super) funnel: Html,
    pub(super) heat: Html,
}

pub(super) fn list() -> ListState {
    ListState {
        path: "/dev/components".into(),
        query: vec![("status".into(), "sent".into())],
        sort: "-amount".into(),
        shown: 5,
        total: 1_000,
        total_is_at_least: true,
        next: Some("next".into()),
        previous: None,
        noun: ("invoice", "invoices"),
    }
}

pub(super) fn form() -> FormState {
    FormState::new()
        .with("name", "Lumen Dental")
        .with("phone", "+44 20 7946 0958")
        .with("percent", 15)
        .with("duration", "1:30")
        .with("at", "09:30")
        .with("when", "2026-11-23T09:30")
        .with("stage", "sent")
        .with("brand", "#2457c5")
        .with("terms", "on")
        .with("send", "now")
        .with("days", "mo")
        .with("kind", "agency")
        .with("fixed", "INV-1047")
}

pub(super) fn invoices() -> Vec<Invoice> {
    let row = |number, client, what, status, tone, due, cents| Invoice {
        number,
        client,
        what,
        status,
        tone,
        due,
        cents,
    };
    vec![
        row(
            "INV-1047",
            "Atlas Freight",
            "API integration",
            "Sent",
            "blue",
            Some(date(2026, 12, 2)),
            1_890_000,
        ),
        row(
            "INV-1043",
            "Northwind Studio",
            "Website rebuild, milestone 2",
            "Paid",
            "green",
            Some(date(2026, 11, 3)),
            1_240_000,
        ),
        row("INV-1046", "Lumen Dental", "Brand sprint", "Draft", "neutral", None, 725_000),
        row(
            "INV-1044",
            "Harbor & Pine",
            "Retainer, November",
            "Sent",
            "blue",
            Some(date(2026, 11, 22)),
            480_000,
        ),
        row(
            "INV-1045",
            "Kestrel Roofing",
            "Service call 2291",
            "Overdue",
            "red",
            Some(date(2026, 11, 11)),
            64_050,
        ),
    ]
}

pub(super) fn columns(fmt: &Format) -> Vec<Column> {
    let card = |id, title, what, cents, owner, late| Card { id, title, what, cents, owner, late };
    let column = |id, name, tone, cards: Vec<Card>| Column {
        id,
        name,
        tone,
        total: fmt.money_short(cards.iter().map(|card| card.cents).sum::<i64>(), "USD"),
        cards,
    };
    vec![
        column(
            "lead",
            "Lead",
            "neutral",
            vec![
                card("d1", "Riverbend Co-op", "Booking portal", 950_000, "Ada Morel", false),
                card(
                    "d2",
                    "Oakline Legal",
                    "Search engine retainer for the whole of next year",
                    1_400_000,
                    "Jo Diaz",
                    false,
                ),
            ],
        ),
        column(
            "proposal",
            "Proposal",
            "blue",
            vec![
                card("d3", "Atlas Freight", "Phase 2 tracking app", 4_200_000, "Sami Koskinen", true),
                card("d4", "Lumen Dental", "Patient intake forms", 820_000, "Ada Morel", false),
            ],
        ),
        column(
            "negotiation",
            "Negotiation",
            "amber",
            vec![card("d5", "Kestrel Roofing", "Field app roll-out", 2_100_000, "Jo Diaz", false)],
        ),
        column(
            "won",
            "Won",
            "green",
            vec![
                card("d6", "Northwind Studio", "Website rebuild", 3_680_000, "Sami Koskinen", false),
                card("d7", "Harbor & Pine", "Annual retainer", 5_760_000, "Ada Morel", false),
            ],
        ),
    ]
}

pub(super) fn charts(fmt: &Format) -> Charts {
    let money = |value: i64| fmt.money_short(value, "USD");
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let paid: [i64; 12] = [
        2_100_000, 2_450_000, 2_300_000, 3_100_000, 2_900_000, 3_600_000, 3_450_000, 3_900_000, 4_200_000,
        4_050_000, 5_100_000, 4_800_000,
    ];
    let people = ["Ada", "Sami", "Jo", "Nora", "Bo"];
    Charts {
        area: Chart::new("Revenue by month")
            .about("Paid invoices of 2026")
            .labels(months)
            .series("Paid", paid)
            .format(money)
            .area(),
        stacked: Chart::new("Paid and due by month")
            .labels(months)
            .series("Paid", paid)
            .series("Due", paid.map(|value| value / 5))
            .series("Late", paid.map(|value| value / 11))
            .format(money)
            .stacked(),
        line: Chart::new("Health by week")
            .labels((1..=20).map(|week| format!("W{week}")))
            .series(
                "Lumen Dental",
                [62_i64, 64, 60, 58, 61, 66, 70, 69, 72, 75, 74, 71, 66, 68, 73, 77, 80, 79, 81, 82],
            )
            .series(
                "All clients",
                [70_i64, 70, 71, 69, 70, 71, 72, 72, 71, 73, 73, 72, 72, 73, 74, 74, 75, 74, 75, 76],
            )
            .mark(11, "Late delivery")
            .line(),
        bars: Chart::new("Hours by person")
            .labels(people)
            .series("Billable", [31_i64, 28, 35, 22, 30])
            .series("Other", [6_i64, 9, 3, 11, 7])
            .format(|value| format!("{value} h"))
            .bars(),
        rows: Chart::new("Unpaid by age")
            .labels(["Not due", "1–30 days", "31–60 days", "Over 60 days"])
            .series("Unpaid", [1_940_000_i64, 720_000, 410_000, 124_000])
            .format(money)
            .rows(),
        donut: chart::donut(
            "Revenue by kind of work",
            &[
                Slice::new("Projects", 4_900_000_i64),
                Slice::new("Retainers", 2_600_000_i64),
                Slice::new("Support", 700_000_i64),
                Slice::new("Training", 221_000_i64),
            ],
            money,
        ),
        funnel: chart::funnel(
            "Deals of this quarter",
            &[
                Slice::new("Lead", 42_i64),
                Slice::new("Qualified", 27_i64),
                Slice::new("Proposal", 16_i64),
                Slice::new("Won", 9_i64),
            ],
            |value| value.to_string(),
        ),
        heat: chart::heat(
            "Hours by person and day",
            &people,
            &["Mon", "Tue", "Wed", "Thu", "Fri"],
            &[
                vec![7, 8, 6, 8, 4],
                vec![8, 8, 8, 7, 8],
                vec![3, 5, 8, 8, 0],
                vec![6, 2, 7, 8, 5],
                vec![8, 9, 4, 6, 7],
            ],
            |value| format!("{value} h"),
        ),
    }
}
