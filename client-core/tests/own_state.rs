//! The server mostly says no more of the own state than a checksum: the client knows the rest, and notices when it does not.

#![cfg(not(target_arch = "wasm32"))]

mod support;

use sim::Vec2;
use sim::vec2::vec2;
use support::{ME, Pair};

/// How far the client's own avatar is from where the server has it, both standing.
fn distance(pair: &Pair) -> f32 {
    let server = pair.server.world.player(ME).expect("we are in the arena").position;
    (pair.own().position - server).length()
}

#[test]
fn an_undisturbed_player_never_has_to_ask_for_its_own_state() {
    let mut pair = Pair::online(120.0, 30.0);
    let before = pair.client.stats().clone();
    for turn in 0..40 {
        let angle = turn as f32 * 2.4;
        pair.client.set_direction(Vec2::from_angle(angle));
        if turn % 5 == 0 {
            pair.client.dash();
        }
        pair.run(250.0);
    }
    let after = pair.client.stats();
    assert_eq!((after.resyncs, after.corrections), (before.resyncs, before.corrections));
    assert_eq!(after.keyframes, before.keyframes);
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
