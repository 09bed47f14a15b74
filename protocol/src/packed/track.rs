//! Dead reckoning along one axis: where a body will be if it goes on as it did.
//!
//! Both sides reckon with the same whole numbers; only what differs from the reckoning is sent. Positions are 4096ths of a
//! unit. A body that is within [`GRID`] of where it is reckoned needs no word, and a word corrects by whole steps of it.

use super::models::{signed, sized};
use super::range::Coder;

/// Parts of a unit in which positions are kept.
pub(crate) const FINE: i32 = 4096;
/// Largest error and step of correction: 1/16 unit.
pub(crate) const GRID: i32 = FINE / 16;
/// Furthest coordinate that is told, units. Arenas are smaller.
const MAX_COORDINATE: f32 = 65_536.0;
/// Corrections up to this many steps are errors of the reckoned velocity; larger ones are changes of it.
const SMALL: i32 = 2;
/// Whoever is this many steps off was put there: 160 units in a tick is faster than anything may run.
const JUMP: i32 = 160 * 16;
/// What is slower than this stands, 4096ths of a unit per tick.
const STANDING: i32 = GRID / 4;
/// The oldest correction that is remembered, ticks.
const MAX_AGE: u8 = 64;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Track {
    at: i32,
    /// Per tick.
    velocity: i32,
    /// What the velocity is about to change by in this tick; shrinks by the momentum of the room.
    bend: i32,
    /// Ticks since the last correction.
    age: u8,
}

/// A coordinate in 4096ths of a unit. What is no number is 0.
pub(crate) fn fine(coordinate: f32) -> i32 {
    (coordinate.clamp(-MAX_COORDINATE, MAX_COORDINATE) * FINE as f32) as i32
}

impl Track {
    /// A body of which nothing but its place is known.
    pub(crate) fn standing(at: i32) -> Self {
        Self { at, ..Self::default() }
    }

    /// Where it is, units.
    pub(crate) fn coordinate(&self) -> f32 {
        self.at as f32 / FINE as f32
    }

    /// Steps from where it is reckoned in the next tick to `target`; 0 when that is good enough.
    pub(crate) fn residual(&self, target: i32) -> i32 {
        let off = target.wrapping_sub(self.reckoned());
        if off.abs() <= GRID { 0 } else { (off + (GRID / 2) * off.signum()) / GRID }
    }

    fn reckoned(&self) -> i32 {
        self.at.wrapping_add(self.velocity).wrapping_add(self.bend)
    }

    /// Goes on by a tick, corrected by `residual` steps. `momentum` is the share of a change of velocity by which the
    /// velocity changes again in the tick after, in 256ths.
    pub(crate) fn advance(&mut self, residual: i32, momentum: i32) {
        let error = residual.wrapping_mul(GRID);
        self.at = self.reckoned().wrapping_add(error);
        self.velocity = self.velocity.wrapping_add(self.bend);
        let age = self.age + 1;
        self.age = if residual == 0 { age.min(MAX_AGE) } else { 0 };
        if !(-JUMP..=JUMP).contains(&residual) || self.velocity.unsigned_abs() > (JUMP * GRID) as u32 {
            (self.velocity, self.bend) = (0, 0);
        } else if !(-SMALL..=SMALL).contains(&residual) {
            // A body that is pushed goes on changing its velocity; one that bounces off a wall or stops dead does not.
            let opposed = self.bend != 0 && (self.bend < 0) != (error < 0);
            self.velocity += error;
            self.bend = if opposed { 0 } else { error * momentum / 256 };
        } else {
            self.velocity += error / i32::from(age);
            self.bend = self.bend * momentum / 256;
        }
        if self.velocity.abs() < STANDING && self.bend.abs() < STANDING {
            (self.velocity, self.bend) = (0, 0);
        }
    }

    /// Writes or reads all of it.
    pub(crate) fn code(&mut self, coder: &mut impl Coder) {
        let limit = 2 * JUMP * GRID;
        self.at = signed(coder, self.at);
        self.velocity = signed(coder, self.velocity).clamp(-limit, limit);
        self.bend = signed(coder, self.bend).clamp(-limit, limit);
        self.age = sized(coder, u32::from(self.age)).min(u32::from(MAX_AGE)) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Follows a body and says how many corrections it took; it is never further off than a step.
    #[track_caller]
    fn follow(positions: impl IntoIterator<Item = f32>) -> usize {
        let mut track = Track::default();
        let mut corrections = 0;
        for position in positions {
            let residual = track.residual(fine(position));
            corrections += usize::from(residual != 0);
            track.advance(residual, 136);
            assert!((track.coordinate() - position).abs() <= 1.0 / 16.0 + 1e-3, "{position}: {track:?}");
        }
        corrections
    }

    #[test]
    fn a_straight_run_needs_few_words() {
        let corrections = follow((0..300).map(|tick| 100.0 + tick as f32 * 8.6667));
        assert!(corrections < 12, "{corrections}");
    }

    #[test]
    fn a_runner_who_turns_needs_a_few_words_more() {
        let (mut position, mut velocity) = (500.0, 0.0);
        let corrections = follow((0..300).map(|tick| {
            let wanted = if tick / 30 % 2 == 0 { 260.0 } else { -260.0 };
            velocity += (wanted - velocity) * 14.0 / 30.0;
            position += velocity / 30.0;
            position
        }));
        assert!(corrections < 60, "{corrections}");
    }

    #[test]
    fn a_wall_and_a_teleport_are_over_at_once() {
        let wall = (0..100).map(|tick| (tick as f32 * 8.5).min(200.0));
        assert!(follow(wall) < 10);
        let teleport = (0..100).map(|tick| if tick < 50 { 0.0 } else { 1_500.0 });
        assert_eq!(follow(teleport), 1);
    }

    #[test]
    fn absurd_words_do_not_break_the_reckoning() {
        for residual in [i32::MIN, i32::MAX, 2561, -2561, 2560, -2560] {
            let mut track = Track::standing(i32::MAX);
            for _ in 0..100 {
                track.advance(residual, 255);
            }
        }
    }
}
