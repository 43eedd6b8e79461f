//! The context of a request: who asks, in which workspace, and the way to its data.

use axum::{extract::FromRequestParts, http::request::Parts};
use rapport_base::{Error, Permission, Refusal, Result, WorkspaceId, id::Id as IdType};
use rapport_db::{ActorKind, App, Origin, TenantTx};
use rapport_ui::{
    CreateLink, Format, NavItem, NavSection, Person, PlainShell, Shell, Workspace as ShellWorkspace,
    WorkspaceLink,
};

use crate::{Guest, House, Member, RequestInfo, SignedIn, User, Workspace};

/// A member's request.
#[derive(Clone)]
pub struct Cx {
    /// The house.
    pub app: App,
    /// The request.
    pub request: RequestInfo,
    /// The person and session.
    pub signed_in: SignedIn,
    /// The membership.
    pub member: Member,
    params: Vec<(String, String)>,
}

impl Cx {
    /// The workspace.
    #[must_use]
    pub fn workspace(&self) -> &Workspace {
        &self.member.workspace
    }
    /// The workspace's id.
    #[must_use]
    pub fn workspace_id(&self) -> WorkspaceId {
        self.member.workspace.id
    }
    /// The person.
    #[must_use]
    pub fn user(&self) -> &User {
        &self.signed_in.user
    }
    /// Now.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        self.app.clock.now()
    }
    /// The person's zone, in which their days begin and end.
    #[must_use]
    pub fn zone(&self) -> jiff::tz::TimeZone {
        rapport_base::clock::zone(&self.signed_in.user.timezone)
    }
    /// Today, in the person's zone.
    #[must_use]
    pub fn today(&self) -> jiff::civil::Date {
        self.app.clock.today(&self.zone())
    }
    /// Whether the person holds a permission.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.member.permissions.has(permission)
    }
    /// Refuses those who do not hold a permission.
    ///
    /// # Errors
    /// [`Refusal::forbidden`].
    pub fn require(&self, permission: Permission) -> Result<()> {
        if self.may(permission) { Ok(()) } else { Err(Refusal::forbidden().into()) }
    }
    /// A transaction that changes things, on behalf of this member.
    ///
    /// # Errors
    /// Busy when the database has no room.
    pub async fn begin(&self) -> Result<TenantTx> {
        self.app.db.begin(self.workspace_id(), self.origin()).await
    }
    /// A transaction that only reads.
    ///
    /// # Errors
    /// Busy when the database has no room.
    pub async fn read(&self) -> Result<TenantTx> {
        self.app.db.read(self.workspace_id()).await
    }
    /// A transaction that only reads, for figures over many rows: see [`rapport_db::Db::report`].
    ///
    /// # Errors
    /// Busy when the database has no room.
    pub async fn report(&self) -> Result<TenantTx> {
        self.app.db.report(self.workspace_id()).await
    }
    /// Who acts, for the spine.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin {
            kind: ActorKind::Member,
            id: Some(self.member.id.uuid()),
            name: Some(self.user().name.clone()),
            on_behalf_of: None,
            ip: self.request.outside_ip(),
            request_id: Some(self.request.id.clone()),
        }
    }
    /// A piece of the path by its name in the route, as an id; not found when it is none.
    ///
    /// # Errors
    /// [`Refusal::not_found`].
    pub fn id<T: IdType>(&self, name: &str) -> Result<T> {
        path_id(&self.params, name)
    }
    /// A piece of the path by its name in the route.
    #[must_use]
    pub fn param(&self, name: &str) -> &str {
        param(&self.params, name)
    }
    /// A path within the workspace: `path("clients")`.
    #[must_use]
    pub fn path(&self, rest: &str) -> String {
        format!("/app/{}/{rest}", self.workspace().slug)
    }
    /// Formats for this reader.
    #[must_use]
    pub fn fmt(&self) -> Format {
        Format::new(&self.user().locale, self.zone(), self.now(), self.workspace().currency.code())
    }
    /// The shell around a page. Join it with the page's own statements
    /// (`futures::join!`), so that both go in one flight.
    ///
    /// # Errors
    /// A bug when a part of the shell cannot be read.
    pub async fn shell(&self, tx: &TenantTx) -> Result<Shell> {
        let house: House = self.app.parts.get();
        let parts = house.0.iter().flat_map(|module| &module.shell).map(|part| part(self, tx));
        let changes = futures::future::join_all(parts).await;
        let mut shell = self.bare_shell(&house);
        for change in changes {
            change?(&mut shell);
        }
        Ok(shell)
    }

    /// The pages of the settings that this member may open.
    #[must_use]
    pub fn settings(&self, house: &House, here: &str) -> Vec<NavItem> {
        let may = house.settings().into_iter().filter(|page| self.may(page.permission));
        may.map(|page| {
            let href = self.path(&format!("settings/{}", page.path));
            let active = here == href || here.starts_with(&format!("{href}/"));
            NavItem { label: page.label.into(), href, active, ..NavItem::default() }
        })
        .collect()
    }

    fn bare_shell(&self, house: &House) -> Shell {
        let workspace = self.workspace();
        let here = self.request.uri.path();
        let mut nav: Vec<NavSection> = Vec::new();
        for entry in house.nav().iter().filter(|entry| entry.permission.is_none_or(|p| self.may(p))) {
            let href = if entry.path.is_empty() {
                format!("/app/{}", workspace.slug)
            } else {
                self.path(entry.path)
            };
            let active = here == href || !entry.path.is_empty() && here.starts_with(&format!("{href}/"));
            let item = NavItem {
                label: entry.label.into(),
                icon: entry.icon.into(),
                href,
                active,
                key: entry.key,
                primary: entry.primary,
                ..NavItem::default()
            };
            match nav.iter_mut().find(|section| section.label == entry.section) {
                Some(section) => section.items.push(item),
                None => nav.push(NavSection { label: entry.section.into(), items: vec![item] }),
            }
        }
        let among_settings = here.starts_with(&self.path("settings"));
        let settings = if among_settings { self.settings(house, here) } else { Vec::new() };
        Shell {
            settings,
            lang: self.user().locale.clone(),
            workspace: ShellWorkspace {
                id: workspace.id.to_string(),
                name: workspace.name.clone(),
                slug: workspace.slug.clone(),
                initials: rapport_base::text::initials(&workspace.name),
                logo_url: workspace.has_logo.then(|| self.path("logo")),
                brand: workspace.brand_color.clone(),
                ..ShellWorkspace::default()
            },
            workspaces: self
                .signed_in
                .workspaces
                .iter()
                .map(|(name, slug)| WorkspaceLink {
                    name: name.clone(),
                    initials: rapport_base::text::initials(name),
                    href: format!("/app/{slug}"),
                    current: *slug == workspace.slug,
                })
                .collect(),
            user: Person {
                name: self.user().name.clone(),
                email: self.user().email.clone(),
                initials: rapport_base::text::initials(&self.user().name),
                role: self.member.role.clone(),
                ..Person::default()
            },
            nav,
            csrf: self.signed_in.session.csrf.clone(),
            nonce: self.request.nonce.clone(),
            flash: self.request.flash.clone(),
            theme: self.request.theme,
            create: Vec::<CreateLink>::new(),
            fmt: self.fmt(),
            ..Shell::default()
        }
    }
}

