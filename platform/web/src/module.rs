//! What a module declares of itself: plain data, put together by the binary.

use std::sync::Arc;

use futures::future::BoxFuture;
use rapport_base::{Clock, Parts, Permission, PermissionInfo, Result};
use rapport_db::{App, Db, EventInfo, TenantTx};
use rapport_queue::{JobInfo, Listener, Schedule, Work};
use rapport_ui::Shell;
use uuid::Uuid;

use crate::{
    Cx, Routes,
    personal::{self, Personal},
};

/// One module: its routes, events, permissions and background work.
pub struct Module {
    /// Its name, which is also its PostgreSQL schema.
    pub name: &'static str,
    /// Every URL it answers.
    pub routes: Routes,
    /// What it may do, and which roles may.
    pub permissions: Vec<PermissionInfo>,
    /// Those of them that one who is away may lend to a deputy.
    pub lendable: Vec<Permission>,
    /// What it publishes.
    pub events: Vec<EventInfo>,
    /// Its background jobs.
    pub jobs: Vec<JobInfo>,
    /// Its jobs by the clock.
    pub schedules: Vec<Schedule>,
    /// What it does upon events.
    pub listeners: Vec<Listener>,
    /// Its entries in the sidebar.
    pub nav: Vec<NavEntry>,
    /// Its pages among the settings.
    pub settings: Vec<SettingsPage>,
    /// What it adds to the shell of every page (running timer, unread count).
    pub shell: Vec<ShellPart>,
    /// What it finds for the palette.
    pub search: Vec<SearchPart>,
    /// The services it puts among the parts.
    pub parts: Option<fn(Parts) -> Parts>,
    /// What it holds true, and can be asked to prove.
    pub checks: Vec<Check>,
    /// Deletes all it has of some clients that were never billed nor had time approved.
    pub erase_clients: Option<EraseClients>,
    /// What its tables hold of people at clients, and what becomes of it when one is erased.
    pub personal: Vec<Personal>,
    /// The secrets it keeps sealed.
    pub sealed: Vec<Sealed>,
}

/// Secrets kept sealed in a column, so that they can be sealed anew with another key.
#[derive(Clone, Copy, Debug)]
pub struct Sealed {
    /// `schema.table.column`.
    pub name: &'static str,
    /// The id of the key (text) and how many are sealed with it.
    pub count: &'static str,
    /// Id, secret and place of up to $3 not sealed with the key $1, behind the id $2, locked, by id.
    pub find: &'static str,
    /// Writes the secret $3, sealed with the key $4, where $2 still stands at the id $1.
    pub replace: &'static str,
}

/// Deletes what a module has of some clients; run from the top floor down.
pub type EraseClients = for<'a> fn(&'a TenantTx, &'a [Uuid]) -> BoxFuture<'a, Result<()>>;

/// A maintained figure that can be rebuilt from its facts and compared.
#[derive(Clone, Copy)]
pub struct Check {
    /// What is compared: `spent of projects`.
    pub name: &'static str,
    /// Every difference found, in words.
    pub run: for<'a> fn(&'a TenantTx) -> BoxFuture<'a, Result<Vec<String>>>,
}

impl Module {
    /// A module that declares nothing yet.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            routes: Routes::new(name),
            permissions: Vec::new(),
            lendable: Vec::new(),
            events: Vec::new(),
            jobs: Vec::new(),
            schedules: Vec::new(),
            listeners: Vec::new(),
            nav: Vec::new(),
            settings: Vec::new(),
            shell: Vec::new(),
            search: Vec::new(),
            parts: None,
            checks: Vec::new(),
            erase_clients: None,
            personal: Vec::new(),
            sealed: Vec::new(),
        }
    }
}

/// A page among the settings.
#[derive(Clone, Copy, Debug)]
pub struct SettingsPage {
    /// Label of its tab.
    pub label: &'static str,
    /// Path below `/app/{slug}/settings/`.
    pub path: &'static str,
    /// Needed to see it.
    pub permission: Permission,
    /// Order over all modules, ascending.
    pub position: u16,
}

