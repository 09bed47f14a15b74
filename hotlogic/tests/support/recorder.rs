//! Making the recording: bots fight by each rule set in turn, while their inputs go to the worlds of all three.
//!
//! So the same list of inputs contains a real fight for each rule set, however different the arenas are.

use super::replay::{PLAYERS, Replay, SEED};
use super::tape::Entry;
use hotlogic::{RhaiRules, shipped};
use sim::rng::Rng;
use sim::rules::Rules;
use sim::{NativeRules, PlayerId, Tuning, Vec2, World};
use std::f32::consts::TAU;

/// Inputs in all.
const INPUTS: u32 = 10_000;
/// The bots look at another world after so many ticks.
const SHIFT_TICKS: u32 = 150;

/// The tape and the list of checksums.
pub(crate) fn record() -> (Vec<u8>, String) {
    let mut arena = RhaiRules::compile(shipped::ARENA).expect("a shipped script");
    let mut classic = RhaiRules::compile(shipped::CLASSIC).expect("a shipped script");
    let mut native = NativeRules::default();
    let mut worlds = [Replay::new(&mut arena), Replay::new(&mut classic), Replay::new(&mut native)];
    let tunings = [arena.tuning().clone(), classic.tuning().clone(), native.tuning().clone()];
    let mut rng = Rng::new(SEED);
    let mut tape = Vec::new();
    let (mut recorded, mut waited, mut tick) = (0, 0, 0);
    while recorded < INPUTS {
        let stage = (tick / SHIFT_TICKS) as usize % worlds.len();
        let mut inputs = Vec::new();
        for player in 1..=PLAYERS as u8 {
            if recorded == INPUTS || rng.next_unit() > 0.35 {
                continue;
            }
            let entry = decide(&worlds[stage].world, &tunings[stage], player, &mut rng);
            entry.write(waited, &mut tape);
            inputs.push(entry.input());
            waited = 0;
            recorded += 1;
        }
        let [a, c, n] = &mut worlds;
        a.step(&mut arena, &inputs).expect("shipped rules do not fail");
        c.step(&mut classic, &inputs).expect("shipped rules do not fail");
        n.step(&mut native, &inputs).expect("native rules do not fail");
        waited += 1;
        tick += 1;
    }
    let names = ["arena", "classic", "native"];
    let line = |(name, replay): (&str, &Replay)| format!("{name} {:016x}\n", replay.world.checksum());
    let checksums = names.into_iter().zip(&worlds).map(line).collect();
    (tape, checksums)
}

/// A bot's wish: hunt the nearest player or the orb, strike what is in reach, bat the orb at somebody.
fn decide(world: &World, tuning: &Tuning, player: u8, rng: &mut Rng) -> Entry {
    let id = PlayerId(u32::from(player));
    let own = world.player(id).expect("everybody stays").position;
    let prey = nearest(world, id, own);
    let orb = world.orb.position - own;
    let goal = if rng.next_unit() < 0.35 { orb } else { prey };
    let wander = rng.next_unit() < 0.15;
    let angle = if wander { rng.next_unit() * TAU } else { goal.angle() };
    let length = if rng.next_unit() < 0.1 { rng.next_u32() % 8 } else { 7 };
    let reach = tuning.strike_range + tuning.orb_radius;
    let tempting = prey.length() <= tuning.strike_range || orb.length() <= reach;
    let part = |angle: f32, parts: f32| ((angle / TAU).rem_euclid(1.0) * parts) as u8;
    Entry {
        player,
        attack: rng.next_unit() < if tempting { 0.7 } else { 0.05 },
        dash: rng.next_unit() < 0.04,
        direction: Some(part(angle, 32.0) | (length as u8) << 5).filter(|_| rng.next_unit() < 0.8),
        aim: Some(part(prey.angle(), 256.0)).filter(|_| rng.next_unit() < 0.5),
    }
}

/// From `own` to the nearest other living player.
fn nearest(world: &World, id: PlayerId, own: Vec2) -> Vec2 {
    world
        .players
        .iter()
        .filter(|other| other.id != id && other.alive())
        .map(|other| other.position - own)
        .min_by(|a, b| a.length().total_cmp(&b.length()))
        .unwrap_or(Vec2 { x: 1.0, y: 0.0 })
}
