//! What a reviewer would otherwise have to remember.

use libtest_mimic::{Failed, Trial};

use crate::{files, root, shown};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("tidy: no file is too long", no_long_files),
        Trial::test("tidy: each library is named where it belongs", libraries_stay_in_place),
        Trial::test("tidy: the pure crates depend on nothing with effects", pure_crates_stay_pure),
        Trial::test("tidy: nothing is left for later", nothing_left),
    ]
}

fn sources() -> impl Iterator<Item = (String, String)> {
    let engine = root().join("engine");
    files(&engine, ".rs").into_iter().map(|path| {
        let text = std::fs::read_to_string(&path).unwrap();
        (shown(&path), text)
    })
}

fn complain(wrong: Vec<String>) -> Result<(), Failed> {
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

fn no_long_files() -> Result<(), Failed> {
    let long = sources().filter(|(_, text)| text.lines().count() > 500);
    complain(long.map(|(path, text)| format!("{path}: {} lines", text.lines().count())).collect())
}

/// A library, and the beginnings of the paths that may name it.
const PLACES: [(&str, &[&str]); 6] = [
    ("reqwest::", &["engine/service/src/client", "engine/sim/src/http", "engine/flowctl/"]),
    ("axum::", &["engine/service/src/http/", "engine/sim/src/http"]),
    ("rusqlite::", &["engine/service/src/store/"]),
    ("lsp_types", &["engine/flowctl/src/commands/lsp"]),
    ("granit_parser::", &["engine/lang/src/yaml"]),
    ("pretty_yaml::", &["engine/lang/src/format"]),
];

fn libraries_stay_in_place() -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        // Tests of a crate may use what they like.
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        if path.contains("/tests") || path.ends_with("tests.rs") {
            continue;
        }
        for (library, places) in PLACES {
            if code.contains(library) && !places.iter().any(|place| path.starts_with(place)) {
                wrong.push(format!("{path} names {library}, which belongs in {places:?}"));
            }
        }
        if path.starts_with("engine/sim/src/world")
            && (code.contains("service::") || code.contains("machine::"))
        {
            wrong.push(format!("{path}: the simulated provider must not share the engine's mistakes"));
        }
        if path.starts_with("engine/machine/src/")
            && !path.starts_with("engine/machine/src/actions/")
            && code.contains("acs::")
        {
            wrong.push(format!("{path}: only the files of the actions know how they are posted"));
        }
    }
    complain(wrong)
}

fn pure_crates_stay_pure() -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for name in ["lang", "machine", "validate", "editor", "acs"] {
        let manifest = std::fs::read_to_string(root().join("engine").join(name).join("Cargo.toml")).unwrap();
        let own = manifest.split("[dev-dependencies]").next().unwrap_or_default();
        for library in
            ["tokio", "axum", "reqwest", "rusqlite", "hyper", "lsp-server", "lsp-types", "service", "sim"]
        {
            if own.lines().any(|line| line.split(['.', ' ', '=']).next() == Some(library)) {
                wrong.push(format!("{name} depends on {library}"));
            }
        }
    }
    complain(wrong)
}

fn nothing_left() -> Result<(), Failed> {
    let marks =
        [concat!("FIX", "ME"), concat!("todo", "!("), concat!("unimplemented", "!("), concat!("dbg", "!(")];
    let found = sources().flat_map(|(path, text)| {
        let found: Vec<_> =
            marks.iter().filter(|mark| text.contains(**mark)).map(|mark| format!("{path}: {mark}")).collect();
        found
    });
    complain(found.collect())
}
