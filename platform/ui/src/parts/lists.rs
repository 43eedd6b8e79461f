//! Tables' heads, pages of a list, and its filters.

use std::fmt::Display;

use crate::arg::Arg;
use crate::form::{Choices, FormState};
use crate::format::{Format, number};
use crate::html::Tag;
use crate::list::ListState;
use crate::parts::buttons::Button;
use crate::parts::fields::Field;
use crate::{Html, icons};

/// A column's heading.
pub fn th(label: impl Display, num: impl Arg<bool>, hidden: impl Arg<bool>) -> Html {
    let tag = Tag::new("th").class_if(num.value(), "num").attr("scope", "col");
    if hidden.value() {
        tag.html(Tag::new("span").class("sr-only").text(label)).into()
    } else {
        tag.text(label).into()
    }
}

/// A column's heading that sorts: a second press turns the order round.
pub fn sort_th(list: &ListState, label: impl Display, key: impl Display, num: impl Arg<bool>) -> Html {
    let key = key.to_string();
    let bare = key.trim_start_matches('-');
    let current = list.sort.trim_start_matches('-') == bare;
    let down = list.sort.starts_with('-');
    let next = match (current, down) {
        (true, true) => bare.to_owned(),
        (true, false) => format!("-{bare}"),
        (false, _) => key.clone(),
    };
    let (icon, sorted) = match (current, down) {
        (true, true) => ("arrow-down", "descending"),
        (true, false) => ("arrow-up", "ascending"),
        (false, _) => ("chevrons-up-down", ""),
    };
    Tag::new("th")
        .class_if(num.value(), "num")
        .attr("scope", "col")
        .some("aria-sort", sorted)
        .html(
            Tag::new("a")
                .class("sort")
                .class_if(current, "sort-on")
                .attr("href", list.with("sort", next))
                .text(label)
                .html(icons::sized(icon, "sm")),
        )
        .into()
}

/// How many are shown, and the way to the pages around.
pub fn pagination(list: &ListState, fmt: &Format) -> Html {
    if list.total == 0 && list.shown == 0 {
        return Html::default();
    }
    let noun = match (list.total, list.noun) {
        (_, ("", "")) => "",
        (1, (one, _)) => one,
        (_, (_, many)) => many,
    };
    let total = number(i64::try_from(list.total).unwrap_or(i64::MAX), fmt.locale);
    let more = if list.total_is_at_least { "+" } else { "" };
    let all = u64::try_from(list.shown).is_ok_and(|shown| shown == list.total);
    let text = if all && !list.total_is_at_least {
        format!("{total} {noun}")
    } else {
        format!("Showing {} of {total}{more} {noun}", list.shown)
    };
    let step = |label: &str, cursor: &Option<String>, name: &str| {
        let href = cursor.as_ref().map(|cursor| list.with(name, cursor)).unwrap_or_else(|| list.path.clone());
        Button::link(label, href).size("sm").disabled(cursor.is_none()).render()
    };
    Tag::new("nav")
        .class("pagination")
        .attr("aria-label", "Pages")
        .html(Tag::new("p").class("muted num").text(text.trim_end()))
        .html_if(list.next.is_some() || list.previous.is_some(), || {
            Tag::new("div")
                .class("cluster")
                .html(step("Previous", &list.previous, "before"))
                .html(step("Next", &list.next, "after"))
                .into()
        })
        .into()
}

/// The form's state that filters read from.
fn state(list: &ListState) -> FormState {
    let mut form = FormState::scoped("filter");
    for (key, value) in list.pairs() {
        form.push(key, value);
    }
    form
}

/// The search box of a list.
pub fn search(list: &ListState, label: impl Display) -> Html {
    let label = label.to_string();
    Tag::new("div")
        .class("search")
        .html(icons::sized("search", "sm"))
        .html(
            Tag::new("input")
                .class("input")
                .attr("type", "search")
                .attr("name", "search")
                .attr("id", "list-search")
                .attr("value", list.get("search"))
                .attr("placeholder", &label)
                .attr("aria-label", &label)
                .attr("autocomplete", "off")
                .attr("data-search", ""),
        )
        .into()
}

/// A filter with one value of several; with a source, of more than it holds.
pub fn filter_select(
    list: &ListState,
    name: impl Display,
    label: impl Display,
    choices: impl Choices,
    blank: impl Display,
    source: impl Display,
) -> Html {
    let source = source.to_string();
    Field::new(if source.is_empty() { "select" } else { "combobox" }, &state(list), name, &label)
        .choices(choices)
        .blank(format!("{label}: {blank}"))
        .source(source)
        .label_hidden(true)
        .submit(true)
        .render()
}

/// A filter by day.
pub fn filter_date(list: &ListState, name: impl Display, label: impl Display) -> Html {
    Field::new("date", &state(list), name, label).submit(true).render()
}

/// A filter with several values, in a menu.
pub fn filter_checks(
    list: &ListState,
    name: impl Display,
    label: impl Display,
    choices: impl Choices,
) -> Html {
    let name = name.to_string();
    let label = label.to_string();
    let chosen = list.values(&name).len();
    let options =
        Field::new("checks", &state(list), &name, &label).choices(choices).label_hidden(true).render();
    Tag::new("details")
        .class("filter-menu")
        .attr("data-dismiss", "")
        .attr("id", format!("filter-{name}-menu"))
        .html(
            Tag::new("summary")
                .class("btn btn-secondary")
                .html(icons::sized("list-filter", "sm"))
                .html(Tag::new("span").text(&label))
                .html_if(chosen > 0, || Tag::new("span").class("count").text(chosen).into()),
        )
        .html(Tag::new("div").class("filter-panel").html(options))
        .into()
}

/// Hidden fields and the button of a filter form.
pub fn filter_foot(list: &ListState) -> Html {
    let sort = if list.sort.is_empty() { Html::default() } else { super::hidden("sort", &list.sort) };
    let button: Html =
        Tag::new("button").class("btn btn-secondary no-js").attr("type", "submit").text("Apply").into();
    let clear = if list.is_filtered() {
        Button::link("Clear", list.cleared()).variant("ghost").icon("x").render()
    } else {
        Html::default()
    };
    Html::raw(format!("{sort}{button}{clear}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> ListState {
        ListState {
            path: "/c".into(),
            sort: "-revenue".into(),
            shown: 50,
            total: 1_000,
            total_is_at_least: true,
            next: Some("n".into()),
            noun: ("client", "clients"),
            ..ListState::default()
        }
    }

    #[test]
    fn pressing_a_sorted_heading_turns_the_order_round() {
        let html = sort_th(&list(), "Revenue", "-revenue", true).to_string();
        assert!(html.contains("aria-sort=\"descending\"") && html.contains("/c?sort=revenue\""), "{html}");
        let other = sort_th(&list(), "Name", "name", false).to_string();
        assert!(other.contains("/c?sort=name\"") && !other.contains("aria-sort"), "{other}");
    }

    #[test]
    fn a_capped_count_says_so() {
        let html = pagination(&list(), &Format::default()).to_string();
        assert!(html.contains("Showing 50 of 1,000+ clients"), "{html}");
        assert!(html.contains("after=n") && html.contains("aria-disabled"), "{html}");
    }
}
