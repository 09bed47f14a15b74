//! Pushes that wait for the reaction time of whoever is struck.

mod support;

use sim::vec2::vec2;
use sim::{Effect, PlayerId, PlayerInput, Vec2};
use support::Arena;

const STRIKER: PlayerId = PlayerId(1);
const NEAR: Vec2 = Vec2 { x: 540.0, y: 500.0 };
const STRIKE: PlayerInput = PlayerInput { direction: None, aim: None, attack: true, dash: false, seen: None };

/// Player 2 stands in reach of player 1 and needs so many ticks to know of a blow.
fn slow_target(reaction: u32) -> Arena {
    let mut arena = Arena::with_players(&[vec2(500.0, 500.0), NEAR]);
    arena.rules.tuning.strike_cooldown = 0.0;
    arena.world.players[1].reaction = reaction;
    arena
}

#[test]
fn a_push_begins_as_many_ticks_after_the_blow_as_its_target_needs() {
    for reaction in 0..=12 {
        let mut arena = slow_target(reaction);
        arena.step(STRIKE);
        let blow = arena.world.tick;
        assert_eq!(arena.world.players[1].hp, 80, "the damage is at once");
        let mut begins = None;
        for _ in 0..20 {
            arena.wait(1);
            if arena.world.players[1].position != NEAR {
                begins.get_or_insert(arena.world.tick.since(blow));
            }
        }
        assert_eq!(begins, Some(reaction.max(1)), "reaction {reaction}");
    }
}

#[test]
fn a_late_push_goes_exactly_as_far_as_one_at_once() {
    let end = |reaction| {
        let mut arena = slow_target(reaction);
        arena.step(STRIKE);
        arena.wait(120);
        arena.world.players[1].position
    };
    for reaction in 1..=10 {
        assert_eq!(end(reaction), end(0), "reaction {reaction}");
    }
}

#[test]
fn blows_before_the_push_begins_are_added_to_it_and_do_not_put_it_off() {
    let mut arena = slow_target(6);
    arena.step(STRIKE);
    let once = arena.world.players[1].recoil;
    arena.wait(2);
    arena.step(STRIKE);
    assert_eq!(arena.world.players[1].recoil, once * 2.0);
    arena.wait(2);
    assert_eq!(arena.world.players[1].position, NEAR);
    arena.wait(1);
    let struck = arena.world.players[1];
    assert!(struck.position.x > NEAR.x, "six ticks after the first blow");
    assert_eq!((struck.recoil, struck.recoil_left), (Vec2::ZERO, 0));
}

#[test]
fn somebody_else_s_reaction_time_or_a_later_one_does_not_change_a_push_under_way() {
    let mut arena = slow_target(2);
    arena.step(STRIKE);
    arena.world.players[0].reaction = 10;
    arena.world.players[1].reaction = 10;
    arena.wait(1);
    assert_eq!(arena.world.players[1].position, NEAR);
    arena.wait(1);
    assert!(arena.world.players[1].position.x > NEAR.x);
}

#[test]
fn death_and_return_clear_a_push_under_way() {
    let mut arena = slow_target(5);
    arena.step(STRIKE);
    assert_eq!(arena.world.players[1].recoil_left, 5);
    arena.world.players[1].hp = 1;
    arena.step(STRIKE);
    let dead = arena.world.players[1];
    assert_eq!((dead.hp, dead.recoil, dead.recoil_left), (0, Vec2::ZERO, 0));

    // Not even what was written to a corpse moves the next life.
    arena.world.players[1].recoil = vec2(400.0, 0.0);
    arena.world.players[1].recoil_left = 3;
    while !arena.world.players[1].alive() {
        arena.wait(1);
    }
    let born = arena.world.players[1];
    arena.wait(10);
    assert_eq!(arena.world.players[1].position, born.position, "a new life stands where it began");
}

#[test]
fn a_blow_of_the_orb_waits_as_strikes_do() {
    let mut arena = slow_target(4);
    arena.world.orb.position = NEAR - vec2(60.0, 0.0);
    arena.world.orb.velocity = vec2(800.0, 0.0);
    arena.world.orb.batted_by = Some(STRIKER);
    arena.world.players[0].position = vec2(100.0, 100.0);
    while !arena.saw(|effect| matches!(effect, Effect::Hit { by_orb: true, .. })) {
        arena.wait(1);
        assert!(arena.world.tick.0 < 10, "the orb hits");
    }
    assert_eq!(arena.world.players[1].hp, 65);
    arena.wait(3);
    assert_eq!(arena.world.players[1].position, NEAR);
    arena.wait(1);
    assert!(arena.world.players[1].position.x > NEAR.x);
}
