//! The JSON Schema of flows: fresh, sound, and of one mind with the reader about every flow here.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jsonschema::Validator;
use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::findings::flows;
use crate::format::starters;
use crate::{expect, files, root, shown};

/// Wrong flows whose shape is right as far as a JSON Schema can say.
const BEYOND_A_SCHEMA: [(&str, &str); 10] = [
    ("cf102-missing-key/whom-to-hear-in-a-group.yaml", "a schema does not know who is in the call"),
    ("cf105-malformed/quote-lost-before-a-url.yaml", "what stands inside an expression may hold a quote"),
    ("cf105-malformed/quote-lost-before-a-phone-number.yaml", "a variable may hold any text"),
    ("cf105-malformed/blank-in-url.yaml", "what stands in quotes inside an expression may hold a blank"),
    ("cf103-wrong-value/text-too-long.yaml", "a schema does not know how long an expression will be"),
    ("cf103-wrong-value/topic-too-long.yaml", "a schema does not know how long an expression will be"),
    ("cf103-wrong-value/silence-too-long.yaml", "a schema compares no durations"),
    ("cf104-exclusive-keys/recordings-of-a-subflow.yaml", "a schema does not ask how a flow starts"),
    ("cf105-malformed/told-by-a-caller.yaml", "a schema does not know which headers are sent after the call"),
    ("cf101-unknown-key/undeclared-output/identify-caller.yaml", "a schema does not know what is declared"),
];

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("schema: the file is fresh", is_fresh),
        Trial::test("schema: it is a JSON Schema of draft 2020-12", is_a_schema),
    ];
    let tests = root().join("tests");
    for path in files(&tests.join("ok"), ".yaml").into_iter().chain(flows()).chain(starters()) {
        trials.push(Trial::test(format!("schema takes {}", shown(&path)), move || takes(&path)));
    }
    for path in files(&tests.join("findings"), ".yaml") {
        let code = shown(&path).trim_start_matches("tests/findings/").to_owned();
        let is_right = code.contains(".right");
        match code.get(..3) {
            // The schema knows no action of a preview.
            Some("cf6") if code.starts_with("cf601") && !is_right => {
                trials.push(Trial::test(format!("schema refuses {code}"), move || refuses(&path, &code)));
            }
            Some("cf1") if !is_right => {
                trials.push(Trial::test(format!("schema refuses {code}"), move || refuses(&path, &code)));
            }
            // What is no YAML has no shape, and a name may be unknown to the schema too.
            Some("cf0" | "cf2") if !is_right => {}
            _ => trials.push(Trial::test(format!("schema takes {code}"), move || takes(&path))),
        }
    }
    trials
}

fn is_fresh() -> Result<(), Failed> {
    expect(&root().join("schema/flow.schema.json"), &machine::shape::schema::text())
}

fn is_a_schema() -> Result<(), Failed> {
    let schema = machine::shape::schema::schema();
    jsonschema::draft202012::meta::validate(&schema).map_err(|error| error.to_string())?;
    validator();
    Ok(())
}

/// A validator of flows.
pub(crate) fn validator() -> &'static Validator {
    static VALIDATOR: LazyLock<Validator> =
        LazyLock::new(|| jsonschema::draft202012::new(&machine::shape::schema::schema()).unwrap());
    &VALIDATOR
}

fn document(path: &PathBuf) -> Value {
    serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn takes(path: &PathBuf) -> Result<(), Failed> {
    let document = document(path);
    let wrong: Vec<_> = validator()
        .iter_errors(&document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

fn refuses(path: &PathBuf, name: &str) -> Result<(), Failed> {
    let is_refused = !validator().is_valid(&document(path));
    match BEYOND_A_SCHEMA.iter().find(|(beyond, _)| Path::new(beyond) == Path::new(name)) {
        None if !is_refused => Err("the schema takes it".into()),
        Some((_, reason)) if is_refused => Err(format!("it was thought that {reason}").into()),
        None | Some(_) => Ok(()),
    }
}
