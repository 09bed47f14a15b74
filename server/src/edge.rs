//! Where connections of all doors become sessions.

use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::Stream;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::connections::{Connections, Permit};
use crate::lobby::Lobby;
use crate::session::{self, Peer};
use crate::shutdown::Shutdown;
use crate::transport::length::{self, Reader};
use crate::transport::{Incoming, Line, TransportError, Wire};

/// What all doors share.
#[derive(Clone)]
pub(crate) struct Edge {
    pub(crate) lobby: Lobby,
    pub(crate) shutdown: Shutdown,
    pub(crate) sessions: TaskTracker,
    pub(crate) connections: Connections,
}

/// Why a connection is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Turned {
    /// The server stops.
    #[error("the server restarts")]
    Away,
    /// The address has too many already.
    #[error("too many connections from this address")]
    Back,
}

/// A connection that is taken. Counted from now on, so that a stopping server waits for it.
pub(crate) struct Guest {
    lobby: Lobby,
    counted: (Permit, TaskTrackerToken),
}

impl Edge {
    /// Lets a connection in, or not.
    ///
    /// # Errors
    /// [`Turned`].
    pub(crate) fn admit(&self, address: SocketAddr) -> Result<Guest, Turned> {
        if self.shutdown.is_started() {
            return Err(Turned::Away);
        }
        let permit = self.connections.admit(address.ip()).ok_or(Turned::Back)?;
        Ok(Guest { lobby: self.lobby.clone(), counted: (permit, self.sessions.token()) })
    }
}

impl Guest {
    /// Runs the session until one side ends it.
    pub(crate) async fn play(
        self,
        stream: impl Stream<Item = Result<Incoming, TransportError>> + Unpin,
        line: Arc<Line>,
        peer: Peer,
    ) {
        session::run(stream, line, peer, self.lobby).await;
        drop(self.counted);
    }

    /// The same over a wire whose messages stand behind their lengths.
    pub(crate) async fn play_lengths(self, wire: impl Wire, peer: Peer) {
        let line = Arc::new(Line::new(wire, length::write));
        self.play(Reader::new(Arc::clone(&line)), line, peer).await;
    }
}
