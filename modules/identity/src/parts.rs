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
