//! `flowctl serve`: the engine as a service.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use clap::builder::BoolishValueParser;
use secrecy::SecretString;
use service::config::{self, Config, ConfigError, ConfigFile, EntraSettings, LogFormat};

use super::{Ended, runtime};
use crate::advice;
use crate::shutdown::{Reloads, Requests};
use crate::{flow_files, logging};

mod reloading;

use reloading::Files;

/// Steer calls: load flows, listen for what the provider reports, and act
#[derive(Args)]
#[command(after_help = "Example:
  export ACS_CONNECTION_STRING='endpoint=https://contoso.communication.azure.com/;accesskey=…'
  export CALLFLOW_API_TOKEN=$(openssl rand -hex 32) CALLFLOW_EVENTGRID_KEY=$(openssl rand -hex 32)
  flowctl serve flows --listen 0.0.0.0:8080 --public-url https://calls.example.com

Flags win over the environment, and both over the settings file, a YAML mapping with the names
of the flags as keys (`publicUrl: https://…`). Two of its keys have no flag: `config`, constants
that flows read as config.NAME, and `secrets`, credentials that headers of `http` actions read as
secrets.NAME (`NAME: {env: VARIABLE}`).

SIGTERM and Ctrl-C end it in good order: new calls are refused, what is in flight is finished.
Calls that go on are gone on with at the next start, from the same --data.

SIGHUP, --watch and PUT /api/v1/flows load other versions of the flows: all of them, or with an
error in one none, and those before go on serving (the log says why, and /readyz since when). Calls
under way stay on the version with which they began. What was PUT serves after a restart, too, until
the files change or SIGHUP loads them. `flowctl diff` shows beforehand what would change.

Ended runs are kept for --retain-for, and for as long as --retain-size has room: then the journals
that ended first are deleted, in the background; the space is used again, so that the file grows no
more. Live runs stay. `flowctl calls export` writes runs out before that.")]
pub(crate) struct Arguments {
    /// Files and folders of flows
    #[arg(required = true, value_name = "FLOWS")]
    flows: Vec<PathBuf>,
    /// A YAML file with settings
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[arg(long, env = "CALLFLOW_LISTEN", value_name = "ADDRESS:PORT",
        help = format!("Where to listen; port 0 is any free one [default: {}]", config::LISTEN_DEFAULT))]
    listen: Option<String>,
    /// The base of the URLs that the provider calls back [default: the address that is listened on]
    #[arg(long, env = "CALLFLOW_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,
    /// The resource: endpoint=…;accesskey=… (http endpoints on loopback only); required, unless --acs-endpoint is given
    #[arg(long, env = "ACS_CONNECTION_STRING", hide_env_values = true, value_name = "STRING")]
    acs_connection_string: Option<SecretString>,
    /// The resource, without a key: an application of Microsoft Entra ID asks for tokens [default: none]
    #[arg(long, env = "ACS_ENDPOINT", value_name = "URL")]
    acs_endpoint: Option<String>,
    /// With --acs-endpoint: the directory in which the application is
    #[arg(long, env = "AZURE_TENANT_ID", value_name = "GUID")]
    azure_tenant_id: Option<String>,
    /// With --acs-endpoint: the application
    #[arg(long, env = "AZURE_CLIENT_ID", value_name = "GUID")]
    azure_client_id: Option<String>,
    /// With --acs-endpoint: the application's secret
    #[arg(long, env = "AZURE_CLIENT_SECRET", hide_env_values = true, value_name = "SECRET")]
    azure_client_secret: Option<SecretString>,
    /// In place of the secret: the file in which the platform renews the application's token
    #[arg(long, env = "AZURE_FEDERATED_TOKEN_FILE", value_name = "FILE")]
    azure_federated_token_file: Option<PathBuf>,
    #[arg(long, env = "AZURE_AUTHORITY_HOST", value_name = "URL",
        help = format!("Who gives the tokens (http on loopback only) [default: {}]", config::AUTHORITY_DEFAULT))]
    azure_authority_host: Option<String>,
    #[arg(long, env = "CALLFLOW_DATA", value_name = "FOLDER",
        help = format!("The folder of the embedded store [default: {}]", config::DATA_DEFAULT))]
    data: Option<PathBuf>,
    #[arg(long, env = "CALLFLOW_RETAIN_FOR", value_name = "DURATION",
        help = format!("How long journals are kept after the end of their run, such as 12h [default: {}]", config::RETAIN_FOR_DEFAULT))]
    retain_for: Option<String>,
    /// How much the embedded store may hold, such as 20GB, before the oldest journals go [default: no bound]
    #[arg(long, env = "CALLFLOW_RETAIN_SIZE", value_name = "BYTES")]
    retain_size: Option<String>,
    /// Load the flows anew when their files change [default: on SIGHUP only]
    #[arg(long, env = "CALLFLOW_WATCH", value_name = "BOOL", value_parser = BoolishValueParser::new(),
        num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    watch: Option<bool>,
    /// The URL of a distributed store [default: the embedded store, the only one so far]
    #[arg(long, env = "CALLFLOW_STORE", hide_env_values = true, value_name = "URL")]
    store: Option<SecretString>,
    /// What users of the API present as `Authorization: Bearer …`; required unless on loopback
    #[arg(long, env = "CALLFLOW_API_TOKEN", hide_env_values = true, value_name = "SECRET")]
    api_token: Option<SecretString>,
    /// The secret in the Event Grid subscription's URL (?key=…) or header; required unless on loopback
    #[arg(long, env = "CALLFLOW_EVENTGRID_KEY", hide_env_values = true, value_name = "SECRET")]
    eventgrid_key: Option<SecretString>,
    /// The resource's immutable id: when set, callbacks must carry a token signed for it [default: none]
    #[arg(long, env = "CALLFLOW_ACS_RESOURCE_ID", value_name = "GUID")]
    acs_resource_id: Option<String>,
    /// Where the issuer of those tokens describes itself [default: the real one]
    #[arg(long, env = "CALLFLOW_ACS_OPENID_URL", value_name = "URL")]
    acs_openid_url: Option<String>,
    /// The shape of log lines, which go to standard error: text or json [default: text]
    #[arg(long, env = "CALLFLOW_LOG_FORMAT", value_name = "FORMAT", value_parser = log_format)]
    log_format: Option<LogFormat>,
    /// Show phone numbers in log lines [default: they are masked]
    #[arg(long, env = "CALLFLOW_LOG_IDENTIFIERS", value_name = "BOOL", value_parser = BoolishValueParser::new(),
        num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    log_identifiers: Option<bool>,
}

