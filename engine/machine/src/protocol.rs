//! The life of a call as the engine sees it: phases, what each action may end with, and what it does to the call.
//!
//! One table, spread over the files of the actions and gathered in [`crate::actions`]. Facts of the
//! provider carry their source.

use serde::{Deserialize, Serialize};

use crate::event::EventKind;

/// Where a call stands. Source: reference 9.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// Started by the engine's API: there is no call yet.
    Idle,
    /// Incoming and unanswered.
    Ringing,
    /// Answered, created or connected, and not yet up.
    Connecting,
    /// Up.
    Connected,
    /// Over, or no longer ours.
    Gone,
}

impl Phase {
    /// The name that logs and the API show.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Phase::Idle => "idle",
            Phase::Ringing => "ringing",
            Phase::Connecting => "connecting",
            Phase::Connected => "connected",
            Phase::Gone => "gone",
        }
    }
}

/// What the acknowledgement of an action means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledged {
    /// It was taken; an event tells the result.
    Accepted,
    /// It was taken; an event may tell the result, and may stay away though the thing is going on (clarification 58).
    MayStaySilent,
    /// It is done: no event will follow, so `ActionSucceeded` is raised.
    Done,
    /// Nothing is posted to the provider at all; the engine answers by itself.
    Local,
}

/// What an action makes, by the name that its acknowledgement gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Makes {
    /// Nothing that is new. Withdrawing names an invitation too, but makes none.
    Nothing,
    /// The application's leg of a call.
    Connection,
    /// An invitation, which can be withdrawn by its name.
    Invitation,
    /// A recording.
    Recording,
}

/// What to do when nobody knows whether a request was taken, before it is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unclear {
    /// Nothing: the API recognises it when it comes again, or has no part in it. Source: reference 2.2.
    Recognised,
    /// Nothing: coming twice, it changes nothing that the first has not changed.
    SendAgain,
    /// Wait for an event that shows it: the second would be refused for what the first has done.
    WaitForSign,
    /// Wait for an event that shows it; without one, cancel what may be heard, so that it is not heard twice.
    SilenceFirst,
    /// Ask whether the call is gone. A second one does no harm: it ends what is to end.
    AskCall,
    /// Ask where the recording stands.
    AskRecording,
}

/// What an action does to the call, once it succeeds. Source: reference 5 and 9.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnCall {
    /// The call comes up. If it fails, there is no call.
    BringsUp,
    /// A call that rings goes to somebody else, or to nobody. It was never ours, and no event follows.
    GivesAway,
    /// Our part in it is over. Nothing but its end is worth waiting for from then on.
    Ends,
    /// Somebody of it is handed over. Where that is the only other party, the call is no longer ours.
    HandsOver,
    /// There are more people in it.
    Adds,
    /// There are fewer people in it; after the last of them it is over.
    Removes,
    /// Nothing, though only a call that is up can take it.
    Stays,
    /// Nothing at all: it goes on when the call is over.
    Outside,
}

impl OnCall {
    /// Whether success changes what is true of the call, even one that comes too late for its state
    /// (clarification 7).
    #[must_use]
    pub fn changes(self) -> bool {
        match self {
            OnCall::BringsUp
            | OnCall::GivesAway
            | OnCall::Ends
            | OnCall::HandsOver
            | OnCall::Adds
            | OnCall::Removes => true,
            OnCall::Stays | OnCall::Outside => false,
        }
    }
}

/// What is true of every use of one action.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Its name in flows.
    pub name: &'static str,
    /// Where it is legal. Source: reference 9.1, 9.2.
    pub phases: &'static [Phase],
    /// The events with which it succeeds. Source: reference 5.
    pub success: &'static [EventKind],
    /// The event with which it fails; a refused request raises it too.
    pub failure: EventKind,
    /// The events that close it without being either.
    pub canceled: &'static [EventKind],
    /// What its acknowledgement means.
    pub acknowledged: Acknowledged,
    /// What its acknowledgement names for the first time.
    pub makes: Makes,
    /// What to do when nobody knows whether it was taken.
    pub if_unclear: Unclear,
    /// What it does to the call.
    pub on_call: OnCall,
    /// Whether the API echoes an `operationContext` for it. Source: reference 8.5.
    pub takes_context: bool,
    /// Whether the API takes an `operationCallbackUri` for it. Source: reference 8.6.
    pub takes_callback_uri: bool,
}

impl Spec {
    /// Whether it is legal while a transfer of the call is under way. Source: reference 9.1.
    #[must_use]
    pub fn is_legal_in_transfer(&self) -> bool {
        matches!(self.on_call, OnCall::Ends | OnCall::Outside)
    }

    /// Whether it is about a call that rings: somebody hears it ring until it is done.
    #[must_use]
    pub fn is_of_ringing(&self) -> bool {
        self.phases == [Phase::Ringing]
    }

    /// Whether the event tells the result of such an action.
    #[must_use]
    pub fn ends_with(&self, kind: &EventKind) -> bool {
        self.success.contains(kind) || self.failure == *kind || self.canceled.contains(kind)
    }
}
