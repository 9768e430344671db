//! A service that really runs, as an operator at night meets it: other flows while a call is under way, what they would
//! change, what became of calls, and the end.

#![allow(clippy::unwrap_used, missing_docs)]
#![cfg(unix)]

use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_flowctl");
const TOKEN: &str = "not-so-secret";
/// Calls somebody and waits until it is told to leave.
const FLOW: &str = "
flow: waits
start: { api: {} }
defaults: { callerId: \"+18005550100\" }
events: { leave: {} }
initial: calling
on: { CallDisconnected: { end: lost } }
states:
  calling:
    do: [ { createCall: { to: \"+14255550123\" } } ]
    on: { CallConnected: waiting, CreateCallFailed: { end: failed } }
  waiting:
    on: { leave: leaving }
    after: { 1h: leaving }
  leaving:
    do: [ { hangUp: { forEveryone: true } } ]
    on: { CallDisconnected: { end: left } }
";

/// A program that runs until it is dropped, and what it writes to its log.
struct Running {
    child: Child,
    log: Lines<BufReader<ChildStderr>>,
}

impl Running {
    fn start(arguments: &[&str]) -> Running {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).stderr(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.env("CALLFLOW_API_TOKEN", TOKEN).spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap()).lines();
        Running { child, log }
    }

    /// The next line of its log that holds a text.
    fn told(&mut self, text: &str) -> String {
        let mut before = Vec::new();
        for line in self.log.by_ref() {
            let line = line.unwrap();
            if line.contains(text) {
                return line;
            }
            before.push(line);
        }
        panic!("`{text}` is not in the log:\n{}", before.join("\n"));
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A service with a simulated provider, and the folder of its flows.
struct World {
    service: Running,
    _simulator: Running,
    url: String,
    arguments: Vec<String>,
    folder: TempDir,
}

/// A service that listens, and where.
fn serve(arguments: &[String]) -> (Running, String) {
    let mut service = Running::start(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let line = service.told("the service listens");
    let address = line.split("address=").nth(1).unwrap().split_whitespace().next().unwrap();
    let url = format!("http://{address}");
    (service, url)
}

impl World {
    fn start(flags: &[&str]) -> World {
        let mut simulator = Running::start(&["sim", "--listen", "127.0.0.1:0", "--speed", "20"]);
        let mut first = String::new();
        BufReader::new(simulator.child.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("flows")).unwrap();
        write(&folder, FLOW);
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let arguments = ["serve", &path("flows"), "--data", &path("data"), "--listen", "127.0.0.1:0"];
        let provider = ["--acs-connection-string", first.trim()];
        let arguments: Vec<String> =
            arguments.iter().chain(&provider).chain(flags).map(|&word| word.to_owned()).collect();
        let (service, url) = serve(&arguments);
        World { service, _simulator: simulator, url, arguments, folder }
    }

    /// Ends the service without a word, and starts it again.
    fn kill(&mut self) {
        self.service.child.kill().unwrap();
        self.service.child.wait().unwrap();
        (self.service, self.url) = serve(&self.arguments);
    }

    fn flows(&self) -> PathBuf {
        self.folder.path().join("flows")
    }

    /// Another command that asks the service.
    fn flowctl(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).args(["--url", &self.url]).env("CALLFLOW_API_TOKEN", TOKEN);
        command.output().unwrap()
    }

    fn printed(&self, arguments: &[&str]) -> String {
        let output = self.flowctl(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let client = reqwest::Client::builder().tls_certs_only([]).build().unwrap();
            let request = client.request(method.parse().unwrap(), format!("{}{path}", self.url));
            let request = request.bearer_auth(TOKEN).header("content-type", "application/json");
            let text = request.body(body.to_string()).send().await.unwrap().text().await.unwrap();
            serde_json::from_str(&text).unwrap()
        })
    }

    fn get(&self, path: &str) -> Value {
        self.ask("GET", path, &Value::Null)
    }

    /// Starts a run; returns it once somebody has answered.
    fn call(&self) -> String {
        let started = self.ask("POST", "/api/v1/calls", &json!({"flow": "waits"}));
        let id = started["id"].as_str().unwrap_or_else(|| panic!("{started}")).to_owned();
        self.until(&id, |entry| entry["input"]["name"] == "CallConnected");
        id
    }

    /// Reads the journal of a run until an entry is right.
    fn until(&self, id: &str, is_right: impl Fn(&Value) -> bool) {
        let mut after = 0;
        loop {
            let page = self.get(&format!("/api/v1/calls/{id}/journal?wait=20&after={after}"));
            let entries = page["entries"].as_array().unwrap_or_else(|| panic!("{page}"));
            if entries.iter().any(&is_right) {
                return;
            }
            assert!(!entries.is_empty() && page["more"] == true, "{page}");
            after = entries.last().unwrap()["number"].as_u64().unwrap();
        }
    }

    fn leave(&self, id: &str) -> Value {
        self.ask("POST", &format!("/api/v1/calls/{id}/events"), &json!({"name": "leave", "data": {}}));
        self.until(id, |entry| entry["effects"].to_string().contains("end "));
        self.get(&format!("/api/v1/calls/{id}"))["outcome"].clone()
    }
}

fn write(folder: &TempDir, text: &str) {
    std::fs::write(folder.path().join("flows/waits.yaml"), text).unwrap();
}

/// The same, with a state of another name and another outcome.
fn other() -> String {
    FLOW.replace("waiting", "listening").replace("end: left", "end: gone")
}

#[test]
fn flows_are_loaded_on_request_while_a_call_is_under_way() {
    let mut world = World::start(&[]);
    let old_run = world.call();
    let before = world.get("/api/v1/flows");

    write(&world.folder, &FLOW.replace("leave: leaving", "leave: leafing"));
    world.service.signal("HUP");
    assert!(world.service.told("an error in a flow").contains("CF201"));
    world.service.told("those that were loaded before go on serving");
    assert_eq!(world.get("/api/v1/flows"), before);
    assert!(world.get("/readyz")["refusedFlows"]["at"].is_string());

    write(&world.folder, &other());
    world.service.signal("HUP");
    assert!(world.service.told("new calls take the flows").contains("waits"));
    assert!(world.get("/readyz").get("refusedFlows").is_none());

    let new_run = world.call();
    let state = |run: &str| world.get(&format!("/api/v1/calls/{run}"))["state"].clone();
    assert_eq!((state(&old_run), state(&new_run)), (json!("waiting"), json!("listening")));
    assert_eq!(world.leave(&old_run), json!("left"));
    assert_eq!(world.leave(&new_run), json!("gone"));

    world.service.signal("TERM");
    world.service.told("the service has ended");
    assert!(world.service.child.wait().unwrap().success());
}

#[test]
fn what_was_deployed_outlives_a_kill_and_so_do_the_versions_of_calls() {
    let mut world = World::start(&[]);
    let old_run = world.call();
    let set = json!({"flows": [{"name": "waits.yaml", "text": other()}]});
    let change = world.ask("PUT", "/api/v1/flows", &set);
    assert_eq!(change["changed"], json!(["waits"]), "{change}");
    let new_run = world.call();
    world.kill();
    assert_eq!(world.get("/api/v1/flows")["hash"], change["hash"]);
    let state = |run: &str| world.get(&format!("/api/v1/calls/{run}"))["state"].clone();
    assert_eq!((state(&old_run), state(&new_run)), (json!("waiting"), json!("listening")));

    world.service.signal("HUP");
    assert!(world.service.told("new calls take the flows").contains("Files"));
    world.kill();
    assert_eq!(world.get("/api/v1/flows")["from"], json!("files"));
}

#[test]
fn flows_are_loaded_when_their_files_change() {
    let mut world = World::start(&["--watch"]);
    let run = world.call();
    write(&world.folder, "flow: [");
    world.service.told("those that were loaded before go on serving");
    write(&world.folder, &other());
    world.service.told("new calls take the flows");
    assert_eq!(world.leave(&run), json!("left"));
    std::fs::remove_file(world.flows().join("waits.yaml")).unwrap();
    assert!(world.service.told("those that were loaded before go on serving").contains("no flows in"));
    assert_eq!(world.leave(&world.call()), json!("gone"));
}

#[test]
fn what_other_flows_would_change_and_for_whom() {
    let world = World::start(&[]);
    let run = world.call();
    let (old, new) = (world.flows(), world.folder.path().join("new.yaml"));
    std::fs::write(&new, other()).unwrap();
    let diff = |new: &Path, more: &[&str]| {
        world.flowctl(&[&["diff", old.to_str().unwrap(), new.to_str().unwrap(), "--live"], more].concat())
    };
    let output = diff(&new, &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    for told in ["state waiting is gone", "1 live run of waits", "1 in waiting, which is gone", &run] {
        assert!(text.contains(told), "`{told}` is not in\n{text}");
    }
    let output = diff(&new, &["--format", "json"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let state = &told["live"][0]["states"][0];
    assert_eq!(*state, json!({"state": "waiting", "runs": 1, "gone": true, "ids": [run]}));

    let output = diff(&old.clone(), &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        (output.status.code(), text.as_str()),
        (Some(0), "nothing changes\n\n1 live run of waits\n  1 in waiting\n")
    );
}

#[test]
fn what_became_of_calls() {
    let world = World::start(&["--retain-for", "1h", "--retain-size", "1GB"]);
    let runs = [world.call(), world.call()];
    let list = world.printed(&["calls", "list", "--live"]);
    assert!(runs.iter().all(|run| list.contains(run)), "{list}");
    assert_eq!(world.printed(&["calls", "export"]), "", "none has ended");
    world.leave(&runs[0]);
    world.printed(&["calls", "end", &runs[1]]);
    // Followed to its end.
    assert!(world.printed(&["calls", "tail", &runs[1]]).contains("CallDisconnected"));

    let exported = world.printed(&["calls", "export", "--flow", "waits", "--ended-after", "1h"]);
    let lines: Vec<Value> = exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.iter().map(|run| run["id"].as_str().unwrap()).collect::<Vec<_>>(), [&runs[1], &runs[0]]);
    for run in &lines {
        let numbers: Vec<_> =
            run["journal"].as_array().unwrap().iter().map(|entry| entry["number"].as_u64()).collect();
        assert_eq!(numbers.len() as u64, run["entries"].as_u64().unwrap());
        assert_eq!((numbers[0], run["to"][0].as_str()), (Some(1), Some("+14255550123")));
    }
    assert_eq!(world.printed(&["calls", "export", "--ended-before", "1h"]), "");
    let shown = world.printed(&["calls", "show", &runs[0]]);
    assert!(shown.contains("\"outcome\": \"left\"") && shown.contains("CallConnected"), "{shown}");

    let mut without_token = Command::new(PROGRAM);
    without_token.args(["calls", "list", "--url", &world.url]).env_remove("CALLFLOW_API_TOKEN");
    let refused = without_token.output().unwrap();
    assert!(
        refused.status.code() == Some(2) && String::from_utf8_lossy(&refused.stderr).contains("401"),
        "{refused:?}"
    );
}
