//! What a bot makes of a look around: one pass over everybody, with a player's eyes.

use crate::ids::PlayerId;
use crate::rng::Rng;
use crate::teams::mates;
use crate::tuning::Tuning;
use crate::vec2::{Vec2, vec2};
use crate::world::{Player, World};

/// What it sees.
pub(super) struct Sight<'a> {
    /// The closest living opponent.
    pub(super) nearest: Option<(&'a Player, f32)>,
    /// The opponent that it would choose, and how attractive it is.
    pub(super) prey: Option<(&'a Player, f32)>,
    /// Away from those who stand too close; longer than 1 in a crowd.
    pub(super) elbow_room: Vec2,
    /// Away from everybody who is near, the near ones first; no particular length.
    pub(super) away: Vec2,
}

/// What somebody looks for.
pub(super) struct Taste {
    /// Whom it likes to chase: everybody has other favourites, so that not all chase the same.
    pub(super) favourites: u32,
    /// How much it likes those who are nearly down.
    pub(super) bloodlust: f32,
    /// Whom it chased last; somebody else would be a change.
    pub(super) last: Option<PlayerId>,
}

impl<'a> Sight<'a> {
    pub(super) fn of(world: &'a World, me: &Player, tuning: &Tuning, taste: &Taste) -> Self {
        let mut sight = Self { nearest: None, prey: None, elbow_room: Vec2::ZERO, away: Vec2::ZERO };
        // Never so wide that nobody would be in reach.
        let elbow = (2.6 * tuning.player_radius).min(0.7 * tuning.strike_range).max(1.0);
        for other in world.players.iter().filter(|other| other.id != me.id && other.alive()) {
            let offset = other.position - me.position;
            let distance = offset.length();
            if distance < elbow {
                // Two on one spot part in different directions.
                let apart =
                    offset.normalize_or(if me.id < other.id { vec2(1.0, 0.0) } else { vec2(-1.0, 0.0) });
                sight.elbow_room += apart * (distance / elbow - 1.0);
            }
            // Nobody hunts or flees its mates.
            if mates(me, other) {
                continue;
            }
            sight.away += offset * (-1.0 / (distance * distance).max(1.0));
            if sight.nearest.is_none_or(|(_, least)| distance < least) {
                sight.nearest = Some((other, distance));
            }
            let cost = distance.max(1.0) * taste.reserve_about(other, tuning);
            if sight.prey.is_none_or(|(_, least)| cost < least) {
                sight.prey = Some((other, cost));
            }
        }
        sight
    }
}

impl Taste {
    /// By how much further away somebody seems to be.
    fn reserve_about(&self, other: &Player, tuning: &Tuning) -> f32 {
        let liking = Rng::new(u64::from(self.favourites) << 32 | u64::from(other.id.0)).next_unit();
        let health = (other.hp as f32 / tuning.max_hp).clamp(0.0, 1.0);
        let variety = if self.last == Some(other.id) { 1.4 } else { 1.0 };
        let shield = if other.shielded() { 2.5 } else { 1.0 };
        (0.5 + 1.5 * liking) * (1.0 - self.bloodlust * 0.5 * (1.0 - health)) * variety * shield
    }
}

/// Where the orb hits somebody who stays where it is: seconds from now and the way out, if it does within `seconds`.
pub(super) fn orb_threat(world: &World, me: &Player, tuning: &Tuning, seconds: f32) -> Option<(f32, Vec2)> {
    let orb = &world.orb;
    let batter = orb.batted_by.filter(|batter| *batter != me.id)?;
    if me.team > 0 && world.player(batter).is_some_and(|batter| mates(me, batter)) {
        return None;
    }
    let speed = orb.velocity.length();
    let heading = orb.velocity.normalize_or(vec2(1.0, 0.0));
    let offset = me.position - orb.position;
    let along = offset.dot(heading);
    if speed < 1.0 || along < 0.0 || along > speed * seconds {
        return None;
    }
    let beside = offset - heading * along;
    if beside.length() > 1.7 * (tuning.orb_radius + tuning.player_radius) {
        return None;
    }
    Some((along / speed, beside.normalize_or(vec2(-heading.y, heading.x))))
}

/// Into the arena, from near its walls; longer the closer they are, up to about 1 for each wall.
pub(super) fn off_the_walls(position: Vec2, tuning: &Tuning, margin: f32) -> Vec2 {
    let push = |value: f32, size: f32| {
        let margin = margin.min(size * 0.3).max(1.0);
        let (near, far) = (1.0 - value / margin, 1.0 - (size - value) / margin);
        near.max(0.0) - far.max(0.0)
    };
    vec2(push(position.x, tuning.arena_width), push(position.y, tuning.arena_height))
}
