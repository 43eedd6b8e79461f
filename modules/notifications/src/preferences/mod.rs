//! A preference: by which ways a member hears of a kind of notice.

pub(crate) mod api;
pub(crate) mod pages;
pub(crate) mod store;

use rapport_base::{MemberId, Refusal, Result};
use rapport_db::TenantTx;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ByEmail, NoticeKinds};

/// By which ways one hears of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Preference {
    /// Frozen name of the kind.
    pub kind: String,
    /// In words.
    pub label: String,
    /// Heading it stands under.
    pub group: String,
    /// In the bell.
    pub in_app: bool,
    /// By e-mail.
    pub by_email: ByEmail,
}

/// A wish about one kind.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    /// Frozen name of the kind.
    pub kind: String,
    /// In the bell.
    pub in_app: bool,
    /// By e-mail.
    pub by_email: ByEmail,
}

/// What holds for a member: what they said, and the kinds' defaults for the rest.
pub(crate) async fn of(tx: &TenantTx, kinds: &NoticeKinds, member: MemberId) -> Result<Vec<Preference>> {
    let said = store::list(tx, member).await?;
    let preference = |kind: &crate::NoticeKind| {
        let wish = said.iter().find(|(name, ..)| name == kind.name);
        Preference {
            kind: kind.name.into(),
            label: kind.label.into(),
            group: kind.group.into(),
            in_app: wish.is_none_or(|(_, in_app, _)| *in_app),
            by_email: wish.and_then(|(.., way)| ByEmail::parse(way)).unwrap_or(kind.by_email),
        }
    };
    Ok(kinds.0.iter().map(preference).collect())
}

/// Keeps wishes about known kinds.
pub(crate) async fn save(
    tx: &TenantTx,
    kinds: &NoticeKinds,
    member: MemberId,
    wishes: &[Wish],
) -> Result<()> {
    if let Some(unknown) = wishes.iter().find(|wish| kinds.find(&wish.kind).is_none()) {
        let message = format!("There is no kind of notice named {}.", unknown.kind);
        return Err(Refusal::field("preferences", "unknown_kind", message).into());
    }
    store::save(tx, member, wishes).await
}
