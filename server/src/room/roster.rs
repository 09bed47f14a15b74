//! Who is in a room, apart from their bodies: names, connections and what waits to be sent to them.

use std::net::SocketAddr;

use bytes::Bytes;
use protocol::packed::OwnWriter;
use protocol::{CloseCode, Encoding, OwnState};
use sim::{PlayerId, Tick};

use super::catch_up::Past;
use super::delivery::doubtful_until;
use super::inputs::InputQueue;
use super::interest::Seen;
use super::parcel::Parcel;
use super::watchers::Watchers;
use super::{Offer, Outbox, Sender, SessionId};

/// Most messages that wait for a busy connection; whoever needs more does not read and is let go.
const MAX_BACKLOG: usize = 512;

/// A member of the room.
pub struct Member {
    /// Who.
    pub id: PlayerId,
    /// Name.
    pub name: String,
    /// Chosen look.
    pub skin: Option<u8>,
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
    /// Has said something in this room, or was here before: worth keeping its place while it is away.
    pub spoke: bool,
    /// Inputs that came after their tick were played in the last one: it may not have gone as the client expects.
    pub late: bool,
    /// Its connection is up but has said nothing for long.
    pub silent: bool,
}

/// Connection of a member.
pub enum Link {
    /// There is one.
    Up(Connection),
    /// There is none since that tick.
    Down(Tick),
    /// It is a bot, and needs none.
    Bot,
}

/// A live connection of a member.
pub struct Connection {
    /// Which.
    pub session: SessionId,
    /// How it wants its messages.
    pub encoding: Encoding,
    /// The next snapshot must be a keyframe.
    pub needs_keyframe: bool,
    /// What it was told of its own inputs.
    pub told: OwnWriter,
    /// What it has seen of a battlefield.
    pub seen: Seen,
    /// Until then it is told its exact state in every tick.
    doubtful_until: Tick,
    outbox: Box<dyn Outbox>,
    /// Messages that nobody else gets, and those that a busy connection did not take.
    waiting: Vec<Bytes>,
}

impl Connection {
    /// A connection that has got nothing yet.
    #[must_use]
    pub fn new(session: SessionId, encoding: Encoding, outbox: Box<dyn Outbox>) -> Self {
        Self {
            session,
            encoding,
            needs_keyframe: true,
            told: OwnWriter::default(),
            seen: Seen::default(),
            doubtful_until: Tick(0),
            outbox,
            waiting: Vec::new(),
        }
    }

    /// Sends with the next tick.
    pub fn push(&mut self, message: Bytes) {
        self.waiting.push(message);
    }

    /// The messages that are sent with the next tick, before everything else.
    pub fn waiting(&self) -> impl Iterator<Item = &[u8]> {
        self.waiting.iter().map(AsRef::as_ref)
    }

    /// The client may not know its own state after `tick`, so a checksum would not do.
    pub(super) fn needs_exact(&mut self, touched: bool, tick: Tick, tick_rate: u32) -> bool {
        if self.needs_keyframe {
            self.doubtful_until = doubtful_until(tick, tick_rate);
        }
        touched || tick <= self.doubtful_until
    }

    /// Hands over everything of this tick: what waited, what happened and, last, the snapshot. A busy connection keeps the
    /// events and skips the snapshot; it gets a keyframe when it is ready again.
    ///
    /// # Errors
    /// The code to close with when the connection is gone or hopelessly behind.
    pub fn deliver(&mut self, parcel: &Parcel) -> Result<(), CloseCode> {
        match self.outbox.offer(parcel) {
            Offer::Taken => {
                self.needs_keyframe = false;
                self.waiting.clear();
                Ok(())
            }
            Offer::Full => {
                self.needs_keyframe = true;
                let events = parcel.len().saturating_sub(1);
                self.waiting
                    .extend(parcel.iter().take(events).skip(self.waiting.len()).map(Bytes::copy_from_slice));
                if self.waiting.len() > MAX_BACKLOG { Err(CloseCode::TooSlow) } else { Ok(()) }
            }
            Offer::Gone => Err(CloseCode::Internal),
        }
    }

    /// Sends what waits and ends the connection.
    pub fn close(mut self, code: CloseCode) {
        if !self.waiting.is_empty() {
            let mut last = Parcel::default();
            self.waiting().for_each(|message| last.push(message));
            let _ = self.outbox.offer(&last);
        }
        self.outbox.close(code);
    }
}

impl Member {
    /// The live connection.
    pub fn connection(&mut self) -> Option<&mut Connection> {
        match &mut self.link {
            Link::Up(connection) => Some(connection),
            Link::Down(_) | Link::Bot => None,
        }
    }

    /// Takes the live connection out, to be put back.
    pub(super) fn take_connection(&mut self) -> Option<Connection> {
        match std::mem::replace(&mut self.link, Link::Down(Tick(0))) {
            Link::Up(connection) => Some(connection),
            none => {
                self.link = none;
                None
            }
        }
    }

    /// Has a live connection with that encoding.
    #[must_use]
    pub fn listens_in(&self, encoding: Encoding) -> bool {
        matches!(&self.link, Link::Up(connection) if connection.encoding == encoding)
    }

    /// Is there: has a live connection, or is a bot.
    #[must_use]
    pub fn connected(&self) -> bool {
        !matches!(self.link, Link::Down(_)) && !self.silent
    }

    /// Ticks since it was last there: none while it has a live connection.
    #[must_use]
    pub fn away_for(&self, now: Tick) -> u32 {
        match self.link {
            Link::Down(since) => now.since(since),
            Link::Up(_) if self.silent => now.since(self.heard),
            Link::Up(_) | Link::Bot => 0,
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
    watchers: Watchers,
}

impl Roster {
    /// All members.
    #[must_use]
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// Those who only watch.
    #[must_use]
    pub fn watchers(&self) -> &Watchers {
        &self.watchers
    }

    /// The same, to change.
    pub fn watchers_mut(&mut self) -> &mut Watchers {
        &mut self.watchers
    }

    /// The members, and those who watch them, to write to.
    pub(super) fn members_and_watchers(&mut self) -> (&[Member], &mut Watchers) {
        (&self.members, &mut self.watchers)
    }

    /// Somebody, member or watcher, has a live connection with that encoding.
    #[must_use]
    pub fn listens_in(&self, encoding: Encoding) -> bool {
        self.members.iter().any(|member| member.listens_in(encoding)) || self.watchers.listen_in(encoding)
    }

    /// Those who are no bots; they come first.
    #[must_use]
    pub fn people(&self) -> &[Member] {
        &self.members[..self.members.partition_point(|member| !member.id.is_bot())]
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
            Link::Down(_) | Link::Bot => false,
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

    /// Members without a connection since `deadline` or earlier, and newcomers who hung up without a word.
    #[must_use]
    pub fn lost_before(&self, deadline: Option<Tick>) -> Vec<PlayerId> {
        let is_over = |since| deadline.is_some_and(|deadline| since <= deadline);
        let lost =
            |member: &&Member| matches!(member.link, Link::Down(since) if !member.spoke || is_over(since));
        self.members.iter().filter(lost).map(|member| member.id).collect()
    }
}
