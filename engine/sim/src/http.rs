//! The same world behind a socket: the only part of this crate with effects.
//!
//! One lock holds the world; a driver lets happen what is due, a deliverer posts what comes of it. Every bound is in
//! `limits.rs`.

mod answering;
mod api;
mod clients;
mod control;
mod deliver;
mod entra;
mod issuer;
mod listener;
mod origin;
#[cfg(test)]
mod tests;
mod tls;

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use acs::endpoint::{AccessKey, AccessKeyError};
use acs::event_grid::Schema;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use jiff::Timestamp;
use parking_lot::Mutex;
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::{Notify, broadcast, watch};

use crate::faults::Faults;
use crate::limits::{CONTROL_BYTES_MAX, DELIVERED_REMEMBERED_MAX};
use crate::script::{Scene, check_webhook};
use crate::world::{World, WorldOptions};
use deliver::Deliverer;
use entra::Authority;
use issuer::Issuer;
pub use tls::{Certificate, CertificateError};

/// The access key that is used when none is given. It is public, and good for nothing but this simulator.
pub const DEVELOPMENT_KEY: &str = "c2ltdWxhdG9yLWtleS1mb3ItZGV2ZWxvcG1lbnQtb25seQ==";

/// The resource's id when none is given: the audience of callbacks' tokens.
pub const DEVELOPMENT_RESOURCE: &str = "00000000-0000-4000-8000-000000000001";

/// Below which tokens of Microsoft Entra ID are given: behind the simulator's address, the authority of its
/// applications.
pub const AUTHORITY_PATH: &str = "/entra";

/// How the simulator is run.
#[derive(Clone, Debug)]
pub struct SimOptions {
    /// What requests must be signed with, base64.
    pub access_key: SecretString,
    /// Whether any bearer token is accepted in place of a signature; it is not checked.
    pub accepts_bearer: bool,
    /// For which secret of an application tokens are given, which are then taken in place of signatures; `None`: for
    /// none.
    pub client_secret: Option<SecretString>,
    /// Where incoming calls are announced, as Event Grid would.
    pub webhook: Option<String>,
    /// In which envelope.
    pub schema: Schema,
    /// Where all ids and all chance come from.
    pub seed: u64,
    /// How many times faster than real people, prompts and their timeouts are.
    pub speed: f64,
    /// What goes wrong, by chance. The control API can change it.
    pub faults: Faults,
    /// How often a callback that failed is posted again, at most
    /// [`CALLBACK_RETRIES_MAX`](crate::limits::CALLBACK_RETRIES_MAX) times.
    pub callback_retries: u32,
    /// Who signs the tokens of callbacks.
    pub issuer: String,
    /// For whom: the resource's immutable id.
    pub audience: String,
    /// Who is behind which number, and what the service meets outside.
    pub scene: Scene,
    /// Who the simulator is to clients that insist on HTTPS. One is made at start where none is given.
    pub certificate: Option<Certificate>,
}

impl Default for SimOptions {
    fn default() -> SimOptions {
        SimOptions {
            access_key: SecretString::from(DEVELOPMENT_KEY),
            accepts_bearer: false,
            client_secret: None,
            webhook: None,
            schema: Schema::EventGrid,
            seed: 1,
            speed: 1.0,
            faults: Faults::default(),
            callback_retries: 0,
            issuer: acs::token::ISSUER.to_owned(),
            audience: DEVELOPMENT_RESOURCE.to_owned(),
            scene: Scene::default(),
            certificate: None,
        }
    }
}

