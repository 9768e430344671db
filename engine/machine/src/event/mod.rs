//! Everything that can happen to a call, as flows name it.

use lang::{Identifier, Value};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;

use crate::actions::ActionKind;
use crate::ids::OperationId;

pub mod fields;

pub use fields::EventField;

macro_rules! event_kinds {
    ($($name:ident $failure:literal),+ $(,)?) => {
        /// What happened. Closed: a new kind is a decision, and the compiler asks every reader.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventKind {
            $(#[doc = concat!("`", stringify!($name), "`.")] $name,)+
            /// An event that the flow declares under `events`.
            Custom(Arc<str>),
        }

        impl EventKind {
            /// Every kind that is not the author's own.
            pub const ALL: &[EventKind] = &[$(EventKind::$name),+];

            /// The name under which flows handle it.
            #[must_use]
            pub fn name(&self) -> &str {
                match self {
                    $(EventKind::$name => stringify!($name),)+
                    EventKind::Custom(name) => name,
                }
            }

            /// Whether `AnyFailure` means it, and whether it ends the run when nothing handles it.
            #[must_use]
            pub fn is_failure(&self) -> bool {
                match self {
                    $(EventKind::$name => $failure,)+
                    EventKind::Custom(_) => false,
                }
            }
        }
    };
}

// Source: reference 4.3, in its order; then what the engine itself raises.
event_kinds! {
    CallConnected false,
    CallDisconnected false,
    CreateCallFailed true,
    AnswerFailed true,
    ConnectFailed true,
    CallTransferAccepted false,
    CallTransferFailed true,
    ParticipantsUpdated false,
    AddParticipantSucceeded false,
    AddParticipantFailed true,
    CancelAddParticipantSucceeded false,
    CancelAddParticipantFailed true,
    RemoveParticipantSucceeded false,
    RemoveParticipantFailed true,
    MoveParticipantSucceeded false,
    MoveParticipantFailed true,
    PlayStarted false,
    PlayCompleted false,
    PlayFailed true,
    PlayCanceled false,
    RecognizeCompleted false,
    RecognizeFailed true,
    RecognizeCanceled false,
    ContinuousDtmfRecognitionToneReceived false,
    ContinuousDtmfRecognitionToneFailed true,
    ContinuousDtmfRecognitionStopped false,
    SendDtmfTonesCompleted false,
    SendDtmfTonesFailed true,
    HoldFailed true,
    RecordingStateChanged false,
    StartRecordingFailed true,
    TranscriptionStarted false,
    TranscriptionUpdated false,
    TranscriptionStopped false,
    TranscriptionFailed true,
    MediaStreamingStarted false,
    MediaStreamingStopped false,
    MediaStreamingFailed true,
    HttpCompleted false,
    HttpFailed true,
    Recovered false,
    ActionSucceeded false,
    ActionFailed true,
    ExpressionFailed true,
}

impl EventKind {
    /// A kind by the name that flows and the provider give it; `None` if it is no such name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<EventKind> {
        EventKind::ALL.iter().find(|kind| kind.name() == name).cloned()
    }

    /// Whether it is about the call itself and so belongs to no visit of a state.
    #[must_use]
    pub fn is_of_the_call(&self) -> bool {
        matches!(
            self,
            EventKind::CallConnected
                | EventKind::CallDisconnected
                | EventKind::CreateCallFailed
                | EventKind::AnswerFailed
                | EventKind::ConnectFailed
                | EventKind::ParticipantsUpdated
                | EventKind::ContinuousDtmfRecognitionToneReceived
                | EventKind::ContinuousDtmfRecognitionToneFailed
                | EventKind::ContinuousDtmfRecognitionStopped
                | EventKind::RecordingStateChanged
                | EventKind::Recovered
                | EventKind::Custom(_)
        )
    }

    /// The action that it belongs to, if it may come as long as what that began goes on: in whatever state the run is
    /// then (clarification 8).
    #[must_use]
    pub fn outlives(&self) -> Option<ActionKind> {
        Some(match self {
            EventKind::HoldFailed => ActionKind::Hold,
            EventKind::ContinuousDtmfRecognitionToneReceived
            | EventKind::ContinuousDtmfRecognitionToneFailed
            | EventKind::ContinuousDtmfRecognitionStopped => ActionKind::StartContinuousDtmf,
            EventKind::StartRecordingFailed => ActionKind::StartRecording,
            EventKind::TranscriptionStarted
            | EventKind::TranscriptionUpdated
            | EventKind::TranscriptionStopped
            | EventKind::TranscriptionFailed => ActionKind::StartTranscription,
            EventKind::MediaStreamingStarted
            | EventKind::MediaStreamingStopped
            | EventKind::MediaStreamingFailed => ActionKind::StartMediaStreaming,
            _ => return None,
        })
    }

    /// Whether the handler `"*"` means it. What happens by itself and often must be named.
    #[must_use]
    pub fn is_matched_by_any(&self) -> bool {
        !matches!(
            self,
            EventKind::CallDisconnected
                | EventKind::PlayStarted
                | EventKind::ParticipantsUpdated
                | EventKind::Recovered
        )
    }
}

impl Serialize for EventKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for EventKind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Ok(EventKind::from_name(&name).unwrap_or_else(|| EventKind::Custom(name.into())))
    }
}

/// One person or application in a call, as the roster shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Participant {
    /// Who.
    pub identifier: Identifier,
    /// Muted.
    #[serde(default)]
    pub is_muted: bool,
    /// On hold.
    #[serde(default)]
    pub is_on_hold: bool,
}

