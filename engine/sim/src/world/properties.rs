//! getCall, and the properties of a connection that several answers show.

use acs::model::{
    CallConnectionProperties, CallConnectionState, MediaStreamingContentType, MediaStreamingSubscription,
    MediaStreamingSubscriptionState, TranscriptionResultType, TranscriptionSubscription,
    TranscriptionSubscriptionState,
};

use super::World;
use crate::call::{Call, LegId};
use crate::leg::Leg;
use crate::request::{Refusal, Request, Response};

/// Equal to the correlation id on every answer about a call. Source: reference 2.2.
const CHAIN_ID: &str = "x-microsoft-skype-chain-id";

impl World {
    pub(super) fn get_call(&mut self, connection_id: &str, _request: &Request) -> Result<Response, Refusal> {
        let id = self.existing_leg(connection_id)?;
        let (leg, _) = self.leg_and_call(id)?;
        self.properties(id, 200, leg.phase.shown(), true)
    }

    /// The answer of create, answer, connect and get.
    pub(super) fn properties(
        &self,
        id: LegId,
        status: u16,
        state: CallConnectionState,
        shows_server_call: bool,
    ) -> Result<Response, Refusal> {
        let (leg, call) = self.leg_and_call(id)?;
        let properties = CallConnectionProperties {
            call_connection_id: Some(leg.connection_id.clone()),
            server_call_id: shows_server_call.then(|| call.server_call_id.clone()),
            targets: Some(leg.shown.targets.clone()),
            call_connection_state: Some(state),
            callback_uri: Some(leg.callback_uri.clone()),
            source_caller_id_number: leg.shown.source_caller_id.clone(),
            source_display_name: Some(leg.shown.source_display_name.clone().unwrap_or_default()),
            source: leg.shown.source.clone(),
            correlation_id: Some(call.correlation_id.clone()),
            answered_by: leg.shown.answered_by.clone(),
            media_streaming_subscription: streaming(leg),
            transcription_subscription: transcription(leg),
            answered_for: leg.shown.answered_for.clone(),
        };
        Ok(Response::json(status, &properties).with(CHAIN_ID, &call.correlation_id))
    }
}

/// Adds what answers about a call have in common.
pub(super) fn about(call: &Call, response: Response) -> Response {
    response.with(CHAIN_ID, &call.correlation_id)
}

fn streaming(leg: &Leg) -> Option<MediaStreamingSubscription> {
    let stream = leg.streaming.as_ref()?;
    Some(MediaStreamingSubscription {
        id: Some(stream.id.clone()),
        state: Some(if stream.is_running {
            MediaStreamingSubscriptionState::Active
        } else {
            MediaStreamingSubscriptionState::Inactive
        }),
        subscribed_content_types: Some(vec![MediaStreamingContentType::Audio]),
    })
}

fn transcription(leg: &Leg) -> Option<TranscriptionSubscription> {
    let stream = leg.transcription.as_ref()?;
    let mut kinds = vec![TranscriptionResultType::Final];
    if stream.options.enable_intermediate_results == Some(true) {
        kinds.push(TranscriptionResultType::Intermediate);
    }
    Some(TranscriptionSubscription {
        id: Some(stream.id.clone()),
        state: Some(if stream.is_running {
            TranscriptionSubscriptionState::Active
        } else {
            TranscriptionSubscriptionState::Inactive
        }),
        subscribed_result_types: Some(kinds),
        locale: Some(stream.options.locale.clone()),
    })
}
