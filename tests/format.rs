//! What `flowctl fmt` makes of texts, and that it changes nothing but the layout of any flow here.

use std::path::{Path, PathBuf};

use lang::Source;
use lang::format::{self, Refusal};
use libtest_mimic::{Failed, Trial};

use crate::{expect, files, findings, root, shown};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for path in files(&root().join("tests/format"), ".yaml") {
        trials.push(Trial::test(format!("format {}", shown(&path)), move || case(&path)));
    }
    for path in findings::flows().chain(starters()) {
        trials.push(Trial::test(format!("formatted {}", shown(&path)), move || is_formatted(&path)));
    }
    let tests = root().join("tests");
    let all = ["ok", "findings", "format"].into_iter().flat_map(|folder| files(&tests.join(folder), ".yaml"));
    for path in all.chain(findings::flows()) {
        trials.push(Trial::test(format!("format keeps {}", shown(&path)), move || keeps(&path)));
    }
    trials
}

/// What `flowctl new` writes.
pub(crate) fn starters() -> Vec<PathBuf> {
    files(&root().join("engine/flowctl/starters"), ".yaml")
}

/// The text of a file; if it is none, why not.
fn read(path: &Path) -> Result<Source, String> {
    lang::yaml::source("flow.yaml", &std::fs::read(path).unwrap()).map_err(|finding| finding.message)
}

fn case(path: &Path) -> Result<(), Failed> {
    let source = read(path)?;
    let text = match format::format(&source) {
        Ok(text) => text,
        Err(refusal) => format!("refused: {refusal}\n"),
    };
    expect(&path.with_extension("out"), &text)
}

fn is_formatted(path: &Path) -> Result<(), Failed> {
    let source = read(path)?;
    let formatted = format::format(&source).map_err(|refusal| refusal.to_string())?;
    if source.text() == formatted { Ok(()) } else { Err("run `flowctl fmt` over it".into()) }
}

/// The same findings, the same hash, and nothing to do when it is formatted again.
fn keeps(path: &Path) -> Result<(), Failed> {
    let Ok(source) = read(path) else { return Ok(()) };
    let formatted = match format::format(&source) {
        Ok(formatted) => Source::new("flow.yaml", formatted),
        Err(Refusal::Wrong(_) | Refusal::TooDeep(_)) => return Ok(()),
        Err(refusal) => return Err(refusal.to_string().into()),
    };
    if format::format(&formatted).as_deref() != Ok(formatted.text()) {
        return Err("formatted again, it changes again".into());
    }
    let (before, after) = (validate::check(vec![source.clone()]), validate::check(vec![formatted.clone()]));
    let found = |checked: &validate::Checked| -> Vec<_> {
        checked.reports[0].found.iter().map(|finding| (finding.code, finding.message.clone())).collect()
    };
    if found(&before) != found(&after) {
        return Err(format!("found before: {:?}\nand after: {:?}", found(&before), found(&after)).into());
    }
    let hash = |source: &Source| {
        let node = lang::yaml::read(source).0?;
        machine::draft::read(&node).0.map(|draft| draft.hash)
    };
    if hash(&source) != hash(&formatted) {
        return Err("the flow has another hash".into());
    }
    Ok(())
}
