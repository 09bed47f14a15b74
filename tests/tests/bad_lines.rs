//! Stalls, sleep, tabs in the background and lines that are cut: what happens to the fight, in virtual time.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use client_core::sim::vec2::vec2;
use client_core::sim::{PlayerId, Vec2};
use client_core::{ClientEvent, Conditions, ConnectionState};
use hotlogic::shipped;
use tests::arena::Arena;
use tests::netcode::{press_keys, settled};

/// Puts two players next to each other in a quiet place, unshielded, and lets everybody see it.
fn face_to_face(arena: &mut Arena, distance: f32) {
    let middle = arena.middle();
    let ids = [arena.player(0), arena.player(1)];
    let world = arena.gate.room.world_mut();
    world.orb.position = vec2(60.0, 60.0);
    world.orb.velocity = Vec2::ZERO;
    for (id, x) in ids.into_iter().zip([0.0, distance]) {
        let player = world.player_mut(id).expect("both are here");
        player.position = middle + vec2(x, 0.0);
        player.shield_left = 0;
    }
    arena.run(1_000.0);
}

fn hits_on(arena: &Arena, seat: usize, target: PlayerId) -> usize {
    let hit = |event: &ClientEvent| matches!(event, ClientEvent::Hit { target: hit, .. } if *hit == target);
    arena.seats[seat].count(hit)
}

/// The second player runs away; the first strikes when the other is still in reach on its own screen, but on the server
/// no more. Returns whether it hit.
fn strike_at_what_is_seen(lag_ms: f64, hindsight_ticks: u32) -> bool {
    let mut arena = Arena::with(shipped::ARENA, 5, |setup| setup.hindsight_ticks = hindsight_ticks);
    for _ in 0..2 {
        arena.sit(Conditions::line(lag_ms, 0.0));
    }
    arena.run(6_000.0);
    face_to_face(&mut arena, 40.0);
    let (striker, runner) = (arena.player(0), arena.player(1));
    let reach = arena.seats[0].view(arena.now_ms).tuning.strike_range;
    arena.seats[1].client.set_direction(vec2(1.0, 0.0));
    let mut struck = false;
    arena.run_with(2_000.0, |arena| {
        let view = arena.seats[0].view(arena.now_ms);
        let away = view.player(runner).unwrap().position - view.own().unwrap().position;
        let truly = arena.body(1).position - arena.body(0).position;
        if !struck && (reach * 0.85..reach).contains(&away.length()) {
            struck = true;
            assert!(truly.length() > reach, "the server has it at {}", truly.length());
            arena.seats[0].client.attack(Some(vec2(1.0, 0.0)));
        }
    });
    assert!(struck, "{striker} never saw {runner} at the edge of its reach");
    hits_on(&arena, 0, runner) > 0
}

#[test]
fn a_strike_hits_what_the_striker_saw_and_without_hindsight_it_would_not() {
    for lag_ms in [50.0, 100.0] {
        assert!(strike_at_what_is_seen(lag_ms, 8), "missed at {lag_ms} ms");
        assert!(!strike_at_what_is_seen(lag_ms, 0), "hit at {lag_ms} ms though nothing looks back");
    }
}

#[test]
fn a_shield_that_the_striker_cannot_see_yet_protects() {
    let mut arena = settled(2, Conditions::line(200.0, 0.0));
    face_to_face(&mut arena, 40.0);
    let target = arena.player(1);
    arena.gate.room.world_mut().player_mut(target).unwrap().shield_left = 60;
    arena.seats[0].client.attack(Some(vec2(1.0, 0.0)));
    assert!(!arena.seats[0].view(arena.now_ms).player(target).unwrap().shield, "it is not seen yet");
    arena.run(1_000.0);
    assert_eq!(hits_on(&arena, 0, target), 0);
}

