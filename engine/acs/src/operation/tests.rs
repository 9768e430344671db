//! The table of operations against itself and, where it is there, against the reference.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::actions::PlayRequest;
use crate::model::{PlaySource, TextSource};
use crate::samples;

#[test]
fn paths_route_back() {
    for (id, raw_id) in
        [("401f0b00-1bb7", "4:+14255550123"), ("a/b:play?c#d%e ü", "8:acs:x_y/:add"), ("..", ".")]
    {
        let operations = Operation::all(id, raw_id);
        assert_eq!(operations.iter().map(Operation::name).collect::<BTreeSet<_>>().len(), 34);
        for operation in operations {
            let path = operation.path();
            assert!(
                path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'?' && byte != b'#'),
                "{path}"
            );
            assert_eq!(route(operation.row().method.as_str(), &path).as_ref(), Some(&operation), "{path}");
            assert_eq!(
                route(operation.row().method.as_str(), &format!("{path}?api-version=x:y")),
                Some(operation)
            );
        }
    }
}

#[test]
fn the_table_is_that_of_the_reference() {
    let Some(catalogue) = samples::reference("actions.json") else { return };
    let actions = catalogue["actions"].as_array().unwrap();
    let ours = Operation::all("ID", "RAW");
    assert_eq!(actions.len(), ours.len());
    for (action, operation) in actions.iter().zip(&ours) {
        let path = action["path"].as_str().unwrap();
        let path = path
            .replace("{callConnectionId}", "ID")
            .replace("{recordingId}", "ID")
            .replace("{participantRawId}", "RAW");
        assert_eq!(action["name"], operation.name());
        assert_eq!(action["method"], operation.row().method.as_str(), "{}", operation.name());
        assert_eq!(path, operation.path());
        assert_eq!(action["success_statuses"][0], operation.row().success, "{}", operation.name());
        assert_eq!(action["repeatable"], operation.row().repeatable, "{}", operation.name());
    }
}

#[test]
fn requests_as_they_are_sent() {
    let participant = Operation::GetParticipant {
        call_connection_id: "401f0b00".to_owned(),
        participant_raw_id: "4:+14255550123".to_owned(),
    };
    let request = participant.request();
    assert_eq!(
        request.path_and_query,
        "/calling/callConnections/401f0b00/participants/4%3A%2B14255550123?api-version=2026-03-12"
    );
    assert_eq!((request.method, request.body, request.repeatable), (Method::Get, None, false));

    let body = PlayRequest {
        play_sources: vec![PlaySource::text(TextSource { text: "Hi".to_owned(), ..TextSource::default() })],
        ..PlayRequest::default()
    };
    let request = Operation::Play { call_connection_id: "401f0b00".to_owned() }.request().with_body(&body);
    assert_eq!(request.path_and_query, "/calling/callConnections/401f0b00:play?api-version=2026-03-12");
    assert_eq!(request.body.unwrap(), br#"{"playSources":[{"kind":"text","text":{"text":"Hi"}}]}"#);

    let request = Operation::TerminateCall { call_connection_id: "401f0b00".to_owned() }.request();
    assert_eq!((request.method, request.body, request.repeatable), (Method::Post, None, true));
}

#[test]
fn an_operation_that_is_not_in_the_table_has_a_request() {
    let row = Row::post("dance", Place::Participants, Some("dance"), 202, true);
    let request = row.request(Ids::of_call("a/b")).with_body(&[1]);
    assert_eq!(
        request.path_and_query,
        "/calling/callConnections/a%2Fb/participants:dance?api-version=2026-03-12"
    );
    assert_eq!(
        (request.method, request.body, request.repeatable),
        (Method::Post, Some(b"[1]".to_vec()), true)
    );
}

#[test]
fn paths_that_do_not_exist() {
    for (method, path) in [
        ("GET", "/calling/callConnections"),
        ("PUT", "/calling/callConnections"),
        ("post", "/calling/callConnections"),
        ("POST", "/calling/callConnections/"),
        ("POST", "/calling/callConnections/id"),
        ("POST", "/calling/callConnections/id:dance"),
        ("POST", "/calling/callConnections/:play"),
        ("POST", "/calling/callConnections/%FF:play"),
        ("POST", "/calling/callConnections:play"),
        ("POST", "/calling/callConnections/id/participants"),
        ("POST", "/calling/callConnections/id/participants/4%3A%2B1"),
        ("DELETE", "/calling/callConnections/id/participants"),
        ("DELETE", "/calling/recordings"),
        ("POST", "/calling/recordings/id"),
        ("POST", "/calling/recordings:pause"),
        ("GET", "calling/callConnections/id"),
        ("GET", "/"),
        ("GET", ""),
    ] {
        assert_eq!(route(method, path), None, "{method} {path}");
    }
}

#[test]
fn ids_that_were_not_encoded() {
    let participant = Operation::GetParticipant {
        call_connection_id: "id".to_owned(),
        participant_raw_id: "4:+1".to_owned(),
    };
    assert_eq!(route("GET", "/calling/callConnections/id/participants/4:+1"), Some(participant));
}

proptest! {
    #[test]
    fn any_id_comes_back(id in "\\PC{1,40}", raw_id in "\\PC{1,40}") {
        for operation in Operation::all(&id, &raw_id) {
            prop_assert_eq!(route(operation.row().method.as_str(), &operation.path()), Some(operation));
        }
    }

    #[test]
    fn any_path_is_survived(path in "\\PC{0,80}") {
        let _ = route("POST", &path);
        let _ = route("GET", &format!("/calling/callConnections/{path}"));
    }
}
