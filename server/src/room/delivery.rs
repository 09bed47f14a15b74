//! What members are sent after a tick: the news and one snapshot each, in one parcel that is handed over at once.
//!
//! In a tick without news nothing is allocated, and what everybody gets is encoded once.

use protocol::{OwnState, ServerMessage};
use sim::vec2::vec2;
use sim::{Effect, Player, PlayerId, Tick, Tuning, World};

use super::Mode;
use super::interest::{FieldWriter, Reader};
use super::leaders::Leaders;
use super::news::News;
use super::parcel::Parcel;
use super::roster::{Connection, Link, Roster};
use super::snapshot::{Private, SnapshotWriter};

/// Hands every member what it gets of a tick.
pub(super) struct Delivery {
    sights: Sights,
    news: News,
    /// What one member gets; used again for the next.
    parcel: Parcel,
    touched: Touched,
    keyframes: Keyframes,
}

/// The keyframes of one tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keyframes {
    /// How many were encoded: at most one for each form of the messages, whoever needs it. In a battlefield these are the
    /// cells that came into somebody's view.
    pub encoded: u32,
    /// Members who were sent one.
    pub sent: u32,
}

/// What members see.
enum Sights {
    /// Everything.
    Whole(Box<SnapshotWriter>),
    /// What is around them.
    Field { writer: Box<FieldWriter>, leaders: Leaders },
}

/// Whose state is not what its own prediction says, because of others or of the rules.
#[derive(Default)]
struct Touched {
    players: Vec<PlayerId>,
    everybody: bool,
    /// How often others have come since the room was opened.
    rules: u32,
}

impl Delivery {
    /// For a room that plays at `tick_rate`, first by rules like those of `tuning`.
    pub(super) fn new(mode: Mode, tuning: &Tuning, tick_rate: u32) -> Self {
        let sights = match mode {
            Mode::Arena => Sights::Whole(Box::new(SnapshotWriter::new(tuning, tick_rate))),
            Mode::Battlefield => Sights::Field {
                writer: Box::new(FieldWriter::new(tuning, tick_rate)),
                leaders: Leaders::default(),
            },
        };
        Self {
            sights,
            news: News::new(mode),
            parcel: Parcel::default(),
            touched: Touched::default(),
            keyframes: Keyframes::default(),
        }
    }

    /// Sends `news`, which are used up, and the state of `world`, made by the rules of the release with this number, to everybody; the
    /// second number is another one whenever other rules play. Says which keyframes that took.
    pub(super) fn deliver(
        &mut self,
        world: &World,
        tuning: &Tuning,
        roster: &mut Roster,
        news: &mut Vec<ServerMessage>,
        (release, switches): (u32, u32),
    ) -> Keyframes {
        self.keyframes = Keyframes::default();
        self.news.encode(roster, world, news);
        self.touched.look_at(world, switches);
        let mut new_leaders = false;
        match &mut self.sights {
            Sights::Whole(writer) => writer.write(world, roster, release),
            Sights::Field { writer, leaders } => {
                writer.write(world, roster, release);
                new_leaders = leaders.look(world, roster);
            }
        }
        for (index, body) in world.players.iter().enumerate().take(roster.members().len()) {
            let own = roster.members()[index].own_state(body);
            let touched = self.touched.contains(body.id) || roster.members()[index].late;
            // The list of members is read for their names while one of them is written to.
            let Some(mut connection) = roster.members_mut()[index].take_connection() else { continue };
            let scene = Scene { world, tuning, body, own: &own, touched, new_leaders };
            self.pack(&mut connection, roster, &scene);
            let member = &mut roster.members_mut()[index];
            let delivered = connection.deliver(&self.parcel);
            member.link = Link::Up(connection);
            if let Err(code) = delivered {
                member.disconnect(world.tick, code);
                member.inputs.restart();
            }
        }
        self.show_watchers(roster);
        self.keyframes.encoded = match &self.sights {
            Sights::Whole(writer) => writer.keyframes_encoded(),
            Sights::Field { writer, .. } => writer.keyframes_encoded(),
        };
        self.keyframes
    }

    /// Hands those who only watch what everybody gets.
    fn show_watchers(&mut self, roster: &mut Roster) {
        let Sights::Whole(writer) = &mut self.sights else { return };
        let (parcel, news, sent) = (&mut self.parcel, &self.news, &mut self.keyframes.sent);
        let (members, watchers) = roster.members_and_watchers();
        watchers.deliver(|watcher| {
            let (encoding, keyframe) = (watcher.encoding, watcher.needs_keyframe);
            *sent += u32::from(keyframe);
            parcel.clear();
            watcher.waiting().for_each(|message| parcel.push(message));
            news.tell(parcel, encoding, PlayerId::default(), None);
            parcel.write(|out| writer.public_message(out, encoding, keyframe, members));
            watcher.deliver(parcel)
        });
    }

    /// Fills the parcel with what one member gets.
    fn pack(&mut self, connection: &mut Connection, roster: &Roster, scene: &Scene<'_>) {
        let Scene { world, tuning, body, own, touched, new_leaders } = *scene;
        let encoding = connection.encoding;
        let keyframe = connection.needs_keyframe;
        let exact = connection.needs_exact(touched, world.tick, world.tick_rate);
        let private = Private { own, exact, keyframe };
        self.keyframes.sent += u32::from(keyframe);
        let parcel = &mut self.parcel;
        parcel.clear();
        connection.waiting().for_each(|message| parcel.push(message));
        match &mut self.sights {
            Sights::Whole(writer) => {
                self.news.tell(parcel, encoding, body.id, None);
                let told = &mut connection.told;
                parcel.write(|out| writer.message(out, encoding, &private, told, roster.members()));
            }
            Sights::Field { writer, leaders } => {
                let arena = vec2(tuning.arena_width, tuning.arena_height);
                let view = connection.seen.view(body.position, arena);
                self.news.tell(parcel, encoding, body.id, Some(view));
                if keyframe || new_leaders {
                    leaders.tell(parcel, encoding);
                }
                // Not everybody in the same tick.
                let due = world.tick.0.wrapping_add(body.id.0).is_multiple_of(world.tick_rate);
                let standing = (keyframe || due).then(|| writer.standing(body.score));
                let (told, seen) = (&mut connection.told, &mut connection.seen);
                let reader = Reader { encoding, view, standing, told, seen };
                parcel.write(|out| writer.message(out, reader, &private, roster.members()));
            }
        }
    }
}

/// What a member is told of.
struct Scene<'a> {
    world: &'a World,
    tuning: &'a Tuning,
    body: &'a Player,
    own: &'a OwnState,
    touched: bool,
    new_leaders: bool,
}

impl Touched {
    /// Finds out who was touched in the tick that was just played.
    fn look_at(&mut self, world: &World, rules: u32) {
        self.players.clear();
        self.everybody = std::mem::replace(&mut self.rules, rules) != rules;
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
