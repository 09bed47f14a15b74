//! What members are sent after a tick: the news and one snapshot each, in one parcel that is handed over at once.
//!
//! In a tick without news nothing is allocated, and what everybody gets is encoded once.

use protocol::{Encoding, OwnState, ServerMessage, codec};
use sim::{Effect, PlayerId, Tick, Tuning, World};

use super::parcel::Parcel;
use super::roster::{Connection, Link, Roster};
use super::snapshot::{Private, SnapshotWriter};

/// Hands every member what it gets of a tick.
pub(super) struct Delivery {
    snapshots: SnapshotWriter,
    /// The news in JSON and in binary.
    news: [Parcel; 2],
    /// What one member gets; used again for the next.
    parcel: Parcel,
    touched: Touched,
}

/// Whose state is not what its own prediction says, because of others or of the rules.
#[derive(Default)]
struct Touched {
    players: Vec<PlayerId>,
    everybody: bool,
    release: u32,
}

impl Delivery {
    /// For a room that plays at `tick_rate`, first by rules like those of `tuning`.
    pub(super) fn new(tuning: &Tuning, tick_rate: u32) -> Self {
        Self {
            snapshots: SnapshotWriter::new(tuning, tick_rate),
            news: [Parcel::default(), Parcel::default()],
            parcel: Parcel::default(),
            touched: Touched::default(),
        }
    }

    /// Sends `news`, which are used up, and the state of `world`, made by the rules of `release`, to everybody.
    pub(super) fn deliver(
        &mut self,
        world: &World,
        roster: &mut Roster,
        news: &mut Vec<ServerMessage>,
        release: u32,
    ) {
        self.encode_news(roster, news);
        self.touched.look_at(world, release);
        self.snapshots.write(world, roster, release);
        for (index, body) in world.players.iter().enumerate().take(roster.members().len()) {
            let own = roster.members()[index].own_state(body);
            let touched = self.touched.contains(body.id) || roster.members()[index].late;
            // The list of members is read for their names while one of them is written to.
            let Some(mut connection) = roster.members_mut()[index].take_connection() else { continue };
            self.pack(&mut connection, roster, world, &own, touched);
            let member = &mut roster.members_mut()[index];
            let delivered = connection.deliver(&self.parcel);
            member.link = Link::Up(connection);
            if let Err(code) = delivered {
                member.disconnect(world.tick, code);
                member.inputs.restart();
            }
        }
    }

    fn encode_news(&mut self, roster: &Roster, news: &mut Vec<ServerMessage>) {
        for (parcel, encoding) in self.news.iter_mut().zip([Encoding::Json, Encoding::Binary]) {
            parcel.clear();
            if !news.is_empty() && roster.members().iter().any(|member| member.listens_in(encoding)) {
                news.iter().for_each(|message| parcel.push(&codec::encode_server(message, encoding)));
            }
        }
        news.clear();
    }

    /// Fills the parcel with what one member gets.
    fn pack(
        &mut self,
        connection: &mut Connection,
        roster: &Roster,
        world: &World,
        own: &OwnState,
        touched: bool,
    ) {
        let encoding = connection.encoding;
        let keyframe = connection.needs_keyframe;
        let exact = connection.needs_exact(touched, world.tick, world.tick_rate);
        self.parcel.clear();
        connection.waiting().for_each(|message| self.parcel.push(message));
        self.parcel.append(&self.news[usize::from(encoding == Encoding::Binary)]);
        let private = Private { own, exact, keyframe };
        let told = &mut connection.told;
        self.parcel.write(|out| self.snapshots.message(out, encoding, &private, told, roster.members()));
    }
}

impl Touched {
    /// Finds out who was touched in the tick that was just played.
    fn look_at(&mut self, world: &World, release: u32) {
        self.players.clear();
        self.everybody = std::mem::replace(&mut self.release, release) != release;
        for effect in &world.effects {
            match *effect {
                Effect::Hit { target, .. } => self.players.push(target),
                // The rules may heal the one, and kill the other.
                Effect::Kill { killer, victim, .. } => self.players.extend([killer, victim]),
                Effect::Respawn { player } => self.players.push(player),
                Effect::RoundStarted { .. } => self.everybody = true,
                Effect::RoundEnded { .. } | Effect::Strike { .. } | Effect::OrbBatted { .. } => {}
            }
        }
        self.players.sort_unstable();
    }

    fn contains(&self, id: PlayerId) -> bool {
        self.everybody || self.players.binary_search(&id).is_ok()
    }
}

/// Until when somebody who has got a keyframe at `tick` is told its state in every tick: for a second. Whoever asked for
/// one because its prediction was wrong is likely to be wrong again, as it may not have the rules yet.
pub(super) fn doubtful_until(tick: Tick, tick_rate: u32) -> Tick {
    tick.plus(tick_rate)
}
