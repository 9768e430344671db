//! Black-box tests: one binary, one named test per file of data. `UPDATE_EXPECT=1` rewrites what is expected;
//! the diff is then read by a person.

#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed};

mod acted;
mod announced;
mod clients;
mod day;
mod driver;
mod editor;
mod entra;
mod explored;
mod findings;
mod format;
mod journals;
mod never_stuck;
mod ordered;
mod pages;
mod posted;
mod protocol;
mod recordings;
mod replayed;
mod rotated;
mod sarif;
mod schema;
mod shapes;
mod stage;
mod tidy;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    trials.extend(acted::trials());
    trials.extend(announced::trials());
    trials.extend(clients::trials());
    trials.extend(entra::trials());
    trials.extend(day::trials());
    trials.extend(explored::trials());
    trials.extend(self::editor::trials());
    trials.extend(findings::trials());
    trials.extend(format::trials());
    trials.extend(journals::trials());
    trials.extend(never_stuck::trials());
    trials.extend(ordered::trials());
    trials.extend(pages::trials());
    trials.extend(posted::trials());
    trials.extend(protocol::trials());
    trials.extend(recordings::trials());
    trials.extend(replayed::trials());
    trials.extend(rotated::trials());
    trials.extend(sarif::trials());
    trials.extend(schema::trials());
    trials.extend(shapes::trials());
    trials.extend(tidy::trials());
    libtest_mimic::run(&arguments, trials).exit();
}

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The files below a folder whose names end like this, in order.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return found };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A path as people write it: from the root of the repository.
fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// Compares with a file; `UPDATE_EXPECT=1` writes it.
fn expect(path: &Path, actual: &str) -> Result<(), Failed> {
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path, actual).map_err(|error| error.to_string())?;
        return Ok(());
    }
    let expected = std::fs::read_to_string(path)
        .map_err(|error| format!("{}: {error}; run with UPDATE_EXPECT=1", shown(path)))?;
    if expected == actual {
        return Ok(());
    }
    Err(format!("{} differs\n--- expected\n{expected}\n--- actual\n{actual}", shown(path)).into())
}
