//! Each action as the request that it is.

#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::{Action, Posting};
use crate::ids::{OperationId, Visit};
use crate::protocol::Phase;
use crate::snapshot::{Call, Operation};

const USER: &str = "8:acs:1_2";

fn call() -> Call {
    serde_json::from_value(json!({
        "phase": Phase::Connected,
        "connectionId": "leg",
        "incoming": {
            "from": "+14255550123", "to": "+18005550100", "serverCallId": "server", "correlationId": "chain",
            "incomingCallContext": "ticket",
        },
    }))
    .unwrap()
}

/// The request line without the version of the API, and the body.
fn translated(action: Value, context: Option<&str>, callback_uri: Option<&str>) -> (String, Value) {
    let action: Action = serde_json::from_value(action).unwrap();
    let operation: Operation = serde_json::from_value(json!({
        "kind": action.kind(), "visit": Visit(3), "decidedAt": "2026-03-17T10:20:30Z",
        "context": context, "callbackUri": callback_uri,
    }))
    .unwrap();
    let request = action.request(&Posting::new(&call(), OperationId(7), &operation, "https://c/t")).unwrap();
    let path = request.path_and_query.strip_suffix("?api-version=2026-03-12").unwrap();
    let body = request.body.map_or(Value::Null, |body| serde_json::from_slice(&body).unwrap());
    (format!("{} {path}", request.method.as_str()), body)
}

#[track_caller]
fn check(action: Value, line: &str, body: Value) {
    let (sent, sent_body) = translated(action, None, None);
    assert_eq!((sent.as_str(), &sent_body), (line, &body), "{sent_body:#}");
}

fn phone(number: &str) -> Value {
    json!({ "kind": "phoneNumber", "rawId": format!("4:{number}"), "phoneNumber": { "value": number } })
}

fn user() -> Value {
    json!({ "kind": "communicationUser", "rawId": USER, "communicationUser": { "id": USER } })
}

const OURS: &str = "callflow:3:7";

#[test]
fn calls_are_placed_and_joined() {
    check(
        json!({ "createCall": {
            "to": ["+14255550123", USER], "callerId": "+18005550100", "displayName": "Contoso",
            "source": USER, "teamsAppSource": "28:orgid:app", "ringFor": null,
            "options": {
                "cognitiveServicesEndpoint": "https://speech",
                "mediaStreaming": {
                    "transportUrl": "wss://media", "audioChannelType": "unmixed", "audioFormat": "pcm24KMono",
                    "startMediaStreaming": true, "enableBidirectional": false, "enableDtmfTones": true,
                },
                "transcription": {
                    "transportUrl": "wss://text", "locale": "en-US", "speechModelEndpointId": "model",
                    "startTranscription": true, "enableIntermediateResults": false,
                },
            },
        } }),
        "POST /calling/callConnections",
        json!({
            "targets": [phone("+14255550123"), user()],
            "sourceCallerIdNumber": { "value": "+18005550100" },
            "sourceDisplayName": "Contoso",
            "source": { "id": USER },
            "operationContext": OURS,
            "callbackUri": "https://c/t",
            "callIntelligenceOptions": { "cognitiveServicesEndpoint": "https://speech" },
            "mediaStreamingOptions": {
                "transportType": "websocket", "audioChannelType": "unmixed", "transportUrl": "wss://media",
                "contentType": "audio", "startMediaStreaming": true, "enableBidirectional": false,
                "audioFormat": "pcm24KMono", "enableDtmfTones": true,
            },
            "transcriptionOptions": {
                "transportType": "websocket", "locale": "en-US", "transportUrl": "wss://text",
                "speechModelEndpointId": "model", "startTranscription": true, "enableIntermediateResults": false,
            },
            "teamsAppSource": { "appId": "app", "cloud": "public" },
        }),
    );
    for (locator, wire) in [
        (json!({ "serverCallId": "s" }), json!({ "serverCallId": "s", "kind": "serverCallLocator" })),
        (json!({ "groupCallId": "g" }), json!({ "groupCallId": "g", "kind": "groupCallLocator" })),
        (json!({ "roomId": "r" }), json!({ "roomId": "r", "kind": "roomCallLocator" })),
    ] {
        check(
            json!({ "connect": { "locator": locator, "options": {} } }),
            "POST /calling/callConnections:connect",
            json!({ "callLocator": wire, "callbackUri": "https://c/t", "operationContext": OURS }),
        );
    }
}

