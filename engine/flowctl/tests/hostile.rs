//! Files that nobody means well with, given to the program itself: one finding per cause, the right exit status, and
//! no more memory than is allowed. What is found where is the matter of `lang`.

#![allow(clippy::unwrap_used, missing_docs)]
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::{Command, Output};

const MIB: usize = 1024 * 1024;
const FLOW: &str = "flow: a\nstart: { incoming: {} }\ninitial: over\nstates:\n  over: { end: completed }\n";

/// Unit: KiB of address space. The program itself takes a third of it; a file of 4 MiB may take what is left.
const MEMORY_MAX: usize = 192 * 1024;

/// Runs `flowctl` with a bound on its memory, beyond which it would end by a signal and not by a status.
fn flowctl(command: &str, path: &Path) -> Output {
    let line = format!("ulimit -v {MEMORY_MAX} && exec \"$0\" {command} \"$1\"");
    let program = env!("CARGO_BIN_EXE_flowctl");
    Command::new("sh").args(["-c", &line, program]).arg(path).output().unwrap()
}

/// The codes that are found in a text, at most three of them, and the exit status.
fn found(name: &str, text: &[u8]) -> (Vec<String>, Option<i32>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flow.yaml");
    std::fs::write(&path, text).unwrap();
    let output = flowctl("validate --format json", &path);
    let lines = String::from_utf8(output.stdout).unwrap();
    assert!(output.stderr.is_empty(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    let code = |line: &str| {
        let finding: serde_json::Value = serde_json::from_str(line).unwrap();
        finding["code"].as_str().unwrap().to_owned()
    };
    (lines.lines().take(3).map(code).collect(), output.status.code())
}

#[test]
fn hostile_files_are_refused_within_bounds() {
    let full = |part: &str| part.repeat(4 * MIB / part.len());
    let bomb = (1..10).fold(format!("a0: &a0 [{}]\n", "x, ".repeat(10)), |text, level| {
        format!("{text}a{level}: &a{level} [{}]\n", format!("*a{}, ", level - 1).repeat(10))
    });
    let nested: String = (0..2_000).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    for (name, text, codes) in [
        ("alias bomb", bomb, "CF002"),
        ("levels", nested, "CF002"),
        ("too large", full("# a file\n") + "# and more\n", "CF002"),
        ("a list of little", format!("[{}]", "a,".repeat(2 * MIB - 2)), "CF002"),
        ("empty items", full("- \n"), "CF002"),
        ("anchors", format!("{}{}{}", "[".repeat(60), "&a [],".repeat(600_000), "]".repeat(60)), "CF002"),
        ("brackets", full("["), "CF002"),
        ("dashes", full("- "), "CF002"),
        ("one key", format!("{}: b\n", "a".repeat(4 * MIB - 8)), "CF001"),
        ("colons", full(":"), "CF001"),
        ("quotes", full("'"), "CF103"),
        ("line breaks", full("\n"), "CF102"),
        ("documents", full("---\n"), "CF001"),
        ("duplicate keys", full("a: 1\n"), "CF002 CF002 CF002"),
        ("tags", full("- !a\n"), "CF001 CF001 CF001"),
    ] {
        let (found, status) = found(name, text.as_bytes());
        assert_eq!((found.join(" ").as_str(), status), (codes, Some(1)), "{name}");
    }
}

/// Each suggestion costs a walk over all names: a file of thousands of misspelt ones would take hours.
#[test]
fn only_so_many_misspelt_names_are_compared_with_the_known_ones() {
    let states: String = (0..400).map(|n| format!("  state{n}: {{ goto: stete{n} }}\n")).collect();
    let text = format!("flow: a\nstart: {{ incoming: {{}} }}\ninitial: state0\nstates:\n{states}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flow.yaml");
    std::fs::write(&path, text).unwrap();
    let output = String::from_utf8(flowctl("validate --format json", &path).stdout).unwrap();
    let told = |what: &str| output.lines().filter(|line| line.contains(what)).count();
    assert_eq!((told("no state is named"), told("did you mean")), (400, 20));
}

#[test]
fn large_files_that_are_right_are_taken() {
    for (name, text) in [
        ("a long word", format!("{FLOW}description: {}\n", "x".repeat(4 * MIB - 200))),
        ("a long block", format!("{FLOW}description: |\n{}", "  x\n".repeat(MIB - 100))),
        ("comments", FLOW.to_owned() + &"#\n".repeat(2 * MIB - 100)),
    ] {
        assert_eq!(found(name, text.as_bytes()), (vec![], Some(0)), "{name}");
    }
}

#[test]
fn what_is_no_file_is_told_and_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.yaml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for command in ["validate", "fmt --check"] {
        for path in [pipe.as_path(), folder.path()] {
            let output = flowctl(command, path);
            assert_eq!(output.status.code(), Some(2), "{command}");
            assert!(String::from_utf8_lossy(&output.stderr).contains("it is no regular file"), "{command}");
        }
    }
}
