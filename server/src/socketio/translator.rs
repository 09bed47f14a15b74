//! Between the words of Socket.IO tutorials and those of the game: no I/O, no clock.
//!
//! A tutorial's client says where it wants to be; the game asks in which direction a player runs. So the translator walks
//! the player to that place, correcting the direction with every tick: it gets there no faster than the rules allow.

use std::collections::BTreeMap;

use protocol::{ClientMessage, Hello, OwnState, PROTOCOL_VERSION, PlayerState, ServerMessage, Snapshot};
use sim::{PlayerId, Seq, Tick, Vec2};

use super::events::{Answer, Auth, Event, Hit, MoveTo, Position};

/// Ticks between two `player_moved` of the same player.
const MOVED_EVERY: u32 = 2;
/// From this distance on the player slows down, units: it must not run past its goal for ever.
const SLOWING: f32 = 40.0;
/// A player so near to its goal is there, units.
const THERE: f32 = 1.5;
/// Two directions that differ by less are the same.
const SAME_DIRECTION: f32 = 0.02;
/// Callbacks that wait for their tick; who has more is not answered by the game but at once.
const MAX_WAITING: usize = 32;

/// What the translator wants to be done. `A` is a callback of the client.
pub(super) struct Wishes<A> {
    /// For the client, in this order.
    pub(super) events: Vec<Event>,
    /// For the session.
    pub(super) messages: Vec<ClientMessage>,
    /// Callbacks to be called.
    pub(super) answers: Vec<(A, Answer)>,
}

impl<A> Default for Wishes<A> {
    fn default() -> Self {
        Self { events: Vec::new(), messages: Vec::new(), answers: Vec::new() }
    }
}

/// One client of the door.
pub(super) struct Translator<A> {
    me: PlayerId,
    players: BTreeMap<PlayerId, Known>,
    own: Vec2,
    tick: Tick,
    tick_rate: u32,
    /// When the session was told last that the client is there.
    beat: Tick,
    seq: Seq,
    /// Where the client wants to be.
    goal: Option<Vec2>,
    direction: Vec2,
    /// A direction or an attack was sent for the tick to come.
    moved: bool,
    attacked: bool,
    hits: Vec<Hit>,
    waiting: Vec<Waiting<A>>,
}

/// What the client was told of a player.
struct Known {
    position: Position,
    /// It was not told the newest.
    stale: bool,
}

struct Waiting<A> {
    callback: A,
    /// Answered with the first tick that has played this input.
    seq: Seq,
    attack: bool,
}

/// The first message of a client.
pub(super) fn hello(auth: Auth) -> ClientMessage {
    ClientMessage::Hello(Hello {
        protocol: PROTOCOL_VERSION,
        name: auth.name.unwrap_or_else(|| "Player".to_owned()),
        resume: auth.resume,
        room: auth.room,
        ..Hello::default()
    })
}

impl<A> Translator<A> {
    pub(super) fn new() -> Self {
        Self {
            me: PlayerId::default(),
            players: BTreeMap::new(),
            own: Vec2::ZERO,
            tick: Tick::default(),
            tick_rate: u32::MAX,
            beat: Tick::default(),
            seq: Seq::default(),
            goal: None,
            direction: Vec2::ZERO,
            moved: false,
            attacked: false,
            hits: Vec::new(),
            waiting: Vec::new(),
        }
    }

    /// The client wants to be somewhere else.
    pub(super) fn move_to(&mut self, goal: MoveTo, callback: A, wishes: &mut Wishes<A>) {
        let goal = Vec2 { x: goal.x, y: goal.y };
        if !goal.is_finite() {
            wishes.answers.push((callback, self.refusal("x and y must be numbers")));
            return;
        }
        self.goal = Some(goal);
        if !self.moved {
            self.steer(wishes);
        }
        self.wait(callback, false, wishes);
    }

    /// The client strikes.
    pub(super) fn attack(&mut self, callback: A, wishes: &mut Wishes<A>) {
        if std::mem::replace(&mut self.attacked, true) {
            wishes.answers.push((callback, self.refusal("one attack a tick")));
            return;
        }
        let seq = self.next_seq();
        wishes.messages.push(ClientMessage::Attack { seq, tick: None, aim: None, seen: None });
        self.wait(callback, true, wishes);
    }

    /// The session said something.
    pub(super) fn hear(&mut self, message: ServerMessage, wishes: &mut Wishes<A>) {
        match message {
            ServerMessage::Welcome(welcome) => {
                self.me = welcome.player;
                (self.tick_rate, self.beat) = (welcome.tick_rate, welcome.tick);
                wishes.events.push(Event::Welcome {
                    id: welcome.player,
                    name: welcome.name,
                    resume: welcome.resume,
                    room: welcome.room,
                    tick: welcome.tick,
                    tick_rate: welcome.tick_rate,
                });
            }
            ServerMessage::Snapshot(snapshot) => self.see(snapshot, wishes),
            ServerMessage::NewPlayer { player } => self.meet(&player, wishes),
            ServerMessage::PlayerLeft { id } => self.miss(id, wishes),
            ServerMessage::PlayerAttacked { attacker, target: id, damage, hp, .. } => {
                if attacker == self.me {
                    self.hits.push(Hit { id, hp, damage });
                }
                wishes.events.push(Event::PlayerAttacked { id, hp, attacker, damage });
            }
            ServerMessage::PlayerKilled { killer, victim: id, .. } => {
                wishes.events.push(Event::PlayerKilled { id, killer });
            }
            ServerMessage::PlayerRespawned { id } => wishes.events.push(Event::PlayerRespawned { id }),
            ServerMessage::Chat { from: id, text } => wishes.events.push(Event::Chat { id, text }),
            ServerMessage::HotUpdate { release: Some(release), activate_tick, .. } => {
                let (number, version, note) = (release.number, release.version, release.note);
                wishes.events.push(Event::HotUpdate { number, version, note, activate_tick });
            }
            ServerMessage::Error { code, message } => {
                let code = serde_json::to_value(code).unwrap_or_default();
                wishes.events.push(Event::GameError { code, message });
            }
            ServerMessage::Queued { place, of } => wishes.events.push(Event::Queued { place, of }),
            _ => {}
        }
    }

