//! Where one run stands. Everything that the next step may depend on, and nothing else.

use std::collections::{BTreeMap, VecDeque};

use indexmap::IndexMap;
use jiff::Timestamp;
use lang::{Identifier, Value};
use serde::{Deserialize, Serialize};

use crate::actions::Action;
use crate::announcement::Recorded;
use crate::event::{Event, Participant};
use crate::flow::ScriptId;
use crate::ids::{FlowHash, OperationId, Outcome, ScopeId, StateId, TimerId, Visit};
use crate::input::Incoming;
use crate::notice::Notice;
use crate::protocol::Phase;

mod operation;

pub use operation::{Awaited, Confirmation, Operation, Part};

/// Where one run stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// The flow version that it is bound to.
    pub flow: FlowHash,
    /// When it began.
    pub started_at: Timestamp,
    /// Its id: `call.id` in expressions.
    pub run: String,
    /// The operator's constants, as they were when it began.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub config: IndexMap<String, Value>,
    /// How it began.
    pub start: StartKind,
    /// Whether it goes on.
    pub standing: Standing,
    /// The call.
    pub call: Call,
    /// The flow's variables.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub vars: IndexMap<String, Value>,
    /// The values that it was started with.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub input: IndexMap<String, Value>,
    /// The sub-flows that are running, the outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<Frame>,
    /// The active states, outermost first. Empty once the run is closing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub active: Vec<Active>,
    /// How often each state was entered.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub visits: BTreeMap<StateId, Visits>,
    /// Actions that were decided and are not over.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub operations: BTreeMap<OperationId, Operation>,
    /// The one that is being posted: the next must wait for its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub posting: Option<OperationId>,
    /// The engine itself wants to leave the call, before anything else is posted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub wants_to_leave: bool,
    /// Actions whose turn has not come.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    pub queue: VecDeque<Batch>,
    /// What it will be woken for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timers: Vec<Timer>,
    /// Whom the flow says to tell of recordings' files, and who does not know yet; also after the end.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub notices: BTreeMap<OperationId, Notice>,
    /// A `CallDisconnected` that waits for the other half of its pair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Box<Event>>,
    /// The number of the latest visit.
    pub last_visit: Visit,
    /// The number of the latest operation.
    pub last_operation: OperationId,
}

/// How a run began: `start.kind` in expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StartKind {
    /// A call came in.
    Incoming,
    /// The engine's API asked for it.
    Api,
    /// Another flow runs it, on its call. A run never begins like this.
    Subflow,
}

impl StartKind {
    /// The name that expressions see.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            StartKind::Incoming => "incoming",
            StartKind::Api => "api",
            StartKind::Subflow => "subflow",
        }
    }
}

/// Whether a run goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Standing {
    /// The flow is being followed.
    Running,
    /// The flow has ended; the engine is still hanging up.
    Closing(Outcome),
    /// It is over.
    Ended(Outcome),
}

/// A state that is active.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Active {
    /// Which.
    pub state: StateId,
    /// Which stay in it.
    pub visit: Visit,
    /// Since when.
    pub entered_at: Timestamp,
}

/// A sub-flow that is running.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Frame {
    /// Which, and where.
    pub scope: ScopeId,
    /// The visit of the sub-flow as a whole: what was decided before it belongs to an earlier run of it.
    pub visit: Visit,
    /// Its variables.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub vars: IndexMap<String, Value>,
    /// What it was given.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub input: IndexMap<String, Value>,
}

/// How often a state was entered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visits {
    /// In the whole run.
    pub count: u32,
    /// In a row, without another state between, not counting the first.
    pub retries: u32,
}

/// The call that the run steers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// Where it stands.
    pub phase: Phase,
    /// The application's leg.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection_id: Option<String>,
    /// The provider's name of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_call_id: Option<String>,
    /// The chain of calls that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// The incoming call, until it is answered, redirected or rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incoming: Option<Box<Incoming>>,
    /// The engine placed it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_placed: bool,
    /// Who calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Identifier>,
    /// Who is called: several in a group call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<Identifier>,
    /// The latest roster.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub participants: Vec<Participant>,
    /// Its number: older rosters that arrive late are ignored. Source: reference 4.6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<i64>,
    /// When it came up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connected_at: Option<Timestamp>,
    /// The latest recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording_id: Option<String>,
    /// Where its states go instead of here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording_callback_uri: Option<String>,
    /// The files of its recordings, as they were announced. Bounded by
    /// [`RECORDED_FILES_MAX`](crate::limits::RECORDED_FILES_MAX).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recording_files: Vec<Recorded>,
    /// The latest invitation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest_invitation: Option<String>,
    /// A hang-up was posted: whatever ends the call now is its `CallDisconnected`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hanging_up: bool,
    /// And it was to end the call for all.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ends_for_everyone: bool,
    /// How often hanging up was refused, as far as it matters for the next pause.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refused_hang_ups: u32,
    /// The author has said how long it may ring.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_ring_limit: bool,
    /// It rang for as long as the author allows, and is being ended for that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rang_out: bool,
    /// The rest of the pair is expected: the flow has dealt with the end of this call already.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub end_is_handled: bool,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Call {
    /// The one other party, where there is just one: whom the call came from, or who was called.
    #[must_use]
    pub fn other_party(&self) -> Option<&Identifier> {
        match (self.is_placed, &self.from, self.to.as_slice()) {
            (false, from, _) => from.as_ref(),
            (true, _, [to]) => Some(to),
            (true, _, _) => None,
        }
    }
}

