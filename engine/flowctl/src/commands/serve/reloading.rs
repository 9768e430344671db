//! Loads the flows anew while the service runs: when it is asked to, and with `--watch` when their files change.
//!
//! Files are looked at again and again, since that sees every change: on network file systems, and on mounted volumes
//! that are swapped as a whole, systems tell nothing or tell it of another file.

use std::path::PathBuf;

use lang::Severity;
use lang::finding::Report;
use service::engine::Engine;
use tokio::time::sleep;

use crate::flow_files::{self, Judged, Marks};
use crate::limits::{FINDINGS_LOGGED_MAX, WATCH_EVERY};
use crate::shutdown::Reloads;

/// The files, and how they were when they were loaded.
pub(super) struct Files {
    paths: Vec<PathBuf>,
    loaded: Marks,
}

impl Files {
    /// The files as they are now: to be called before they are loaded.
    pub(super) fn new(paths: Vec<PathBuf>) -> Files {
        let loaded = flow_files::marks(&paths);
        Files { paths, loaded }
    }

    /// Those that were given.
    pub(super) fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// Returns when they have changed, and have then rested for a moment: files are written one after the other.
    async fn changed(&self) {
        let mut before = self.loaded.clone();
        loop {
            sleep(WATCH_EVERY).await;
            let now = self.marks().await;
            if now == before && now != self.loaded {
                return;
            }
            before = now;
        }
    }

    async fn marks(&self) -> Marks {
        let paths = self.paths.clone();
        tokio::task::spawn_blocking(move || flow_files::marks(&paths)).await.unwrap_or_default()
    }
}

/// Loads them anew whenever there is a reason, for ever.
pub(super) async fn run(engine: Engine, mut files: Files, mut reloads: Reloads, is_watching: bool) {
    loop {
        tokio::select! {
            () = reloads.next() => tracing::info!("asked to load the flows anew"),
            () = files.changed(), if is_watching => tracing::info!("the files of the flows have changed"),
        }
        files.loaded = files.marks().await;
        let paths = files.paths.clone();
        let judged = tokio::task::spawn_blocking(move || flow_files::judge(&paths)).await;
        match judged {
            Ok(Ok(Judged { reports, flows })) => {
                tell(&reports);
                match flows {
                    // What changed is told by the engine.
                    Some(flows) => match engine.reload(flows).await {
                        Ok(_) => {}
                        Err(error) => tracing::error!(%error, "{REFUSED}"),
                    },
                    None => {
                        engine.refuse_files();
                        tracing::error!(error = "the flows have errors", "{REFUSED}");
                    }
                }
            }
            Ok(Err(error)) => {
                engine.refuse_files();
                tracing::error!(error = format!("{error:#}"), "{REFUSED}");
            }
            Err(error) => {
                engine.refuse_files();
                tracing::error!(%error, "{REFUSED}");
            }
        }
    }
}

const REFUSED: &str = "the flows in the files are refused, and those that were loaded before go on serving: mend the \
                       files, and load them again (SIGHUP)";

/// The first findings, for the log: it is read beside other lines, so each takes one.
fn tell(reports: &[Report]) {
    let found = reports.iter().flat_map(|report| report.found.iter().map(move |finding| (report, finding)));
    for (Report { source, .. }, finding) in found.take(FINDINGS_LOGGED_MAX) {
        let place = source.place(finding.primary.span.start);
        let place = format!("{}:{}:{}", source.name(), place.line, place.column);
        let (code, message) = (finding.code.to_string(), finding.message.as_str());
        match finding.severity {
            Severity::Error => tracing::error!(place, code, message, "an error in a flow"),
            Severity::Warning => tracing::warn!(place, code, message, "a warning about a flow"),
        }
    }
}
