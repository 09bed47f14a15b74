//! The orb: batted, dangerous, and harmless again.

mod support;

use sim::vec2::vec2;
use sim::{Effect, PlayerId, PlayerInput, Vec2};
use support::Arena;

/// Player 1 bats the orb at player 2, 300 units to the right, who is as `prepare` makes it; it has `hp` left.
fn check(prepare: impl FnOnce(&mut Arena), hp: i32) {
    let mut arena = Arena::with_players(&[vec2(500.0, 500.0), vec2(800.0, 500.0)]);
    arena.world.orb.position = vec2(540.0, 500.0);
    prepare(&mut arena);
    arena.step(PlayerInput::striking(Some(vec2(1.0, 0.0))));
    assert!(arena.saw(|effect| *effect == Effect::OrbBatted { player: PlayerId(1) }));
    for _ in 0..20 {
        arena.wait(1);
        if arena.saw(|effect| matches!(effect, Effect::Hit { by_orb: true, .. })) {
            let bounced = arena.world.orb.velocity;
            assert!(
                bounced.x < 0.0 && arena.world.players[1].push.x > 0.0,
                "the orb bounces off, the target flies"
            );
        }
    }
    assert_eq!(arena.world.players[1].hp, hp);
    assert_eq!(arena.world.players[0].hp, 100, "the batter is safe from its own orb");
}

#[test]
fn a_batted_orb_hurts_whom_it_hits_once() {
    check(|_| (), 65);
}

#[test]
fn a_batted_orb_passes_by_the_shielded() {
    check(|arena| arena.world.players[1].shield_left = 60, 100);
}

#[test]
fn a_slowly_batted_orb_hurts_nobody() {
    check(|arena| arena.rules.tuning.orb_bat_speed = arena.rules.tuning.orb_live_speed + 1.0, 100);
}

#[test]
fn an_orb_that_nobody_batted_hurts_nobody() {
    let mut arena = Arena::with_players(&[vec2(500.0, 500.0), vec2(800.0, 500.0)]);
    arena.world.orb.position = vec2(700.0, 500.0);
    arena.world.orb.velocity = vec2(800.0, 0.0);
    arena.wait(20);
    assert!(arena.world.players.iter().all(|player| player.hp == 100));
}

#[test]
fn whoever_bats_it_last_owns_it() {
    let mut arena = Arena::with_players(&[vec2(500.0, 500.0), vec2(620.0, 500.0)]);
    arena.world.orb.position = vec2(560.0, 500.0);
    let strike = PlayerInput::striking(None);
    let back = PlayerInput::striking(Some(vec2(-1.0, 0.0)));
    arena.world.step(&mut arena.rules, &[(PlayerId(1), strike), (PlayerId(2), back)]).unwrap();
    assert_eq!(arena.world.orb.batted_by, Some(PlayerId(2)));
    arena.wait(3);
    assert_eq!(arena.world.players[0].hp, 65);
}

#[test]
fn an_orb_out_of_reach_is_not_batted() {
    let mut arena = Arena::with_players(&[vec2(500.0, 500.0)]);
    arena.world.orb.position = vec2(598.5, 500.0);
    arena.step(PlayerInput::striking(None));
    assert_eq!(arena.world.orb.batted_by, None);
    assert_eq!(arena.world.orb.velocity, Vec2::ZERO);
}

#[test]
fn a_kill_by_orb_counts_for_the_batter_even_when_the_batter_is_dead() {
    let mut arena = Arena::with_players(&[vec2(500.0, 500.0), vec2(800.0, 500.0)]);
    arena.world.orb.position = vec2(540.0, 500.0);
    arena.world.players[1].hp = 5;
    arena.step(PlayerInput::striking(None));
    (arena.world.players[0].hp, arena.world.players[0].respawn_left) = (0, 90);
    arena.wait(20);
    let batter = arena.world.players[0];
    assert_eq!((batter.kills, batter.score, batter.hp), (1, 1, 0));
}

#[test]
fn an_orb_forgets_a_batter_who_leaves() {
    let mut arena = Arena::with_players(&[vec2(500.0, 500.0), vec2(800.0, 500.0)]);
    arena.world.orb.position = vec2(540.0, 500.0);
    arena.step(PlayerInput::striking(None));
    assert!(arena.world.leave(PlayerId(1)).is_some());
    arena.wait(20);
    assert_eq!(arena.world.players[0].hp, 100);
}