/// An entry of the sidebar.
#[derive(Clone, Copy, Debug)]
pub struct NavEntry {
    /// Section heading: `Work`, `Money`, `Insight`.
    pub section: &'static str,
    /// Label.
    pub label: &'static str,
    /// Icon.
    pub icon: &'static str,
    /// Path below `/app/{slug}/`; empty for the dashboard.
    pub path: &'static str,
    /// Needed to see it.
    pub permission: Option<Permission>,
    /// Key after `g`.
    pub key: Option<char>,
    /// Order over all modules, ascending.
    pub position: u16,
    /// Whether it stands in the phone's bottom bar.
    pub primary: bool,
}

/// Adds to the shell of a page, in the flight of the page's own statements.
pub type ShellPart = for<'a> fn(&'a Cx, &'a TenantTx) -> BoxFuture<'a, Result<ShellChange>>;

/// What a [`ShellPart`] found, to be put into the shell.
pub type ShellChange = Box<dyn FnOnce(&mut Shell) + Send>;

/// Finds things of a module by what was typed into the palette.
pub type SearchPart = for<'a> fn(&'a Cx, &'a TenantTx, &'a str) -> BoxFuture<'a, Result<Vec<Hit>>>;

/// One thing found.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Hit {
    /// Heading it stands under: `Clients`.
    #[serde(skip)]
    pub group: &'static str,
    /// Its name.
    pub title: String,
    /// What tells it from others of that name.
    pub subtitle: String,
    /// Where it is.
    pub href: String,
    /// Icon.
    pub icon: &'static str,
}

/// All modules, put together.
#[derive(Clone)]
pub struct House(pub Arc<Vec<Module>>);

impl House {
    /// All permissions.
    #[must_use]
    pub fn permissions(&self) -> Vec<PermissionInfo> {
        self.0.iter().flat_map(|module| module.permissions.iter().copied()).collect()
    }
    /// All permissions that may be lent to a deputy.
    #[must_use]
    pub fn lendable(&self) -> Vec<Permission> {
        self.0.iter().flat_map(|module| module.lendable.iter().copied()).collect()
    }
    /// All events.
    #[must_use]
    pub fn events(&self) -> Vec<EventInfo> {
        self.0.iter().flat_map(|module| module.events.iter().copied()).collect()
    }
    /// What every table holds of people at clients: from the top floor down, then the ground.
    #[must_use]
    pub fn personal(&self) -> Vec<Personal> {
        let modules = self.0.iter().rev().flat_map(|module| module.personal.iter().copied());
        modules.chain(personal::GROUND.iter().copied()).collect()
    }
    /// All secrets that are kept sealed.
    #[must_use]
    pub fn sealed(&self) -> Vec<Sealed> {
        self.0.iter().flat_map(|module| module.sealed.iter().copied()).collect()
    }
    /// All pages of the settings, in order.
    #[must_use]
    pub fn settings(&self) -> Vec<SettingsPage> {
        let mut pages: Vec<SettingsPage> =
            self.0.iter().flat_map(|module| module.settings.iter().copied()).collect();
        pages.sort_by_key(|page| page.position);
        pages
    }
    /// All background work.
    #[must_use]
    pub fn work(&self) -> Work {
        let mut work = Work { jobs: rapport_outbox::jobs(), ..Work::default() };
        work.schedules.extend(crate::upkeep::schedules());
        for module in self.0.iter() {
            work.jobs.extend(module.jobs.iter().cloned());
            work.listeners.extend(module.listeners.iter().cloned());
            work.schedules.extend(module.schedules.iter().cloned());
        }
        work
    }
    /// All entries of the sidebar, in order.
    #[must_use]
    pub fn nav(&self) -> Vec<NavEntry> {
        let mut nav: Vec<NavEntry> = self.0.iter().flat_map(|module| module.nav.iter().copied()).collect();
        nav.sort_by_key(|entry| entry.position);
        nav
    }
}

/// Puts the house together: the modules' declarations and services around a database.
#[must_use]
pub fn assemble(db: Db, clock: Clock, public_url: &str, parts: Parts, modules: Vec<Module>) -> App {
    let parts = modules.iter().filter_map(|module| module.parts).fold(parts, |parts, put| put(parts));
    let house = House(Arc::new(modules));
    App {
        db,
        clock,
        public_url: public_url.trim_end_matches('/').into(),
        events: house.events().into(),
        permissions: house.permissions().into(),
        lendable: house.lendable().into(),
        parts: parts.with(house),
    }
}
