//! The way from a room to a session: two pieces of memory that change places, and never a queue.
//!
//! The room fills the one while the session writes the other out. A session that is busy finds everything of the ticks
//! meanwhile in one piece and writes it at once; of those no more than [`TICKS_WAITING`] are kept.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;
use protocol::CloseCode;

use crate::room::{Offer, Outbox, Parcel};

/// Ticks that may wait for a busy connection. Latest wins: what is more is skipped and healed by a keyframe.
const TICKS_WAITING: u32 = 2;

#[derive(Default)]
struct Slot {
    state: Mutex<State>,
    waker: AtomicWaker,
}

#[derive(Default)]
struct State {
    parcel: Parcel,
    ticks: u32,
    /// The room ended the connection.
    ended: Option<CloseCode>,
    /// The session is over.
    gone: bool,
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that happens under the lock can leave it half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The room's end.
struct SlotOutbox(Arc<Slot>);

/// The session's end.
pub struct Deliveries {
    slot: Arc<Slot>,
    taken: Parcel,
}

/// Both ends.
#[must_use]
pub fn channel() -> (Box<dyn Outbox>, Deliveries) {
    let slot = Arc::new(Slot::default());
    (Box::new(SlotOutbox(Arc::clone(&slot))), Deliveries { slot, taken: Parcel::default() })
}

impl Outbox for SlotOutbox {
    fn offer(&mut self, parcel: &Parcel) -> Offer {
        {
            let mut state = self.0.lock();
            if state.gone {
                return Offer::Gone;
            }
            if state.ticks >= TICKS_WAITING {
                return Offer::Full;
            }
            state.ticks += 1;
            state.parcel.append(parcel);
        }
        self.0.waker.wake();
        Offer::Taken
    }

    fn close(self: Box<Self>, code: CloseCode) {
        self.0.lock().ended.get_or_insert(code);
    }
}

impl Drop for SlotOutbox {
    fn drop(&mut self) {
        self.0.lock().ended.get_or_insert(CloseCode::Internal);
        self.0.waker.wake();
    }
}

impl Deliveries {
    /// Everything that the room handed over since the last time.
    ///
    /// # Errors
    /// The code to close with when the room ended the connection.
    pub async fn next(&mut self) -> Result<&Parcel, CloseCode> {
        poll_fn(|context| self.poll_take(context)).await?;
        Ok(&self.taken)
    }

    fn poll_take(&mut self, context: &mut Context<'_>) -> Poll<Result<(), CloseCode>> {
        self.slot.waker.register(context.waker());
        let mut state = self.slot.lock();
        if state.ticks > 0 {
            self.taken.clear();
            std::mem::swap(&mut self.taken, &mut state.parcel);
            state.ticks = 0;
            return Poll::Ready(Ok(()));
        }
        state.ended.map_or(Poll::Pending, |code| Poll::Ready(Err(code)))
    }
}

impl Drop for Deliveries {
    fn drop(&mut self) {
        self.slot.lock().gone = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parcel(message: &[u8]) -> Parcel {
        let mut parcel = Parcel::default();
        parcel.push(message);
        parcel
    }

    #[tokio::test]
    async fn a_busy_session_gets_two_ticks_in_one_piece_and_no_third() {
        let (mut outbox, mut deliveries) = channel();
        assert_eq!(outbox.offer(&parcel(b"one")), Offer::Taken);
        assert_eq!(outbox.offer(&parcel(b"two")), Offer::Taken);
        assert_eq!(outbox.offer(&parcel(b"three")), Offer::Full);
        let got = deliveries.next().await.unwrap();
        assert_eq!(got.iter().collect::<Vec<_>>(), [b"one", b"two"]);
        assert_eq!(outbox.offer(&parcel(b"four")), Offer::Taken);
        assert_eq!(deliveries.next().await.unwrap().iter().collect::<Vec<_>>(), [b"four"]);
    }

    #[tokio::test]
    async fn what_was_sent_before_the_end_arrives_before_it() {
        let (mut outbox, mut deliveries) = channel();
        outbox.offer(&parcel(b"bye"));
        outbox.close(CloseCode::GoingAway);
        assert_eq!(deliveries.next().await.unwrap().len(), 1);
        assert_eq!(deliveries.next().await.unwrap_err(), CloseCode::GoingAway);
    }

    #[tokio::test]
    async fn a_room_that_crashed_ends_the_session_and_a_session_that_ended_is_noticed() {
        let (outbox, mut deliveries) = channel();
        let waiting = tokio::spawn(async move { deliveries.next().await.map(|_| ()) });
        drop(outbox);
        assert_eq!(waiting.await.unwrap(), Err(CloseCode::Internal));
        let (mut outbox, deliveries) = channel();
        drop(deliveries);
        assert_eq!(outbox.offer(&parcel(b"hello?")), Offer::Gone);
    }
}
