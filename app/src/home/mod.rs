//! Pages that belong to no single module.

mod dashboard;
mod docs;
mod first_steps;
mod landing;
mod palette;
mod pictures;
mod sample;
mod stream;

use rapport_base::Parts;
use rapport_db::App;
use rapport_queue::Feed;
use rapport_web::{Access, Doc, Module, NavEntry, Routes};

pub use sample::{add as add_sample, remove as remove_sample};

/// The module of the house itself.
#[must_use]
pub fn module() -> Module {
    Module {
        routes: routes(),
        nav: vec![NavEntry {
            section: "Work",
            label: "Dashboard",
            icon: "layout-dashboard",
            path: "",
            permission: None,
            key: Some('g'),
            position: 0,
            primary: true,
        }],
        parts: Some(|parts| parts.with(transfer::Figures(crate::recovery::FIGURES))),
        ..Module::new("home")
    }
}

/// The parts with the live feed among them, which needs the assembled house first.
#[must_use]
pub fn with_feed(app: &App, feed: Feed) -> Parts {
    app.parts.clone().and(feed)
}

fn routes() -> Routes {
    Routes::new("home")
        .get("/", Access::Public, landing::landing)
        .get("/pictures/{name}", Access::Public, pictures::picture)
        .get("/app/{workspace}", Access::Member, dashboard::dashboard)
        .get("/app/{workspace}/activity", Access::Member, dashboard::activity)
        .get("/app/{workspace}/palette", Access::Member, palette::palette)
        .get("/app/{workspace}/search", Access::Member, palette::search)
        .get("/app/{workspace}/stream", Access::Member, stream::stream)
        .post("/app/{workspace}/sample-data", identity::WORKSPACE_MANAGE, sample::add_page)
        .post("/app/{workspace}/sample-data/remove", identity::WORKSPACE_MANAGE, sample::remove_page)
        .get("/api/stream", Access::Member, stream::stream)
        .doc(
            Doc::new("What happens, as it happens")
                .query::<stream::Resume>()
                .about(
                    "Server-sent events of this workspace that you may see. Send `Last-Event-ID` to resume.",
                )
                .answers(200, "text/event-stream of `{id, kind, subject, client_id, at}`"),
        )
        .get("/api/openapi.json", Access::Public, docs::openapi)
        .get("/api/docs", Access::Public, docs::reference)
        .get("/dev/components", Access::Public, docs::components)
}