/// A request of someone who may or may not be signed in: public pages, ways in.
#[derive(Clone)]
pub struct Visitor {
    /// The house.
    pub app: App,
    /// The request.
    pub request: RequestInfo,
    /// Who, if anyone.
    pub signed_in: Option<SignedIn>,
    /// The proof that forms must carry.
    pub csrf: String,
    params: Vec<(String, String)>,
}

impl Visitor {
    /// A piece of the path by its name in the route.
    #[must_use]
    pub fn param(&self, name: &str) -> &str {
        param(&self.params, name)
    }
    /// A piece of the path as an id.
    ///
    /// # Errors
    /// [`Refusal::not_found`].
    pub fn id<T: IdType>(&self, name: &str) -> Result<T> {
        path_id(&self.params, name)
    }
    /// The shell around a public page.
    #[must_use]
    pub fn shell(&self, title: &str) -> PlainShell {
        plain_shell(&self.app, &self.request, title, &self.csrf)
    }
    /// Who acts: nobody known yet.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin {
            ip: self.request.outside_ip(),
            request_id: Some(self.request.id.clone()),
            ..Origin::system()
        }
    }
}

/// The shell of pages outside a workspace.
pub(crate) fn plain_shell(app: &App, request: &RequestInfo, title: &str, csrf: &str) -> PlainShell {
    PlainShell {
        title: title.into(),
        lang: "en-GB".into(),
        csrf: csrf.into(),
        nonce: request.nonce.clone(),
        flash: request.flash.clone(),
        theme: request.theme,
        fmt: Format::new("en-GB", jiff::tz::TimeZone::UTC, app.clock.now(), "EUR"),
        ..PlainShell::default()
    }
}

