//! `flowctl dev`: the engine and the simulator in one process, on this machine alone.

use std::path::PathBuf;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use machine::Flow;
use machine::starts::Pattern;
use secrecy::SecretString;
use service::config::{Config, ConfigFile, Listen, LogFormat};
use sim::SimOptions;
use sim::faults::Faults;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use validate::Validated;

use super::faults::FaultArguments;
use super::{Ended, call, ourselves, runtime, serve};
use crate::client::Client;
use crate::demo::Demo;
use crate::shutdown::Requests;
use crate::{advice, flow_files, logging, output, placed_call, script_file};

#[cfg(test)]
mod tests;

const ENGINE_LISTEN: &str = "127.0.0.1:8080";
const SIMULATOR_LISTEN: &str = "127.0.0.1:8081";
/// What the demonstration listens on: it is over in seconds, and nobody else needs to find it.
const ANYWHERE: &str = "127.0.0.1:0";

/// Try flows on this machine alone: the engine and a simulated phone network, with no account
#[derive(Args)]
#[command(after_help = "Examples:
  flowctl dev flows --demo       Watch one call, then end
  flowctl dev flows              Stay up; place calls with `flowctl call` from another terminal
  flowctl dev flows --demo --faults storm     Watch how it copes with a bad network

With --demo the exit status is 0 if the call ended well, and 1 otherwise.")]
pub(crate) struct Arguments {
    /// Files and folders of flows
    #[arg(required = true, value_name = "FLOWS")]
    flows: Vec<PathBuf>,
    /// Place a sample call to the first flow that answers, show it, and end with it
    #[arg(long)]
    demo: bool,
    /// Where the engine listens; port 0 is any free one [default: 127.0.0.1:8080; with --demo any]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Where the simulator listens; port 0 is any free one [default: 127.0.0.1:8081; with --demo any]
    #[arg(long, value_name = "ADDRESS:PORT")]
    sim_listen: Option<String>,
    /// The folder of the engine's store [default: a temporary one, deleted at the end]
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// A settings file, for the constants and credentials that flows read
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Who is behind which number, as `flowctl sim --script` takes it
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// How many times faster than in life people act and prompts are spoken
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    speed: f64,
    #[command(flatten)]
    faults: FaultArguments,
}

/// Runs the command, until its demonstration is over or it is asked to stop.
///
/// # Errors
/// A flow or a setting is wrong, a port is taken, or the demonstration cannot be given.
pub(crate) fn run(arguments: Arguments) -> anyhow::Result<Ended> {
    let Some(flows) = flow_files::sound(&arguments.flows)? else { return Ok(Ended::Badly) };
    let demo = if arguments.demo { Some(Demo::of(&flows)?) } else { None };
    logging::begin(LogFormat::Text, "warn");
    runtime()?.block_on(async {
        let mut requests = Requests::listen()?;
        let up = Up::start(&arguments, flows.clone()).await?;
        let ended = match &demo {
            Some(demo) => {
                output::line(&demo.introduction(&flows))?;
                tokio::select! {
                    ended = show(demo, &arguments.flows, &up) => ended,
                    () = requests.next() => Ok(Ended::Badly),
                }
            }
            None => {
                output::line(&up.greeting(&flows))?;
                requests.next().await;
                Ok(Ended::Well)
            }
        };
        requests.unless_impatient(up.stop()).await;
        ended
    })
}

/// Both servers, while they run.
struct Up {
    engine: service::Running,
    simulator: JoinHandle<Result<(), sim::Error>>,
    simulator_url: String,
    stop_simulator: oneshot::Sender<()>,
    /// Deleted when dropped.
    _data: Option<TempDir>,
}

