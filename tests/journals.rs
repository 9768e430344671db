//! Runs driven by hand: what people and provider do, and every line that the engine records.

use std::path::Path;

use jiff::Timestamp;
use lang::Value;
use libtest_mimic::{Failed, Trial};
use machine::event::{Event, EventKind};
use machine::ids::OperationId;
use machine::input::{Ack, Beginning, Fact, Incoming, Input, Refusal, Start, What};
use machine::{Announcement, Flow, Snapshot, Step, trace};
use serde::Deserialize;
use serde_json::json;

use crate::{expect, files, root, shown};

pub(crate) fn trials() -> Vec<Trial> {
    let cases = files(&root().join("tests/journals"), ".test.yaml");
    let trial =
        |path: std::path::PathBuf| Trial::test(format!("journal {}", shown(&path)), move || replay(&path));
    cases.into_iter().map(trial).collect()
}

/// A case: a flow, how it starts, and what happens then.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// A path from the root of the repository, or the flow itself.
    flow: String,
    /// The flows that it runs.
    #[serde(default)]
    subflows: Vec<String>,
    #[serde(default)]
    from: Option<String>,
    #[serde(default)]
    to: Option<String>,
    /// The values of a start through the API.
    #[serde(default)]
    input: Option<serde_json::Map<String, serde_json::Value>>,
    #[serde(default)]
    config: serde_json::Map<String, serde_json::Value>,
    then: Vec<serde_json::Value>,
}

fn replay(path: &Path) -> Result<(), Failed> {
    let case: Case =
        serde_yaml::from_str(&std::fs::read_to_string(path)?).map_err(|error| error.to_string())?;
    let text = if case.flow.ends_with(".yaml") {
        std::fs::read_to_string(root().join(&case.flow))?
    } else {
        case.flow.clone()
    };
    let flow = &resolve(&text, &case.subflows)?;
    let mut driver = Driver::begin(flow, &case)?;
    for what in &case.then {
        driver.happen(what)?;
    }
    let standing = trace::standing(flow, &driver.snapshot);
    driver.lines.push(format!("{standing} ({})", driver.snapshot.call.phase.name()));
    let journal = path.to_string_lossy().replace(".test.yaml", ".journal");
    expect(Path::new(&journal), &(driver.lines.join("\n") + "\n"))
}

/// Without the rules: some of these flows are wrong on purpose.
pub(crate) fn resolve(text: &str, subflows: &[String]) -> Result<Flow, Failed> {
    let source = lang::Source::new("flow", text);
    let (node, mut found) = lang::yaml::read(&source);
    let read = |text: &String| lang::yaml::read(&lang::Source::new("sub-flow", text.as_str())).0;
    let documents: Vec<_> = subflows.iter().filter_map(read).collect();
    let mut library = machine::Library::default();
    for document in &documents {
        let name = document.get("flow").and_then(|name| name.scalar()).ok_or("a sub-flow without a name")?;
        library.add(&name.text, Some(document));
    }
    let (draft, wrong) = machine::draft::read(&node.ok_or("not YAML")?);
    found.extend(wrong);
    let mut draft = draft.ok_or("not a flow")?;
    found.extend(machine::link(&mut draft, &library).found);
    let (flow, wrong) = machine::resolve(&draft);
    found.extend(wrong);
    let report = lang::finding::Report { source, found };
    flow.ok_or_else(|| lang::render::human(&report, lang::render::Style { color: false }).into())
}

struct Driver<'f> {
    flow: &'f Flow,
    started_at: Timestamp,
    now: Timestamp,
    snapshot: Snapshot,
    lines: Vec<String>,
}

fn values(map: &serde_json::Map<String, serde_json::Value>) -> indexmap::IndexMap<String, Value> {
    map.iter().map(|(name, value)| (name.clone(), Value::from(value.clone()))).collect()
}

