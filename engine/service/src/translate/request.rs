//! An action becomes a request of the provider's API.

use acs::Request;
use acs::actions as wire;
use acs::model::{
    AudioFormat, CallIntelligenceOptions, CallLocator, CallLocatorKind, MediaStreamingAudioChannelType,
    MediaStreamingContentType, MediaStreamingOptions, StreamingTransportType, TranscriptionOptions,
};
use machine::actions::connect::Locator;
use machine::actions::{self, Action, CallOptions};
use machine::context::Context;
use machine::ids::OperationId;
use machine::snapshot::{Call, Operation};
use std::time::Duration;

use super::people::{identifier, identifiers, phone, teams_app, tones, user};

mod calling_context;
mod media;
mod recording;

/// Why an action is no request. The texts go to the flow as the reason of the refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Untranslatable {
    /// It acts on a call that has no connection yet.
    #[error("the call has no connection yet")]
    NoConnection,
    /// It acts on an incoming call, and there is none any more.
    #[error("there is no incoming call that could be answered, redirected or rejected")]
    NoIncomingCall,
    /// The provider has no part in it.
    #[error("the engine does this by itself")]
    NotForProvider,
}

/// The request of an action, the same each time it is asked for the same attempt.
///
/// # Errors
/// See [`Untranslatable`]; nothing must be sent.
pub fn request(
    call: &Call,
    id: OperationId,
    operation: &Operation,
    action: &Action,
    callback_url: &str,
) -> Result<Request, Untranslatable> {
    let context = Context {
        visit: operation.visit,
        operation: id,
        attempt: operation.attempt,
        own: operation.context.clone(),
    };
    let routing = Routing {
        context: Some(context.encode()),
        callback_uri: operation.callback_uri.clone(),
        callback_url: callback_url.to_owned(),
    };
    let leg = || call.connection_id.as_deref().ok_or(Untranslatable::NoConnection);
    let incoming = || {
        let incoming = call.incoming.as_deref().ok_or(Untranslatable::NoIncomingCall)?;
        Ok(incoming.incoming_call_context.clone())
    };
    match action {
        Action::CreateCall(action) => Ok(create_call(action, routing)),
        Action::Connect(action) => Ok(connect(action, routing)),
        Action::Answer(action) => Ok(answer(incoming()?, action, routing)),
        Action::Reject(action) => Ok(wire::reject::request(&wire::RejectCallRequest {
            incoming_call_context: incoming()?,
            call_reject_reason: Some(wire::CallRejectReason::parse(&action.reason)),
        })),
        Action::Redirect(action) => Ok(wire::redirect::request(&wire::RedirectCallRequest {
            incoming_call_context: incoming()?,
            target: identifier(&action.to),
        })),
        Action::Transfer(action) => Ok(transfer(leg()?, action, routing)),
        Action::AddParticipant(action) => Ok(add_participant(leg()?, action, routing)),
        Action::CancelAddParticipant(action) => Ok(wire::cancel_add_participant::request(
            leg()?,
            &wire::CancelAddParticipantRequest {
                invitation_id: action.invitation.clone(),
                operation_context: routing.context,
                operation_callback_uri: routing.callback_uri,
            },
        )),
        Action::RemoveParticipant(action) => Ok(wire::remove_participant::request(
            leg()?,
            &wire::RemoveParticipantRequest {
                participant_to_remove: identifier(&action.participant),
                operation_context: routing.context,
                operation_callback_uri: routing.callback_uri,
            },
        )),
        Action::HangUp(actions::hang_up::HangUp { for_everyone: true }) => {
            Ok(wire::hang_up::terminate(leg()?))
        }
        Action::HangUp(actions::hang_up::HangUp { for_everyone: false }) => Ok(wire::hang_up::leave(leg()?)),
        Action::Play(action) => Ok(media::play(leg()?, action, routing)),
        Action::Recognize(action) => Ok(media::recognize(leg()?, action, routing)),
        Action::CancelMedia(_) => Ok(wire::cancel_media::request(leg()?)),
        Action::MoveParticipants(action) => Ok(wire::move_participants::request(
            leg()?,
            &wire::MoveParticipantsRequest {
                target_participants: identifiers(&action.participants),
                operation_context: routing.context,
                operation_callback_uri: routing.callback_uri,
                from_call: action.from_call.clone(),
            },
        )),
        Action::MuteParticipant(action) => Ok(wire::mute_participants::request(
            leg()?,
            &wire::MuteParticipantsRequest {
                target_participants: vec![identifier(&action.participant)],
                operation_context: routing.context,
            },
        )),
        Action::Hold(action) => Ok(wire::hold::request(
            leg()?,
            &wire::HoldRequest {
                target_participant: identifier(&action.participant),
                play_source_info: action.music.as_ref().map(media::source),
                operation_context: routing.context,
                operation_callback_uri: routing.callback_uri,
            },
        )),
        Action::Unhold(action) => Ok(wire::unhold::request(
            leg()?,
            &wire::UnholdRequest {
                target_participant: identifier(&action.participant),
                operation_context: routing.context,
                operation_callback_uri: routing.callback_uri,
            },
        )),
        Action::SendDtmf(action) => Ok(wire::send_dtmf::request(
            leg()?,
            &wire::SendDtmfTonesRequest {
                tones: tones(&action.tones),
                target_participant: identifier(&action.participant),
                operation_context: routing.context,
                operation_callback_uri: routing.callback_uri,
            },
        )),
        Action::StartContinuousDtmf(action) => {
            Ok(wire::continuous_dtmf::start(leg()?, &continuous(&action.participant, routing)))
        }
        Action::StopContinuousDtmf(action) => {
            Ok(wire::continuous_dtmf::stop(leg()?, &continuous(&action.participant, routing)))
        }
        Action::StartTranscription(action) => Ok(wire::transcription::start(
            leg()?,
            &wire::StartTranscriptionRequest {
                locale: action.locale.clone(),
                speech_model_endpoint_id: action.speech_model_endpoint_id.clone(),
                operation_context: routing.context,
                operation_callback_uri: routing.callback_uri,
            },
        )),
        Action::StopTranscription(_) => Ok(wire::transcription::stop(
            leg()?,
            &wire::StopTranscriptionRequest {
                operation_context: routing.context,
                operation_callback_uri: routing.callback_uri,
            },
        )),
        Action::UpdateTranscription(action) => Ok(wire::transcription::update(
            leg()?,
            &wire::UpdateTranscriptionRequest {
                locale: Some(action.locale.clone()),
                speech_model_endpoint_id: action.speech_model_endpoint_id.clone(),
                operation_context: routing.context,
                operation_callback_uri: routing.callback_uri,
            },
        )),
        Action::StartMediaStreaming(_) => Ok(wire::media_streaming::start(
            leg()?,
            &wire::StartMediaStreamingRequest {
                operation_callback_uri: routing.callback_uri,
                operation_context: routing.context,
            },
        )),
        Action::StopMediaStreaming(_) => Ok(wire::media_streaming::stop(
            leg()?,
            &wire::StopMediaStreamingRequest {
                operation_callback_uri: routing.callback_uri,
                operation_context: routing.context,
            },
        )),
        Action::StartRecording(action) => recording::start(call, action, &routing.callback_url),
        Action::PauseRecording(action) => Ok(wire::recording::pause(&action.recording)),
        Action::ResumeRecording(action) => Ok(wire::recording::resume(&action.recording)),
        Action::StopRecording(action) => Ok(wire::recording::stop(&action.recording)),
        Action::Http(_) | Action::Log(_) => Err(Untranslatable::NotForProvider),
    }
}