#[test]
fn a_blow_moves_nobody_before_it_can_know_and_hurts_at_once() {
    let mut arena = settled(2, Conditions::line(100.0, 20.0));
    face_to_face(&mut arena, 40.0);
    let target = arena.player(1);
    let before = arena.seats[1].client.stats().corrections;
    arena.seats[0].client.attack(Some(vec2(1.0, 0.0)));
    let (mut hurt_at, mut pushed_at) = (None, None);
    let place = arena.body(1).position;
    arena.run_with(1_000.0, |arena| {
        if arena.body(1).hp < 100 {
            hurt_at.get_or_insert(arena.world().tick);
        }
        if (arena.body(1).position - place).length() > 1.0 {
            pushed_at.get_or_insert(arena.world().tick);
        }
    });
    let (hurt_at, pushed_at) = (hurt_at.expect("it was hit"), pushed_at.expect("it was pushed"));
    assert!((3..=8).contains(&pushed_at.since(hurt_at)), "{} ticks later", pushed_at.since(hurt_at));
    assert_eq!(arena.seats[1].client.stats().corrections, before);
    // Until everybody stands still.
    arena.run(2_000.0);
    let shown = arena.seats[1].own(arena.now_ms).position;
    assert!((shown - arena.body(1).position).length() < 0.1);
    assert_eq!(hits_on(&arena, 1, target), 1);
}

/// What a client went through between two moments.
struct Toll {
    keyframes: u64,
    jumps: u64,
    corrections: u64,
}

fn toll(arena: &mut Arena, through: impl FnOnce(&mut Arena)) -> Toll {
    let before = arena.seats[0].client.stats().clone();
    through(arena);
    let after = arena.seats[0].client.stats();
    Toll {
        keyframes: after.keyframes - before.keyframes,
        jumps: after.jumps - before.jumps,
        corrections: after.corrections - before.corrections,
    }
}

#[track_caller]
fn in_step_again(arena: &Arena) {
    let seat = &arena.seats[0];
    assert_eq!(*seat.client.connection(), ConnectionState::Online);
    let error_ms = (seat.client.server_tick(arena.now_ms) - arena.server_tick()).abs() * arena.tick_ms();
    assert!(error_ms < 10.0, "the clock is {error_ms} ms off");
    let own = seat.own(arena.now_ms).position;
    assert!((own - arena.body(0).position).length() < 60.0, "{own:?} is not {:?}", arena.body(0).position);
    let stats = seat.client.stats();
    assert!(stats.snapshot_age_ms < 200.0, "{stats:?}");
}

#[test]
fn after_a_stall_of_3_s_the_fight_goes_on_at_once_without_a_spiral_of_catching_up() {
    let mut arena = settled(1, Conditions::line(50.0, 10.0));
    arena.seats[0].client.set_direction(vec2(0.3, 0.2));
    arena.run(1_000.0);
    let toll = toll(&mut arena, |arena| {
        let now_ms = arena.now_ms;
        arena.seats[0].line.stall(now_ms, 3_000.0);
        arena.run(3_100.0);
        let frames = arena.seats[0].frames;
        arena.run(1_000.0);
        assert!(arena.seats[0].frames - frames >= 59, "every frame is drawn");
    });
    assert!(toll.jumps <= 1 && toll.corrections <= 2, "{} jumps, {}", toll.jumps, toll.corrections);
    in_step_again(&arena);
}

#[test]
fn a_laptop_that_slept_takes_one_keyframe() {
    let mut arena = settled(1, Conditions::line(50.0, 10.0));
    arena.seats[0].client.set_direction(vec2(0.3, 0.2));
    let toll = toll(&mut arena, |arena| {
        // Shorter than the server's patience; what was sent meanwhile waits in the socket.
        arena.seats[0].asleep = true;
        arena.run(9_000.0);
        arena.seats[0].asleep = false;
        arena.run(2_000.0);
    });
    assert_eq!(toll.keyframes, 1);
    assert!(toll.jumps <= 1 && toll.corrections <= 2, "{} jumps, {}", toll.jumps, toll.corrections);
    in_step_again(&arena);
}

#[test]
fn a_tab_in_the_background_stays_connected_and_is_in_step_when_it_is_looked_at() {
    let mut arena = settled(1, Conditions::line(50.0, 10.0));
    let toll = toll(&mut arena, |arena| {
        arena.seats[0].hidden = true;
        arena.run(120_000.0);
        assert_eq!(*arena.seats[0].client.connection(), ConnectionState::Online);
        arena.seats[0].hidden = false;
        arena.run(1_000.0);
    });
    assert!(toll.keyframes <= 1 && toll.jumps <= 1, "{} keyframes, {} jumps", toll.keyframes, toll.jumps);
    in_step_again(&arena);
}

