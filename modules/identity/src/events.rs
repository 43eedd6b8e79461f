//! What identity publishes.

use jiff::{Timestamp, civil::Date};
use rapport_base::{MemberId, WorkspaceId};
use rapport_db::{About, Event, EventInfo};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::permissions::{API_KEYS_MANAGE, TEAM_DEPUTIES, TEAM_MANAGE, TEAM_READ, WORKSPACE_MANAGE};

macro_rules! event {
    ($(#[$meta:meta])* $name:ident $kind:literal audited $audited:literal {
        $($field:ident : $ty:ty),* $(,)?
    } about($this:ident) $about:expr; summary $summary:expr;) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Serialize, Deserialize)]
        #[allow(missing_docs)]
        pub struct $name { $(pub $field: $ty),* }
        impl Event for $name {
            const KIND: &'static str = $kind;
            const AUDITED: bool = $audited;
            fn about(&self) -> About { let $this = self; $about }
            fn summary(&self) -> String { let $this = self; let _ = $this; $summary }
        }
    };
}

event! {
    /// A workspace was founded.
    WorkspaceCreated "workspace.created" audited true {
        workspace_id: WorkspaceId, name: String, owner_id: MemberId,
    } about(e) About::new("workspace", e.workspace_id); summary format!("founded the workspace {}", e.name);
}
event! {
    /// Its settings were changed.
    WorkspaceUpdated "workspace.updated" audited true {
        workspace_id: WorkspaceId, fields: Vec<String>,
    } about(e) About::new("workspace", e.workspace_id);
    summary if e.fields.is_empty() { "changed the workspace's settings".into() }
            else { format!("changed the workspace's {}", e.fields.join(", ").replace('_', " ")) };
}
event! {
    /// The operator put the workspace back to what a backup holds.
    WorkspaceRestored "workspace.restored" audited true {
        workspace_id: WorkspaceId, from: String, taken_at: Timestamp,
    } about(e) About::new("workspace", e.workspace_id);
    summary format!("put the workspace back to {}", e.taken_at.strftime("%-d %B %Y, %H:%M UTC"));
}
event! {
    /// Someone was asked to join.
    MemberInvited "member.invited" audited true {
        invitation_id: Uuid, email: String, role: String,
    } about(e) About::new("invitation", e.invitation_id); summary format!("invited {} as {}", e.email, e.role);
}
event! {
    /// An invitation was taken back.
    InvitationRevoked "member.invitation_revoked" audited true {
        invitation_id: Uuid, email: String,
    } about(e) About::new("invitation", e.invitation_id); summary format!("took back the invitation of {}", e.email);
}
event! {
    /// Someone joined the team.
    MemberJoined "member.joined" audited true {
        member_id: MemberId, name: String, role: String, project_ids: Vec<Uuid>,
    } about(e) About::new("member", e.member_id); summary format!("joined the team as {}", e.role);
}
event! {
    /// A member's role was changed.
    MemberRoleChanged "member.role_changed" audited true {
        member_id: MemberId, name: String, from: String, to: String,
    } about(e) About::new("member", e.member_id); summary format!("made {} {} (was {})", e.name, e.to, e.from);
}
event! {
    /// A member's rates, capacity or title were changed.
    MemberUpdated "member.updated" audited true {
        member_id: MemberId, name: String,
    } about(e) About::new("member", e.member_id); summary format!("changed the details of {}", e.name);
}
event! {
    /// A member may no longer come in.
    MemberDeactivated "member.deactivated" audited true {
        member_id: MemberId, name: String,
    } about(e) About::new("member", e.member_id); summary format!("deactivated {}", e.name);
}
event! {
    /// A member may come in again.
    MemberReactivated "member.reactivated" audited true {
        member_id: MemberId, name: String,
    } about(e) About::new("member", e.member_id); summary format!("reactivated {}", e.name);
}
event! {
    /// Someone is to decide in the place of a member who is away.
    DeputyNamed "deputy.named" audited true {
        id: Uuid, member_id: MemberId, member_name: String, deputy_id: MemberId, deputy_name: String,
        from: Date, until: Date, starts_at: Timestamp,
    } about(e) About::new("deputy", e.id);
    summary format!("named {} deputy of {} from {} to {}", e.deputy_name, e.member_name, e.from, e.until);
}
event! {
    /// A deputy was ended by hand.
    DeputyEnded "deputy.ended" audited true {
        id: Uuid, member_id: MemberId, member_name: String, deputy_id: MemberId, deputy_name: String,
    } about(e) About::new("deputy", e.id);
    summary format!("ended {} as deputy of {}", e.deputy_name, e.member_name);
}
event! {
    /// A member changed the own password.
    PasswordChanged "member.password_changed" audited true {
        member_id: MemberId,
    } about(e) About::new("member", e.member_id); summary "changed the own password".into();
}
event! {
    /// Sessions were ended by hand.
    SessionEnded "session.ended" audited true {
        member_id: MemberId, count: i64,
    } about(e) About::new("member", e.member_id);
    summary if e.count == 1 { "ended a session".into() } else { format!("ended {} sessions", e.count) };
}
event! {
    /// A key for programs was made.
    ApiKeyCreated "api_key.created" audited true {
        api_key_id: Uuid, name: String, permissions: Vec<String>,
    } about(e) About::new("api_key", e.api_key_id); summary format!("made the API key {}", e.name);
}
event! {
    /// A key for programs was ended.
    ApiKeyRevoked "api_key.revoked" audited true {
        api_key_id: Uuid, name: String,
    } about(e) About::new("api_key", e.api_key_id); summary format!("ended the API key {}", e.name);
}

/// All of them.
pub(crate) fn all() -> Vec<EventInfo> {
    vec![
        EventInfo::of::<WorkspaceCreated>("Workspace founded", "sparkles", TEAM_READ),
        EventInfo::of::<WorkspaceUpdated>("Settings changed", "settings", WORKSPACE_MANAGE),
        EventInfo::of::<WorkspaceRestored>("Workspace put back", "rotate-ccw", TEAM_READ),
        EventInfo::of::<MemberInvited>("Member invited", "mail-plus", TEAM_MANAGE),
        EventInfo::of::<InvitationRevoked>("Invitation taken back", "mail-x", TEAM_MANAGE),
        EventInfo::of::<MemberJoined>("Member joined", "user-plus", TEAM_READ),
        EventInfo::of::<MemberRoleChanged>("Role changed", "user-cog", TEAM_MANAGE),
        EventInfo::of::<MemberUpdated>("Member changed", "user-pen", TEAM_MANAGE),
        EventInfo::of::<MemberDeactivated>("Member deactivated", "user-minus", TEAM_MANAGE),
        EventInfo::of::<MemberReactivated>("Member reactivated", "user-check", TEAM_MANAGE),
        EventInfo::of::<DeputyNamed>("Deputy named", "user-check", TEAM_DEPUTIES),
        EventInfo::of::<DeputyEnded>("Deputy ended", "user-x", TEAM_DEPUTIES),
        EventInfo::of::<PasswordChanged>("Password changed", "key-round", TEAM_MANAGE),
        EventInfo::of::<SessionEnded>("Session ended", "log-out", TEAM_MANAGE),
        EventInfo::of::<ApiKeyCreated>("API key made", "key", API_KEYS_MANAGE),
        EventInfo::of::<ApiKeyRevoked>("API key ended", "key-square", API_KEYS_MANAGE),
    ]
}
