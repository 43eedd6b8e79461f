//! Pages for what went wrong.

use askama::Template;

use crate::PlainShell;

#[derive(Template)]
#[template(path = "pages/error.html")]
struct ErrorPage<'a> {
    shell: PlainShell,
    status: u16,
    title: &'static str,
    text: &'a str,
    icon: &'static str,
    reference: &'a str,
}

/// The page for a status: what happened, what to do, and the reference of a fault of ours.
/// `told` says it more closely than the status does; empty for the status's own words.
pub fn error(status: u16, reference: &str, told: &str, shell: &PlainShell) -> String {
    let (title, text, icon) = words(status);
    let text = if told.is_empty() { text } else { told };
    let shell = shell.clone().titled(title);
    ErrorPage { shell, status, title, text, icon, reference }.render().unwrap_or_default()
}

fn words(status: u16) -> (&'static str, &'static str, &'static str) {
    match status {
        400 => (
            "That request makes no sense to us",
            "Go back, reload the page and try once more.",
            "circle-question-mark",
        ),
        401 => {
            ("Please sign in", "Your session has ended. Sign in and you are back where you were.", "log-in")
        }
        403 => (
            "This is not open to you",
            "Your role does not include this. Ask an owner or admin of the workspace.",
            "lock",
        ),
        404 => (
            "Nothing here",
            "The page does not exist, was deleted, or is not shared with you. Check the address or go back.",
            "map-pin-off",
        ),
        409 => (
            "Someone was faster",
            "This was changed by someone else meanwhile. Reload to see the newest state, then try again.",
            "git-compare-arrows",
        ),
        413 => ("That is too large", "Choose a smaller file, or send it in parts.", "package-x"),
        429 => (
            "A little slower, please",
            "There were too many attempts in a short time. Wait a minute, then try again.",
            "hourglass",
        ),
        503 => (
            "Back in a moment",
            "Rapport is restarting or very busy. Your work is safe. Reload in a few seconds.",
            "coffee",
        ),
        507 => (
            "The disk is nearly full",
            "Files cannot be stored right now; everything else works. The operator has been told.",
            "hard-drive",
        ),
        status if status >= 500 => (
            "Something broke on our side",
            "Nothing of yours was lost. Try again; if it stays, tell us the reference below.",
            "unplug",
        ),
        _ => ("That did not work", "Go back and try once more.", "circle-question-mark"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_page_says_what_to_do_and_shows_the_reference_of_a_fault() {
        let page = error(500, "01J<9", "", &PlainShell::default());
        assert!(page.contains("Something broke on our side"));
        assert!(error(409, "", "The stage was <moved>.", &PlainShell::default()).contains("The stage was"));
        assert!(page.contains("01J") && !page.contains("01J<9"));
        assert!(!error(404, "", "", &PlainShell::default()).contains("Reference"));
    }

    #[test]
    fn every_icon_of_an_error_page_exists() {
        for status in [400, 401, 403, 404, 409, 413, 418, 429, 500, 503, 507] {
            assert!(crate::icons::exists(words(status).2), "{status}");
        }
    }
}
