//! The flows that take calls now, by name, and every version that a run was ever bound to, by hash.
//!
//! A run ends on the version with which it began, so a version's source is kept in the data folder before the
//! first run on it. Knows no HTTP and no store.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::Timestamp;
use lang::{Identifier, Roots, Source, Value};
use machine::ids::FlowHash;
use machine::input::Incoming;
use machine::notice::Recipient;
use machine::starts;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use validate::Validated;

use crate::files;
use crate::limits::VERSION_BYTES_MAX;

/// Where versions are kept, in the data folder.
const FOLDER: &str = "flows";

/// The flows of one service.
pub(crate) struct Flows {
    /// By name, in the order in which they were given.
    loaded: IndexMap<String, Loaded>,
    versions: Mutex<HashMap<FlowHash, Arc<Validated>>>,
    folder: PathBuf,
}

/// A flow that takes calls.
#[derive(Clone)]
pub(crate) struct Loaded {
    pub(crate) flow: Arc<Validated>,
    /// The operator's constants that it declares.
    pub(crate) config: IndexMap<String, Value>,
}

/// The flows cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum FlowsError {
    /// A version could not be kept.
    #[error("cannot keep a flow at `{path}`; the service must be allowed to write there")]
    Keep {
        /// The file or folder.
        path: PathBuf,
        /// What failed.
        #[source]
        cause: io::Error,
    },
    /// A constant is missing.
    #[error("flow `{flow}` needs the constant `{name}`; give it under `config` in the settings, as {wanted}")]
    ConstantMissing {
        /// The flow.
        flow: String,
        /// The constant.
        name: String,
        /// Its type, in words.
        wanted: &'static str,
    },
    /// A flow names another one, which is not there.
    #[error(
        "flow `{flow}` tells flow `{told}` of its recordings, and that is not served; name its file as well"
    )]
    ToldMissing {
        /// The flow.
        flow: String,
        /// The one that it names.
        told: String,
    },
    /// A constant has another type.
    #[error("flow `{flow}` needs the constant `{name}` to be {wanted}, but the settings give a {given}")]
    ConstantWrong {
        /// The flow.
        flow: String,
        /// The constant.
        name: String,
        /// Its type, in words.
        wanted: &'static str,
        /// The type that it has.
        given: &'static str,
    },
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

impl Flows {
    /// Takes the flows that serve, and keeps their sources.
    ///
    /// # Errors
    /// See [`FlowsError`].
    pub(crate) fn open(
        data: &Path,
        flows: Vec<Validated>,
        constants: &IndexMap<String, Value>,
    ) -> Result<Flows, FlowsError> {
        let folder = data.join(FOLDER);
        fs::create_dir_all(&folder).map_err(|cause| FlowsError::Keep { path: folder.clone(), cause })?;
        let mut loaded = IndexMap::new();
        let mut versions = HashMap::new();
        for flow in flows {
            let config = declared(&flow, constants)?;
            let path = path_of(&folder, flow.hash());
            if !path.exists() {
                let kept = serde_json::to_vec(&Kept::of(&flow)).map_err(io::Error::from);
                kept.and_then(|kept| files::create(&path, &kept))
                    .map_err(|cause| FlowsError::Keep { path, cause })?;
            }
            let flow = Arc::new(flow);
            versions.insert(flow.hash().clone(), flow.clone());
            loaded.insert(flow.name().to_owned(), Loaded { flow, config });
        }
        for flow in loaded.values().map(|Loaded { flow, .. }| flow) {
            if let Some(Recipient::Flow(told)) = flow.recipient()
                && !loaded.contains_key(told)
            {
                let (flow, told) = (flow.name().to_owned(), told.clone());
                return Err(FlowsError::ToldMissing { flow, told });
            }
        }
        Ok(Flows { loaded, versions: Mutex::new(versions), folder })
    }

    /// The flows that take calls.
    pub(crate) fn loaded(&self) -> impl Iterator<Item = &Validated> {
        self.loaded.values().map(|loaded| &*loaded.flow)
    }

    /// A flow by its name.
    pub(crate) fn named(&self, name: &str) -> Option<&Loaded> {
        self.loaded.get(name)
    }

    /// The flow that takes an incoming call.
    pub(crate) fn for_call(&self, call: &Incoming, now: Timestamp) -> Option<&Loaded> {
        let holds = |flow: &machine::Flow| {
            let Some(when) = flow.incoming().and_then(|incoming| incoming.when.as_ref()) else { return true };
            let config = self.named(flow.name()).map(|loaded| &loaded.config);
            let roots = StartRoots { from: &call.from, to: &call.to, config, now };
            // A guard that fails counts as false: clarification 29.
            when.holds(&roots).unwrap_or_else(|error| {
                tracing::warn!(flow = flow.name(), error = error.message, "`start.incoming.when` failed");
                false
            })
        };
        let flows = self.loaded().map(|flow| &**flow);
        self.named(starts::choose(flows, &call.from, &call.to, holds)?.name())
    }

    /// The version that a run is bound to. Reads its file if it is not in memory.
    ///
    /// # Errors
    /// See [`VersionError`]: the run cannot go on.
    pub(crate) async fn version(&self, hash: &FlowHash) -> Result<Arc<Validated>, VersionError> {
        if let Some(flow) = self.versions.lock().get(hash) {
            return Ok(flow.clone());
        }
        let path = path_of(&self.folder, hash);
        let wanted = hash.clone();
        let read = tokio::task::spawn_blocking(move || read(&path, &wanted));
        let gone = |_| VersionError::Changed { path: path_of(&self.folder, hash) };
        let flow = Arc::new(read.await.map_err(gone)??);
        self.versions.lock().insert(hash.clone(), flow.clone());
        Ok(flow)
    }
}

/// The constants that a flow declares, and no others.
fn declared(
    flow: &Validated,
    constants: &IndexMap<String, Value>,
) -> Result<IndexMap<String, Value>, FlowsError> {
    let one = |(name, kind): (&String, &machine::flow::Type)| {
        let (flow, name, wanted) = (flow.name().to_owned(), name.clone(), kind.describe());
        match constants.get(&name) {
            Some(value) if kind.fits(value) => Ok((name, value.clone())),
            Some(value) => Err(FlowsError::ConstantWrong { flow, name, wanted, given: value.type_name() }),
            None => Err(FlowsError::ConstantMissing { flow, name, wanted }),
        }
    };
    flow.config().iter().map(one).collect()
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

/// What `start.incoming.when` may read: clarification 36.
struct StartRoots<'a> {
    from: &'a Identifier,
    to: &'a Identifier,
    config: Option<&'a IndexMap<String, Value>>,
    now: Timestamp,
}

impl Roots for StartRoots<'_> {
    fn field(&self, root: &str, field: &str) -> Option<Cow<'_, Value>> {
        match (root, field) {
            ("call", "from") => Some(Cow::Owned(Value::from(self.from.to_string()))),
            ("call", "to") => Some(Cow::Owned(Value::from(self.to.to_string()))),
            ("config", name) => self.config?.get(name).map(Cow::Borrowed),
            _ => None,
        }
    }

    fn root(&self, root: &str) -> Option<Cow<'_, Value>> {
        (root == "now").then(|| Cow::Owned(Value::Timestamp(self.now)))
    }
}
