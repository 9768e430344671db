//! Samples for tests: golden ones in this crate, and all of the reference's where that folder is beside the repository.

#![expect(clippy::disallowed_methods, reason = "tests compare with files that may lie beside the repository")]

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

const CALLBACKS: &str = include_str!("../samples/callbacks.json");
const EVENT_GRID: &str = include_str!("../samples/event_grid.json");

/// Bodies of callbacks, by the name of their kind.
pub(crate) fn callbacks() -> Vec<(String, Value)> {
    named(CALLBACKS)
}

/// Bodies of Event Grid deliveries, by the name of their kind.
pub(crate) fn event_grid() -> Vec<(String, Value)> {
    named(EVENT_GRID)
}

fn named(text: &str) -> Vec<(String, Value)> {
    let Ok(Value::Object(samples)) = serde_json::from_str(text) else {
        panic!("samples are one JSON object")
    };
    samples.into_iter().collect()
}

/// The example of every callback in the reference; `None` where that folder is not there.
pub(crate) fn reference_callbacks() -> Option<Vec<(String, Value)>> {
    let events = reference("events.json")?;
    let events = events["events"].as_array().expect("events.json lists events");
    let callbacks = events.iter().filter(|event| event["channel"] == "callback");
    Some(callbacks.map(|event| (text(&event["name"]), event["example"].clone())).collect())
}

/// Recorded streams, by file name; none where that folder is not there.
pub(crate) fn recordings() -> Vec<(String, Vec<Value>)> {
    let Ok(files) = fs::read_dir(folder().join("recordings")) else { return Vec::new() };
    let paths = files.map(|file| file.expect("the folder can be read").path());
    paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let Value::Array(deliveries) = read(&path) else { panic!("{} is an array", path.display()) };
            (path.display().to_string(), deliveries)
        })
        .collect()
}

/// A file of the reference; `None` where that folder is not there.
pub(crate) fn reference(name: &str) -> Option<Value> {
    let path = folder().join(name);
    path.exists().then(|| read(&path))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/reference")
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path).expect("a file of the reference can be read");
    serde_json::from_str(&text).expect("a file of the reference is JSON")
}

fn text(value: &Value) -> String {
    value.as_str().expect("a name is a text").to_owned()
}
