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
