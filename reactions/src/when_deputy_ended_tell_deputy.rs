//! When a deputy's days are ended by hand, they hear of it.

use identity::events::DeputyEnded;
use notifications::{NewNotice, To, notify};
use rapport_base::Result;
use rapport_db::{EventRecord, TenantTx};
use rapport_queue::{JobCx, Listener};

use crate::{kinds, people};

pub(crate) fn listener() -> Listener {
    Listener::new("reactions.deputy_ended_tell_deputy", &["deputy.ended"], react)
}

async fn react(_: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    let ended: DeputyEnded = event.read()?;
    if people::actor(&event) == Some(ended.deputy_id) {
        return Ok(());
    }
    let notice = NewNotice {
        to: To::Member(ended.deputy_id),
        kind: kinds::DEPUTY,
        title: format!("You are not deputy of {} any more", ended.member_name),
        body: "What you decided stays.".into(),
        href: "time".into(),
        key: event.id.to_string(),
    };
    notify(tx, notice).await
}
