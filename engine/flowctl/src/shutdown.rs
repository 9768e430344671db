//! Being asked to stop: Ctrl-C, or the end that a service manager asks for.

use std::future::Future;
use std::io;

use crate::advice::Advise;

/// Listens for requests to stop, from now on.
pub(crate) struct Requests(system::Signals);

impl Requests {
    /// Begins to listen.
    ///
    /// # Errors
    /// The system does not let us.
    pub(crate) fn listen() -> anyhow::Result<Requests> {
        system::Signals::listen().map(Requests).advise(|| {
            ("cannot listen for signals".to_owned(), "see what the system allows this program".to_owned())
        })
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        self.0.next().await;
    }

    /// Finishes the work, unless somebody asks again: then it is dropped.
    pub(crate) async fn unless_impatient(&mut self, work: impl Future<Output = ()>) {
        tokio::select! {
            () = work => {}
            () = self.next() => {}
        }
    }
}

#[cfg(unix)]
mod system {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    pub(super) struct Signals {
        interrupt: Signal,
        terminate: Signal,
    }

    impl Signals {
        pub(super) fn listen() -> super::io::Result<Signals> {
            Ok(Signals {
                interrupt: signal(SignalKind::interrupt())?,
                terminate: signal(SignalKind::terminate())?,
            })
        }

        pub(super) async fn next(&mut self) {
            tokio::select! {
                _ = self.interrupt.recv() => {}
                _ = self.terminate.recv() => {}
            }
        }
    }
}

#[cfg(not(unix))]
mod system {
    pub(super) struct Signals;

    impl Signals {
        pub(super) fn listen() -> super::io::Result<Signals> {
            Ok(Signals)
        }

        pub(super) async fn next(&mut self) {
            drop(tokio::signal::ctrl_c().await);
        }
    }
}
