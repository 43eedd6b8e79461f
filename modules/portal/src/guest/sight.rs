//! What this guest sees in this portal: sections, role, look; and the shell around each page.

use rapport_base::{Kind, Refusal, Result, text};
use rapport_db::TenantTx;
use rapport_ui::{Format, NavItem, Person, PortalShell, Toast, Workspace};
use rapport_web::GuestCx;
use uuid::Uuid;

use super::store;
use crate::{
    portals::rules::{Act, role_may},
    visits::{self, store::Entry},
};

const SIGHT: &str = "select p.title, p.description, p.welcome_text, p.shows_progress, p.shows_files, p.shows_messages, p.shows_approvals,
    p.shows_invoices, p.shows_team, p.require_code, coalesce(p.accent_color, w.brand_color) as color,
    (p.logo_file_id is not null or w.logo_key is not null) as has_logo, w.name as workspace_name, w.currency, w.timezone,
    coalesce(p.locale, w.locale) as locale, coalesce(g.role, 'payer') as role,
    coalesce(s.code_confirmed_at is not null, false) as confirmed
  from portal.portals p
  join identity.v_workspace w on w.workspace_id = p.workspace_id
  left join portal.guest_sessions s on s.workspace_id = p.workspace_id and s.id = $3
  left join portal.guests g on g.workspace_id = s.workspace_id and g.id = s.guest_id
  where p.workspace_id = $1 and p.id = $2";

rapport_db::row! {
    /// A portal as one guest sees it.
    #[derive(Clone, Debug)]
    pub(crate) struct Sight {
        pub title: String,
        pub description: String,
        pub welcome_text: String,
        pub shows_progress: bool,
        pub shows_files: bool,
        pub shows_messages: bool,
        pub shows_approvals: bool,
        pub shows_invoices: bool,
        pub shows_team: bool,
        pub require_code: bool,
        pub color: String,
        pub has_logo: bool,
        pub workspace_name: String,
        pub currency: String,
        pub timezone: String,
        pub locale: String,
        pub role: String,
        pub confirmed: bool,
    }
}

/// A section of a portal, which the team may switch off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Home,
    Progress,
    Files,
    Approvals,
    Invoices,
    Messages,
    Team,
}

impl Section {
    /// Its page below the portal, and its name in the access log.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Section::Home => "",
            Section::Progress => "progress",
            Section::Files => "files",
            Section::Approvals => "deliverables",
            Section::Invoices => "invoices",
            Section::Messages => "messages",
            Section::Team => "team",
        }
    }
}

impl Sight {
    pub(crate) async fn load(cx: &GuestCx, tx: &TenantTx) -> Result<Self> {
        tx.get(SIGHT, &[&tx.workspace(), &cx.guest.portal_id, &cx.guest.guest_id]).await
    }

    pub(crate) fn shows(&self, section: Section) -> bool {
        match section {
            Section::Home => true,
            Section::Progress => self.shows_progress,
            Section::Files => self.shows_files,
            Section::Approvals => self.shows_approvals,
            Section::Invoices => self.shows_invoices,
            Section::Messages => self.shows_messages,
            Section::Team => self.shows_team,
        }
    }

    /// Refuses a section that is switched off, as if it were not there.
    pub(crate) fn require(&self, section: Section) -> Result<()> {
        if self.shows(section) { Ok(()) } else { Err(Refusal::not_found().into()) }
    }

    pub(crate) fn may(&self, act: Act) -> bool {
        role_may(&self.role, act)
    }

    /// Refuses what the guest's role does not reach.
    pub(crate) fn require_role(&self, act: Act) -> Result<()> {
        if self.may(act) {
            return Ok(());
        }
        Err(Refusal::new(
            Kind::Forbidden,
            "portal.role",
            "You can look here, but not do this. Ask the team for more rights.",
        )
        .into())
    }

    /// Whether a code is wanted before an act that binds.
    pub(crate) fn wants_code(&self) -> bool {
        self.require_code && !self.confirmed
    }

    pub(crate) fn fmt(&self, cx: &GuestCx) -> Format {
        Format::new(&self.locale, rapport_base::clock::zone(&self.timezone), cx.now(), &self.currency)
    }

    /// Today, where the workspace is.
    pub(crate) fn today(&self, cx: &GuestCx) -> jiff::civil::Date {
        cx.app.clock.today(&rapport_base::clock::zone(&self.timezone))
    }

