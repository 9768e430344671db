//! Drives the language server as an editor does: the real program, over standard input and output.

#![allow(clippy::unwrap_used, missing_docs)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

mod editor;

use editor::{Editor, PROGRAM};

const FLOW: &str = "\
flow: hello
start: { incoming: {} }
defaults: { cognitiveServicesEndpoint: \"https://speech.example.com/\" }
initial: answering
on: { CallDisconnected: { end: hungUp } }
states:
  answering: { do: [answer: {}], on: { CallConnected: greeting, AnswerFailed: { end: failed } } }
  greeting: # 😀
    do:
      - play: { text: \"😀 Hello.\" }
    on:
      PlayCompleted: leaving
      PlayFailed: leaving
  leaving: { do: [hangUp: { forEveryone: true }], on: { CallDisconnected: { end: greeted } } }
";

const URI: &str = "untitled:hello";

/// Where a text stands for the first time, as UTF-16 counts.
fn place(text: &str, part: &str) -> (u32, u32) {
    let at = text.find(part).unwrap();
    let line = text[..at].matches('\n').count();
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let units: usize = text[start..at].chars().map(char::len_utf16).sum();
    (u32::try_from(line).unwrap(), u32::try_from(units).unwrap())
}

fn labels(answer: &Value) -> Vec<&str> {
    answer["result"].as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap()).collect()
}

#[test]
fn a_session_from_beginning_to_end() {
    let mut editor = Editor::ready(json!({
        "textDocument": { "completion": { "completionItem": { "snippetSupport": true } } }
    }));
    editor.open(URI, FLOW);
    assert_eq!(editor.findings(URI, 1), Vec::<Value>::new());

    // A slip, typed as an editor sends it: behind a character of two units.
    let (line, character) = place(FLOW, "play: {");
    let range = json!({
        "start": { "line": line, "character": character },
        "end": { "line": line, "character": character + 4 }
    });
    editor.change(URI, 2, json!([{ "range": range, "text": "plya" }]));
    let found = editor.findings(URI, 2);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["code"], "CF101");
    assert_eq!(found[0]["severity"], 1);
    assert_eq!(found[0]["source"], "callflow");
    assert_eq!(found[0]["range"], range);
    assert!(found[0]["message"].as_str().unwrap().contains("did you mean `play`?"), "{found:?}");

    // It is mended by what the server offers.
    let asked = json!({
        "textDocument": { "uri": URI }, "range": range, "context": { "diagnostics": found }
    });
    let answer = editor.ask("textDocument/codeAction", asked);
    let action = &answer["result"][0];
    assert_eq!(action["kind"], "quickfix", "{answer}");
    let edit = &action["edit"]["changes"][URI][0];
    assert_eq!((&edit["newText"], &edit["range"]), (&json!("play"), &range));
    editor.change(URI, 3, json!([{ "range": edit["range"], "text": edit["newText"] }]));
    assert_eq!(editor.findings(URI, 3), Vec::<Value>::new());

    let (line, character) = place(FLOW, "      PlayFailed");
    let answer = editor.ask_at("textDocument/hover", URI, line, character + 8, json!({}));
    assert!(answer["result"]["contents"]["value"].as_str().unwrap().contains("event.subCode"), "{answer}");

    let (line, character) = place(FLOW, "leaving\n");
    let answer = editor.ask_at("textDocument/definition", URI, line, character, json!({}));
    let (defined, start) = place(FLOW, "leaving: {");
    assert_eq!(answer["result"][0]["range"]["start"], json!({ "line": defined, "character": start }));
    let answer = editor.ask_at(
        "textDocument/references",
        URI,
        line,
        character,
        json!({ "context": { "includeDeclaration": false } }),
    );
    assert_eq!(answer["result"].as_array().unwrap().len(), 2, "{answer}");

    let answer = editor.ask_at("textDocument/prepareRename", URI, line, character + 2, json!({}));
    assert_eq!(answer["result"]["placeholder"], "leaving");
    let answer = editor.ask_at("textDocument/rename", URI, line, character, json!({ "newName": "goodbye" }));
    assert_eq!(answer["result"]["changes"][URI].as_array().unwrap().len(), 3, "{answer}");
    let answer = editor.ask_at("textDocument/rename", URI, line, character, json!({ "newName": "greeting" }));
    assert!(answer["error"]["message"].as_str().unwrap().contains("taken"), "{answer}");
    let (line, character) = place(FLOW, "flow: hello");
    let answer = editor.ask_at("textDocument/prepareRename", URI, line, character, json!({}));
    assert_eq!(answer["error"]["code"], -32803, "{answer}");

    let answer = editor.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": URI } }));
    let sections = answer["result"].as_array().unwrap();
    let states = sections.iter().find(|section| section["name"] == "states").unwrap();
    let states: Vec<_> = states["children"].as_array().unwrap().iter().map(|state| &state["name"]).collect();
    assert_eq!(states, ["answering", "greeting", "leaving"]);

    // Half a line, which is no YAML: it is completed all the same, and told.
    let half = FLOW.replace("      PlayFailed: leaving\n", "      Play\n      \n");
    editor.change(URI, 4, json!([{ "text": half }]));
    assert!(!editor.findings(URI, 4).is_empty());
    let (line, character) = place(&half, "      Play\n");
    let answer = editor.ask_at("textDocument/completion", URI, line, character + 10, json!({}));
    assert_eq!(labels(&answer)[..2], ["PlayFailed", "PlayCanceled"], "{answer}");
    let edit = &answer["result"][0]["textEdit"];
    assert_eq!(edit["newText"], "PlayFailed: ");
    assert_eq!(edit["range"]["start"]["character"], 6);
    let half = FLOW.replace("play: { text: \"😀 Hello.\" }", "");
    editor.change(URI, 5, json!([{ "text": half }]));
    let (line, _) = place(&half, "      - \n");
    let answer = editor.ask_at("textDocument/completion", URI, line, 8, json!({}));
    let play = answer["result"].as_array().unwrap().iter().find(|item| item["label"] == "play").unwrap();
    assert_eq!(play["insertTextFormat"], 2);
    assert!(play["textEdit"]["newText"].as_str().unwrap().contains("$2"), "{play}");

    editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": URI } }));
    let closed =
        editor.until(|message| message["params"]["uri"] == URI && message["params"].get("version").is_none());
    assert_eq!(closed["params"]["diagnostics"], json!([]));
    let answer = editor.ask_at("textDocument/hover", URI, 0, 0, json!({}));
    assert_eq!(answer["error"]["code"], -32602, "{answer}");
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn an_editor_that_counts_bytes_is_answered_in_bytes() {
    let general = json!({ "general": { "positionEncodings": ["utf-8", "utf-16"] } });
    let mut editor = Editor::ready(general);
    let text = FLOW.replace("text: \"😀 Hello.\"", "text: \"😀 ${vars.who}\"");
    editor.open(URI, &text);
    let found = editor.findings(URI, 1);
    let line = text.lines().position(|line| line.contains("vars.who")).unwrap();
    let character = text.lines().nth(line).unwrap().find("who").unwrap();
    assert_eq!(found[0]["range"]["start"], json!({ "line": line, "character": character }), "{found:?}");
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn documents_of_one_folder_are_one_set() {
    let folder = tempfile::tempdir().unwrap();
    let uri = |name: &str| format!("file://{}/{name}", folder.path().display());
    let [one, two, other] = ["a.yaml", "b.yaml", "c.test.yaml"].map(uri);
    let mut editor = Editor::ready(json!({}));
    editor.open(&one, FLOW);
    assert!(editor.findings(&one, 1).is_empty());
    editor.open(&two, FLOW);
    assert_eq!(editor.findings(&two, 1)[0]["code"], "CF205");
    // The one is changed, and the other is well again.
    let renamed = FLOW.replace("flow: hello", "flow: good-day").replace("{ incoming: {} }", "{ api: {} }");
    let renamed =
        renamed.replace("answer: {}", "createCall: { to: \"+14255550123\", callerId: \"+18005550100\" }");
    let renamed = renamed.replace("AnswerFailed", "CreateCallFailed");
    editor.change(&one, 2, json!([{ "text": renamed }]));
    assert_eq!(editor.findings(&one, 2), Vec::<Value>::new());
    assert_eq!(editor.findings(&two, 1), Vec::<Value>::new());
    // A scenario is no flow.
    editor.open(&other, "flow: hello\n");
    assert!(editor.findings(&other, 1).is_empty());
    assert_eq!(editor.end(), Some(0));
}

const CALLER: &str = "flow: caller\nstart: { api: {} }\ninitial: asking\nstates:\n  \
    asking: { run: part, outcomes: { done: { end: completed } } }\n";
const PART: &str = "flow: part\nstart: { subflow: {} }\ninitial: over\nstates:\n  over: { end: done }\n";

#[test]
fn a_subflow_is_looked_for_beside_a_document_and_the_open_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap().join("part.yaml");
    std::fs::write(&path, PART).unwrap();
    let [caller, part] =
        ["caller.yaml", "part.yaml"].map(|name| format!("file://{}", path.with_file_name(name).display()));
    let mut editor = Editor::ready(json!({}));
    editor.open(&caller, CALLER);
    assert_eq!(editor.findings(&caller, 1), Vec::<Value>::new());
    // Its definition is the other file, whether that is open or not.
    let (line, character) = place(CALLER, "part,");
    let defined = |answer: &Value| {
        let location = &answer["result"][0];
        (location["uri"].as_str().unwrap().to_owned(), location["range"]["start"].clone())
    };
    let answer = editor.ask_at("textDocument/definition", &caller, line, character + 1, json!({}));
    assert_eq!(defined(&answer), (part.clone(), json!({ "line": 0, "character": 6 })), "{answer}");
    // Another outcome, which is typed and not saved.
    editor.open(&part, &PART.replace("end: done", "end: other"));
    let found = editor.findings(&caller, 1);
    assert!(!found.is_empty(), "the outcome `other` leads nowhere");
    editor.change(&part, 2, json!([{ "text": format!("# Moved\n{PART}") }]));
    assert_eq!(editor.findings(&caller, 1), Vec::<Value>::new());
    let answer = editor.ask_at("textDocument/definition", &caller, line, character + 1, json!({}));
    assert_eq!(defined(&answer), (part, json!({ "line": 1, "character": 6 })), "{answer}");
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn what_becomes_of_a_subflow_is_heard_of() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap().join("part.yaml");
    let [caller, part] =
        ["caller.yaml", "part.yaml"].map(|name| format!("file://{}", path.with_file_name(name).display()));
    let mut editor =
        Editor::ready(json!({ "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } } }));
    let asked = editor.until(|message| message["method"] == "client/registerCapability");
    let registration = &asked["params"]["registrations"][0];
    assert_eq!(registration["method"], "workspace/didChangeWatchedFiles", "{asked}");
    assert_eq!(registration["registerOptions"]["watchers"][0]["globPattern"], "**/*.{yaml,yml}", "{asked}");
    editor.send_raw(&json!({ "jsonrpc": "2.0", "id": asked["id"], "result": null }).to_string());
    let codes = |found: Vec<Value>| found.iter().map(|one| one["code"].clone()).collect::<Vec<_>>();

    editor.open(&caller, CALLER);
    assert_eq!(codes(editor.findings(&caller, 1)), ["CF203"]);
    // On the disk it comes, changes, and goes: 1, 2 and 3 in the words of the protocol.
    let other = PART.replace("end: done", "end: dune");
    for (kind, text, expected) in [
        (1, Some(PART), vec![]),
        (2, Some(other.as_str()), vec!["CF204"]),
        (3, None, vec!["CF203"]),
        (1, Some(PART), vec![]),
    ] {
        match text {
            Some(text) => std::fs::write(&path, text).unwrap(),
            None => std::fs::remove_file(&path).unwrap(),
        }
        let changes = json!({ "changes": [{ "uri": part, "type": kind }] });
        editor.tell("workspace/didChangeWatchedFiles", changes);
        assert_eq!(codes(editor.findings(&caller, 1)), expected, "{kind}");
    }
    // In another window it is changed, and the change is thrown away.
    editor.open(&part, &other);
    assert_eq!(codes(editor.findings(&caller, 1)), ["CF204"]);
    editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": part } }));
    assert_eq!(codes(editor.findings(&caller, 1)), Vec::<Value>::new());
    assert_eq!(editor.end(), Some(0));

    // An editor that cannot be asked is not.
    let mut editor = Editor::ready(json!({}));
    editor.open(&caller, CALLER);
    editor.findings(&caller, 1);
    assert!(editor.kept.iter().all(|message| message["method"] != "client/registerCapability"));
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn what_a_subflow_takes_and_gives_is_known_where_it_is_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap().join("part.yaml");
    std::fs::write(&path, PART).unwrap();
    let [caller, part] =
        ["caller.yaml", "part.yaml"].map(|name| format!("file://{}", path.with_file_name(name).display()));
    let mut editor = Editor::ready(json!({}));
    let text = CALLER.replace("run: part", "run: ").replace("done: { end", "d: { end");
    editor.open(&caller, &text);
    let (line, character) = place(&text, ", outcomes");
    let answer = editor.ask_at("textDocument/completion", &caller, line, character, json!({}));
    assert_eq!(labels(&answer), ["part"], "{answer}");
    editor.change(&caller, 2, json!([{ "text": CALLER }]));
    let (line, character) = place(CALLER, "done: {");
    let outcomes = |editor: &mut Editor| {
        let answer = editor.ask_at("textDocument/definition", &caller, line, character, json!({}));
        answer["result"].as_array().unwrap().iter().map(|place| place["uri"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(outcomes(&mut editor), [part.as_str()]);
    // What is typed and not saved counts.
    editor.open(&part, &PART.replace("end: done", "end: other"));
    assert!(outcomes(&mut editor).is_empty());
    let answer = editor.ask_at("textDocument/hover", &caller, line, place(CALLER, "part,").1, json!({}));
    assert!(answer["result"]["contents"]["value"].as_str().unwrap().contains("`other`"), "{answer}");
    assert_eq!(editor.end(), Some(0));
}

#[test]
fn what_is_wrong_is_answered_and_the_session_goes_on() {
    let mut editor = Editor::start();
    assert_eq!(editor.ask("textDocument/hover", json!({}))["error"]["code"], -32002);
    assert_eq!(editor.ask("initialize", json!([]))["error"]["code"], -32602);
    assert!(editor.ask("initialize", json!({ "capabilities": {} }))["result"].is_object());
    assert_eq!(editor.ask("initialize", json!({ "capabilities": {} }))["error"]["code"], -32600);
    editor.send_raw("{ no JSON");
    assert_eq!(editor.until(|message| message["id"].is_null())["error"]["code"], -32700);
    editor.send_raw("[1]");
    assert_eq!(editor.until(|message| message["id"].is_null())["error"]["code"], -32600);
    assert_eq!(editor.ask("textDocument/foldingRange", json!({}))["error"]["code"], -32601);
    assert_eq!(editor.ask("textDocument/hover", json!({ "position": 3 }))["error"]["code"], -32602);
    editor.tell("textDocument/didOpen", json!({ "textDocument": 1 }));
    editor.tell("$/whatever", json!(null));
    editor.change(URI, 9, json!([{ "text": "" }]));
    editor.open(URI, "flow: [\n");
    assert_eq!(editor.findings(URI, 1)[0]["code"], "CF001");
    // A place behind the end, and a range that runs backwards.
    let answer = editor.ask_at("textDocument/completion", URI, 99, 99, json!({}));
    assert!(answer["result"].is_array(), "{answer}");
    let range = json!({ "start": { "line": 5, "character": 9 }, "end": { "line": 0, "character": 3 } });
    editor.change(URI, 2, json!([{ "range": range, "text": "w: x\n" }]));
    editor.findings(URI, 2);
    assert_eq!(editor.ask("shutdown", Value::Null)["result"], Value::Null);
    assert_eq!(editor.ask("textDocument/hover", json!({}))["error"]["code"], -32600);
    editor.tell("exit", Value::Null);
    assert_eq!(editor.server.wait().unwrap().code(), Some(0));
}

#[test]
fn an_editor_that_goes_away_ends_it() {
    let mut editor = Editor::ready(json!({}));
    editor.tell("exit", Value::Null);
    assert_eq!(editor.server.wait().unwrap().code(), Some(1));
    let mut editor = Editor::ready(json!({}));
    drop(editor.server.stdin.take());
    assert_eq!(editor.server.wait().unwrap().code(), Some(1));
    let mut editor = Editor::start();
    editor.server.stdin.take().unwrap().write_all(b"hello\r\n\r\n").unwrap();
    assert_eq!(editor.server.wait().unwrap().code(), Some(2));
}

fn flows(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.to_string_lossy().into_owned();
        if path.is_dir() {
            flows(&path, found);
        } else if name.ends_with(".yaml") && !name.ends_with(".test.yaml") {
            found.push(path);
        }
    }
}

/// Every flow of the repository, right or wrong: the editor is told what `flowctl validate` prints.
#[test]
fn the_findings_are_those_of_validate() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let mut paths = Vec::new();
    for folder in ["flows", "tests/ok", "tests/findings"] {
        flows(&root.join(folder), &mut paths);
    }
    assert!(paths.len() > 100);
    let mut editor = Editor::ready(json!({}));
    for path in paths {
        // What is no text does not get into an editor as it is.
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let text = text.trim_start_matches('\u{feff}');
        let uri = format!("file://{}", path.display());
        editor.open(&uri, text);
        let told = editor.findings(&uri, 1);
        editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
        let printed =
            Command::new(PROGRAM).args(["validate", "--format", "json"]).arg(&path).output().unwrap();
        let printed = String::from_utf8(printed.stdout).unwrap();
        let printed: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(told.len(), printed.len(), "{}: {told:?} {printed:?}", path.display());
        for (told, printed) in told.iter().zip(&printed) {
            let at = |line: &str, column: &str| {
                let line = usize::try_from(printed[line].as_u64().unwrap()).unwrap() - 1;
                let column = usize::try_from(printed[column].as_u64().unwrap()).unwrap() - 1;
                let content = text.split('\n').nth(line).unwrap();
                let units: usize = content.chars().take(column).map(char::len_utf16).sum();
                json!({ "line": line, "character": units })
            };
            let severity = if printed["severity"] == "error" { 1 } else { 2 };
            let range = json!({ "start": at("line", "column"), "end": at("endLine", "endColumn") });
            assert_eq!(told["code"], printed["code"], "{}", path.display());
            assert_eq!(told["severity"], severity, "{}", path.display());
            assert_eq!(told["range"], range, "{}: {told}", path.display());
            let message = told["message"].as_str().unwrap();
            assert!(message.starts_with(printed["message"].as_str().unwrap()), "{message}");
            assert!(printed["help"].as_str().is_none_or(|help| message.contains(help)), "{message}");
            let related = told["relatedInformation"].as_array().map_or(0, Vec::len);
            let places = ["related", "trace"].map(|key| printed[key].as_array().unwrap().len());
            assert_eq!(related, places.iter().sum::<usize>(), "{}", path.display());
        }
    }
    assert_eq!(editor.end(), Some(0));
}
