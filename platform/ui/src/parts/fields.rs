//! Form fields: label, control, hint and error, tied together for every reader.

use std::fmt::Display;

pub use super::errors::errors;
use super::one_of;
use crate::arg::Arg;
use crate::form::{Choice, Choices, FormState};
use crate::format::decimals;
use crate::html::{Tag, html_component};
use crate::{Html, icons};

/// One field of a form.
#[derive(Clone, Debug, Default)]
pub struct Field {
    kind: String,
    name: String,
    id: String,
    label: String,
    values: Vec<String>,
    error: String,
    hint: String,
    required: bool,
    disabled: bool,
    autofocus: bool,
    label_hidden: bool,
    multiple: bool,
    submit: bool,
    placeholder: String,
    autocomplete: String,
    inputmode: String,
    maxlength: i64,
    rows: i64,
    min: String,
    max: String,
    step: String,
    accept: String,
    prefix: String,
    suffix: String,
    on: String,
    source: String,
    blank: Option<String>,
    choices: Vec<Choice>,
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        pub fn $name(mut self, text: impl Display) -> Self {
            self.$name = text.to_string();
            self
        }
    )+};
}

macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        pub fn $name(mut self, on: impl Arg<bool>) -> Self {
            self.$name = on.value();
            self
        }
    )+};
}

impl Field {
    /// A field of a kind, holding what the form holds.
    pub fn new(kind: &str, form: &FormState, name: impl Display, label: impl Display) -> Self {
        let name = name.to_string();
        Self {
            kind: kind.to_owned(),
            id: form.id(&name),
            values: form.values(&name).to_vec(),
            error: form.error(&name).unwrap_or_default().to_owned(),
            label: label.to_string(),
            name,
            ..Self::default()
        }
    }

    /// A sum of money in a currency, typed as `1234.50`.
    pub fn money(form: &FormState, name: impl Display, label: impl Display, currency: impl Display) -> Self {
        let currency = currency.to_string();
        let placeholder = match decimals(&currency) {
            0 => "0".to_owned(),
            n => format!("0.{}", "0".repeat(n as usize)),
        };
        Self {
            inputmode: "decimal".into(),
            autocomplete: "off".into(),
            suffix: currency,
            placeholder,
            ..Self::new("money", form, name, label)
        }
    }

    /// A duration, typed as `1:30`, `1.5` or `90m`.
    pub fn duration(form: &FormState, name: impl Display, label: impl Display) -> Self {
        Self {
            autocomplete: "off".into(),
            placeholder: "0:00".into(),
            ..Self::new("duration", form, name, label)
        }
    }

    texts! {
        /// A line below the control.
        hint,
        /// Shown while empty; never the only label.
        placeholder,
        /// What the browser may fill in.
        autocomplete,
        /// Least value.
        min,
        /// Greatest value.
        max,
        /// Step between values.
        step,
        /// File types.
        accept,
        /// Before the value, inside the box.
        prefix,
        /// After the value, inside the box.
        suffix,
        /// What a ticked box sends.
        on,
        /// Where a combobox finds what is typed among more than it holds: `?q=` is answered by
        /// `{"options": [{"value", "label"}]}`.
        source,
    }

    flags! {
        /// Must be filled in.
        required,
        /// Cannot be changed.
        disabled,
        /// Has the focus at first.
        autofocus,
        /// The label is only read out.
        label_hidden,
        /// Takes several values.
        multiple,
        /// Sends its form when changed.
        submit,
    }

    /// No more characters than this; 0 means no limit.
    pub fn maxlength(mut self, n: impl Arg<i64>) -> Self {
        self.maxlength = n.value();
        self
    }

    /// Lines of a text area.
    pub fn rows(mut self, n: impl Arg<i64>) -> Self {
        self.rows = n.value();
        self
    }

    /// The options.
    pub fn choices(mut self, choices: impl Choices) -> Self {
        self.choices = choices.choices();
        self
    }

    /// The option that means "none".
    pub fn blank(mut self, text: impl Display) -> Self {
        self.blank = Some(text.to_string()).filter(|text| !text.is_empty());
        self
    }

    fn value(&self) -> &str {
        self.values.first().map_or("", String::as_str)
    }

    fn has(&self, value: &str) -> bool {
        self.values.iter().any(|v| v == value)
    }

    fn described_by(&self) -> String {
        let mut ids = Vec::new();
        if !self.hint.is_empty() {
            ids.push(format!("{}-hint", self.id));
        }
        if !self.error.is_empty() {
            ids.push(format!("{}-error", self.id));
        }
        ids.join(" ")
    }

