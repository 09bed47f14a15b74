//! The WebSocket door, `GET /ws`.

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream, StreamExt, future};
use protocol::{BINARY, Encoding, JSON, limits};

use super::{Incoming, Outgoing, TransportError};

/// Read buffer of a connection, bytes. Inputs are small; the default of 128 KiB would cost more than the player itself.
const READ_BUFFER: usize = 4 * 1024;
/// Most bytes that wait in the write buffer: a keyframe of a full room and what goes with it.
const MAX_WRITE_BUFFER: usize = 8 * 1024 * 1024;

/// Sets the limits and the subprotocols of an upgrade.
pub fn configure(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade
        .protocols([BINARY, JSON])
        .max_message_size(limits::MAX_CLIENT_MESSAGE)
        .max_frame_size(limits::MAX_CLIENT_MESSAGE)
        .read_buffer_size(READ_BUFFER)
        .max_write_buffer_size(MAX_WRITE_BUFFER)
}

/// The encoding that was agreed on: what the client offered, else what it asked for in the address, else JSON.
#[must_use]
pub fn encoding(socket: &WebSocket, asked: Option<&str>) -> Encoding {
    let agreed = socket.protocol().and_then(|name| name.to_str().ok());
    agreed.or(asked).and_then(Encoding::from_subprotocol).unwrap_or(Encoding::Json)
}

/// A WebSocket as a session sees it.
pub fn split(
    socket: WebSocket,
    encoding: Encoding,
) -> (
    impl Stream<Item = Result<Incoming, TransportError>> + Unpin,
    impl Sink<Outgoing, Error = TransportError> + Unpin,
) {
    let (sink, stream) = socket.split();
    let stream = stream.filter_map(move |message| {
        future::ready(match message {
            Ok(message) => incoming(message, encoding).map(Ok),
            Err(error) => Some(Err(broken(&error))),
        })
    });
    let sink = sink
        .sink_map_err(|error| broken(&error))
        .with(move |message| future::ready(outgoing(message, encoding)));
    (stream, sink)
}

/// `None` for a close frame: the stream ends after it.
fn incoming(message: Message, encoding: Encoding) -> Option<Incoming> {
    Some(match (message, encoding) {
        (Message::Text(text), Encoding::Json) => Incoming::Message(Bytes::from(text)),
        (Message::Binary(bytes), Encoding::Binary) => Incoming::Message(bytes),
        (Message::Text(_) | Message::Binary(_), _) => Incoming::WrongKind,
        (Message::Ping(_) | Message::Pong(_), _) => Incoming::Alive,
        (Message::Close(_), _) => return None,
    })
}

fn outgoing(message: Outgoing, encoding: Encoding) -> Result<Message, TransportError> {
    Ok(match (message, encoding) {
        (Outgoing::Message(bytes), Encoding::Binary) => Message::Binary(bytes),
        (Outgoing::Message(bytes), Encoding::Json) => {
            let text =
                Utf8Bytes::try_from(bytes).map_err(|error| TransportError::Broken(error.to_string()))?;
            Message::Text(text)
        }
        (Outgoing::Ping, _) => Message::Ping(Bytes::new()),
        (Outgoing::Close(code), _) => Message::Close(Some(CloseFrame {
            code: code.code(),
            reason: Utf8Bytes::from_static(code.reason()),
        })),
    })
}

fn broken(error: &axum::Error) -> TransportError {
    // axum hides the kind of the error; its text is that of tungstenite's `CapacityError`.
    let text = error.to_string();
    if text.contains("Space limit exceeded") || text.contains("too long") {
        TransportError::TooBig
    } else {
        TransportError::Broken(text)
    }
}
