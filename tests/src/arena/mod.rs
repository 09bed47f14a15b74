//! A whole fight in virtual time: the server's real room and real clients, joined by lines that may be bad.
//!
//! Only what lies between the two is made up here: sockets are [`Conditioner`]s, and the session, which in the server is a
//! task per connection, is [`gate::Gate`]. A minute of fight takes some milliseconds, and is the same each time.

mod gate;
mod raw;
mod seat;

use std::sync::Arc;

use client_core::protocol::{CardInfo, Encoding, ReleaseInfo, SceneInfo};
use client_core::sim::{PlayerId, Rules, Tick, Vec2, World, vec2::vec2};
use client_core::{ClientConfig, Conditions};
use hotlogic::{Card, RhaiRules};
use server::release::{DealtCard, LoadedRelease};
use server::room::core::RoomSetup;
use server::room::{Mode, Room, RoomEvent};

pub use self::gate::Gate;
pub use self::raw::RawSeat;
pub use self::seat::Seat;

/// The server's clock is at this when virtual time begins, milliseconds: the two clocks have nothing in common.
const SERVER_AHEAD_MS: f64 = 77_777.7;

/// A room and everybody who plays in it.
pub struct Arena {
    /// Virtual time, milliseconds.
    pub now_ms: f64,
    /// The server's side.
    pub gate: Gate,
    /// The players' side.
    pub seats: Vec<Seat>,
    /// The scripts that may be played; clients fetch them by their hashes.
    scripts: Vec<String>,
    seed: u64,
    /// How many raw seats there were.
    raw_seats: usize,
}

impl Arena {
    /// An empty arena that plays `script`, at 30 ticks a second.
    #[must_use]
    pub fn new(script: &str, seed: u64) -> Self {
        Self::with(script, seed, |_| {})
    }

    /// An empty arena whose room is set up otherwise.
    #[must_use]
    pub fn with(script: &str, seed: u64, adjust: impl FnOnce(&mut RoomSetup)) -> Self {
        let tick_rate = client_core::sim::DEFAULT_TICK_RATE;
        let tick_ms = 1_000.0 / f64::from(tick_rate);
        let mut setup = RoomSetup {
            number: 1,
            seed,
            tick: Tick((SERVER_AHEAD_MS / tick_ms) as u32),
            tick_rate,
            grace_ticks: 30 * tick_rate,
            hindsight_ticks: tick_rate.div_ceil(4),
            release: Arc::new(release(script)),
            fallback: None,
            scene: SceneInfo::default(),
            mode: Mode::Arena,
            bots: server::room::bots::BotSettings::default(),
        };
        adjust(&mut setup);
        let room = Room::new(setup);
        Self {
            now_ms: 0.0,
            gate: Gate::new(room, tick_ms, SERVER_AHEAD_MS),
            seats: Vec::new(),
            scripts: vec![script.to_owned()],
            seed,
            raw_seats: 0,
        }
    }

    /// Sits down a player behind a line; returns the number of the seat.
    pub fn sit(&mut self, conditions: Conditions) -> usize {
        self.sit_with(conditions, Encoding::Binary)
    }

    /// The same, for a player who wants its messages in this form.
    pub fn sit_with(&mut self, conditions: Conditions, encoding: Encoding) -> usize {
        let number = self.seats.len();
        let seed = self.seed.wrapping_mul(1_000).wrapping_add(number as u64);
        let config = ClientConfig { name: format!("Player {}", number + 1), resume: None, encoding, seed };
        let mut seat = Seat::new(config, self.now_ms, seed);
        seat.line.set(conditions);
        self.seats.push(seat);
        number
    }

    /// Lets time pass.
    pub fn run(&mut self, ms: f64) {
        self.run_with(ms, |_| {});
    }

    /// Lets time pass, millisecond by millisecond; `each` is called after every one.
    pub fn run_with(&mut self, ms: f64, mut each: impl FnMut(&mut Self)) {
        let end = self.now_ms + ms;
        while self.now_ms < end {
            self.now_ms += 1.0;
            self.step();
            each(self);
        }
    }

