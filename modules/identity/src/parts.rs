//! What other modules add to identity's work: collected by the binary into the parts.

use std::sync::Arc;

use futures::future::BoxFuture;
use rapport_base::Result;
use rapport_db::TenantTx;

/// Something every new workspace has from its first moment (a pipeline, a project template).
/// Runs inside the transaction of the sign-up.
#[derive(Clone, Copy)]
pub struct WorkspaceDefault(pub for<'a> fn(&'a TenantTx) -> BoxFuture<'a, Result<()>>);

/// All of them, in order. One of the parts.
#[derive(Clone, Default)]
pub struct WorkspaceDefaults(pub Arc<Vec<WorkspaceDefault>>);

impl WorkspaceDefaults {
    /// From a list.
    #[must_use]
    pub fn new(defaults: Vec<WorkspaceDefault>) -> Self {
        Self(Arc::new(defaults))
    }
    pub(crate) async fn make(&self, tx: &TenantTx) -> Result<()> {
        for default in self.0.iter() {
            default.0(tx).await?;
        }
        Ok(())
    }
}

/// A step of the first days, ticked off by a fact.
#[derive(Clone, Copy)]
pub struct FirstStep {
    /// What to do: `Add your first client`.
    pub label: &'static str,
    /// Where, below `/app/{slug}/`.
    pub href: &'static str,
    /// Icon.
    pub icon: &'static str,
    /// Whether it is done.
    pub done: for<'a> fn(&'a TenantTx) -> BoxFuture<'a, Result<bool>>,
}

/// All of them, in order. One of the parts.
#[derive(Clone, Default)]
pub struct FirstSteps(pub Arc<Vec<FirstStep>>);

impl FirstSteps {
    /// From a list.
    #[must_use]
    pub fn new(steps: Vec<FirstStep>) -> Self {
        Self(Arc::new(steps))
    }
    /// Every step and whether it is done, asked for in one flight.
    ///
    /// # Errors
    /// A bug when the database refuses.
    pub async fn look(&self, tx: &TenantTx) -> Result<Vec<(FirstStep, bool)>> {
        let done = futures::future::join_all(self.0.iter().map(|step| (step.done)(tx))).await;
        self.0.iter().zip(done).map(|(step, done)| Ok((*step, done?))).collect()
    }
}