#[test]
fn a_server_that_was_asleep_is_followed() {
    let mut arena = settled(1, Conditions::line(50.0, 10.0));
    arena.gate.asleep_until_ms = arena.now_ms + 1_000.0;
    arena.run(4_000.0);
    in_step_again(&arena);
}

#[test]
fn minutes_on_a_stuttering_line_end_in_step_and_nobody_is_lost() {
    let mut arena = settled(1, Conditions { lag_ms: 80.0, jitter_ms: 20.0, ..Conditions::STUTTER });
    let mut rng = client_core::sim::rng::Rng::new(4);
    arena.run_with(180_000.0, |arena| press_keys(arena, 0, &mut rng, false));
    let stats = arena.seats[0].client.stats().clone();
    assert_eq!(stats.reconnects, 0, "a stall is no loss");
    arena.seats[0].line.set(Conditions::line(80.0, 20.0));
    arena.seats[0].client.set_direction(Vec2::ZERO);
    arena.run(3_000.0);
    in_step_again(&arena);
}

#[test]
fn a_cut_line_is_back_within_a_round_trip_of_its_opening_with_one_keyframe() {
    let mut arena = settled(2, Conditions::line(100.0, 0.0));
    let me = arena.player(0);
    arena.gate.room.world_mut().player_mut(me).unwrap().hp = 40;
    arena.gate.room.world_mut().player_mut(me).unwrap().score = 7;
    arena.run(500.0);
    let place = arena.body(0).position;
    let now_ms = arena.now_ms;
    let toll = toll(&mut arena, |arena| {
        arena.seats[0].cut(now_ms, 0, &mut arena.gate);
        arena.run(50.0);
        arena.run(150.0);
        let seen = arena.seats[1].view(arena.now_ms);
        assert!(!seen.player(me).expect("its place is kept").connected, "others see it reconnecting");
        // 200 ms for TCP and the upgrade, 100 ms for hello and welcome, and the next tick.
        arena.run(100.0 + 2.0 * 34.0 + 34.0);
        assert_eq!(*arena.seats[0].client.connection(), ConnectionState::Online);
        arena.run(200.0);
    });
    assert_eq!(toll.keyframes, 1);
    assert_eq!(arena.player(0), me);
    let own = arena.seats[0].own(arena.now_ms);
    assert_eq!((own.hp, own.score), (40, 7));
    assert!((own.position - place).length() < 1.0);
    assert!(arena.seats[1].view(arena.now_ms).player(me).unwrap().connected);
}

#[test]
fn whoever_is_away_for_longer_than_a_second_is_no_idle_target_and_plays_on_when_it_is_back() {
    let mut arena = settled(2, Conditions::line(50.0, 0.0));
    face_to_face(&mut arena, 40.0);
    let away = arena.player(1);
    let now_ms = arena.now_ms;
    // The cable is out: connections to the server do not succeed.
    arena.seats[1].asleep = true;
    arena.seats[1].cut(now_ms, 1, &mut arena.gate);
    arena.run(500.0);
    arena.seats[0].client.attack(Some(vec2(1.0, 0.0)));
    arena.run(300.0);
    assert_eq!(hits_on(&arena, 0, away), 1, "pulling the plug is no way out of a blow");
    arena.run(700.0);
    for _ in 0..4 {
        arena.seats[0].client.attack(Some(vec2(1.0, 0.0)));
        arena.run(1_000.0);
    }
    assert_eq!(hits_on(&arena, 0, away), 1, "and afterwards it is left alone");
    arena.seats[1].asleep = false;
    arena.run(1_000.0);
    assert_eq!(arena.player(1), away);
    assert_eq!(*arena.seats[1].client.connection(), ConnectionState::Online);
    face_to_face(&mut arena, 40.0);
    arena.seats[0].client.attack(Some(vec2(1.0, 0.0)));
    arena.run(500.0);
    assert_eq!(hits_on(&arena, 0, away), 2, "back in the fight");
}
