//! The seam at which the game is hot-swapped: what rules decide, and the native rules used for all that a script
//! leaves out.

use crate::bots::{BotQuery, BotWish};
use crate::tuning::Tuning;
use crate::vec2::{Vec2, vec2};

/// What `move_player` is asked.
#[derive(Clone, Copy, Debug)]
pub struct MoveQuery {
    /// Own velocity without knock-back, units per second.
    pub velocity: Vec2,
    /// Wanted direction, length at most 1.
    pub direction: Vec2,
    /// Seconds of this tick.
    pub dt: f32,
}

/// What `strike` is asked, for each player in reach.
#[derive(Clone, Copy, Debug)]
pub struct StrikeQuery {
    /// Distance between the two centres, units.
    pub distance: f32,
    /// Cosine of the angle between the striker's facing and the target: 1 in front, -1 behind.
    pub facing: f32,
    /// Hit points of the striker.
    pub attacker_hp: i32,
    /// Hit points of the target.
    pub target_hp: i32,
}

/// What a strike does to one target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StrikeOutcome {
    /// Hit points to take; 0 or less is a miss.
    pub damage: i32,
    /// Speed to push the target away with, units per second.
    pub knockback: f32,
}

/// The orb as `move_orb` sees and returns it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrbMotion {
    /// Centre, units.
    pub position: Vec2,
    /// Units per second.
    pub velocity: Vec2,
}

/// What `on_kill` is asked.
#[derive(Clone, Copy, Debug)]
pub struct KillQuery {
    /// Hit points of the killer.
    pub killer_hp: i32,
    /// Kills of the killer since its last death, this one included.
    pub streak: i32,
    /// The orb did it.
    pub by_orb: bool,
}

/// What a kill is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KillOutcome {
    /// Points for the killer.
    pub points: i32,
    /// Hit points given back to the killer.
    pub heal: i32,
}

/// A rule failed while the game was running. The world of that tick must be thrown away.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{hook}: {message}{}", line.map(|l| format!(" (line {l}{})", column.map(|c| format!(", column {c}")).unwrap_or_default())).unwrap_or_default())]
pub struct RulesError {
    /// The hook that failed.
    pub hook: &'static str,
    /// What went wrong, in words for the author of the rule.
    pub message: String,
    /// Line in the script, from 1.
    pub line: Option<u32>,
    /// Column in the script, from 1.
    pub column: Option<u32>,
}

/// Everything that can be replaced while the game runs. What an implementation leaves out is native.
///
/// Hooks are asked with scalars and answer with scalars: that is what keeps a scripted tick cheap. They must be pure:
/// the same question always gets the same answer, on the server and in every browser.
pub trait Rules {
    /// The tuning numbers in force.
    fn tuning(&self) -> &Tuning;

    /// A player's new velocity, units per second.
    ///
    /// # Errors
    /// When the rule fails; see [`RulesError`].
    fn move_player(&mut self, query: MoveQuery) -> Result<Vec2, RulesError> {
        Ok(native::move_player(self.tuning(), query))
    }

    /// The new velocities of many players, in the order of the `queries`: what [`move_player`](Self::move_player) answers
    /// to each of them. Rules that can answer many at once do so; `velocities` is cleared first.
    ///
    /// # Errors
    /// The error of the first player whose rule fails; see [`RulesError`].
    fn move_players(&mut self, queries: &[MoveQuery], velocities: &mut Vec<Vec2>) -> Result<(), RulesError> {
        velocities.clear();
        velocities.reserve(queries.len());
        for query in queries {
            velocities.push(self.move_player(*query)?);
        }
        Ok(())
    }

    /// What a strike does to a player in reach.
    ///
    /// # Errors
    /// When the rule fails; see [`RulesError`].
    fn strike(&mut self, query: StrikeQuery) -> Result<StrikeOutcome, RulesError> {
        Ok(native::strike(self.tuning(), query))
    }

    /// Where the orb is `dt` seconds later.
    ///
    /// # Errors
    /// When the rule fails; see [`RulesError`].
    fn move_orb(&mut self, orb: OrbMotion, dt: f32) -> Result<OrbMotion, RulesError> {
        Ok(native::move_orb(self.tuning(), orb, dt))
    }

