//! Wrong flows with exactly what is printed about them, and right flows, which are silent.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use lang::finding::Report;
use libtest_mimic::{Failed, Trial};

use crate::format::starters;
use crate::{expect, files, root, shown};

pub(crate) fn trials() -> Vec<Trial> {
    let folder = root().join("tests");
    let mut trials = Vec::new();
    for path in files(&folder.join("ok"), ".yaml").into_iter().chain(flows()).chain(starters()) {
        trials.push(Trial::test(format!("silent {}", shown(&path)), move || is_silent(&path)));
    }
    for path in files(&folder.join("several"), ".yaml") {
        trials.push(Trial::test(format!("several {}", shown(&path)), move || are_found(&path)));
    }
    for path in cases(&folder.join("findings")) {
        if path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with(".right"))
            || path.extension().is_some_and(|extension| extension == "right")
        {
            trials.push(Trial::test(format!("silent {}", shown(&path)), move || is_silent(&path)));
        } else {
            let fixed = path.clone();
            trials.push(Trial::test(format!("finding {}", shown(&path)), move || is_found(&path)));
            if fixed.is_file() {
                trials.push(Trial::test(format!("fixed {}", shown(&fixed)), move || is_fixed(&fixed)));
            }
        }
    }
    trials
}

pub(crate) fn flows() -> impl Iterator<Item = PathBuf> {
    files(&root().join("flows"), ".yaml")
        .into_iter()
        .filter(|path| !path.to_string_lossy().ends_with(".test.yaml"))
}

/// The files; where several are to serve together, the folder that holds them.
pub(crate) fn cases(folder: &Path) -> BTreeSet<PathBuf> {
    let case = |path: PathBuf| match path.parent() {
        Some(above) if above.parent() != Some(folder) => above.to_owned(),
        Some(_) | None => path,
    };
    files(folder, ".yaml").into_iter().map(case).collect()
}

/// What is found in a case.
pub(crate) fn reports(path: &Path) -> Vec<Report> {
    let paths = if path.is_dir() { files(path, ".yaml") } else { vec![path.to_owned()] };
    let mut sources = Vec::new();
    let mut reports = Vec::new();
    for path in paths {
        let bytes = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match lang::yaml::source(&name, &bytes) {
            Ok(source) => sources.push(source),
            Err(finding) => {
                reports.push(Report { source: lang::Source::new(name, ""), found: vec![finding] })
            }
        }
    }
    reports.extend(validate::check_among(sources, || beside(path)).reports);
    reports
}

/// The flows beside a file: sub-flows are looked for among them.
pub(crate) fn beside(path: &Path) -> Vec<lang::Source> {
    let Some(folder) = path.parent().filter(|_| path.is_file()) else { return Vec::new() };
    let others =
        files(folder, ".yaml").into_iter().filter(|other| other != path && other.parent() == Some(folder));
    let read = |path: PathBuf| Some(lang::Source::new(shown(&path), std::fs::read_to_string(path).ok()?));
    others.filter(|other| !other.to_string_lossy().ends_with(".test.yaml")).filter_map(read).collect()
}

fn print(path: &Path) -> (String, Vec<String>) {
    let reports = reports(path);
    let found = reports.iter().flat_map(|report| &report.found);
    let codes = found.map(|finding| finding.code.to_string()).collect();
    let style = lang::render::Style { color: false };
    (reports.iter().map(|report| lang::render::human(report, style)).collect(), codes)
}

fn is_silent(path: &Path) -> Result<(), Failed> {
    let (text, codes) = print(path);
    if codes.is_empty() { Ok(()) } else { Err(format!("not silent:\n{text}").into()) }
}

/// One fault gives one finding, under the code that names the folder.
fn is_found(path: &Path) -> Result<(), Failed> {
    let (text, codes) = print(path);
    expect(&path.with_extension("out"), &text)?;
    let folder = path.parent().and_then(Path::file_name).unwrap().to_string_lossy().to_uppercase();
    match codes.as_slice() {
        [code] if folder.starts_with(code.as_str()) => Ok(()),
        _ => Err(format!("wanted one finding of {folder}, but found {codes:?}:\n{text}").into()),
    }
}

/// Faults that have nothing to do with each other give a finding each; their codes begin the name of the case.
fn are_found(path: &Path) -> Result<(), Failed> {
    let (text, mut codes) = print(path);
    expect(&path.with_extension("out"), &text)?;
    let name = path.file_stem().unwrap().to_string_lossy().to_uppercase();
    let mut named: Vec<_> = name.split('-').filter(|part| part.starts_with("CF")).collect();
    named.sort_unstable();
    codes.sort_unstable();
    if named == codes {
        Ok(())
    } else {
        Err(format!("wanted {named:?}, but found {codes:?}:\n{text}").into())
    }
}

/// Unit: times that a name is misspelt in one file. Each fix mends one of them, and brings the next to light.
const FIXES_MAX: usize = 4;

/// The fixes that are offered take the finding away, and bring no other (clarification 86).
fn is_fixed(path: &Path) -> Result<(), Failed> {
    for report in reports(path) {
        let mut left = report;
        let is_offered = |report: &Report| report.found.iter().any(|finding| finding.fix.is_some());
        if !is_offered(&left) {
            continue;
        }
        for _ in 0..FIXES_MAX {
            let fixed = lang::Source::new(left.source.name(), lang::fix::apply(&left.source, &left.found));
            left = validate::check_among(vec![fixed], || beside(path)).reports.remove(0);
            if !is_offered(&left) {
                break;
            }
        }
        if !left.found.is_empty() {
            let left = lang::render::human(&left, lang::render::Style { color: false });
            return Err(format!("after the fix:\n{left}").into());
        }
    }
    Ok(())
}
