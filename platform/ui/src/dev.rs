//! `/dev/components`: every component in every state, for people and for the checks.

use askama::Template;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::chart::{self, Chart, Slice};
use crate::{
    Choice, CreateLink, Crumb, FormState, Format, Html, ListState, NavItem, NavSection, Person, PlainShell,
    PortalShell, Shell, Theme, Timer, Toast, Workspace, WorkspaceLink,
};

struct Invoice {
    number: &'static str,
    client: &'static str,
    what: &'static str,
    status: &'static str,
    tone: &'static str,
    due: Option<Date>,
    cents: i64,
}

struct Card {
    id: &'static str,
    title: &'static str,
    what: &'static str,
    cents: i64,
    owner: &'static str,
    late: bool,
}

struct Column {
    id: &'static str,
    name: &'static str,
    tone: &'static str,
    total: String,
    cards: Vec<Card>,
}

struct Charts {
    area: Html,
    stacked: Html,
    line: Html,
    bars: Html,
    rows: Html,
    donut: Html,
    funnel: Html,
    heat: Html,
}

#[derive(Template)]
#[template(path = "dev/components.html")]
struct Components<'a> {
    shell: Shell,
    list: ListState,
    form: FormState,
    bad: FormState,
    dialog_form: FormState,
    dialog: &'a str,
    invoices: Vec<Invoice>,
    columns: Vec<Column>,
    stages: Vec<Choice>,
    statuses: [(&'static str, &'static str); 4],
    projects: Vec<(String, String)>,
    whens: [Choice; 2],
    days: [(&'static str, &'static str); 5],
    kinds: [Choice; 3],
    people: [&'static str; 6],
    spark: Html,
    gauge: Html,
    charts: Charts,
    now: Timestamp,
    earlier: Timestamp,
    before: Timestamp,
}

/// The page; `dialog` names the dialog that stands open.
pub fn page(nonce: &str, theme: Theme) -> String {
    page_with(nonce, theme, "")
}

/// [`page`] with a dialog open, as the server renders it for a browser without scripts.
pub fn page_with(nonce: &str, theme: Theme, dialog: &str) -> String {
    let shell = shell(nonce, theme);
    let now = shell.fmt.now;
    let back = |hours| now.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(now);
    let page = Components {
        charts: charts(&shell.fmt),
        list: list(),
        form: form(),
        bad: FormState::scoped("expense")
            .with("date", "2026-11-20")
            .with("amount", "-12")
            .with("billable", "on")
            .with_error("amount", "Must be more than zero.")
            .with_error("project", "Choose a project."),
        dialog_form: FormState::scoped("client"),
        dialog,
        invoices: invoices(),
        columns: columns(&shell.fmt),
        stages: ["Lead", "Proposal", "Negotiation", "Won"]
            .map(|name| Choice::new(name.to_lowercase(), name))
            .to_vec(),
        statuses: [("draft", "Draft"), ("sent", "Sent"), ("paid", "Paid"), ("overdue", "Overdue")],
        projects: (1..=24)
            .map(|i| (format!("p{i}"), format!("Website rebuild {i}, Northwind Studio")))
            .collect(),
        whens: [
            Choice::new("now", "Now").hint("The client gets it within a minute."),
            Choice::new("later", "On the first of the month").hint("At nine in the morning, their time."),
        ],
        days: [("mo", "Mon"), ("tu", "Tue"), ("we", "Wed"), ("th", "Thu"), ("fr", "Fri")],
        kinds: [
            Choice::new("agency", "Agency").hint("Projects, retainers, timesheets"),
            Choice::new("field", "Field service").hint("Jobs, visits, estimates"),
            Choice::new("both", "A bit of both").hint("Everything switched on"),
        ],
        people: ["Ada Morel", "Sami Koskinen", "Jo Diaz", "Nora Lindqvist", "Bo Chen", "Émile Roux"],
        spark: chart::spark(&[12_i64, 14, 13, 18, 17, 22, 21, 26, 25, 31]),
        gauge: chart::gauge(82_i64, "Health"),
        now: back(0),
        earlier: back(3),
        before: back(52),
        shell,
    };
    page.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "dev/portal.html")]
