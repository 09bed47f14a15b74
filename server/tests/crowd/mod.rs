//! A room full of players who wander about, without sockets and without clocks.

#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part")]

#[path = "../house/mod.rs"]
pub mod house;

use std::sync::{Arc, Mutex, MutexGuard};

use house::Void;
use protocol::{CloseCode, Encoding};
use server::room::core::{Room, RoomSetup};
use server::room::{Join, Mode, Offer, Outbox, Parcel, RoomEvent, Sender};
use sim::rng::Rng;
use sim::{PlayerInput, Seq, Tick, Vec2};

/// Ticks per second.
pub const RATE: u32 = house::RATE;
/// A wanderer takes a new direction every so many ticks on average: as headless players do at 60 frames a second.
const STRAIGHT_TICKS: u32 = 12;

/// What all players together were handed.
type Handed = Arc<Mutex<Vec<Parcel>>>;

/// Keeps what it is handed.
struct Keeper(Handed);

impl Outbox for Keeper {
    fn offer(&mut self, parcel: &Parcel) -> Offer {
        self.0.lock().unwrap().push(parcel.clone());
        Offer::Taken
    }

    fn close(self: Box<Self>, _: CloseCode) {}
}

/// The crowd.
pub struct Crowd {
    room: Room,
    players: Vec<(Sender, Seq)>,
    handed: Handed,
    rng: Rng,
}

impl Crowd {
    /// So many players under rules that leave everything to the native ones.
    pub fn native(count: u32) -> Self {
        Self::listening(Encoding::Binary, count)
    }

    /// So many players on a battlefield, which has grown for them.
    pub fn battlefield(count: u32) -> Self {
        Self::in_mode(Mode::Battlefield, count, "", |handed| Box::new(Keeper(handed)))
    }

    /// So many players under the rules of `script`, who keep nothing of what they are handed.
    pub fn new(count: u32, script: &str) -> Self {
        Self::in_mode(Mode::Arena, count, script, |_| Box::new(Void))
    }

    /// So many players who listen in `encoding`, under native rules.
    pub fn listening(encoding: Encoding, count: u32) -> Self {
        Self::make(Mode::Arena, encoding, count, "", |handed| Box::new(Keeper(handed)))
    }

    /// So many players in a room of either kind, with an outbox of the caller's.
    pub fn in_mode(mode: Mode, count: u32, script: &str, outbox: impl Fn(Handed) -> Box<dyn Outbox>) -> Self {
        Self::make(mode, Encoding::Binary, count, script, outbox)
    }

    fn make(
        mode: Mode,
        encoding: Encoding,
        count: u32,
        script: &str,
        outbox: impl Fn(Handed) -> Box<dyn Outbox>,
    ) -> Self {
        let setup = house::setup(house::release(1, script));
        let mut room = Room::new(RoomSetup { seed: 7, grace_ticks: 30 * RATE, mode, ..setup });
        let handed = Handed::default();
        let players = (1..=count)
            .map(|id| {
                let person = house::person(id, encoding, outbox(Arc::clone(&handed)));
                house::join(&mut room, Join { name: format!("Wanderer {id}"), ..person });
                (house::sender(id), Seq(0))
            })
            .collect();
        Self { room, players, handed, rng: Rng::new(3) }
    }

    /// Lets everybody wander for so many ticks.
    pub fn wander(&mut self, ticks: u32) {
        for _ in 0..ticks {
            for (from, seq) in &mut self.players {
                if !self.rng.next_u32().is_multiple_of(STRAIGHT_TICKS) {
                    continue;
                }
                seq.0 += 1;
                let direction = Vec2::from_angle(self.rng.next_unit() * std::f32::consts::TAU);
                self.room.handle_event(RoomEvent::Input {
                    from: *from,
                    seq: *seq,
                    tick: None,
                    input: PlayerInput::moving(direction),
                });
            }
            self.room.play_tick();
        }
    }

    /// Plays a tick in which nobody wants anything new.
    pub fn run_on(&mut self) {
        self.room.play_tick();
    }

    /// The room.
    pub fn room(&mut self) -> &mut Room {
        &mut self.room
    }

    /// The newest tick.
    pub fn tick(&self) -> Tick {
        self.room.tick()
    }

    /// What was handed over so far.
    pub fn parcels(&self) -> MutexGuard<'_, Vec<Parcel>> {
        self.handed.lock().unwrap()
    }

    /// Forgets what was handed over.
    pub fn forget(&self) {
        self.parcels().clear();
    }
}
