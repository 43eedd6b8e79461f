//! Calls to the object store under a time limit and a circuit breaker. A folder needs neither.

use crate::StorageError;
use rapport_breaker::Breaker;
use std::time::Duration;

/// No single exchange with the object store takes longer, so that a request with one is answered
/// within ten seconds.
pub(crate) const TIME_LIMIT: Duration = Duration::from_secs(8);
const FAILURES: u32 = 5;
const REST: Duration = Duration::from_secs(15);

#[derive(Debug)]
pub(crate) struct Guard(Option<Breaker>);

impl Guard {
    pub(crate) const fn none() -> Self {
        Self(None)
    }

    pub(crate) const fn breaker() -> Self {
        Self(Some(Breaker::new("object store", FAILURES, REST)))
    }

    pub(crate) fn is_open(&self) -> bool {
        self.0.as_ref().is_some_and(Breaker::is_open)
    }

    pub(crate) async fn call<T, F>(&self, work: F) -> Result<T, StorageError>
    where
        F: Future<Output = object_store::Result<T>>,
    {
        let Some(breaker) = &self.0 else {
            return work.await.map_err(StorageError::from);
        };
        let pass =
            breaker.enter().map_err(|open| StorageError::Unavailable { retry_after: open.retry_after })?;
        match tokio::time::timeout(TIME_LIMIT, work).await {
            Ok(Ok(value)) => {
                pass.answered();
                Ok(value)
            }
            Ok(Err(object_store::Error::Generic { source, .. })) => {
                tracing::warn!(error = %source, "object store failed");
                pass.failed();
                Err(StorageError::Unavailable { retry_after: REST })
            }
            Ok(Err(error)) => {
                pass.answered();
                Err(error.into())
            }
            Err(_) => {
                tracing::warn!("object store took too long");
                pass.failed();
                Err(StorageError::Unavailable { retry_after: REST })
            }
        }
    }
}
