//! Being asked to stop: Ctrl-C, or the end that a service manager asks for; and being asked to load anew.

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

/// Listens for requests to load anew, from now on: SIGHUP, where there is such a thing.
pub(crate) struct Reloads(system::Hangups);

impl Reloads {
    /// Begins to listen.
    ///
    /// # Errors
    /// The system does not let us.
    pub(crate) fn listen() -> anyhow::Result<Reloads> {
        system::Hangups::listen().map(Reloads).advise(|| {
            ("cannot listen for signals".to_owned(), "see what the system allows this program".to_owned())
        })
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        self.0.next().await;
    }
}

#[cfg(unix)]
mod system {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    pub(super) struct Hangups(Signal);

    impl Hangups {
        pub(super) fn listen() -> super::io::Result<Hangups> {
            signal(SignalKind::hangup()).map(Hangups)
        }

        pub(super) async fn next(&mut self) {
            if self.0.recv().await.is_none() {
                std::future::pending().await
            }
        }
    }

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
    pub(super) struct Hangups;

    impl Hangups {
        pub(super) fn listen() -> super::io::Result<Hangups> {
            Ok(Hangups)
        }

        pub(super) async fn next(&mut self) {
            std::future::pending().await
        }
    }

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