    /// What every control carries.
    fn control(&self, tag: Tag) -> Tag {
        tag.attr("id", &self.id)
            .attr("name", &self.name)
            .some("placeholder", &self.placeholder)
            .some("autocomplete", &self.autocomplete)
            .some("inputmode", &self.inputmode)
            .some("min", &self.min)
            .some("max", &self.max)
            .some("step", &self.step)
            .some("maxlength", if self.maxlength > 0 { self.maxlength.to_string() } else { String::new() })
            .some("aria-describedby", self.described_by())
            .some("aria-invalid", if self.error.is_empty() { "" } else { "true" })
            .flag("required", self.required)
            .flag("disabled", self.disabled)
            .flag("autofocus", self.autofocus)
            .flag("data-submit", self.submit)
    }

    fn label_tag(&self) -> Html {
        Tag::new("label")
            .class("label")
            .class_if(self.label_hidden, "sr-only")
            .attr("for", &self.id)
            .text(&self.label)
            .into()
    }

    fn notes(&self) -> Html {
        let mut html = String::new();
        if !self.hint.is_empty() {
            let hint: Html =
                Tag::new("p").class("hint").attr("id", format!("{}-hint", self.id)).text(&self.hint).into();
            html.push_str(hint.as_str());
        }
        if !self.error.is_empty() {
            let error: Html = Tag::new("p")
                .class("field-error")
                .attr("id", format!("{}-error", self.id))
                .html(icons::sized("circle-alert", "sm"))
                .text(&self.error)
                .into();
            html.push_str(error.as_str());
        }
        Html::raw(html)
    }

    fn wrap(&self, control: impl Into<Html>) -> Html {
        Tag::new("div")
            .class("field")
            .class_if(!self.error.is_empty(), "field-invalid")
            .html(self.label_tag())
            .html(control)
            .html(self.notes())
            .into()
    }

    fn input(&self) -> Html {
        let kind = match self.kind.as_str() {
            "money" | "duration" | "suggest" => "text",
            "datetime" => "datetime-local",
            kind => one_of(
                kind,
                &["text", "email", "tel", "url", "password", "search", "number", "date", "time", "color"],
            ),
        };
        let list = format!("{}-list", self.id);
        let suggests = self.kind == "suggest";
        let input: Html = self
            .control(Tag::new("input").class("input"))
            .class_if(matches!(self.kind.as_str(), "money" | "number" | "duration"), "num")
            .class_if(self.kind == "color", "input-color")
            .attr("type", kind)
            .some("value", if kind == "password" { "" } else { self.value() })
            .some("list", if suggests { &list } else { "" })
            .some("data-duration", if self.kind == "duration" { "on" } else { "" })
            .into();
        let boxed = if self.prefix.is_empty() && self.suffix.is_empty() {
            input
        } else {
            let affix = |text: &str, class: &str| -> Html {
                Tag::new("span").class("affix").class(class).attr("aria-hidden", "true").text(text).into()
            };
            Tag::new("div")
                .class("input-group")
                .html_if(!self.prefix.is_empty(), || affix(&self.prefix, "affix-start"))
                .html(input)
                .html_if(!self.suffix.is_empty(), || affix(&self.suffix, "affix-end"))
                .into()
        };
        if !suggests {
            return boxed;
        }
        let options: String = self
            .choices
            .iter()
            .map(|choice| {
                Html::from(Tag::new("option").attr("value", &choice.value).text(&choice.label)).to_string()
            })
            .collect();
        let datalist: Html = Tag::new("datalist").attr("id", &list).html(Html::raw(options)).into();
        Html::raw(format!("{boxed}{datalist}"))
    }

    fn textarea(&self) -> Html {
        self.control(Tag::new("textarea").class("input textarea"))
            .attr("rows", self.rows.max(2))
            .attr("data-grow", "")
            .html(Html::raw("\n"))
            .text(self.value())
            .into()
    }

    fn select(&self) -> Html {
        let mut options = String::new();
        if let Some(blank) = &self.blank {
            let tag: Html = Tag::new("option").attr("value", "").text(blank).into();
            options.push_str(tag.as_str());
        }
        let mut group = "";
        for choice in &self.choices {
            if choice.group != group {
                if !group.is_empty() {
                    options.push_str("</optgroup>");
                }
                if !choice.group.is_empty() {
                    options.push_str(&format!("<optgroup label=\"{}\">", crate::escape(&choice.group)));
                }
                group = &choice.group;
            }
            let tag: Html = Tag::new("option")
                .attr("value", &choice.value)
                .flag("selected", self.has(&choice.value))
                .flag("disabled", choice.disabled)
                .text(&choice.label)
                .into();
            options.push_str(tag.as_str());
        }
        if !group.is_empty() {
            options.push_str("</optgroup>");
        }
        self.control(Tag::new("select").class("input select"))
            .flag("data-combobox", self.kind == "combobox")
            .some("data-source", &self.source)
            .html(Html::raw(options))
            .into()
    }

