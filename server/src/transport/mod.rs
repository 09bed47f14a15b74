//! Doors through which players come. A door turns its connection into a stream of [`Incoming`] and a [`Line`] that takes
//! [`Outgoing`] and knows nothing of the game; a session knows nothing of the door.

#[cfg(test)]
pub(crate) mod fake;
pub mod length;
pub mod line;
pub mod pipe;
pub mod websocket;

use bytes::Bytes;
use protocol::CloseCode;

pub use self::line::{Line, Wire};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outgoing<'a> {
    /// A whole message in the encoding of the connection.
    Message(&'a [u8]),
    /// A question whether the peer is there.
    Ping,
    /// The answer to the peer's question, with what was asked.
    Pong(&'a [u8]),
    /// The end, with a code and a reason for people, unless the peer gave none either.
    Close(Option<(u16, &'a str)>),
}

/// Why a connection cannot be used any more.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The peer did what the transport does not allow.
    #[error("{}", .0.reason())]
    Refused(CloseCode),
    /// The connection broke.
    #[error("{0}")]
    Broken(String),
}