/// Actions of one `do`, from the next one on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Batch {
    /// Which `do`.
    pub script: ScriptId,
    /// The index of the next action.
    pub next: u32,
    /// The visit that the results belong to.
    pub visit: Visit,
    /// The state whose `state` root its expressions see; `None`: the flow's own handlers.
    pub owner: Option<StateId>,
    /// The event whose handler it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Box<Event>>,
    /// What the sub-flow gave back whose outcome it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Box<Value>>,
}

/// A timer that is armed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// What for.
    pub timer: TimerId,
    /// When.
    pub at: Timestamp,
}

impl Snapshot {
    /// The running sub-flow of a scope; `None`: it is not running, or the scope is the flow itself.
    #[must_use]
    pub fn frame(&self, scope: ScopeId) -> Option<&Frame> {
        self.frames.iter().find(|frame| frame.scope == scope)
    }

    /// The variables of a scope; `None`: its sub-flow is not running.
    pub(crate) fn vars_mut(&mut self, scope: ScopeId) -> Option<&mut IndexMap<String, Value>> {
        if scope.is_flow() {
            return Some(&mut self.vars);
        }
        self.frames.iter_mut().find(|frame| frame.scope == scope).map(|frame| &mut frame.vars)
    }

    /// The innermost active state.
    #[must_use]
    pub fn leaf(&self) -> Option<Active> {
        self.active.last().copied()
    }

    /// Whether a visit goes on.
    #[must_use]
    pub fn is_visiting(&self, visit: Visit) -> bool {
        match self.standing {
            Standing::Running => {
                visit == Visit::RUN || self.active.iter().any(|active| active.visit == visit)
            }
            Standing::Closing(_) | Standing::Ended(_) => false,
        }
    }

    /// The earliest time at which the run must be woken.
    #[must_use]
    pub fn next_timer(&self) -> Option<Timestamp> {
        let again = self.notices.values().filter_map(|notice| notice.again_at);
        self.timers.iter().map(|timer| timer.at).chain(again).min()
    }

    /// The timers that are due, in the order in which they must be given to `step`.
    #[must_use]
    pub fn due(&self, now: Timestamp) -> Vec<TimerId> {
        let again = |(id, notice): (&OperationId, &Notice)| {
            Some(Timer { timer: TimerId::Tell(*id), at: notice.again_at? })
        };
        let all = self.timers.iter().copied().chain(self.notices.iter().filter_map(again));
        let mut due: Vec<_> = all.filter(|timer| timer.at <= now).collect();
        due.sort_by_key(|timer| (timer.at, timer.timer));
        due.into_iter().map(|timer| timer.timer).collect()
    }

    /// The actions that were decided and have no answer: what must be posted (again) after a restart.
    pub fn unanswered(&self) -> impl Iterator<Item = (OperationId, &Operation, &Action)> {
        self.operations.iter().filter_map(|(id, operation)| {
            operation.action.as_deref().filter(|_| !operation.closed).map(|action| (*id, operation, action))
        })
    }

    /// Those who are to be told of a file, and not only later.
    pub fn untold(&self) -> impl Iterator<Item = (OperationId, &Notice)> {
        self.notices.iter().filter(|(_, notice)| notice.again_at.is_none()).map(|(id, notice)| (*id, notice))
    }

    /// The outcome, once the flow has ended.
    #[must_use]
    pub fn outcome(&self) -> Option<&Outcome> {
        match &self.standing {
            Standing::Running => None,
            Standing::Closing(outcome) | Standing::Ended(outcome) => Some(outcome),
        }
    }

    /// Whether nothing will ever happen to it again.
    #[must_use]
    pub fn is_ended(&self) -> bool {
        matches!(self.standing, Standing::Ended(_))
    }
}
