//! How one player moves in one tick. The browser predicts its own player with this very function.

use crate::input::PlayerInput;
use crate::rules::{MoveQuery, Rules, RulesError};
use crate::tuning::{MAX_SPEED, Tuning, seconds_to_ticks};
use crate::vec2::Vec2;
use crate::world::{Player, clamp_inside};

/// Blows weaker than this no longer move anybody, units per second.
const PUSH_EPSILON: f32 = 1.0;

/// Takes up new intents. `attack` is not handled here, as it concerns others: see [`combat`](crate::combat).
pub fn apply_input(player: &mut Player, input: &PlayerInput, rules: &impl Rules, tick_rate: u32) {
    if let Some(direction) = input.direction.filter(|d| d.is_finite()) {
        player.direction = direction.clamp_length(1.0);
        player.facing = direction.normalize_or(player.facing);
    }
    if let Some(aim) = input.aim.filter(|a| a.is_finite()) {
        player.facing = aim.normalize_or(player.facing);
    }
    if input.dash && player.alive() && player.dash_cooldown == 0 {
        let tuning = rules.tuning();
        player.dash_left = seconds_to_ticks(tuning.dash_duration, tick_rate);
        player.dash_cooldown = seconds_to_ticks(tuning.dash_cooldown, tick_rate);
        player.shield_left = 0;
    }
}

/// Counts down and moves one living player by one tick.
///
/// # Errors
/// When the `move_player` rule fails; the player may be half moved then.
pub fn advance(player: &mut Player, rules: &mut impl Rules, tick_rate: u32) -> Result<(), RulesError> {
    let dt = 1.0 / tick_rate as f32;
    match begin(player, rules.tuning(), dt) {
        Will::None => return Ok(()),
        Will::Fixed => {}
        Will::Asked(query) => player.velocity = rules.move_player(query)?.clamp_length(MAX_SPEED),
    }
    travel(player, rules.tuning(), dt);
    Ok(())
}

/// Memory for [`advance_all`].
#[derive(Debug, Default)]
pub(crate) struct Moves {
    /// Indices of the players that the rules are asked about.
    asked: Vec<u32>,
    queries: Vec<MoveQuery>,
    velocities: Vec<Vec2>,
}

/// The same as [`advance`] for everybody, but the rules are asked about all of them at once.
///
/// # Errors
/// When the `move_player` rule fails, for the first player for whom it does; players may be half moved then.
pub(crate) fn advance_all(
    players: &mut [Player],
    rules: &mut impl Rules,
    tick_rate: u32,
    moves: &mut Moves,
) -> Result<(), RulesError> {
    let dt = 1.0 / tick_rate as f32;
    let Moves { asked, queries, velocities } = moves;
    asked.clear();
    queries.clear();
    let tuning = rules.tuning();
    for (index, player) in players.iter_mut().enumerate() {
        match begin(player, tuning, dt) {
            Will::None => {}
            Will::Fixed => travel(player, tuning, dt),
            Will::Asked(query) => {
                asked.push(index as u32);
                queries.push(query);
            }
        }
    }
    rules.move_players(queries, velocities)?;
    let tuning = rules.tuning();
    for (index, velocity) in asked.iter().zip(velocities.iter()) {
        let player = &mut players[*index as usize];
        player.velocity = velocity.clamp_length(MAX_SPEED);
        travel(player, tuning, dt);
    }
    Ok(())
}

/// By whose will a player moves in this tick.
enum Will {
    /// It is dead.
    None,
    /// A dash has set its velocity.
    Fixed,
    /// Its own: the rules are asked.
    Asked(MoveQuery),
}

/// Counts down, and finds out how the player will move.
#[inline]
fn begin(player: &mut Player, tuning: &Tuning, dt: f32) -> Will {
    player.strike_cooldown = player.strike_cooldown.saturating_sub(1);
    player.dash_cooldown = player.dash_cooldown.saturating_sub(1);
    player.shield_left = player.shield_left.saturating_sub(1);
    player.striking = false;
    if !player.alive() {
        return Will::None;
    }
    if player.recoil_left > 0 {
        player.recoil_left -= 1;
        if player.recoil_left == 0 {
            let recoil = std::mem::take(&mut player.recoil);
            player.push = (player.push + recoil).clamp_length(MAX_SPEED);
        }
    }
    if player.dash_left == 0 {
        return Will::Asked(MoveQuery { velocity: player.velocity, direction: player.direction, dt });
    }
    player.dash_left -= 1;
    let heading = player.direction.normalize_or(player.facing);
    player.velocity = heading * tuning.dash_speed;
    Will::Fixed
}

/// Moves the player by its velocity and by what pushes it.
#[inline]
fn travel(player: &mut Player, tuning: &Tuning, dt: f32) {
    let moved = player.position + (player.velocity + player.push) * dt;
    player.position = clamp_inside(moved, tuning.player_radius, tuning);
    let kept = (1.0 - tuning.knockback_decay * dt).max(0.0);
    player.push = player.push * kept;
    if player.push.length() < PUSH_EPSILON {
        player.push = Vec2::ZERO;
    }
}
