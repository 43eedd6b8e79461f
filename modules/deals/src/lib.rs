//! Deals: sales opportunities on their way through a pipeline, to won or lost.
//!
//! What a won deal opens is put in from above as [`OnWon`], so that the project is there in
//! the transaction, and in the answer, that wins the deal.

mod board;
mod deals;
mod erase;
mod events;
mod forecast;
mod history;
mod jobs;
mod links;
mod parts;
mod permissions;
mod personal;
mod pipelines;
mod routes;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

use futures::FutureExt;
use rapport_web::{Module, NavEntry};

pub use crate::deals::{
    Deal, DealId, NewDeal, StageRef,
    actions::{create_in, set_project},
    store::{find, get, names},
};
pub use clients::{ClientId, ContactId};
pub use events::{
    DealCreated, DealDeleted, DealLost, DealReopened, DealReordered, DealRestored, DealStageChanged,
    DealUpdated, DealWon, PipelineChanged,
};
pub use parts::{OnWon, TemplateChoices, WonDeal};
pub use permissions::{
    DEALS_CREATE, DEALS_DELETE, DEALS_READ, DEALS_READ_ALL, DEALS_UPDATE, DEALS_VALUES, PIPELINES_MANAGE,
};
pub use pipelines::{LossReason, LossReasonId, Pipeline, PipelineId, Stage, StageId, StageKind};

use clients::CLIENTS_CREATE;

/// The module's declarations.
#[must_use]
pub fn module() -> Module {
    Module {
        routes: routes::routes(),
        permissions: permissions::ALL.to_vec(),
        events: events::all(),
        schedules: jobs::schedules(),
        listeners: jobs::listeners(),
        nav: vec![NavEntry {
            section: "Work",
            label: "Deals",
            icon: "square-kanban",
            path: "deals",
            permission: Some(DEALS_READ),
            key: Some('d'),
            position: 50,
            primary: true,
        }],
        shell: vec![links::shell],
        search: vec![links::search],
        parts: Some(links::parts),
        erase_clients: Some(|tx, clients| erase::erase_clients(tx, clients).boxed()),
        settings: vec![rapport_web::SettingsPage {
            label: "Pipelines",
            path: "pipelines",
            permission: permissions::PIPELINES_MANAGE,
            position: 50,
        }],
        personal: personal::TABLES.to_vec(),
        ..Module::new("deals")
    }
}
