//! The messages of a thread as they look, to the team and to guests alike.

use askama::Template;
use jiff::Timestamp;
use rapport_base::Result;
use rapport_ui::{Format, Html};

/// One message as it looks.
#[derive(Clone, Debug, Default)]
pub struct Bubble {
    /// Unique on the page.
    pub id: String,
    /// Written by the side that reads.
    pub ours: bool,
    /// Only the team reads it.
    pub internal: bool,
    /// Who wrote.
    pub author: String,
    /// What it says.
    pub content: String,
    /// When it was written.
    pub at: Timestamp,
    /// Whether it was changed.
    pub edited: bool,
    /// When the other side read it.
    pub read_at: Option<Timestamp>,
    /// Files that came with it.
    pub files: Vec<BubbleFile>,
    /// Where a change is posted to; while its author may.
    pub edit: Option<String>,
}

/// A file that came with a message.
#[derive(Clone, Debug)]
pub struct BubbleFile {
    /// Its name.
    pub name: String,
    /// Bytes.
    pub size: i64,
    /// Where it is.
    pub href: String,
    /// Whether it is a picture that can be shown at `href?inline=1`.
    pub picture: bool,
}

#[derive(Template)]
#[template(path = "inbox/_bubbles.html")]
struct Bubbles<'a> {
    bubbles: &'a [Bubble],
    csrf: &'a str,
    fmt: &'a Format,
}

/// The messages, oldest first.
///
/// # Errors
/// A bug when the template fails.
pub fn bubbles(bubbles: &[Bubble], csrf: &str, fmt: &Format) -> Result<Html> {
    Ok(Html::raw(Bubbles { bubbles, csrf, fmt }.render()?))
}