/// Where the events of an action go, and what they carry.
struct Routing {
    context: Option<String>,
    /// The author's own place for the events of this action.
    callback_uri: Option<String>,
    /// The run's own place.
    callback_url: String,
}

fn create_call(action: &actions::create_call::CreateCall, routing: Routing) -> Request {
    let options = call_options(&action.options);
    wire::create_call::request(&wire::CreateCallRequest {
        targets: identifiers(&action.to),
        source_caller_id_number: action.caller_id.as_ref().map(phone),
        source_display_name: action.display_name.clone(),
        source: action.source.as_ref().map(user),
        operation_context: routing.context,
        callback_uri: routing.callback_url,
        call_intelligence_options: options.intelligence,
        media_streaming_options: options.streaming,
        transcription_options: options.transcription,
        teams_app_source: action.teams_app_source.as_ref().map(teams_app),
    })
}

fn connect(action: &actions::connect::Connect, routing: Routing) -> Request {
    let options = call_options(&action.options);
    wire::connect::request(&wire::ConnectRequest {
        call_locator: locator(&action.locator),
        callback_uri: routing.callback_url,
        operation_context: routing.context,
        call_intelligence_options: options.intelligence,
        media_streaming_options: options.streaming,
        transcription_options: options.transcription,
    })
}

