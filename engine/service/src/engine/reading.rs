//! What can be read of runs, journals and flows. Changes nothing.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use indexmap::IndexMap;
use lang::{Source, Value};
use machine::What;
use machine::input::Start;
use validate::Validated;

use super::views::{FlowSetView, JournalPage, Readiness, RunFilter, RunPage, RunView};
use super::{Engine, EngineError, views};
use crate::journal::Record;
use crate::limits::{PAGE_MAX, WATCH_MAX};
use crate::store::{Cause, Error as StoreError, Page, RunId, Store, Version};

impl<S: Store> Engine<S> {
    /// One run; `None` if there is none, or it ended so long ago that only its line in the list is left.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn run(&self, run: RunId) -> Result<Option<RunView>, EngineError> {
        let Some(loaded) = self.parts.store.load(run).await? else { return Ok(None) };
        let Some(latest) = loaded.latest else { return Ok(None) };
        let (flow, record) = self.decode(&latest.record).await?;
        Ok(Some(views::run(run, latest.version, &flow, &record)))
    }

    /// A page of the list of runs, the latest first.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn runs(&self, filter: RunFilter) -> Result<RunPage, EngineError> {
        let RunFilter { flow, live, before, limit } = filter;
        let limit = limit.unwrap_or(PAGE_MAX).clamp(1, PAGE_MAX);
        let rows = self.parts.store.runs(Page { flow, live, after: before, limit }).await?;
        let next = (rows.len() == limit).then(|| rows.last().map(|row| row.cursor.clone())).flatten();
        Ok(RunPage { runs: rows.into_iter().map(views::summary).collect(), next })
    }

    /// The entries of a journal from a number on; `None` if there is no such run.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn journal(
        &self,
        run: RunId,
        from: u64,
        limit: usize,
    ) -> Result<Option<JournalPage>, EngineError> {
        let Some(loaded) = self.parts.store.load(run).await? else { return Ok(None) };
        let limit = limit.clamp(1, PAGE_MAX);
        let records = self.parts.store.journal(run, Version(from.max(1)), limit).await?;
        let mut entries = Vec::with_capacity(records.len());
        for record in &records {
            let (flow, decoded) = self.decode(&record.record).await?;
            entries.push(views::entry(record.version, &flow, &decoded));
        }
        let is_last = records.last().is_none_or(|record| record.version >= loaded.version);
        Ok(Some(JournalPage { entries, more: loaded.live || !is_last }))
    }

    /// The entries after a number. If there are none yet, waits for the next, or until the time is over.
    ///
    /// # Errors
    /// [`EngineError`].
    pub async fn watch(
        &self,
        run: RunId,
        after: u64,
        wait: Duration,
    ) -> Result<Option<JournalPage>, EngineError> {
        let mut watch = self.parts.news.watch(run);
        let over = tokio::time::sleep(wait.min(WATCH_MAX));
        tokio::pin!(over);
        loop {
            let page = self.journal(run, after.saturating_add(1), PAGE_MAX).await?;
            if page.as_ref().is_none_or(|page| !page.entries.is_empty() || !page.more) {
                return Ok(page);
            }
            tokio::select! {
                () = watch.next() => {}
                () = &mut over => return Ok(page),
            }
        }
    }

    /// The flows that take calls, in the order in which they were given.
    #[must_use]
    pub fn flows(&self) -> FlowSetView {
        let set = self.parts.flows.current();
        let flows = set.loaded().map(|flow| views::flow(flow)).collect();
        FlowSetView { hash: set.hash().to_owned(), from: set.from(), flows }
    }

    /// The texts of the flows that take calls, and of their sub-flows.
    #[must_use]
    pub fn sources(&self) -> Vec<Source> {
        let set = self.parts.flows.current();
        let loaded = set.loaded();
        loaded.flat_map(|flow| std::iter::once(flow.source()).chain(flow.subflows())).cloned().collect()
    }

    /// Whether the engine can do its work.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        Readiness {
            store: self.parts.store.ready().is_ok(),
            flows: self.parts.flows.current().loaded().count(),
            refused_flows: self.parts.refused.lock().clone(),
            draining: self.parts.is_draining.load(Ordering::Acquire),
        }
    }

    /// The latest record of a run with its flow; `None` if the run ended long ago.
    pub(super) async fn latest(&self, run: RunId) -> Result<Option<(Arc<Validated>, Record)>, EngineError> {
        let loaded = self.parts.store.load(run).await?.ok_or(EngineError::UnknownRun(run))?;
        match loaded.latest {
            Some(latest) => Ok(Some(self.decode(&latest.record).await?)),
            None => Ok(None),
        }
    }

    /// Whether a run was begun on a flow of this name, with this input. One whose journal is gone is not told apart.
    pub(super) async fn is_same_start(
        &self,
        run: RunId,
        flow: &str,
        input: &IndexMap<String, Value>,
    ) -> Result<bool, EngineError> {
        let records = self.parts.store.journal(run, Version(1), 1).await?;
        let Some(first) = records.first() else { return Ok(true) };
        let (begun_on, record) = self.decode(&first.record).await?;
        let is_same = match &record.input.what {
            What::Start(beginning) => match &beginning.start {
                Start::Api { input: begun_with } => begun_on.name() == flow && begun_with == input,
                Start::Incoming(_) => false,
            },
            What::Event(_)
            | What::Timer(_)
            | What::Acknowledged { .. }
            | What::Refused { .. }
            | What::Learned(_)
            | What::Announced(_)
            | What::Told { .. }
            | What::Cancel => false,
        };
        Ok(is_same)
    }

    async fn decode(&self, bytes: &[u8]) -> Result<(Arc<Validated>, Record), EngineError> {
        let unreadable = |cause: Cause| StoreError::Unreadable {
            place: self.parts.settings.data.display().to_string(),
            cause,
        };
        let record = Record::decode(bytes).map_err(|error| unreadable(Arc::new(error)))?;
        let flow = self.parts.flows.version(&record.snapshot.flow).await;
        Ok((flow.map_err(|error| unreadable(Arc::new(error)))?, record))
    }
}
