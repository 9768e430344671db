//! Our types against the published description: every property, which of them are required, every enumeration.
//!
//! `samples/definitions.json` says it in short, and is checked everywhere; where the description itself is beside the
//! repository, it must be what the description says (`UPDATE_EXPECT=1` rewrites it).
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use expect_test::expect_file;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::actions::*;
use crate::callback::{self, CallbackKind, OutgoingEvent};
use crate::event_grid::IncomingCall;
use crate::model::*;
use crate::samples;

const DEFINITIONS: &str = include_str!("../samples/definitions.json");

/// The description, in short.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Definitions {
    /// By name: the required properties, and an object that has every property.
    shapes: BTreeMap<String, Shape>,
    /// By name: the listed values.
    enumerations: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Shape {
    required: Vec<String>,
    sample: Map<String, Value>,
}

type RoundTrip = fn(&Value) -> Result<Value, serde_json::Error>;

fn round_trip<T: Serialize + DeserializeOwned>(value: &Value) -> Result<Value, serde_json::Error> {
    serde_json::to_value(T::deserialize(value)?)
}

macro_rules! shapes {
    ($($name:ident),+ $(,)?) => { vec![ $( (stringify!($name), round_trip::<$name> as RoundTrip) ),+ ] };
}

/// Every shape of the description that is one of our types, under the description's name without `Model`.
fn shapes() -> Vec<(&'static str, RoundTrip)> {
    let mut shapes = shapes![
        AddParticipantRequest,
        AddParticipantResponse,
        AnswerCallRequest,
        CallConnectionProperties,
        CallIntelligenceOptions,
        CallLocator,
        CallParticipant,
        CancelAddParticipantRequest,
        CancelAddParticipantResponse,
        ChannelAffinity,
        Choice,
        ChoiceResult,
        CommunicationError,
        CommunicationErrorResponse,
        CommunicationIdentifier,
        CommunicationUserIdentifier,
        ConnectRequest,
        ContinuousDtmfRecognitionRequest,
        CreateCallRequest,
        CustomCallingContext,
        DtmfOptions,
        DtmfResult,
        ExternalStorage,
        FileSource,
        GetParticipantsResponse,
        HoldRequest,
        MediaStreamingOptions,
        MediaStreamingSubscription,
        MediaStreamingUpdate,
        MicrosoftTeamsAppIdentifier,
        MicrosoftTeamsUserIdentifier,
        MoveParticipantsRequest,
        MoveParticipantsResponse,
        MuteParticipantsRequest,
        MuteParticipantsResult,
        PhoneNumberIdentifier,
        PlayOptions,
        PlayRequest,
        PlaySource,
        RecognizeOptions,
        RecognizeRequest,
        RecordingStateResponse,
        RedirectCallRequest,
        RejectCallRequest,
        RemoveParticipantRequest,
        RemoveParticipantResponse,
        ResultInformation,
        SendDtmfTonesRequest,
        SendDtmfTonesResult,
        SipDiagnosticInfo,
        SpeechOptions,
        SpeechResult,
        SsmlSource,
        StartCallRecordingRequest,
        StartMediaStreamingRequest,
        StartTranscriptionRequest,
        StopMediaStreamingRequest,
        StopTranscriptionRequest,
        TeamsExtensionUserIdentifier,
        TeamsPhoneCallDetails,
        TeamsPhoneCallerDetails,
        TeamsPhoneSourceDetails,
        TextSource,
        TranscriptionOptions,
        TranscriptionSubscription,
        TranscriptionUpdate,
        TransferCallResponse,
        TransferToParticipantRequest,
        UnholdRequest,
        UpdateTranscriptionRequest,
    ];
    // The description derives these from a base; we have one type for both.
    shapes.push(("WebSocketMediaStreamingOptions", round_trip::<MediaStreamingOptions>));
    shapes.push(("WebSocketTranscriptionOptions", round_trip::<TranscriptionOptions>));
    shapes
}

macro_rules! enumerations {
    ($($name:ident),+ $(,)?) => {
        vec![ $( (stringify!($name), $name::LISTED.iter().map(|value| value.to_string()).collect()) ),+ ]
    };
}

