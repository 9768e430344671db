//! The end of a run: the flow ends first, then the call is hung up if it is still up, then the run is over.

use super::Run;
use crate::effect::Effect;
use crate::ids::{Outcome, TimerId};
use crate::protocol::Phase;
use crate::snapshot::Standing;

impl Run<'_> {
    /// Ends the flow. Whatever still comes concerns the engine only.
    pub(super) fn finish(&mut self, outcome: Outcome) {
        if self.snapshot.standing != Standing::Running {
            return;
        }
        self.leave_below(None);
        self.snapshot.queue.clear();
        self.raised.clear();
        self.cancel_timers(|timer| matches!(timer, TimerId::After(..)) || timer.is_for_losses());
        self.snapshot.standing = Standing::Closing(outcome);
        // Clarification 57: nobody stays in a call that no flow steers any more.
        let is_up = matches!(self.snapshot.call.phase, Phase::Connecting | Phase::Connected);
        self.snapshot.wants_to_leave = is_up && !self.snapshot.call.hanging_up;
    }

    /// Ends the run once its flow has ended and nothing is left to do.
    pub(super) fn close(&mut self) {
        let Standing::Closing(outcome) = &self.snapshot.standing else { return };
        let outcome = outcome.clone();
        let is_up = matches!(self.snapshot.call.phase, Phase::Connecting | Phase::Connected);
        let is_answered = self.snapshot.unanswered().next().is_none();
        if is_up || !is_answered {
            return;
        }
        self.cancel_timers(|_| true);
        self.snapshot.held = None;
        self.snapshot.operations.clear();
        self.snapshot.call.incoming = None;
        self.snapshot.standing = Standing::Ended(outcome.clone());
        self.account.effects.push(Effect::End(outcome));
    }
}
