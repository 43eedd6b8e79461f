//! Menus and dialogs' small parts.

use std::fmt::Display;

use crate::arg::Arg;
use crate::html::Tag;
use crate::{Html, icons};

fn entry(tag: Tag, label: impl Display, icon: impl Display, danger: bool) -> Tag {
    tag.class("menu-item")
        .class_if(danger, "menu-danger")
        .html(icons::maybe(&icon.to_string(), "sm"))
        .html(Tag::new("span").text(label))
}

/// The button that opens a menu.
pub fn menu_button(id: impl Display, label: impl Display, icon: impl Display, variant: impl Display) -> Html {
    let (label, icon, variant) = (label.to_string(), icon.to_string(), variant.to_string());
    let plain = variant == "ghost";
    let tag = Tag::new("button")
        .class("btn")
        .class(format!("btn-{}", super::one_of(&variant, &["ghost", "secondary", "primary"])))
        .class_if(plain, "btn-icon")
        .attr("type", "button")
        .attr("popovertarget", id)
        .html(icons::maybe(&icon, "sm"));
    if plain {
        tag.attr("aria-label", &label).attr("title", label).into()
    } else {
        tag.html(Tag::new("span").text(label)).html(icons::sized("chevron-down", "sm")).into()
    }
}

/// An entry that leads somewhere.
pub fn menu_link(
    label: impl Display,
    href: impl Display,
    icon: impl Display,
    danger: impl Arg<bool>,
) -> Html {
    entry(Tag::new("a"), label, icon, danger.value()).attr("href", href).into()
}

/// An entry that opens a dialog of the page.
pub fn menu_dialog(
    label: impl Display,
    dialog: impl Display,
    icon: impl Display,
    danger: impl Arg<bool>,
) -> Html {
    let dialog = dialog.to_string();
    entry(Tag::new("a"), label, icon, danger.value())
        .attr("href", format!("?dialog={dialog}"))
        .attr("data-dialog", dialog)
        .into()
}

/// An entry that does something at once.
pub fn menu_post(
    csrf: impl Display,
    action: impl Display,
    label: impl Display,
    icon: impl Display,
    danger: impl Arg<bool>,
    sends: &(impl Display, impl Display),
) -> Html {
    Tag::new("form")
        .attr("method", "post")
        .attr("action", action)
        .html(super::csrf(csrf))
        .html(
            entry(Tag::new("button"), label, icon, danger.value())
                .attr("type", "submit")
                .some("name", &sends.0)
                .some("value", &sends.1),
        )
        .into()
}

/// The button that closes the dialog around it.
pub fn dialog_close(label: impl Display) -> Html {
    Tag::new("button")
        .class("btn btn-secondary only-js")
        .attr("type", "button")
        .attr("data-close", "")
        .text(label)
        .into()
}
