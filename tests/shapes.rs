//! What the shapes say of the flow language, held against the reader and the JSON Schema: all that they allow is
//! taken by both, what they forbid is refused by both, and the reader knows no key that they do not.

use std::collections::BTreeSet;

use libtest_mimic::{Failed, Trial};
use machine::draft::shape::FLOW;
use machine::shape::{Key, Shape};
use serde_json::{Value, json};

mod samples;
pub(crate) mod walk;

use walk::{Case, Place, Verdict};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("shapes: reader and schema take what they allow", || judge(Verdict::Right)),
        Trial::test("shapes: reader and schema refuse what they forbid", || judge(Verdict::Wrong)),
        Trial::test("shapes: they have every key that a reader knows", every_key),
        Trial::test("shapes: no two have one name", one_name_each),
        Trial::test("shapes: each key is explained", explained),
    ]
}

/// The findings about a document, as codes with their messages.
fn found(document: &Value) -> Vec<(u16, String, Option<String>)> {
    let source = lang::Source::new("sample.yaml", document.to_string());
    let (node, mut found) = lang::yaml::read(&source);
    if let Some(node) = node {
        found.extend(machine::draft::read(&node).1);
    }
    found.into_iter().map(|finding| (finding.code.0, finding.message, finding.help)).collect()
}

fn judge(verdict: Verdict) -> Result<(), Failed> {
    let schema = crate::schema::validator();
    let mut wrong = Vec::new();
    for Case { name, document, verdict: _ } in walk::cases(&FLOW).filter(|case| case.verdict == verdict) {
        let found = found(&document);
        let is_found = found.iter().any(|(code, ..)| (101..=105).contains(code));
        let error = schema.iter_errors(&document).next().map(|error| error.to_string());
        match verdict {
            Verdict::Right if !found.is_empty() => {
                wrong.push(format!("{name}: {document}\n  the reader: {found:?}"))
            }
            Verdict::Right => {
                wrong.extend(error.map(|error| format!("{name}: {document}\n  the schema: {error}")));
            }
            Verdict::Wrong if !is_found => wrong.push(format!("{name}: {document}\n  the reader takes it")),
            Verdict::Wrong if error.is_none() => {
                wrong.push(format!("{name}: {document}\n  the schema takes it"))
            }
            Verdict::Wrong => {}
        }
    }
    complain(wrong)
}

fn every_key() -> Result<(), Failed> {
    const UNKNOWN: &str = "zzzzzzzzzzzzzzzz";
    let mut wrong = Vec::new();
    for Place { shape, document } in walk::places(&FLOW, UNKNOWN) {
        let help = found(&document).into_iter().find_map(|(code, message, help)| {
            (code == 101 && message.contains(UNKNOWN)).then(|| help.unwrap_or_default())
        });
        let Some(help) = help else {
            wrong.push(format!("{}: the reader takes any key: {document}", shape.name));
            continue;
        };
        let known: BTreeSet<&str> = help.split('`').skip(1).step_by(2).collect();
        let shaped: BTreeSet<&str> = shape.keys().map(|key| key.name).collect();
        let differing: Vec<_> = known.symmetric_difference(&shaped).collect();
        if !differing.is_empty() {
            wrong.push(format!("{}: only one of reader and shape knows {differing:?}", shape.name));
        }
    }
    complain(wrong)
}

fn one_name_each() -> Result<(), Failed> {
    let shapes: Vec<_> = walk::shapes(&FLOW);
    let names: BTreeSet<_> = shapes.iter().map(|shape| shape.name).collect();
    complain(
        (names.len() != shapes.len()).then(|| "two shapes have one name".to_owned()).into_iter().collect(),
    )
}

/// There is a sentence about each shape and each key.
fn explained() -> Result<(), Failed> {
    let shapes = walk::shapes(&FLOW);
    let is_sentence = |text: &str| text.len() > 3 && text.ends_with(['.', '!', '?']) && !text.contains("  ");
    let keys = shapes.iter().flat_map(|shape| shape.keys().map(move |key| (*shape, key)));
    let bad = keys
        .filter(|(_, key): &(&Shape, &Key)| !is_sentence(key.description))
        .map(|(shape, key)| format!("{}.{}: {:?}", shape.name, key.name, key.description));
    complain(
        bad.chain(
            shapes.iter().filter(|shape| !is_sentence(shape.description)).map(|shape| shape.name.to_owned()),
        )
        .collect(),
    )
}

fn complain(wrong: Vec<String>) -> Result<(), Failed> {
    let count = wrong.len();
    if count == 0 {
        return Ok(());
    }
    Err(format!("{count} wrong\n{}", wrong.into_iter().take(20).collect::<Vec<_>>().join("\n")).into())
}

/// An example of a key, as the schema shows it.
fn example(shape: &Shape, key: &Key, schema: &Value) -> Option<Value> {
    let mapping = if std::ptr::eq(shape, &FLOW) { schema } else { &schema["$defs"][shape.name] };
    let example = &mapping["properties"][key.name]["examples"][0];
    (*example != json!(null)).then(|| example.clone())
}
