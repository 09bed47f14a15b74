//! The orb in a binary snapshot.

use sim::PlayerId;

use super::models::{Models, signed, sized};
use super::range::Coder;
use super::track::{Track, fine};
use crate::snapshot::OrbState;

/// Steps in which the orb's velocity is told, per unit per second.
const VELOCITY_STEPS: f32 = 16.0;
/// Fastest velocity that is told, units per second; the orb is slower.
const MAX_VELOCITY: f32 = 65_536.0;

/// The orb as both sides know it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct OrbSlot {
    x: Track,
    y: Track,
    /// 16ths of a unit per second.
    velocity: [i32; 2],
    batted_by: Option<PlayerId>,
}

impl OrbSlot {
    /// One tick. Encoders know the `orb`.
    pub(super) fn code_tick(
        &mut self,
        coder: &mut impl Coder,
        models: &mut Models,
        momentum: i32,
        orb: Option<&OrbState>,
    ) {
        let target = orb.copied().unwrap_or_default();
        for (track, coordinate) in [(&mut self.x, target.x), (&mut self.y, target.y)] {
            let residual = models.orb.code(coder, track.residual(fine(coordinate)));
            track.advance(residual, momentum);
        }
        for (velocity, target) in self.velocity.iter_mut().zip([target.vx, target.vy]) {
            let change = models.orb_velocity.code(coder, steps(target).wrapping_sub(*velocity));
            *velocity = velocity.wrapping_add(change);
        }
        if coder.bit(&mut models.batter, target.batted_by != self.batted_by) {
            self.code_batter(coder, target.batted_by);
        }
    }

    /// All of it.
    pub(super) fn code_whole(&mut self, coder: &mut impl Coder) {
        self.x.code(coder);
        self.y.code(coder);
        for velocity in &mut self.velocity {
            *velocity = signed(coder, *velocity);
        }
        self.code_batter(coder, self.batted_by);
    }

    pub(super) fn state(&self) -> OrbState {
        OrbState {
            x: self.x.coordinate(),
            y: self.y.coordinate(),
            vx: self.velocity[0] as f32 / VELOCITY_STEPS,
            vy: self.velocity[1] as f32 / VELOCITY_STEPS,
            batted_by: self.batted_by,
        }
    }

    fn code_batter(&mut self, coder: &mut impl Coder, batter: Option<PlayerId>) {
        let known = coder.raw(1, u32::from(batter.is_some())) == 1;
        self.batted_by = known.then(|| PlayerId(sized(coder, batter.map_or(0, |id| id.0))));
    }
}

fn steps(velocity: f32) -> i32 {
    (velocity.clamp(-MAX_VELOCITY, MAX_VELOCITY) * VELOCITY_STEPS).round() as i32
}
