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

/// `GET /`.
pub async fn landing(visitor: Visitor) -> Result<Response> {
    page(&Landing {
        shell: visitor.shell("Rapport: win, serve, bill and keep your clients"),
        signed_in: visitor.signed_in.is_some(),
    })
}
