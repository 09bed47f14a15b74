//! Messages behind their length: four bytes, big-endian, then a message in JSON. The TCP door speaks it, and so do doors
//! inside of the server, through a [pipe](super::pipe).
//!
//! A length of zero is a sign of life: the server asks with it whether the peer is there, and the peer may send it at any time.
//! The last message of the server, in place of a close frame, is `{"type":"close","code":...,"reason":"..."}`.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use futures_util::Stream;
use protocol::CloseCode;
use protocol::limits::MAX_CLIENT_MESSAGE;
use tokio_util::codec::{Decoder, LengthDelimitedCodec};

use super::line::is_temporary;
use super::{Incoming, Line, Outgoing, TransportError};

/// Most bytes that are read at once.
const CHUNK: usize = 4 * 1024;

/// Appends what is sent to `out`.
pub fn write(out: &mut Vec<u8>, outgoing: &Outgoing<'_>) {
    match outgoing {
        Outgoing::Message(message) => write_message(out, message),
        Outgoing::Ping | Outgoing::Pong(_) => write_message(out, b""),
        Outgoing::Close(Some((code, reason))) => {
            let goodbye = serde_json::json!({ "type": "close", "code": code, "reason": reason });
            write_message(out, goodbye.to_string().as_bytes());
        }
        Outgoing::Close(None) => {}
    }
}

/// Appends one message with its length.
///
/// No message is longer than what four bytes can count: the longest is [`protocol::limits::MAX_SERVER_MESSAGE`].
pub fn write_message(out: &mut Vec<u8>, message: &[u8]) {
    let len = u32::try_from(message.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&len.to_be_bytes());
    out.extend_from_slice(message);
}

/// Takes messages of at most `max` bytes out of what arrives.
#[must_use]
pub fn codec(max: usize) -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder().big_endian().length_field_length(4).max_frame_length(max).new_codec()
}

/// The reading side: what a peer sends, as messages.
pub struct Reader {
    line: Arc<Line>,
    codec: LengthDelimitedCodec,
    bytes: BytesMut,
    phase: Phase,
}

/// How far a connection is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    /// The peer sent a length that is not allowed: nothing after it can be understood.
    Deaf,
    /// Nothing comes any more.
    Over,
}

impl Reader {
    /// Reads from the wire of `line`.
    #[must_use]
    pub fn new(line: Arc<Line>) -> Self {
        Self { line, codec: codec(MAX_CLIENT_MESSAGE), bytes: BytesMut::new(), phase: Phase::Open }
    }

    /// A message out of what was read already.
    fn next_message(&mut self) -> Option<Result<Incoming, TransportError>> {
        if self.phase == Phase::Deaf {
            self.bytes.clear();
            return None;
        }
        match self.codec.decode(&mut self.bytes) {
            Ok(None) => {
                if self.bytes.is_empty() {
                    // An idle connection owns no memory.
                    self.bytes = BytesMut::new();
                }
                None
            }
            Ok(Some(message)) if message.is_empty() => Some(Ok(Incoming::Alive)),
            Ok(Some(message)) => Some(Ok(Incoming::Message(message.freeze()))),
            Err(_) => {
                self.phase = Phase::Deaf;
                Some(Err(TransportError::Refused(CloseCode::TooBig)))
            }
        }
    }

    fn read(&mut self) -> io::Result<()> {
        let mut chunk = [0; CHUNK];
        match self.line.wire().try_read(&mut chunk) {
            Ok(0) => self.phase = Phase::Over,
            Ok(got) => self.bytes.extend_from_slice(&chunk[..got]),
            Err(error) if is_temporary(&error) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

impl Stream for Reader {
    type Item = Result<Incoming, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(item) = this.next_message() {
                return Poll::Ready(Some(item));
            }
            if this.phase == Phase::Over {
                return Poll::Ready(None);
            }
            if let Err(error) = ready!(this.line.wire().poll_readable(context)).and_then(|()| this.read()) {
                this.phase = Phase::Over;
                return Poll::Ready(Some(Err(TransportError::Broken(error.to_string()))));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, StreamExt};

    use super::super::fake::FakeWire;
    use super::*;

    fn door() -> (FakeWire, Reader) {
        let wire = FakeWire::default();
        (wire.clone(), Reader::new(Arc::new(Line::new(wire, write))))
    }

    /// What can be read without waiting; `None` when nothing can.
    fn now(reader: &mut Reader) -> Option<Option<Result<Incoming, TransportError>>> {
        reader.next().now_or_never()
    }

    fn message(text: &str) -> Option<Option<Result<Incoming, TransportError>>> {
        Some(Some(Ok(Incoming::Message(text.as_bytes().to_vec().into()))))
    }

    #[test]
    fn a_message_may_come_in_bytes_and_several_at_once() {
        let (wire, mut reader) = door();
        let mut bytes = Vec::new();
        write_message(&mut bytes, b"one");
        write_message(&mut bytes, b"two");
        for byte in &bytes[..6] {
            wire.arrive(&[*byte]);
            assert_eq!(now(&mut reader), None);
        }
        wire.arrive(&bytes[6..]);
        assert_eq!(now(&mut reader), message("one"));
        assert_eq!(now(&mut reader), message("two"));
        assert_eq!(now(&mut reader), None);
    }

    #[test]
    fn a_length_of_zero_is_a_sign_of_life() {
        let (wire, mut reader) = door();
        wire.arrive(&[0; 4]);
        assert_eq!(now(&mut reader), Some(Some(Ok(Incoming::Alive))));
        assert_eq!(now(&mut reader), None);
    }

    #[test]
    fn a_huge_length_is_refused_before_its_bytes_come_and_ends_the_understanding() {
        let (wire, mut reader) = door();
        wire.arrive(&[0xff, 0xff, 0xff, 0xff, b'x']);
        assert_eq!(now(&mut reader), Some(Some(Err(TransportError::Refused(CloseCode::TooBig)))));
        wire.arrive(&[0, 0, 0, 1, b'y']);
        assert_eq!(now(&mut reader), None, "what follows has no meaning");
        wire.end();
        assert_eq!(now(&mut reader), Some(None));
    }

    #[test]
    fn half_a_message_and_the_end_is_the_end() {
        let (wire, mut reader) = door();
        wire.arrive(&[0, 0, 0, 9, b'x']);
        wire.end();
        assert_eq!(now(&mut reader), Some(None));
    }

    #[test]
    fn a_goodbye_says_why_and_a_question_is_an_empty_message() {
        let mut out = Vec::new();
        write(&mut out, &Outgoing::Ping);
        assert_eq!(out, [0; 4]);
        out.clear();
        write(&mut out, &Outgoing::Close(Some((4003, "too slow"))));
        let body: serde_json::Value = serde_json::from_slice(&out[4..]).unwrap();
        assert_eq!(body, serde_json::json!({ "type": "close", "code": 4003, "reason": "too slow" }));
        assert_eq!(out[..4], (out.len() as u32 - 4).to_be_bytes());
    }
}