    /// Lets time pass until the room has played its next tick.
    pub fn run_tick(&mut self) {
        let before = self.gate.room.tick();
        while self.gate.room.tick() == before {
            self.run(1.0);
        }
    }

    /// The tick that the room plays next.
    #[must_use]
    pub fn next_tick(&self) -> Tick {
        self.gate.room.tick().plus(1)
    }

    /// The state of the fight on the server.
    #[must_use]
    pub fn world(&self) -> &World {
        self.gate.room.world()
    }

    /// The player in a seat.
    ///
    /// # Panics
    /// When it has never been in the arena.
    #[must_use]
    pub fn player(&self, seat: usize) -> PlayerId {
        self.seats[seat].player.expect("the seat's player joined")
    }

    /// The body of the player in a seat, as the server has it.
    ///
    /// # Panics
    /// When it is not in the arena.
    #[must_use]
    pub fn body(&self, seat: usize) -> &client_core::sim::Player {
        self.world().player(self.player(seat)).expect("the player is in the arena")
    }

    /// The server's tick right now, with its fraction.
    #[must_use]
    pub fn server_tick(&self) -> f64 {
        self.gate.clock_ms(self.now_ms) / self.gate.tick_ms
    }

    /// Milliseconds of a tick.
    #[must_use]
    pub fn tick_ms(&self) -> f64 {
        self.gate.tick_ms
    }

    /// The middle of the arena.
    #[must_use]
    pub fn middle(&self) -> Vec2 {
        let tuning = self.gate.room.rules().tuning();
        vec2(tuning.arena_width * 0.5, tuning.arena_height * 0.5)
    }

    /// Tells the room something that no player says.
    pub fn tell_room(&mut self, event: RoomEvent) {
        self.gate.room.handle_event(event);
    }

    /// From now on people vote on these cards in the pauses. Each has a name and a script.
    ///
    /// # Panics
    /// When a card does not go with what is played.
    pub fn hold_votes(&mut self, cards: &[(&str, &str)]) {
        let base = Arc::new(release(&self.scripts[0]));
        let deal = |(name, source): &(&str, &str)| {
            let card = Card::parse(name, source).expect("the card is sound");
            let (composed, rules) = card.compile(&base.script).expect("the card goes with the rules");
            let info = CardInfo { name: card.name, title: card.words.title, ..CardInfo::default() };
            let hash = hotlogic::content_hash(composed.script.as_bytes());
            let told = ReleaseInfo { hash, card: Some(info.clone()), ..base.info.clone() };
            let source = hotlogic::content_hash(source.as_bytes());
            let release = Arc::new(LoadedRelease { info: told, rules, script: composed.script.into() });
            Arc::new(DealtCard { base: Arc::clone(&base), release, info, source })
        };
        let cards: Vec<_> = cards.iter().map(deal).collect();
        self.scripts.extend(cards.iter().map(|card| card.release.script.to_string()));
        self.gate.room.hold_votes(client_core::sim::DEFAULT_TICK_RATE);
        self.tell_room(RoomEvent::Cards { cards });
    }

    fn step(&mut self) {
        let now_ms = self.now_ms;
        for (number, seat) in self.seats.iter_mut().enumerate() {
            seat.send_up(now_ms, number, &mut self.gate);
        }
        self.gate.advance(now_ms);
        for (number, seat) in self.seats.iter_mut().enumerate() {
            seat.take_down(now_ms, number, &mut self.gate, &self.scripts);
        }
    }
}

/// A release of a script, as the server loads it.
///
/// # Panics
/// When the script does not compile.
#[must_use]
pub fn release(script: &str) -> LoadedRelease {
    LoadedRelease {
        info: ReleaseInfo {
            number: 1,
            version: "test".to_owned(),
            hash: hotlogic::content_hash(script.as_bytes()),
            note: String::new(),
            host_api: hotlogic::HOST_API,
            arena_scale: None,
            card: None,
        },
        rules: RhaiRules::compile(script).expect("the script compiles"),
        script: script.into(),
    }
}
