//! Prompts and recognitions.

use std::time::Duration;

use acs::Operation;
use serde_json::{Value, json};

use super::{AGENT, CALLER, SECOND, Scene, on, text, who};

fn play(sources: &[Value], context: &str) -> Value {
    json!({"playSources": sources, "operationContext": context, "playOptions": {"loop": false}})
}

fn recognize(extra: Value) -> Value {
    let mut body = json!({"recognizeInputType": "dtmf", "operationContext": "ask", "recognizeOptions": {
        "targetParticipant": who(CALLER), "initialSilenceTimeoutInSeconds": 5,
        "dtmfOptions": {"maxTonesToCollect": 3, "interToneTimeoutInSeconds": 2, "stopTones": ["pound"]}}});
    for (key, value) in extra.as_object().unwrap() {
        if key == "options" {
            for (key, value) in value.as_object().unwrap() {
                body["recognizeOptions"][key] = value.clone();
            }
        } else {
            body[key] = value.clone();
        }
    }
    body
}

#[test]
fn prompts_last_as_long_as_their_text_and_wait_for_each_other() {
    let mut scene = Scene::new();
    let leg = scene.inbound(json!({}));
    // 45 characters, so 3 s.
    let long = text(&"a".repeat(45));
    scene.ok(on!(Play, leg), &play(&[long], "first"));
    scene.ok(
        on!(Play, leg),
        &play(&[json!({"kind": "file", "file": {"uri": "https://a.example/b.wav"}})], "second"),
    );
    scene.run(Duration::from_millis(3_000));
    assert_eq!(scene.names(), ["PlayStarted"]);
    scene.run(Duration::from_millis(200));
    assert_eq!(scene.names(), ["PlayStarted", "PlayCompleted", "PlayStarted"]);
    scene.settle();
    let contexts: Vec<_> =
        scene.callbacks.iter().map(|callback| callback.operation_context.as_deref().unwrap()).collect();
    assert_eq!(contexts, ["first", "first", "second", "second"]);
    assert_eq!(scene.trace()[3], "PlayCompleted 200/0");
}

#[test]
fn prompts_that_cannot_be_played() {
    let file = |uri: &str| json!({"kind": "file", "file": {"uri": uri}});
    for (sources, expected, index) in [
        (vec![file("https://a.example/missing.wav")], vec!["PlayFailed 400/8536"], 0),
        (
            vec![text("hello"), file("https://a.example/b.mp3?x=1")],
            vec!["PlayStarted 200/0", "PlayFailed 400/8535"],
            1,
        ),
        (
            vec![json!({"kind": "ssml", "ssml": {"ssmlText": "<speak> </speak>"}})],
            vec!["PlayFailed 400/8582"],
            0,
        ),
    ] {
        let mut scene = Scene::new();
        let leg = scene.inbound(json!({}));
        scene.ok(on!(Play, leg), &play(&sources, "p"));
        scene.settle();
        assert_eq!(scene.trace(), expected);
        assert_eq!(scene.callbacks.last().unwrap().detail.failed_play_source_index, Some(index));
    }
}

#[test]
fn what_ends_a_prompt_early() {
    let mut scene = Scene::new();
    let leg = scene.inbound(json!({}));
    let mut looped = play(&[text("hello")], "loop");
    looped["playOptions"] = json!({"loop": true});
    scene.ok(on!(Play, leg), &looped);
    scene.seconds(60);
    assert_eq!(scene.names(), ["PlayStarted"]);

    scene.ok(on!(Play, leg), &play(&[text("waits")], "waits"));
    let mut cuts_in = play(&[text("now")], "now");
    cuts_in["interruptCallMediaOperation"] = json!(true);
    scene.ok(on!(Play, leg), &cuts_in);
    scene.seconds(5);
    assert_eq!(
        scene.trace()[1..],
        ["PlayCanceled 400/8508", "PlayCanceled 400/8508", "PlayStarted 200/0", "PlayCompleted 200/0"]
    );

    scene.callbacks.clear();
    scene.ok(on!(Recognize, leg), &recognize(json!({})));
    scene.ok(on!(Play, leg), &play(&[text("waits")], "waits"));
    scene.seconds(1);
    scene.ok(on!(CancelAllMediaOperations, leg), &json!(null));
    scene.settle();
    assert_eq!(scene.trace(), ["RecognizeCanceled 400/8508", "PlayCanceled 400/8508"]);

    scene.callbacks.clear();
    scene.ok(on!(CancelAllMediaOperations, leg), &json!(null));
    scene.settle();
    assert_eq!(scene.names(), Vec::<&str>::new());
}

