//! People with an account.

pub(crate) mod actions;
pub(crate) mod api;
pub(crate) mod pages;
pub(crate) mod store;

use rapport_base::{Currency, MemberId, UserId, WorkspaceId};
use serde::Serialize;
use utoipa::ToSchema;

rapport_db::row! {
    /// An account with the workspace it works in.
    #[derive(Clone, Debug)]
    pub(crate) struct Account {
        pub user_id: UserId,
        pub name: String,
        pub email: String,
        pub email_verified: bool,
        pub locale: String,
        pub user_timezone: String,
        pub member_id: Option<MemberId>,
        pub role: Option<String>,
        pub workspace_id: Option<WorkspaceId>,
        pub slug: Option<String>,
        pub workspace_name: Option<String>,
        pub currency: Option<Currency>,
        pub timezone: Option<String>,
        pub workspace_locale: Option<String>,
    }
}

/// A person, as the API shows them to themselves.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UserView {
    /// Id.
    pub id: UserId,
    /// Address.
    pub email: String,
    /// Name.
    pub name: String,
    /// Whether the address was confirmed.
    pub email_verified: bool,
    /// BCP 47 tag.
    pub locale: String,
    /// IANA name.
    pub timezone: String,
}

/// A workspace, as its members see it everywhere.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WorkspaceView {
    /// Id.
    pub id: WorkspaceId,
    /// Piece of its address.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Currency of its books.
    pub currency: Currency,
    /// IANA name.
    pub timezone: String,
    /// BCP 47 tag.
    pub locale: String,
}

impl Account {
    pub(crate) fn user(&self) -> UserView {
        UserView {
            id: self.user_id,
            email: self.email.clone(),
            name: self.name.clone(),
            email_verified: self.email_verified,
            locale: self.locale.clone(),
            timezone: self.user_timezone.clone(),
        }
    }
    pub(crate) fn workspace(&self) -> Option<WorkspaceView> {
        Some(WorkspaceView {
            id: self.workspace_id?,
            slug: self.slug.clone()?,
            name: self.workspace_name.clone()?,
            currency: self.currency?,
            timezone: self.timezone.clone()?,
            locale: self.workspace_locale.clone()?,
        })
    }
}
