//! Places for those who only watch.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::seats::Wish;
use super::{JoinError, Lobby, State};
use crate::config::MAX_WATCHERS_OF_A_ROOM;
use crate::metrics;
use crate::room::{Mode, RoomEvent};

/// A place from which a room is watched. Dropping it gives it back.
pub struct WatchPlace {
    /// Number of the room.
    pub room: u32,
    /// Its code, if it is a private one.
    pub code: Option<Arc<str>>,
    /// Takes what the watcher wants.
    pub inbox: mpsc::Sender<RoomEvent>,
    lobby: Lobby,
}

impl Drop for WatchPlace {
    fn drop(&mut self) {
        let mut state = self.lobby.state();
        state.watchers = state.watchers.saturating_sub(1);
        if let Some(room) = state.rooms.get_mut(&self.room) {
            room.watchers = room.watchers.saturating_sub(1);
        }
        metrics::watchers(state.watchers);
    }
}

impl Lobby {
    /// Takes a place from which to watch the wanted room; who wants any gets the one with the most players. Only players
    /// open rooms.
    ///
    /// # Errors
    /// [`JoinError`].
    pub fn take_watch_place(&self, wish: &Wish) -> Result<WatchPlace, JoinError> {
        let mut state = self.state();
        if state.draining {
            return Err(JoinError::Draining);
        }
        if self.config().mode == Mode::Battlefield {
            return Err(JoinError::NotWatchable);
        }
        if state.watchers >= self.config().max_watchers {
            return Err(JoinError::NoPlace);
        }
        let number = state.to_watch(wish)?;
        state.watchers += 1;
        metrics::watchers(state.watchers);
        let room = state.rooms.get_mut(&number).ok_or(JoinError::Lost)?;
        room.watchers += 1;
        let (inbox, code) = (room.inbox.clone(), room.code.clone());
        Ok(WatchPlace { room: number, code, inbox, lobby: self.clone() })
    }
}

impl State {
    fn to_watch(&self, wish: &Wish) -> Result<u32, JoinError> {
        let number = match wish {
            Wish::Any => self.fullest(u32::MAX).ok_or(JoinError::NoRoom)?,
            Wish::Public(number) if self.rooms.contains_key(number) => *number,
            Wish::Public(_) => return Err(JoinError::NoRoom),
            Wish::Private(code) => self.with_code(code).ok_or(JoinError::NoRoom)?,
        };
        let crowded = self.rooms.get(&number).is_some_and(|room| room.watchers >= MAX_WATCHERS_OF_A_ROOM);
        if crowded { Err(JoinError::NoPlace) } else { Ok(number) }
    }
}
