//! Result information, by what became of an operation or a call.
//!
//! Source: reference 4.2, 4.4; messages as recorded where there is a recording.

use acs::model::{ResultInformation, SipDiagnosticInfo};

/// Why somebody who was rung did not join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    Declined,
    Busy,
    NoAnswer,
    Unavailable,
    Unknown,
    Withdrawn,
    Forbidden,
}

pub(crate) fn result(code: i64, sub_code: i64, message: &str) -> ResultInformation {
    ResultInformation {
        code: Some(code),
        sub_code: Some(sub_code),
        message: Some(message.to_owned()),
        ..ResultInformation::default()
    }
}

/// Success of anything but media.
pub(crate) fn success() -> ResultInformation {
    result(200, 0, "")
}

/// Success of a media operation.
pub(crate) fn media_success() -> ResultInformation {
    result(200, 0, "Action completed successfully.")
}

/// Something broke inside the service.
pub(crate) fn internal() -> ResultInformation {
    result(500, 9999, "Unknown internal server error.")
}

pub(crate) fn canceled() -> ResultInformation {
    result(400, 8508, "Action failed, the operation was cancelled.")
}

/// The leg left or ended the call itself.
pub(crate) fn ended_by_application() -> ResultInformation {
    let message = "Call was ended by Azure Communication Service Call Automation API or a server bot. DiagCode: 0#7000.@";
    result(200, 7000, message)
}

/// Another leg ended the call.
pub(crate) fn ended_by_other() -> ResultInformation {
    result(200, 5001, "This conversation has ended.. DiagCode: 0#5001.@")
}

/// The other party was removed, and nobody is left.
pub(crate) fn left_alone() -> ResultInformation {
    result(200, 5002, "The conversation has ended. DiagCode: 0#5002.@")
}

/// This leg was removed by another.
pub(crate) fn removed() -> ResultInformation {
    result(200, 5300, "The conversation has ended. DiagCode: 0#5300.@")
}

/// The other party hung up. A caller from the phone network is told from a callee (recording `dtmf.json`).
pub(crate) fn hung_up(is_phone: bool, is_caller: bool) -> ResultInformation {
    match (is_phone, is_caller) {
        (true, true) => result(200, 540_000, "Call ended successfully by local PSTN caller."),
        (true, false) => result(200, 560_000, "Call ended successfully by remote PSTN participant."),
        (false, _) => left_alone(),
    }
}

/// The answer came too late. Source: reference 4.4.
pub(crate) fn not_in_time() -> ResultInformation {
    result(400, 8587, "The incoming call was not answered in time. DiagCode: 400#8587.@")
}

/// Nobody joined: as the phone network says it, or as VoIP does.
pub(crate) fn failed(failure: Failure, is_phone: bool) -> ResultInformation {
    let (status, reason, cause, cause_reason, voip) = match failure {
        Failure::Declined => (603, "Decline", 21, "Call rejected", 0),
        Failure::Busy => (486, "Busy Here", 17, "User busy", 8539),
        Failure::NoAnswer => (480, "Temporarily Unavailable", 18, "No user responding", 8541),
        Failure::Unavailable => (503, "Service Unavailable", 27, "Destination out of order", 8544),
        Failure::Unknown => (404, "Not Found", 1, "Unallocated number", 8543),
        Failure::Withdrawn => (487, "Request Terminated", 16, "Normal call clearing", 8542),
        Failure::Forbidden => (403, "Forbidden", 21, "Call rejected", 8538),
    };
    let sub_code = if is_phone { 560_000 + status } else { voip };
    let mut information = result(status, sub_code, &format!("{reason}. DiagCode: {status}#{sub_code}.@"));
    if is_phone {
        information.sip_details = Some(detail(status, reason));
        information.q850_details = Some(detail(cause, cause_reason));
    }
    information
}

fn detail(code: i64, message: &str) -> SipDiagnosticInfo {
    SipDiagnosticInfo { code: Some(code), message: Some(message.to_owned()) }
}
