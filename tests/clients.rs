//! The official client libraries against the simulator, as somebody else would drive it.
//!
//! The drivers are in `clients/`; they say there how to run one by hand. Libraries are installed below `target`, once.
//! Without the interpreter a trial is ignored; without the registry it passes, and says that it did nothing.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::{Failed, Trial};
use sim::{Certificate, DEVELOPMENT_KEY, SimOptions};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use crate::{files, root};

/// People, prompts and timeouts are so many times faster than in life.
const SPEED: f64 = 50.0;

/// For which the simulator gives tokens; the drivers know it.
const CLIENT_SECRET: &str = "test";

/// How the HTTP libraries below the client libraries learn of a certificate to trust: requests, aiohttp, Node.
const TRUSTED_FILES: [&str; 3] = ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"];

/// Events that no driver hears, and why.
const UNHEARD: [(&str, &str); 5] = [
    ("SendDtmfTonesFailed", "the simulator's phones take every key"),
    ("ContinuousDtmfRecognitionToneFailed", "the simulator's phones take every key"),
    ("StartRecordingFailed", "the simulator refuses at once what it cannot record"),
    ("TranscriptionFailed", "the simulator opens no WebSocket that could break"),
    ("MediaStreamingFailed", "the simulator opens no WebSocket that could break"),
];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("clients: the official Python library", || drive(&python()?))
            .with_ignored_flag(!are_installed(&["python3"])),
        Trial::test("clients: the official JavaScript library", || drive(&javascript()?))
            .with_ignored_flag(!are_installed(&["node", "npm"])),
    ]
}

/// What a driver needs before it can run.
struct Driver {
    /// Where its libraries are.
    folder: PathBuf,
    program: PathBuf,
    script: PathBuf,
    /// Why its libraries are not there.
    missing: Option<String>,
}

fn are_installed(programs: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    programs.iter().all(|program| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

fn python() -> Result<Driver, Failed> {
    let source = root().join("tests/clients/python");
    let requirements = source.join("requirements.txt");
    let folder = folder("python")?;
    let program = folder.join("bin/python");
    let missing = install(&folder, &requirements, |folder| {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder))?;
        let pip = "-m pip install --quiet --disable-pip-version-check --timeout 10 --retries 1 -r";
        run(Command::new(&program).args(pip.split(' ')).arg(&requirements))
    })?;
    Ok(Driver { folder, program, script: source.join("drive.py"), missing })
}

/// Node looks for libraries beside the script, so the script moves to where they are.
fn javascript() -> Result<Driver, Failed> {
    let source = root().join("tests/clients/javascript");
    let folder = folder("javascript")?;
    for file in files(&source, "").iter().filter(|file| !file.starts_with(source.join("node_modules"))) {
        let copy = folder.join(file.strip_prefix(&source).map_err(|error| error.to_string())?);
        fs::create_dir_all(copy.parent().unwrap_or(&folder)).map_err(|error| error.to_string())?;
        fs::copy(file, &copy).map_err(|error| format!("{}: {error}", copy.display()))?;
    }
    let missing = install(&folder, &source.join("package-lock.json"), |folder| {
        let npm = "ci --ignore-scripts --no-audit --no-fund --fetch-timeout=10000 --fetch-retries=1";
        run(Command::new("npm").args(npm.split(' ')).current_dir(folder))
    })?;
    let script = folder.join("drive.mjs");
    Ok(Driver { folder, program: PathBuf::from("node"), script, missing })
}

/// Where the libraries of a driver are kept.
fn folder(name: &str) -> Result<PathBuf, Failed> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients").join(name);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}