struct Portal {
    shell: PortalShell,
    now: Timestamp,
}

#[derive(Template)]
#[template(path = "dev/plain.html")]
struct Plain {
    shell: PlainShell,
    form: FormState,
}

#[derive(Template)]
#[template(path = "dev/public.html")]
struct Public {
    shell: PlainShell,
    features: [(&'static str, &'static str, &'static str); 3],
}

/// A page in one of the other layouts: `portal`, `plain`, `public` or `error`.
pub fn layout(kind: &str, nonce: &str, theme: Theme) -> String {
    let team = shell(nonce, theme);
    let plain = PlainShell {
        title: "Rapport".into(),
        csrf: team.csrf.clone(),
        nonce: nonce.into(),
        theme,
        fmt: team.fmt.clone(),
        ..PlainShell::default()
    };
    let html = match kind {
        "portal" => Portal { now: team.fmt.now, shell: portal(team) }.render(),
        "plain" => Plain { shell: plain.titled("Sign in"), form: FormState::new() }.render(),
        "public" => Public {
            shell: plain,
            features: [
                (
                    "kanban",
                    "Win",
                    "Deals on a board, quotes that are signed online, follow-ups that are not forgotten.",
                ),
                (
                    "clock",
                    "Deliver",
                    "Projects open themselves when a deal is won. Time is tracked where the work is.",
                ),
                (
                    "receipt-text",
                    "Get paid",
                    "One click turns tracked time into an invoice, with a link to pay it.",
                ),
            ],
        }
        .render(),
        _ => return crate::pages::error(500, "01JD7X3V9Q", "", &plain),
    };
    html.unwrap_or_default()
}

fn portal(team: Shell) -> PortalShell {
    let item = |label: &str, icon: &str, badge: &str| NavItem {
        label: label.into(),
        icon: icon.into(),
        href: format!("#{}", label.to_lowercase()),
        active: label == "Overview",
        badge: Some(badge.to_owned()).filter(|badge| !badge.is_empty()),
        ..NavItem::default()
    };
    PortalShell {
        title: "Overview".into(),
        agency: team.workspace,
        portal_title: "Website rebuild".into(),
        contact: Person {
            name: "Nora Lindqvist".into(),
            email: "nora@lumen.example".into(),
            ..Person::default()
        },
        nav: vec![
            item("Overview", "house", ""),
            item("Approvals", "circle-check", "1"),
            item("Messages", "message-circle", ""),
            item("Files", "folder", ""),
            item("Invoices", "receipt-text", "1"),
        ],
        base: "/portal/p1".into(),
        csrf: team.csrf,
        nonce: team.nonce,
        theme: team.theme,
        live: "message.",
        fmt: team.fmt,
        powered_by: true,
        ..PortalShell::default()
    }
}

fn shell(nonce: &str, theme: Theme) -> Shell {
    let now = "2026-11-21T10:24:00Z".parse().unwrap_or(Timestamp::UNIX_EPOCH);
    let item = |label: &str, icon: &str, key: Option<char>, badge: &str, primary: bool| NavItem {
        label: label.into(),
        icon: icon.into(),
        href: format!("#{}", label.to_lowercase().replace(' ', "-")),
        active: label == "Invoices",
        badge: Some(badge.to_owned()).filter(|badge| !badge.is_empty()),
        key,
        primary,
    };
    let section = |label: &str, items: Vec<NavItem>| NavSection { label: label.into(), items };
    Shell {
        title: "Components".into(),
        workspace: Workspace {
            name: "Northlight".into(),
            slug: "northlight".into(),
            initials: "N".into(),
            kind: "Agency".into(),
            ..Workspace::default()
        },
        workspaces: vec![
            WorkspaceLink {
                name: "Northlight".into(),
                initials: "N".into(),
                href: "#n".into(),
                current: true,
            },
            WorkspaceLink {
                name: "Harbor & Pine".into(),
                initials: "H".into(),
                href: "#h".into(),
                current: false,
            },
        ],
        user: Person {
            name: "Ada Morel".into(),
            email: "ada@northlight.example".into(),
            initials: "AM".into(),
            role: "Owner".into(),
            avatar_url: None,
        },
        nav: vec![
            section(
                "",
                vec![
                    item("Home", "house", Some('h'), "", true),
                    item("Inbox", "inbox", Some('i'), "3", false),
                ],
            ),
            section(
                "Work",
                vec![
                    item("Clients", "users", Some('c'), "", true),
                    item("Pipeline", "kanban", Some('p'), "12", false),
                    item("Projects", "folder-kanban", Some('o'), "", false),
                    item("Time", "clock", Some('t'), "", true),
                ],
            ),
            section(
                "Money",
                vec![
                    item("Invoices", "receipt-text", Some('n'), "5", true),
                    item("Expenses", "wallet", None, "", false),
                ],
            ),
            section(
                "Insight",
                vec![
                    item("Client health", "heart-pulse", None, "", false),
                    item("Reports", "chart-line", None, "", false),
                ],
            ),
        ],
        csrf: "token".into(),
        nonce: nonce.into(),
        flash: vec![
            Toast::success("Invoice INV-1047 was sent to Atlas Freight.").undo("#undo"),
            Toast::error("The receipt could not be read. Try a sharper photo."),
        ],
        theme,
        live: "invoice. deal.",
        breadcrumbs: vec![Crumb { label: "Design".into(), href: "#design".into() }],
        unread: 3,
        timer: Some(Timer {
            label: "Website rebuild: checkout".into(),
            started_at: now.checked_sub(SignedDuration::from_mins(47)).unwrap_or(now),
            href: "#timer".into(),
        }),
        show_timer: true,
        create: vec![
            CreateLink { label: "Client".into(), icon: "user-plus".into(), href: "#new-client".into() },
            CreateLink { label: "Deal".into(), icon: "kanban".into(), href: "#new-deal".into() },
            CreateLink { label: "Invoice".into(), icon: "receipt-text".into(), href: "#new-invoice".into() },
        ],
        fmt: Format::new("en-US", TimeZone::UTC, now, "USD"),
        ..Shell::default()
    }
}

fn list() -> ListState {
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

fn form() -> FormState {
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

fn invoices() -> Vec<Invoice> {
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

fn columns(fmt: &Format) -> Vec<Column> {
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

fn charts(fmt: &Format) -> Charts {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_components_renders_whole_in_every_theme() {
        for theme in [Theme::System, Theme::Light, Theme::Dark] {
            let html = page("nonce", theme);
            assert!(html.ends_with("</html>") || html.trim_end().ends_with("</html>"));
            assert!(html.contains("From lead to won"));
        }
    }

    #[test]
    fn no_id_stands_twice_and_nothing_is_inline() {
        let html = page("nonce", Theme::System);
        let mut ids: Vec<&str> =
            html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        ids.sort_unstable();
        let twice: Vec<&str> = ids.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
        assert!(twice.is_empty(), "{twice:?}");
        for forbidden in [" style=", "<style", " onclick", "javascript:"] {
            assert!(!html.contains(forbidden), "{forbidden}");
        }
    }

    #[test]
    fn every_icon_asked_for_exists() {
        let html = page("nonce", Theme::System);
        let missing = crate::icons::inside("circle-dashed");
        assert!(!html.contains(missing.as_str()), "an icon is missing");
    }

    #[test]
    fn every_layout_renders_whole() {
        for kind in ["portal", "plain", "public", "error"] {
            let html = layout(kind, "n", Theme::Dark);
            assert!(html.contains("id=\"main\"") && html.trim_end().ends_with("</html>"), "{kind}");
        }
    }

    #[test]
    fn a_dialog_asked_for_by_url_stands_open() {
        assert!(page_with("n", Theme::System, "new-client").contains("data-modal open"));
    }
}
