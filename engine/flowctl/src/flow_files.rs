//! Finds and reads flow files, for every command that takes them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use lang::Source;
use lang::finding::Report;
use lang::limits::SOURCE_BYTES_MAX;
use lang::render::{self, Style};
use validate::{Checked, Validated};

use crate::advice::{self, Advise};
use crate::limits::{FILES_MAX, FOLDER_DEPTH_MAX};
use crate::output;

/// Reads flow files and checks them as one set. Paths are files, or folders that are searched for
/// `*.yaml` and `*.yml`; scenarios (`*.test.yaml`) are no flows. Sub-flows are looked for beside the files, too, and
/// their own findings are not told.
///
/// # Errors
/// A path cannot be read, or there is no flow at all.
pub(crate) fn check(paths: &[PathBuf]) -> anyhow::Result<Checked> {
    let files = find(paths)?;
    let mut sources = Vec::new();
    let mut garbled = Vec::new();
    for file in &files {
        match read(file)? {
            Ok(source) => sources.push(source),
            Err(report) => garbled.push(report),
        }
    }
    let mut checked = validate::check_among(sources, || others(paths, &files));
    if !garbled.is_empty() {
        checked.flows.clear();
        checked.reports.append(&mut garbled);
        checked.reports.sort_by(|a, b| Path::new(a.source.name()).cmp(Path::new(b.source.name())));
    }
    Ok(checked)
}

/// The flows beside the files that were named. What cannot be read there is as good as not there.
fn others(paths: &[PathBuf], files: &BTreeSet<PathBuf>) -> Vec<Source> {
    let named = paths.iter().filter(|path| path.is_file());
    let folders: BTreeSet<_> =
        named.filter_map(|file| fs::canonicalize(file).ok()?.parent().map(Path::to_owned)).collect();
    let known: BTreeSet<_> = files.iter().filter_map(|file| fs::canonicalize(file).ok()).collect();
    beside(&folders, &known)
}

/// The flows that stand in folders themselves, but for those that are known already.
pub(crate) fn beside(folders: &BTreeSet<PathBuf>, known: &BTreeSet<PathBuf>) -> Vec<Source> {
    let beside = folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten();
    let mut beside: Vec<_> = beside
        .map(|entry| entry.path())
        .filter(|path| is_flow(path) && path.is_file() && !known.contains(path))
        .take(FILES_MAX)
        .collect();
    beside.sort();
    beside.iter().filter_map(|path| read(path).ok()?.ok()).collect()
}

/// Flows that shall serve, as they were found.
pub(crate) struct Judged {
    /// With what was found, those of sub-flows as well.
    pub(crate) reports: Vec<Report>,
    /// All of them, or `None`: there are errors.
    pub(crate) flows: Option<Vec<Validated>>,
}

/// Reads flow files as [`check`] does, for serving them. Warnings stop nobody.
///
/// # Errors
/// As [`check`].
pub(crate) fn judge(paths: &[PathBuf]) -> anyhow::Result<Judged> {
    let mut checked = check(paths)?;
    let served: Vec<Source> = checked.flows.iter().map(|flow| flow.source().clone()).collect();
    let mut inner: Vec<Source> = checked.flows.iter().flat_map(Validated::subflows).cloned().collect();
    inner.sort_by(|a, b| a.name().cmp(b.name()));
    inner.dedup_by(|a, b| a.name() == b.name());
    inner.retain(|source| served.iter().all(|other| other.name() != source.name()));
    let inner = validate::check_among(inner, || served);
    let is_sound = checked.is_sound() && inner.is_sound();
    checked.reports.extend(inner.reports);
    checked.reports.retain(|report| !report.found.is_empty());
    Ok(Judged { reports: checked.reports, flows: is_sound.then_some(checked.flows) })
}

/// Reads flow files as [`judge`] does, and shows what was found. `None`: there are errors.
///
/// # Errors
/// As [`check`].
pub(crate) fn sound(paths: &[PathBuf]) -> anyhow::Result<Option<Vec<Validated>>> {
    let Judged { reports, flows } = judge(paths)?;
    let style = Style { color: output::is_error_colored() };
    for report in &reports {
        output::warn(&format!("{}\n", render::human(report, style)));
    }
    if flows.is_none() {
        output::warn("No call shall meet a flow with errors: mend what is shown above, and start again.\n");
    }
    Ok(flows)
}

/// What tells of each file whether it was changed, those beside files that were named among them. `None`: nobody could
/// tell, since something cannot be read.
pub(crate) type Marks = Option<BTreeMap<PathBuf, (SystemTime, u64)>>;

