//! Running and dashing.

mod support;

use sim::vec2::vec2;
use sim::{Effect, PlayerInput, Vec2};
use support::Arena;

/// Runs along `direction` for two seconds; at the end the speed is `share` of the player's speed.
fn check(direction: Vec2, share: f32) {
    let mut arena = Arena::with_players(&[vec2(800.0, 500.0)]);
    let limit = arena.rules.tuning.player_speed;
    for _ in 0..60 {
        let before = arena.world.players[0].position;
        arena.step(PlayerInput::moving(direction));
        let moved = (arena.world.players[0].position - before).length();
        assert!(moved <= limit / 30.0 + 1e-3, "{moved} units in a tick along {direction:?}");
    }
    let speed = arena.world.players[0].velocity.length();
    assert!((speed - limit * share).abs() < 0.5, "{speed} along {direction:?}");
}

#[test]
fn nobody_runs_faster_than_the_rules_allow_in_any_direction() {
    check(vec2(0.0, 0.0), 0.0);
    check(vec2(1.0, 0.0), 1.0);
    check(vec2(0.0, -1.0), 1.0);
    check(vec2(1.0, 1.0), 1.0);
    check(vec2(0.3, 0.4), 0.5);
    check(vec2(-1e10, 1e3), 1.0);
    check(vec2(f32::MAX, 0.0), 0.0);
    check(vec2(f32::NAN, 0.0), 0.0);
    check(vec2(f32::INFINITY, 1.0), 0.0);
}

#[test]
fn a_direction_is_held_until_it_is_changed() {
    let mut arena = Arena::with_players(&[vec2(300.0, 500.0)]);
    arena.step(PlayerInput::moving(vec2(1.0, 0.0)));
    arena.wait(30);
    assert!(arena.world.players[0].position.x > 500.0);
    arena.step(PlayerInput::moving(Vec2::ZERO));
    arena.wait(60);
    assert!(arena.world.players[0].velocity.length() < 0.1);
}

#[test]
fn walls_stop_bodies_at_their_radius() {
    let mut arena = Arena::with_players(&[vec2(60.0, 60.0)]);
    arena.step(PlayerInput::moving(vec2(-1.0, -1.0)));
    arena.wait(60);
    assert_eq!(arena.world.players[0].position, vec2(18.0, 18.0));
}

#[test]
fn a_dash_is_fast_short_and_has_a_cooldown() {
    let mut arena = Arena::with_players(&[vec2(300.0, 500.0)]);
    // 0.14 s are 4 ticks of 30 units.
    arena.step(PlayerInput::dashing());
    arena.wait(3);
    assert!((arena.world.players[0].position.x - 420.0).abs() < 0.01);
    assert!(!arena.saw(|effect| matches!(effect, Effect::Strike { .. })), "a dash is no strike");
    assert_eq!(arena.world.players[0].dash_left, 0);

    // 1.2 s are 36 ticks: a dash wanted in tick 36 is too early, one in tick 37 is not.
    arena.wait(31);
    arena.step(PlayerInput::dashing());
    assert_eq!(arena.world.players[0].dash_left, 0);
    arena.step(PlayerInput::dashing());
    assert_eq!(arena.world.players[0].dash_left, 3);
}

#[test]
fn a_dash_goes_where_the_player_runs_or_else_where_it_looks() {
    let dash = |input: PlayerInput| {
        let mut arena = Arena::with_players(&[vec2(500.0, 500.0)]);
        arena.step(PlayerInput { dash: true, ..input });
        arena.world.players[0].position - vec2(500.0, 500.0)
    };
    assert_eq!(dash(PlayerInput::default()), vec2(30.0, 0.0));
    assert_eq!(dash(PlayerInput { aim: Some(vec2(0.0, 9.0)), ..PlayerInput::default() }), vec2(0.0, 30.0));
    assert_eq!(dash(PlayerInput::moving(vec2(-0.5, 0.0))), vec2(-30.0, 0.0));
}
