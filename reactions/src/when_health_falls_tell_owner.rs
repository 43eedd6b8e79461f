//! When a client's health enters a worse level, those who look after the client hear of it.

use notifications::{NewNotice, notify};
use pulse::{HealthChanged, Level, PULSE_READ};
use rapport_base::Result;
use rapport_db::{EventRecord, TenantTx};
use rapport_queue::{JobCx, Listener};

use crate::{kinds, people};

pub(crate) fn listener() -> Listener {
    Listener::new("reactions.health_falls_tell_owner", &["health.changed"], react)
}

async fn react(_: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    let changed: HealthChanged = event.read()?;
    let level = |name: &str| Level::parse(name);
    let before = changed.level_from.as_deref().and_then(level);
    let (Some(before), Some(now)) = (before, level(&changed.level_to)) else { return Ok(()) };
    if now >= before {
        return Ok(());
    }
    let Some(client) = clients::find(tx, changed.client_id.into()).await? else { return Ok(()) };
    let notice = NewNotice {
        to: people::of_client(tx, changed.client_id, &event, PULSE_READ).await?,
        kind: kinds::HEALTH,
        title: format!("{} is now {}", client.company_name, now.label().to_lowercase()),
        body: changed.reason,
        href: format!("clients/{}/health", changed.client_id),
        key: event.id.to_string(),
    };
    notify(tx, notice).await
}
