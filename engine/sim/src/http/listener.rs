//! Accepts connections, so many at a time, and ends with grace.

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use acs::endpoint::Scheme;
use axum::http::Request;
use axum::response::Response;
use axum::{BoxError, Extension, Router};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tower::ServiceExt;

use super::answering::Broken;
use super::tls::{Certificate, Met};
use crate::limits::{CONNECTIONS_MAX, READ_TIMEOUT};

/// How long requests under way may still take at the end.
const PATIENCE: Duration = Duration::from_secs(1);
/// What passes after a connection could not be accepted, since the reason will hardly be gone at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

pub(super) async fn serve(
    listener: TcpListener,
    certificate: Certificate,
    router: Router,
    shutdown: impl Future<Output = ()> + Send,
) {
    let server = Arc::new(Server::new(certificate, router));
    let graceful = GracefulShutdown::new();
    // Dropped at the end, for connections on which nothing was said yet.
    let (ending, ended) = watch::channel(());
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = async {
                let place = places.clone().acquire_owned().await;
                (listener.accept().await, place)
            } => accepted,
        };
        let (Ok((stream, _)), Ok(place)) = accepted else {
            tracing::warn!("the simulator could not accept a connection");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let (server, watcher, mut ended) = (server.clone(), graceful.watcher(), ended.clone());
        tokio::spawn(async move {
            tokio::select! {
                met = server.meet(stream) => if let Some(met) = met {
                    server.answer(met, watcher).await;
                },
                _ = ended.changed() => {}
            }
            drop(place);
        });
    }
    drop(listener);
    drop(ending);
    let _ = timeout(PATIENCE, graceful.shutdown()).await;
}

/// What all connections share.
struct Server {
    http: http1::Builder,
    certificate: Certificate,
    /// Their answers differ in the absolute URLs.
    plain: Router,
    secure: Router,
}

impl Server {
    fn new(certificate: Certificate, router: Router) -> Server {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(READ_TIMEOUT);
        let plain = router.clone().layer(Extension(Scheme::Http));
        let secure = router.layer(Extension(Scheme::Https));
        Server { http, certificate, plain, secure }
    }

    /// Nothing, if the peer stays silent or says nothing that could be understood.
    async fn meet(&self, stream: TcpStream) -> Option<Met> {
        // Answers are small and are waited for.
        let _ = stream.set_nodelay(true);
        match timeout(READ_TIMEOUT, self.certificate.meet(stream)).await {
            Ok(Ok(met)) => Some(met),
            Ok(Err(error)) => {
                tracing::warn!(%error, "a connection ended before its first request; over TLS a client may not trust the certificate");
                None
            }
            Err(_) => None,
        }
    }

    async fn answer(&self, met: Met, watcher: Watcher) {
        match met {
            Met::Plain(stream) => self.answer_on(stream, self.plain.clone(), watcher).await,
            Met::Secure(stream) => self.answer_on(stream, self.secure.clone(), watcher).await,
        }
    }

    async fn answer_on<S>(&self, stream: S, router: Router, watcher: Watcher)
    where
        S: AsyncRead + AsyncWrite + Unpin + 'static,
    {
        let service =
            TowerToHyperService::new(ServiceExt::<Request<Incoming>>::map_result(router, unless_broken));
        // A connection that breaks is the peer's business.
        let _ = watcher.watch(self.http.serve_connection(TokioIo::new(stream), service)).await;
    }
}

/// A service that fails makes hyper close the connection without an answer.
fn unless_broken(answer: Result<Response, Infallible>) -> Result<Response, BoxError> {
    let Ok(answer) = answer;
    match answer.extensions().get::<Broken>() {
        Some(broken) => Err((*broken).into()),
        None => Ok(answer),
    }
}
