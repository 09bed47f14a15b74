//! The line in front of a full server: who came first is let in first, and those who come back before those who are new.

use std::collections::VecDeque;

use tokio::sync::watch;

use super::{JoinError, Lobby};
use crate::metrics;

/// Everybody who waits, in order.
#[derive(Default)]
pub(super) struct Queue {
    line: VecDeque<Waiting>,
    next: u64,
}

struct Waiting {
    number: u64,
    returning: bool,
    news: watch::Sender<Standing>,
}

/// How it stands with somebody who waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Place in line, from 1.
    pub place: u32,
    /// How many wait.
    pub of: u32,
    /// There is a seat: take it.
    pub turn: bool,
}

/// A place in line. Dropping it leaves the line.
pub struct Place {
    number: u64,
    news: watch::Receiver<Standing>,
    lobby: Lobby,
}

impl Place {
    /// How it stands now.
    pub fn standing(&mut self) -> Standing {
        *self.news.borrow_and_update()
    }

    /// Waits for something new. Nothing is lost when the wait is given up.
    ///
    /// # Errors
    /// [`JoinError::Draining`] when nobody is let in any more.
    pub async fn changed(&mut self) -> Result<(), JoinError> {
        self.news.changed().await.map_err(|_| JoinError::Draining)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let lobby = self.lobby.clone();
        let mut state = lobby.state();
        if state.queue.leave(self) {
            lobby.seats_changed(&mut state);
        }
    }
}

impl Lobby {
    /// Lines up. Those who are `returning` come before all who are new.
    ///
    /// # Errors
    /// [`JoinError::Full`] when the line is as long as it may be, and [`JoinError::Draining`].
    pub fn line_up(&self, returning: bool) -> Result<Place, JoinError> {
        let mut state = self.state();
        if state.draining {
            return Err(JoinError::Draining);
        }
        if state.queue.len() >= self.config().max_queue as usize {
            return Err(JoinError::Full);
        }
        let (number, news) = state.queue.enter(returning);
        self.seats_changed(&mut state);
        Ok(Place { number, news, lobby: self.clone() })
    }
}

impl Queue {
    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.line.len()
    }

    /// How many come before this one.
    pub(super) fn before(&self, place: &Place) -> usize {
        self.line.iter().take_while(|waiting| waiting.number != place.number).count()
    }

    fn enter(&mut self, returning: bool) -> (u64, watch::Receiver<Standing>) {
        let number = self.next;
        self.next += 1;
        let (news, read) = watch::channel(Standing::default());
        let newcomers = self.line.iter().position(|waiting| !waiting.returning);
        let at = newcomers.filter(|_| returning).unwrap_or(self.line.len());
        self.line.insert(at, Waiting { number, returning, news });
        (number, read)
    }

    /// True when it was there.
    pub(super) fn leave(&mut self, place: &Place) -> bool {
        let index = self.line.iter().position(|waiting| waiting.number == place.number);
        index.and_then(|index| self.line.remove(index)).is_some()
    }

    /// Sends everybody away.
    pub(super) fn clear(&mut self) {
        self.line.clear();
    }

    /// Tells everybody how it stands, while so many seats are free.
    pub(super) fn tell(&self, free: u32) {
        let of = self.line.len() as u32;
        metrics::waiting(of);
        for (waiting, place) in self.line.iter().zip(1..) {
            let standing = Standing { place, of, turn: place <= free };
            waiting.news.send_if_modified(|known| std::mem::replace(known, standing) != standing);
        }
    }
}
