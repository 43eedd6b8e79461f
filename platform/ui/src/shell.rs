//! What surrounds a page: the signed-in shell, the client's portal, and plain pages.

use std::fmt::Display;

use jiff::Timestamp;

use crate::{Format, Tone};

/// Light, dark, or as the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// Reads the cookie's or the form's value.
    pub fn parse(text: &str) -> Self {
        match text {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }

    /// The value for the cookie, the form and the page.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// The workspace whose page it is.
#[derive(Clone, Debug, Default)]
pub struct Workspace {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its part of the URL.
    pub slug: String,
    /// Shown where there is no logo.
    pub initials: String,
    /// Its logo.
    pub logo_url: Option<String>,
    /// Its brand colour, `#rrggbb`.
    pub brand: Option<String>,
    /// A few words under the name.
    pub kind: String,
}

/// One entry of the workspace switcher.
#[derive(Clone, Debug, Default)]
pub struct WorkspaceLink {
    /// The workspace's name.
    pub name: String,
    /// Shown as its mark.
    pub initials: String,
    /// Where it is.
    pub href: String,
    /// Is it this one?
    pub current: bool,
}

/// A person, as far as a page shows them.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// Full name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// Shown where there is no picture.
    pub initials: String,
    /// Role in words.
    pub role: String,
    /// Picture.
    pub avatar_url: Option<String>,
}

/// A group of navigation entries.
#[derive(Clone, Debug, Default)]
pub struct NavSection {
    /// Its heading; may be empty.
    pub label: String,
    /// Its entries.
    pub items: Vec<NavItem>,
}

/// One navigation entry.
#[derive(Clone, Debug, Default)]
pub struct NavItem {
    /// What it says.
    pub label: String,
    /// Lucide's name of its icon.
    pub icon: String,
    /// Where it leads.
    pub href: String,
    /// Is it the page shown?
    pub active: bool,
    /// A count beside it.
    pub badge: Option<String>,
    /// `g` and then this letter goes there.
    pub key: Option<char>,
    /// Stands in the bottom bar of phones (the first four).
    pub primary: bool,
}

/// A short message after an action.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Toast {
    /// Its colour and icon.
    pub tone: Tone,
    /// What it says.
    pub text: String,
    /// A POST that takes the action back.
    pub undo: Option<String>,
}

impl Toast {
    fn new(tone: Tone, text: impl Display) -> Self {
        Self { tone, text: text.to_string(), undo: None }
    }

    /// It worked.
    pub fn success(text: impl Display) -> Self {
        Self::new(Tone::Green, text)
    }

    /// Good to know.
    pub fn info(text: impl Display) -> Self {
        Self::new(Tone::Blue, text)
    }

    /// Look at this.
    pub fn warn(text: impl Display) -> Self {
        Self::new(Tone::Amber, text)
    }

    /// It did not work.
    pub fn error(text: impl Display) -> Self {
        Self::new(Tone::Red, text)
    }

    /// With a way back: a POST to this URL.
    #[must_use]
    pub fn undo(mut self, action: impl Display) -> Self {
        self.undo = Some(action.to_string());
        self
    }
}

/// One step of the way to a page.
#[derive(Clone, Debug, Default)]
pub struct Crumb {
    /// What it says.
    pub label: String,
    /// Where it leads.
    pub href: String,
}

/// The running timer of the reader.
#[derive(Clone, Debug)]
pub struct Timer {
    /// What the time is for.
    pub label: String,
    /// Since when.
    pub started_at: Timestamp,
    /// Where it can be changed.
    pub href: String,
}

impl Default for Timer {
    fn default() -> Self {
        Self { label: String::new(), started_at: Timestamp::UNIX_EPOCH, href: String::new() }
    }
}

/// One entry of the create menu.
#[derive(Clone, Debug, Default)]
pub struct CreateLink {
    /// What is made.
    pub label: String,
    /// Lucide's name of its icon.
    pub icon: String,
    /// Where its form is.
    pub href: String,
}

/// A line above everything: impersonation, trial, read-only.
#[derive(Clone, Debug, Default)]
pub struct Banner {
    /// Its colour and icon.
    pub tone: Tone,
    /// What it says.
    pub text: String,
    /// A link, as label and URL.
    pub action: Option<(String, String)>,
}

