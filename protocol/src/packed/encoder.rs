//! The sending side: one encoder for all who see the same.

use sim::{PlayerId, Tick};

use super::models::Models;
use super::orb::OrbSlot;
use super::range::{Coder, RangeEncoder};
use super::table::{Picture, Slot};
use super::{MAX_PLAYERS, models};
use crate::snapshot::OrbState;

/// Encodes each tick against the one before, once for everybody, and a keyframe for those who need one. Allocates nothing
/// once it has seen its largest tick.
#[derive(Debug)]
pub struct SnapshotEncoder {
    momentum: i32,
    tick: Tick,
    release: u32,
    slots: Vec<Slot>,
    orb: OrbSlot,
    models: Models,
    /// Positions of those who left, in the table before.
    left: Vec<usize>,
    delta: Vec<u8>,
    keyframe: Vec<u8>,
    keyframe_made: bool,
    keyframes: u32,
}

impl SnapshotEncoder {
    /// An encoder for a fight in which whoever changes its velocity in a tick changes it again by the share `momentum`
    /// of that, from 0 to 1, in the next one. It only makes frames short: any value is right.
    #[must_use]
    pub fn new(momentum: f32) -> Self {
        Self {
            momentum: momentum_steps(momentum),
            tick: Tick(0),
            release: 0,
            slots: Vec::new(),
            orb: OrbSlot::default(),
            models: Models::default(),
            left: Vec::new(),
            delta: Vec::new(),
            keyframe: Vec::new(),
            keyframe_made: false,
            keyframes: 0,
        }
    }

    /// The tick that was encoded last.
    #[must_use]
    pub fn tick(&self) -> Tick {
        self.tick
    }

    /// Encodes the next tick. `players` are in ascending order of id; those past [`MAX_PLAYERS`] are not seen.
    pub fn encode(&mut self, tick: Tick, release: u32, orb: &OrbState, players: &[Picture]) {
        let players = &players[..players.len().min(MAX_PLAYERS)];
        self.tick = tick;
        self.keyframe_made = false;
        self.keyframes = 0;
        self.delta.clear();
        let mut coder = RangeEncoder::new(&mut self.delta);
        let models = &mut self.models;
        if coder.bit(&mut models.rules, release != self.release) {
            self.release = models::sized(&mut coder, release);
        }
        self.left.clear();
        find_those_who_left(&self.slots, players, &mut self.left);
        let came = players.len() + self.left.len() - self.slots.len();
        if coder.bit(&mut models.roster, !self.left.is_empty() || came > 0) {
            models::sized(&mut coder, self.left.len() as u32);
            for index in self.left.drain(..).rev() {
                models::sized(&mut coder, index as u32);
                self.slots.remove(index);
            }
            models::sized(&mut coder, came as u32);
            for (index, picture) in players.iter().enumerate() {
                if self.slots.get(index).is_none_or(|slot| slot.id != picture.id()) {
                    let mut slot = Slot::new(picture);
                    slot.code_whole(&mut coder, 0);
                    self.slots.insert(index, slot);
                }
            }
        }
        for (slot, picture) in self.slots.iter_mut().zip(players) {
            if !std::mem::take(&mut slot.fresh) {
                slot.code_tick(&mut coder, models, self.momentum, Some(picture));
            }
        }
        self.orb.code_tick(&mut coder, models, self.momentum, Some(orb));
        coder.finish();
    }

    /// The part of a delta that everybody gets.
    #[must_use]
    pub fn delta(&self) -> &[u8] {
        &self.delta
    }

    /// How often a keyframe of the last tick was encoded so far.
    #[must_use]
    pub fn keyframes_encoded(&self) -> u32 {
        self.keyframes
    }

    /// The part of a keyframe that everybody gets. It is made when somebody asks for the first time in a tick.
    pub fn keyframe<'n>(&mut self, name_of: impl Fn(PlayerId) -> &'n str) -> &[u8] {
        if !std::mem::replace(&mut self.keyframe_made, true) {
            self.keyframes += 1;
            self.keyframe.clear();
            let mut coder = RangeEncoder::new(&mut self.keyframe);
            coder.raw(8, self.momentum as u32);
            models::sized(&mut coder, self.release);
            self.models.code(&mut coder);
            self.orb.code_whole(&mut coder);
            models::sized(&mut coder, self.slots.len() as u32);
            let mut before = 0;
            for slot in &mut self.slots {
                slot.code_whole(&mut coder, before);
                before = slot.id.0;
                models::code_name(&mut coder, name_of(slot.id));
            }
            coder.finish();
        }
        &self.keyframe
    }
}

/// The share that a change of velocity keeps in the next tick, in 256ths.
pub(super) fn momentum_steps(momentum: f32) -> i32 {
    ((momentum * 256.0) as i32).clamp(0, 255)
}

/// Indexes of the slots whose players are not in the list any more. Both are in ascending order of id.
fn find_those_who_left(slots: &[Slot], players: &[Picture], left: &mut Vec<usize>) {
    let mut players = players.iter().peekable();
    for (index, slot) in slots.iter().enumerate() {
        while players.next_if(|picture| picture.id() < slot.id).is_some() {}
        if players.next_if(|picture| picture.id() == slot.id).is_none() {
            left.push(index);
        }
    }
}
