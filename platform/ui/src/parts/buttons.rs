//! Buttons, and links that look like them.

use std::fmt::Display;

use super::{SIZES, one_of};
use crate::arg::Arg;
use crate::html::{Tag, html_component};
use crate::{Html, icons};

const VARIANTS: [&str; 5] = ["secondary", "primary", "ghost", "danger", "link"];

/// A button, a link button, or a form of one button.
#[derive(Clone, Debug, Default)]
pub struct Button {
    label: String,
    variant: String,
    size: String,
    icon: String,
    icon_only: bool,
    kind: String,
    name: String,
    value: String,
    form: String,
    href: String,
    key: String,
    dialog: String,
    post: Option<(String, String)>,
    boost: bool,
    disabled: bool,
}

impl Button {
    /// A submit button.
    pub fn new(label: impl Display) -> Self {
        Self { label: label.to_string(), kind: "submit".into(), boost: true, ..Self::default() }
    }

    /// A link that looks like a button.
    pub fn link(label: impl Display, href: impl Display) -> Self {
        Self { href: href.to_string(), ..Self::new(label) }
    }

    /// Opens a dialog of the page; without scripts, asks the server for the page with it open.
    pub fn dialog(label: impl Display, id: impl Display) -> Self {
        let id = id.to_string();
        Self { href: format!("?dialog={id}"), dialog: id, ..Self::new(label) }
    }

    /// A form of one button.
    pub fn post(csrf: impl Display, action: impl Display, label: impl Display) -> Self {
        Self { post: Some((action.to_string(), csrf.to_string())), ..Self::new(label) }
    }

    /// `primary`, `secondary`, `ghost`, `danger` or `link`.
    pub fn variant(mut self, variant: impl Display) -> Self {
        self.variant = variant.to_string();
        self
    }

    /// `sm`, `md` or `lg`.
    pub fn size(mut self, size: impl Display) -> Self {
        self.size = size.to_string();
        self
    }

    /// An icon before the label.
    pub fn icon(mut self, icon: impl Display) -> Self {
        self.icon = icon.to_string();
        self
    }

    /// Only the icon is seen; the label is read out.
    pub fn icon_only(mut self) -> Self {
        self.icon_only = true;
        self
    }

    /// `submit`, `button` or `reset`.
    pub fn kind(mut self, kind: impl Display) -> Self {
        self.kind = kind.to_string();
        self
    }

    /// What it sends.
    pub fn sends(mut self, name: impl Display, value: impl Display) -> Self {
        self.name = name.to_string();
        self.value = value.to_string();
        self
    }

    /// The id of the form it belongs to, if it stands elsewhere.
    pub fn form(mut self, form: impl Display) -> Self {
        self.form = form.to_string();
        self
    }

    /// A key that presses it.
    pub fn key(mut self, key: impl Display) -> Self {
        self.key = key.to_string();
        self
    }

    /// Off for a form whose answer leaves the site.
    pub fn boost(mut self, boost: impl Arg<bool>) -> Self {
        self.boost = boost.value();
        self
    }

    /// Cannot be pressed.
    pub fn disabled(mut self, disabled: impl Arg<bool>) -> Self {
        self.disabled = disabled.value();
        self
    }

    fn dress(&self, tag: Tag) -> Tag {
        let variant = one_of(&self.variant, &VARIANTS);
        let size = one_of(&self.size, &SIZES);
        let icon = icons::maybe(&self.icon, if size == "lg" { "md" } else { "sm" });
        let tag = tag
            .class("btn")
            .class(format!("btn-{variant}"))
            .class_if(size != "md", &format!("btn-{size}"))
            .class_if(self.icon_only, "btn-icon")
            .some("data-key", &self.key)
            .html(icon);
        if self.icon_only {
            tag.attr("aria-label", &self.label).attr("title", &self.label)
        } else {
            tag.html(Tag::new("span").text(&self.label))
        }
    }

    pub(crate) fn render(&self) -> Html {
        if !self.href.is_empty() && self.disabled {
            return self.dress(Tag::new("span")).attr("aria-disabled", "true").into();
        }
        if !self.href.is_empty() {
            return self
                .dress(Tag::new("a"))
                .attr("href", &self.href)
                .some("data-dialog", &self.dialog)
                .into();
        }
        let button: Html = self
            .dress(Tag::new("button"))
            .attr("type", one_of(&self.kind, &["submit", "button", "reset"]))
            .some("form", &self.form)
            .some("name", &self.name)
            .some("value", &self.value)
            .flag("disabled", self.disabled)
            .into();
        match &self.post {
            None => button,
            Some((action, csrf)) => Tag::new("form")
                .class("inline-form")
                .attr("method", "post")
                .attr("action", action)
                .some("hx-boost", if self.boost { "" } else { "false" })
                .html(super::csrf(csrf))
                .html(button)
                .into(),
        }
    }
}

html_component!(Button);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_button_is_a_link_and_a_post_button_is_a_form_with_the_token() {
        let link = Button::link("Export", "/x?a=1&b=2").icon("download").to_string();
        assert!(link.starts_with("<a class=\"btn btn-secondary\" href=\"/x?a=1&amp;b=2\""), "{link}");
        let post = Button::post("t<k", "/x/archive", "Archive").variant("danger").to_string();
        assert!(post.contains("name=\"csrf\" value=\"t&lt;k\""), "{post}");
        assert!(post.contains("btn-danger"));
    }

    #[test]
    fn an_icon_button_has_a_name() {
        let html = Button::new("Delete").icon("trash-2").icon_only().to_string();
        assert!(html.contains("aria-label=\"Delete\""), "{html}");
    }
}