    /// The shell around a page of the portal.
    pub(crate) async fn shell(&self, cx: &GuestCx, tx: &TenantTx, title: &str) -> Result<PortalShell> {
        let portal = cx.guest.portal_id;
        let ((approvals, invoices), unread) = {
            let (waiting, unread) = futures::join!(
                store::waiting(tx, portal, cx.guest.client_id),
                conversations::unread_for_guest(tx, portal, cx.guest.contact_id)
            );
            (waiting?, unread?)
        };
        let base = format!("/portal/{portal}");
        let here = cx.request.uri.path().to_owned();
        let item = |section: Section, label: &str, icon: &str, badge: i64| {
            let href =
                if section == Section::Home { base.clone() } else { format!("{base}/{}", section.path()) };
            let active = here == href || section != Section::Home && here.starts_with(&format!("{href}/"));
            NavItem {
                label: label.into(),
                icon: icon.into(),
                href,
                active,
                badge: (badge > 0).then(|| badge.to_string()),
                ..NavItem::default()
            }
        };
        let all = [
            (Section::Home, "Home", "house", 0),
            (Section::Progress, "Progress", "list-checks", 0),
            (Section::Approvals, "Approvals", "badge-check", approvals),
            (Section::Files, "Files", "folder", 0),
            (Section::Messages, "Messages", "message-square", unread),
            (Section::Invoices, "Invoices", "receipt", invoices),
            (Section::Team, "Team", "users", 0),
        ];
        let mut flash = cx.request.flash.clone();
        if cx.guest.preview {
            flash.push(Toast::info("You are looking as this client. Nothing can be changed here."));
        }
        Ok(PortalShell {
            title: title.into(),
            lang: self.locale.clone(),
            agency: Workspace {
                name: self.workspace_name.clone(),
                initials: text::initials(&self.workspace_name),
                logo_url: self.has_logo.then(|| format!("{base}/logo")),
                brand: Some(self.color.clone()),
                ..Workspace::default()
            },
            portal_title: self.title.clone(),
            contact: Person {
                name: cx.guest.name.clone(),
                email: cx.guest.email.clone().unwrap_or_default(),
                initials: text::initials(&cx.guest.name),
                ..Person::default()
            },
            nav: all
                .into_iter()
                .filter(|(section, ..)| self.shows(*section))
                .map(|(section, label, icon, badge)| item(section, label, icon, badge))
                .collect(),
            base: base.clone(),
            csrf: cx.guest.csrf.clone(),
            nonce: cx.request.nonce.clone(),
            flash,
            theme: cx.request.theme,
            live: "message. deliverable. milestone. file. invoice. payment. portal.",
            fmt: self.fmt(cx),
            powered_by: true,
        })
    }
}

/// A transaction of a guest's request with what they see; looking as a client only reads.
pub(crate) struct Visit<'a> {
    pub cx: &'a GuestCx,
    pub tx: TenantTx,
    pub sight: Sight,
}

impl<'a> Visit<'a> {
    /// Opens a page of a section, and notes that in the access log.
    pub(crate) async fn look(cx: &'a GuestCx, section: Section) -> Result<Self> {
        let visit = Self::open(cx, section).await?;
        let page = if section == Section::Home { "home" } else { section.path() };
        visit.log(&format!("viewed_{page}"), None).await?;
        Ok(visit)
    }

    /// As [`Visit::look`], for those who note something else.
    pub(crate) async fn open(cx: &'a GuestCx, section: Section) -> Result<Self> {
        let tx = if cx.guest.preview { cx.read().await? } else { cx.begin().await? };
        let sight = Sight::load(cx, &tx).await?;
        sight.require(section)?;
        Ok(Self { cx, tx, sight })
    }

    /// Begins an act of a section that the guest's role must reach. Refused for a member who only looks.
    pub(crate) async fn act(cx: &'a GuestCx, section: Section, act: Act) -> Result<Self> {
        let tx = cx.begin().await?;
        let sight = Sight::load(cx, &tx).await?;
        sight.require(section)?;
        sight.require_role(act)?;
        Ok(Self { cx, tx, sight })
    }

    /// Writes a line of the access log.
    pub(crate) async fn log(&self, action: &str, subject: Option<(&'static str, Uuid)>) -> Result<()> {
        if self.cx.guest.preview {
            return Ok(());
        }
        let entry = Entry {
            portal: self.cx.guest.portal_id.into(),
            session: Some(self.cx.guest.guest_id),
            name: &self.cx.guest.name,
            action,
            subject,
            ip: &self.cx.request.ip,
            user_agent: &self.cx.request.user_agent,
        };
        visits::store::log(&self.tx, &entry).await
    }

    /// Ends it, keeping what was written.
    pub(crate) async fn done(self) -> Result<()> {
        if self.cx.guest.preview { Ok(()) } else { self.tx.commit().await }
    }
}
