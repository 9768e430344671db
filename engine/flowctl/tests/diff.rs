//! Pairs of flows in `tests/diff`: folders with `old`, `new`, and what the difference is, in words and as JSON.
//! `UPDATE_EXPECT=1` writes what is expected.

#![allow(clippy::unwrap_used, missing_docs)]

use std::path::Path;
use std::process::Command;

#[test]
fn differences() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diff");
    let mut cases: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|case| case.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() > 3);
    for case in cases {
        for (format, file) in [("human", "expected.txt"), ("json", "expected.json")] {
            let mut command = Command::new(env!("CARGO_BIN_EXE_flowctl"));
            let output =
                command.current_dir(&case).args(["diff", "old", "new", "--format", format]).output().unwrap();
            assert!(output.status.success(), "{}: {output:?}", case.display());
            let actual = String::from_utf8(output.stdout).unwrap();
            let expected = case.join(file);
            if std::env::var_os("UPDATE_EXPECT").is_some() {
                std::fs::write(&expected, &actual).unwrap();
            }
            let expected = std::fs::read_to_string(&expected).unwrap_or_default();
            assert_eq!(actual, expected, "{}; UPDATE_EXPECT=1 rewrites it", case.display());
        }
    }
}
