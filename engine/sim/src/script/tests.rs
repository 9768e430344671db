#![allow(clippy::unwrap_used)]

use std::time::Duration;

use serde_json::json;

use super::*;

#[test]
fn a_whole_call() {
    let call: PlaceCall = serde_json::from_value(json!({
        "from": "+14255550199", "to": "+18005550100", "callerDisplayName": "Ada",
        "script": {"press": ["1", 2, {"keys": "4#", "after": "2s"}, null], "say": ["sales"], "hangupAfter": "20s"},
        "people": {"+14255550123": {"answerAfter": "1s", "press": ["1"]}, "8:acs:x_y": {"busy": true}, "+14255550124": {}},
    }))
    .unwrap();
    call.check().unwrap();
    let keys: Vec<usize> = call.script.press.iter().map(|press| press.keys.len()).collect();
    assert_eq!(keys, [1, 1, 2, 0]);
    assert_eq!(call.script.press[2].when, When::AfterPromptStart(Duration::from_secs(2)));
    let ways: Vec<Pickup> = call.people.values().map(|person| person.pickup).collect();
    assert_eq!(ways, [Pickup::Answer, Pickup::Answer, Pickup::Busy]);
}

#[test]
fn what_is_wrong_is_said() {
    for (person, expected) in [
        (json!({"busy": true, "decline": true}), "in one way"),
        (json!({"press": ["x"]}), "`x` is no key"),
        (json!({"press": [{"keys": "1", "after": "1s", "at": "2s"}]}), "give one"),
        (json!({"press": [{"keys": "1", "when": "1s"}]}), "no property `when`"),
        (json!({"answerAfter": "soon"}), "`soon` is not a length of time"),
        (json!({"answerAfter": "-1s"}), "is not a length of time"),
        (json!({"hangupAfter": "25h"}), "longer than a day"),
        (json!({"answer": true}), "unknown field `answer`"),
    ] {
        let error = serde_json::from_value::<Person>(person.clone()).unwrap_err().to_string();
        assert!(error.contains(expected), "{person}: {error}");
    }
}
