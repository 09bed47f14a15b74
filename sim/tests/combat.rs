//! Strikes, shields, death and respawn, as players see them.

mod support;

use sim::vec2::vec2;
use sim::{Effect, PlayerId, PlayerInput};
use support::Arena;

const STRIKE: PlayerInput = PlayerInput { direction: None, aim: None, attack: true, dash: false, seen: None };

/// Player 1 strikes once with player 2 `distance` to the right; player 2 has `hp` left.
fn check(distance: f32, hp: i32) {
    let mut arena = Arena::with_players(&[vec2(500.0, 500.0), vec2(500.0 + distance, 500.0)]);
    arena.step(STRIKE);
    assert_eq!(arena.world.players[1].hp, hp, "{distance} units away");
    assert_eq!(arena.world.players[0].hp, 100, "nobody strikes oneself");
    assert!(arena.saw(|effect| matches!(effect, Effect::Strike { player: PlayerId(1) })));
    assert_eq!(arena.saw(|effect| matches!(effect, Effect::Hit { .. })), hp < 100);
}

#[test]
fn a_strike_hurts_everybody_in_reach_and_nobody_beyond() {
    check(0.0, 80);
    check(40.0, 80);
    check(84.0, 80);
    check(84.1, 100);
    check(400.0, 100);
}

#[test]
fn a_strike_hits_all_around_the_striker() {
    let around = [vec2(500.0, 500.0), vec2(440.0, 500.0), vec2(500.0, 560.0)];
    let mut arena = Arena::with_players(&around);
    arena.step(STRIKE);
    assert!(arena.world.players[1..].iter().all(|player| player.hp == 80));
}

#[test]
fn a_second_strike_waits_for_the_cooldown() {
    let mut arena = Arena::with_tuning(&[vec2(500.0, 500.0), vec2(540.0, 500.0)], |tuning| {
        tuning.strike_knockback = 0.0;
        tuning.strike_damage = 10.0;
    });
    // 0.45 s are 14 ticks: strikes in ticks 1, 15 and 29.
    for _ in 0..30 {
        arena.step(STRIKE);
    }
    assert_eq!(arena.world.players[1].hp, 70);
}

#[test]
fn a_blow_pushes_away_from_the_striker_and_the_push_fades() {
    let mut arena = Arena::with_players(&[vec2(500.0, 500.0), vec2(540.0, 500.0)]);
    arena.step(STRIKE);
    assert_eq!(arena.world.players[1].push, vec2(420.0, 0.0));
    arena.wait(60);
    let struck = arena.world.players[1];
    assert_eq!(struck.push, vec2(0.0, 0.0));
    assert!(struck.position.x > 580.0 && struck.position.y == 500.0, "{:?}", struck.position);
}

#[test]
fn a_shield_protects_until_its_owner_strikes_or_dashes_or_it_runs_out() {
    let shielded = || {
        let mut arena = Arena::with_players(&[vec2(500.0, 500.0), vec2(540.0, 500.0)]);
        arena.world.players[1].shield_left = 45;
        arena
    };
    let mut arena = shielded();
    arena.step(STRIKE);
    assert_eq!(arena.world.players[1].hp, 100, "a strike bounces off the shield");

    let mut arena = shielded();
    arena.wait(45);
    arena.step(STRIKE);
    assert_eq!(arena.world.players[1].hp, 80, "1.5 s later the shield is gone");

    for action in [STRIKE, PlayerInput::dashing()] {
        let mut arena = shielded();
        arena.world.step(&mut arena.rules, &[(PlayerId(2), action)]).unwrap();
        assert!(!arena.world.players[1].shielded(), "{action:?}");
    }
}

#[test]
fn the_dead_come_back_after_three_seconds_with_full_hit_points_and_a_shield() {
    let mut arena = Arena::with_players(&[vec2(500.0, 500.0), vec2(540.0, 500.0)]);
    arena.world.players[1].hp = 15;
    arena.step(STRIKE);
    assert!(arena.saw(|e| matches!(e, Effect::Hit { damage: 15, hp: 0, by_orb: false, .. })));
    let kill = Effect::Kill { killer: PlayerId(1), victim: PlayerId(2), by_orb: false, streak: 1, points: 1 };
    assert!(arena.saw(|effect| *effect == kill));
    let killer = arena.world.players[0];
    assert_eq!((killer.kills, killer.score, killer.streak), (1, 1, 1));
    assert_eq!(arena.world.players[1].deaths, 1);

    let grave = arena.world.players[1].position;
    arena.wait(89);
    assert!(!arena.world.players[1].alive());
    assert_eq!(arena.world.players[1].position, grave, "the dead lie still");
    arena.wait(1);
    let back = arena.world.players[1];
    assert!(arena.saw(|effect| *effect == Effect::Respawn { player: PlayerId(2) }));
    assert_eq!((back.hp, back.shield_left, back.streak), (100, 45, 0));
}

#[test]
fn the_dead_neither_strike_nor_dash_nor_move_nor_get_hurt() {
    let mut arena = Arena::with_players(&[vec2(500.0, 500.0), vec2(540.0, 500.0)]);
    (arena.world.players[0].hp, arena.world.players[0].respawn_left) = (0, 90);
    arena.step(PlayerInput { attack: true, dash: true, ..PlayerInput::moving(vec2(1.0, 0.0)) });
    assert_eq!(arena.world.players[0].position, vec2(500.0, 500.0));
    assert_eq!(arena.world.players[1].hp, 100);
    assert!(arena.world.effects.is_empty());
    arena.world.step(&mut arena.rules, &[(PlayerId(2), STRIKE)]).unwrap();
    assert!(!arena.saw(|effect| matches!(effect, Effect::Hit { .. })));
}
