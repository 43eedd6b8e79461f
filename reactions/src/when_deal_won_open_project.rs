//! When a deal is won, its project opens, within the transaction that wins the deal.

use deals::{ClientId, DealId, WonDeal};
use projects::WonDealInfo;
use rapport_base::Result;
use rapport_db::TenantTx;
use uuid::Uuid;

/// The project of a won deal, opened now or before.
pub(crate) async fn open(tx: &TenantTx, deal: WonDeal) -> Result<Option<Uuid>> {
    let info = WonDealInfo {
        deal_id: deal.deal_id.uuid(),
        client_id: deal.client_id,
        title: deal.title,
        value_cents: deal.value_cents,
        currency: deal.currency,
        template_id: deal.template_id,
        assigned_to: deal.assigned_to,
        description: deal.description,
    };
    projects::open_for_deal(tx, info).await.map(|project| Some(project.uuid()))
}

/// The client of a deal that a project may be opened for by hand.
pub(crate) async fn client_of(tx: &TenantTx, deal: Uuid) -> Result<Option<ClientId>> {
    Ok(deals::find(tx, DealId::from(deal)).await?.map(|deal| deal.client_id))
}

/// The templates a won deal's project can be opened from.
pub(crate) async fn templates(tx: &TenantTx) -> Result<Vec<(Uuid, String)>> {
    let choices = projects::template_choices(tx).await?;
    Ok(choices.into_iter().map(|(id, name)| (id.0, name)).collect())
}
