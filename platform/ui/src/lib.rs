//! The look of Rapport: layouts, components, icons, formats, charts and the browser's assets.
//!
//! Page writers read `platform/ui/README.md`; templates import `ui.html`, whose macros call
//! the builders in [`parts`]. Nothing here knows the business.

extern crate self as rapport_ui;

pub mod arg;
pub mod assets;
pub mod brand;
pub mod chart;
pub mod dev;
pub mod form;
pub mod format;
mod html;
pub mod icons;
mod list;
pub mod pages;
pub mod parts;
mod shell;

pub use assets::asset;
pub use form::{Choice, Choices, FormState};
pub use format::Format;
pub use html::{Html, Tone, escape};
pub use list::ListState;
pub use shell::{
    Banner, CreateLink, Crumb, NavItem, NavSection, Person, PlainShell, PortalShell, Shell, Theme, Timer,
    Toast, Workspace, WorkspaceLink,
};
