//! Media streaming and transcription: options, subscriptions and what events say of them.
//!
//! The specification has one transport, `websocket`, and derives the options for it from a base type;
//! here both are one type.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::lenient::field;
use crate::open_enum::open_enum;

open_enum! {
    /// How the stream travels.
    #[derive(Default)]
    pub enum StreamingTransportType {
        #[default]
        Websocket = "websocket",
    }
}

open_enum! {
    /// Whether people are streamed together or each for themselves (at most 4).
    #[derive(Default)]
    pub enum MediaStreamingAudioChannelType {
        #[default]
        Mixed = "mixed",
        Unmixed = "unmixed",
    }
}

open_enum! {
    /// What is streamed.
    pub enum MediaStreamingContentType {
        Audio = "audio",
    }
}

open_enum! {
    /// The format of streamed audio.
    pub enum AudioFormat {
        Pcm16KMono = "pcm16KMono",
        Pcm24KMono = "pcm24KMono",
    }
}

open_enum! {
    /// State of a media streaming subscription.
    pub enum MediaStreamingSubscriptionState {
        Disabled = "disabled",
        Inactive = "inactive",
        Active = "active",
    }
}

open_enum! {
    /// State of a transcription subscription.
    pub enum TranscriptionSubscriptionState {
        Disabled = "disabled",
        Inactive = "inactive",
        Active = "active",
    }
}

open_enum! {
    /// Which results of a transcription are sent.
    pub enum TranscriptionResultType {
        Final = "final",
        Intermediate = "intermediate",
    }
}

open_enum! {
    /// What became of media streaming.
    pub enum MediaStreamingStatus {
        MediaStreamingStarted = "mediaStreamingStarted",
        MediaStreamingFailed = "mediaStreamingFailed",
        MediaStreamingStopped = "mediaStreamingStopped",
        UnspecifiedError = "unspecifiedError",
    }
}

open_enum! {
    /// Why media streaming changed.
    pub enum MediaStreamingStatusDetails {
        SubscriptionStarted = "subscriptionStarted",
        StreamConnectionReestablished = "streamConnectionReestablished",
        StreamConnectionUnsuccessful = "streamConnectionUnsuccessful",
        StreamUrlMissing = "streamUrlMissing",
        ServiceShutdown = "serviceShutdown",
        StreamConnectionInterrupted = "streamConnectionInterrupted",
        SpeechServicesConnectionError = "speechServicesConnectionError",
        SubscriptionStopped = "subscriptionStopped",
        UnspecifiedError = "unspecifiedError",
        AuthenticationFailure = "authenticationFailure",
        BadRequest = "badRequest",
        TooManyRequests = "tooManyRequests",
        Forbidden = "forbidden",
        ServiceTimeout = "serviceTimeout",
        InitialWebSocketConnectionFailed = "initialWebSocketConnectionFailed",
    }
}

open_enum! {
    /// What became of a transcription.
    pub enum TranscriptionStatus {
        TranscriptionStarted = "transcriptionStarted",
        TranscriptionFailed = "transcriptionFailed",
        TranscriptionResumed = "transcriptionResumed",
        TranscriptionUpdated = "transcriptionUpdated",
        TranscriptionStopped = "transcriptionStopped",
        UnspecifiedError = "unspecifiedError",
    }
}

open_enum! {
    /// Why a transcription changed.
    pub enum TranscriptionStatusDetails {
        SubscriptionStarted = "subscriptionStarted",
        StreamConnectionReestablished = "streamConnectionReestablished",
        StreamConnectionUnsuccessful = "streamConnectionUnsuccessful",
        StreamUrlMissing = "streamUrlMissing",
        ServiceShutdown = "serviceShutdown",
        StreamConnectionInterrupted = "streamConnectionInterrupted",
        SpeechServicesConnectionError = "speechServicesConnectionError",
        SubscriptionStopped = "subscriptionStopped",
        UnspecifiedError = "unspecifiedError",
        AuthenticationFailure = "authenticationFailure",
        BadRequest = "badRequest",
        TooManyRequests = "tooManyRequests",
        Forbidden = "forbidden",
        ServiceTimeout = "serviceTimeout",
        TranscriptionLocaleUpdated = "transcriptionLocaleUpdated",
    }
}

/// How a call's audio is streamed; only at create, answer and connect.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MediaStreamingOptions {
    /// How the stream travels.
    pub transport_type: StreamingTransportType,
    /// Together or each for themselves.
    pub audio_channel_type: MediaStreamingAudioChannelType,
    /// Where the service opens the WebSocket.
    pub transport_url: Option<String>,
    /// What is streamed.
    pub content_type: Option<MediaStreamingContentType>,
    /// Whether to start as soon as the call is up.
    pub start_media_streaming: Option<bool>,
    /// Whether audio may be sent back.
    pub enable_bidirectional: Option<bool>,
    /// The format of the audio.
    pub audio_format: Option<AudioFormat>,
    /// Whether keys are sent as well.
    pub enable_dtmf_tones: Option<bool>,
}

/// How a call is transcribed; only at create, answer and connect.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TranscriptionOptions {
    /// How the stream travels.
    pub transport_type: StreamingTransportType,
    /// The language, such as `en-US`.
    pub locale: String,
    /// Where the service opens the WebSocket.
    pub transport_url: Option<String>,
    /// Endpoint of a custom speech model.
    pub speech_model_endpoint_id: Option<String>,
    /// Whether to start as soon as the call is up.
    pub start_transcription: Option<bool>,
    /// Whether results are sent before they are final.
    pub enable_intermediate_results: Option<bool>,
}

/// State of a call's media streaming.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MediaStreamingSubscription {
    /// Its id.
    pub id: Option<String>,
    /// Its state.
    pub state: Option<MediaStreamingSubscriptionState>,
    /// What is streamed.
    pub subscribed_content_types: Option<Vec<MediaStreamingContentType>>,
}

/// State of a call's transcription.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TranscriptionSubscription {
    /// Its id.
    pub id: Option<String>,
    /// Its state.
    pub state: Option<TranscriptionSubscriptionState>,
    /// Which results are sent.
    pub subscribed_result_types: Option<Vec<TranscriptionResultType>>,
    /// The language.
    pub locale: Option<String>,
}

/// What an event says of media streaming.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MediaStreamingUpdate {
    /// What is streamed; `Audio` was seen where the enumeration says `audio`.
    #[serde(default, deserialize_with = "field::text")]
    pub content_type: Option<String>,
    /// What became of it.
    #[serde(default, deserialize_with = "field::shape")]
    pub media_streaming_status: Option<MediaStreamingStatus>,
    /// Why.
    #[serde(default, deserialize_with = "field::shape")]
    pub media_streaming_status_details: Option<MediaStreamingStatusDetails>,
}

/// What an event says of a transcription.
#[skip_serializing_none]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TranscriptionUpdate {
    /// What became of it.
    #[serde(default, deserialize_with = "field::shape")]
    pub transcription_status: Option<TranscriptionStatus>,
    /// Why.
    #[serde(default, deserialize_with = "field::shape")]
    pub transcription_status_details: Option<TranscriptionStatusDetails>,
}
