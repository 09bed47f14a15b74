//! The orb: flies by rule, is batted by strikes, and hurts whoever a batted one hits.

use crate::combat::{self, Blow};
use crate::effect::Effect;
use crate::rng::Rng;
use crate::rules::{OrbMotion, Rules, RulesError};
use crate::teams;
use crate::tuning::{MAX_SPEED, Tuning};
use crate::vec2::{Vec2, vec2};
use crate::world::{Orb, Player, World, clamp_inside};

/// Seconds during which the orb hurts nobody after it has hurt somebody, so that one contact is one hit.
const SPENT_SECONDS: f32 = 0.25;

/// A fresh orb in the middle of the arena, flying in a random direction.
#[must_use]
pub fn launch(tuning: &Tuning, rng: &mut Rng) -> Orb {
    let heading = Vec2::from_angle(rng.next_unit() * std::f32::consts::TAU);
    Orb {
        position: vec2(tuning.arena_width * 0.5, tuning.arena_height * 0.5),
        velocity: heading * tuning.orb_speed,
        batted_by: None,
        spent_left: 0,
        batted_from: Vec2::ZERO,
    }
}

/// Moves the orb by one tick. Browsers extrapolate with this very function.
///
/// # Errors
/// When the `move_orb` rule fails; the orb is unchanged then.
pub fn advance(orb: &mut Orb, rules: &mut impl Rules, tick_rate: u32) -> Result<(), RulesError> {
    let motion = OrbMotion { position: orb.position, velocity: orb.velocity };
    let moved = rules.move_orb(motion, 1.0 / tick_rate as f32)?;
    let tuning = rules.tuning();
    orb.position = clamp_inside(moved.position, tuning.orb_radius, tuning);
    orb.velocity = moved.velocity.clamp_length(MAX_SPEED);
    orb.spent_left = orb.spent_left.saturating_sub(1);
    if orb.velocity.length() < tuning.orb_live_speed {
        orb.batted_by = None;
    }
    Ok(())
}

/// The striker sends the orb along its view, if the orb is in reach.
pub(crate) fn bat(world: &mut World, striker: &Player, tuning: &Tuning) {
    let reach = tuning.strike_range + tuning.orb_radius;
    let offset = world.orb.position - striker.position;
    if offset.dot(offset) > reach * reach {
        return;
    }
    world.orb.velocity = striker.facing * tuning.orb_bat_speed;
    world.orb.batted_by = Some(striker.id);
    world.orb.spent_left = 0;
    world.orb.batted_from = world.orb.position;
    world.effects.push(Effect::OrbBatted { player: striker.id });
}

/// A live orb hurts the first player it touches, other than the one who batted it and its mates, and bounces off.
///
/// # Errors
/// When a rule fails; the world is half stepped then.
pub(crate) fn collide(world: &mut World, rules: &mut impl Rules) -> Result<(), RulesError> {
    let Some(batter) = world.orb.batted_by else { return Ok(()) };
    if world.orb.spent_left > 0 {
        return Ok(());
    }
    let tuning = rules.tuning();
    let reach = tuning.orb_radius + tuning.player_radius;
    let centre = world.orb.position;
    let side = if teams::are_on(tuning) { world.player(batter).map_or(0, |player| player.team) } else { 0 };
    let hit = world.players.iter().position(|player| {
        let offset = player.position - centre;
        player.id != batter
            && (side == 0 || player.team != side)
            && player.alive()
            && !player.shielded()
            && offset.dot(offset) <= reach * reach
    });
    let Some(target) = hit else { return Ok(()) };
    let heading = world.orb.velocity.normalize_or(vec2(1.0, 0.0));
    let shot = (centre - world.orb.batted_from).length();
    let blow =
        Blow { damage: tuning.orb_damage as i32, push: heading * tuning.orb_knockback, shot: Some(shot) };
    let normal = (centre - world.players[target].position).normalize_or(heading * -1.0);
    world.orb.velocity = world.orb.velocity - normal * (2.0 * world.orb.velocity.dot(normal).min(0.0));
    world.orb.spent_left = world.ticks(SPENT_SECONDS);
    if blow.damage <= 0 {
        return Ok(());
    }
    combat::hurt(world, batter, target, blow, rules)
}
