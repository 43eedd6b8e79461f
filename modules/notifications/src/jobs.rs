//! What notifications does in the background.

use jiff::SignedDuration;
use rapport_base::{MemberId, Permission, Result};
use rapport_db::Origin;
use rapport_mail::{Letter, Party};
use rapport_outbox::NewMail;
use rapport_queue::{Job, JobCx, JobInfo, Outcome, Schedule};
use serde::{Deserialize, Serialize};

use crate::{
    NoticeKinds,
    notices::{actions, store},
    preferences,
};

/// What was read is kept that long.
const KEEP_READ: SignedDuration = SignedDuration::from_hours(24 * 90);
/// What nobody read is kept that long.
const KEEP: SignedDuration = SignedDuration::from_hours(24 * 180);

/// Finds out who is meant and by which ways, and tells them.
#[derive(Serialize, Deserialize)]
pub(crate) struct Tell {
    pub members: Vec<MemberId>,
    pub permission: Option<String>,
    pub but: Option<MemberId>,
    pub kind: String,
    pub title: String,
    pub body: String,
    pub path: String,
    pub key: String,
}

impl Job for Tell {
    const NAME: &'static str = "notifications.tell";

    async fn run(self, cx: JobCx) -> Result<Outcome> {
        let asked = |permission: Permission| self.permission.as_deref() == Some(permission.0);
        let info = cx.app.permissions.iter().find(|info| asked(info.permission));
        let roles = info.map_or(&[][..], |info| info.roles);
        let lending = if cx.app.lendable.iter().copied().any(asked) { roles } else { &[] };
        let usual = cx.app.parts.find::<NoticeKinds>().unwrap_or_default().by_email(&self.kind);
        let tx = cx.begin().await?;
        let recipients = store::recipients(&tx, &self.kind, &self.members, roles, lending, self.but).await?;
        let told = store::Told {
            kind: &self.kind,
            title: &self.title,
            body: (!self.body.is_empty()).then_some(self.body.as_str()),
            path: &self.path,
            key: &self.key,
        };
        actions::tell(&tx, |path| cx.app.url(path), &told, &recipients, usual, cx.app.clock.now()).await?;
        tx.commit().await?;
        Ok(Outcome::Done)
    }
}

/// All of them.
pub(crate) fn all() -> Vec<JobInfo> {
    vec![JobInfo::of::<Tell>()]
}

/// What the clock starts.
pub(crate) fn schedules() -> Vec<Schedule> {
    vec![
        Schedule::new("notifications.daily_mail", "0 7 * * *", daily_mail).catching_up(),
        Schedule::new("notifications.sweep", "40 3 * * *", |cx: JobCx| async move {
            let now = cx.app.clock.now();
            let tx = cx.app.db.system().await?;
            store::sweep(&tx, now - KEEP_READ, now - KEEP).await?;
            tx.commit().await?;
            Ok(Outcome::Done)
        }),
    ]
}

/// One mail for everyone who wishes it so, with what they have not read since yesterday.
async fn daily_mail(cx: JobCx) -> Result<Outcome> {
    let now = cx.app.clock.now();
    let day = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let tx = cx.app.db.system().await?;
    let readers = preferences::store::daily_readers(&tx).await?;
    drop(tx);
    for (workspace, member) in readers {
        let tx = cx.app.db.begin(workspace, Origin::system()).await?;
        let Some((person, email, notices)) =
            preferences::store::unread_for_mail(&tx, member, now - SignedDuration::from_hours(24)).await?
        else {
            continue;
        };
        let (name, slug) = store::workspace(&tx).await?;
        let count = notices.len();
        let subject =
            if count == 1 { "One thing you missed".into() } else { format!("{count} things you missed") };
        let letter = notices
            .into_iter()
            .fold(
                Letter::new(format!("{subject} at {name}")).greeting(format!("Hello {person},")),
                |letter, title| letter.line(format!("• {title}")),
            )
            .button("Open your notices", cx.app.url(&format!("/app/{slug}/notices")))
            .footer(format!("You get this mail once a day as a member of {name}."))
            .footer(format!(
                "Choose what you hear of: {}",
                cx.app.url(&format!("/app/{slug}/settings/notifications"))
            ));
        let key = format!("notices:{member}:{day}");
        let mail = NewMail::new(
            "notifications.daily",
            key,
            Party::new(person, email),
            actions::brand(&name),
            letter,
        );
        rapport_outbox::send(&tx, &mail).await?;
        tx.commit().await?;
    }
    Ok(Outcome::Done)
}
