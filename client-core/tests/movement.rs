//! The own player: at once, exact, and smooth when it has to be put right.

mod support;

use client_core::ClientEvent;
use sim::vec2::vec2;
use sim::{PlayerInput, Rules, Vec2};
use support::{ME, OTHER, Pair};

#[test]
fn a_key_press_moves_the_avatar_in_the_next_frame() {
    let mut pair = Pair::online(200.0, 0.0);
    for _ in 0..20 {
        pair.client.set_direction(Vec2::ZERO);
        pair.run(1_010.0);
        let before = pair.own().position;
        let heading = if before.x < 800.0 { 1.0 } else { -1.0 };
        pair.client.set_direction(vec2(heading, 0.0));
        pair.frame();
        let moved = (pair.own().position.x - before.x) * heading;
        assert!(moved > 0.2, "moved {moved} units");
    }
}

#[test]
fn running_is_smooth_at_60_and_144_frames_a_second() {
    for rate in [60.0, 144.0] {
        let mut pair = Pair::online(100.0, 10.0);
        pair.frame_ms = 1_000.0 / rate;
        pair.server.world.player_mut(ME).unwrap().position = vec2(100.0, 500.0);
        pair.run(500.0);
        pair.client.set_direction(vec2(1.0, 0.0));
        pair.run(600.0);
        let mut last = pair.own().position.x;
        let usual = 260.0 / rate as f32;
        pair.run_with(3_000.0, |pair| {
            let x = pair.own().position.x;
            assert!(((x - last) / usual - 1.0).abs() < 0.12, "a step of {} instead of {usual}", x - last);
            last = x;
        });
    }
}

#[test]
fn a_blow_is_blended_into_the_picture_and_counts_as_one_correction() {
    let mut pair = Pair::online(100.0, 0.0);
    place_side_by_side(&mut pair);
    let corrections = pair.client.stats().corrections;
    pair.server.scripted.push((OTHER, PlayerInput::striking(None)));
    let mut last = pair.own().position;
    let mut largest = 0.0_f32;
    pair.run_with(1_500.0, |pair| {
        let position = pair.own().position;
        largest = largest.max((position - last).length());
        last = position;
    });
    assert_eq!(pair.own().hp, 80);
    assert_eq!(pair.client.stats().corrections - corrections, 1);
    let truth = pair.server.world.player(ME).unwrap().position;
    assert!((pair.own().position - truth).length() < 0.01);
    // 420 units/s are 7 a frame; the correction of the 50 ms that were missed must not come on top in one frame.
    assert!(largest < 22.0, "jumped {largest} units in a frame");
}

#[test]
fn an_own_strike_is_shown_at_once_and_only_once() {
    let mut pair = Pair::online(200.0, 0.0);
    let is_own = |event: &ClientEvent| *event == ClientEvent::Strike { player: ME };
    pair.client.attack(None);
    pair.client.attack(None);
    pair.drive();
    assert_eq!(pair.count(is_own), 1, "at the press");
    pair.run(300.0);
    assert!(pair.view().strike_cooldown > 0.1);
    pair.run(700.0);
    assert_eq!(pair.count(is_own), 1, "and not again");
    assert_eq!(pair.view().strike_cooldown, 0.0);
    pair.client.attack(None);
    pair.drive();
    assert_eq!(pair.count(is_own), 2);
}

#[test]
fn a_death_and_a_respawn_are_seen_and_are_no_corrections_of_the_respawn() {
    let mut pair = Pair::online(100.0, 0.0);
    place_side_by_side(&mut pair);
    pair.server.world.player_mut(ME).unwrap().hp = 10;
    pair.run(300.0);
    pair.server.scripted.push((OTHER, PlayerInput::striking(None)));
    pair.run(500.0);
    assert!(!pair.own().alive);
    let seconds = pair.view().respawn_seconds;
    assert!((2.0..3.0).contains(&seconds), "{seconds}");
    let corrections = pair.client.stats().corrections;
    pair.client.set_direction(vec2(0.0, 1.0));
    pair.run(3_500.0);
    assert!(pair.own().alive && pair.own().hp == 100);
    assert_eq!(pair.client.stats().corrections, corrections);
}

#[test]
fn others_are_drawn_between_snapshots_and_their_strikes_are_told() {
    let mut pair = Pair::online(100.0, 10.0);
    place_side_by_side(&mut pair);
    pair.server.world.player_mut(OTHER).unwrap().position = vec2(300.0, 300.0);
    pair.run(500.0);
    pair.server.scripted.push((OTHER, PlayerInput::moving(vec2(1.0, 0.0))));
    pair.run(700.0);
    let mut last = pair.view().player(OTHER).unwrap().position.x;
    pair.run_with(2_000.0, |pair| {
        let x = pair.view().player(OTHER).unwrap().position.x;
        assert!((2.0..7.0).contains(&(x - last)), "a step of {}", x - last);
        last = x;
    });
    pair.server.scripted.push((OTHER, PlayerInput::striking(None)));
    pair.run(300.0);
    assert_eq!(pair.count(|event| *event == ClientEvent::Strike { player: OTHER }), 1);
    assert!(pair.client.stats().interpolation_ms <= 65.0, "{:?}", pair.client.stats());
}

#[test]
fn the_orb_is_drawn_where_the_server_has_it_now() {
    let mut pair = Pair::online(200.0, 0.0);
    pair.server.world.orb.velocity = vec2(180.0, 0.0);
    pair.run(1_000.0);
    let mut worst = 0.0_f32;
    pair.run_with(2_000.0, |pair| {
        worst = worst.max((pair.view().orb.position - pair.server.world.orb.position).length());
    });
    // One tick is 6 units: between two ticks the picture is between their positions.
    assert!(worst < 7.0, "{worst}");
}

#[test]
fn the_clock_settles_within_milliseconds() {
    for (rtt_ms, limit_ms) in [(0.0, 6.0), (50.0, 8.0), (200.0, 10.0)] {
        let mut pair = Pair::online(rtt_ms, 20.0);
        pair.run(10_000.0);
        let truth = pair.server.start_ms + pair.now + 0.4 * support::TICK_MS;
        let error = pair.client.stats().server_tick * support::TICK_MS - truth;
        assert!(error.abs() < limit_ms, "{error} ms at a round trip of {rtt_ms} ms");
    }
}

/// Another player stands next to ours, both without shield, in the middle of nowhere.
fn place_side_by_side(pair: &mut Pair) {
    let world = &mut pair.server.world;
    world.join(&mut pair.server.rules, OTHER).expect("native rules spawn");
    for (id, x) in [(ME, 800.0), (OTHER, 760.0)] {
        let player = world.player_mut(id).expect("both are here");
        player.position = vec2(x, 300.0);
        player.shield_left = 0;
    }
    world.orb.position = vec2(100.0, 900.0);
    assert!(pair.server.rules.tuning().strike_range > 40.0);
    pair.run(1_000.0);
}
