//! A portal: what it is called, how it looks, what it shows.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod pages;
pub(crate) mod rules;
pub(crate) mod settings;
pub(crate) mod store;

use jiff::Timestamp;
use rapport_db::row;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

rapport_base::id!(
    /// A portal.
    PortalId
);

row! {
    /// A portal as the team sees it.
    #[derive(Clone, Debug)]
    pub struct Portal {
        /// Id.
        pub id: PortalId,
        /// The client.
        pub client_id: Uuid,
        /// The client's name.
        pub client_name: String,
        /// What it is called.
        pub title: String,
        /// What it is about, shown to the client.
        pub description: String,
        /// `draft`, `active` or `archived`.
        pub status: String,
        /// Colour, `#rrggbb`; the workspace's when empty.
        pub accent_color: Option<String>,
        /// Picture of the client's or the workspace's brand.
        pub logo_file_id: Option<Uuid>,
        /// Greeting on its first page.
        pub welcome_text: String,
        /// Whether guests see projects, milestones and tasks.
        pub shows_progress: bool,
        /// Whether guests see files.
        pub shows_files: bool,
        /// Whether guests see messages.
        pub shows_messages: bool,
        /// Whether guests see deliverables.
        pub shows_approvals: bool,
        /// Whether guests see invoices.
        pub shows_invoices: bool,
        /// Whether guests see who works for them.
        pub shows_team: bool,
        /// Whether acts that bind ask for a code by mail first.
        pub require_code: bool,
        /// Days a new link lives.
        pub link_days: i32,
        /// Whether a new link works once.
        pub link_single_use: bool,
        /// When it was opened.
        pub created_at: Timestamp,
        /// When it last changed.
        pub updated_at: Timestamp,
        /// When a guest was last in it.
        pub last_visit_at: Option<Timestamp>,
        /// Projects it shows.
        pub project_ids: Vec<Uuid>,
        /// Counts changes.
        pub version: i32,
    }
}

/// How a portal looks.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Theme {
    /// Colour, `#rrggbb`; the workspace's when null.
    pub accent_color: Option<String>,
    /// A picture handed in as a file.
    pub logo_file_id: Option<Uuid>,
    /// Greeting on its first page.
    pub welcome_text: Option<String>,
}

/// What a portal shows.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sections {
    /// Projects, milestones, tasks.
    pub progress: bool,
    /// Files.
    pub files: bool,
    /// Messages.
    pub messages: bool,
    /// Deliverables to approve.
    pub approvals: bool,
    /// Invoices.
    pub invoices: bool,
    /// Who works for the client.
    pub team: bool,
}

impl Default for Sections {
    fn default() -> Self {
        Self { progress: true, files: true, messages: true, approvals: true, invoices: true, team: true }
    }
}

/// A portal as the API shows it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PortalView {
    /// Id.
    pub id: PortalId,
    /// The client.
    pub client_id: Uuid,
    /// The client's name.
    pub client_name: String,
    /// What it is called.
    pub title: String,
    /// What it is about, shown to the client.
    pub description: String,
    /// `draft`, `active` or `archived`.
    pub status: String,
    /// How it looks.
    pub theme: Theme,
    /// What it shows.
    pub sections: Sections,
    /// Projects it shows.
    pub project_ids: Vec<Uuid>,
    /// Whether acts that bind ask for a code by mail first.
    pub require_code: bool,
    /// Days a new link lives.
    pub link_days: i32,
    /// Whether a new link works once.
    pub link_single_use: bool,
    /// When a guest was last in it.
    #[schema(value_type = Option<String>, format = "date-time")]
    pub last_visit_at: Option<Timestamp>,
    /// When it was opened.
    #[schema(value_type = String, format = "date-time")]
    pub created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = "date-time")]
    pub updated_at: Timestamp,
    /// Counts changes.
    pub version: i32,
}

impl Portal {
    pub(crate) fn sections(&self) -> Sections {
        Sections {
            progress: self.shows_progress,
            files: self.shows_files,
            messages: self.shows_messages,
            approvals: self.shows_approvals,
            invoices: self.shows_invoices,
            team: self.shows_team,
        }
    }
    pub(crate) fn theme(&self) -> Theme {
        Theme {
            accent_color: self.accent_color.clone(),
            logo_file_id: self.logo_file_id,
            welcome_text: Some(self.welcome_text.clone()).filter(|text| !text.is_empty()),
        }
    }
}

impl From<Portal> for PortalView {
    fn from(portal: Portal) -> Self {
        Self {
            id: portal.id,
            client_id: portal.client_id,
            theme: portal.theme(),
            sections: portal.sections(),
            client_name: portal.client_name,
            title: portal.title,
            description: portal.description,
            status: portal.status,
            project_ids: portal.project_ids,
            require_code: portal.require_code,
            link_days: portal.link_days,
            link_single_use: portal.link_single_use,
            last_visit_at: portal.last_visit_at,
            created_at: portal.created_at,
            updated_at: portal.updated_at,
            version: portal.version,
        }
    }
}

/// A portal to be opened.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPortal {
    /// The client.
    pub client_id: Uuid,
    /// What it is called; the client's name when left out.
    #[schema(max_length = 200)]
    pub title: Option<String>,
    /// What it is about, shown to the client.
    pub description: Option<String>,
    /// Projects it shows; all of the client's when left out.
    pub project_ids: Option<Vec<Uuid>>,
    /// `draft` or `active`; active when left out.
    pub status: Option<String>,
    /// How it looks.
    #[serde(default)]
    pub theme: Theme,
    /// What it shows; everything when left out.
    #[serde(default)]
    pub sections: Sections,
    /// Whether acts that bind ask for a code by mail first; the workspace's setting when left out.
    pub require_code: Option<bool>,
    /// Days a new link lives; the workspace's setting when left out.
    pub link_days: Option<i32>,
    /// Whether a new link works once; the workspace's setting when left out.
    pub link_single_use: Option<bool>,
}

/// What of a portal may change.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PortalChange {
    /// What it is called.
    pub title: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// Projects it shows.
    pub project_ids: Option<Vec<Uuid>>,
    /// `draft`, `active` or `archived`.
    pub status: Option<String>,
    /// How it looks; replaces all of it.
    pub theme: Option<Theme>,
    /// What it shows; replaces all of it.
    pub sections: Option<Sections>,
    /// Whether acts that bind ask for a code by mail first.
    pub require_code: Option<bool>,
    /// Days a new link lives.
    pub link_days: Option<i32>,
    /// Whether a new link works once.
    pub link_single_use: Option<bool>,
}
