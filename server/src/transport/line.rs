//! The sending side of a connection: whoever has something to send writes it at once, and what the connection does not
//! take waits here until the session writes it out.
//!
//! The room's ticking task writes a tick with one system call and without waking anybody. The session's task is woken
//! only when a connection is busy. What waits is bounded: a batch that is being written, and behind it
//! [`TICKS_WAITING`] ticks, one pong and the answers of a session that reads nothing before they are written.

use std::cell::RefCell;
use std::future::poll_fn;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::task::AtomicWaker;
use protocol::CloseCode;
use tokio::time::{Instant, timeout_at};

use super::Outgoing;
use crate::metrics;

/// Ticks that may wait for a busy connection. Latest wins: what is more is skipped and healed by a keyframe.
const TICKS_WAITING: u32 = 2;
/// A peer that does not take a batch within this time does not read at all.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
/// Memory that a connection keeps for the next time that it is busy, bytes.
const KEPT: usize = 2 * 1024;

thread_local! {
    /// Frames on their way into a socket. One for each thread, so that a connection that is not busy owns no memory.
    static FRAMES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Bytes in both directions, without waiting: a socket, or what stands for one in a test.
pub trait Wire: Send + Sync + 'static {
    /// Reads what is there.
    ///
    /// # Errors
    /// `WouldBlock` when nothing is there; anything else means that the connection is gone.
    fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize>;
    /// Waits until reading is worth a try; wakes the task that asked last.
    fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>>;
    /// Writes as much as fits.
    ///
    /// # Errors
    /// `WouldBlock` when nothing fits; anything else means that the connection is gone.
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize>;
    /// Waits until writing is worth a try; wakes the task that asked last.
    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>>;
    /// Tells the peer that nothing more will come.
    fn hang_up(&self);
}

/// How a door writes what it sends: appends it to the bytes.
pub type Framing = fn(&mut Vec<u8>, &Outgoing<'_>);

/// What became of a tick that was posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posted {
    /// It is written, or will be.
    Taken,
    /// The connection is busy; nothing was taken.
    Full,
    /// Nothing is sent through this connection any more.
    Gone,
}

/// The sending side of one connection, shared by the room and the session.
pub struct Line {
    wire: Box<dyn Wire>,
    framing: Framing,
    state: Mutex<State>,
    /// Wakes the session when there is something to do for it.
    session: AtomicWaker,
}

struct State {
    /// Whole frames of which the first `written` bytes are gone.
    batch: Vec<u8>,
    written: usize,
    /// When the batch began to wait.
    since: Instant,
    /// Frames of ticks that come after the batch.
    next: Vec<u8>,
    ticks: u32,
    /// The answer to the newest question; older ones need none (RFC 6455, section 5.5.3).
    pong: Vec<u8>,
    /// Ticks wait, as the peer must get something else first.
    held: bool,
    /// The room wants the connection to end when everything is written.
    ended: Option<CloseCode>,
    /// Nothing follows any more: a goodbye was said, or the connection broke.
    over: bool,
    broken: bool,
}

impl Line {
    /// Through `wire`, in the framing of its door. Ticks are held back until [`Line::release`].
    #[must_use]
    pub fn new(wire: impl Wire, framing: Framing) -> Self {
        let state = State {
            batch: Vec::new(),
            written: 0,
            since: Instant::now(),
            next: Vec::new(),
            ticks: 0,
            pong: Vec::new(),
            held: true,
            ended: None,
            over: false,
            broken: false,
        };
        Self { wire: Box::new(wire), framing, state: Mutex::new(state), session: AtomicWaker::new() }
    }

    /// The bytes below.
    #[must_use]
    pub fn wire(&self) -> &dyn Wire {
        &*self.wire
    }

