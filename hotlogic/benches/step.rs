//! What a tick of the fight costs, by native rules and by scripts, compiled and interpreted, and what one call of a hook
//! costs. Compare within one run.

use divan::{Bencher, black_box};
use hotlogic::{Hook, Pace, RhaiRules, shipped};
use sim::rng::Rng;
use sim::rules::{MoveQuery, OrbMotion};
use sim::vec2::vec2;
use sim::{NativeRules, PlayerId, PlayerInput, Rules, Tick, Vec2, World};

const CROWDS: [u32; 2] = [100, 1_000];

fn main() {
    divan::main();
}

fn shipped() -> RhaiRules {
    RhaiRules::compile(shipped::ARENA).expect("the shipped script compiles")
}

fn step(bencher: Bencher<'_, '_>, mut rules: impl Rules, count: u32) {
    let mut rng = Rng::new(5);
    let mut world = World::new(1, Tick(0), 30, rules.tuning());
    for id in 1..=count {
        world.join(&mut rules, PlayerId(id)).expect("the rules do not fail");
    }
    let inputs: Vec<(PlayerId, PlayerInput)> = (1..=count)
        .map(|id| {
            let direction = Vec2::from_angle(rng.next_unit() * std::f32::consts::TAU);
            (PlayerId(id), PlayerInput::moving(direction))
        })
        .collect();
    bencher.bench_local(|| {
        let some = world.tick.0 as usize % 10 * inputs.len() / 10;
        world.step(&mut rules, &inputs[some..some + inputs.len() / 10]).expect("the rules do not fail");
        black_box(world.tick)
    });
}

#[divan::bench(args = CROWDS)]
fn native_tick(bencher: Bencher<'_, '_>, count: u32) {
    step(bencher, NativeRules::default(), count);
}

#[divan::bench(args = CROWDS)]
fn scripted_tick(bencher: Bencher<'_, '_>, count: u32) {
    step(bencher, shipped(), count);
}

#[divan::bench(args = CROWDS)]
fn classic_tick(bencher: Bencher<'_, '_>, count: u32) {
    step(bencher, RhaiRules::compile(shipped::CLASSIC).expect("the shipped script compiles"), count);
}

/// The rules of the arena with a loop in `move_player`, which therefore is not compiled.
#[divan::bench(args = CROWDS)]
fn looping_tick(bencher: Bencher<'_, '_>, count: u32) {
    let begin = "fn move_player(vx, vy, dx, dy, dt) {";
    let script = shipped::ARENA.replace(begin, &format!("{begin} for n in 0..1 {{ vx += n; }}"));
    let rules = RhaiRules::compile(&script).expect("a good script");
    assert_ne!(rules.pace(Hook::MovePlayer), Pace::Compiled);
    step(bencher, rules, count);
}

#[divan::bench(args = CROWDS)]
fn interpreted_tick(bencher: Bencher<'_, '_>, count: u32) {
    step(bencher, shipped().interpreted(), count);
}

#[divan::bench]
fn interpreted_move_orb(bencher: Bencher<'_, '_>) {
    let mut rules = shipped().interpreted();
    let orb = OrbMotion { position: vec2(800.0, 500.0), velocity: vec2(300.0, 20.0) };
    bencher.bench_local(|| rules.move_orb(black_box(orb), 1.0 / 30.0).expect("the rules do not fail"));
}

#[divan::bench]
fn hook_move_player(bencher: Bencher<'_, '_>) {
    let mut rules = shipped();
    let query = MoveQuery { velocity: vec2(10.0, 3.0), direction: vec2(1.0, 0.0), dt: 1.0 / 30.0 };
    bencher.bench_local(|| rules.move_player(black_box(query)).expect("the rules do not fail"));
}

#[divan::bench]
fn hook_move_orb(bencher: Bencher<'_, '_>) {
    let mut rules = shipped();
    let orb = OrbMotion { position: vec2(800.0, 500.0), velocity: vec2(300.0, 20.0) };
    bencher.bench_local(|| rules.move_orb(black_box(orb), 1.0 / 30.0).expect("the rules do not fail"));
}

#[divan::bench]
fn compile() -> RhaiRules {
    shipped()
}
