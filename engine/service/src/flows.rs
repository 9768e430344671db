//! The flows that take calls now, by name, and every version that a run was ever bound to, by hash.
//!
//! The set is swapped as a whole, while calls come in. A run ends on the version with which it began, so a version's
//! source is kept in the data folder before the first run on it. Knows no HTTP and no store.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use indexmap::IndexMap;
use jiff::Timestamp;
use lang::{Identifier, Roots, Value};
use machine::ids::FlowHash;
use machine::input::Incoming;
use machine::notice::Recipient;
use machine::starts;
use parking_lot::Mutex;
use serde::Serialize;
use sha2::{Digest, Sha256};
use validate::Validated;

mod deployed;
mod versions;

pub(crate) use versions::VersionError;
use versions::Versions;

/// Where versions are kept, in the data folder.
const FOLDER: &str = "flows";

/// The flows of one service.
pub(crate) struct Flows {
    current: ArcSwap<Set>,
    versions: Versions,
    folder: PathBuf,
    constants: IndexMap<String, Value>,
    /// The hash of the set in the files, as they were read last. Held while a set is being swapped in.
    files: Mutex<String>,
}

/// The flows that take calls, all of one time.
pub(crate) struct Set {
    /// By name, in the order in which they were given.
    loaded: IndexMap<String, Loaded>,
    by_hash: HashMap<FlowHash, Arc<Validated>>,
    hash: String,
    from: Origin,
}

/// Where a set comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The files and folders with which the service was started.
    Files,
    /// The API.
    Api,
}

/// A flow that takes calls.
#[derive(Clone)]
pub(crate) struct Loaded {
    pub(crate) flow: Arc<Validated>,
    /// The operator's constants that it declares.
    pub(crate) config: IndexMap<String, Value>,
}

/// What a new set changed: names of flows.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// The hash of the set that takes calls now.
    pub hash: String,
    /// New ones.
    pub added: Vec<String>,
    /// Those of which there is another version.
    pub changed: Vec<String>,
    /// Those that take no more calls.
    pub removed: Vec<String>,
    /// Those that are as before.
    pub unchanged: Vec<String>,
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
    #[error(
        "flow `{flow}` needs the constant `{name}`; give it under `config` in the settings, as {wanted}; they are read when the service starts"
    )]
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

/// A set was refused. The one before takes calls as it did.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// It cannot serve here.
    #[error(transparent)]
    Flows(#[from] FlowsError),
    /// It was made for another set than the one that takes calls now.
    #[error("the flows were changed by somebody else: the set that takes calls now is {now}")]
    Outdated {
        /// The hash of the set that takes calls now.
        now: String,
    },
    /// Nobody would take calls.
    #[error("there is no flow in it, and no call would be taken any more; to take no calls, end the service")]
    Empty,
    /// The service is going down.
    #[error("the service is going down")]
    Draining,
    /// Something else of ours failed.
    #[error("swapping the flows in was interrupted")]
    Interrupted,
}

impl Flows {
    /// Takes the flows that serve, and keeps their sources. A set that was deployed over the API in place of these very
    /// flows goes before them.
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
        let versions = Versions::new(folder.clone());
        let from_files = Set::of(flows, constants, Origin::Files)?;
        let files = from_files.hash.clone();
        let set = deployed_before(&folder, &files, constants).unwrap_or(from_files);
        for loaded in set.loaded.values() {
            versions.keep(&loaded.flow)?;
        }
        let current = ArcSwap::from_pointee(set);
        Ok(Flows { current, versions, folder, constants: constants.clone(), files: Mutex::new(files) })
    }

    /// The flows that take calls now. They stay together, whatever is swapped in meanwhile.
    pub(crate) fn current(&self) -> Arc<Set> {
        self.current.load_full()
    }

    /// Swaps a set in, whole or not at all. Blocks for as long as the disk takes; who reads does not wait.
    ///
    /// # Errors
    /// See [`DeployError`]: nothing has changed.
    pub(crate) fn replace(
        &self,
        flows: Vec<Validated>,
        from: Origin,
        is_expected: impl FnOnce(&str) -> bool,
    ) -> Result<Change, DeployError> {
        let mut files = self.files.lock();
        let before = self.current();
        if !is_expected(&before.hash) {
            return Err(DeployError::Outdated { now: before.hash.clone() });
        }
        if flows.is_empty() {
            return Err(DeployError::Empty);
        }
        let set = Set::of(flows.clone(), &self.constants, from)?;
        for loaded in set.loaded.values() {
            self.versions.keep(&loaded.flow)?;
        }
        match from {
            Origin::Api => deployed::keep(&self.folder, &files, &flows)?,
            Origin::Files => {
                deployed::forget(&self.folder)?;
                files.clone_from(&set.hash);
            }
        }
        let change = set.change_from(&before);
        for loaded in before.loaded.values() {
            // Not to be read again for the runs that are on it.
            self.versions.retire(loaded.flow.clone());
        }
        self.current.store(Arc::new(set));
        Ok(change)
    }

    /// The version that a run is bound to. Reads its file if it is not in memory.
    ///
    /// # Errors
    /// See [`VersionError`]: the run cannot go on.
    pub(crate) async fn version(&self, hash: &FlowHash) -> Result<Arc<Validated>, VersionError> {
        if let Some(flow) = self.current.load().by_hash.get(hash) {
            return Ok(flow.clone());
        }
        self.versions.old(hash).await
    }
}

