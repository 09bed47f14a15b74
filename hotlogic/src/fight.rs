//! A generated fight: everybody hunts somebody, strikes, dashes and bats the orb, and many die.

use sim::rng::Rng;
use sim::rules::{Rules, RulesError};
use sim::vec2::vec2;
use sim::world::clamp_inside;
use sim::{PlayerId, PlayerInput, Tick, Tuning, Vec2, World};

/// Fighters.
const PLAYERS: u32 = 8;

/// A crowd around the orb, nearly half of them close to death, so that everything happens soon.
pub(crate) fn crowd(rules: &mut impl Rules, rng: &mut Rng) -> Result<World, RulesError> {
    let tuning = rules.tuning().clone();
    let mut world = World::new(u64::from(rng.next_u32()), Tick(1), sim::DEFAULT_TICK_RATE, &tuning);
    for id in 1..=PLAYERS {
        world.join(rules, PlayerId(id))?;
    }
    gather(&mut world, &tuning, rng);
    Ok(world)
}

/// Brings everybody to the orb and takes hit points from some: a large arena would keep them apart for minutes.
pub(crate) fn gather(world: &mut World, tuning: &Tuning, rng: &mut Rng) {
    let centre = world.orb.position;
    for player in &mut world.players {
        let offset = Vec2::from_angle(rng.next_unit() * std::f32::consts::TAU)
            * (tuning.strike_range * rng.next_unit());
        player.position = clamp_inside(centre + offset, tuning.player_radius, tuning);
        player.shield_left = 0;
        if player.alive() && rng.next_unit() < 0.4 {
            player.hp = player.hp.min(1 + (rng.next_unit() * 10.0) as i32);
        }
    }
}

/// What everybody wants in the next tick.
pub(crate) fn intents(world: &World, rng: &mut Rng, inputs: &mut Vec<(PlayerId, PlayerInput)>) {
    inputs.clear();
    for player in &world.players {
        let prey = nearest(world, player.id);
        let target = if rng.next_unit() < 0.3 { world.orb.position } else { prey };
        let direction = match rng.next_u32() % 8 {
            0 => Vec2::ZERO,
            1 => Vec2::from_angle(rng.next_unit() * std::f32::consts::TAU),
            2 => vec2(0.3, -0.2),
            _ => (target - player.position).normalize_or(vec2(1.0, 0.0)),
        };
        let input = PlayerInput {
            direction: (rng.next_unit() < 0.4).then_some(direction),
            aim: (rng.next_unit() < 0.5).then(|| prey - player.position),
            attack: rng.next_unit() < 0.25,
            dash: rng.next_unit() < 0.03,
            seen: None,
        };
        inputs.push((player.id, input));
    }
}

/// Where the nearest other living player is, or the orb when there is none.
fn nearest(world: &World, id: PlayerId) -> Vec2 {
    let Some(own) = world.player(id) else { return world.orb.position };
    let squared = |position: Vec2| (position - own.position).dot(position - own.position);
    world
        .players
        .iter()
        .filter(|other| other.id != id && other.alive())
        .map(|other| other.position)
        .min_by(|a, b| squared(*a).total_cmp(&squared(*b)))
        .unwrap_or(world.orb.position)
}
