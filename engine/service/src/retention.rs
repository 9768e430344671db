//! Lets go of the journals of runs that ended long ago, or first where there are too many.

use std::sync::Arc;

use crate::clock;
use crate::config::Retain;
use crate::engine::Parts;
use crate::limits::{RETAIN_EVERY, RETAIN_RUNS};
use crate::store::{Error, Store};

/// Looks for them now and then, for ever.
pub(crate) async fn run<S: Store>(parts: Arc<Parts<S>>) {
    loop {
        if let Err(error) = once(&parts.store, parts.settings.retain).await {
            tracing::warn!(%error, "cannot delete the journals of ended runs");
        }
        tokio::time::sleep(RETAIN_EVERY).await;
    }
}

async fn once(store: &impl Store, retain: Retain) -> Result<(), Error> {
    let ended_before = clock::now() - retain.time;
    loop {
        let runs = store.retire(ended_before, RETAIN_RUNS).await?;
        if runs == 0 {
            break;
        }
        tracing::debug!(runs, "journals of runs that ended long ago are gone");
    }
    if let Some(bytes) = retain.bytes {
        let runs = store.shrink(bytes).await?;
        if runs > 0 {
            tracing::info!(
                runs,
                bytes,
                "the store held more than it may: journals of the runs that ended first are gone"
            );
        }
    }
    Ok(())
}