#[test]
fn ringing_calls_are_dealt_with() {
    check(
        json!({ "answer": { "answeredBy": USER, "options": {} } }),
        "POST /calling/callConnections:answer",
        json!({
            "incomingCallContext": "ticket", "callbackUri": "https://c/t", "operationContext": OURS,
            "answeredBy": { "id": USER },
        }),
    );
    check(
        json!({ "reject": { "reason": "busy" } }),
        "POST /calling/callConnections:reject",
        json!({ "incomingCallContext": "ticket", "callRejectReason": "busy" }),
    );
    check(
        json!({ "redirect": { "to": "8:orgid:77" } }),
        "POST /calling/callConnections:redirect",
        json!({
            "incomingCallContext": "ticket",
            "target": {
                "kind": "microsoftTeamsUser", "rawId": "8:orgid:77",
                "microsoftTeamsUser": { "userId": "77", "isAnonymous": false, "cloud": "public" },
            },
        }),
    );
}

#[test]
fn people_come_and_go() {
    let headers = json!({
        "voipHeaders": { "priority": "high" }, "sipHeaders": { "X-MS-Custom-Case": "42" }, "userToUser": "ticket=42",
    });
    let wire_headers = json!({
        "voipHeaders": { "priority": "high" },
        "sipHeaders": { "User-To-User": "ticket=42", "X-MS-Custom-Case": "42" },
    });
    check(
        json!({ "transfer": {
            "to": "+14255550188", "transferee": USER, "callerId": "+18005550100", "context": headers,
        } }),
        "POST /calling/callConnections/leg:transferToParticipant",
        json!({
            "targetParticipant": phone("+14255550188"), "operationContext": OURS, "transferee": user(),
            "customCallingContext": wire_headers, "sourceCallerIdNumber": { "value": "+18005550100" },
        }),
    );
    check(
        json!({ "addParticipant": {
            "participant": "+14255550188", "callerId": "+18005550100", "displayName": "Contoso",
            "invitationTimeout": { "secs": 29, "nanos": 1 }, "context": {},
        } }),
        "POST /calling/callConnections/leg/participants:add",
        json!({
            "sourceCallerIdNumber": { "value": "+18005550100" }, "sourceDisplayName": "Contoso",
            "participantToAdd": phone("+14255550188"), "invitationTimeoutInSeconds": 30, "operationContext": OURS,
        }),
    );
    check(
        json!({ "cancelAddParticipant": { "invitation": "i" } }),
        "POST /calling/callConnections/leg/participants:cancelAddParticipant",
        json!({ "invitationId": "i", "operationContext": OURS }),
    );
    check(
        json!({ "removeParticipant": { "participant": USER } }),
        "POST /calling/callConnections/leg/participants:remove",
        json!({ "participantToRemove": user(), "operationContext": OURS }),
    );
    check(json!({ "hangUp": { "forEveryone": false } }), "DELETE /calling/callConnections/leg", Value::Null);
    check(
        json!({ "hangUp": { "forEveryone": true } }),
        "POST /calling/callConnections/leg:terminate",
        Value::Null,
    );
}

