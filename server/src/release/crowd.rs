//! Who is connected, in which room and with which browser: those who should have a release. A player counts once, however
//! often it comes back, and not at all while it is away.

use std::collections::BTreeMap;
use std::time::Instant;

use sim::PlayerId;

use super::plan::Plan;
use crate::room::SessionId;
use crate::session::agent::Agent;

/// A connected player.
#[derive(Clone, Copy, Debug)]
pub(super) struct Present {
    session: SessionId,
    /// Its room.
    pub(super) room: u32,
    /// Its browser.
    pub(super) agent: Agent,
    /// When this connection was let in.
    pub(super) since: Instant,
}

/// All connected players, and what their rooms play.
#[derive(Default)]
pub(super) struct Crowd {
    present: BTreeMap<PlayerId, Present>,
    pub(super) plan: Plan,
}

impl Crowd {
    /// A player is let in; a connection that it had before counts no more.
    pub(super) fn arrived(
        &mut self,
        player: PlayerId,
        session: SessionId,
        room: u32,
        agent: Agent,
        now: Instant,
    ) {
        self.present.insert(player, Present { session, room, agent, since: now });
    }

    /// A connection ended; that says nothing when the player has another one by now.
    pub(super) fn left(&mut self, player: PlayerId, session: SessionId) {
        if self.present.get(&player).is_some_and(|present| present.session == session) {
            self.present.remove(&player);
        }
    }

    pub(super) fn get(&self, player: PlayerId) -> Option<&Present> {
        self.present.get(&player)
    }

    /// The connected players whose rooms are to play a release.
    pub(super) fn of(&self, release: u32) -> impl Iterator<Item = PlayerId> {
        let has = move |present: &Present| self.plan.number_for(present.room) == release;
        self.present.iter().filter(move |(_, present)| has(present)).map(|(player, _)| *player)
    }
}