/// Why the simulator does not start.
#[derive(Debug, Error)]
pub enum Error {
    /// The access key cannot be used.
    #[error("the simulator's access key cannot be used")]
    AccessKey(#[source] AccessKeyError),
    /// The webhook is no URL.
    #[error("the simulator's webhook cannot be used: {0}")]
    Webhook(String),
    /// The scene makes no sense.
    #[error("the simulator's script cannot be used: {0}")]
    Scene(String),
    /// The speed is no positive number.
    #[error("the simulator's speed must be a number above 0, such as 1 or 50; it is {0}")]
    Speed(f64),
    /// No key could be made for the tokens of callbacks.
    #[error("no key could be made for the tokens of callbacks")]
    Key,
    /// No certificate could be made.
    #[error("no certificate could be made for clients that speak TLS")]
    Certificate(#[from] CertificateError),
    /// The client that posts callbacks could not be set up.
    #[error("the client that posts callbacks could not be set up")]
    Client(#[source] reqwest::Error),
    /// The listener has no address.
    #[error("the address to listen on cannot be read")]
    Listener(#[source] io::Error),
}

/// What all handlers share.
struct Shared {
    world: Mutex<World>,
    /// Wakes the driver: something was put on the agenda.
    woken: Notify,
    /// Changes whenever something has happened, for those who watch.
    changed: watch::Sender<()>,
    /// The leg of each callback that was posted, for answers that are held back.
    delivered: broadcast::Sender<String>,
    access_key: AccessKey,
    accepts_bearer: bool,
    authority: Authority,
    issuer: Issuer,
}

impl Shared {
    /// Asks the world something that may lead to more.
    fn with_world<T>(&self, ask: impl FnOnce(&mut World, Timestamp) -> T) -> T {
        let answer = ask(&mut self.world.lock(), now());
        self.woken.notify_one();
        self.changed.send_replace(());
        answer
    }
}

/// Serves the simulator on `listener` until `shutdown`, each connection in HTTP or HTTPS as its client begins it.
///
/// # Errors
/// [`enum@Error`]: the options cannot be used. Once it serves, it ends only with `shutdown`.
pub async fn serve(
    options: SimOptions,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), Error> {
    let address = listener.local_addr().map_err(Error::Listener)?;
    let shared = Arc::new(share(&options)?);
    let deliverer = Deliverer::new(shared.clone(), options.schema)?;
    let certificate = match options.certificate {
        Some(certificate) => certificate,
        None => Certificate::new()?,
    };
    tracing::info!(%address, speed = options.speed, seed = options.seed, "the simulator listens");
    let driver = tokio::spawn(drive(shared.clone(), deliverer));
    listener::serve(listener, certificate, router(shared), shutdown).await;
    driver.abort();
    Ok(())
}

fn share(options: &SimOptions) -> Result<Shared, Error> {
    if !options.speed.is_finite() || options.speed <= 0.0 {
        return Err(Error::Speed(options.speed));
    }
    if let Some(webhook) = &options.webhook {
        check_webhook(webhook).map_err(Error::Webhook)?;
    }
    options.scene.check().map_err(Error::Scene)?;
    let world = World::new(WorldOptions {
        seed: options.seed,
        speed: options.speed,
        webhook: options.webhook.clone(),
        schema: options.schema,
        scene: options.scene.clone(),
        faults: options.faults.clone(),
        callback_retries: options.callback_retries,
        ..WorldOptions::default()
    });
    Ok(Shared {
        world: Mutex::new(world),
        woken: Notify::new(),
        changed: watch::Sender::new(()),
        delivered: broadcast::Sender::new(DELIVERED_REMEMBERED_MAX),
        access_key: AccessKey::parse(options.access_key.expose_secret()).map_err(Error::AccessKey)?,
        accepts_bearer: options.accepts_bearer,
        authority: Authority::new(options.client_secret.clone()),
        issuer: Issuer::new(&options.issuer, &options.audience)?,
    })
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .nest("/sim", control::router())
        .route(&format!("{AUTHORITY_PATH}/{{tenant}}/oauth2/v2.0/token"), post(entra::token))
        .route(acs::token::OPENID_CONFIGURATION_PATH, get(issuer::configuration))
        .route(acs::token::KEYS_PATH, get(issuer::keys))
        .fallback(api::answer)
        .layer(DefaultBodyLimit::max(CONTROL_BYTES_MAX))
        .with_state(shared)
}

/// Lets happen what is due, and waits for what is due next.
async fn drive(shared: Arc<Shared>, deliverer: Arc<Deliverer>) {
    loop {
        let (deliveries, due) = {
            let mut world = shared.world.lock();
            (world.advance(now()), world.next_due())
        };
        shared.changed.send_replace(());
        for delivery in deliveries {
            deliverer.push(delivery);
        }
        let wait = due.map_or(Duration::MAX, |due| {
            Duration::try_from(due.duration_since(now())).unwrap_or(Duration::ZERO)
        });
        // Wakes at once for something new, and otherwise when it is due; long waits are cut, the timer has a limit.
        let wait = wait.min(Duration::from_secs(3600));
        let _ = tokio::time::timeout(wait, shared.woken.notified()).await;
    }
}

/// The only place of this crate that reads the clock.
#[expect(clippy::disallowed_methods, reason = "the world is told the time, and this is where it comes from")]
fn now() -> Timestamp {
    Timestamp::now()
}
