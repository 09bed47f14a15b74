//! Questions that a fight may ask only once in a while, asked directly: zeros, extremes, corners.

use sim::bots::BotQuery;
use sim::rng::Rng;
use sim::rules::{KillQuery, MoveQuery, OrbMotion, Rules, RulesError, StrikeQuery};
use sim::vec2::vec2;
use sim::{Tuning, Vec2};

/// Tick lengths at which rules must work, seconds: 60, 30 and 10 ticks a second.
const TICKS: [f32; 3] = [1.0 / 60.0, 1.0 / 30.0, 0.1];

/// No direction, all eight, and a gentle one.
const DIRECTIONS: [Vec2; 10] = [
    vec2(0.0, 0.0),
    vec2(1.0, 0.0),
    vec2(-1.0, 0.0),
    vec2(0.0, 1.0),
    vec2(0.0, -1.0),
    vec2(0.707, 0.707),
    vec2(-0.707, 0.707),
    vec2(0.707, -0.707),
    vec2(-0.707, -0.707),
    vec2(0.1, -0.05),
];

/// Asks every hook its edge cases.
pub(crate) fn ask_all(rules: &mut impl Rules) -> Result<(), RulesError> {
    let tuning = rules.tuning().clone();
    spawn_points(rules)?;
    moves(rules, &tuning)?;
    strikes(rules, &tuning)?;
    kills(rules, &tuning)?;
    orbs(rules, &tuning)?;
    thoughts(rules, &tuning)
}

fn spawn_points(rules: &mut impl Rules) -> Result<(), RulesError> {
    // The largest that the game draws is just below 1.
    for r1 in [0.0, 0.25, 0.5, 0.999_999_94] {
        for r2 in [0.0, 0.5, 0.75, 0.999_999_94] {
            rules.spawn_point([r1, r2])?;
        }
    }
    Ok(())
}

/// From rest, at walking speed and straight out of a dash, against every wish.
fn moves(rules: &mut impl Rules, tuning: &Tuning) -> Result<(), RulesError> {
    for speed in [0.0, 1e-6, tuning.player_speed, tuning.dash_speed] {
        for heading in &DIRECTIONS[1..] {
            for direction in DIRECTIONS {
                for dt in TICKS {
                    rules.move_player(MoveQuery { velocity: *heading * speed, direction, dt })?;
                }
            }
        }
    }
    Ok(())
}

fn strikes(rules: &mut impl Rules, tuning: &Tuning) -> Result<(), RulesError> {
    let full = tuning.max_hp as i32;
    for distance in [0.0, tuning.strike_range * 0.5, tuning.strike_range] {
        for facing in [-1.0, -0.5, 0.0, 0.5, 1.0] {
            for attacker_hp in [1, (full / 2).max(1), full] {
                for target_hp in [1, (full / 2).max(1), full] {
                    rules.strike(StrikeQuery { distance, facing, attacker_hp, target_hp })?;
                }
            }
        }
    }
    Ok(())
}

/// A dead killer has 0 hit points: its orb was still flying.
fn kills(rules: &mut impl Rules, tuning: &Tuning) -> Result<(), RulesError> {
    for killer_hp in [0, 1, tuning.max_hp as i32] {
        for streak in [1, 2, 3, 5, 10, 100, 1_000] {
            for by_orb in [false, true] {
                rules.on_kill(KillQuery { killer_hp, streak, by_orb })?;
            }
        }
    }
    Ok(())
}

/// At rest and batted, in the middle, at the walls and in the corners, then left alone for a while.
fn orbs(rules: &mut impl Rules, tuning: &Tuning) -> Result<(), RulesError> {
    let radius = tuning.orb_radius;
    for x in [radius, tuning.arena_width * 0.5, tuning.arena_width - radius] {
        for y in [radius, tuning.arena_height * 0.5, tuning.arena_height - radius] {
            for speed in [0.0, 1e-6, tuning.orb_speed, tuning.orb_live_speed, tuning.orb_bat_speed] {
                for heading in &DIRECTIONS[1..] {
                    for dt in TICKS {
                        let orb = OrbMotion { position: vec2(x, y), velocity: *heading * speed };
                        rules.move_orb(orb, dt)?;
                    }
                }
            }
        }
    }
    Ok(())
}

/// Alone and with somebody on the same spot, close by or far away, next to the orb and across the arena from it, in every
/// state of health and readiness.
fn thoughts(rules: &mut impl Rules, tuning: &Tuning) -> Result<(), RulesError> {
    let arena = vec2(tuning.arena_width, tuning.arena_height);
    let corner = vec2(tuning.player_radius, tuning.player_radius);
    let least = 1.0 / tuning.max_hp.max(1.0);
    let mut random = Rng::new(1);
    for (position, across) in [(corner, 1.0), (arena * 0.5, 0.0), (arena - corner, -1.0)] {
        for (foe, foe_hp) in [
            (Vec2::ZERO, 0.0),
            (Vec2::ZERO, least),
            (vec2(tuning.strike_range, 0.0), 1.0),
            (vec2(-0.5, 0.5) * tuning.strike_range, least),
            (arena * across, 1.0),
        ] {
            let met = foe_hp > 0.0;
            for (orb, speed) in [
                (Vec2::ZERO, 0.0),
                (vec2(0.0, -tuning.orb_radius), tuning.orb_speed),
                (arena * (0.5 * across), tuning.orb_bat_speed),
            ] {
                for states in 0..32_u32 {
                    let state = |bit: u32| states & (1 << bit) != 0;
                    rules.bot_think(&BotQuery {
                        position,
                        hp: if state(0) { 1.0 } else { least },
                        can_strike: state(1),
                        can_dash: state(2),
                        foe,
                        foe_velocity: if met { vec2(-tuning.player_speed, 0.0) } else { Vec2::ZERO },
                        foe_hp,
                        foe_shielded: met && state(3),
                        orb,
                        orb_velocity: vec2(0.0, speed),
                        orb_danger: state(4) && speed > tuning.orb_speed,
                        nature: random.next_unit(),
                        random: random.next_unit(),
                    })?;
                }
            }
        }
    }
    Ok(())
}
