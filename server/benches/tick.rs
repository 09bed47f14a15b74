//! What a room's whole tick costs with 1,000 players who wander about: rules, encoding and a parcel for each, without
//! sockets. By native rules and by the shipped script, compiled and interpreted; compare within one run.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

#[path = "../tests/crowd/mod.rs"]
mod crowd;

use crowd::Crowd;
use divan::Bencher;

const PLAYERS: u32 = 1_000;

fn main() {
    divan::main();
}

fn tick(bencher: Bencher<'_, '_>, script: &str) {
    let mut crowd = Crowd::new(PLAYERS, script);
    crowd.wander(4 * crowd::RATE);
    bencher.bench_local(|| crowd.wander(1));
}

#[divan::bench]
fn native(bencher: Bencher<'_, '_>) {
    tick(bencher, "");
}

#[divan::bench]
fn scripted(bencher: Bencher<'_, '_>) {
    tick(bencher, hotlogic::shipped::ARENA);
}

#[divan::bench]
fn interpreted(bencher: Bencher<'_, '_>) {
    let begin = "fn move_player(vx, vy, dx, dy, dt) {";
    tick(bencher, &hotlogic::shipped::ARENA.replace(begin, &format!("{begin} for n in 0..1 {{ vx += n; }}")));
}