/// The set that was deployed over the API in place of the files as they are now, if there is one.
fn deployed_before(folder: &Path, files: &str, constants: &IndexMap<String, Value>) -> Option<Set> {
    let found = deployed::read(folder).transpose()?;
    let set = found.and_then(|deployed| {
        if deployed.in_place_of != files {
            return Ok(None);
        }
        deployed.flows().map(Some)
    });
    let error: Box<dyn std::error::Error> = match set {
        Ok(None) => {
            tracing::info!("the files were changed after flows were deployed over the API: the files serve");
            return None;
        }
        Ok(Some(flows)) => match Set::of(flows, constants, Origin::Api) {
            Ok(set) => {
                tracing::warn!(
                    hash = set.hash,
                    "the flows that were deployed over the API serve, and not those in the files, which have not \
                     changed since; SIGHUP loads the files"
                );
                return Some(set);
            }
            Err(error) => error.into(),
        },
        Err(error) => error.into(),
    };
    tracing::error!(%error, "the flows that were deployed over the API cannot serve any more: the files serve");
    None
}

impl Set {
    fn of(
        flows: Vec<Validated>,
        constants: &IndexMap<String, Value>,
        from: Origin,
    ) -> Result<Set, FlowsError> {
        let (mut loaded, mut by_hash) = (IndexMap::new(), HashMap::new());
        for flow in flows {
            let config = declared(&flow, constants)?;
            let flow = Arc::new(flow);
            by_hash.insert(flow.hash().clone(), flow.clone());
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
        let hash = hash(&loaded);
        Ok(Set { loaded, by_hash, hash, from })
    }

    /// Names and versions of all its flows as one hash.
    pub(crate) fn hash(&self) -> &str {
        &self.hash
    }

    pub(crate) fn from(&self) -> Origin {
        self.from
    }

    /// The flows.
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

    fn change_from(&self, before: &Set) -> Change {
        let names = |set: &Set, is: &dyn Fn(&Validated) -> bool| {
            set.loaded().filter(|flow| is(flow)).map(|flow| flow.name().to_owned()).collect()
        };
        let in_before = |flow: &Validated| before.named(flow.name()).map(|loaded| loaded.flow.hash().clone());
        Change {
            hash: self.hash.clone(),
            added: names(self, &|flow| in_before(flow).is_none()),
            changed: names(self, &|flow| in_before(flow).is_some_and(|hash| hash != *flow.hash())),
            removed: names(before, &|flow| self.named(flow.name()).is_none()),
            unchanged: names(self, &|flow| in_before(flow).is_some_and(|hash| hash == *flow.hash())),
        }
    }
}

/// The order in which flows are given means nothing: no two take the same calls.
fn hash(loaded: &IndexMap<String, Loaded>) -> String {
    let mut versions: Vec<_> =
        loaded.iter().map(|(name, loaded)| format!("{name} {}\n", loaded.flow.hash())).collect();
    versions.sort();
    let digest = Sha256::digest(versions.concat());
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
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