/// The marks of all files that [`judge`] may read. Reads none of them.
pub(crate) fn marks(paths: &[PathBuf]) -> Marks {
    let mut files = find(paths).ok()?;
    let folders = paths.iter().filter(|path| path.is_file()).filter_map(|path| path.parent());
    for folder in folders.collect::<BTreeSet<_>>() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let entries = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
        files.extend(entries.filter(|path| is_flow(path) && path.is_file()).take(FILES_MAX));
    }
    let mark = |path: PathBuf| {
        // Of what a link leads to: that is how a mounted volume changes all of its files at once.
        let metadata = fs::metadata(&path).ok()?;
        Some((path, (metadata.modified().ok()?, metadata.len())))
    };
    files.into_iter().map(mark).collect()
}

/// The files in the order of their paths, none twice, however often it was named.
///
/// # Errors
/// As [`check`].
pub(crate) fn find(paths: &[PathBuf]) -> anyhow::Result<BTreeSet<PathBuf>> {
    let mut found = Found::default();
    for path in paths {
        let kind = fs::metadata(path).advise(|| unreadable(path))?;
        if kind.is_dir() {
            found.descend(path, 0)?;
        } else {
            found.add(path.clone())?;
        }
    }
    if found.files.is_empty() {
        let names: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
        return Err(advice::error(
            format!("no flows in {}", names.join(", ")),
            "name a folder with `*.yaml` or `*.yml` files in it, or a file",
        ));
    }
    Ok(found.files)
}

#[derive(Default)]
struct Found {
    files: BTreeSet<PathBuf>,
    /// The same file may be reached in several ways.
    seen: BTreeSet<PathBuf>,
}