    /// Sends all messages of a tick with one write.
    pub fn post<'m>(&self, messages: impl Iterator<Item = &'m [u8]>) -> Posted {
        let mut state = self.lock();
        if state.over {
            return Posted::Gone;
        }
        let waits = state.held || !state.batch.is_empty();
        if waits && state.ticks >= TICKS_WAITING {
            return Posted::Full;
        }
        let mut bytes = 0;
        let frame_all = |out: &mut Vec<u8>| {
            for message in messages {
                bytes += message.len();
                (self.framing)(out, &Outgoing::Message(message));
            }
        };
        if waits {
            state.ticks += 1;
            frame_all(&mut state.next);
        } else {
            self.frame_and_write(&mut state, frame_all);
        }
        metrics::sent(bytes);
        if state.broken { Posted::Gone } else { Posted::Taken }
    }

    /// Sends something of the session's own, before all ticks that wait. Wait for [`Line::written`] before the next.
    pub fn send(&self, outgoing: &Outgoing<'_>) {
        let mut state = self.lock();
        if state.over {
            return;
        }
        match outgoing {
            Outgoing::Message(message) => metrics::sent(message.len()),
            Outgoing::Close(_) => state.drop_waiting(),
            Outgoing::Ping | Outgoing::Pong(_) => {}
        }
        if state.batch.is_empty() {
            self.frame_and_write(&mut state, |out| (self.framing)(out, outgoing));
        } else if let Outgoing::Pong(_) = outgoing {
            state.pong.clear();
            (self.framing)(&mut state.pong, outgoing);
        } else {
            (self.framing)(&mut state.batch, outgoing);
        }
        state.over |= matches!(outgoing, Outgoing::Close(_));
    }

    /// Lets the ticks through that were held back.
    pub fn release(&self) {
        let mut state = self.lock();
        state.held = false;
        if state.batch.is_empty() {
            state.next_batch();
        }
        drop(state);
        self.session.wake();
    }

    /// The room has nothing more to send: the session ends with that code once everything is written.
    pub fn end(&self, code: CloseCode) {
        self.lock().ended.get_or_insert(code);
        self.session.wake();
    }

    /// Nothing is sent any more, and the peer is told so.
    pub fn hang_up(&self) {
        self.lock().over = true;
        self.wire.hang_up();
    }

    /// Writes out what waits, as long as there is nothing else to do. Nothing is lost when it is given up. Returns the
    /// code to close with, or `None` when the connection is gone.
    pub async fn drive(&self) -> Option<CloseCode> {
        loop {
            if let Some(code) = poll_fn(|context| self.poll_work(context)).await {
                return Some(code);
            }
            if let Err(code) = self.written().await {
                return code;
            }
        }
    }

    /// Waits until the batch is written.
    ///
    /// # Errors
    /// The code to close with when the peer does not take it in time, `None` when the connection is gone.
    pub async fn written(&self) -> Result<(), Option<CloseCode>> {
        let since = {
            let state = self.lock();
            if state.batch.is_empty() && !state.broken {
                return Ok(());
            }
            state.since
        };
        match timeout_at(since + WRITE_TIMEOUT, poll_fn(|context| self.poll_batch(context))).await {
            Ok(written) => written.map_err(|_| None),
            Err(_) => Err(Some(CloseCode::TooSlow)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that happens under the lock can leave it half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes frames while no other ones wait; what is not taken becomes the batch.
    fn frame_and_write(&self, state: &mut State, frame: impl FnOnce(&mut Vec<u8>)) {
        FRAMES.with_borrow_mut(|frames| {
            frames.clear();
            frame(frames);
            if frames.is_empty() {
                return;
            }
            let taken = match self.wire.try_write(frames) {
                Ok(taken) => taken,
                Err(error) if is_temporary(&error) => 0,
                Err(_) => {
                    (state.broken, state.over) = (true, true);
                    self.session.wake();
                    return;
                }
            };
            if taken < frames.len() {
                state.batch.extend_from_slice(&frames[taken..]);
                state.since = Instant::now();
                self.session.wake();
            }
        });
    }

    /// Ready when a batch waits or the connection is broken (`None`), or when the room has ended it.
    fn poll_work(&self, context: &mut Context<'_>) -> Poll<Option<CloseCode>> {
        self.session.register(context.waker());
        let state = self.lock();
        if state.broken || !state.batch.is_empty() {
            return Poll::Ready(None);
        }
        state.ended.map_or(Poll::Pending, |code| Poll::Ready(Some(code)))
    }

    fn poll_batch(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let mut state = self.lock();
            if state.broken {
                return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
            }
            if state.written >= state.batch.len() {
                state.next_batch();
                return Poll::Ready(Ok(()));
            }
            match self.wire.try_write(&state.batch[state.written..]) {
                Ok(taken) => {
                    state.written += taken;
                    continue;
                }
                Err(error) if is_temporary(&error) => {}
                Err(error) => {
                    (state.broken, state.over) = (true, true);
                    return Poll::Ready(Err(error));
                }
            }
            drop(state);
            match self.wire.poll_writable(context) {
                Poll::Ready(Ok(())) => {}
                other => return other,
            }
        }
    }
}

impl State {
    /// Nothing may follow a goodbye but what was begun (RFC 6455, section 5.5.1).
    fn drop_waiting(&mut self) {
        (self.next, self.pong, self.ticks) = (Vec::new(), Vec::new(), 0);
    }

    /// The batch is written: what came meanwhile is the next.
    fn next_batch(&mut self) {
        self.written = 0;
        self.batch.clear();
        self.batch.append(&mut self.pong);
        if !self.held {
            self.batch.append(&mut self.next);
            self.ticks = 0;
        }
        if self.batch.is_empty() {
            self.batch.shrink_to(KEPT);
            self.next.shrink_to(KEPT);
        }
        self.since = Instant::now();
    }
}

/// Nothing is wrong, only busy.
pub(super) fn is_temporary(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

#[cfg(test)]
mod tests;
