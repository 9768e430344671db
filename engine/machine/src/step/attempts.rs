//! A play or recognize whose fate is unknown is cancelled and posted again, as another attempt of the same operation. If
//! the one before was taken after all, it now tells that it was cancelled, and that is not the result of the new one.

use super::Run;
use crate::event::{Event, EventKind};
use crate::ids::OperationId;

impl Run<'_> {
    /// Whether an event tells a cancellation of which it is not known that the flow has asked for it.
    pub(super) fn is_no_result_yet(&mut self, id: OperationId, event: &Event) -> bool {
        let is_cancellation = matches!(event.kind, EventKind::PlayCanceled | EventKind::RecognizeCanceled);
        // Without our context nobody can tell which attempt it was.
        if !is_cancellation || event.operation.is_none() {
            return false;
        }
        let Some(operation) = self.snapshot.operations.get_mut(&id) else { return false };
        let name = event.kind.name();
        if operation.action.is_some() {
            let is_newest = operation.canceled.as_ref().is_none_or(|kept| kept.attempt <= event.attempt);
            if is_newest {
                operation.canceled = Some(Box::new(event.clone()));
            }
            self.note(format!("`{name}` is kept until the request is answered: it may be posted again"));
            return true;
        }
        let is_earlier = event.attempt < operation.attempt;
        if is_earlier {
            self.note(format!("ignored: `{name}` of an attempt that was given up"));
        }
        is_earlier
    }

    /// The request is answered: what was kept is its result, or nobody's.
    pub(super) fn judge_cancellation(&mut self, id: OperationId) {
        let Some(operation) = self.snapshot.operations.get_mut(&id) else { return };
        if let Some(kept) = operation.canceled.take() {
            self.receive(kept);
        }
    }
}
