//! Every bound of this crate: name, unit, reason.

use std::time::Duration;

/// Unit: transitions in one step. A flow that takes more never waits; the run is ended.
pub const MICROSTEPS_MAX: u32 = 100;
/// Unit: names of states and events in one flow for which the nearest known one is looked for. Each costs a walk over
/// all of them, and who has misspelt more has something else in mind.
pub const SUGGESTIONS_MAX: u32 = 20;
/// Unit: states of one flow, nested ones included.
pub const STATES_MAX: usize = 20_000;
/// Unit: flows that stand inside each other. People lose their way long before.
pub const SUBFLOW_DEPTH_MAX: usize = 16;
/// Unit: nodes of all the sub-flows of one flow, each counted at every place where it runs.
pub const SUBFLOW_NODES_MAX: usize = 400_000;
/// Unit: actions of a run whose turn has not come. More means that the flow runs ahead of its call.
pub const QUEUE_MAX: usize = 256;
/// Unit: operations of a run that are not over.
pub const OPERATIONS_MAX: usize = 256;
/// Unit: participants that a run remembers of a roster.
pub const PARTICIPANTS_MAX: usize = 1_000;
/// Unit: files of recordings that a run keeps the places of. Each has some hundreds of bytes in every later record.
pub const RECORDED_FILES_MAX: usize = 64;
/// The pause before somebody is told again of a recording's file who could not be reached.
pub const NOTICE_AGAIN_AFTER: Duration = Duration::from_secs(10);
/// How often that pause doubles.
pub const NOTICE_DOUBLINGS_MAX: u32 = 9;
/// The longest such pause. Each attempt is a record.
pub const NOTICE_AGAIN_MAX: Duration = Duration::from_secs(60 * 60);
/// For how long it is tried: a system that is down over a night, and some of the next day, hears of the file.
pub const NOTICE_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// Unit: characters of a text or document that is read aloud. Source: reference 2.6.
pub const SPOKEN_CHARS_MAX: usize = 4_000;
/// Unit: characters of the topic that a Teams phone agent is shown. Source: reference 2.6.
pub const CALL_TOPIC_CHARS_MAX: usize = 48;
/// Unit: keys that one `sendDtmf` may press. Source: reference 2.6.
pub const TONES_MAX: usize = 18;
/// How long the first half of a pair of events waits for the other. Source: language page, section 5.
pub const HELD_FOR: Duration = Duration::from_secs(2);
/// How long the result of an action may take that the provider carries out by itself, from its answer on, before the
/// provider is asked what became of it.
pub const RESULT_WITHIN: Duration = Duration::from_secs(2 * 60);
/// The same for a transfer: somebody's phone rings meanwhile.
pub const TRANSFER_WITHIN: Duration = Duration::from_secs(5 * 60);
/// The same for an invitation, if it does not say how long it rings. Source: reference 2.6.
pub const INVITATION_WITHIN: Duration = Duration::from_secs(180);
/// The same for what is played and listened for: nobody knows how long a file lasts.
pub const MEDIA_WITHIN: Duration = Duration::from_secs(60 * 60);
/// How long nothing may be heard of a call that is up before the provider is asked whether it still exists. It is asked
/// after half of it at the earliest.
pub const QUIET_FOR: Duration = Duration::from_secs(60 * 60);
/// How long a `CallDisconnected` that must come is waited for before the provider is asked.
pub const GONE_AFTER: Duration = Duration::from_secs(5);
/// The pause before the provider is asked again whether a call still exists.
pub const ASK_AGAIN_AFTER: Duration = Duration::from_secs(60);
/// The pause before a `hangUp` that was refused for the first time is repeated.
pub const HANG_UP_AGAIN_AFTER: Duration = Duration::from_secs(5);
/// How often that pause doubles: to five minutes and twenty seconds.
pub const HANG_UP_DOUBLINGS_MAX: u32 = 6;
/// How long an incoming call can ring; the provider stops after 30 s. Source: reference 8.7.
pub const RINGING_FOR: Duration = Duration::from_secs(40);
/// How long a call that was answered, created or connected may take to come up before the provider is asked.
pub const CONNECTING_FOR: Duration = Duration::from_secs(60);
