//! What goes to the peer: every tick in one write, and never longer than a stalled peer deserves.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use protocol::{CloseCode, Encoding, ServerMessage, codec};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::metrics;
use crate::room::{Offer, Outbox, Parcel};
use crate::transport::{Incoming, Outgoing, TransportError};

/// A peer that takes nothing for this long does not read at all.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the peer gets to answer a close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// Ticks that may wait for a busy connection. Latest wins: what is more is skipped and healed by a keyframe.
const TICKS_WAITING: usize = 2;

/// The sending side of a connection.
pub struct Outbound<K> {
    sink: K,
    encoding: Encoding,
}

impl<K: Sink<Outgoing, Error = TransportError> + Unpin> Outbound<K> {
    /// Sends to `sink`.
    pub fn new(sink: K, encoding: Encoding) -> Self {
        Self { sink, encoding }
    }

    /// Sends one message.
    ///
    /// # Errors
    /// The code to close with; `None` when the connection is gone.
    pub async fn send(&mut self, message: &ServerMessage) -> Result<(), Option<CloseCode>> {
        self.send_all(vec![Bytes::from(codec::encode_server(message, self.encoding))]).await
    }

    /// Sends messages with one write.
    ///
    /// # Errors
    /// The code to close with; `None` when the connection is gone.
    pub async fn send_all(&mut self, messages: Vec<Bytes>) -> Result<(), Option<CloseCode>> {
        metrics::sent(messages.iter().map(Bytes::len).sum());
        let sink = &mut self.sink;
        let write = async move {
            for message in messages {
                sink.feed(Outgoing::Message(message)).await?;
            }
            sink.flush().await
        };
        finish(timeout(WRITE_TIMEOUT, write).await)
    }

    /// Asks the peer for a sign of life.
    ///
    /// # Errors
    /// The code to close with; `None` when the connection is gone.
    pub async fn ping(&mut self) -> Result<(), Option<CloseCode>> {
        finish(timeout(WRITE_TIMEOUT, self.sink.send(Outgoing::Ping)).await)
    }

    /// Says goodbye and waits a moment for the peer's answer, so that the close frame is read before the connection
    /// is reset.
    pub async fn close(
        &mut self,
        stream: &mut (impl Stream<Item = Result<Incoming, TransportError>> + Unpin),
        code: CloseCode,
    ) {
        let goodbye = async {
            self.sink.send(Outgoing::Close(code)).await?;
            while let Some(Ok(_)) = stream.next().await {}
            Ok::<(), TransportError>(())
        };
        let _ = timeout(CLOSE_TIMEOUT, goodbye).await;
    }
}

fn finish(
    written: Result<Result<(), TransportError>, tokio::time::error::Elapsed>,
) -> Result<(), Option<CloseCode>> {
    match written {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(None),
        Err(_) => Err(Some(CloseCode::TooSlow)),
    }
}

/// The way from the room to a session, for the room.
struct ChannelOutbox {
    ticks: mpsc::Sender<Vec<Bytes>>,
    code: Arc<OnceLock<CloseCode>>,
}

/// The way from the room to a session, for the session.
pub struct Deliveries {
    ticks: mpsc::Receiver<Vec<Bytes>>,
    code: Arc<OnceLock<CloseCode>>,
}

/// Both ends of the way from a room to a session.
#[must_use]
pub fn channel() -> (Box<dyn Outbox>, Deliveries) {
    let (sender, receiver) = mpsc::channel(TICKS_WAITING);
    let code = Arc::new(OnceLock::new());
    let outbox = ChannelOutbox { ticks: sender, code: Arc::clone(&code) };
    (Box::new(outbox), Deliveries { ticks: receiver, code })
}

impl Outbox for ChannelOutbox {
    fn offer(&mut self, parcel: &Parcel) -> Offer {
        match self.ticks.try_send(parcel.iter().map(Bytes::copy_from_slice).collect()) {
            Ok(()) => Offer::Taken,
            Err(mpsc::error::TrySendError::Full(_)) => Offer::Full,
            Err(mpsc::error::TrySendError::Closed(_)) => Offer::Gone,
        }
    }

    fn close(self: Box<Self>, code: CloseCode) {
        let _ = self.code.set(code);
    }
}

impl Deliveries {
    /// The messages of the next tick.
    ///
    /// # Errors
    /// The code to close with when the room ended the connection.
    pub async fn next(&mut self) -> Result<Vec<Bytes>, CloseCode> {
        match self.ticks.recv().await {
            Some(messages) => Ok(messages),
            None => Err(self.code.get().copied().unwrap_or(CloseCode::Internal)),
        }
    }
}
