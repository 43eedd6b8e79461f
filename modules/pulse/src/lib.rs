//! Client pulse: how well each client is, from what happened, with the reasons in plain words.

mod events;
mod health;
mod jobs;
mod permissions;
mod personal;
mod routes;
mod settings;

use clients::{ClientTab, ClientTabs};
use rapport_base::Parts;
use rapport_web::{Module, NavEntry};

pub use events::{HealthCalculated, HealthChanged};
pub use health::{Cause, ClientHealth, Evidence, Factor, actions::recalculate_in, rules::Level};
pub use permissions::{PULSE_MANAGE, PULSE_READ, PULSE_RECALCULATE};

/// The module's declarations.
#[must_use]
pub fn module() -> Module {
    Module {
        routes: routes::routes(),
        permissions: permissions::ALL.to_vec(),
        events: events::all(),
        jobs: jobs::all(),
        schedules: jobs::schedules(),
        listeners: jobs::listeners(),
        nav: vec![NavEntry {
            section: "Insight",
            label: "Client health",
            icon: "heart-pulse",
            path: "health",
            permission: Some(PULSE_READ),
            key: Some('h'),
            position: 310,
            primary: false,
        }],
        parts: Some(put),
        settings: vec![rapport_web::SettingsPage {
            label: "Health",
            path: "health",
            permission: permissions::PULSE_MANAGE,
            position: 70,
        }],
        personal: personal::TABLES.to_vec(),
        ..Module::new("pulse")
    }
}

fn put(parts: Parts) -> Parts {
    let mut tabs = parts.find::<ClientTabs>().unwrap_or_default();
    tabs.0.push(ClientTab {
        label: "Health",
        icon: "heart-pulse",
        position: 80,
        href: |slug, client| format!("/app/{slug}/clients/{client}/health"),
        permission: PULSE_READ,
        count: None,
    });
    parts.with(tabs)
}
