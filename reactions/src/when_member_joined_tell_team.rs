//! When someone joins, those who look after the team hear of it.

use identity::{events::MemberJoined, permissions::TEAM_MANAGE};
use notifications::{NewNotice, To, notify};
use rapport_base::Result;
use rapport_db::{EventRecord, TenantTx};
use rapport_queue::{JobCx, Listener};

use crate::kinds;

pub(crate) fn listener() -> Listener {
    Listener::new("reactions.member_joined_tell_team", &["member.joined"], react)
}

async fn react(_: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    let joined: MemberJoined = event.read()?;
    let notice = NewNotice {
        to: To::PermissionBut(TEAM_MANAGE, Some(joined.member_id)),
        kind: kinds::JOINED,
        title: format!("{} joined the team", joined.name),
        body: format!("As {}.", joined.role),
        href: "settings/team".into(),
        key: event.id.to_string(),
    };
    notify(tx, notice).await
}
