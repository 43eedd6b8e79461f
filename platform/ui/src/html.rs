//! Safe HTML text, and the small builder every component is made with.

use std::fmt::{self, Display, Write};

/// HTML that is already safe: it is shown as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Takes text that is known to be safe HTML.
    pub fn raw(html: impl Into<String>) -> Self {
        Self(html.into())
    }

    /// Escapes plain text.
    pub fn text(text: impl Display) -> Self {
        Self(escape(text))
    }

    /// The HTML as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Is there nothing to show?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::FastWritable for Html {
    fn write_into(&self, dest: &mut dyn Write, _: &dyn askama::Values) -> askama::Result<()> {
        dest.write_str(&self.0)?;
        Ok(())
    }
}

impl askama::filters::HtmlSafe for Html {}

/// Lets a component be written in a template as it is.
macro_rules! html_component {
    ($($name:ty),+ $(,)?) => {$(
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.render().as_str())
            }
        }
        impl askama::FastWritable for $name {
            fn write_into(
                &self,
                dest: &mut dyn std::fmt::Write,
                _: &dyn askama::Values,
            ) -> askama::Result<()> {
                dest.write_str(self.render().as_str())?;
                Ok(())
            }
        }
        impl askama::filters::HtmlSafe for $name {}
    )+};
}
pub(crate) use html_component;

/// Escapes text for HTML content and for quoted attributes.
pub fn escape(text: impl Display) -> String {
    let text = text.to_string();
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A colour by its meaning; templates write it as text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Tone {
    /// No meaning.
    #[default]
    Neutral,
    /// Information, on its way.
    Blue,
    /// Good, done, paid.
    Green,
    /// Needs attention.
    Amber,
    /// Bad, late, failed.
    Red,
    /// Special.
    Violet,
}

impl Tone {
    /// The word used in class names and templates.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Blue => "blue",
            Self::Green => "green",
            Self::Amber => "amber",
            Self::Red => "red",
            Self::Violet => "violet",
        }
    }

    /// The icon that goes with it, so that colour is never alone.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Green => "circle-check",
            Self::Amber => "triangle-alert",
            Self::Red => "circle-alert",
            Self::Violet => "sparkles",
            Self::Neutral | Self::Blue => "info",
        }
    }
}

impl Display for Tone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One element under construction; everything but [`Tag::html`] is escaped.
#[derive(Debug)]
pub(crate) struct Tag {
    name: &'static str,
    class: String,
    attrs: String,
    inner: String,
}

impl Tag {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, class: String::new(), attrs: String::new(), inner: String::new() }
    }

    pub(crate) fn class(mut self, class: impl Display) -> Self {
        if !self.class.is_empty() {
            self.class.push(' ');
        }
        self.class.push_str(&escape(class));
        self
    }

    pub(crate) fn class_if(self, on: bool, class: &str) -> Self {
        if on { self.class(class) } else { self }
    }

    pub(crate) fn attr(mut self, name: &str, value: impl Display) -> Self {
        let _ = write!(self.attrs, " {name}=\"{}\"", escape(value));
        self
    }

    /// Leaves the attribute out when the value is empty.
    pub(crate) fn some(self, name: &str, value: impl Display) -> Self {
        let value = value.to_string();
        if value.is_empty() { self } else { self.attr(name, value) }
    }

    pub(crate) fn flag(mut self, name: &str, on: bool) -> Self {
        if on {
            self.attrs.push(' ');
            self.attrs.push_str(name);
        }
        self
    }

    pub(crate) fn text(mut self, text: impl Display) -> Self {
        self.inner.push_str(&escape(text));
        self
    }

    /// Adds safe HTML: another tag, an icon, a rendered component.
    pub(crate) fn html(mut self, html: impl Into<Html>) -> Self {
        self.inner.push_str(html.into().as_str());
        self
    }

    pub(crate) fn html_if(self, on: bool, html: impl FnOnce() -> Html) -> Self {
        if on { self.html(html()) } else { self }
    }
}

impl From<Tag> for Html {
    fn from(tag: Tag) -> Self {
        let Tag { name, class, attrs, inner } = tag;
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        Self(match name {
            "input" | "img" | "hr" | "br" => format!("<{name}{class}{attrs}>"),
            _ => format!("<{name}{class}{attrs}>{inner}</{name}>"),
        })
    }
}

impl From<Option<Html>> for Html {
    fn from(html: Option<Html>) -> Self {
        html.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_attributes_are_escaped_and_html_is_not() {
        let html: Html = Tag::new("a")
            .class("x\"y")
            .attr("href", "/?a=1&b=\"2\"")
            .text("<b>")
            .html(Tag::new("i").text("ok"))
            .into();
        assert_eq!(
            html.as_str(),
            "<a class=\"x&quot;y\" href=\"/?a=1&amp;b=&quot;2&quot;\">&lt;b&gt;<i>ok</i></a>"
        );
    }
}
