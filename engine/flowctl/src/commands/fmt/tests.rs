//! What becomes of files. How texts are laid out is the matter of `lang`.

#![allow(clippy::unwrap_used)]

use std::fs;

use super::*;

const LOOSE: &str =
    "# one\nflow:   a   # two\nstart: {incoming: {}}\ninitial: over\nstates:\n    over: {end: completed}\n";
const NEAT: &str =
    "# one\nflow: a     # two\nstart: { incoming: {} }\ninitial: over\nstates:\n  over: { end: completed }\n";

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn format(paths: &[PathBuf], check: bool) -> anyhow::Result<Ended> {
    run(&Arguments { paths: paths.to_vec(), check })
}

#[test]
fn files_are_formatted_once() {
    let folder = folder(&[
        ("a.yaml", LOOSE.as_bytes()),
        ("b.yaml", format!("\u{feff}{LOOSE}").replace('\n', "\r\n").as_bytes()),
        ("c.test.yaml", LOOSE.as_bytes()),
    ]);
    let path = [folder.path().to_owned()];
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(format(&path, true).unwrap(), Ended::Badly);
    assert_eq!(read("a.yaml"), LOOSE, "a check writes nothing");
    assert_eq!(format(&path, false).unwrap(), Ended::Well);
    assert_eq!(read("a.yaml"), NEAT);
    assert_eq!(read("b.yaml"), format!("\u{feff}{NEAT}").replace('\n', "\r\n"));
    assert_eq!(read("c.test.yaml"), LOOSE, "a scenario is no flow");
    assert_eq!(format(&path, true).unwrap(), Ended::Well);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "nothing else is left");
}

#[test]
fn what_is_formatted_is_not_written() {
    let folder = folder(&[("a.yaml", NEAT.as_bytes())]);
    let path = folder.path().join("a.yaml");
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    assert_eq!(format(&[path], false).unwrap(), Ended::Well);
}

#[test]
fn one_bad_file_does_not_keep_others_from_it() {
    let folder = folder(&[
        ("a.yaml", b"flow: [\n"),
        ("b.yaml", b"flow: caf\xe9\n"),
        ("c.yaml", b"a: 1\na: 2\n"),
        ("d.yaml", LOOSE.as_bytes()),
    ]);
    assert_eq!(format(&[folder.path().to_owned()], false).unwrap(), Ended::Badly);
    assert_eq!(fs::read(folder.path().join("a.yaml")).unwrap(), b"flow: [\n");
    assert_eq!(fs::read_to_string(folder.path().join("d.yaml")).unwrap(), NEAT);
}

#[test]
fn what_cannot_be_read_or_written_is_an_error() {
    let folder = folder(&[("a.yaml", LOOSE.as_bytes()), ("b.yaml", LOOSE.as_bytes())]);
    let path = folder.path().join("a.yaml");
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    let error = format(&[folder.path().to_owned()], false).unwrap_err();
    assert!(error.to_string().ends_with("a.yaml: it is read-only"), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), LOOSE);
    assert_eq!(fs::read_to_string(folder.path().join("b.yaml")).unwrap(), NEAT);
    let error = format(&[folder.path().join("missing.yaml")], true).unwrap_err();
    assert!(error.to_string().contains("missing.yaml"), "{error}");
    let error = format(&[PathBuf::from("-"), path], false).unwrap_err();
    assert!(error.to_string().contains("standard input"), "{error}");
}
