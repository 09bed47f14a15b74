//! The server mostly says no more of the own state than a checksum: the client knows the rest, and notices when it does not.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use sim::vec2::vec2;
use support::{ME, Pair};

/// How far the client's own avatar is from where the server has it, both standing.
fn distance(pair: &Pair) -> f32 {
    let server = pair.server.world.player(ME).expect("we are in the arena").position;
    (pair.own().position - server).length()
}

#[test]
fn a_player_who_was_moved_without_a_word_notices_and_is_put_right() {
    let mut pair = Pair::online(80.0, 0.0);
    pair.run(500.0);
    let resyncs = pair.client.stats().resyncs;
    let me = pair.server.world.player_mut(ME).expect("we are in the arena");
    me.position = vec2(me.position.x * 0.5 + 300.0, me.position.y * 0.5 + 250.0);
    pair.run(1_000.0);
    assert_eq!(pair.client.stats().resyncs, resyncs + 1, "one question is enough");
    assert!(distance(&pair) < 0.01, "{} units off", distance(&pair));
}

#[test]
fn a_client_that_cannot_know_asks_once_a_second_at_most() {
    let mut pair = Pair::online(80.0, 0.0);
    pair.run(500.0);
    let resyncs = pair.client.stats().resyncs;
    pair.run_with(10_000.0, |pair| {
        // A wind that the client knows nothing of.
        if let Some(me) = pair.server.world.player_mut(ME) {
            me.position.x = (me.position.x + 0.5).min(1_000.0);
        }
    });
    let asked = pair.client.stats().resyncs - resyncs;
    assert!((1..=10).contains(&asked), "{asked}");
}