fn answer(incoming_call_context: String, action: &actions::answer::Answer, routing: Routing) -> Request {
    let options = call_options(&action.options);
    wire::answer::request(&wire::AnswerCallRequest {
        incoming_call_context,
        callback_uri: routing.callback_url,
        operation_context: routing.context,
        call_intelligence_options: options.intelligence,
        answered_by: action.answered_by.as_ref().map(user),
        media_streaming_options: options.streaming,
        transcription_options: options.transcription,
    })
}

fn transfer(leg: &str, action: &actions::transfer::Transfer, routing: Routing) -> Request {
    let body = wire::TransferToParticipantRequest {
        target_participant: identifier(&action.to),
        operation_context: routing.context,
        transferee: action.transferee.as_ref().map(identifier),
        operation_callback_uri: routing.callback_uri,
        custom_calling_context: calling_context::wire(&action.context),
        source_caller_id_number: action.caller_id.as_ref().map(phone),
    };
    wire::transfer::request(leg, &body)
}

fn add_participant(
    leg: &str,
    action: &actions::add_participant::AddParticipant,
    routing: Routing,
) -> Request {
    let body = wire::AddParticipantRequest {
        source_caller_id_number: action.caller_id.as_ref().map(phone),
        source_display_name: action.display_name.clone(),
        participant_to_add: identifier(&action.participant),
        invitation_timeout_in_seconds: action.invitation_timeout.map(seconds),
        operation_context: routing.context,
        operation_callback_uri: routing.callback_uri,
        custom_calling_context: calling_context::wire(&action.context),
    };
    wire::add_participant::request(leg, &body)
}

fn continuous(participant: &lang::Identifier, routing: Routing) -> wire::ContinuousDtmfRecognitionRequest {
    wire::ContinuousDtmfRecognitionRequest {
        target_participant: identifier(participant),
        operation_context: routing.context,
        operation_callback_uri: routing.callback_uri,
    }
}

fn locator(locator: &Locator) -> CallLocator {
    let (kind, id) = match locator {
        Locator::ServerCallId(id) => (CallLocatorKind::ServerCallLocator, id),
        Locator::GroupCallId(id) => (CallLocatorKind::GroupCallLocator, id),
        Locator::RoomId(id) => (CallLocatorKind::RoomCallLocator, id),
    };
    let is = |wanted: CallLocatorKind| (kind == wanted).then(|| id.clone());
    CallLocator {
        group_call_id: is(CallLocatorKind::GroupCallLocator),
        server_call_id: is(CallLocatorKind::ServerCallLocator),
        room_id: is(CallLocatorKind::RoomCallLocator),
        kind: Some(kind),
    }
}

struct WireOptions {
    intelligence: Option<CallIntelligenceOptions>,
    streaming: Option<MediaStreamingOptions>,
    transcription: Option<TranscriptionOptions>,
}

fn call_options(options: &CallOptions) -> WireOptions {
    let intelligence = options
        .cognitive_services_endpoint
        .clone()
        .map(|endpoint| CallIntelligenceOptions { cognitive_services_endpoint: Some(endpoint) });
    let streaming = options.media_streaming.as_ref().map(|streaming| MediaStreamingOptions {
        transport_type: StreamingTransportType::Websocket,
        audio_channel_type: MediaStreamingAudioChannelType::parse(&streaming.audio_channel_type),
        transport_url: Some(streaming.transport_url.clone()),
        content_type: Some(
            streaming
                .content_type
                .as_deref()
                .map_or(MediaStreamingContentType::Audio, MediaStreamingContentType::parse),
        ),
        start_media_streaming: streaming.start_media_streaming,
        enable_bidirectional: streaming.enable_bidirectional,
        audio_format: streaming.audio_format.as_deref().map(AudioFormat::parse),
        enable_dtmf_tones: streaming.enable_dtmf_tones,
    });
    let transcription = options.transcription.as_ref().map(|transcription| TranscriptionOptions {
        transport_type: StreamingTransportType::Websocket,
        locale: transcription.locale.clone(),
        transport_url: Some(transcription.transport_url.clone()),
        speech_model_endpoint_id: transcription.speech_model_endpoint_id.clone(),
        start_transcription: transcription.start_transcription,
        enable_intermediate_results: transcription.enable_intermediate_results,
    });
    WireOptions { intelligence, streaming, transcription }
}

/// Whole seconds, rounded up: a wait that was asked for is not cut short.
fn seconds(duration: Duration) -> i32 {
    let whole = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    i32::try_from(whole).unwrap_or(i32::MAX)
}
