//! Every bound and every fixed time of this crate, with unit and reason.

use std::time::Duration;

/// A request's body. Unit: bytes. An incoming call context takes 7 KB, a prompt 4,000 characters.
pub const REQUEST_BYTES_MAX: usize = 256 * 1024;

/// A body of the control API. Unit: bytes. A scene with a thousand people fits.
pub const CONTROL_BYTES_MAX: usize = 1024 * 1024;

/// Connections that are open at a time. Unit: connections.
pub const CONNECTIONS_MAX: usize = 4_096;

/// Deliveries that are on their way at a time. Unit: requests.
pub const DELIVERIES_AT_ONCE_MAX: usize = 256;

/// Deliveries that wait. Unit: deliveries. Beyond it the application is not listening, and they are dropped.
pub const DELIVERIES_WAITING_MAX: usize = 100_000;

/// How long an application may take to answer a delivery. Source: reference 8.11, a suggestion.
pub const DELIVERY_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a request may take to arrive, and a connection may idle.
pub const READ_TIMEOUT: Duration = Duration::from_secs(75);

/// How long a reader of the control API may wait for something to happen.
pub const LONG_POLL_MAX: Duration = Duration::from_secs(25);

/// How far a request's date may be off. Source: reference 1.3, a suggestion.
pub const SKEW_MAX: Duration = Duration::from_secs(15 * 60);

/// Calls that go on at a time. Unit: calls.
pub const CALLS_MAX: usize = 100_000;

/// Ended calls whose story can still be read. Unit: calls.
pub const ENDED_CALLS_MAX: usize = 1_000;

/// Lines of one call's story. Unit: lines. What happens later is counted, not kept.
pub const STORY_LINES_MAX: usize = 2_000;

/// People in one call, invited ones included. Unit: people.
pub const PARTICIPANTS_MAX: usize = 350;

/// Participants on one page. Unit: people.
pub const PARTICIPANTS_PAGE: usize = 100;

/// Media operations that wait on one leg. Unit: operations.
pub const MEDIA_QUEUE_MAX: usize = 1_000;

/// Prompts of one operation. Unit: prompts.
pub const PLAY_SOURCES_MAX: usize = 100;

/// Answers that one recognition offers. Unit: choices.
pub const CHOICES_MAX: usize = 100;

/// A text or an SSML document to speak. Unit: characters. Source: reference 2.6.
pub const SPOKEN_CHARS_MAX: usize = 4_000;

/// Keys in one sendDtmfTones. Unit: keys. Source: reference 2.6.
pub const TONES_SENT_MAX: usize = 18;

/// Keys that one recognition may collect. Unit: keys. The API names no limit.
pub const TONES_COLLECTED_MAX: i32 = 1_000;

/// An operation context, a callback URI, an id. Unit: bytes. The API names no limit.
pub const TEXT_BYTES_MAX: usize = 8 * 1024;

/// Entries in a person's script, per list. Unit: entries.
pub const SCRIPT_ENTRIES_MAX: usize = 1_000;

/// Keys or words in one entry of a script. Unit: characters.
pub const ENTRY_CHARS_MAX: usize = 1_000;

/// People that the control API remembers. Unit: people.
pub const PEOPLE_MAX: usize = 100_000;

/// URLs about which one script says something. Unit: URLs.
pub const MEDIA_MAX: usize = 1_000;

/// Rooms, and group calls, with people in them by script. Unit: of each.
pub const GATHERINGS_MAX: usize = 1_000;

/// The longest time in a script. Unit: seconds. A day.
pub const SCRIPT_SECONDS_MAX: u64 = 24 * 60 * 60;

/// How long an answer is kept for a repeated request. Source: reference 2.2, at least five minutes.
pub const REPEAT_WINDOW: Duration = Duration::from_secs(6 * 60);

/// Answers that are kept for repeated requests. Unit: answers.
pub const REPEATS_MAX: usize = 200_000;

/// Steps of one call to `advance`. Unit: happenings. The rest follows at once; other work gets its turn between.
pub const HAPPENINGS_AT_ONCE_MAX: usize = 10_000;

/// Tokens in place of signatures that are good at the same time. Unit: tokens; the oldest goes.
pub const BEARER_TOKENS_MAX: usize = 64;
/// Failures of the same kind of request in one call, one after another, before one gets through. Unit: requests.
/// An application that tries three times within seconds copes with each profile.
pub const FAULTS_IN_A_ROW_MAX: u32 = 2;

/// How much later something comes that is late, at least and at most. Divided by the speed.
pub const FAULT_SPAN_MIN: Duration = Duration::from_millis(200);
/// See [`FAULT_SPAN_MIN`].
pub const FAULT_SPAN_MAX: Duration = Duration::from_secs(3);

/// When a throttled client may come again. Unit: seconds, whatever the speed: it is the client's clock that counts them.
pub const RETRY_AFTER_SECONDS: u32 = 1;

/// How long an answer is held back for an event that shall come before it. It must be shorter than clients wait.
pub const EARLY_HOLD_MAX: Duration = Duration::from_secs(3);

/// How long an event is held back for the one that shall overtake it. Divided by the speed.
pub const SWAP_HOLD: Duration = Duration::from_secs(2);

/// Callbacks among which an answer that is held back looks for the one that it waits for. Unit: callbacks.
pub const DELIVERED_REMEMBERED_MAX: usize = 1_024;

/// How often a callback is posted again, at most. Unit: times. Source: reference 8.11 suggests 3.
pub const CALLBACK_RETRIES_MAX: u32 = 10;

/// When a callback that failed is posted again: the first time after this long, then after twice as long each time.
/// Divided by the speed. The service's own schedule is not known.
pub const CALLBACK_RETRY_BASE: Duration = Duration::from_secs(1);

/// When Event Grid tries again, then every twelve hours. Unit: seconds, whatever the speed. Source: reference 6.4.
pub const GRID_RETRY_SECONDS: [u64; 10] =
    [10, 30, 60, 5 * 60, 10 * 60, 30 * 60, 3600, 3 * 3600, 6 * 3600, 12 * 3600];

/// For how long Event Grid tries. Source: reference 6.4.
pub const GRID_RETRIES_WITHIN: Duration = Duration::from_secs(24 * 3600);

/// Deliveries that wait to be posted later or again. Unit: deliveries. What is too much is dropped.
pub const DELIVERIES_LATER_MAX: usize = 10_000;

/// Keys that do not sign any more and are still published. Unit: keys. Tokens are good for minutes only.
pub const OLD_KEYS_MAX: usize = 4;