fn log_format(text: &str) -> Result<LogFormat, &'static str> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("write `text` or `json`"),
    }
}

impl Arguments {
    fn settings(self) -> Config {
        Config {
            listen: self.listen,
            public_url: self.public_url,
            acs_connection_string: self.acs_connection_string,
            acs_endpoint: self.acs_endpoint,
            entra: EntraSettings {
                tenant_id: self.azure_tenant_id,
                client_id: self.azure_client_id,
                client_secret: self.azure_client_secret,
                federated_token_file: self.azure_federated_token_file,
                authority_host: self.azure_authority_host,
            },
            data: self.data,
            retain_for: self.retain_for,
            retain_size: self.retain_size,
            watch: self.watch,
            store: self.store,
            api_token: self.api_token,
            eventgrid_key: self.eventgrid_key,
            acs_resource_id: self.acs_resource_id,
            acs_openid_url: self.acs_openid_url,
            log_format: self.log_format,
            log_identifiers: self.log_identifiers,
            ..Config::default()
        }
    }
}

/// Runs the command until it is asked to stop.
///
/// # Errors
/// A setting is wrong, a path cannot be read, the port is taken, or the data folder cannot be used.
pub(crate) fn run(mut arguments: Arguments) -> anyhow::Result<Ended> {
    let file = match arguments.config.take() {
        Some(path) => ConfigFile::load(&path).map_err(|errors| wrong_settings(&errors))?.into(),
        None => Config::default(),
    };
    let files = Files::new(std::mem::take(&mut arguments.flows));
    let settings = arguments.settings().merge(file).check().map_err(|errors| wrong_settings(&errors))?;
    let Some(flows) = flow_files::sound(files.paths())? else { return Ok(Ended::Badly) };
    logging::begin(settings.log_format, "info");
    runtime()?.block_on(async {
        let (mut requests, reloads) = (Requests::listen()?, Reloads::listen()?);
        let is_watching = settings.watch;
        let listener = service::bind(&settings.listen).await?;
        let running = service::start(settings, flows, listener).await.context("the service cannot start")?;
        tokio::select! {
            () = requests.next() => {}
            () = reloading::run(running.engine.clone(), files, reloads, is_watching) => {}
        }
        tracing::info!("asked to stop: finishing what is in flight; ask again to stop at once");
        requests.unless_impatient(running.stop()).await;
        Ok(Ended::Well)
    })
}

/// All of them at once: nobody likes to mend settings one start at a time.
pub(crate) fn wrong_settings(errors: &[ConfigError]) -> anyhow::Error {
    let lines: Vec<_> = errors.iter().map(|error| format!("\n  - {error}")).collect();
    advice::error(
        format!("the settings are not right:{}", lines.concat()),
        "`flowctl serve --help` explains each",
    )
}
