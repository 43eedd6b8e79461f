//! Moving a card without dragging: a control on each card, one menu for the whole board, and the
//! same as a form for a dialog.

use std::fmt::Display;

use crate::arg::Arg;
use crate::form::Choices;
use crate::html::Tag;
use crate::{Html, icons};

/// A card's control: with scripts it opens the board's menu, without them the page `href` with the dialog.
pub fn board_move(href: impl Display) -> Html {
    Tag::new("a")
        .class("btn btn-ghost btn-icon btn-sm card-move")
        .attr("href", href)
        .attr("aria-label", "Move to…")
        .attr("title", "Move to…")
        .html(icons::sized("ellipsis", "sm"))
        .into()
}

/// The menu of all cards of a board; the script fills in the card it is opened at.
pub fn board_menu(csrf: impl Display, choices: impl Choices) -> Html {
    Tag::new("div")
        .class("menu")
        .attr("id", "board-menu")
        .attr("popover", "auto")
        .html(Tag::new("p").class("menu-label").text("Move to"))
        .html(columns(Tag::new("form"), csrf, "", choices, ""))
        .into()
}

/// The same for one card, to stand in a dialog.
pub fn board_move_form(
    csrf: impl Display,
    action: impl Display,
    version: impl Arg<i64>,
    choices: impl Choices,
    current: impl Display,
) -> Html {
    let form = Tag::new("form").attr("action", action);
    columns(form, csrf, version.value(), choices, &current.to_string())
}

/// A button per column; that of the card's own is off. The style shows the icon that fits.
fn columns(form: Tag, csrf: impl Display, version: impl Display, choices: impl Choices, own: &str) -> Html {
    let buttons: String = choices
        .choices()
        .iter()
        .map(|choice| {
            Html::from(
                Tag::new("button")
                    .class("menu-item")
                    .attr("type", "submit")
                    .attr("name", "stage_id")
                    .attr("value", &choice.value)
                    .flag("disabled", choice.value == own)
                    .html(icons::sized("check", "sm"))
                    .html(icons::sized("arrow-right", "sm"))
                    .html(Tag::new("span").text(&choice.label)),
            )
            .to_string()
        })
        .collect();
    form.class("card-moves")
        .attr("method", "post")
        .html(super::csrf(csrf))
        .html(super::hidden("position", 0))
        .html(super::hidden("version", version))
        .html(Html::raw(buttons))
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [(&str, &str); 2] = [("a", "To <do>"), ("b", "Done")];

    #[test]
    fn a_card_s_form_offers_every_column_but_its_own() {
        let html = board_move_form("token", "/cards/1/move?search=x&y", 7, COLUMNS, "b").to_string();
        assert!(html.contains("action=\"/cards/1/move?search=x&amp;y\" method=\"post\""), "{html}");
        for (name, value) in [("csrf", "token"), ("position", "0"), ("version", "7")] {
            assert!(html.contains(&format!("name=\"{name}\" value=\"{value}\"")), "{name}: {html}");
        }
        assert!(html.contains("value=\"b\" disabled>") && html.matches(" disabled").count() == 1, "{html}");
        assert!(html.contains("To &lt;do&gt;"), "{html}");
    }

    #[test]
    fn the_menu_of_all_cards_knows_of_no_card() {
        let html = board_menu("token", COLUMNS).to_string();
        assert!(html.contains("id=\"board-menu\" popover=\"auto\""), "{html}");
        assert!(html.contains("name=\"version\" value=\"\""), "{html}");
        assert!(!html.contains(" disabled") && !html.contains("action="), "{html}");
        assert_eq!(html.matches("type=\"submit\" name=\"stage_id\"").count(), 2);
    }
}
