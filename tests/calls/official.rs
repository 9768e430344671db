//! The same call, steered by services on the official client libraries: as many as can run here. The libraries are those
//! that the test suite has installed.

use std::path::Path;
use std::process::Command;

use crate::process::Process;

/// A service that may be missing.
pub(crate) struct Official {
    pub(crate) name: &'static str,
    /// Why not, if it cannot run.
    pub(crate) process: Result<Process, String>,
}

/// Both services.
pub(crate) fn start(connection: &str) -> [Official; 2] {
    let clients = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients");
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("calls/official");
    let python = clients.join("python/bin/python");
    let python = run(&clients.join("python"), Command::new(python).arg(ours.join("app.py")).arg(connection));
    // Node looks for libraries beside the script.
    let script = clients.join("javascript/app.mjs");
    let copied = std::fs::copy(ours.join("app.mjs"), &script).map_err(|error| error.to_string());
    let javascript = copied
        .and_then(|_| run(&clients.join("javascript"), Command::new("node").arg(&script).arg(connection)));
    [Official { name: "python", process: python }, Official { name: "node", process: javascript }]
}

fn run(folder: &Path, program: &mut Command) -> Result<Process, String> {
    if !folder.join("installed.txt").is_file() {
        return Err("its library is not installed: run `cargo test` first, where it can be had".to_owned());
    }
    let process = Process::run(program);
    if process.url.is_empty() { Err("it does not start".to_owned()) } else { Ok(process) }
}