#[test]
fn media_is_played_and_recognized() {
    let text = json!({ "text": {
        "text": "Hello", "voice": "en-US-JennyNeural", "language": "en-US", "voiceKind": "female",
        "customVoiceEndpointId": "custom", "cacheId": "hello",
    } });
    let wire_text = json!({
        "kind": "text", "playSourceCacheId": "hello",
        "text": {
            "text": "Hello", "sourceLocale": "en-US", "voiceKind": "female", "voiceName": "en-US-JennyNeural",
            "customVoiceEndpointId": "custom",
        },
    });
    let file = json!({ "file": { "uri": "https://a.wav", "cacheId": null } });
    let wire_file = json!({ "kind": "file", "file": { "uri": "https://a.wav" } });
    check(
        json!({ "play": { "sources": [text, file], "participants": [], "loop": true, "interrupt": true } }),
        "POST /calling/callConnections/leg:play",
        json!({
            "playSources": [wire_text, wire_file], "playTo": [], "interruptCallMediaOperation": true,
            "playOptions": { "loop": true }, "operationContext": OURS,
        }),
    );
    // Cutting in is for what everyone hears.
    check(
        json!({ "play": {
            "sources": [file], "participants": [USER],
            "loop": false, "interrupt": true,
        } }),
        "POST /calling/callConnections/leg:play",
        json!({
            "playSources": [wire_file], "playTo": [user()],
            "playOptions": { "loop": false }, "operationContext": OURS,
        }),
    );
    check(
        json!({ "cancelMedia": {} }),
        "POST /calling/callConnections/leg:cancelAllMediaOperations",
        Value::Null,
    );

    let tones = json!({ "maxTones": 4, "stopTones": "#*", "interToneTimeout": { "secs": 3, "nanos": 0 } });
    let wire_tones = json!({
        "interToneTimeoutInSeconds": 3, "maxTonesToCollect": 4, "stopTones": ["pound", "asterisk"],
    });
    let speech = json!({ "endSilence": { "secs": 0, "nanos": 750_000_000 } });
    let wire_speech = json!({ "endSilenceTimeoutInMs": 750 });
    let choice = json!({ "label": "sales", "phrases": ["sales", "buy"], "tone": "1" });
    let wire_choice = json!({ "label": "sales", "phrases": ["sales", "buy"], "tone": "one" });
    for (listen, kind, options) in [
        (json!({ "dtmf": tones }), "dtmf", json!({ "dtmfOptions": wire_tones })),
        (json!({ "choices": [choice] }), "choices", json!({ "choices": [wire_choice] })),
        (json!({ "speech": speech }), "speech", json!({ "speechOptions": wire_speech })),
        (
            json!({ "speechOrDtmf": [speech, tones] }),
            "speechOrDtmf",
            json!({ "dtmfOptions": wire_tones, "speechOptions": wire_speech }),
        ),
    ] {
        let mut wire_options = json!({
            "interruptPrompt": false, "initialSilenceTimeoutInSeconds": 5,
            "targetParticipant": phone("+14255550123"), "speechLanguage": "de-DE",
            "speechRecognitionModelEndpointId": "model",
        });
        wire_options.as_object_mut().unwrap().extend(options.as_object().unwrap().clone());
        check(
            json!({ "recognize": {
                "listen": listen, "interrupt": false, "interruptMedia": true, "participant": "+14255550123",
                "prompts": [{ "ssml": { "ssml": "<speak/>", "customVoiceEndpointId": null, "cacheId": null } }],
                "initialSilence": { "secs": 5, "nanos": 0 }, "language": "de-DE", "speechModel": "model",
                "sensitive": true,
            } }),
            "POST /calling/callConnections/leg:recognize",
            json!({
                "recognizeInputType": kind, "playPrompt": { "kind": "ssml", "ssml": { "ssmlText": "<speak/>" } },
                "interruptCallMediaOperation": true, "recognizeOptions": wire_options, "operationContext": OURS,
            }),
        );
    }
}

#[test]
fn authors_may_route_results() {
    let remove = json!({ "removeParticipant": { "participant": USER } });
    let (_, body) = translated(remove, Some("order:42"), Some("https://elsewhere"));
    assert_eq!(body["operationContext"], "callflow:3:7:order:42");
    assert_eq!(body["operationCallbackUri"], "https://elsewhere");
}

#[test]
fn what_cannot_be_posted_says_why() {
    let nothing = Call { connection_id: None, incoming: None, ..call() };
    let refused = |action: Value| {
        let action: Action = serde_json::from_value(action).unwrap();
        let operation =
            json!({ "kind": action.kind(), "visit": Visit(1), "decidedAt": "2026-03-17T10:20:30Z" });
        let operation: Operation = serde_json::from_value(operation).unwrap();
        action
            .request(&Posting::new(&nothing, OperationId(1), &operation, "https://c/t"))
            .unwrap_err()
            .to_string()
    };
    assert_eq!(refused(json!({ "cancelMedia": {} })), "the call has no connection yet");
    assert_eq!(
        refused(json!({ "reject": { "reason": "none" } })),
        "there is no incoming call that could be answered, redirected or rejected"
    );
}
