//! The WebSocket door, `GET /ws`: RFC 6455 without extensions, as far as a server needs it.
//!
//! It is our own so that a tick is written by the task that played it, with one system call; `ARCHITECTURE.md` says
//! what that saves. [`frame`] knows no I/O, [`handshake`] is the upgrade, [`socket`] is the reading side.

pub mod frame;
pub mod handshake;
pub mod socket;
#[cfg(test)]
mod tests;

use protocol::Encoding;

use super::line::Framing;

pub use self::handshake::Upgrade;
pub use self::socket::Socket;

/// How messages in `encoding` are framed: JSON as text, everything else as binary.
#[must_use]
pub fn framing(encoding: Encoding) -> Framing {
    match encoding {
        Encoding::Json => frame::write_text,
        Encoding::Binary => frame::write_binary,
    }
}
