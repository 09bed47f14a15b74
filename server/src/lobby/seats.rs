//! Who gets a seat, and in which room.

use std::cmp::Reverse;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use protocol::limits::clean_room_code;
use sha2::{Digest, Sha256};
use sim::PlayerId;
use tokio::sync::mpsc;

use super::queue::Place;
use super::{JoinError, Kept, Lobby, State};
use crate::config::{Config, MAX_PRIVATE_ROOMS};
use crate::metrics;
use crate::room::RoomEvent;
use crate::throttle::{Limit, origin};

/// Numbers from here on are those of private rooms, so that plans which name a room by its number never mean one.
pub const FIRST_PRIVATE: u32 = 1_000_000_000;

/// Seats that an address may take at once for each connection that it may have: a class that comes in, and comes again.
const SEATS_AT_ONCE: f64 = 4.0;
/// In this time it may take one more for each connection.
const SEATS_AGAIN: Duration = Duration::from_secs(60);
/// An address may have opened a private room for so many connections.
const CONNECTIONS_A_ROOM: u32 = 4;

/// How often an address may take a seat, so that nobody fills the arena with bodies that it leaves behind.
pub(super) fn by_address(config: &Config) -> Limit {
    let connections = config.max_connections_per_address;
    Limit { burst: SEATS_AT_ONCE * f64::from(connections), refill: SEATS_AGAIN / connections }
}

/// Which room a player wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Any public one.
    Any,
    /// The public one with this number.
    Public(u32),
    /// The private one with this code.
    Private(String),
}

/// A seat in a room.
pub struct Seat {
    /// Number of the room.
    pub room: u32,
    /// Its code, if it is a private one.
    pub code: Option<Arc<str>>,
    /// Takes what the player wants.
    pub inbox: mpsc::Sender<RoomEvent>,
    /// Taken now; `false` when the player had it already.
    pub fresh: bool,
}

impl Wish {
    /// Reads what a `hello` says.
    ///
    /// # Errors
    /// [`JoinError::NoRoom`] when no room can be called so.
    pub fn read(room: Option<&str>) -> Result<Self, JoinError> {
        let Some(room) = room.map(str::trim).filter(|room| !room.is_empty()) else { return Ok(Self::Any) };
        if let Ok(number) = room.parse::<u32>() {
            return if number < FIRST_PRIVATE { Ok(Self::Public(number)) } else { Err(JoinError::NoRoom) };
        }
        clean_room_code(room).map(Self::Private).ok_or(JoinError::NoRoom)
    }
}

impl Lobby {
    /// Takes a seat for a player: the one it still has, else one in the room that it wants. Who wants any room gets the one
    /// where it was, else the fullest public one that has a seat, else a new one. Who waits in line comes before those who
    /// have no `place` there. What one address may take is bounded, except for this machine.
    ///
    /// # Errors
    /// [`JoinError`]; with [`JoinError::Full`] the player may line up.
    pub fn take_seat(
        &self,
        player: PlayerId,
        from: IpAddr,
        earlier: Option<u32>,
        wish: &Wish,
        place: Option<&Place>,
    ) -> Result<Seat, JoinError> {
        let mut state = self.state();
        if state.draining {
            return Err(JoinError::Draining);
        }
        if let Some(&Kept { room, .. }) = state.seats.get(&player) {
            let handle = state.rooms.get(&room).ok_or(JoinError::Lost)?;
            let (inbox, code) = (handle.inbox.clone(), handle.code.clone());
            return Ok(Seat { room, code, inbox, fresh: false });
        }
        let number = state.pick(self.config().room_size, earlier, wish)?;
        let before = place.map_or(state.queue.len(), |place| state.queue.before(place));
        if before as u32 >= self.free_seats(&state) {
            return Err(JoinError::Full);
        }
        let now = Instant::now();
        let stranger = Some(origin(from)).filter(|_| !from.to_canonical().is_loopback());
        if stranger.is_some_and(|origin| state.comers.wait(&origin, now).is_some()) {
            return Err(JoinError::TooManyJoins);
        }
        self.open_wanted(&mut state, number, wish, stranger)?;
        if let Some(origin) = stranger {
            state.comers.spend(&origin, now);
        }
        let room = state.rooms.get_mut(&number).ok_or(JoinError::Lost)?;
        room.seats += 1;
        let (inbox, code) = (room.inbox.clone(), room.code.clone());
        state.seats.insert(player, Kept { room: number, entered: false });
        if let Some(place) = place {
            state.queue.leave(place);
        }
        self.seats_changed(&mut state);
        Ok(Seat { room: number, code, inbox, fresh: true })
    }

    /// The player is in the arena. The seat that it had when it set out may have been given back meanwhile, as its body went
    /// just then: it takes that again, however full the room is. False when it has a seat in another room by now.
    pub(super) fn occupy(&self, player: PlayerId, number: u32) -> bool {
        let mut state = self.state();
        if let Some(kept) = state.seats.get_mut(&player) {
            kept.entered |= kept.room == number;
            return kept.room == number;
        }
        // A room that is not listed any more is about to stop.
        if let Some(room) = state.rooms.get_mut(&number) {
            room.seats += 1;
            state.seats.insert(player, Kept { room: number, entered: true });
            self.seats_changed(&mut state);
        }
        true
    }

    /// The player is gone from the room: its seat there is free again.
    pub fn give_back(&self, player: PlayerId, room: u32) {
        self.free(player, |kept| kept.room == room);
    }

