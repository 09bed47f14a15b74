//! A connection that stays inside of the server: one end is the [`Wire`] of a session, the other belongs to a door that
//! translates, and speaks [messages behind their length](super::length).

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::{Bytes, BytesMut};
use protocol::limits::MAX_SERVER_MESSAGE;
use tokio_util::codec::{Decoder, LengthDelimitedCodec};

use super::{Wire, length};

/// Bytes that wait for the session; a door that has more must wait.
const TO_SESSION: usize = 16 * 1024;
/// Bytes that wait for the door. When it does not take them, its line is busy, as that of any slow peer.
const TO_DOOR: usize = 256 * 1024;

#[derive(Default)]
struct Inner {
    to_session: VecDeque<u8>,
    to_door: VecDeque<u8>,
    session_gone: bool,
    door_gone: bool,
    /// Waits for something to read.
    session_reads: Option<Waker>,
    /// Waits for room to write.
    session_writes: Option<Waker>,
    door_reads: Option<Waker>,
}

type Shared = Arc<Mutex<Inner>>;

fn lock(shared: &Shared) -> MutexGuard<'_, Inner> {
    // Nothing that happens under the lock can leave it half done.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wake(waiting: &mut Option<Waker>) {
    if let Some(waker) = waiting.take() {
        waker.wake();
    }
}

/// The session's end.
pub struct PipeWire(Shared);

/// The door's end. Dropping it hangs up.
pub struct PipeEnd {
    shared: Shared,
    codec: LengthDelimitedCodec,
    bytes: BytesMut,
}

/// The session reads too slowly, or is gone: the message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session takes nothing more at the moment")]
pub struct NotTaken;

/// Both ends.
#[must_use]
pub fn pair() -> (PipeWire, PipeEnd) {
    let shared = Shared::default();
    let codec = length::codec(MAX_SERVER_MESSAGE);
    (PipeWire(Arc::clone(&shared)), PipeEnd { shared, codec, bytes: BytesMut::new() })
}

/// Only the way to the session; it does not keep the pipe open.
#[derive(Clone)]
pub struct PipeSender(Shared);

impl PipeSender {
    /// Hands a whole message to the session.
    ///
    /// # Errors
    /// [`NotTaken`].
    pub fn send(&self, message: &[u8]) -> Result<(), NotTaken> {
        let mut inner = lock(&self.0);
        if inner.session_gone || inner.door_gone || inner.to_session.len() + message.len() + 4 > TO_SESSION {
            return Err(NotTaken);
        }
        let mut framed = Vec::with_capacity(message.len() + 4);
        length::write_message(&mut framed, message);
        inner.to_session.extend(framed);
        wake(&mut inner.session_reads);
        Ok(())
    }
}

impl PipeEnd {
    /// Hands a whole message to the session.
    ///
    /// # Errors
    /// [`NotTaken`].
    pub fn send(&self, message: &[u8]) -> Result<(), NotTaken> {
        self.sender().send(message)
    }

    /// The way to the session, for somebody else.
    #[must_use]
    pub fn sender(&self) -> PipeSender {
        PipeSender(Arc::clone(&self.shared))
    }

    /// The next message of the session, empty when it asks for a sign of life; `None` when nothing comes any more. Nothing
    /// is lost when it is given up.
    pub async fn next(&mut self) -> Option<Bytes> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// The same, if there is one now.
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            // The session frames its messages itself, within the limits.
            match self.codec.decode(&mut self.bytes) {
                Ok(Some(message)) => return Poll::Ready(Some(message.freeze())),
                Ok(None) => {}
                Err(_) => return Poll::Ready(None),
            }
            let mut inner = lock(&self.shared);
            if inner.to_door.is_empty() {
                if inner.session_gone {
                    return Poll::Ready(None);
                }
                inner.door_reads = Some(context.waker().clone());
                return Poll::Pending;
            }
            let (front, back) = inner.to_door.as_slices();
            self.bytes.extend_from_slice(front);
            self.bytes.extend_from_slice(back);
            inner.to_door.clear();
            wake(&mut inner.session_writes);
        }
    }
}

