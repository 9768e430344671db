//! Accepts connections: so many at a time, each with a bound on how long a request may take to arrive.
//!
//! A loop of our own, since axum's has neither bound.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::limits::{ACCEPT_PAUSE, CONNECTION_BUFFER_BYTES_MAX, CONNECTIONS_MAX, HEADERS_WAIT_MAX};

/// The order to end serving: how long requests under way may still take.
#[derive(Debug)]
pub(crate) struct Close(pub(crate) Duration);

/// Serves until told to close. Then accepts nothing more, lets what is under way end in time, and cuts off the rest.
pub(crate) async fn serve(listener: TcpListener, router: Router, mut close: oneshot::Receiver<Close>) {
    let http = http();
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    let Close(patience) = loop {
        tokio::select! {
            order = &mut close => break order.unwrap_or(Close(Duration::ZERO)),
            // Tasks that have ended are let go of.
            Some(_) = connections.join_next() => {}
            accepted = accept(&listener, &places) => match accepted {
                Ok((stream, place)) => {
                    let service = TowerToHyperService::new(router.clone());
                    let served = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
                    connections.spawn(async move {
                        // A connection that breaks is the peer's business.
                        drop(served.await);
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    };
    drop(listener);
    if timeout(patience, graceful.shutdown()).await.is_err() {
        tracing::warn!(connections = connections.len(), "requests still under way are cut off");
    }
}

fn http() -> http1::Builder {
    let mut http = http1::Builder::new();
    // The same clock runs while a connection is idle, so it must outlast the pauses between a provider's events.
    http.timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WAIT_MAX)
        .max_buf_size(CONNECTION_BUFFER_BYTES_MAX);
    http
}

/// The next connection, once there is a place for it. Those that must wait wait in the system's queue.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    // Answers are small and are waited for.
    stream.set_nodelay(true)?;
    Ok((stream, place))
}
