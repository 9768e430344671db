//! Flows acted out with the simulator, in virtual time: the machine decides, the provider and the people answer, and
//! every line that the engine would record is compared. Where the description of the API lies beside the repository,
//! every request is held against it.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use jiff::Timestamp;
use lang::Value;
use libtest_mimic::{Failed, Trial};
use machine::actions::Action;
use machine::ids::OperationId;
use machine::input::{Beginning, Fact, Input, Start, What};
use machine::step::Account;
use machine::{Effect, Flow, Snapshot, Step, trace};
use serde::Deserialize;
use serde_json::json;
use service::translate;

use crate::stage::Stage;
use crate::{expect, files, root, shown};

/// Unit: inputs of one run. More is a flow that never ends.
const INPUTS_MAX: usize = 400;
/// Another call of the application, with somebody in it who can be moved: `config.other`.
const OTHER: &str = "other";

/// A flow, and the people.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    flow: String,
    /// The caller's call, in the JSON of the simulator's control API.
    #[serde(default)]
    call: serde_json::Value,
    /// How others take calls.
    #[serde(default)]
    people: BTreeMap<String, serde_json::Value>,
}

pub(crate) fn trials() -> Vec<Trial> {
    let cases = files(&root().join("tests/acted"), ".test.yaml");
    let trial = |path: std::path::PathBuf| Trial::test(format!("acted {}", shown(&path)), move || act(&path));
    cases.into_iter().map(trial).collect()
}

fn act(path: &Path) -> Result<(), Failed> {
    let case: Case =
        serde_yaml::from_str(&std::fs::read_to_string(path)?).map_err(|error| error.to_string())?;
    let flow = crate::journals::resolve(&case.flow, &[])?;
    let mut play = Play::begin(&flow, &case);
    play.follow()?;
    let standing = trace::standing(&flow, &play.snapshot);
    play.lines.push(format!("{standing} ({})", play.snapshot.call.phase.name()));
    let journal = path.to_string_lossy().replace(".test.yaml", ".journal");
    expect(Path::new(&journal), &(play.lines.join("\n") + "\n"))
}

struct Play<'f> {
    flow: &'f Flow,
    stage: Stage,
    began: Timestamp,
    snapshot: Snapshot,
    lines: Vec<String>,
    /// What was answered and is not given yet.
    answers: VecDeque<What>,
    /// The connection of the other call, whose events go elsewhere.
    other: Option<String>,
    /// Callbacks that were given.
    known: usize,
}

