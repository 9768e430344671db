//! Writes a flow file anew: whole or not at all.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use lang::Source;
use tempfile::NamedTempFile;

use crate::advice::{self, Advise};

/// A new text, in a file beside the one that it is to replace.
pub(crate) struct Rewrite {
    file: NamedTempFile,
    path: PathBuf,
}

/// Gets everything ready, and changes nothing yet. The source was read from the file that its name leads to.
///
/// # Errors
/// The file cannot be written, or has changed since it was read.
pub(crate) fn prepare(source: &Source, after: &str) -> anyhow::Result<Rewrite> {
    let name = Path::new(source.name());
    // A link stays one: what it leads to is replaced.
    let path = fs::canonicalize(name).advise(|| unwritable(name))?;
    let permissions = fs::metadata(&path).advise(|| unwritable(name))?.permissions();
    if permissions.readonly() {
        return Err(advice::error(
            format!("cannot change {}: it is read-only", name.display()),
            "allow writing to it, or change it by hand",
        ));
    }
    OpenOptions::new().write(true).open(&path).advise(|| unwritable(name))?;
    let before = fs::read(&path).advise(|| unwritable(name))?;
    let mark = match before.strip_suffix(source.text().as_bytes()) {
        Some(mark @ (b"" | b"\xEF\xBB\xBF")) => mark,
        Some(_) | None => {
            return Err(advice::error(
                format!("cannot change {}: it has changed since it was read", name.display()),
                "try again",
            ));
        }
    };
    let file = write_beside(&path, &[mark, after.as_bytes()], permissions).advise(|| unwritable(name))?;
    Ok(Rewrite { file, path })
}

impl Rewrite {
    /// Puts the new text in the place of the old one, in one step.
    ///
    /// # Errors
    /// The file cannot be replaced; it is then as it was.
    pub(crate) fn replace(self) -> anyhow::Result<()> {
        self.file.persist(&self.path).advise(|| unwritable(&self.path))?;
        Ok(())
    }
}

fn write_beside(path: &Path, parts: &[&[u8]], permissions: fs::Permissions) -> io::Result<NamedTempFile> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // Hidden, so that nobody who looks for flows finds it.
    let mut file = tempfile::Builder::new().prefix(".flowctl-").tempfile_in(folder)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.as_file().set_permissions(permissions)?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn unwritable(path: &Path) -> (String, String) {
    (
        format!("cannot change {}", path.display()),
        "see whether you may write to it and to its folder, and whether the disk is full".to_owned(),
    )
}
