//! `flowctl sim`: a local Call Automation.

use std::fs;
use std::path::{self, Path, PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};
use secrecy::SecretString;
use service::config::{Listen, LogFormat};
use sim::{Certificate, Schema, SimOptions};

use super::faults::FaultArguments;
use super::{Ended, runtime};
use crate::advice::Advise;
use crate::shutdown::Requests;
use crate::{logging, output, script_file};

/// Simulate the provider: the same API, callbacks and people who follow scripts
#[derive(Args)]
#[command(after_help = "Examples:
  flowctl sim --webhook http://127.0.0.1:8080/webhooks/eventgrid
  flowctl sim --listen 127.0.0.1:0 --speed 20
  flowctl sim --certificate sim.pem
  flowctl sim --client-secret test    For `flowctl serve --acs-endpoint http://127.0.0.1:8081
    --azure-authority-host http://127.0.0.1:8081/entra --azure-client-secret test …`
  flowctl sim --script people.yaml
  flowctl sim --faults storm --fault loss=0.05 --seed 7

A script says who is behind which number; others answer after a second. Like this, people.yaml:
  people:
    +14255550123: { answerAfter: 5s, press: [1], hangupAfter: 20s }
    +14255550124: { busy: true }     # or decline, noAnswer, voicemail, unavailable, unknown
  rooms:
    99445276259151407: { +14255550125: {}, +14255550126: { joinsAfter: 10s } }
  media:
    https://media.example.com/hold.wav: { lasts: 2m }       # or missing, wrongFormat
    wss://media.example.com/audio: { unreachable: true }    # or breaksAfter: 5s
It may also have `groupCalls`, as `rooms`, and say `answerFails`, `recordingFails` and `speechFails`.

Point a client library at it with the connection string that it prints. Place calls into it with
`flowctl call`, or with its control API under /sim. What goes wrong can be changed while it runs:
PUT /sim/faults with {\"profile\": \"storm\", \"chances\": {\"loss\": 0.05}}; POST /sim/keys makes it sign
callbacks with another key.

It speaks HTTP and HTTPS on the same port, with a certificate for localhost, 127.0.0.1 and ::1 that
it makes at start. Clients that insist on HTTPS, as Python's does, trust the file that --certificate
writes: REQUESTS_CA_BUNDLE=FILE for Python (asyncio: SSL_CERT_FILE=FILE), NODE_EXTRA_CA_CERTS=FILE
for Node.")]
pub(crate) struct Arguments {
    /// Where to listen; port 0 is any free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8081")]
    listen: String,
    /// What requests must be signed with, in base64 [default: a key that is no secret]
    #[arg(long, env = "CALLFLOW_SIM_ACCESS_KEY", hide_env_values = true, value_name = "BASE64")]
    access_key: Option<SecretString>,
    /// Where incoming calls are announced, as Event Grid would
    #[arg(long, value_name = "URL")]
    webhook: Option<String>,
    /// In which envelope they are announced
    #[arg(long, value_enum, default_value_t = Envelope::Eventgrid)]
    schema: Envelope,
    /// Who is behind which number and in which room, and what is behind URLs: YAML
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// How many times faster than in life people act and prompts are spoken
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    speed: f64,
    #[command(flatten)]
    faults: FaultArguments,
    /// Take any bearer token in place of a signature
    #[arg(long)]
    accept_bearer: bool,
    /// For which secret of an application tokens of Microsoft Entra ID are given, below /entra; they are then
    /// taken in place of a signature [default: for none]
    #[arg(long, env = "CALLFLOW_SIM_CLIENT_SECRET", hide_env_values = true, value_name = "SECRET")]
    client_secret: Option<SecretString>,
    /// Where to write the certificate, for clients that speak HTTPS to trust
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// The resource's immutable id, for which the tokens of callbacks are made
    #[arg(long, value_name = "GUID", default_value = sim::DEVELOPMENT_RESOURCE)]
    resource_id: String,
}

#[derive(Clone, Copy, ValueEnum)]
enum Envelope {
    /// Event Grid's own schema
    Eventgrid,
    /// CloudEvents 1.0
    Cloudevents,
}

impl From<Envelope> for Schema {
    fn from(envelope: Envelope) -> Schema {
        match envelope {
            Envelope::Eventgrid => Schema::EventGrid,
            Envelope::Cloudevents => Schema::CloudEvents,
        }
    }
}

/// Runs the command until it is asked to stop.
///
/// # Errors
/// An argument cannot be used, or the port is taken.
pub(crate) fn run(arguments: Arguments) -> anyhow::Result<Ended> {
    logging::begin(LogFormat::Text, "info");
    let listen = Listen::parse(&arguments.listen)?;
    let shown_key = if arguments.access_key.is_none() { sim::DEVELOPMENT_KEY } else { "…" };
    let scene = arguments.script.as_deref().map(script_file::scene).transpose()?.unwrap_or_default();
    let certificate = Certificate::new().context("no certificate could be made")?;
    let options = SimOptions {
        access_key: arguments.access_key.unwrap_or_else(|| SecretString::from(sim::DEVELOPMENT_KEY)),
        accepts_bearer: arguments.accept_bearer,
        client_secret: arguments.client_secret,
        webhook: arguments.webhook,
        schema: arguments.schema.into(),
        seed: arguments.faults.seed(),
        speed: arguments.speed,
        faults: arguments.faults.faults()?,
        callback_retries: arguments.faults.callback_retries,
        audience: arguments.resource_id,
        scene,
        certificate: Some(certificate.clone()),
        ..SimOptions::default()
    };
    runtime()?.block_on(async {
        let mut requests = Requests::listen()?;
        let listener = service::bind(&listen).await?;
        let address = listener.local_addr()?;
        // First, so that the file is there for whoever waits for the connection string.
        show_certificate(&certificate, arguments.certificate.as_deref())?;
        // A key that was given is a secret; the one that is built in is none.
        output::line(&format!("endpoint=http://{address}/;accesskey={shown_key}"))?;
        sim::serve(options, listener, async move { requests.next().await }).await?;
        Ok(Ended::Well)
    })
}

/// Writes the certificate if that is wanted, and says how clients come to trust it. That is a remark: what reads the
/// output is after the connection string.
fn show_certificate(certificate: &Certificate, file: Option<&Path>) -> anyhow::Result<()> {
    let Some(file) = file else {
        output::warn(
            "HTTPS is spoken on the same port; `--certificate FILE` writes what clients must trust\n",
        );
        return Ok(());
    };
    // Clients may run in another folder.
    let file = path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let name = file.display();
    fs::write(&file, certificate.pem()).advise(|| {
        (
            format!("cannot write the certificate to {name}"),
            "name another file with `--certificate`".to_owned(),
        )
    })?;
    output::warn(&format!(
        "HTTPS is spoken on the same port, to clients run with REQUESTS_CA_BUNDLE={name} (Python) or \
         NODE_EXTRA_CA_CERTS={name} (Node)\n"
    ));
    Ok(())
}