/// A guest's request.
#[derive(Clone)]
pub struct GuestCx {
    /// The house.
    pub app: App,
    /// The request.
    pub request: RequestInfo,
    /// The guest.
    pub guest: Guest,
    params: Vec<(String, String)>,
}

impl GuestCx {
    /// A piece of the path as an id.
    ///
    /// # Errors
    /// [`Refusal::not_found`].
    pub fn id<T: IdType>(&self, name: &str) -> Result<T> {
        path_id(&self.params, name)
    }
    /// A piece of the path by its name in the route.
    #[must_use]
    pub fn param(&self, name: &str) -> &str {
        param(&self.params, name)
    }
    /// Now.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        self.app.clock.now()
    }
    /// A path within the portal: `path("invoices")`.
    #[must_use]
    pub fn path(&self, rest: &str) -> String {
        format!("/portal/{}/{rest}", self.guest.portal_id)
    }
    /// A transaction that changes things, on behalf of this guest.
    ///
    /// # Errors
    /// Refused for a member who only looks; busy when the database has no room.
    pub async fn begin(&self) -> Result<TenantTx> {
        if self.guest.preview {
            return Err(Refusal::new(
                rapport_base::Kind::Forbidden,
                "portal.preview",
                "You are looking as this client: nothing can be changed here.",
            )
            .into());
        }
        self.app.db.begin(self.guest.workspace_id, self.origin()).await
    }
    /// A transaction that only reads.
    ///
    /// # Errors
    /// Busy when the database has no room.
    pub async fn read(&self) -> Result<TenantTx> {
        self.app.db.read(self.guest.workspace_id).await
    }
    /// Who acts, for the spine.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin {
            kind: ActorKind::Guest,
            id: self.guest.contact_id.or(Some(self.guest.guest_id)),
            name: Some(self.guest.name.clone()),
            on_behalf_of: None,
            ip: self.request.outside_ip(),
            request_id: Some(self.request.id.clone()),
        }
    }
}

fn param<'a>(params: &'a [(String, String)], name: &str) -> &'a str {
    params.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
}

fn path_id<T: IdType>(params: &[(String, String)], name: &str) -> Result<T> {
    param(params, name).parse::<uuid::Uuid>().map(T::from).map_err(|_| Refusal::not_found().into())
}

async fn params(parts: &mut Parts, app: &App) -> Vec<(String, String)> {
    axum::extract::RawPathParams::from_request_parts(parts, app)
        .await
        .map(|raw| raw.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
        .unwrap_or_default()
}

fn extension<T: Clone + Send + Sync + 'static>(parts: &Parts) -> Result<T> {
    parts.extensions.get::<T>().cloned().ok_or_else(|| {
        Error::message(format!(
            "no {} on this route: its access does not fit its handler",
            std::any::type_name::<T>()
        ))
    })
}

impl FromRequestParts<App> for Cx {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let signed_in: SignedIn = extension(parts)?;
        let member = signed_in.member.clone().ok_or_else(Refusal::not_found)?;
        let request = extension(parts)?;
        Ok(Self { app: app.clone(), request, member, signed_in, params: params(parts, app).await })
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let crate::csrf::Expected(csrf) = extension(parts)?;
        let request = extension(parts)?;
        Ok(Self {
            app: app.clone(),
            request,
            signed_in: parts.extensions.get().cloned(),
            csrf,
            params: params(parts, app).await,
        })
    }
}

impl FromRequestParts<App> for GuestCx {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let guest = extension(parts)?;
        let request = extension(parts)?;
        Ok(Self { app: app.clone(), request, guest, params: params(parts, app).await })
    }
}