/// Something that happened, with what flows may read of it.
///
/// Fields that the kind does not have are `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// The operation that it answers, as far as its context tells.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub operation: Option<OperationId>,
    /// Which attempt of it: 0, unless it was cancelled and posted again.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub attempt: u32,
    /// The action that it belongs to, by its name in flows.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub action: Option<String>,
    /// The author's own `operationContext`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub operation_context: Option<String>,
    /// HTTP- or SIP-like status.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<i64>,
    /// The precise reason. Source: reference 4.4.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sub_code: Option<i64>,
    /// Text for people.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message: Option<String>,
    /// Whether the request itself was refused, so that no event will follow.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub rest: bool,
    /// Keys pressed, as `0-9*#A-D`; one key for a tone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub digits: Option<String>,
    /// The choice recognised.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub label: Option<String>,
    /// The words recognised.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub speech: Option<String>,
    /// What was recognised: `dtmf`, `choices` or `speech`.
    #[serde(rename = "recognized", skip_serializing_if = "Option::is_none", default)]
    pub recognition: Option<String>,
    /// Whom it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub participant: Option<Identifier>,
    /// The whole roster.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub participants: Option<Vec<Participant>>,
    /// The roster's number: higher is newer. Source: reference 4.6.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sequence_number: Option<i64>,
    /// The invitation that was withdrawn.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub invitation_id: Option<String>,
    /// The recording it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recording_id: Option<String>,
    /// The recording's state.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub state: Option<String>,
    /// Why, in one word, where the engine itself raised it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// The status of an HTTP answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<u16>,
    /// The body of an HTTP answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub body: Option<Value>,
    /// The call connection that the provider named.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub connection_id: Option<String>,
    /// The call that the provider named.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub server_call_id: Option<String>,
    /// The chain of calls that the provider named.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub correlation_id: Option<String>,
    /// The payload as received.
    #[serde(skip_serializing_if = "is_null", default = "null")]
    pub data: Value,
}

fn is_null(value: &Value) -> bool {
    matches!(value, Value::Null)
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn null() -> Value {
    Value::Null
}

impl Event {
    /// An event of which only the kind is known.
    #[must_use]
    pub fn new(kind: EventKind) -> Event {
        Event {
            kind,
            operation: None,
            attempt: 0,
            action: None,
            operation_context: None,
            code: None,
            sub_code: None,
            message: None,
            rest: false,
            digits: None,
            label: None,
            speech: None,
            recognition: None,
            participant: None,
            participants: None,
            sequence_number: None,
            invitation_id: None,
            recording_id: None,
            state: None,
            reason: None,
            status: None,
            body: None,
            connection_id: None,
            server_call_id: None,
            correlation_id: None,
            data: Value::Null,
        }
    }

    /// The value of `event.<name>` in an expression; `None` where this event has no such field.
    ///
    /// [`fields::FIELDS`] says which kinds have which. A custom event's own fields stand beside `data`
    /// (clarification 27).
    #[must_use]
    pub fn field(&self, name: &str) -> Option<Cow<'_, Value>> {
        match EventField::named(name) {
            Some(field) if field.is_on(&self.kind) => self.helper(field.name),
            Some(_) | None => match (&self.kind, &self.data) {
                (EventKind::Custom(_), Value::Map(fields)) => fields.get(name).map(Cow::Borrowed),
                _ => None,
            },
        }
    }

    fn helper(&self, name: &str) -> Option<Cow<'_, Value>> {
        let text = |value: &Option<String>| value.as_deref().map(|text| Cow::Owned(Value::from(text)));
        let number = |value: Option<i64>| value.map(|number| Cow::Owned(Value::from(number)));
        match name {
            "name" => Some(Cow::Owned(Value::from(self.kind.name()))),
            "action" => text(&self.action),
            "operationContext" => text(&self.operation_context),
            "code" => number(self.code),
            "subCode" => number(self.sub_code),
            "message" => text(&self.message),
            "rest" => Some(Cow::Owned(Value::Bool(self.rest))),
            "digits" | "tone" => text(&self.digits),
            "label" => text(&self.label),
            "speech" => text(&self.speech),
            "kind" => text(&self.recognition),
            "participant" => self.participant.as_ref().map(|who| Cow::Owned(Value::from(who.to_string()))),
            "participants" => self.participants.as_deref().map(|all| Cow::Owned(roster(all))),
            "invitationId" => text(&self.invitation_id),
            "recordingId" => text(&self.recording_id),
            "state" => text(&self.state),
            "reason" => text(&self.reason),
            "status" => number(self.status.map(i64::from)),
            "body" => self.body.as_ref().map(Cow::Borrowed),
            "data" => Some(Cow::Borrowed(&self.data)),
            _ => None,
        }
    }
}

/// A roster as expressions see it: each participant's number or raw id, with its flags.
#[must_use]
pub fn roster(participants: &[Participant]) -> Value {
    let one = |participant: &Participant| {
        mapping([
            ("identifier", Value::from(participant.identifier.to_string())),
            ("isMuted", Value::Bool(participant.is_muted)),
            ("isOnHold", Value::Bool(participant.is_on_hold)),
        ])
    };
    Value::List(participants.iter().map(one).collect())
}

/// A mapping from its fields.
pub(crate) fn mapping<'n>(fields: impl IntoIterator<Item = (&'n str, Value)>) -> Value {
    Value::Map(Arc::new(fields.into_iter().map(|(name, value)| (Arc::from(name), value)).collect()))
}
