//! Every version that a run was ever bound to, by its hash, in the data folder.

use std::fs;
use std::io::{self, Read};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lang::Source;
use lru::LruCache;
use machine::ids::FlowHash;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use validate::Validated;

use super::FlowsError;
use crate::files;
use crate::limits::{OLD_VERSIONS_MAX, VERSION_BYTES_MAX};

/// The versions of one data folder.
pub(super) struct Versions {
    folder: PathBuf,
    /// Those that take no calls any more, but were asked for.
    old: Mutex<LruCache<FlowHash, Arc<Validated>>>,
}

/// A version that a run is bound to is not to be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VersionError {
    /// Its file cannot be read.
    #[error("cannot read the flow version at `{path}`; restore the file from a backup")]
    Unreadable {
        path: PathBuf,
        #[source]
        cause: io::Error,
    },
    /// It is no flow any more, or another one.
    #[error("`{path}` is not the flow version that it was; restore the file from a backup")]
    Changed { path: PathBuf },
}

impl Versions {
    pub(super) fn new(folder: PathBuf) -> Versions {
        let room = NonZeroUsize::new(OLD_VERSIONS_MAX).unwrap_or(NonZeroUsize::MIN);
        Versions { folder, old: Mutex::new(LruCache::new(room)) }
    }

    /// Keeps a version durably.
    ///
    /// # Errors
    /// [`FlowsError::Keep`].
    pub(super) fn keep(&self, flow: &Validated) -> Result<(), FlowsError> {
        let path = path_of(&self.folder, flow.hash());
        if path.exists() {
            return Ok(());
        }
        let kept = serde_json::to_vec(&Kept::of(flow)).map_err(io::Error::from);
        kept.and_then(|kept| files::create(&path, &kept)).map_err(|cause| FlowsError::Keep { path, cause })
    }

    /// A version that takes no calls any more. Reads its file if it is not in memory.
    ///
    /// # Errors
    /// See [`VersionError`].
    pub(super) async fn old(&self, hash: &FlowHash) -> Result<Arc<Validated>, VersionError> {
        if let Some(flow) = self.old.lock().get(hash) {
            return Ok(flow.clone());
        }
        let path = path_of(&self.folder, hash);
        let wanted = hash.clone();
        let read = tokio::task::spawn_blocking(move || read(&path, &wanted));
        let gone = |_| VersionError::Changed { path: path_of(&self.folder, hash) };
        let flow = Arc::new(read.await.map_err(gone)??);
        self.old.lock().put(hash.clone(), flow.clone());
        Ok(flow)
    }

    /// A version that took calls until now: its runs go on.
    pub(super) fn retire(&self, flow: Arc<Validated>) {
        self.old.lock().put(flow.hash().clone(), flow);
    }
}

/// Hashes are hexadecimal digits; should one read from a record be anything else, its file is not found.
fn path_of(folder: &Path, hash: &FlowHash) -> PathBuf {
    let is_hash = hash.as_str().bytes().all(|byte| byte.is_ascii_hexdigit());
    folder.join(if is_hash { format!("{hash}.json") } else { "not-a-hash".to_owned() })
}

fn read(path: &Path, hash: &FlowHash) -> Result<Validated, VersionError> {
    let unreadable = |cause| VersionError::Unreadable { path: path.to_owned(), cause };
    let mut text = String::new();
    let file = fs::File::open(path).map_err(unreadable)?;
    file.take(VERSION_BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
    let changed = || VersionError::Changed { path: path.to_owned() };
    let Kept { flow, subflows, told } = serde_json::from_str(&text).map_err(|_| changed())?;
    let source = |text| Source::new(path.display().to_string(), text);
    let checked =
        validate::check_among(vec![source(flow)], || subflows.into_iter().chain(told).map(source).collect());
    checked.flows.into_iter().next().filter(|flow| flow.hash() == hash).ok_or_else(changed)
}

/// A version as it is kept: the text of the flow, and those of all the sub-flows that it runs.
#[derive(Serialize, Deserialize)]
struct Kept {
    flow: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    subflows: Vec<String>,
    /// The flow that it tells of its recordings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    told: Option<String>,
}

impl Kept {
    fn of(flow: &Validated) -> Kept {
        let text = |source: &Source| source.text().to_owned();
        Kept {
            flow: text(flow.source()),
            subflows: flow.subflows().iter().map(text).collect(),
            told: flow.told().map(text),
        }
    }
}
