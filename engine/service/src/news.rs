//! Who waits for the next record of a run is told when there is one.
//!
//! Costs nothing for runs that nobody watches. Tells that something is new, never what.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::store::RunId;

/// The runs that are being watched.
#[derive(Debug, Default)]
pub(crate) struct News {
    watched: Mutex<HashMap<RunId, Arc<watch::Sender<()>>>>,
    count: AtomicUsize,
}

/// A watch over one run. Notices what is told from its beginning on.
pub(crate) struct Watch<'n> {
    news: &'n News,
    run: RunId,
    sender: Option<Arc<watch::Sender<()>>>,
    receiver: watch::Receiver<()>,
}

impl News {
    /// A run has a new record.
    pub(crate) fn tell(&self, run: RunId) {
        if self.count.load(Ordering::Acquire) == 0 {
            return;
        }
        // Under the lock, so that nobody but watches ever holds a sender.
        if let Some(sender) = self.watched.lock().get(&run) {
            sender.send_replace(());
        }
    }

    /// Begins to watch a run. Look at it once after this, then wait for [`Watch::next`].
    pub(crate) fn watch(&self, run: RunId) -> Watch<'_> {
        self.count.fetch_add(1, Ordering::AcqRel);
        let sender =
            self.watched.lock().entry(run).or_insert_with(|| Arc::new(watch::Sender::new(()))).clone();
        let receiver = sender.subscribe();
        Watch { news: self, run, sender: Some(sender), receiver }
    }
}

impl Watch<'_> {
    /// Waits until something was told since the last look.
    pub(crate) async fn next(&mut self) {
        // The sender lives as long as we do.
        drop(self.receiver.changed().await);
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.news.count.fetch_sub(1, Ordering::AcqRel);
        let mut watched = self.news.watched.lock();
        self.sender = None;
        if watched.get(&self.run).is_some_and(|sender| Arc::strong_count(sender) == 1) {
            watched.remove(&self.run);
        }
    }
}
