//! Letters: written once, rendered as HTML and as text.

mod html;
mod text;

pub use html::{button, layout, paragraph};

use serde::{Deserialize, Serialize};

/// In whose name a letter is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brand {
    /// The sender's name, at the head of the letter.
    pub name: String,
    /// `#rrggbb`; anything else becomes the house colour.
    pub color: String,
    /// An `https` address of a logo.
    pub logo_url: Option<String>,
}

/// A letter while it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    subject: String,
    language: String,
    preheader: Option<String>,
    blocks: Vec<Block>,
    footer: Vec<String>,
    unsubscribe: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Block {
    Greeting(String),
    Line(String),
    Button { label: String, url: String },
    Quote(String),
    Code(String),
    Facts(Vec<(String, String)>),
    Small(String),
}

/// A letter ready to go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// For readers of text.
    pub text: String,
    /// For all others.
    pub html: String,
    /// Headers that belong to its content, such as `List-Unsubscribe`.
    pub headers: Vec<(String, String)>,
}

impl Letter {
    /// Begin a letter.
    pub fn new(subject: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            language: "en".into(),
            preheader: None,
            blocks: Vec::new(),
            footer: Vec::new(),
            unsubscribe: None,
        }
    }

    /// The language it is written in, as a tag such as `de-AT`.
    pub fn language(mut self, tag: impl Into<String>) -> Self {
        self.language = tag.into();
        self
    }

    /// What mailboxes show after the subject; the first line, if not given.
    pub fn preheader(mut self, text: impl Into<String>) -> Self {
        self.preheader = Some(text.into());
        self
    }

    /// “Hello Ada,”
    pub fn greeting(self, text: impl Into<String>) -> Self {
        self.block(Block::Greeting(text.into()))
    }

    /// A paragraph; line breaks are kept.
    pub fn line(self, text: impl Into<String>) -> Self {
        self.block(Block::Line(text.into()))
    }

    /// The one thing to do.
    pub fn button(self, label: impl Into<String>, url: impl Into<String>) -> Self {
        self.block(Block::Button { label: label.into(), url: url.into() })
    }

    /// Somebody else's words.
    pub fn quote(self, text: impl Into<String>) -> Self {
        self.block(Block::Quote(text.into()))
    }

    /// A code to type, large.
    pub fn code(self, code: impl Into<String>) -> Self {
        self.block(Block::Code(code.into()))
    }

    /// Label and value, row by row: amount, due date, …
    pub fn facts<L: Into<String>, V: Into<String>>(self, rows: impl IntoIterator<Item = (L, V)>) -> Self {
        let rows = rows.into_iter().map(|(label, value)| (label.into(), value.into())).collect();
        self.block(Block::Facts(rows))
    }

    /// A quiet remark.
    pub fn small(self, text: impl Into<String>) -> Self {
        self.block(Block::Small(text.into()))
    }

    /// A line below the letter: why it came, the sender's postal address.
    pub fn footer(mut self, text: impl Into<String>) -> Self {
        self.footer.push(text.into());
        self
    }

    /// Where one click ends such letters (RFC 8058).
    pub fn unsubscribe(mut self, url: impl Into<String>) -> Self {
        self.unsubscribe = Some(url.into()).filter(|url: &String| is_link(url));
        self
    }

    fn block(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// Render for a sender.
    pub fn render(&self, brand: &Brand) -> Rendered {
        let headers = match &self.unsubscribe {
            Some(url) => vec![
                ("List-Unsubscribe".into(), format!("<{url}>")),
                ("List-Unsubscribe-Post".into(), "List-Unsubscribe=One-Click".into()),
            ],
            None => Vec::new(),
        };
        Rendered {
            subject: self.subject.split_whitespace().collect::<Vec<_>>().join(" "),
            text: text::render(self, brand),
            html: html::render(self, brand),
            headers,
        }
    }

    fn opening(&self) -> &str {
        let first = self.blocks.iter().find_map(|block| match block {
            Block::Line(text) => Some(text.as_str()),
            _ => None,
        });
        self.preheader.as_deref().or(first).unwrap_or_default()
    }
}

/// Only addresses of the web and of mail become links.
fn is_link(url: &str) -> bool {
    let clean = !url.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>'));
    let scheme = url::Url::parse(url).map(|url| url.scheme().to_owned()).unwrap_or_default();
    clean && matches!(scheme.as_str(), "https" | "http" | "mailto")
}

#[cfg(test)]
mod tests;
