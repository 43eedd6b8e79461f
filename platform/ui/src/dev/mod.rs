//! `/dev/components`: every component in every state, for people and for the checks.

mod samples;

use askama::Template;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use samples::{Charts, Column, Invoice, charts, columns, form, invoices, list};

use crate::chart;
use crate::{
    Choice, CreateLink, Crumb, FormState, Format, Html, ListState, NavItem, NavSection, Person, PlainShell,
    PortalShell, Shell, Theme, Timer, Toast, Workspace, WorkspaceLink,
};

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

    #[test]
    fn the_cards_of_a_board_share_one_menu() {
        let html = page("n", Theme::System);
        assert!(html.matches("class=\"bcard\"").count() > 4);
        assert_eq!(html.matches("card-move\"").count(), html.matches("class=\"bcard\"").count());
        assert_eq!(html.matches("id=\"board-menu\"").count(), 1);
    }
}
