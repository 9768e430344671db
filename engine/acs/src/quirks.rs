//! What the types cannot say: limits, defaults, times, headers and result codes, each with its source.
//!
//! "Documented" means the provider's guides, "specified" its OpenAPI file; nothing here was tried on the service.

use std::ops::RangeInclusive;
use std::time::Duration;

/// How long an inbound call rings, and with it how long its context is good. Source: reference 2.6, 8.7; documented.
pub const RINGING_TIME: Duration = Duration::from_secs(30);

/// How long an invited participant may ring. Unit: seconds. Source: reference 2.6; specified.
pub const INVITATION_TIMEOUT_SECONDS: RangeInclusive<i32> = 0..=180;

/// How long to wait between two keys. Unit: seconds. Source: reference 2.6; specified.
pub const INTER_TONE_TIMEOUT_SECONDS: RangeInclusive<i32> = 1..=60;

/// The same, when a request does not say. Unit: seconds. Source: reference 2.6; documented.
pub const INTER_TONE_TIMEOUT_SECONDS_DEFAULT: i32 = 2;

/// How long to wait for the first input. Unit: seconds. Source: reference 2.6; specified.
pub const INITIAL_SILENCE_TIMEOUT_SECONDS: RangeInclusive<i32> = 0..=300;

/// The most of it for speech and choices. Unit: seconds. Source: reference 2.6; documented.
pub const INITIAL_SILENCE_TIMEOUT_SPEECH_SECONDS_MAX: i32 = 20;

/// The same, when a request does not say. Unit: seconds. Source: reference 2.6; documented.
pub const INITIAL_SILENCE_TIMEOUT_SECONDS_DEFAULT: i32 = 5;

/// Silence that ends an utterance, when a request does not say. Unit: milliseconds. Source: reference 2.6; documented,
/// though one official client sends 2,000.
pub const END_SILENCE_TIMEOUT_MS_DEFAULT: i64 = 500;

/// The language of speech, when a request does not say. Source: reference 2.6; specified.
pub const SPEECH_LANGUAGE_DEFAULT: &str = "en-US";

/// Text or SSML in one source. Unit: characters. Source: reference 2.6; documented.
pub const SPOKEN_TEXT_CHARS_MAX: usize = 4_000;

/// Keys that one request sends. Unit: keys. Source: reference 2.6; documented.
pub const SENT_TONES_MAX: usize = 18;

/// Channels of a recording. Source: reference 2.6; specified.
pub const RECORDING_CHANNELS: RangeInclusive<i32> = 0..=4;

/// `callTopic` for a Teams agent. Unit: characters. Source: reference 2.6; specified.
pub const CALL_TOPIC_CHARS_MAX: usize = 48;

/// Pairs of `additionalCallerInformation` that are shown; the rest is ignored. Source: reference 2.6; specified.
pub const CALLER_INFORMATION_PAIRS_MAX: usize = 10;

/// The SIP header that comes in addition to the custom ones. Source: reference 3.4; documented.
pub const USER_TO_USER_HEADER: &str = "User-To-User";

/// What the key of a custom SIP header begins with. Source: reference 3.4; documented.
pub const SIP_HEADER_PREFIX: &str = "X-MS-Custom-";

/// Custom SIP headers of one invitation, besides `User-To-User`. Source: reference 3.4; documented.
pub const SIP_HEADERS_MAX: usize = 5;

/// The key of a SIP or VoIP header, with its prefix. Unit: characters. Source: reference 3.4; documented.
pub const HEADER_KEY_CHARS_MAX: usize = 64;

/// The value of a SIP header. Unit: characters. Source: reference 3.4; documented.
pub const SIP_HEADER_VALUE_CHARS_MAX: usize = 256;

/// VoIP headers of one invitation. Source: reference 3.4; documented.
pub const VOIP_HEADERS_MAX: usize = 1_000;

/// The value of a VoIP header. Unit: characters. Source: reference 3.4; documented.
pub const VOIP_HEADER_VALUE_CHARS_MAX: usize = 1_024;

/// One per logical request, the same on each retry: a UUID version 4. Source: reference 2.2; specified.
pub const REPEATABILITY_REQUEST_ID_HEADER: &str = "repeatability-request-id";

/// When the first attempt was made, the same on each retry: an HTTP date. Source: reference 2.2; specified.
pub const REPEATABILITY_FIRST_SENT_HEADER: &str = "repeatability-first-sent";

/// On the answer: [`REPEATABILITY_ACCEPTED`]. Source: reference 2.2; seen on adding and removing participants only.
pub const REPEATABILITY_RESULT_HEADER: &str = "repeatability-result";

/// The value of that header.
pub const REPEATABILITY_ACCEPTED: &str = "accepted";

/// For how long a repeated request is recognised, at least. Source: reference 2.2; a guideline.
pub const REPEATABILITY_WINDOW: Duration = Duration::from_secs(5 * 60);

/// On answers: the call's correlation id. Source: reference 2.2; recorded.
pub const CORRELATION_HEADER: &str = "x-microsoft-skype-chain-id";

/// On requests, echoed in answers. Source: reference 2.2; recorded.
pub const CLIENT_REQUEST_ID_HEADER: &str = "x-ms-client-request-id";

