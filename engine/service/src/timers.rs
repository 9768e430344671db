//! Wakes runs whose time has come: due timers become inputs, and actions that nobody posts are posted.
//!
//! There is one clock for both, so a restart needs nothing of its own: what was missed is overdue.

use std::sync::Arc;

use crate::clock;
use crate::engine::Parts;
#[cfg(test)]
use crate::fault::Point;
use crate::limits::{WAKE_BATCH, WAKE_LEASE, WAKE_PAUSE};
use crate::runs::{self, Order};
use crate::store::{Store, Urgency};

/// Wakes runs for ever.
pub(crate) async fn run<S: Store>(parts: Arc<Parts<S>>) {
    loop {
        parts.store.due().await;
        let due = match parts.store.claim_due(WAKE_LEASE, WAKE_BATCH).await {
            Ok(due) => due,
            Err(error) => {
                tracing::error!(%error, "cannot find out which runs are due");
                tokio::time::sleep(WAKE_PAUSE).await;
                continue;
            }
        };
        #[cfg(test)]
        if !due.is_empty() {
            parts.faults.pass(Point::Claimed).await;
        }
        let receipts: Vec<_> = due
            .into_iter()
            .filter_map(|loaded| {
                let run = loaded.run;
                runs::enter(&parts, run, Order::Wake(loaded), Urgency::Ride, clock::now()).ok()
            })
            .collect();
        // All of them before the next are claimed: a crowd after a restart is dealt with batch by batch.
        for receipt in receipts {
            // A run that cannot be woken was logged where it failed, and is due again after the lease.
            drop(receipt.dealt().await);
        }
    }
}
