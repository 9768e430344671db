//! What is written, and that it is sound under any name.

#![allow(clippy::unwrap_used)]

use std::fs;

use clap::Parser;
use lang::Source;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    arguments: Arguments,
}

fn new(words: &[&str]) -> anyhow::Result<Ended> {
    let line = Line::try_parse_from(std::iter::once(&"new").chain(words)).unwrap();
    run(&line.arguments)
}

#[test]
fn each_is_sound_and_formatted_under_any_name() {
    for kind in Kind::value_variants() {
        let text = kind.named("front-desk-2");
        let source = Source::new("front-desk-2.yaml", text.as_str());
        let checked = validate::check(vec![source.clone()]);
        assert_eq!(checked.reports[0].found, [], "{kind:?}");
        assert_eq!(checked.flows[0].name(), "front-desk-2");
        assert_eq!(lang::format::format(&source).unwrap(), text, "{kind:?}");
        assert!(text.starts_with("# yaml-language-server: $schema="), "{kind:?}");
        assert!(text.contains("CHANGE"), "{kind:?}");
        assert_eq!(kind.named(kind.name()), kind.text());
        assert_eq!(kind.to_possible_value().unwrap().get_name(), kind.name());
        assert!(!text.contains(&format!("\"{}\"", kind.name())), "{kind:?} is told its own name");
    }
}

#[test]
fn a_file_that_is_there_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    let shown = path.to_str().unwrap();
    assert_eq!(new(&["menu", shown]).unwrap(), Ended::Well);
    assert_eq!(fs::read_to_string(&path).unwrap(), Kind::Menu.text());
    let error = new(&["voicemail", shown]).unwrap_err();
    assert!(
        advice::explain(&error).contains("a.yaml is there already\n  help: name another file"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), Kind::Menu.text());
    assert_eq!(new(&["voicemail", shown, "--force"]).unwrap(), Ended::Well);
    assert_eq!(fs::read_to_string(&path).unwrap(), Kind::Voicemail.text());
    let error = new(&["menu", folder.path().join("no/a.yaml").to_str().unwrap()]).unwrap_err();
    assert!(error.to_string().contains("cannot write"), "{error}");
}

#[test]
fn a_name_is_one_of_the_language() {
    for name in ["Menu", "my flow", "", "1st", "a_b", "é"] {
        let error = new(&["menu", "-", "--name", name]).unwrap_err();
        assert!(error.to_string().ends_with("cannot be the flow's name"), "{error}");
    }
}

#[test]
fn all_kinds_are_listed() {
    let list = list();
    assert_eq!(list.lines().count(), Kind::value_variants().len());
    assert!(list.starts_with("menu        A call comes in"), "{list}");
}
