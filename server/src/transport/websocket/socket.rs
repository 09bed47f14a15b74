//! The reading side of a WebSocket: a stream of messages for the session.

use std::io::{self, Read};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use futures_util::Stream;
use protocol::Encoding;
use socket2::SockRef;
use tokio::io::Interest;
use tokio::net::TcpStream;

use super::frame::{Event, Reader};
use crate::transport::line::is_temporary;
use crate::transport::{Incoming, Line, Outgoing, TransportError, Wire};

/// Most bytes that are read at once. They lie on the stack, so that an idle connection owns no memory for them.
const CHUNK: usize = 4 * 1024;

/// What a client sends, as messages. Answers pings and goodbyes by itself.
pub struct Socket {
    line: Arc<Line>,
    encoding: Encoding,
    reader: Reader,
    /// Bytes that were read together with an earlier message.
    rest: Bytes,
    phase: Phase,
}

/// How far a connection is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    /// The client broke a rule: nothing of what it sends can be understood.
    Deaf,
    /// Nothing comes any more.
    Over,
}

impl Socket {
    /// Reads from the wire of `line`, after the bytes that were read `early`.
    #[must_use]
    pub fn new(line: Arc<Line>, encoding: Encoding, early: Bytes) -> Self {
        Self { line, encoding, reader: Reader::default(), rest: early, phase: Phase::Open }
    }

    /// The sending side.
    #[cfg(test)]
    pub(crate) fn line(&self) -> &Line {
        &self.line
    }

    /// Reads one event of `bytes`, and says how many bytes that were.
    fn understand(&mut self, bytes: &[u8]) -> (usize, Option<Result<Incoming, TransportError>>) {
        if self.phase != Phase::Open {
            return (bytes.len(), None);
        }
        match self.reader.read(bytes) {
            Ok((used, event)) => (used, event.and_then(|event| self.incoming(event)).map(Ok)),
            Err(code) => {
                self.phase = Phase::Deaf;
                (bytes.len(), Some(Err(TransportError::Refused(code))))
            }
        }
    }

    /// `None` for the end.
    fn incoming(&mut self, event: Event) -> Option<Incoming> {
        Some(match (event, self.encoding) {
            (Event::Text(bytes), Encoding::Json) | (Event::Binary(bytes), Encoding::Binary) => {
                Incoming::Message(bytes)
            }
            (Event::Text(_) | Event::Binary(_), _) => Incoming::WrongKind,
            (Event::Fragment | Event::Pong, _) => Incoming::Alive,
            (Event::Ping(payload), _) => {
                self.line.send(&Outgoing::Pong(&payload));
                Incoming::Alive
            }
            (Event::Close(code), _) => {
                // Not sent when this is the answer to a goodbye of ours.
                self.line.send(&Outgoing::Close(code.map(|code| (code, ""))));
                self.phase = Phase::Over;
                return None;
            }
        })
    }

    /// Reads what is there, and takes one event out of it. `Ok(None)` when there is none, or not a whole one.
    fn read(&mut self) -> io::Result<Option<Result<Incoming, TransportError>>> {
        let mut chunk = [0; CHUNK];
        let got = match self.line.wire().try_read(&mut chunk) {
            Err(error) if is_temporary(&error) => return Ok(None),
            got => got?,
        };
        if got == 0 {
            self.phase = Phase::Over;
        }
        let (used, item) = self.understand(&chunk[..got]);
        if used < got {
            self.rest = Bytes::copy_from_slice(&chunk[used..got]);
        }
        Ok(item)
    }
}

impl Stream for Socket {
    type Item = Result<Incoming, TransportError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if this.phase == Phase::Over {
                return Poll::Ready(None);
            }
            let item = if this.rest.is_empty() {
                // Asked before every read, as this is where a flood gives way to other tasks.
                let read = ready!(this.line.wire().poll_readable(context)).and_then(|()| this.read());
                read.unwrap_or_else(|error| {
                    this.phase = Phase::Over;
                    Some(Err(TransportError::Broken(error.to_string())))
                })
            } else {
                let rest = std::mem::take(&mut this.rest);
                let (used, item) = this.understand(&rest);
                if used < rest.len() {
                    this.rest = rest;
                    this.rest.advance(used);
                }
                item
            };
            if item.is_some() {
                return Poll::Ready(item);
            }
        }
    }
}

impl Wire for TcpStream {
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut short = None;
        let read = self.try_io(Interest::READABLE, || {
            let got = (&*SockRef::from(self)).read(buffer)?;
            // Whoever gets less than it asked for has got all there was (epoll(7), "Questions and answers", 9). To say
            // so saves the read that would only find nothing.
            if cfg!(target_os = "linux") && 0 < got && got < buffer.len() {
                short = Some(got);
                return Err(io::ErrorKind::WouldBlock.into());
            }
            Ok(got)
        });
        short.map_or(read, Ok)
    }

    fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_read_ready(context)
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        Self::try_write(self, bytes)
    }

    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_write_ready(context)
    }

    fn hang_up(&self) {
        // A connection that is gone already needs no goodbye.
        let _ = SockRef::from(self).shutdown(std::net::Shutdown::Write);
    }
}