impl Found {
    /// Hidden entries are skipped, and links to folders, which may go round in a circle.
    fn descend(&mut self, folder: &Path, depth: usize) -> anyhow::Result<()> {
        if depth > FOLDER_DEPTH_MAX {
            return Err(advice::error(
                format!("{} is nested more than {FOLDER_DEPTH_MAX} folders deep", folder.display()),
                "name the folder that holds the flows",
            ));
        }
        for entry in fs::read_dir(folder).advise(|| unreadable(folder))? {
            let entry = entry.advise(|| unreadable(folder))?;
            let path = entry.path();
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            if entry.file_type().advise(|| unreadable(&path))?.is_dir() {
                self.descend(&path, depth + 1)?;
            } else if is_flow(&path) && !path.is_dir() {
                self.add(path)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, file: PathBuf) -> anyhow::Result<()> {
        let real = fs::canonicalize(&file).advise(|| unreadable(&file))?;
        if self.seen.insert(real) {
            self.files.insert(file);
        }
        if self.files.len() > FILES_MAX {
            return Err(advice::error(
                format!("more than {FILES_MAX} files"),
                "name a folder that holds flows and little else",
            ));
        }
        Ok(())
    }
}

/// Whether a path is that of a flow.
pub(crate) fn is_flow(path: &Path) -> bool {
    let is_yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    let is_scenario = path.file_stem().is_some_and(|stem| stem.as_encoded_bytes().ends_with(b".test"));
    is_yaml && !is_scenario
}

/// The text of a file, or what keeps it from being one: a finding, too.
///
/// # Errors
/// It cannot be read.
pub(crate) fn read(path: &Path) -> anyhow::Result<Result<Source, Report>> {
    let name = path.display().to_string();
    let is_file = fs::metadata(path).advise(|| unreadable(path))?.is_file();
    // A pipe that nobody writes to would be waited for without end.
    if !is_file {
        return Err(advice::error(
            format!("cannot read {name}: it is no regular file"),
            "name a file, or a folder",
        ));
    }
    File::open(path).and_then(|file| text(&name, file)).advise(|| unreadable(path))
}

/// What comes in on standard input, as a file of that name.
///
/// # Errors
/// It cannot be read.
pub(crate) fn read_standard_input() -> anyhow::Result<Result<Source, Report>> {
    let advice = || ("cannot read standard input".to_owned(), "see what is piped into it".to_owned());
    text("standard input", io::stdin().lock()).advise(advice)
}

fn text(name: &str, from: impl Read) -> io::Result<Result<Source, Report>> {
    let mut bytes = Vec::new();
    // One byte too many is enough for the finding that the file is too large.
    from.take(SOURCE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(lang::yaml::source(name, &bytes).map_err(|finding| {
        let source = Source::new(name, String::from_utf8_lossy(&bytes));
        Report { source, found: vec![finding] }
    }))
}

fn unreadable(path: &Path) -> (String, String) {
    (format!("cannot read {}", path.display()), "check the path, and whether you may read it".to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const FLOW: &str =
        "flow: a\nstart: { incoming: {} }\ninitial: over\nstates:\n  over: { end: completed }\n";

    /// A folder with these files.
    fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        folder
    }

    fn names(checked: &Checked, folder: &Path) -> Vec<String> {
        let prefix = format!("{}/", folder.display());
        checked.reports.iter().map(|report| report.source.name().replace(&prefix, "")).collect()
    }

    #[test]
    fn folders_are_searched_for_flows_only() {
        let folder = folder(&[
            ("b.yaml", FLOW.as_bytes()),
            ("b.test.yaml", b"flow: b"),
            ("deep/er/a.yml", b""),
            (".hidden/c.yaml", b""),
            ("notes.md", b""),
        ]);
        let checked = check(&[folder.path().to_owned(), folder.path().join("b.yaml")]).unwrap();
        assert_eq!(names(&checked, folder.path()), ["b.yaml", "deep/er/a.yml"]);
    }

    #[test]
    fn what_cannot_be_read_is_no_finding() {
        let folder = folder(&[("notes.md", b"")]);
        for path in [folder.path().to_owned(), folder.path().join("missing.yaml")] {
            let error = check(&[path]).unwrap_err();
            assert!(error.to_string().contains(&folder.path().display().to_string()), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_not_waited_for() {
        let folder = folder(&[("a.yaml", FLOW.as_bytes())]);
        let path = folder.path().join("b.yaml");
        let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        for named in [path.as_path(), folder.path()] {
            let error = check(&[named.to_owned()]).unwrap_err();
            assert!(error.to_string().ends_with("b.yaml: it is no regular file"), "{error}");
        }
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("nowhere", &path).unwrap();
        let error = check(&[folder.path().to_owned()]).unwrap_err();
        assert!(error.to_string().contains("cannot read"), "{error}");
    }

    #[test]
    fn what_is_no_text_is_a_finding() {
        let folder =
            folder(&[("a.yaml", FLOW.as_bytes()), ("latin.yaml", b"flow: caf\xe9\n"), ("z.yaml", b"")]);
        let checked = check(&[folder.path().to_owned()]).unwrap();
        assert_eq!(names(&checked, folder.path()), ["a.yaml", "latin.yaml", "z.yaml"]);
        assert!(checked.flows.is_empty());
        assert!(checked.reports[0].is_sound());
        let garbled = &checked.reports[1];
        assert_eq!(
            garbled.source.place(garbled.found[0].primary.span.start),
            lang::Place { line: 1, column: 10 }
        );
    }

    #[test]
    fn a_file_that_is_too_large_is_a_finding() {
        let text = format!("# {}", "é".repeat(SOURCE_BYTES_MAX / 2 + 1));
        let folder = folder(&[("a.yaml", text.as_bytes())]);
        let checked = check(&[folder.path().to_owned()]).unwrap();
        assert_eq!(checked.reports[0].found[0].code, lang::Code(2));
    }

    const CALLER: &str = "flow: caller\nstart: { api: {} }\ninitial: asking\nstates:\n  \
        asking: { run: part, outcomes: { done: { end: completed } } }\n";
    const PART: &str = "flow: part\nstart: { subflow: {} }\ninitial: over\nstates:\n  over: { end: done }\n";

    #[test]
    fn subflows_are_looked_for_beside_a_file() {
        let broken = PART.replace("part", "broken").replace("over:", "over");
        let folder = folder(&[
            ("caller.yaml", CALLER.as_bytes()),
            ("part.yaml", PART.as_bytes()),
            ("broken.yaml", broken.as_bytes()),
        ]);
        let checked = check(&[folder.path().join("caller.yaml")]).unwrap();
        assert_eq!(names(&checked, folder.path()), ["caller.yaml"]);
        assert!(checked.is_sound(), "{:#?}", checked.reports);
        assert_eq!(checked.flows[0].subflows().len(), 1);
    }

    #[test]
    fn no_flow_is_served_whose_subflow_has_errors() {
        let part = format!("{PART}  lost: {{ end: done }}\n");
        let folder = folder(&[("caller.yaml", CALLER.as_bytes()), ("part.yaml", part.as_bytes())]);
        assert!(check(&[folder.path().join("caller.yaml")]).unwrap().is_sound());
        assert!(sound(&[folder.path().join("caller.yaml")]).unwrap().is_none());
    }
}