impl Up {
    async fn start(arguments: &Arguments, flows: Vec<Validated>) -> anyhow::Result<Up> {
        let default = |usual| if arguments.demo { ANYWHERE } else { usual };
        let listener = bind(arguments.listen.as_deref().unwrap_or(default(ENGINE_LISTEN))).await?;
        let sim_listen = arguments.sim_listen.as_deref().unwrap_or(default(SIMULATOR_LISTEN));
        let sim_listener = bind(sim_listen).await.map_err(|error| {
            advice::error(format!("{error:#}"), "for the simulator, that is `--sim-listen`")
        })?;
        let engine_url = format!("http://{}", listener.local_addr()?);
        let simulator_url = format!("http://{}", sim_listener.local_addr()?);
        let key = STANDARD.encode(rand::random::<[u8; 32]>());
        let (data, folder) = match &arguments.data {
            Some(folder) => (None, folder.clone()),
            None => {
                let folder =
                    tempfile::tempdir().context("cannot make a temporary folder; name one with `--data`")?;
                let path = folder.path().to_owned();
                (Some(folder), path)
            }
        };
        let (stop_simulator, stopped) = oneshot::channel::<()>();
        let options = SimOptions {
            access_key: SecretString::from(key.as_str()),
            webhook: Some(format!("{engine_url}/webhooks/eventgrid")),
            // Drawn, unless it is given: ids must not come again as long as the engine remembers calls.
            seed: arguments.faults.seed(),
            speed: arguments.speed,
            scene: arguments.script.as_deref().map(script_file::scene).transpose()?.unwrap_or_default(),
            faults: arguments.faults.faults()?,
            callback_retries: arguments.faults.callback_retries,
            ..SimOptions::default()
        };
        if options.faults != Faults::default() {
            output::line(&format!("Things go wrong on purpose; `--seed {}` repeats them.\n", options.seed))?;
        }
        let audience = options.audience.clone();
        let simulator = tokio::spawn(sim::serve(options, sim_listener, async move { drop(stopped.await) }));
        let file: Config = match &arguments.config {
            Some(path) => ConfigFile::load(path).map_err(|errors| serve::wrong_settings(&errors))?.into(),
            None => Config::default(),
        };
        let settings = Config {
            acs_connection_string: Some(SecretString::from(format!(
                "endpoint={simulator_url}/;accesskey={key}"
            ))),
            data: Some(folder),
            // The simulator signs its callbacks as the provider does, so that this is tried here too.
            acs_resource_id: Some(audience),
            acs_openid_url: Some(format!("{simulator_url}{}", acs::token::OPENID_CONFIGURATION_PATH)),
            constants: file.constants,
            secrets: file.secrets,
            ..Config::default()
        };
        let settings = settings.check().map_err(|errors| serve::wrong_settings(&errors))?;
        let engine = service::start(settings, flows, listener).await.context("the engine cannot start")?;
        Ok(Up { engine, simulator, simulator_url, stop_simulator, _data: data })
    }

    fn engine_url(&self) -> String {
        format!("http://{}", self.engine.address)
    }

    async fn stop(self) {
        self.engine.stop().await;
        // Without a receiver it has ended already.
        let _ = self.stop_simulator.send(());
        let _ = self.simulator.await;
    }

    fn greeting(&self, flows: &[Validated]) -> String {
        let width = flows.iter().map(|flow| flow.name().len()).max().unwrap_or_default();
        let lines: Vec<_> =
            flows.iter().map(|flow| format!("  {:width$}  {}\n", flow.name(), begins(flow))).collect();
        let engine = self.engine_url();
        let simulator = &self.simulator_url;
        let us = ourselves();
        let urls = if *simulator == call::SIMULATOR {
            String::new()
        } else {
            format!(" --sim {simulator} --engine {engine}")
        };
        let to = Demo::of(flows).map_or_else(|_| "+18005550100".to_owned(), |demo| demo.to);
        format!(
            "{}\n\n{}\n  engine     {engine}  (its API is under /api/v1)\n  simulator  {simulator}\n\n\
             In another terminal:\n  {us} call --to {to} --press 1{urls}\n",
            output::strong("Callflow is up, on this machine alone. Ctrl-C stops it."),
            lines.concat(),
        )
    }
}

/// Listens, on addresses that only this machine can reach: there are no secrets to keep others out.
async fn bind(listen: &str) -> anyhow::Result<TcpListener> {
    let listen = Listen::parse(listen)?;
    if !listen.is_loopback() {
        return Err(advice::error(
            format!("{listen} can be reached from other machines, and nothing here asks who they are"),
            "listen on 127.0.0.1, or run `flowctl serve` and `flowctl sim`",
        ));
    }
    Ok(service::bind(&listen).await?)
}

async fn show(demo: &Demo, paths: &[PathBuf], up: &Up) -> anyhow::Result<Ended> {
    let simulator = Client::new(&up.simulator_url, "the simulator")?;
    let engine = Client::new(&up.engine_url(), "the engine")?;
    let ending = placed_call::place(&simulator, &engine, &demo.call(), &mut output::line).await?;
    output::line(&format!("\n{}\n", call::describe(&ending)))?;
    if ending.is_well() {
        let paths: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
        output::print(&demo.next_steps(&paths.join(" ")))?;
        Ok(Ended::Well)
    } else {
        Ok(Ended::Badly)
    }
}

/// How runs of a flow begin, in a few words.
fn begins(flow: &Flow) -> String {
    let mut ways = Vec::new();
    if let Some(incoming) = flow.incoming() {
        ways.push(format!(
            "takes calls{}{}",
            of("to", &incoming.pattern.to),
            of("from", &incoming.pattern.from)
        ));
    }
    if flow.starts_by_api() {
        let inputs: Vec<_> = flow.inputs().iter().map(|input| format!("`{}`", input.name)).collect();
        let with = if inputs.is_empty() { String::new() } else { format!(", with {}", inputs.join(", ")) };
        ways.push(format!("is started by POST /api/v1/calls{with}"));
    }
    ways.join("; ")
}

fn of(word: &str, patterns: &[Pattern]) -> String {
    let one = |pattern: &Pattern| match pattern {
        Pattern::Exact(identifier) => identifier.clone(),
        Pattern::Prefix(prefix) => format!("{prefix}*"),
    };
    let all: Vec<_> = patterns.iter().map(one).collect();
    if all.is_empty() { String::new() } else { format!(" {word} {}", all.join(", ")) }
}
