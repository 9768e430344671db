//! Wrong flows with exactly what is printed about them, and right flows, which are silent.

use std::path::Path;

use libtest_mimic::{Failed, Trial};

use crate::{expect, files, root, shown};

pub(crate) fn trials() -> Vec<Trial> {
    let folder = root().join("tests");
    let mut trials = Vec::new();
    for path in files(&folder.join("ok"), ".yaml").into_iter().chain(flows()) {
        trials.push(Trial::test(format!("silent {}", shown(&path)), move || is_silent(&path)));
    }
    for path in files(&folder.join("findings"), ".yaml") {
        if path.to_string_lossy().ends_with(".right.yaml") {
            trials.push(Trial::test(format!("silent {}", shown(&path)), move || is_silent(&path)));
        } else {
            trials.push(Trial::test(format!("finding {}", shown(&path)), move || is_found(&path)));
        }
    }
    trials
}

pub(crate) fn flows() -> impl Iterator<Item = std::path::PathBuf> {
    files(&root().join("flows"), ".yaml")
        .into_iter()
        .filter(|path| !path.to_string_lossy().ends_with(".test.yaml"))
}

fn print(path: &Path) -> (String, Vec<String>) {
    let bytes = std::fs::read(path).unwrap();
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let report = match lang::yaml::source(&name, &bytes) {
        Ok(source) => validate::check(vec![source]).reports.remove(0),
        Err(finding) => lang::finding::Report { source: lang::Source::new(name, ""), found: vec![finding] },
    };
    let codes = report.found.iter().map(|finding| finding.code.to_string()).collect();
    (lang::render::human(&report, lang::render::Style { color: false }), codes)
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
