//! Shapes that more than one operation or event uses. All of them are re-exported here.

mod call_connection;
mod context;
mod error;
mod identifier;
mod locator;
mod media;
mod raw_id;
mod recording;
mod result;
mod streaming;
mod tone;

pub use call_connection::{
    CallConnectionProperties, CallConnectionState, CallIntelligenceOptions, CallParticipant,
};
pub use context::{
    CustomCallingContext, TeamsPhoneCallDetails, TeamsPhoneCallerDetails, TeamsPhoneSourceDetails,
};
pub use error::{CommunicationError, CommunicationErrorResponse, ProviderError, parse_error};
pub use identifier::{
    CommunicationCloudEnvironment, CommunicationIdentifier, CommunicationIdentifierKind,
    CommunicationUserIdentifier, MicrosoftTeamsAppIdentifier, MicrosoftTeamsUserIdentifier,
    PhoneNumberIdentifier, TeamsExtensionUserIdentifier,
};
pub use locator::{CallLocator, CallLocatorKind};
pub use media::{
    Choice, ChoiceResult, DtmfOptions, DtmfResult, FileSource, PlaySource, PlaySourceType, RecognitionType,
    SpeechOptions, SpeechResult, SsmlSource, TextSource, VoiceKind,
};
pub use recording::{
    RecordingChannelType, RecordingContentType, RecordingFormatType, RecordingKind, RecordingState,
    RecordingStorageKind,
};
pub use result::{ResultInformation, SipDiagnosticInfo};
pub use streaming::{
    AudioFormat, MediaStreamingAudioChannelType, MediaStreamingContentType, MediaStreamingOptions,
    MediaStreamingStatus, MediaStreamingStatusDetails, MediaStreamingSubscription,
    MediaStreamingSubscriptionState, MediaStreamingUpdate, StreamingTransportType, TranscriptionOptions,
    TranscriptionResultType, TranscriptionStatus, TranscriptionStatusDetails, TranscriptionSubscription,
    TranscriptionSubscriptionState, TranscriptionUpdate,
};
pub use tone::Tone;