impl<'f> Play<'f> {
    fn begin(flow: &'f Flow, case: &Case) -> Play<'f> {
        let mut stage = Stage::new(1, "2026-11-22T12:00:00Z".parse().unwrap());
        for (address, person) in &case.people {
            stage.person(address, person.clone());
        }
        let wants_other = flow.config().iter().any(|(name, _)| name == OTHER);
        let other = wants_other.then(|| crate::protocol::another_call(&mut stage));
        let call = if case.call.is_null() { json!({}) } else { case.call.clone() };
        stage.ring(call);
        let began = stage.at;
        let config = other.iter().map(|other| (OTHER.to_owned(), Value::from(other.as_str()))).collect();
        let start = Start::Incoming(stage.incoming.clone().unwrap());
        let beginning = Beginning { run: "run".to_owned(), config, start };
        let input = Input { at: began, what: What::Start(Box::new(beginning)) };
        let Step { snapshot, account } = machine::begin(flow, &input);
        let lines = vec![trace::line(flow, began, &input, &account)];
        let known = stage.heard.len();
        let mut play = Play { flow, stage, began, snapshot, lines, answers: VecDeque::new(), other, known };
        play.carry_out(&account);
        play
    }

    fn follow(&mut self) -> Result<(), Failed> {
        for _ in 0..INPUTS_MAX {
            if self.snapshot.is_ended() {
                return Ok(());
            }
            if let Some(answer) = self.answers.pop_front() {
                self.give(answer);
                continue;
            }
            if let Some(callback) = self.stage.heard.get(self.known).cloned() {
                self.known += 1;
                let is_others = self.other.is_some() && callback.call_connection_id == self.other;
                if let Some(event) = translate::event(&callback).filter(|_| !is_others) {
                    self.give(What::Event(Box::new(event)));
                }
                continue;
            }
            match (self.stage.world.next_due(), self.snapshot.next_timer()) {
                (Some(due), timer) if timer.is_none_or(|timer| due <= timer) => {
                    self.stage
                        .pass(Duration::try_from(due.duration_since(self.stage.at)).unwrap_or_default());
                }
                (_, Some(timer)) => {
                    self.stage
                        .pass(Duration::try_from(timer.duration_since(self.stage.at)).unwrap_or_default());
                    for timer in self.snapshot.due(self.stage.at) {
                        self.give(What::Timer(timer));
                    }
                }
                (_, None) => return Err(format!("nothing can happen:\n{}", self.lines.join("\n")).into()),
            }
        }
        Err(format!("it never ends:\n{}", self.lines.join("\n")).into())
    }

    fn give(&mut self, what: What) {
        let input = Input { at: self.stage.at, what };
        let Step { snapshot, account } = machine::step(self.flow, self.snapshot.clone(), &input);
        self.lines.push(trace::line(self.flow, self.began, &input, &account));
        self.snapshot = snapshot;
        self.carry_out(&account);
    }

    fn carry_out(&mut self, account: &Account) {
        for effect in &account.effects {
            match effect {
                Effect::Post { operation, action } => self.post(*operation, action),
                Effect::AskCall => {
                    let connection = self.snapshot.call.connection_id.clone().unwrap_or_default();
                    let fact = if self.stage.knows(&connection) { Fact::CallLives } else { Fact::CallGone };
                    self.answers.push_back(What::Learned(fact));
                }
                Effect::SetTimer { .. } | Effect::CancelTimer(_) | Effect::Log { .. } | Effect::End(_) => {}
            }
        }
    }

    fn post(&mut self, id: OperationId, action: &Action) {
        let operation = self.snapshot.operations[&id].clone();
        let call = self.snapshot.call.clone();
        let url = "https://app.example.com/calls";
        if let Ok(request) = translate::request(&call, id, &operation, action, url) {
            described(&request);
        }
        self.answers.push_back(match self.stage.post(&call, id, &operation, action) {
            Ok(ack) => What::Acknowledged { operation: id, ack: Box::new(ack) },
            Err(refusal) => What::Refused { operation: id, refusal },
        });
    }
}

/// The published description of the API with what it refers to, as one document.
pub(crate) static DESCRIPTION: LazyLock<Option<serde_json::Value>> = LazyLock::new(|| {
    let read = |name: &str| {
        let text = std::fs::read_to_string(root().join("../shared/reference").join(name)).ok()?;
        let local = text.replace("../../../Common/stable/2025-06-30/common.json#", "#");
        serde_json::from_str::<serde_json::Value>(&local).ok()
    };
    let mut description = read("callautomation-2026-03-12.json")?;
    let common = read("common-2025-06-30.json")?;
    for (name, definition) in common["definitions"].as_object()? {
        description["definitions"][name] = definition.clone();
    }
    let definitions = description["definitions"].as_object_mut()?;
    // What is derived from a base stands in its place: a body says the base's name and has the properties of both.
    for derived in definitions
        .values()
        .filter(|one| one.get("x-ms-discriminator-value").is_some())
        .cloned()
        .collect::<Vec<_>>()
    {
        let base = derived["allOf"][0]["$ref"].as_str()?.rsplit('/').next()?;
        let base = definitions.get_mut(base)?;
        let own = derived["properties"].as_object()?.clone();
        base["properties"].as_object_mut()?.extend(own);
        base["additionalProperties"] = json!(false);
    }
    Some(description)
});

/// The body of a request is what the description asks for, and has no property that it does not know. Gives the name
/// of its definition and the body, if it has one.
pub(crate) fn described(request: &acs::Request) -> Option<(String, serde_json::Value)> {
    let description = DESCRIPTION.as_ref()?;
    let operation = acs::route(request.method.as_str(), &request.path_and_query).unwrap();
    let listed = description["paths"].as_object().unwrap().iter().find_map(|(path, methods)| {
        let method = request.method.as_str().to_lowercase();
        let filled = path.replace(['{', '}'], "");
        let is_it = acs::route(request.method.as_str(), &filled)
            .is_some_and(|known| known.name() == operation.name());
        methods.get(&method).filter(|_| is_it)
    });
    let parameters = listed.unwrap_or_else(|| panic!("{} is not described", operation.name()))["parameters"]
        .as_array()
        .unwrap();
    let wanted = parameters.iter().find(|parameter| parameter["in"] == "body");
    let (Some(wanted), Some(body)) = (wanted, &request.body) else {
        assert!(request.body.is_none(), "{} takes no body", operation.name());
        return None;
    };
    let body: serde_json::Value = serde_json::from_slice(body).unwrap();
    let schema = json!({
        "definitions": description["definitions"],
        "allOf": [{ "$ref": wanted["schema"]["$ref"] }],
    });
    let validator = jsonschema::draft4::new(&schema).unwrap();
    let wrong: Vec<_> = validator.iter_errors(&body).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{}: {wrong:?} in {body}", operation.name());
    let name = wanted["schema"]["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
    for key in body.as_object().unwrap().keys() {
        let properties = &description["definitions"][name]["properties"];
        assert!(properties.get(key).is_some(), "{name} has no property `{key}`");
    }
    Some((name.to_owned(), body))
}
