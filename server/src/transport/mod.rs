//! Doors through which players come. A door turns its connection into a stream of [`Incoming`] and a sink of
//! [`Outgoing`] and knows nothing of the game; a session knows nothing of the door.

pub mod websocket;

use bytes::Bytes;
use protocol::CloseCode;

/// What comes from a player's connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// A whole message in the encoding of the connection.
    Message(Bytes),
    /// A sign of life without content.
    Alive,
    /// A message of the wrong kind: binary where text was agreed on, or the other way round.
    WrongKind,
}

/// What goes to a player's connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// A whole message in the encoding of the connection.
    Message(Bytes),
    /// A question whether the peer is there.
    Ping,
    /// The end, and why.
    Close(CloseCode),
}

/// Why a connection cannot be used any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The peer sent more than is allowed at once.
    #[error("message too big")]
    TooBig,
    /// The connection broke, or the peer broke the rules of the transport.
    #[error("{0}")]
    Broken(String),
}
