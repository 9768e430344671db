//! Mends flows: makes every certain fix, until none is left.

use std::collections::BTreeMap;
use std::path::PathBuf;

use lang::fix;
use validate::Checked;

use crate::limits::MENDING_ROUNDS_MAX;
use crate::{flow_files, rewrite};

/// What was mended, and what is left to find.
pub(crate) struct Mended {
    /// How many places of each file.
    pub(crate) places: BTreeMap<String, usize>,
    /// What was found afterwards.
    pub(crate) checked: Checked,
}

/// Makes every certain fix in these files. What one mend brings to light is mended, too.
///
/// # Errors
/// A path cannot be read or written, or holds no flow. Then no file of the round is changed, unless it is the
/// very last step that fails.
pub(crate) fn mend(paths: &[PathBuf]) -> anyhow::Result<Mended> {
    let mut places = BTreeMap::new();
    let mut checked = flow_files::check(paths)?;
    for _ in 0..MENDING_ROUNDS_MAX {
        let mut written = Vec::new();
        for report in &checked.reports {
            let fixes = fix::together(&report.source, &report.found).len();
            if fixes > 0 {
                written.push(rewrite::prepare(&report.source, &fix::apply(&report.source, &report.found))?);
                *places.entry(report.source.name().to_owned()).or_default() += fixes;
            }
        }
        if written.is_empty() {
            break;
        }
        for file in written {
            file.replace()?;
        }
        checked = flow_files::check(paths)?;
    }
    Ok(Mended { places, checked })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use super::*;
    use crate::advice;

    const WRONG: &str =
        "flow: a\nstart: { incomming: {} }\nintial: over\nstates:\n  over: { edn: completed }\n";
    const RIGHT: &str =
        "flow: a\nstart: { incoming: {} }\ninitial: over\nstates:\n  over: { end: completed }\n";

    fn file(text: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn all_that_is_certain_is_mended() {
        let (folder, path) = file(format!("\u{feff}{WRONG}").replace('\n', "\r\n").as_bytes());
        let mended = mend(&[folder.path().to_owned()]).unwrap();
        assert_eq!(mended.places.into_values().collect::<Vec<_>>(), [3]);
        assert!(mended.checked.is_sound());
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, format!("\u{feff}{RIGHT}").replace('\n', "\r\n"), "the rest stays, to the byte");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn what_is_not_certain_is_left() {
        let text = RIGHT.replace("over: {", "zebra: {");
        let (_folder, path) = file(text.as_bytes());
        let mended = mend(std::slice::from_ref(&path)).unwrap();
        assert!(mended.places.is_empty() && !mended.checked.is_sound());
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }

    #[test]
    fn a_read_only_file_stays_as_it_is() {
        let (folder, path) = file(WRONG.as_bytes());
        let other = folder.path().join("b.yaml");
        fs::write(&other, WRONG.replace("flow: a", "flow: b")).unwrap();
        let mut permissions = fs::metadata(&other).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&other, permissions).unwrap();
        let error = mend(&[folder.path().to_owned()]).err().unwrap();
        assert!(advice::explain(&error).contains("b.yaml: it is read-only"), "{}", advice::explain(&error));
        assert_eq!(fs::read_to_string(&path).unwrap(), WRONG, "nor is any other written");
    }

    #[cfg(unix)]
    #[test]
    fn links_and_permissions_are_kept() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let (folder, path) = file(WRONG.as_bytes());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let link = elsewhere.path().join("link.yaml");
        symlink(&path, &link).unwrap();
        mend(std::slice::from_ref(&link)).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&path).unwrap(), RIGHT);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
        drop(folder);
    }
}
