//! A battlefield with the real room and real clients, in virtual time: what players see of each other when they are far
//! apart, when they meet, and when the arena grows under their feet.

use client_core::protocol::Encoding;
use client_core::sim::{PlayerId, Rules, Vec2, vec2::vec2};
use client_core::{ClientEvent, Conditions};
use server::room::Mode;
use tests::arena::Arena;

const RULES: &str = include_str!("../../rules/arena.rhai");

/// A line of 40 ms in each direction.
fn good_line() -> Conditions {
    Conditions { lag_ms: 40.0, ..Conditions::default() }
}

/// A battlefield with so many players, all of whom are connected.
fn battlefield(players: usize, encoding: Encoding) -> Arena {
    let mut arena = Arena::with(RULES, 11, |setup| setup.mode = Mode::Battlefield);
    for _ in 0..players {
        arena.sit_with(good_line(), encoding);
    }
    arena.run(3_000.0);
    arena
}

/// Puts the player of a seat somewhere, unhurt and out of everybody's reach.
fn put(arena: &mut Arena, seat: usize, position: Vec2) {
    let id = arena.player(seat);
    let body = arena.gate.room.world_mut().player_mut(id).expect("the player is in the arena");
    body.position = position;
    body.velocity = Vec2::ZERO;
}

fn sees(arena: &Arena, seat: usize, other: PlayerId) -> bool {
    arena.seats[seat].view(arena.now_ms).player(other).is_some()
}

fn two_who_meet(encoding: Encoding) {
    // So many that the arena is twice as wide and high.
    let mut arena = battlefield(140, encoding);
    let tuning = arena.gate.room.rules().tuning();
    assert!(tuning.arena_width > 3_000.0, "{}", tuning.arena_width);
    let (a, b) = (arena.player(0), arena.player(1));
    let height = tuning.arena_height * 0.5;
    let far = tuning.arena_width - 300.0;
    put(&mut arena, 0, vec2(300.0, height));
    put(&mut arena, 1, vec2(far, height));
    arena.run(1_000.0);
    assert!(sees(&arena, 0, a) && sees(&arena, 1, b), "everybody sees itself");
    assert!(!sees(&arena, 0, b) && !sees(&arena, 1, a), "nobody sees across the battlefield");

    // The one runs to the other; others may strike it dead on the way, so it is helped along.
    put(&mut arena, 0, vec2(far - 700.0, height));
    arena.run(500.0);
    assert!(sees(&arena, 0, b) && sees(&arena, 1, a), "they are in sight of each other");
    let view = arena.seats[0].view(arena.now_ms);
    let seen = view.player(b).expect("the other is in sight");
    assert_eq!(seen.name, "Player 2");
    let off = (seen.position - arena.body(1).position).length();
    assert!(off < 30.0, "{off} units off");

    put(&mut arena, 0, vec2(300.0, height));
    arena.run(500.0);
    assert!(!sees(&arena, 0, b) && !sees(&arena, 1, a), "they have lost sight of each other");
    assert_eq!(arena.seats[0].client.stats().bad_messages, 0);
}

#[test]
fn two_from_far_ends_see_each_other_only_when_they_meet() {
    two_who_meet(Encoding::Binary);
}

#[test]
fn the_same_goes_for_those_who_speak_json() {
    two_who_meet(Encoding::Json);
}

#[test]
fn the_arena_grows_under_the_feet_of_players_without_a_correction() {
    let mut arena = battlefield(60, Encoding::Binary);
    let before = arena.gate.room.rules().tuning().arena_width;
    let runner = 5;
    let corrections = arena.seats[runner].client.stats().corrections;
    (0..20).for_each(|_| {
        arena.sit(good_line());
    });
    let mut turn = 0.0_f32;
    arena.run_with(4_000.0, |arena| {
        turn += 0.002;
        let now_ms = arena.now_ms;
        let client = &mut arena.seats[runner].client;
        client.update(now_ms);
        client.set_direction(Vec2::from_angle(turn));
    });
    let after = arena.gate.room.rules().tuning().arena_width;
    assert!(after > before * 1.4, "{before} became {after}");
    for seat in &arena.seats {
        let view = seat.view(arena.now_ms);
        assert_eq!(view.tuning.arena_width, after, "a client plays in an arena of another size");
        assert_eq!(view.standing.map(|standing| standing.players), Some(80));
    }
    // Nobody is told of new rules, as there are none.
    let told = arena.seats[0].count(|event| matches!(event, ClientEvent::UpdateAnnounced { .. }));
    assert_eq!(told, 0);
    let stats = arena.seats[runner].client.stats();
    assert_eq!((stats.corrections, stats.bad_messages), (corrections, 0));
}
