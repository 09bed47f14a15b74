//! What goes to the peer: every tick in one write, and never longer than a stalled peer deserves.

use std::time::Duration;

use bytes::BytesMut;
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use protocol::{CloseCode, Encoding, ServerMessage, codec};
use tokio::time::timeout;

use crate::metrics;
use crate::room::Parcel;
use crate::transport::{Incoming, Outgoing, TransportError};

/// A peer that takes nothing for this long does not read at all.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the peer gets to answer a close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// The sending side of a connection.
pub struct Outbound<K> {
    sink: K,
    encoding: Encoding,
    /// Memory of messages that are being sent; free again as soon as they are.
    pool: BytesMut,
    sent: metrics::Sent,
}

impl<K: Sink<Outgoing, Error = TransportError> + Unpin> Outbound<K> {
    /// Sends to `sink`.
    pub fn new(sink: K, encoding: Encoding) -> Self {
        Self { sink, encoding, pool: BytesMut::new(), sent: metrics::Sent::new() }
    }

    /// Sends one message.
    ///
    /// # Errors
    /// The code to close with; `None` when the connection is gone.
    pub async fn send(&mut self, message: &ServerMessage) -> Result<(), Option<CloseCode>> {
        let mut parcel = Parcel::default();
        parcel.push(&codec::encode_server(message, self.encoding));
        self.send_all(&parcel).await
    }

    /// Sends messages with one write.
    ///
    /// # Errors
    /// The code to close with; `None` when the connection is gone.
    pub async fn send_all(&mut self, parcel: &Parcel) -> Result<(), Option<CloseCode>> {
        self.sent.record(parcel.bytes());
        let Self { sink, pool, .. } = self;
        let write = async move {
            for message in parcel.iter() {
                pool.extend_from_slice(message);
                sink.feed(Outgoing::Message(pool.split().freeze())).await?;
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