impl Drop for PipeEnd {
    fn drop(&mut self) {
        let mut inner = lock(&self.shared);
        inner.door_gone = true;
        wake(&mut inner.session_reads);
        wake(&mut inner.session_writes);
    }
}

impl Wire for PipeWire {
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut inner = lock(&self.0);
        if inner.to_session.is_empty() {
            return if inner.door_gone { Ok(0) } else { Err(io::ErrorKind::WouldBlock.into()) };
        }
        io::Read::read(&mut inner.to_session, buffer)
    }

    fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut inner = lock(&self.0);
        if !inner.to_session.is_empty() || inner.door_gone {
            return Poll::Ready(Ok(()));
        }
        inner.session_reads = Some(context.waker().clone());
        Poll::Pending
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut inner = lock(&self.0);
        if inner.door_gone {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let taken = bytes.len().min(TO_DOOR.saturating_sub(inner.to_door.len()));
        if taken == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        inner.to_door.extend(&bytes[..taken]);
        wake(&mut inner.door_reads);
        Ok(taken)
    }

    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut inner = lock(&self.0);
        if inner.door_gone || inner.to_door.len() < TO_DOOR {
            return Poll::Ready(Ok(()));
        }
        inner.session_writes = Some(context.waker().clone());
        Poll::Pending
    }

    fn hang_up(&self) {
        let mut inner = lock(&self.0);
        inner.session_gone = true;
        wake(&mut inner.door_reads);
    }
}

impl Drop for PipeWire {
    fn drop(&mut self) {
        self.hang_up();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, StreamExt};

    use super::*;
    use crate::transport::length::Reader;
    use crate::transport::line::Posted;
    use crate::transport::{Incoming, Line};

    #[test]
    fn both_ends_hear_each_other() {
        let (wire, mut end) = pair();
        let line = Arc::new(Line::new(wire, length::write));
        line.release();
        let mut reader = Reader::new(Arc::clone(&line));
        assert!(reader.next().now_or_never().is_none());
        end.send(b"in").unwrap();
        let heard = reader.next().now_or_never();
        assert_eq!(heard, Some(Some(Ok(Incoming::Message(Bytes::from_static(b"in"))))));

        assert!(end.next().now_or_never().is_none());
        assert_eq!(line.post([&b"out"[..], b"again"].into_iter()), Posted::Taken);
        assert_eq!(end.next().now_or_never(), Some(Some(Bytes::from_static(b"out"))));
        assert_eq!(end.next().now_or_never(), Some(Some(Bytes::from_static(b"again"))));
    }

    #[test]
    fn each_end_notices_that_the_other_is_gone() {
        let (wire, end) = pair();
        let line = Arc::new(Line::new(wire, length::write));
        let mut reader = Reader::new(Arc::clone(&line));
        drop(end);
        assert_eq!(reader.next().now_or_never(), Some(None));
        line.release();
        assert_eq!(line.post([&b"out"[..]].into_iter()), Posted::Gone);

        let (wire, mut end) = pair();
        let line = Line::new(wire, length::write);
        line.hang_up();
        assert_eq!(end.next().now_or_never(), Some(None));
        assert_eq!(end.send(b"in"), Err(NotTaken));
    }

    #[test]
    fn a_door_that_does_not_listen_makes_the_line_busy_and_no_more_memory_is_taken() {
        let (wire, mut end) = pair();
        let line = Line::new(wire, length::write);
        line.release();
        let big = vec![b'x'; TO_DOOR / 2];
        let posts: Vec<Posted> = (0..8).map(|_| line.post([&big[..]].into_iter())).collect();
        assert_eq!(posts.last(), Some(&Posted::Full));
        assert!(lock(&end.shared).to_door.len() <= TO_DOOR);
        assert_eq!(end.next().now_or_never().flatten().map(|message| message.len()), Some(big.len()));
    }
}