    /// An event was not taken: it is told again when there is room.
    pub(super) fn not_told(&mut self, id: PlayerId) {
        if let Some(known) = self.players.get_mut(&id) {
            known.stale = true;
        }
    }

    fn see(&mut self, snapshot: Snapshot, wishes: &mut Wishes<A>) {
        self.tick = snapshot.tick;
        for player in &snapshot.players {
            self.meet(player, wishes);
        }
        let gone: Vec<PlayerId> = if snapshot.full {
            let there = |id: &PlayerId| snapshot.players.iter().any(|player| player.id == *id);
            self.players.keys().filter(|id| !there(id)).copied().collect()
        } else {
            snapshot.removed
        };
        gone.into_iter().for_each(|id| self.miss(id, wishes));
        if self.tick.0.is_multiple_of(MOVED_EVERY) {
            for (id, known) in self.players.iter_mut().filter(|(_, known)| known.stale) {
                known.stale = false;
                wishes.events.push(Event::PlayerMoved { id: *id, position: known.position });
            }
        }
        if let Some(own) = snapshot.you {
            self.played(&own, wishes);
        }
        // A client that stands or runs straight on says nothing for long.
        if self.tick.since(self.beat) >= self.tick_rate {
            self.beat = self.tick;
            wishes.messages.push(ClientMessage::Heartbeat { t: 0.0, rtt: None, ahead: None });
        }
    }

    /// A tick has played what the client wanted so far.
    fn played(&mut self, own: &OwnState, wishes: &mut Wishes<A>) {
        self.own = own.position;
        (self.moved, self.attacked) = (false, false);
        let position = Position { x: own.position.x, y: own.position.y, hp: own.hp };
        let (tick, id) = (self.tick, self.me);
        let hits = std::mem::take(&mut self.hits);
        let mut index = 0;
        while index < self.waiting.len() {
            if self.waiting[index].seq > own.seq {
                index += 1;
                continue;
            }
            let Waiting { callback, attack, .. } = self.waiting.remove(index);
            let hits = if attack { hits.clone() } else { Vec::new() };
            wishes.answers.push((callback, Answer { ok: true, error: None, tick, id, position, hits }));
        }
        self.steer(wishes);
    }

    /// Points the player at its goal.
    fn steer(&mut self, wishes: &mut Wishes<A>) {
        let Some(goal) = self.goal else { return };
        let way = goal - self.own;
        let distance = way.dot(way).sqrt();
        let direction = if distance < THERE {
            self.goal = None;
            Vec2::ZERO
        } else {
            way * (1.0 / distance.max(SLOWING))
        };
        let change = direction - self.direction;
        let stops = direction == Vec2::ZERO && self.direction != Vec2::ZERO;
        if stops || change.dot(change) > SAME_DIRECTION * SAME_DIRECTION {
            (self.direction, self.moved) = (direction, true);
            let seq = self.next_seq();
            wishes.messages.push(ClientMessage::Move { seq, tick: None, dir: direction });
        }
    }

    fn next_seq(&mut self) -> Seq {
        self.seq = Seq(self.seq.0 + 1);
        self.seq
    }

    fn wait(&mut self, callback: A, attack: bool, wishes: &mut Wishes<A>) {
        if self.waiting.len() >= MAX_WAITING {
            wishes.answers.push((callback, self.refusal("too many at once")));
            return;
        }
        self.waiting.push(Waiting { callback, seq: self.seq, attack });
    }

    fn refusal(&self, error: &'static str) -> Answer {
        let unknown = Position { x: self.own.x, y: self.own.y, hp: 0 };
        let position = self.players.get(&self.me).map_or(unknown, |known| known.position);
        Answer { ok: false, error: Some(error), tick: self.tick, id: self.me, position, hits: Vec::new() }
    }

    /// Takes in what is said of a player, who may be new.
    fn meet(&mut self, player: &PlayerState, wishes: &mut Wishes<A>) {
        let before = self.players.get(&player.id).map(|known| known.position);
        let old = before.unwrap_or(Position { x: 0.0, y: 0.0, hp: 0 });
        let position = Position {
            x: player.x.unwrap_or(old.x),
            y: player.y.unwrap_or(old.y),
            hp: player.hp.unwrap_or(old.hp),
        };
        match self.players.get_mut(&player.id) {
            Some(known) => {
                known.stale |= known.position != position;
                known.position = position;
            }
            None => {
                self.players.insert(player.id, Known { position, stale: false });
                let name = player.name.clone().unwrap_or_else(|| format!("Player {}", player.id));
                wishes.events.push(Event::NewPlayer { id: player.id, name, position });
            }
        }
    }

    fn miss(&mut self, id: PlayerId, wishes: &mut Wishes<A>) {
        if self.players.remove(&id).is_some() {
            wishes.events.push(Event::PlayerLeft { id });
        }
    }
}

#[cfg(test)]
mod tests;
