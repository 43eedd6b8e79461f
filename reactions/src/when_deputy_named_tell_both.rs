//! When someone becomes a deputy, they hear of it, and so does the one they stand in for, unless
//! they did it themselves.

use identity::events::DeputyNamed;
use notifications::{NewNotice, To, notify};
use rapport_base::Result;
use rapport_db::{EventRecord, TenantTx};
use rapport_queue::{JobCx, Listener};
use rapport_ui::Format;

use crate::{kinds, people};

pub(crate) fn listener() -> Listener {
    Listener::new("reactions.deputy_named_tell_both", &["deputy.named"], react)
}

async fn react(_: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    let named: DeputyNamed = event.read()?;
    let fmt = Format::new("en-GB", jiff::tz::TimeZone::UTC, tx.now(), "");
    let days = if named.from == named.until {
        format!("on {}", fmt.date_short(named.from))
    } else {
        format!("from {} to {}", fmt.date_short(named.from), fmt.date_short(named.until))
    };
    let actor = people::actor(&event);
    if actor != Some(named.deputy_id) {
        let title = if actor == Some(named.member_id) {
            format!("{} made you deputy {days}", named.member_name)
        } else {
            format!("You are deputy of {} {days}", named.member_name)
        };
        let begun = named.starts_at <= tx.now();
        let notice = NewNotice {
            to: To::Member(named.deputy_id),
            kind: kinds::DEPUTY,
            title,
            body: "In these days you may approve timesheets and expenses, and hear of what waits.".into(),
            href: if begun { "time/approvals" } else { "time" }.into(),
            key: event.id.to_string(),
        };
        notify(tx, notice).await?;
    }
    if actor != Some(named.member_id) {
        let notice = NewNotice {
            to: To::Member(named.member_id),
            kind: kinds::DEPUTY,
            title: format!("{} is your deputy {days}", named.deputy_name),
            body: "They may approve timesheets and expenses in your place, and so may you.".into(),
            href: "settings/deputies".into(),
            key: format!("{} lender", event.id),
        };
        notify(tx, notice).await?;
    }
    Ok(())
}