impl<'f> Driver<'f> {
    fn begin(flow: &'f Flow, case: &Case) -> Result<Driver<'f>, Failed> {
        let started_at: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let start = match &case.input {
            Some(input) => {
                let input = flow.check_input(values(input)).map_err(|wrong| wrong.join("; "))?;
                Start::Api { input }
            }
            None => Start::Incoming(Incoming {
                from: lang::Identifier::parse(case.from.as_deref().unwrap_or("+14255550199"))?,
                to: lang::Identifier::parse(case.to.as_deref().unwrap_or("+18005550100"))?,
                server_call_id: "server-call".to_owned(),
                correlation_id: "correlation".to_owned(),
                incoming_call_context: "context".to_owned(),
                caller_display_name: String::new(),
                headers: indexmap::IndexMap::new(),
            }),
        };
        let beginning = Beginning { run: "run".to_owned(), config: values(&case.config), start };
        let input = Input { at: started_at, what: What::Start(Box::new(beginning)) };
        let Step { snapshot, account } = machine::begin(flow, &input);
        let lines = vec![trace::line(flow, started_at, &input, &account)];
        Ok(Driver { flow, started_at, now: started_at, snapshot, lines })
    }

    fn give(&mut self, what: What) {
        // Each input is a tenth of a second after the one before, so that lines tell them apart.
        self.now += std::time::Duration::from_millis(100);
        self.give_now(what);
    }

    fn give_now(&mut self, what: What) {
        let input = Input { at: self.now, what };
        // What is stored must read back as the same.
        let stored = serde_json::to_string(&self.snapshot).unwrap();
        let restored: Snapshot = serde_json::from_str(&stored).unwrap();
        assert_eq!(restored, self.snapshot, "a snapshot reads back as another one: {stored}");
        let restored: Input = serde_json::from_str(&serde_json::to_string(&input).unwrap()).unwrap();
        assert_eq!(restored, input);
        let Step { snapshot, account } = machine::step(self.flow, self.snapshot.clone(), &input);
        self.lines.push(trace::line(self.flow, self.started_at, &input, &account));
        self.snapshot = snapshot;
    }

    /// `ack`, `gone`, `up`, `lives`, `cancel`, an event's name; or one key: `ack`, `refuse`, `wait`, `roster`, `recovered`,
    /// `recorded`, `told`, an event.
    fn happen(&mut self, what: &serde_json::Value) -> Result<(), Failed> {
        let (name, detail) = match what {
            serde_json::Value::String(name) => (name.as_str(), json!({})),
            serde_json::Value::Object(map) if map.len() == 1 => {
                let (name, detail) = map.iter().next().unwrap();
                (name.as_str(), detail.clone())
            }
            other => return Err(format!("not something that can happen: {other}").into()),
        };
        match name {
            "ack" => {
                let mut ack: Ack = serde_json::from_value(without(&detail, "operation"))?;
                ack.connection_id.get_or_insert("connection".to_owned());
                let operation = self.operation(&detail, |_| true)?;
                self.give(What::Acknowledged { operation, ack: Box::new(ack) });
            }
            "refuse" => {
                let refusal = without(&detail, "operation");
                let refusal = Refusal {
                    status: refusal["status"].as_u64().unwrap_or(400) as u16,
                    sub_code: refusal["subCode"].as_i64(),
                    message: refusal["message"].as_str().unwrap_or("refused").to_owned(),
                };
                let operation = self.operation(&detail, |_| true)?;
                self.give(What::Refused { operation, refusal });
            }
            "wait" => {
                let text = detail.as_str().unwrap_or_default();
                let wait = lang::value::parse_duration(text).ok_or(format!("no duration: {text}"))?;
                self.wait_until(self.now + wait);
            }
            "gone" => self.give(What::Learned(Fact::CallGone)),
            "up" => self.give(What::Learned(Fact::CallUp)),
            "lives" => self.give(What::Learned(Fact::CallLives)),
            "roster" | "recovered" => {
                let participants = serde_json::from_value(detail)?;
                self.give(What::Learned(Fact::InCall { participants, recovered: name == "recovered" }));
            }
            "cancel" => self.give(What::Cancel),
            "recorded" => {
                let recorded = serde_json::from_value(detail)?;
                self.give(What::Announced(Announcement::RecordingFileStatusUpdated(recorded)));
            }
            "told" => {
                let notice = OperationId(detail["notice"].as_u64().unwrap_or_default() as u32);
                let told = serde_json::from_value(detail["told"].clone())?;
                self.give(What::Told { notice, told });
            }
            event => {
                let event = self.event(event, &detail)?;
                self.give(What::Event(Box::new(event)));
            }
        }
        Ok(())
    }

    fn wait_until(&mut self, then: Timestamp) {
        while let Some(due) = self.snapshot.next_timer().filter(|due| *due <= then) {
            self.now = due.max(self.now);
            for timer in self.snapshot.due(self.now) {
                self.give_now(What::Timer(timer));
            }
        }
        self.now = then;
    }

    fn event(&self, name: &str, detail: &serde_json::Value) -> Result<Event, Failed> {
        let kind = EventKind::from_name(name).unwrap_or_else(|| EventKind::Custom(name.into()));
        let mut fields = without(detail, "operation");
        fields["kind"] = json!(name);
        let mut event: Event = serde_json::from_value(fields)?;
        if detail["operation"] != json!("none") && !kind.is_of_the_call() {
            let answers = |action: machine::actions::ActionKind| {
                action.spec().ends_with(&kind) || kind == EventKind::PlayStarted
            };
            event.operation = self.operation(detail, answers).ok();
        }
        Ok(event)
    }

    /// The operation that is named, or the newest that fits.
    fn operation(
        &self,
        detail: &serde_json::Value,
        fits: impl Fn(machine::actions::ActionKind) -> bool,
    ) -> Result<OperationId, Failed> {
        if let Some(named) = detail["operation"].as_u64() {
            return Ok(OperationId(named as u32));
        }
        let mut operations = self.snapshot.operations.iter().rev();
        let newest = operations.find(|(_, operation)| fits(operation.kind)).map(|(id, _)| *id);
        newest.ok_or_else(|| format!("no operation is open:\n{}", self.lines.join("\n")).into())
    }
}

fn without(detail: &serde_json::Value, key: &str) -> serde_json::Value {
    let mut detail = if detail.is_object() { detail.clone() } else { json!({}) };
    detail.as_object_mut().unwrap().remove(key);
    detail
}
