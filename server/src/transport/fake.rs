//! A wire that a test holds in its hands.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};

use super::Wire;

/// A connection that takes as much as the test says; clones are the same connection.
#[derive(Clone, Default)]
pub(crate) struct FakeWire(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    incoming: VecDeque<u8>,
    ended: bool,
    /// Bytes that are still taken; everything when `None`.
    room: Option<usize>,
    broken: bool,
    written: Vec<u8>,
    writes: usize,
    waiting: Vec<Waker>,
}

impl FakeWire {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    fn change(&self, change: impl FnOnce(&mut Inner)) {
        let mut inner = self.lock();
        change(&mut inner);
        let waiting = std::mem::take(&mut inner.waiting);
        drop(inner);
        waiting.into_iter().for_each(Waker::wake);
    }

    /// The peer sends bytes.
    pub(crate) fn arrive(&self, bytes: &[u8]) {
        self.change(|inner| inner.incoming.extend(bytes));
    }

    /// The peer sends nothing any more.
    pub(crate) fn end(&self) {
        self.change(|inner| inner.ended = true);
    }

    /// From now on so many bytes are taken and then no more.
    pub(crate) fn take_only(&self, room: usize) {
        self.change(|inner| inner.room = Some(room));
    }

    /// Everything is taken again.
    pub(crate) fn take_all(&self) {
        self.change(|inner| inner.room = None);
    }

    /// The connection is reset.
    pub(crate) fn break_off(&self) {
        self.change(|inner| inner.broken = true);
    }

    /// Everything that was taken so far.
    pub(crate) fn written(&self) -> Vec<u8> {
        self.lock().written.clone()
    }

    /// How often something was taken.
    pub(crate) fn writes(&self) -> usize {
        self.lock().writes
    }
}

impl Wire for FakeWire {
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut inner = self.lock();
        if inner.incoming.is_empty() {
            return if inner.ended { Ok(0) } else { Err(io::ErrorKind::WouldBlock.into()) };
        }
        let count = buffer.len().min(inner.incoming.len());
        for (byte, read) in buffer.iter_mut().zip(inner.incoming.drain(..count)) {
            *byte = read;
        }
        Ok(count)
    }

    fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut inner = self.lock();
        if inner.incoming.is_empty() && !inner.ended {
            inner.waiting.push(context.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let mut inner = self.lock();
        if inner.broken {
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        let count = inner.room.map_or(bytes.len(), |room| room.min(bytes.len()));
        if count == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        inner.room = inner.room.map(|room| room - count);
        inner.writes += 1;
        inner.written.extend_from_slice(&bytes[..count]);
        Ok(count)
    }

    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut inner = self.lock();
        if inner.room == Some(0) && !inner.broken {
            inner.waiting.push(context.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    fn hang_up(&self) {
        self.end();
    }
}
