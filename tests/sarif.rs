//! What `--format sarif` writes, held against the schema of SARIF 2.1.0.

use jsonschema::Validator;
use lang::finding::Report;
use lang::render::{Tool, sarif};
use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use crate::findings::{cases, reports};
use crate::{root, shown};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("sarif: a log of every finding is valid", every_finding),
        Trial::test("sarif: a log of nothing is valid", nothing),
        Trial::test("sarif: the schema refuses what is not", is_strict),
    ]
}

fn validator() -> Result<Validator, Failed> {
    let text = std::fs::read_to_string(root().join("tests/sarif/sarif-schema-2.1.0.json"))?;
    // Its pattern of languages has a bracket too many, and is refused as a whole.
    let schema: Value = serde_json::from_str(&text.replace("{2}]?$", "{2}$"))?;
    Ok(jsonschema::options().should_validate_formats(true).build(&schema)?)
}

fn log(reports: &[Report]) -> Result<Value, Failed> {
    let tool = Tool { name: "flowctl", version: "1.0.0", pages: validate::PAGES };
    Ok(serde_json::from_str(&sarif(reports, tool))?)
}

fn is_valid(log: &Value) -> Result<(), Failed> {
    let wrong: Vec<_> =
        validator()?.iter_errors(log).map(|error| format!("{}: {error}", error.instance_path())).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// All cases of all codes: paths, fixes, related places, names of files and all.
fn every_finding() -> Result<(), Failed> {
    let reports: Vec<_> =
        cases(&root().join("tests/findings")).iter().flat_map(|path| reports(path)).collect();
    let log = log(&reports)?;
    is_valid(&log)?;
    let results = log["runs"][0]["results"].as_array().unwrap();
    let rules = &log["runs"][0]["tool"]["driver"]["rules"];
    assert_eq!(results.len(), reports.iter().map(|report| report.found.len()).sum::<usize>());
    for result in results {
        let index = result["ruleIndex"].as_u64().ok_or(format!("no rule: {result}"))?;
        assert_eq!(rules[index as usize]["id"], result["ruleId"]);
    }
    for part in ["relatedLocations", "codeFlows", "fixes"] {
        assert!(results.iter().any(|result| result.get(part).is_some()), "no result has {part}");
    }
    Ok(())
}

fn nothing() -> Result<(), Failed> {
    let log = log(&[])?;
    assert_eq!(log["runs"][0]["results"], json!([]));
    is_valid(&log)
}

/// What is wrong must be seen, or the tests above prove nothing.
fn is_strict() -> Result<(), Failed> {
    let path = root().join("tests/findings/cf201-unknown-target/typo.yaml");
    let right = log(&reports(&path))?;
    is_valid(&right).map_err(|_| format!("{} must be right first", shown(&path)))?;
    for (pointer, value) in [
        ("/version", json!("2.2.0")),
        ("/runs/0/columnKind", json!("characters")),
        ("/runs/0/results/0/level", json!("fatal")),
        ("/runs/0/results/0/locations/0/physicalLocation/region/startLine", json!(0)),
        ("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri", json!("a b.yaml")),
        ("/runs/0/results/0/fixes/0/artifactChanges/0/replacements", json!([])),
        ("/runs/0/tool/driver", json!({ "version": "1.0.0" })),
    ] {
        let mut log = right.clone();
        *log.pointer_mut(pointer).ok_or(format!("nothing stands at {pointer}"))? = value;
        assert!(is_valid(&log).is_err(), "{pointer} is not checked");
    }
    Ok(())
}
