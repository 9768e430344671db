//! Small files that must survive a crash: whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use uuid::Uuid;

/// Creates a file that only its owner may read, durably. A file that is there already stays as it is.
///
/// # Errors
/// The folder cannot be written. Nothing, or the whole file, is there.
pub(crate) fn create(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let draft = folder.join(format!(".new-{}", Uuid::new_v4()));
    let created = write(&draft, content).and_then(|()| link(&draft, path));
    // What is left of an attempt is not worth another error.
    drop(fs::remove_file(&draft));
    created?;
    File::open(folder)?.sync_all()
}

/// As [`create`], but what was there is replaced: before a crash or after it, one of the two is there, whole.
///
/// # Errors
/// As [`create`].
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let draft = folder.join(format!(".new-{}", Uuid::new_v4()));
    let replaced = write(&draft, content).and_then(|()| fs::rename(&draft, path));
    if replaced.is_err() {
        drop(fs::remove_file(&draft));
    }
    replaced?;
    File::open(folder)?.sync_all()
}

/// Deletes a file durably. One that is not there is as good as deleted.
///
/// # Errors
/// The folder cannot be written.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        removed => removed?,
    }
    File::open(path.parent().unwrap_or(Path::new(".")))?.sync_all()
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Unlike a rename, a link never replaces what another process has just made.
fn link(draft: &Path, path: &Path) -> io::Result<()> {
    match fs::hard_link(draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    }
}
