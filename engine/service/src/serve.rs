//! The service as a whole: opens the engine, serves it, and ends it in good order.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use validate::Validated;

use crate::client::{Client, ClientError};
use crate::clock;
use crate::config::{Checked, Listen};
use crate::engine::{Engine, OpenError, Settings};
use crate::http::{self, Close, Surface};
use crate::issuer::Issuer;
use crate::limits::DRAIN_MAX;

/// Why the service cannot run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The engine does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// No connections out.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The listening socket is of no use.
    #[error("the listening socket has no address")]
    Address(#[source] io::Error),
}

/// Why an address cannot be listened on.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another program listens there.
    #[error(
        "cannot listen on {listen}: another program has taken the port; find it with `ss -ltnp 'sport = :{}'` and stop it, or choose another port with `--listen` (port 0: any free one)",
        listen.port()
    )]
    Taken {
        /// Where.
        listen: Listen,
    },
    /// The system does not let us.
    #[error(
        "cannot listen on {listen}: ports below 1024 need a privilege; choose a higher one with `--listen`"
    )]
    Forbidden {
        /// Where.
        listen: Listen,
    },
    /// Anything else: mostly a host that this machine is not.
    #[error(
        "cannot listen on {listen}: {cause}; `--listen` takes an address of this machine, such as `127.0.0.1:8080`"
    )]
    Failed {
        /// Where.
        listen: Listen,
        /// What the system said.
        cause: io::Error,
    },
}

/// Listens, before anything else is begun: what comes early waits in the system's queue.
///
/// # Errors
/// [`BindError`]: why not, and what to do.
pub async fn bind(listen: &Listen) -> Result<TcpListener, BindError> {
    TcpListener::bind((listen.host(), listen.port())).await.map_err(|cause| {
        let listen = listen.clone();
        match cause.kind() {
            io::ErrorKind::AddrInUse => BindError::Taken { listen },
            io::ErrorKind::PermissionDenied => BindError::Forbidden { listen },
            _ => BindError::Failed { listen, cause },
        }
    })
}

/// A service that runs. To be ended by [`Running::stop`]; dropped, it ends without finishing anything.
#[derive(Debug)]
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it runs.
    pub engine: Engine,
    closing: watch::Sender<bool>,
    close: oneshot::Sender<Close>,
    serving: JoinHandle<()>,
}

/// Opens the engine and serves it.
///
/// # Errors
/// [`RunError`]: nothing was begun.
pub async fn start(
    config: Checked,
    flows: Vec<Validated>,
    listener: TcpListener,
) -> Result<Running, RunError> {
    let address = listener.local_addr().map_err(RunError::Address)?;
    let issuer = match config.callback_tokens {
        Some(tokens) => Some(Issuer::new(tokens, Client::open(config.acs.clone())?)),
        None => None,
    };
    let settings = Settings {
        provider: config.acs,
        public_url: config.public_url.unwrap_or_else(|| format!("http://{address}")),
        data: config.data,
        constants: config.constants,
        secrets: config.secrets,
        retain: config.retain,
        log_identifiers: config.log_identifiers,
    };
    let engine = Engine::open(settings, flows).await?;
    let (closing, is_closing) = watch::channel(false);
    let (close, closed) = oneshot::channel();
    let surface = Surface::new(
        engine.clone(),
        config.api_token.as_ref(),
        config.eventgrid_key.as_ref(),
        issuer,
        is_closing,
    );
    let serving = tokio::spawn(http::serve(listener, http::router(surface), closed));
    tracing::info!(%address, "the service listens");
    Ok(Running { address, engine, closing, close, serving })
}

impl Running {
    /// Ends in good order: new calls are refused, what is in flight is finished and recorded, within [`DRAIN_MAX`].
    pub async fn stop(self) {
        let began = clock::instant();
        let left = || DRAIN_MAX.saturating_sub(clock::instant().duration_since(began));
        // The provider goes on reporting meanwhile, and whoever asks learns that the service is not ready.
        self.closing.send_replace(true);
        self.engine.drain(DRAIN_MAX).await;
        let patience = left().max(Duration::from_secs(1));
        // Without a receiver, serving has ended already.
        drop(self.close.send(Close(patience)));
        drop(self.serving.await);
        tracing::info!("the service has ended");
    }
}

/// Runs the service until `shutdown`, then ends it in good order.
///
/// # Errors
/// [`RunError`]: it could not begin.
pub async fn run(
    config: Checked,
    flows: Vec<Validated>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
) -> Result<(), RunError> {
    let running = start(config, flows, listener).await?;
    shutdown.await;
    running.stop().await;
    Ok(())
}
