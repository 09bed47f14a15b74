//! Entering the arena, at first and after each death.

use crate::effect::Effect;
use crate::rng::Rng;
use crate::rules::{Rules, RulesError};
use crate::tuning::seconds_to_ticks;
use crate::vec2::vec2;
use crate::world::{Player, World, clamp_inside};

/// Brings a player to life: full hit points, shielded, at a point that the rules choose, looking at the centre.
///
/// # Errors
/// When the `spawn_point` rule fails; the player is unchanged then.
pub fn revive(
    player: &mut Player,
    rules: &mut impl Rules,
    rng: &mut Rng,
    tick_rate: u32,
) -> Result<(), RulesError> {
    let point = rules.spawn_point([rng.next_unit(), rng.next_unit()])?;
    let tuning = rules.tuning();
    player.position = clamp_inside(point, tuning.player_radius, tuning);
    player.stop();
    let centre = vec2(tuning.arena_width * 0.5, tuning.arena_height * 0.5);
    player.facing = (centre - player.position).normalize_or(player.facing);
    player.hp = tuning.max_hp as i32;
    player.respawn_left = 0;
    player.shield_left = seconds_to_ticks(tuning.shield_duration, tick_rate);
    Ok(())
}

/// Counts down for the dead and revives those whose time has come.
///
/// # Errors
/// When the `spawn_point` rule fails; the world is half stepped then.
pub(crate) fn respawn(world: &mut World, rules: &mut impl Rules) -> Result<(), RulesError> {
    for player in &mut world.players {
        if player.alive() {
            continue;
        }
        player.respawn_left = player.respawn_left.saturating_sub(1);
        if player.respawn_left > 0 {
            continue;
        }
        revive(player, rules, &mut world.rng, world.tick_rate)?;
        world.effects.push(Effect::Respawn { player: player.id });
    }
    Ok(())
}
