//! The components, once each. The macros of `ui.html` are their documented face;
//! templates of pages call those, not these builders.

pub mod blocks;
pub mod board;
pub mod buttons;
pub mod chrome;
mod errors;
pub mod fields;
pub mod lists;
pub mod menus;

use crate::Html;
use crate::html::Tag;

/// The hidden field with the form's token.
pub fn csrf(token: impl std::fmt::Display) -> Html {
    hidden("csrf", token)
}

/// A hidden field.
pub fn hidden(name: impl std::fmt::Display, value: impl std::fmt::Display) -> Html {
    Tag::new("input").attr("type", "hidden").attr("name", name).attr("value", value).into()
}

/// An icon; with a label it is read out, without one it is decoration.
pub fn icon(
    name: impl std::fmt::Display,
    size: impl std::fmt::Display,
    label: impl std::fmt::Display,
) -> Html {
    let svg = crate::icons::sized(&name.to_string(), &size.to_string());
    let label = label.to_string();
    if label.is_empty() {
        svg
    } else {
        Tag::new("span")
            .class("icon-labelled")
            .attr("title", &label)
            .html(svg)
            .html(Tag::new("span").class("sr-only").text(label))
            .into()
    }
}

/// Does the text say anything?
pub fn given(text: impl std::fmt::Display) -> bool {
    !text.to_string().is_empty()
}

/// Allowed words for a modifier; anything else falls back to the first.
pub(crate) fn one_of<'a>(word: &str, allowed: &[&'a str]) -> &'a str {
    allowed.iter().find(|known| **known == word).copied().unwrap_or(allowed[0])
}

pub(crate) const TONES: [&str; 6] = ["neutral", "blue", "green", "amber", "red", "violet"];
pub(crate) const SIZES: [&str; 4] = ["md", "sm", "lg", "xl"];