/// Every enumeration of the description, under its name without `Model`.
fn enumerations() -> Vec<(&'static str, Vec<String>)> {
    enumerations![
        AudioFormat,
        CallConnectionState,
        CallLocatorKind,
        CallRejectReason,
        CommunicationCloudEnvironment,
        CommunicationIdentifierKind,
        MediaStreamingAudioChannelType,
        MediaStreamingContentType,
        MediaStreamingStatus,
        MediaStreamingStatusDetails,
        MediaStreamingSubscriptionState,
        PlaySourceType,
        RecognitionType,
        RecognizeInputType,
        RecordingChannelType,
        RecordingContentType,
        RecordingFormatType,
        RecordingKind,
        RecordingState,
        RecordingStorageKind,
        StreamingTransportType,
        Tone,
        TranscriptionResultType,
        TranscriptionStatus,
        TranscriptionStatusDetails,
        TranscriptionSubscriptionState,
        VoiceKind,
    ]
}

fn definitions() -> Definitions {
    serde_json::from_str(DEFINITIONS).unwrap()
}

#[test]
fn every_shape_keeps_every_property_and_asks_for_the_required_ones() {
    let mut definitions = definitions().shapes;
    for (name, round_trip) in shapes() {
        let Shape { required, sample } =
            definitions.remove(name).unwrap_or_else(|| panic!("no shape {name}"));
        let sample = Value::Object(sample);
        assert_eq!(round_trip(&sample).unwrap(), sample, "{name} loses something");
        for key in sample.as_object().unwrap().keys() {
            let mut without = sample.clone();
            without.as_object_mut().unwrap().remove(key);
            match round_trip(&without) {
                Ok(written) => {
                    assert!(!required.contains(key), "{name} reads without its required {key}");
                    assert_eq!(written, without, "{name} adds something in place of {key}");
                }
                Err(error) => assert!(required.contains(key), "{name} asks for the optional {key}: {error}"),
            }
        }
    }
    // What is left are the events, which have no type of their own.
    for (name, shape) in definitions {
        if name == "IncomingCall" {
            check_incoming_call(shape.sample);
        } else {
            check_event(&name, shape.sample);
        }
    }
}

/// An event's data is read into `Callback` and written again without loss.
fn check_event(name: &str, sample: Map<String, Value>) {
    let kind = CallbackKind::from_name(name);
    assert!(kind.is_listed(), "{name} is neither a shape nor an event that we know");
    let body = json!({"type": kind.as_str(), "data": sample});
    let callback = callback::decode(body.to_string().as_bytes()).unwrap().remove(0);
    let written = callback::encode(&OutgoingEvent {
        id: callback.id,
        time: jiff::Timestamp::UNIX_EPOCH,
        kind,
        version: "v".to_owned(),
        call_connection_id: callback.call_connection_id.unwrap(),
        server_call_id: callback.server_call_id.unwrap(),
        correlation_id: callback.correlation_id.unwrap(),
        operation_context: callback.operation_context,
        result: callback.result,
        detail: callback.detail,
    });
    let mut written = written["data"].clone();
    for undocumented in ["version", "publicEventType"] {
        assert!(written.as_object_mut().unwrap().remove(undocumented).is_some());
    }
    assert_eq!(written, Value::Object(sample), "{name} loses something");
}

fn check_incoming_call(sample: Map<String, Value>) {
    let sample = Value::Object(sample);
    assert_eq!(round_trip::<IncomingCall>(&sample).unwrap(), sample);
}

#[test]
fn every_enumeration_lists_every_value() {
    let mut listed = definitions().enumerations;
    for (name, ours) in enumerations() {
        assert_eq!(listed.remove(name), Some(ours), "{name}");
    }
    assert_eq!(listed, BTreeMap::new());
}

#[test]
fn enumerations_are_open_and_of_any_casing() {
    for (text, kind, written) in [
        ("azureBlobStorage", RecordingStorageKind::AzureBlobStorage, "azureBlobStorage"),
        ("AzureBlobStorage", RecordingStorageKind::AzureBlobStorage, "azureBlobStorage"),
        ("FloppyDisk", RecordingStorageKind::Other("FloppyDisk".to_owned()), "FloppyDisk"),
    ] {
        let read: RecordingStorageKind = serde_json::from_value(json!(text)).unwrap();
        assert_eq!((&read, json!(read)), (&kind, json!(written)));
        assert_eq!(read.is_listed(), text != "FloppyDisk");
    }
    for tone in Tone::LISTED {
        assert_eq!(tone.to_char().and_then(Tone::from_char).as_ref(), Some(tone));
    }
    assert_eq!((Tone::from_char('d'), Tone::from_char('E')), (Some(Tone::D), None));
}

