//! The kinds of notices, as the modules above announce them.

use std::sync::Arc;

use rapport_base::Parts;
use serde::{Deserialize, Serialize};

/// When a kind of notice is copied to the member's e-mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ByEmail {
    /// Never.
    #[default]
    Never,
    /// At once.
    Now,
    /// In one mail a day, with what is unread.
    Daily,
}

impl ByEmail {
    /// As stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ByEmail::Never => "never",
            ByEmail::Now => "now",
            ByEmail::Daily => "daily",
        }
    }
    /// From what is stored or typed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Never, Self::Now, Self::Daily].into_iter().find(|way| way.as_str() == text)
    }
}

/// A kind of notice, as the settings page names it.
#[derive(Clone, Copy, Debug)]
pub struct NoticeKind {
    /// Frozen name: `invoice.paid`.
    pub name: &'static str,
    /// Heading it stands under: `Money`.
    pub group: &'static str,
    /// In words: `An invoice is paid`.
    pub label: &'static str,
    /// Icon in the bell.
    pub icon: &'static str,
    /// When it goes by e-mail, unless the member says otherwise.
    pub by_email: ByEmail,
}

/// All kinds that were announced. One of the parts.
#[derive(Clone, Default)]
pub struct NoticeKinds(pub Arc<Vec<NoticeKind>>);

impl NoticeKinds {
    /// A kind by its name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&NoticeKind> {
        self.0.iter().find(|kind| kind.name == name)
    }
    /// When a kind goes by e-mail unless the member says otherwise.
    #[must_use]
    pub fn by_email(&self, name: &str) -> ByEmail {
        self.find(name).map_or(ByEmail::Never, |kind| kind.by_email)
    }
}

/// Adds kinds of notices to the parts, for `Module::parts`.
#[must_use]
pub fn announce(parts: Parts, kinds: &[NoticeKind]) -> Parts {
    let known = parts.find::<NoticeKinds>().unwrap_or_default();
    let mut all = known.0.to_vec();
    all.extend(kinds.iter().filter(|kind| known.find(kind.name).is_none()));
    parts.with(NoticeKinds(Arc::new(all)))
}
