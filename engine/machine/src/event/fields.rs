//! Which event has which helper: what flows may read as `event.<name>`, and of which kinds (clarification 26).

use lang::expr::Type;

use super::EventKind;

/// A helper that flows may read of some kinds of events.
#[derive(Debug)]
pub struct EventField {
    /// Its name behind `event.`.
    pub name: &'static str,
    /// What it says, in a sentence.
    pub doc: &'static str,
    of: FieldType,
    on: fn(&EventKind) -> bool,
}

#[derive(Clone, Copy, Debug)]
enum FieldType {
    Text,
    Number,
    Truth,
    Person,
    Roster,
    /// Whatever was received.
    Anything,
    /// A mapping, as it was received.
    Payload,
}

const fn field(
    name: &'static str,
    of: FieldType,
    on: fn(&EventKind) -> bool,
    doc: &'static str,
) -> EventField {
    EventField { name, doc, of, on }
}

/// All of them. A field may still be missing where the provider left it out. Source: reference 4.3.
pub const FIELDS: &[EventField] = &[
    field("name", FieldType::Text, on_all, "The event's name."),
    field("action", FieldType::Text, of_an_action, "The action that it belongs to, by its name in flows."),
    field("operationContext", FieldType::Text, with_context, "The author's own `operationContext`."),
    field("code", FieldType::Number, with_code, "The status of the result, as in HTTP and SIP."),
    field("subCode", FieldType::Number, with_result, "The precise reason of the result."),
    field("message", FieldType::Text, with_message, "The result in words, for people."),
    field("rest", FieldType::Truth, EventKind::is_failure, "Whether the request itself was refused."),
    field("digits", FieldType::Text, with_keys, "The keys pressed, as `0-9*#A-D`; \"\" if none."),
    field("tone", FieldType::Text, with_keys, "The same as `digits`: one key, where it is a tone."),
    field("label", FieldType::Text, is_recognition, "The label of the choice recognised; \"\" if none."),
    field("speech", FieldType::Text, is_recognition, "The words recognised; \"\" if none."),
    field("kind", FieldType::Text, is_recognition, "What was recognised: `dtmf`, `choices` or `speech`."),
    field("participant", FieldType::Person, about_somebody, "Whom it is about."),
    field("participants", FieldType::Roster, is_roster, "Everybody in the call, each with flags."),
    field("invitationId", FieldType::Text, about_an_invitation, "The invitation that was to be withdrawn."),
    field("recordingId", FieldType::Text, about_a_recording, "The recording."),
    field("state", FieldType::Text, is_recording_state, "The state of the recording."),
    field("reason", FieldType::Text, with_reason, "Why, in one word, where the engine itself knows."),
    field("status", FieldType::Number, is_answer, "The status of the HTTP answer."),
    field("body", FieldType::Anything, is_answer, "The HTTP answer: what its JSON holds, or its text."),
    field("data", FieldType::Payload, on_all, "The payload as received."),
];

impl EventField {
    /// A field by its name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static EventField> {
        FIELDS.iter().find(|field| field.name == name)
    }

    /// Whether events of this kind have it.
    #[must_use]
    pub fn is_on(&self, kind: &EventKind) -> bool {
        (self.on)(kind)
    }

    /// The kinds that have it.
    pub fn kinds(&self) -> impl Iterator<Item = &'static EventKind> {
        let on = self.on;
        EventKind::ALL.iter().filter(move |kind| on(kind))
    }

    /// Its type.
    #[must_use]
    pub fn of(&self) -> Type {
        match self.of {
            FieldType::Text => Type::String,
            FieldType::Number => Type::Number,
            FieldType::Truth => Type::Bool,
            FieldType::Person => Type::Identifier,
            FieldType::Roster => roster(),
            FieldType::Anything => Type::Any,
            FieldType::Payload => Type::Map,
        }
    }
}

/// The type of a roster, as [`super::roster`] makes it.
#[must_use]
pub fn roster() -> Type {
    Type::list(Type::record([
        ("identifier", Type::Identifier),
        ("isMuted", Type::Bool),
        ("isOnHold", Type::Bool),
    ]))
}

fn on_all(_: &EventKind) -> bool {
    true
}

/// What the provider sends, and its refusals: they carry a `resultInformation`.
fn with_result(kind: &EventKind) -> bool {
    !matches!(
        kind,
        EventKind::HttpCompleted
            | EventKind::HttpFailed
            | EventKind::Recovered
            | EventKind::ActionSucceeded
            | EventKind::ExpressionFailed
            | EventKind::Custom(_)
    )
}