    /// The player does not come into the room: its seat there is free again, unless it is in through another connection.
    pub fn give_up(&self, player: PlayerId, room: u32) {
        self.free(player, |kept| kept.room == room && !kept.entered);
    }

    fn free(&self, player: PlayerId, meant: impl FnOnce(&Kept) -> bool) {
        let mut state = self.state();
        let Some(number) = state.seats.get(&player).filter(|kept| meant(kept)).map(|kept| kept.room) else {
            return;
        };
        state.seats.remove(&player);
        if let Some(room) = state.rooms.get_mut(&number) {
            room.seats = room.seats.saturating_sub(1);
        }
        self.seats_changed(&mut state);
    }

    /// Opens the room if it is not there yet.
    fn open_wanted(
        &self,
        state: &mut State,
        number: u32,
        wish: &Wish,
        opener: Option<IpAddr>,
    ) -> Result<(), JoinError> {
        if state.rooms.contains_key(&number) {
            return Ok(());
        }
        let Wish::Private(code) = wish else {
            self.open_room(state, number);
            return Ok(());
        };
        let most = (self.config().max_connections_per_address / CONNECTIONS_A_ROOM).max(1);
        if opener.is_some_and(|opener| state.opened_by(opener) >= most as usize) {
            return Err(JoinError::TooManyOfYours);
        }
        self.open_room(state, number);
        if let Some(room) = state.rooms.get_mut(&number) {
            room.code = Some(code.as_str().into());
            room.opener = opener;
        }
        Ok(())
    }

    /// Seats of the server that nobody has.
    pub(super) fn free_seats(&self, state: &State) -> u32 {
        self.config().max_players.saturating_sub(state.seats.len() as u32)
    }

    /// Tells those in line, and whoever counts.
    pub(super) fn seats_changed(&self, state: &mut State) {
        metrics::players(state.seats.len());
        let free = self.free_seats(state);
        state.queue.tell(free);
    }
}

impl State {
    /// The room that a player gets by its wish; it need not be open yet.
    fn pick(&self, size: u32, earlier: Option<u32>, wish: &Wish) -> Result<u32, JoinError> {
        let has_seat = |number: &u32| self.rooms.get(number).is_none_or(|room| room.seats < size);
        let number = match wish {
            Wish::Public(number) => Some(*number).filter(|number| self.rooms.contains_key(number)),
            Wish::Private(code) => Some(self.private(code)?),
            Wish::Any => {
                // A private room that was closed is not opened again by who does not know its code.
                let known = |number: &u32| *number < FIRST_PRIVATE || self.rooms.contains_key(number);
                let back = earlier.filter(|number| *number > 0 && known(number) && has_seat(number));
                return back.or_else(|| self.fullest(size)).or_else(|| self.unused()).ok_or(JoinError::Full);
            }
        };
        let number = number.ok_or(JoinError::NoRoom)?;
        if has_seat(&number) { Ok(number) } else { Err(JoinError::NoSeat) }
    }

    /// The public room with the most players among those with fewer than `size`, the oldest of equals.
    pub(super) fn fullest(&self, size: u32) -> Option<u32> {
        let public = self.rooms.range(..FIRST_PRIVATE).filter(|(_, room)| room.seats < size);
        public.max_by_key(|(number, room)| (room.seats, Reverse(**number))).map(|(number, _)| *number)
    }

    /// The lowest number of no public room.
    fn unused(&self) -> Option<u32> {
        (1..FIRST_PRIVATE).find(|number| !self.rooms.contains_key(number))
    }

    /// Number of the private room with this code, if it is open.
    pub(super) fn with_code(&self, code: &str) -> Option<u32> {
        let mut rooms = self.rooms.range(FIRST_PRIVATE..);
        rooms.find(|(_, room)| room.code.as_deref() == Some(code)).map(|(number, _)| *number)
    }

    /// How many private rooms this address has opened that are still there.
    fn opened_by(&self, opener: IpAddr) -> usize {
        self.rooms.values().filter(|room| room.opener == Some(opener)).count()
    }

    /// Number of the private room with this code, or the one that it will have.
    fn private(&self, code: &str) -> Result<u32, JoinError> {
        if let Some(number) = self.with_code(code) {
            return Ok(number);
        }
        if self.rooms.range(FIRST_PRIVATE..).count() >= MAX_PRIVATE_ROOMS {
            return Err(JoinError::TooManyRooms);
        }
        // The same after a restart, so that players who are stored with it find their way back.
        let [a, b, c, d, ..]: [u8; 32] = Sha256::digest(code.as_bytes()).into();
        let first = u32::from_le_bytes([a, b, c, d]) % FIRST_PRIVATE;
        let candidates = (0..FIRST_PRIVATE).map(|step| FIRST_PRIVATE + (first + step) % FIRST_PRIVATE);
        candidates.into_iter().find(|number| !self.rooms.contains_key(number)).ok_or(JoinError::TooManyRooms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_is_a_number_a_code_or_nothing() {
        for (room, expect) in [
            (None, Ok(Wish::Any)),
            (Some(""), Ok(Wish::Any)),
            (Some("2"), Ok(Wish::Public(2))),
            (Some("Fox-42"), Ok(Wish::Private("fox-42".to_owned()))),
            (Some("1000000000"), Err(JoinError::NoRoom)),
            (Some("99999999999"), Err(JoinError::NoRoom)),
            (Some("no"), Err(JoinError::NoRoom)),
            (Some("../../etc"), Err(JoinError::NoRoom)),
        ] {
            assert_eq!(Wish::read(room), expect, "{room:?}");
        }
    }
}
