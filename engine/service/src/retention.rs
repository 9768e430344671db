//! Lets go of the journals of runs that ended long ago.

use std::sync::Arc;

use crate::clock;
use crate::engine::Parts;
use crate::limits::{RETAIN_EVERY, RETAIN_FOR, RETAIN_RUNS};
use crate::store::Store;

/// Looks for them now and then, for ever.
pub(crate) async fn run<S: Store>(parts: Arc<Parts<S>>) {
    loop {
        let ended_before = clock::now() - RETAIN_FOR;
        loop {
            match parts.store.retire(ended_before, RETAIN_RUNS).await {
                Ok(0) => break,
                Ok(runs) => tracing::debug!(runs, "journals of runs that ended long ago are gone"),
                Err(error) => {
                    tracing::warn!(%error, "cannot delete the journals of runs that ended long ago");
                    break;
                }
            }
        }
        tokio::time::sleep(RETAIN_EVERY).await;
    }
}
