//! The page for those who do not know Rapport yet.

use axum::response::Response;
use rapport_base::Result;
use rapport_ui::PlainShell;
use rapport_web::{Visitor, page};

#[derive(askama::Template)]
#[template(path = "home/landing.html")]
struct Landing {
    shell: PlainShell,
    signed_in: bool,
}

const ABOUT: &str = "One system in which a business wins, serves, bills and keeps its clients: deals, projects, time, invoices, a portal without accounts, and one timeline per client. Free to host yourself.";

/// `GET /`.
pub async fn landing(visitor: Visitor) -> Result<Response> {
    let shell = visitor.shell("Rapport: win, serve, bill and keep your clients");
    page(&Landing {
        shell: PlainShell { about: ABOUT.into(), ..shell },
        signed_in: visitor.signed_in.is_some(),
    })
}
