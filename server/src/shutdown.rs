//! Telling every part of the server that it is time to stop.

use tokio_util::sync::CancellationToken;

/// A signal that is given once and can be waited for by anybody.
#[derive(Clone, Debug, Default)]
pub struct Shutdown {
    token: CancellationToken,
}

impl Shutdown {
    /// A signal that somebody gives with [`Shutdown::start`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A signal that SIGTERM or Ctrl-C gives.
    #[must_use]
    pub fn on_signals() -> Self {
        let shutdown = Self::new();
        let signal = shutdown.clone();
        tokio::spawn(async move {
            wait_for_signal().await;
            signal.start();
        });
        shutdown
    }

    /// Gives the signal.
    pub fn start(&self) {
        self.token.cancel();
    }

    /// Waits for the signal; returns at once when it was given already.
    pub async fn started(&self) {
        self.token.cancelled().await;
    }

    /// The signal was given.
    #[must_use]
    pub fn is_started(&self) -> bool {
        self.token.is_cancelled()
    }
}

#[cfg(unix)]
async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                terminate.recv().await;
            }
            Err(error) => {
                tracing::warn!("cannot listen for SIGTERM: {error}");
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        () = terminate => {}
        () = interrupted() => {}
    }
}

#[cfg(not(unix))]
async fn wait_for_signal() {
    interrupted().await;
}

async fn interrupted() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::warn!("cannot listen for Ctrl-C: {error}");
        std::future::pending::<()>().await;
    }
}