#[test]
fn the_definitions_are_those_of_the_description() {
    let (Some(own), Some(common)) =
        (samples::reference("callautomation-2026-03-12.json"), samples::reference("common-2025-06-30.json"))
    else {
        return;
    };
    let mut all = own["definitions"].as_object().unwrap().clone();
    for (name, definition) in common["definitions"].as_object().unwrap() {
        all.insert(name.clone(), definition.clone());
    }
    let mut short = Definitions::default();
    for (name, definition) in &all {
        let ours = our_name(name);
        if let Some(values) = definition.get("enum") {
            short.enumerations.insert(ours, serde_json::from_value(values.clone()).unwrap());
        } else {
            let (mut required, properties) = members(&all, definition);
            required.sort_unstable();
            let sample = sample(&all, &properties);
            short.shapes.insert(ours, Shape { required, sample });
        }
    }
    let text = serde_json::to_string_pretty(&short).unwrap() + "\n";
    expect_file!["../samples/definitions.json"].assert_eq(&text);
}

fn our_name(name: &str) -> String {
    name.replace("ModelKind", "Kind").trim_end_matches("Model").to_owned()
}

/// The required names and the properties of a definition, with those of its base.
fn members(all: &Map<String, Value>, definition: &Value) -> (Vec<String>, Map<String, Value>) {
    let mut required = Vec::new();
    let mut properties = Map::new();
    for base in definition["allOf"].as_array().into_iter().flatten() {
        let (of_base, base) = members(all, &all[referred(base).unwrap()]);
        required.extend(of_base);
        properties.extend(base);
    }
    if let Some(own) = definition.get("required") {
        required.extend(serde_json::from_value::<Vec<String>>(own.clone()).unwrap());
    }
    properties.extend(definition["properties"].as_object().cloned().unwrap_or_default());
    (required, properties)
}

fn referred(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}

/// An object with these properties. The shapes in it have only what they require; they have samples of their own.
fn sample(all: &Map<String, Value>, properties: &Map<String, Value>) -> Map<String, Value> {
    properties.iter().map(|(key, schema)| (key.clone(), sample_value(all, key, schema))).collect()
}

fn sample_value(all: &Map<String, Value>, key: &str, schema: &Value) -> Value {
    if let Some(name) = referred(schema) {
        if let Some(values) = all[name]["enum"].as_array() {
            return values.last().unwrap().clone();
        }
        let (required, mut properties) = members(all, &all[name]);
        properties.retain(|key, _| required.contains(key));
        return Value::Object(sample(all, &properties));
    }
    match schema["type"].as_str().unwrap() {
        "string" => json!(format!("<{key}>")),
        "boolean" => json!(true),
        "integer" => json!(7),
        "number" => json!(0.5),
        "array" => json!([sample_value(all, key, &schema["items"])]),
        "object" => json!({"<key>": sample_value(all, key, &schema["additionalProperties"])}),
        other => panic!("{key} is of an unknown type {other}"),
    }
}

/// The catalogue of actions says the same in its own words: names, types and which are required.
#[test]
fn the_catalogue_of_actions_agrees() {
    let Some(catalogue) = samples::reference("actions.json") else { return };
    let definitions = definitions().shapes;
    let mut tables: Vec<(String, &Value)> = Vec::new();
    for action in catalogue["actions"].as_array().unwrap() {
        if let Some(name) = action["request_schema"].as_str() {
            tables.push((our_name(name), &action["request_properties"]));
        }
    }
    for (name, table) in catalogue["schemas"].as_object().unwrap() {
        tables.push((our_name(name), table));
    }
    assert!(tables.len() > 60);
    for (name, table) in tables {
        let Shape { required, sample } = &definitions[&name];
        for (key, property) in table.as_object().unwrap() {
            assert_eq!(property["required"] == true, required.contains(key), "{name}.{key}");
            let value = sample.get(key).unwrap_or_else(|| panic!("{name} has no {key}"));
            let fits = match property["type"].as_str().unwrap() {
                "boolean" => value.is_boolean(),
                "int32" | "int64" => value.is_i64(),
                "double" => value.is_f64(),
                "string" | "uri" | "date-time" => value.is_string(),
                list if list.starts_with("array<") => value.is_array(),
                map if map.starts_with("map<") => value.is_object(),
                _ => value.is_object() || value.is_string(),
            };
            assert!(fits, "{name}.{key} is {value}, and {} in the catalogue", property["type"]);
        }
    }
}