/// One recognition by a caller of this script: how it ends, and with what.
fn ends(script: Value, body: Value) -> (String, Value) {
    let mut scene = Scene::new();
    let leg = scene.inbound(json!({"script": script}));
    scene.ok(on!(Recognize, leg), &recognize(body));
    scene.seconds(40);
    assert_eq!(scene.callbacks.len(), 1, "{:?}", scene.names());
    assert_eq!(scene.callbacks[0].operation_context.as_deref(), Some("ask"));
    let data = scene.callbacks[0].data.clone();
    let parts = ["dtmfResult", "choiceResult", "speechResult"];
    let result = parts.iter().find_map(|part| data.get(part)).cloned().unwrap_or_default();
    (scene.trace().remove(0), result)
}

#[test]
fn keys_and_words_by_script() {
    let choices = json!({"recognizeInputType": "choices", "options": {"choices": [
        {"label": "sales", "phrases": ["sales", "buy"], "tone": "one"}, {"label": "help", "phrases": ["help me"]}]}});
    let speech = json!({"recognizeInputType": "speech"});
    let both = json!({"recognizeInputType": "speechOrDtmf"});
    let prompted = json!({"playPrompt": text("Please enter your code now, then press the pound key")});
    let uninterruptible =
        json!({"playPrompt": text("Please enter your code now"), "options": {"interruptPrompt": false}});
    let tones = |tones: &[&str]| json!({"tones": tones});
    for (script, body, expected, result) in [
        (
            json!({"press": ["123"]}),
            json!({}),
            "RecognizeCompleted 200/8531",
            tones(&["one", "two", "three"]),
        ),
        (json!({"press": ["1#"]}), json!({}), "RecognizeCompleted 200/8514", tones(&["one", "pound"])),
        (json!({"press": ["1"]}), json!({}), "RecognizeFailed 400/8532", json!(null)),
        (json!({}), json!({}), "RecognizeFailed 400/8510", json!(null)),
        (json!({"press": [null]}), json!({}), "RecognizeFailed 400/8510", json!(null)),
        (json!({"press": ["123"]}), prompted, "RecognizeCompleted 200/8531", tones(&["one", "two", "three"])),
        (
            json!({"press": ["123"]}),
            uninterruptible.clone(),
            "RecognizeCompleted 200/8531",
            tones(&["one", "two", "three"]),
        ),
        (
            json!({"press": [{"keys": "123", "after": "0s"}]}),
            uninterruptible,
            "RecognizeFailed 400/8510",
            json!(null),
        ),
        (
            json!({"press": [{"keys": "123", "at": "3s"}]}),
            json!({}),
            "RecognizeCompleted 200/8531",
            tones(&["one", "two", "three"]),
        ),
        (json!({"press": ["1"]}), choices.clone(), "RecognizeCompleted 200/8533", json!({"label": "sales"})),
        (json!({"press": ["2"]}), choices.clone(), "RecognizeFailed 400/8534", json!(null)),
        (
            json!({"say": ["Help Me"]}),
            choices.clone(),
            "RecognizeCompleted 200/8545",
            json!({"label": "help", "recognizedPhrase": "Help Me", "confidence": 0.94}),
        ),
        (json!({"say": ["nonsense"]}), choices.clone(), "RecognizeFailed 400/8547", json!(null)),
        (json!({"say": ["hello"]}), json!({}), "RecognizeFailed 400/8510", json!(null)),
        (
            json!({"say": ["hello"]}),
            speech,
            "RecognizeCompleted 200/0",
            json!({"speech": "hello", "confidence": 0.91}),
        ),
        (
            json!({"say": ["hello"]}),
            both.clone(),
            "RecognizeCompleted 200/0",
            json!({"speech": "hello", "confidence": 0.91}),
        ),
        (json!({"press": ["4#"]}), both, "RecognizeCompleted 200/8514", tones(&["four", "pound"])),
    ] {
        assert_eq!(ends(script.clone(), body), (expected.to_owned(), result), "{script}");
    }
    let broken =
        json!({"playPrompts": [text("a"), {"kind": "file", "file": {"uri": "https://a.example/missing"}}]});
    assert_eq!(ends(json!({}), broken).0, "RecognizeFailed 400/8536");
}

#[test]
fn successive_entries_answer_successive_recognitions() {
    let mut scene = Scene::new();
    let leg = scene.inbound(json!({"script": {"press": ["1#", null, "2#"], "hangupAfterPrompts": 3}}));
    for expected in ["RecognizeCompleted 200/8514", "RecognizeFailed 400/8510", "RecognizeCompleted 200/8514"]
    {
        scene.callbacks.clear();
        scene.ok(on!(Recognize, leg), &recognize(json!({"playPrompts": [text("Please press a key")]})));
        scene.seconds(15);
        assert_eq!(scene.trace()[0], expected);
    }
    assert_eq!(scene.names(), ["RecognizeCompleted", "CallDisconnected"], "three prompts were enough");
}

