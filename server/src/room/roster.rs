//! Who is in a room, apart from their bodies: names, connections and what waits to be sent to them.

use std::net::SocketAddr;

use bytes::Bytes;
use protocol::{CloseCode, Encoding, OwnState};
use sim::{PlayerId, Tick};

use super::catch_up::Past;
use super::inputs::InputQueue;
use super::{Offer, Outbox, Sender, SessionId};

/// Most messages that wait for a busy connection; whoever needs more does not read and is let go.
const MAX_BACKLOG: usize = 512;

/// A member of the room.
pub struct Member {
    /// Who.
    pub id: PlayerId,
    /// Name.
    pub name: String,
    /// Where the newest connection comes from.
    pub address: SocketAddr,
    /// What it wants to do.
    pub inputs: InputQueue,
    /// What it did in the last ticks.
    pub past: Past,
    /// The connection, or the tick since when there is none.
    pub link: Link,
    /// Round trip that the client last reported, milliseconds.
    pub rtt_ms: Option<f32>,
    /// When something was last heard.
    pub heard: Tick,
    /// When it last connected.
    pub joined: Tick,
    /// Its connection is up but has said nothing for long.
    pub silent: bool,
}

/// Connection of a member.
pub enum Link {
    /// There is one.
    Up(Connection),
    /// There is none since that tick.
    Down(Tick),
}

/// A live connection of a member.
pub struct Connection {
    /// Which.
    pub session: SessionId,
    /// How it wants its messages.
    pub encoding: Encoding,
    /// The next snapshot must be a keyframe.
    pub needs_keyframe: bool,
    outbox: Box<dyn Outbox>,
    /// Messages that nobody else gets, and those that a busy connection did not take.
    waiting: Vec<Bytes>,
}

impl Connection {
    /// A connection that has got nothing yet.
    #[must_use]
    pub fn new(session: SessionId, encoding: Encoding, outbox: Box<dyn Outbox>) -> Self {
        Self { session, encoding, needs_keyframe: true, outbox, waiting: Vec::new() }
    }

    /// Sends with the next tick.
    pub fn push(&mut self, message: Bytes) {
        self.waiting.push(message);
    }

    /// Hands over everything of this tick: what waited, what happened and the snapshot. A busy connection keeps the
    /// events and skips the snapshot; it gets a keyframe when it is ready again.
    ///
    /// # Errors
    /// The code to close with when the connection is gone or hopelessly behind.
    pub fn deliver(&mut self, events: &[Bytes], snapshot: Bytes) -> Result<(), CloseCode> {
        let mut messages = std::mem::take(&mut self.waiting);
        messages.reserve(events.len() + 1);
        messages.extend_from_slice(events);
        messages.push(snapshot);
        match self.outbox.offer(messages) {
            Offer::Taken => {
                self.needs_keyframe = false;
                Ok(())
            }
            Offer::Full(mut messages) => {
                messages.pop();
                self.needs_keyframe = true;
                self.waiting = messages;
                if self.waiting.len() > MAX_BACKLOG { Err(CloseCode::TooSlow) } else { Ok(()) }
            }
            Offer::Gone => Err(CloseCode::Internal),
        }
    }

    /// Sends what waits and ends the connection.
    pub fn close(mut self, code: CloseCode) {
        if !self.waiting.is_empty() {
            let _ = self.outbox.offer(std::mem::take(&mut self.waiting));
        }
        self.outbox.close(code);
    }
}

impl Member {
    /// The live connection.
    pub fn connection(&mut self) -> Option<&mut Connection> {
        match &mut self.link {
            Link::Up(connection) => Some(connection),
            Link::Down(_) => None,
        }
    }

    /// Has a live connection.
    #[must_use]
    pub fn connected(&self) -> bool {
        matches!(self.link, Link::Up(_)) && !self.silent
    }

    /// Ticks since it was last there: none while it has a live connection.
    #[must_use]
    pub fn away_for(&self, now: Tick) -> u32 {
        match self.link {
            Link::Down(since) => now.since(since),
            Link::Up(_) if self.silent => now.since(self.heard),
            Link::Up(_) => 0,
        }
    }

    /// Ends the connection, if there is one, and remembers since when there is none.
    pub fn disconnect(&mut self, now: Tick, code: CloseCode) {
        if let Link::Up(connection) = std::mem::replace(&mut self.link, Link::Down(now)) {
            connection.close(code);
        }
    }

    /// What this member needs to predict itself.
    #[must_use]
    pub fn own_state(&self, body: &sim::Player) -> OwnState {
        OwnState::of(body, self.inputs.applied(), self.inputs.lead())
    }
}

/// All members, in ascending order of id, as in [`sim::World::players`].
#[derive(Default)]
pub struct Roster {
    members: Vec<Member>,
}

impl Roster {
    /// All members.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// All members, to change.
    pub fn members_mut(&mut self) -> &mut [Member] {
        &mut self.members
    }

    /// A member by id.
    pub fn get_mut(&mut self, id: PlayerId) -> Option<&mut Member> {
        let index = self.members.binary_search_by_key(&id, |member| member.id).ok()?;
        Some(&mut self.members[index])
    }

    /// The member, if the message came through its live connection.
    pub fn sender(&mut self, from: Sender) -> Option<&mut Member> {
        self.get_mut(from.player).filter(|member| match &member.link {
            Link::Up(connection) => connection.session == from.session,
            Link::Down(_) => false,
        })
    }

    /// Adds a member, who must not be there yet.
    pub fn insert(&mut self, member: Member) {
        if let Err(index) = self.members.binary_search_by_key(&member.id, |other| other.id) {
            self.members.insert(index, member);
        }
    }

    /// Takes a member out.
    pub fn remove(&mut self, id: PlayerId) -> Option<Member> {
        let index = self.members.binary_search_by_key(&id, |member| member.id).ok()?;
        Some(self.members.remove(index))
    }

    /// Members without a connection since `deadline` or earlier.
    #[must_use]
    pub fn lost_before(&self, deadline: Tick) -> Vec<PlayerId> {
        let lost = |member: &&Member| matches!(member.link, Link::Down(since) if since <= deadline);
        self.members.iter().filter(lost).map(|member| member.id).collect()
    }
}
