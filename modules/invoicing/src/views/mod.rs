//! The page a client sees behind the link in the mail, without an account.
//!
//! Opening the link (GET) shows the invoice and changes nothing, so that mail scanners which
//! follow links leave no trace. It counts as viewed when the page itself says so: by a small
//! POST that its script sends as soon as it stands, or by the first button pressed (download,
//! pay), which is a POST too.

pub(crate) mod actions;
pub(crate) mod pages;
pub(crate) mod store;

use rapport_base::Token;
use rapport_db::App;

/// The address of an invoice's page.
pub(crate) fn url(app: &App, token: &Token) -> String {
    app.url(&format!("/i/{}", token.expose()))
}