    /// A single box or switch: the label stands beside it.
    fn toggle(&self) -> Html {
        let on = if self.on.is_empty() { "on" } else { &self.on };
        let is_switch = self.kind == "switch";
        let control = self
            .control(Tag::new("input").class(if is_switch { "switch" } else { "check" }))
            .attr("type", "checkbox")
            .some("role", if is_switch { "switch" } else { "" })
            .attr("value", on)
            .flag("checked", self.has(on));
        Tag::new("div")
            .class("field field-toggle")
            .class_if(!self.error.is_empty(), "field-invalid")
            .html(control)
            .html(
                Tag::new("div")
                    .class("toggle-text")
                    .html(Tag::new("label").class("label").attr("for", &self.id).text(&self.label))
                    .html(self.notes()),
            )
            .into()
    }

    /// Radio buttons or boxes under one legend.
    fn options(&self) -> Html {
        let kind = if self.kind == "checks" { "checkbox" } else { "radio" };
        let cards = self.kind == "radio_cards";
        let list: String = self
            .choices
            .iter()
            .enumerate()
            .map(|(i, choice)| {
                let id = format!("{}-{i}", self.id);
                let control = Tag::new("input")
                    .class(if kind == "radio" { "radio" } else { "check" })
                    .attr("type", kind)
                    .attr("id", &id)
                    .attr("name", &self.name)
                    .attr("value", &choice.value)
                    .flag("checked", self.has(&choice.value))
                    .flag("required", self.required && kind == "radio")
                    .flag("disabled", self.disabled || choice.disabled);
                let hint = (!choice.hint.is_empty())
                    .then(|| Html::from(Tag::new("span").class("hint").text(&choice.hint)));
                Html::from(
                    Tag::new("label")
                        .class("option")
                        .class_if(cards, "option-card")
                        .attr("for", &id)
                        .html(control)
                        .html(
                            Tag::new("span")
                                .class("option-text")
                                .html(Tag::new("span").class("option-label").text(&choice.label))
                                .html(hint),
                        ),
                )
                .to_string()
            })
            .collect();
        Tag::new("fieldset")
            .class("field")
            .class_if(!self.error.is_empty(), "field-invalid")
            .attr("id", &self.id)
            .some("aria-describedby", self.described_by())
            .html(Tag::new("legend").class("label").class_if(self.label_hidden, "sr-only").text(&self.label))
            .html(Tag::new("div").class(if cards { "option-cards" } else { "options" }).html(Html::raw(list)))
            .html(self.notes())
            .into()
    }

    fn file(&self) -> Html {
        let input = self
            .control(Tag::new("input").class("drop-input"))
            .attr("type", "file")
            .some("accept", &self.accept)
            .flag("multiple", self.multiple);
        let what =
            if self.multiple { "Drop files here, or choose them" } else { "Drop a file here, or choose one" };
        self.wrap(
            Tag::new("div")
                .class("drop")
                .attr("data-drop", "")
                .html(icons::sized("upload", "md"))
                .html(Tag::new("span").class("drop-text").attr("aria-hidden", "true").text(what))
                .html(input)
                .html(
                    Tag::new("ul").class("drop-list").attr("aria-label", "Chosen files").flag("hidden", true),
                ),
        )
    }

    pub(crate) fn render(&self) -> Html {
        match self.kind.as_str() {
            "textarea" => self.wrap(self.textarea()),
            "select" | "combobox" => self.wrap(self.select()),
            "checkbox" | "switch" => self.toggle(),
            "radios" | "checks" | "radio_cards" => self.options(),
            "file" => self.file(),
            _ => self.wrap(self.input()),
        }
    }
}

html_component!(Field);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_ties_label_hint_and_error_to_its_control() {
        let form = FormState::new().with("amount", "\"><x").with_error("amount", "Too <small>");
        let html = Field::money(&form, "amount", "Amount", "EUR").hint("Net").required(true).to_string();
        assert!(html.contains("for=\"f-amount\""), "{html}");
        assert!(html.contains("aria-describedby=\"f-amount-hint f-amount-error\""), "{html}");
        assert!(html.contains("aria-invalid=\"true\"") && html.contains(" required"));
        assert!(html.contains("value=\"&quot;&gt;&lt;x\"") && html.contains("Too &lt;small&gt;"));
        assert!(html.contains(">EUR</span>"));
    }

    #[test]
    fn a_select_marks_what_was_chosen_and_keeps_groups_together() {
        let form = FormState::new().with("stage", "b");
        let choices = [Choice::new("a", "A").group("One"), Choice::new("b", "B").group("Two")];
        let html = Field::new("select", &form, "stage", "Stage").choices(&choices).blank("Any").to_string();
        assert!(html.contains("<option value=\"b\" selected>B</option>"), "{html}");
        assert_eq!(html.matches("<optgroup").count(), html.matches("</optgroup>").count());
    }

    #[test]
    fn a_password_is_never_sent_back() {
        let form = FormState::new().with("password", "secret");
        assert!(!Field::new("password", &form, "password", "Password").to_string().contains("secret"));
    }
}
