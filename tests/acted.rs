//! Flows acted out with the simulator, in virtual time: the machine decides, the provider and the people answer, and
//! every line that the engine would record is compared. Where the description of the API lies beside the repository,
//! every request is held against it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use jiff::Timestamp;
use lang::Value;
use libtest_mimic::{Failed, Trial};
use machine::input::Start;
use machine::{Flow, trace};
use serde::Deserialize;
use serde_json::json;

use crate::driver::{Driver, Happened};
use crate::stage::Stage;
use crate::{expect, files, root, shown};

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
    let lines = play(&flow, &case)?;
    let journal = path.to_string_lossy().replace(".test.yaml", ".journal");
    expect(Path::new(&journal), &(lines.join("\n") + "\n"))
}

/// Acts a case out, and gives every line of its run.
fn play(flow: &Flow, case: &Case) -> Result<Vec<String>, Failed> {
    let mut stage = Stage::new(1, "2026-11-22T12:00:00Z".parse()?);
    for (address, person) in &case.people {
        stage.person(address, person.clone());
    }
    // Its events go elsewhere.
    let wants_other = flow.config().iter().any(|(name, _)| name == OTHER);
    let other = wants_other.then(|| crate::protocol::another_call(&mut stage));
    stage.ring(if case.call.is_null() { json!({}) } else { case.call.clone() });
    let config = other.iter().map(|other| (OTHER.to_owned(), Value::from(other.as_str()))).collect();
    let start = Start::Incoming(stage.incoming.clone().unwrap());
    let mut driver = Driver::new(stage, |request| drop(described(request)));
    let mut ended = driver.begin(flow, config, start);
    while ended.is_none() {
        match driver.next(Timestamp::MAX) {
            Happened::Something(run) => ended = run,
            Happened::Nothing => {
                let lines: Vec<_> = driver.live().flat_map(|run| run.lines.clone()).collect();
                return Err(format!("nothing can happen:\n{}", lines.join("\n")).into());
            }
        }
    }
    let mut run = ended.ok_or("no run")?;
    let standing = trace::standing(flow, &run.snapshot);
    run.lines.push(format!("{standing} ({})", run.snapshot.call.phase.name()));
    Ok(run.lines)
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