/// Installs unless exactly this was installed before. Gives why it could not, which is mostly that nobody is online.
fn install(
    folder: &Path,
    wanted: &Path,
    install: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<Option<String>, Failed> {
    let wanted = fs::read_to_string(wanted).map_err(|error| format!("{}: {error}", wanted.display()))?;
    let note = folder.join("installed.txt");
    if fs::read_to_string(&note).is_ok_and(|installed| installed == wanted) {
        return Ok(None);
    }
    if let Err(why) = install(folder) {
        return Ok(Some(why));
    }
    fs::write(&note, wanted).map_err(|error| format!("{}: {error}", note.display()))?;
    Ok(None)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let said = text(&output);
    let is_reason = |line: &&str| line.to_lowercase().contains("error");
    Err(said.lines().find(is_reason).unwrap_or(&said).to_owned())
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn drive(driver: &Driver) -> Result<(), Failed> {
    if let Some(why) = &driver.missing {
        println!("skipped {}: its libraries could not be installed: {why}", driver.script.display());
        return Ok(());
    }
    let certificate = Certificate::new().map_err(|error| error.to_string())?;
    let trusted = driver.folder.join("simulator.pem");
    fs::write(&trusted, certificate.pem()).map_err(|error| format!("{}: {error}", trusted.display()))?;
    let simulator = Simulator::start(certificate)?;
    let connection_string = format!("endpoint=http://{};accesskey={DEVELOPMENT_KEY}", simulator.address);
    let output = Command::new(&driver.program)
        .arg(&driver.script)
        .arg(connection_string)
        .envs(TRUSTED_FILES.map(|variable| (variable, &trusted)))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .map_err(|error| format!("{}: {error}", driver.program.display()))?;
    let text = text(&output);
    if !output.status.success() {
        let is_worth_reading =
            |line: &&str| !["ok ", "sent ", "heard "].iter().any(|no| line.starts_with(no));
        let worth_reading: Vec<&str> = text.lines().filter(is_worth_reading).collect();
        return Err(worth_reading.join("\n").into());
    }
    let missing = [missing_operations(&text), missing_events(&text)].concat();
    if !missing.is_empty() {
        return Err(missing.join("\n").into());
    }
    println!("{}", text.lines().last().unwrap_or_default());
    Ok(())
}

/// Operations that the library has not driven, or not into a refusal: the driver tells what it has sent.
fn missing_operations(text: &str) -> Vec<String> {
    let mut carried_out = BTreeSet::new();
    let mut refused = BTreeSet::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("sent ")) {
        let parts: Vec<_> = line.split(' ').collect();
        let [method, path, status] = parts.as_slice() else { continue };
        let Some(operation) = acs::route(method, path) else { continue };
        match status.parse() {
            Ok(200..300) => drop(carried_out.insert(operation.name())),
            Ok(400..500) => drop(refused.insert(operation.name())),
            Ok(0..=u16::MAX) | Err(_) => {}
        }
    }
    let operations = acs::Operation::all("id", "4:+14255550123");
    let names = operations.iter().map(acs::Operation::name);
    let missing = |name| {
        let never = (!carried_out.contains(name)).then(|| format!("{name} was never carried out"));
        let always = (!refused.contains(name)).then(|| format!("{name} was never refused"));
        never.into_iter().chain(always)
    };
    names.flat_map(missing).collect()
}

/// Kinds of event that the library has not read, of those that the simulator sends.
fn missing_events(text: &str) -> Vec<String> {
    let heard: BTreeSet<_> = text.lines().filter_map(|line| line.strip_prefix("heard ")).collect();
    let sent = acs::CallbackKind::LISTED.iter().map(acs::CallbackKind::name);
    let missing = sent.filter(|name| !heard.contains(name) && !UNHEARD.iter().any(|(kind, _)| kind == name));
    missing.map(|name| format!("no {name} was read")).collect()
}

/// A simulator in this process.
struct Simulator {
    address: SocketAddr,
    /// Dropped before the runtime, so that the simulator ends first.
    _shutdown: oneshot::Sender<()>,
    _runtime: Runtime,
}

impl Simulator {
    fn start(certificate: Certificate) -> Result<Simulator, Failed> {
        let runtime = Runtime::new().map_err(|error| error.to_string())?;
        let listener =
            runtime.block_on(TcpListener::bind("127.0.0.1:0")).map_err(|error| error.to_string())?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let (shutdown, ended) = oneshot::channel();
        runtime.spawn(async move {
            let options = SimOptions {
                speed: SPEED,
                certificate: Some(certificate),
                client_secret: Some(CLIENT_SECRET.into()),
                ..SimOptions::default()
            };
            let until = async { drop(ended.await) };
            sim::serve(options, listener, until).await.expect("the default options can be used");
        });
        Ok(Simulator { address, _shutdown: shutdown, _runtime: runtime })
    }
}
