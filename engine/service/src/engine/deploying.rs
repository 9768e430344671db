//! Other flows for the calls to come, while those that are under way go on as they began.

use validate::Validated;

use super::{Change, DeployError, Engine, Origin, RefusedFlows};
use crate::clock;
use crate::store::Store;

impl<S: Store> Engine<S> {
    /// Loads the flows of the files with which the service was started, as they are now. A set that was deployed over
    /// the API is over.
    ///
    /// # Errors
    /// [`DeployError`]: nothing has changed.
    pub async fn reload(&self, flows: Vec<Validated>) -> Result<Change, DeployError> {
        let reloaded = self.swap(flows, Origin::Files, |_| true).await;
        if reloaded.is_err() {
            self.refuse_files();
        }
        reloaded
    }

    /// Loads flows in the place of all that take calls now, if these are still the expected ones. They serve after a
    /// restart, too, until the files change.
    ///
    /// # Errors
    /// [`DeployError`]: nothing has changed.
    pub async fn deploy(
        &self,
        flows: Vec<Validated>,
        is_expected: impl FnOnce(&str) -> bool + Send + 'static,
    ) -> Result<Change, DeployError> {
        self.swap(flows, Origin::Api, is_expected).await
    }

    /// Notes that the files hold flows that cannot serve: readiness tells it.
    pub fn refuse_files(&self) {
        *self.parts.refused.lock() = Some(RefusedFlows { at: clock::now() });
    }

    async fn swap(
        &self,
        flows: Vec<Validated>,
        from: Origin,
        is_expected: impl FnOnce(&str) -> bool + Send + 'static,
    ) -> Result<Change, DeployError> {
        self.parts.check_draining().map_err(|_| DeployError::Draining)?;
        let parts = self.parts.clone();
        // Keeping each version durably takes as long as the disk.
        let swapped = tokio::task::spawn_blocking(move || parts.flows.replace(flows, from, is_expected));
        let change = swapped.await.map_err(|_| DeployError::Interrupted)??;
        match from {
            Origin::Files => *self.parts.refused.lock() = None,
            Origin::Api => {}
        }
        let Change { hash, added, changed, removed, unchanged } = &change;
        if added.is_empty() && changed.is_empty() && removed.is_empty() {
            tracing::info!(hash, ?from, "the flows are those that took calls already");
            return Ok(change);
        }
        tracing::info!(
            hash,
            ?from,
            ?added,
            ?changed,
            ?removed,
            unchanged = unchanged.len(),
            "new calls take the flows of this set; calls under way stay on theirs"
        );
        Ok(change)
    }
}
