//! What a form that changes a rate asks: which time gets the new one.

use askama::Template;
use jiff::civil::Date;
use rapport_ui::{FormState, Html};
use rapport_web::Reader;

#[derive(Template)]
#[template(path = "rates/question.html")]
struct Question<'a> {
    form: &'a FormState,
    changed: &'a str,
    options: [(&'static str, &'static str); 2],
}

/// The question, shown once one of the fields that match `changed`, a CSS selector, was changed.
///
/// # Errors
/// A bug in the template.
pub fn question(form: &FormState, changed: &str) -> askama::Result<Html> {
    let options = [("from", "Only time from a day on"), ("all", "All time that is not approved yet")];
    Ok(Html::raw(Question { form, changed, options }.render()?))
}

/// The form with the usual answer: time from today on.
#[must_use]
pub fn asked(form: FormState, today: Date) -> FormState {
    form.with("rate_counts", "from").with("rate_from", today)
}

/// The answer: a day, or none for all time that is not approved yet.
pub fn answered(read: &mut Reader<'_>) -> Option<Date> {
    if read.text("rate_counts") == "all" {
        return None;
    }
    let day = read.date("rate_from");
    if day.is_none() && read.text("rate_counts") == "from" {
        read.error("rate_from", "required", "Choose the first day of the new rate.");
    }
    day
}
