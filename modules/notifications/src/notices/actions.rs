//! Telling members something.

use jiff::Timestamp;
use rapport_base::{MemberId, Result};
use rapport_db::{ActorKind, TenantTx};
use rapport_mail::{Brand, Letter, Party};
use rapport_outbox::NewMail;
use rapport_queue::Enqueue;

use super::{NewNotice, NoticeId, To, store};
use crate::{ByEmail, NoticeCreated, jobs::Tell};

/// Has members told something, once the transaction commits.
///
/// # Errors
/// A bug when the database refuses.
pub async fn notify(tx: &TenantTx, notice: NewNotice) -> Result<()> {
    let actor =
        (tx.origin().kind == ActorKind::Member).then_some(tx.origin().id).flatten().map(MemberId::from);
    let (members, permission, but) = match notice.to {
        To::Member(member) => (vec![member], None, actor),
        To::Members(members) => (members, None, actor),
        To::Permission(permission) => (Vec::new(), Some(permission), actor),
        To::PermissionBut(permission, but) => (Vec::new(), Some(permission), but.or(actor)),
    };
    if members.is_empty() && permission.is_none() {
        return Ok(());
    }
    let once = format!("{}:{}", notice.kind, notice.key);
    let tell = Tell {
        members,
        permission: permission.map(|permission| permission.0.to_owned()),
        but,
        kind: notice.kind.to_owned(),
        title: notice.title,
        body: notice.body,
        path: format!("/{}", notice.href.trim_start_matches('/')),
        key: notice.key,
    };
    rapport_queue::enqueue(tx, &tell, Enqueue::key(once)).await
}

/// Writes notices for those who want them in the bell, and mails for those who want them at once.
pub(crate) async fn tell(
    tx: &TenantTx,
    url: impl Fn(&str) -> String,
    told: &store::Told<'_>,
    recipients: &[store::Recipient],
    usual: ByEmail,
    now: Timestamp,
) -> Result<()> {
    let in_app: Vec<MemberId> = recipients.iter().filter(|one| one.in_app).map(|one| one.id).collect();
    let written: Vec<(NoticeId, MemberId)> =
        if in_app.is_empty() { Vec::new() } else { store::insert(tx, told, &in_app, now).await? };
    for (notice_id, member_id) in written {
        tx.publish(&NoticeCreated { notice_id, member_id });
    }
    let wish = |one: &store::Recipient| one.by_email.as_deref().and_then(ByEmail::parse).unwrap_or(usual);
    let by_mail: Vec<&store::Recipient> = recipients.iter().filter(|one| wish(one) == ByEmail::Now).collect();
    if by_mail.is_empty() {
        return Ok(());
    }
    let (name, slug) = store::workspace(tx).await?;
    for one in by_mail {
        let mut letter = Letter::new(told.title).greeting(format!("Hello {},", one.name)).line(told.title);
        if let Some(body) = told.body {
            letter = letter.quote(body);
        }
        let letter = letter
            .button("Open", url(&format!("/app/{slug}{}", told.path)))
            .footer(format!("You get this mail as a member of {name}."))
            .footer(format!(
                "Choose what you hear of: {}",
                url(&format!("/app/{slug}/settings/notifications"))
            ));
        let key = format!("notice:{}:{}:{}", told.kind, told.key, one.id);
        let mail = NewMail::new(
            "notifications.notice",
            key,
            Party::new(&one.name, &one.email),
            brand(&name),
            letter,
        );
        rapport_outbox::send(tx, &mail).await?;
    }
    Ok(())
}

/// Mail to members carries the workspace's name and the house's colour.
pub(crate) fn brand(workspace: &str) -> Brand {
    Brand { name: workspace.to_owned(), color: "#2457c5".into(), logo_url: None }
}