#[test]
fn people_played_live() {
    let mut scene = Scene::new();
    let call = scene.place(json!({}));
    let leg = scene.answer();
    scene.seconds(1);
    scene.callbacks.clear();
    scene.ok(on!(Recognize, leg), &recognize(json!({})));
    scene.seconds(1);
    scene.world.press(call, None, "9#", scene.at).unwrap();
    scene.seconds(1);
    assert_eq!(scene.trace(), ["RecognizeCompleted 200/8514"]);
    scene.world.hang_up(call, None, scene.at).unwrap();
    scene.seconds(1);
    assert_eq!(scene.names()[1], "CallDisconnected");
    assert!(scene.world.press(call, None, "1", scene.at).is_err());
}

/// Source: reference 9.4.
#[test]
fn media_operations_at_the_same_time() {
    let mut scene = Scene::new();
    let leg = scene.outbound(&[AGENT, SECOND]);
    let to_all = play(&[text(&"a".repeat(150))], "all");
    let mut to_some = to_all.clone();
    to_some["playTo"] = json!([who(AGENT)]);
    let mut ask = recognize(json!({}));
    ask["recognizeOptions"]["targetParticipant"] = who(AGENT);
    let send = json!({"tones": ["one"], "targetParticipant": who(AGENT)});
    let continuous = json!({"targetParticipant": who(AGENT)});

    scene.ok(on!(Play, leg), &to_all);
    scene.ok(on!(Play, leg), &to_some);
    for (operation, body) in
        [(on!(Play, leg), &to_some), (on!(Recognize, leg), &ask), (on!(SendDtmfTones, leg), &send)]
    {
        scene.refused(operation, body, (412, "8583"));
    }
    scene.ok(on!(Play, leg), &to_all);
    scene.ok(on!(StartContinuousDtmfRecognition, leg), &continuous);
    scene.seconds(1);
    assert_eq!(scene.names(), ["PlayStarted", "PlayStarted"], "beside each other");
    scene.ok(on!(CancelAllMediaOperations, leg), &json!(null));
    scene.seconds(1);
    scene.ok(on!(SendDtmfTones, leg), &send);
    scene.seconds(2);
    assert_eq!(
        scene.names()[2..],
        ["PlayCanceled", "PlayCanceled", "PlayCanceled", "SendDtmfTonesCompleted"]
    );
}

#[test]
fn keys_reported_one_by_one() {
    let mut scene = Scene::new();
    let call = scene.place(json!({}));
    let leg = scene.answer();
    scene.seconds(1);
    scene.callbacks.clear();
    let body = json!({"targetParticipant": who(CALLER), "operationContext": "keys", "operationCallbackUri": "https://keys.example/"});
    scene.urls.clear();
    scene.ok(on!(StartContinuousDtmfRecognition, leg), &body);
    scene.world.press(call, None, "1#", scene.at).unwrap();
    scene.seconds(1);
    let keys: Vec<_> = scene
        .callbacks
        .iter()
        .map(|callback| (callback.detail.sequence_id, callback.data["tone"].as_str()))
        .collect();
    assert_eq!(keys, [(Some(1), Some("one")), (Some(2), Some("pound"))]);
    assert_eq!(scene.urls, ["https://keys.example/"; 2]);
    scene.ok(on!(StopContinuousDtmfRecognition, leg), &body);
    scene.seconds(1);
    assert_eq!(scene.names()[2], "ContinuousDtmfRecognitionStopped");

    // Still running at the end of the call: it is said first.
    scene.ok(on!(StartContinuousDtmfRecognition, leg), &body);
    scene.callbacks.clear();
    scene.ok(on!(TerminateCall, leg), &json!(null));
    scene.seconds(1);
    assert_eq!(scene.trace(), ["ContinuousDtmfRecognitionStopped 200/7000", "CallDisconnected 200/7000"]);
}

#[test]
fn speech_needs_intelligence() {
    let mut scene = Scene::new();
    scene.place(json!({}));
    let body = json!({"incomingCallContext": scene.context(), "callbackUri": "https://a.example/"});
    let leg = scene.ok(Operation::AnswerCall, &body)["callConnectionId"].as_str().unwrap().to_owned();
    scene.seconds(1);
    scene.refused(on!(Play, leg), &play(&[text("a")], "p"), (400, "8567"));
    for kind in ["speech", "speechOrDtmf"] {
        scene.refused(on!(Recognize, leg), &recognize(json!({"recognizeInputType": kind})), (400, "8567"));
    }
    scene.ok(on!(Recognize, leg), &recognize(json!({})));
}
