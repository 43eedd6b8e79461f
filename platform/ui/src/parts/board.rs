//! The board's card head and its "Move to…" menu.

use std::fmt::Display;

use crate::arg::Arg;
use crate::form::Choices;
use crate::html::Tag;
use crate::{Html, icons};

/// The way to move a card without dragging: a menu of forms, one per column.
pub fn board_move(
    csrf: impl Display,
    action: impl Display,
    version: impl Arg<i64>,
    choices: impl Choices,
    current: impl Display,
) -> Html {
    let (action, current) = (action.to_string(), current.to_string());
    let mut id = String::from("move-");
    id.extend(action.chars().filter(char::is_ascii_alphanumeric));
    let buttons: String = choices
        .choices()
        .iter()
        .map(|choice| {
            let here = choice.value == current;
            Html::from(
                Tag::new("button")
                    .class("menu-item")
                    .attr("type", "submit")
                    .attr("name", "stage_id")
                    .attr("value", &choice.value)
                    .flag("disabled", here)
                    .html(icons::sized(if here { "check" } else { "arrow-right" }, "sm"))
                    .html(Tag::new("span").text(&choice.label)),
            )
            .to_string()
        })
        .collect();
    let form: Html = Tag::new("form")
        .attr("method", "post")
        .attr("action", &action)
        .html(super::csrf(csrf))
        .html(super::hidden("position", 0))
        .html(super::hidden("version", version.value()))
        .html(Html::raw(buttons))
        .into();
    let menu: Html = Tag::new("div")
        .class("menu")
        .attr("id", &id)
        .attr("popover", "auto")
        .html(Tag::new("p").class("menu-label").text("Move to"))
        .html(form)
        .into();
    let button: Html = Tag::new("button")
        .class("btn btn-ghost btn-icon btn-sm card-move")
        .attr("type", "button")
        .attr("popovertarget", &id)
        .attr("aria-label", "Move to…")
        .attr("title", "Move to…")
        .html(icons::sized("ellipsis", "sm"))
        .into();
    Html::raw(format!("{button}{menu}"))
}
