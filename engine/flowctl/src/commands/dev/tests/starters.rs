//! What `flowctl new` writes, on calls.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::Lab;
use crate::commands::CALLER;

/// The starters as files, and the constants that they read.
fn lines(mailbox: &str) -> (tempfile::TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings");
    std::fs::write(&settings, format!("config: {{ mailbox: \"{mailbox}\" }}\n")).unwrap();
    let starters = concat!(env!("CARGO_MANIFEST_DIR"), "/starters");
    let words = ["dev", starters, "--demo", "--speed", "50", "--config", settings.to_str().unwrap()];
    (folder, words.iter().map(|word| (*word).to_owned()).collect())
}

/// A mailbox that takes every message, and tells what it was sent.
async fn mailbox(listener: TcpListener) -> String {
    let (mut socket, _) = listener.accept().await.unwrap();
    let mut request = String::new();
    while !request.contains('}') {
        let mut bytes = [0; 1024];
        let count = socket.read(&mut bytes).await.unwrap();
        assert!(count > 0, "{request}");
        request.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
    }
    socket.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await.unwrap();
    request
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn menus_pass_callers_on() {
    let (_folder, words) = lines("https://mailbox.example.com");
    let lab = Lab::with(&words).await;
    // As with `--demo`: the caller presses 1.
    for (press, outcome) in
        [(json!(["1"]), "transferred"), (json!(["5", "2"]), "transferred"), (json!([]), "completed")]
    {
        let (ending, _) = lab.call(CALLER, "+18005550100", json!({"press": press})).await;
        assert_eq!(ending, format!("menu {outcome}"));
    }
    lab.person("+14255550123", json!({"busy": true})).await;
    let (ending, told) = lab.call(CALLER, "+18005550100", json!({"press": ["1"]})).await;
    assert_eq!(ending, "menu completed");
    assert!(told.contains("Sorry, nobody can take your call"), "{told}");
    lab.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_are_confirmed() {
    let (_folder, words) = lines("https://mailbox.example.com");
    let lab = Lab::with(&words).await;
    for (person, how, outcome) in [
        ("+14255550201", json!({"press": ["7", "1"]}), "confirmed"),
        ("+14255550202", json!({}), "unconfirmed"),
        ("+14255550203", json!({"busy": true}), "busy"),
        ("+14255550204", json!({"unknown": true}), "failed"),
    ] {
        lab.person(person, how.clone()).await;
        let input = json!({"person": person, "message": "your order is ready"});
        assert_eq!(lab.start("outbound", input).await, outcome, "{how}");
    }
    lab.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conferences_come_together() {
    let (_folder, words) = lines("https://mailbox.example.com");
    let lab = Lab::with(&words).await;
    lab.person("+14255550111", json!({"busy": true})).await;
    lab.person("+14255550112", json!({"hangupAfter": "60s"})).await;
    for (host, guests, outcome) in [
        ("+14255550110", json!(["+14255550111", "nobody", "+14255550112"]), "completed"),
        ("+14255550110", json!(["+14255550111"]), "nobodyCame"),
        ("+14255550111", json!(["+14255550112"]), "hostNotReached"),
    ] {
        let ended = lab.start("conference", json!({"host": host, "guests": guests})).await;
        assert_eq!(ended, outcome, "{host} with {guests}");
    }
    lab.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_are_left() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (_folder, words) = lines(&format!("http://{}", listener.local_addr().unwrap()));
    let lab = Lab::with(&words).await;
    let taken = tokio::spawn(mailbox(listener));
    let (ending, _) = lab.call(CALLER, "+18005550104", json!({"say": ["Please call me back"]})).await;
    assert_eq!(ending, "voicemail delivered");
    let request = taken.await.unwrap();
    assert!(request.starts_with("POST /messages "), "{request}");
    for part in [CALLER, "Please call me back"] {
        assert!(request.contains(part), "{request}");
    }
    // Nobody listens there any more.
    let (ending, told) = lab.call(CALLER, "+18005550104", json!({"say": [null, "Hello"]})).await;
    assert_eq!(ending, "voicemail notDelivered");
    assert!(told.contains("could not be saved"), "{told}");
    // The caller of `--demo`, who presses keys and says nothing.
    let (ending, _) = lab.call(CALLER, "+18005550104", json!({"press": ["1", "1"]})).await;
    assert_eq!(ending, "voicemail noMessage");
    lab.close().await;
}
