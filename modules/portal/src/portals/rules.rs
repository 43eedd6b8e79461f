//! What a portal may be.

use rapport_base::{FieldError, Refusal, Result, text};

use super::{Portal, Theme};

/// Gathers what is wrong with a portal's fields.
#[derive(Default)]
pub struct Faults(Vec<FieldError>);

impl Faults {
    /// Notes one.
    pub fn add(&mut self, field: &str, code: &'static str, message: &str) {
        self.0.push(FieldError::new(field, code, message));
    }
    /// Refuses when there is any.
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal::invalid(self.0).into()) }
    }
}

/// Checks and tidies a portal's fields in place.
pub fn tidy(portal: &mut Portal) -> Result<()> {
    let mut faults = Faults::default();
    portal.title = text::clean_line(&portal.title).unwrap_or_default();
    portal.description = text::clean(&portal.description).unwrap_or_default();
    portal.welcome_text = text::clean(&portal.welcome_text).unwrap_or_default();
    if portal.title.is_empty() {
        faults.add("title", "required", "Give the portal a title.");
    }
    if portal.title.chars().count() > 200 {
        faults.add("title", "too_long", "Keep the title under 200 characters.");
    }
    if portal.description.chars().count() > 5_000 {
        faults.add("description", "too_long", "Keep the description under 5,000 characters.");
    }
    if portal.welcome_text.chars().count() > 5_000 {
        faults.add("theme.welcome_text", "too_long", "Keep the greeting under 5,000 characters.");
    }
    if !matches!(portal.status.as_str(), "draft" | "active" | "archived") {
        faults.add("status", "unknown", "Choose draft, active or archived.");
    }
    if !(1..=365).contains(&portal.link_days) {
        faults.add("link_days", "out_of_range", "Let links live 1 to 365 days.");
    }
    portal.accent_color = portal
        .accent_color
        .take()
        .and_then(|color| text::clean_line(&color))
        .map(|color| color.to_lowercase());
    if portal.accent_color.as_deref().is_some_and(|color| !is_color(color)) {
        faults.add("theme.accent_color", "invalid", "Write a colour as #rrggbb, such as #2457c5.");
    }
    if portal.project_ids.len() > 100 {
        faults.add("project_ids", "too_many", "Show at most 100 projects.");
    }
    faults.finish()
}

/// Puts a theme onto a portal.
pub fn dress(portal: &mut Portal, theme: Theme) {
    portal.accent_color = theme.accent_color;
    portal.logo_file_id = theme.logo_file_id;
    portal.welcome_text = theme.welcome_text.unwrap_or_default();
}

fn is_color(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// What a guest's role lets them do, beyond looking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Write messages, upload, give feedback.
    Comment,
    /// Approve deliverables or send them back.
    Approve,
    /// Pay.
    Pay,
}

/// Whether a role reaches an act: each role may what the ones before may.
#[must_use]
pub fn role_may(role: &str, act: Act) -> bool {
    let highest = match role {
        "payer" => Act::Pay,
        "approver" => Act::Approve,
        "commenter" => Act::Comment,
        _ => return false,
    };
    act <= highest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_guest_role_may_what_the_ones_before_may() {
        assert!(!role_may("viewer", Act::Comment));
        assert!(role_may("commenter", Act::Comment) && !role_may("commenter", Act::Approve));
        assert!(role_may("approver", Act::Approve) && !role_may("approver", Act::Pay));
        assert!(role_may("payer", Act::Comment) && role_may("payer", Act::Pay));
    }

    #[test]
    fn a_colour_is_six_hexadecimal_digits() {
        assert!(is_color("#2457c5"));
        for bad in ["2457c5", "#245", "#2457cg", "#2457c5;x", ""] {
            assert!(!is_color(bad), "{bad}");
        }
    }
}