/// What surrounds a signed-in page.
#[derive(Clone, Debug, Default)]
pub struct Shell {
    /// The page's title and heading.
    pub title: String,
    /// Language of the page's words; empty means English.
    pub lang: String,
    /// The workspace.
    pub workspace: Workspace,
    /// All workspaces of the reader.
    pub workspaces: Vec<WorkspaceLink>,
    /// The reader.
    pub user: Person,
    /// The navigation.
    pub nav: Vec<NavSection>,
    /// The pages of the settings; on one of them only.
    pub settings: Vec<NavItem>,
    /// Token of every form.
    pub csrf: String,
    /// Nonce of the answer's CSP.
    pub nonce: String,
    /// Messages to show once.
    pub flash: Vec<Toast>,
    /// Light or dark.
    pub theme: Theme,
    /// Prefixes of event kinds that refresh the page.
    pub live: &'static str,
    /// The way here.
    pub breadcrumbs: Vec<Crumb>,
    /// Unread notices.
    pub unread: u32,
    /// The running timer.
    pub timer: Option<Timer>,
    /// May the reader track time?
    pub show_timer: bool,
    /// What stands in the search box.
    pub search_value: String,
    /// What the reader may create.
    pub create: Vec<CreateLink>,
    /// A line above everything.
    pub banner: Option<Banner>,
    /// Formats.
    pub fmt: Format,
}

impl Shell {
    /// A URL inside the workspace.
    pub fn path(&self, rest: impl Display) -> String {
        let rest = rest.to_string();
        let rest = rest.trim_start_matches('/');
        if rest.is_empty() {
            format!("/app/{}", self.workspace.slug)
        } else if rest.starts_with('?') {
            format!("/app/{}{rest}", self.workspace.slug)
        } else {
            format!("/app/{}/{rest}", self.workspace.slug)
        }
    }

    /// With a title.
    #[must_use]
    pub fn titled(mut self, title: impl Display) -> Self {
        self.title = title.to_string();
        self
    }

    /// With one more step of the way here.
    #[must_use]
    pub fn crumb(mut self, label: impl Display, href: impl Display) -> Self {
        self.breadcrumbs.push(Crumb { label: label.to_string(), href: href.to_string() });
        self
    }

    /// Refreshed by events of these kinds.
    #[must_use]
    pub fn live(mut self, prefixes: &'static str) -> Self {
        self.live = prefixes;
        self
    }
}

/// What surrounds a page of a client's portal.
#[derive(Clone, Debug, Default)]
pub struct PortalShell {
    /// The page's title.
    pub title: String,
    /// Language of the page's words; empty means English.
    pub lang: String,
    /// Whose portal it is.
    pub agency: Workspace,
    /// What the portal is called.
    pub portal_title: String,
    /// The reader.
    pub contact: Person,
    /// The sections.
    pub nav: Vec<NavItem>,
    /// `/portal/{id}`.
    pub base: String,
    /// Token of every form.
    pub csrf: String,
    /// Nonce of the answer's CSP.
    pub nonce: String,
    /// Messages to show once.
    pub flash: Vec<Toast>,
    /// Light or dark.
    pub theme: Theme,
    /// Prefixes of event kinds that refresh the page.
    pub live: &'static str,
    /// Formats.
    pub fmt: Format,
    /// Say who made the software?
    pub powered_by: bool,
}

impl PortalShell {
    /// A URL inside the portal.
    pub fn path(&self, rest: impl Display) -> String {
        let rest = rest.to_string();
        let rest = rest.trim_start_matches('/');
        if rest.is_empty() { self.base.clone() } else { format!("{}/{rest}", self.base) }
    }

    /// With a title.
    #[must_use]
    pub fn titled(mut self, title: impl Display) -> Self {
        self.title = title.to_string();
        self
    }
}

/// What surrounds a page before sign-in, the landing page and errors.
#[derive(Clone, Debug, Default)]
pub struct PlainShell {
    /// The page's title.
    pub title: String,
    /// What the page is about, for search engines; empty means its title.
    pub about: String,
    /// Language of the page's words; empty means English.
    pub lang: String,
    /// Token of every form.
    pub csrf: String,
    /// Nonce of the answer's CSP.
    pub nonce: String,
    /// Messages to show once.
    pub flash: Vec<Toast>,
    /// Light or dark.
    pub theme: Theme,
    /// A workspace's stylesheet.
    pub brand_css: Option<String>,
    /// The workspace whose page it is, named at the head in place of Rapport.
    pub sender: String,
    /// Formats.
    pub fmt: Format,
}

impl PlainShell {
    /// With a title.
    #[must_use]
    pub fn titled(mut self, title: impl Display) -> Self {
        self.title = title.to_string();
        self
    }
}
