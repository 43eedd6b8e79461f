//! What the house does when a deal is won. Projects stand on this floor too, so the
//! reactions above introduce the two to each other.

use futures::future::BoxFuture;
use rapport_base::{Currency, MemberId, Result};
use rapport_db::TenantTx;
use uuid::Uuid;

use crate::{ClientId, DealId, PipelineId};

/// A deal at the moment it is won.
#[derive(Clone, Debug)]
pub struct WonDeal {
    /// The deal.
    pub deal_id: DealId,
    /// Its client.
    pub client_id: ClientId,
    /// Its title.
    pub title: String,
    /// Its value in minor units.
    pub value_cents: i64,
    /// Currency of the value.
    pub currency: Currency,
    /// The pipeline it was won in.
    pub pipeline_id: PipelineId,
    /// The project template that was chosen; the workspace's default unless said.
    pub template_id: Option<Uuid>,
    /// Who had it.
    pub assigned_to: Option<MemberId>,
    /// What was sold.
    pub description: Option<String>,
}

/// Opens what a won deal turns into, in the transaction of the win, and says its id.
/// Called again for the same deal, it answers with the same id. One of the parts.
#[derive(Clone, Copy)]
pub struct OnWon(pub for<'a> fn(&'a TenantTx, WonDeal) -> BoxFuture<'a, Result<Option<Uuid>>>);

/// The project templates to choose from when a deal is won: id and name, the default one
/// first. One of the parts.
#[derive(Clone, Copy)]
pub struct TemplateChoices(pub for<'a> fn(&'a TenantTx) -> BoxFuture<'a, Result<Vec<(Uuid, String)>>>);
