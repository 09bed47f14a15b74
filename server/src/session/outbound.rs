//! What the session itself sends, and the goodbye. What the room sends does not come through here.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use protocol::{CloseCode, Encoding, ServerMessage, codec};
use tokio::time::{Instant, timeout_at};

use crate::room::Outbox;
use crate::transport::{Incoming, Line, Outgoing, TransportError};

/// How long the peer gets to answer a close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The session's end of a line. Dropping it hangs up.
pub struct Outbound {
    line: Arc<Line>,
    encoding: Encoding,
}

impl Outbound {
    /// Sends through `line`.
    #[must_use]
    pub fn new(line: Arc<Line>, encoding: Encoding) -> Self {
        Self { line, encoding }
    }

    /// The room's end. What the room sends waits until [`Outbound::let_room_through`].
    #[must_use]
    pub fn for_room(&self) -> Box<dyn Outbox> {
        super::slot::outbox(&self.line)
    }

    /// The peer knows what it must know before the room's first word.
    pub fn let_room_through(&self) {
        self.line.release();
    }

    /// Sends one message.
    ///
    /// # Errors
    /// The code to close with; `None` when the connection is gone.
    pub async fn send(&self, message: &ServerMessage) -> Result<(), Option<CloseCode>> {
        self.line.send(&Outgoing::Message(&codec::encode_server(message, self.encoding)));
        self.line.written().await
    }

    /// Asks the peer for a sign of life.
    ///
    /// # Errors
    /// The code to close with; `None` when the connection is gone.
    pub async fn ping(&self) -> Result<(), Option<CloseCode>> {
        self.line.send(&Outgoing::Ping);
        self.line.written().await
    }

    /// Writes out what a busy connection did not take, until the connection is to end: with that code, or without one
    /// when it is gone. Nothing is lost when it is given up.
    pub async fn drive(&self) -> Option<CloseCode> {
        self.line.drive().await
    }

    /// Says goodbye and waits a moment for the peer's answer, so that the close frame is read before the connection
    /// is reset.
    pub async fn close(
        &self,
        stream: &mut (impl Stream<Item = Result<Incoming, TransportError>> + Unpin),
        code: CloseCode,
    ) {
        self.line.send(&Outgoing::Close(Some((code.code(), code.reason()))));
        let deadline = Instant::now() + CLOSE_TIMEOUT;
        let goodbye = async {
            let _ = self.line.written().await;
            // What is always ready never times out: a flood has to be cut off by hand.
            while let Some(Ok(_)) = stream.next().await
                && Instant::now() < deadline
            {}
        };
        let _ = timeout_at(deadline, goodbye).await;
    }
}

impl Drop for Outbound {
    fn drop(&mut self) {
        self.line.hang_up();
    }
}