/// All is well. Source of this and the following: reference 4.4; documented unless noted.
pub const SUB_CODE_SUCCESS: i64 = 0;
/// A leg ended because another one ended the call for everyone; recorded.
pub const SUB_CODE_ENDED_BY_OTHER_LEG: i64 = 5001;
/// The callee declined a VoIP call; recorded.
pub const SUB_CODE_DECLINED_BY_CALLEE: i64 = 5002;
/// A leg was removed by someone else; recorded.
pub const SUB_CODE_REMOVED: i64 = 5300;
/// The application ended the call; recorded.
pub const SUB_CODE_ENDED_BY_APPLICATION: i64 = 7000;
/// The token is invalid.
pub const SUB_CODE_INVALID_TOKEN: i64 = 7501;
/// Not allowed.
pub const SUB_CODE_NOT_ALLOWED: i64 = 7504;
/// The request's signature is wrong.
pub const SUB_CODE_WRONG_SIGNATURE: i64 = 7509;
/// A mid-call action came before `CallConnected`.
pub const SUB_CODE_NOT_ESTABLISHED: i64 = 8501;
/// The operation was cancelled.
pub const SUB_CODE_CANCELLED: i64 = 8508;
/// Nobody pressed or said anything.
pub const SUB_CODE_INITIAL_SILENCE: i64 = 8510;
/// The prompt could not be played.
pub const SUB_CODE_PROMPT_FAILED: i64 = 8511;
/// Input ended with a stop tone.
pub const SUB_CODE_STOP_TONE: i64 = 8514;
/// Too many requests.
pub const SUB_CODE_THROTTLED: i64 = 8516;
/// Clashes with another request.
pub const SUB_CODE_CONFLICT: i64 = 8519;
/// Not supported.
pub const SUB_CODE_NOT_SUPPORTED: i64 = 8520;
/// The call or leg is gone; with status 405, a feature was not configured with the call.
pub const SUB_CODE_NOT_FOUND: i64 = 8522;
/// An argument is wrong.
pub const SUB_CODE_INVALID_ARGUMENT: i64 = 8523;
/// The call has already ended.
pub const SUB_CODE_ALREADY_TERMINATED: i64 = 8528;
/// Input ended with the last key asked for.
pub const SUB_CODE_MAX_TONES: i64 = 8531;
/// Too long between two keys.
pub const SUB_CODE_INTER_TONE_TIMEOUT: i64 = 8532;
/// A choice was made with a key.
pub const SUB_CODE_CHOICE_BY_TONE: i64 = 8533;
/// The key is not among the choices.
pub const SUB_CODE_WRONG_TONE: i64 = 8534;
/// The file's format is wrong; also recorded.
pub const SUB_CODE_WRONG_FILE_FORMAT: i64 = 8535;
/// The file could not be fetched.
pub const SUB_CODE_FILE_NOT_FETCHED: i64 = 8536;
/// Declined.
pub const SUB_CODE_DECLINED: i64 = 8538;
/// Busy.
pub const SUB_CODE_BUSY: i64 = 8539;
/// The callee is unavailable.
pub const SUB_CODE_UNAVAILABLE: i64 = 8541;
/// The invitation was withdrawn.
pub const SUB_CODE_INVITATION_CANCELLED: i64 = 8542;
/// There is no such callee or invitation.
pub const SUB_CODE_NO_SUCH_INVITATION: i64 = 8543;
/// A choice was made by speech.
pub const SUB_CODE_CHOICE_BY_SPEECH: i64 = 8545;
/// What was said matches no choice.
pub const SUB_CODE_WRONG_SPEECH: i64 = 8547;
/// Only for group calls.
pub const SUB_CODE_NOT_A_GROUP_CALL: i64 = 8548;
/// The organizer cannot be removed.
pub const SUB_CODE_ORGANIZER: i64 = 8552;
/// The call is recorded already.
pub const SUB_CODE_ALREADY_RECORDED: i64 = 8559;
/// What was said was not understood.
pub const SUB_CODE_SPEECH_NOT_RECOGNIZED: i64 = 8563;
/// The AI services refused or failed.
pub const SUB_CODE_AI_SERVICES: i64 = 8565;
/// The AI services or the storage are not linked to the resource.
pub const SUB_CODE_NOT_LINKED: i64 = 8567;
/// There is nothing to say in a text or SSML.
pub const SUB_CODE_EMPTY_TEXT: i64 = 8582;
/// Clashes with a running media operation (reference 9.4).
pub const SUB_CODE_MEDIA_CLASH: i64 = 8583;
/// Not valid in the call's current state.
pub const SUB_CODE_WRONG_STATE: i64 = 8585;
/// The application did not react to an inbound call.
pub const SUB_CODE_NOT_ACKNOWLEDGED: i64 = 8586;
/// The inbound call was not answered in time.
pub const SUB_CODE_NOT_ANSWERED_IN_TIME: i64 = 8587;
/// Media streaming failed.
pub const SUB_CODE_STREAMING_FAILED: i64 = 8603;
/// Another transfer is under way.
pub const SUB_CODE_TRANSFER_IN_PROGRESS: i64 = 8607;
/// An internal error of the service.
pub const SUB_CODE_INTERNAL: i64 = 9999;

/// The sub-code of an outbound phone leg that ended with this SIP status. Source: reference 4.4; documented.
pub const fn outbound_phone_sub_code(sip_status: u16) -> i64 {
    560_000 + sip_status as i64
}

/// The SIP status in the sub-code of a phone leg, outbound (560nnn) or inbound (540nnn). Zero is a normal end.
///
/// Source: reference 4.4; documented.
pub fn sip_status(sub_code: i64) -> Option<u16> {
    let (leg, status) = (sub_code / 1_000, sub_code % 1_000);
    if leg == 560 || leg == 540 { u16::try_from(status).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sip_statuses_of_sub_codes() {
        assert_eq!(sip_status(outbound_phone_sub_code(486)), Some(486));
        assert_eq!(sip_status(540_000), Some(0));
        for other in [SUB_CODE_NOT_FOUND, 511_404, -560_486, i64::MIN] {
            assert_eq!(sip_status(other), None, "{other}");
        }
    }
}
