//! The set that was deployed over the API, kept so that a restart does not take it back.
//!
//! It stands until the files change: whoever spoke last is right. A crash at night must not undo the mend that was
//! deployed in the evening, and files that were changed since must not be ignored for it.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use lang::Source;
use serde::{Deserialize, Serialize};
use validate::Validated;

use super::FlowsError;
use crate::files;
use crate::limits::DEPLOYED_BYTES_MAX;

/// A set as it is kept.
#[derive(Serialize, Deserialize)]
pub(super) struct Deployed {
    /// The hash of the set in the files, when this one was deployed in its place.
    pub(super) in_place_of: String,
    flows: Vec<Text>,
}

#[derive(Serialize, Deserialize)]
struct Text {
    name: String,
    text: String,
}

/// Why a set that was kept cannot serve.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unfit {
    #[error("it cannot be read")]
    Unreadable(#[source] io::Error),
    #[error("this version of the program finds errors in it")]
    Unsound,
}

fn path(folder: &Path) -> PathBuf {
    folder.join("deployed.json")
}

/// Keeps a set.
///
/// # Errors
/// [`FlowsError::Keep`].
pub(super) fn keep(folder: &Path, in_place_of: &str, flows: &[Validated]) -> Result<(), FlowsError> {
    let text = |source: &Source| Text { name: source.name().to_owned(), text: source.text().to_owned() };
    let flows = flows.iter().map(|flow| text(flow.source())).collect();
    let kept = serde_json::to_vec(&Deployed { in_place_of: in_place_of.to_owned(), flows });
    kept.map_err(io::Error::from)
        .and_then(|kept| files::replace(&path(folder), &kept))
        .map_err(|cause| FlowsError::Keep { path: path(folder), cause })
}

/// The set that was kept, if there is one.
pub(super) fn read(folder: &Path) -> Result<Option<Deployed>, Unfit> {
    let file = match fs::File::open(path(folder)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened.map_err(Unfit::Unreadable)?,
    };
    let mut bytes = Vec::new();
    file.take(DEPLOYED_BYTES_MAX).read_to_end(&mut bytes).map_err(Unfit::Unreadable)?;
    serde_json::from_slice(&bytes).map(Some).map_err(|error| Unfit::Unreadable(error.into()))
}

impl Deployed {
    /// Its flows, if they are still sound.
    pub(super) fn flows(self) -> Result<Vec<Validated>, Unfit> {
        let sources = self.flows.into_iter().map(|text| Source::new(text.name, text.text)).collect();
        let checked = validate::check(sources);
        if checked.is_sound() { Ok(checked.flows) } else { Err(Unfit::Unsound) }
    }
}

/// Forgets it.
///
/// # Errors
/// [`FlowsError::Keep`].
pub(super) fn forget(folder: &Path) -> Result<(), FlowsError> {
    files::remove(&path(folder)).map_err(|cause| FlowsError::Keep { path: path(folder), cause })
}