    /// Where a player enters the arena, from two random numbers in `0.0..1.0`.
    ///
    /// # Errors
    /// When the rule fails; see [`RulesError`].
    fn spawn_point(&mut self, random: [f32; 2]) -> Result<Vec2, RulesError> {
        Ok(native::spawn_point(self.tuning(), random))
    }

    /// What a kill is worth.
    ///
    /// # Errors
    /// When the rule fails; see [`RulesError`].
    fn on_kill(&mut self, query: KillQuery) -> Result<KillOutcome, RulesError> {
        Ok(native::on_kill(query))
    }

    /// What a bot wants that looks around; `None` leaves the thinking to its own [`Brain`](crate::bots::Brain). Asked only
    /// where bots play, and never by [`World::step`](crate::World::step): nobody has to predict it.
    ///
    /// # Errors
    /// When the rule fails; see [`RulesError`].
    fn bot_think(&mut self, _query: &BotQuery) -> Result<Option<BotWish>, RulesError> {
        Ok(None)
    }
}

/// The rules without any script: also the safe mode when no script can be trusted.
#[derive(Clone, Debug, Default)]
pub struct NativeRules {
    /// Tuning numbers to play with.
    pub tuning: Tuning,
}

impl Rules for NativeRules {
    fn tuning(&self) -> &Tuning {
        &self.tuning
    }
}

/// The native answer to each hook.
pub mod native {
    use super::*;

    /// Approaches the wanted velocity exponentially.
    #[must_use]
    pub fn move_player(tuning: &Tuning, query: MoveQuery) -> Vec2 {
        let wanted = query.direction * tuning.player_speed;
        let share = (tuning.player_response * query.dt).min(1.0);
        query.velocity + (wanted - query.velocity) * share
    }

    /// The same for everybody in reach.
    #[must_use]
    pub fn strike(tuning: &Tuning, _query: StrikeQuery) -> StrikeOutcome {
        StrikeOutcome { damage: tuning.strike_damage as i32, knockback: tuning.strike_knockback }
    }

    /// Flies straight, bounces off the walls and relaxes to its usual speed.
    #[must_use]
    pub fn move_orb(tuning: &Tuning, orb: OrbMotion, dt: f32) -> OrbMotion {
        let speed = orb.velocity.length();
        let share = (tuning.orb_drag * dt).min(1.0);
        let relaxed = speed + (tuning.orb_speed - speed) * share;
        let velocity = orb.velocity.normalize_or(vec2(1.0, 0.0)) * relaxed;
        let moved = orb.position + velocity * dt;
        let (x, vx) = bounce(moved.x, velocity.x, tuning.orb_radius, tuning.arena_width);
        let (y, vy) = bounce(moved.y, velocity.y, tuning.orb_radius, tuning.arena_height);
        OrbMotion { position: vec2(x, y), velocity: vec2(vx, vy) }
    }

    /// One coordinate between two walls: past a wall it is put back to it and reversed.
    fn bounce(position: f32, speed: f32, radius: f32, size: f32) -> (f32, f32) {
        if position < radius {
            (radius, speed.abs())
        } else if position > size - radius {
            (size - radius, -speed.abs())
        } else {
            (position, speed)
        }
    }

    /// Anywhere in the spawn area.
    #[must_use]
    pub fn spawn_point(tuning: &Tuning, random: [f32; 2]) -> Vec2 {
        let max_x = if tuning.spawn_max_x > 0.0 { tuning.spawn_max_x } else { tuning.arena_width };
        let max_y = if tuning.spawn_max_y > 0.0 { tuning.spawn_max_y } else { tuning.arena_height };
        vec2(
            tuning.spawn_min_x + (max_x - tuning.spawn_min_x) * random[0],
            tuning.spawn_min_y + (max_y - tuning.spawn_min_y) * random[1],
        )
    }

    /// One point, nothing else.
    #[must_use]
    pub fn on_kill(_query: KillQuery) -> KillOutcome {
        KillOutcome { points: 1, heal: 0 }
    }
}
