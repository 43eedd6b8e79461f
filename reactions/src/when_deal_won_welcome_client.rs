//! When a deal is won, its client is an active one, and the one who had the deal hears of the project.

use clients::Stage;
use deals::DealWon;
use notifications::{NewNotice, To, notify};
use rapport_base::{MemberId, Result};
use rapport_db::{EventRecord, TenantTx};
use rapport_queue::{JobCx, Listener};

use crate::{kinds, people};

pub(crate) fn listener() -> Listener {
    Listener::new("reactions.deal_won_welcome_client", &["deal.won"], react)
}

async fn react(_: JobCx, event: EventRecord, tx: &TenantTx) -> Result<()> {
    let won: DealWon = event.read()?;
    clients::set_stage(tx, won.client_id.into(), Stage::Active).await?;
    let assigned =
        won.assigned_to.map(MemberId::from).filter(|member| Some(*member) != people::actor(&event));
    let Some(member) = assigned else { return Ok(()) };
    let notice = NewNotice {
        to: To::Member(member),
        kind: kinds::DEAL_WON,
        title: format!("The deal {} is won", won.title),
        body: if won.project_id.is_some() { "Its project is open.".into() } else { String::new() },
        href: won
            .project_id
            .map_or_else(|| format!("deals/{}", won.deal_id), |project| format!("projects/{project}")),
        key: event.id.to_string(),
    };
    notify(tx, notice).await
}