fn with_code(kind: &EventKind) -> bool {
    with_result(kind) || is_answer(kind)
}

fn with_message(kind: &EventKind) -> bool {
    with_result(kind) || matches!(kind, EventKind::HttpFailed | EventKind::ExpressionFailed)
}

fn of_an_action(kind: &EventKind) -> bool {
    !matches!(
        kind,
        EventKind::CallDisconnected
            | EventKind::ParticipantsUpdated
            | EventKind::Recovered
            | EventKind::Custom(_)
    )
}

fn with_context(kind: &EventKind) -> bool {
    let is_the_providers = with_result(kind) || *kind == EventKind::ActionSucceeded;
    is_the_providers && !matches!(kind, EventKind::ParticipantsUpdated | EventKind::RecordingStateChanged)
}

fn with_keys(kind: &EventKind) -> bool {
    matches!(kind, EventKind::RecognizeCompleted | EventKind::ContinuousDtmfRecognitionToneReceived)
}

fn is_recognition(kind: &EventKind) -> bool {
    *kind == EventKind::RecognizeCompleted
}

fn about_somebody(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::CallTransferAccepted
            | EventKind::AddParticipantSucceeded
            | EventKind::AddParticipantFailed
            | EventKind::RemoveParticipantSucceeded
            | EventKind::RemoveParticipantFailed
            | EventKind::MoveParticipantSucceeded
            | EventKind::MoveParticipantFailed
    )
}

fn is_roster(kind: &EventKind) -> bool {
    matches!(kind, EventKind::ParticipantsUpdated | EventKind::Recovered)
}

fn about_an_invitation(kind: &EventKind) -> bool {
    matches!(kind, EventKind::CancelAddParticipantSucceeded | EventKind::CancelAddParticipantFailed)
}

fn about_a_recording(kind: &EventKind) -> bool {
    matches!(kind, EventKind::RecordingStateChanged | EventKind::StartRecordingFailed)
}

fn is_recording_state(kind: &EventKind) -> bool {
    *kind == EventKind::RecordingStateChanged
}

/// What the engine raises or completes by itself, be it since a result was lost.
fn with_reason(kind: &EventKind) -> bool {
    *kind == EventKind::CallDisconnected || kind.is_failure()
}

fn is_answer(kind: &EventKind) -> bool {
    *kind == EventKind::HttpCompleted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, Participant};
    use lang::{Identifier, Value};

    /// An event in which nothing is missing.
    fn full(kind: EventKind) -> Event {
        let text = || Some("x".to_owned());
        let who = Identifier::parse("+14255550123").expect("a phone number");
        Event {
            action: text(),
            operation_context: text(),
            code: Some(1),
            sub_code: Some(1),
            message: text(),
            digits: text(),
            label: text(),
            speech: text(),
            recognition: text(),
            participants: Some(vec![Participant {
                identifier: who.clone(),
                is_muted: false,
                is_on_hold: false,
            }]),
            participant: Some(who),
            invitation_id: text(),
            recording_id: text(),
            state: text(),
            reason: text(),
            status: Some(200),
            body: Some(Value::from("x")),
            data: Value::from(serde_json::json!({ "state": "own", "agent": "own" })),
            ..Event::new(kind)
        }
    }

    #[test]
    fn events_have_the_fields_that_the_table_says_and_no_others() {
        for kind in EventKind::ALL {
            let event = full(kind.clone());
            for field in FIELDS {
                let value = event.field(field.name);
                assert_eq!(value.is_some(), field.is_on(kind), "{} of {}", field.name, kind.name());
                if let Some(value) = value {
                    assert!(field.of().agrees_with(&Type::of(&value)), "{} of {}", field.name, kind.name());
                }
            }
            assert_eq!(event.field("agent"), None, "{}", kind.name());
        }
    }

    #[test]
    fn custom_events_have_fields_of_their_own() {
        let event = full(EventKind::Custom("agentReady".into()));
        for (name, expected) in
            [("agent", Some("own")), ("state", Some("own")), ("name", Some("agentReady")), ("digits", None)]
        {
            assert_eq!(
                event.field(name).map(|value| value.into_owned()),
                expected.map(Value::from),
                "{name}"
            );
        }
    }
}
