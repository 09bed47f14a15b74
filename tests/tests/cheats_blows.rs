//! Whoever makes its own messages strikes no more often, hits nothing that is out of reach, and gets out of no blow.

use client_core::sim::{Effect, Player, Tick, Vec2, vec2::vec2};
use tests::arena::{Arena, RawSeat};

/// Nothing but strikes, every 0.5 s, that cost a hit point of ten thousand; knock-back so that pushes are seen.
const STRIKES: &str = "const TUNING = #{
    orb_speed: 0.0, orb_damage: 0.0, strike_damage: 1.0, max_hp: 10000.0, strike_cooldown: 0.5,
    strike_knockback: 300.0, round_duration: 3600.0,
};";
const COOLDOWN: u32 = 15;
const TICKS_A_SECOND: u32 = 30;
const MINUTE: u32 = 60 * TICKS_A_SECOND;
/// Ticks that strikes look back: 250 ms, rounded up.
const CAP: u32 = 8;
/// Ticks that a push waits at most.
const MAX_REACTION: u32 = 10;
const MIDDLE: Vec2 = Vec2 { x: 800.0, y: 500.0 };
const NEAR: Vec2 = Vec2 { x: 850.0, y: 500.0 };
const FAR: Vec2 = Vec2 { x: 1_400.0, y: 500.0 };

/// An arena with this many players through raw connections, unshielded, all at the middle; heartbeats keep them there.
fn fight(players: usize) -> (Arena, Vec<RawSeat>) {
    let mut arena = Arena::new(STRIKES, 12);
    let seats = (0..players).map(|_| RawSeat::sit(&mut arena)).collect();
    for player in &mut arena.gate.room.world_mut().players {
        (player.position, player.shield_left, player.facing) = (MIDDLE, 0, vec2(1.0, 0.0));
    }
    (arena, seats)
}

fn body<'a>(arena: &'a mut Arena, seat: &RawSeat) -> &'a mut Player {
    arena.gate.room.world_mut().player_mut(seat.player).expect("it plays")
}

/// Somebody hurt somebody in the last tick.
fn hit(arena: &Arena, by: &RawSeat, who: &RawSeat) -> bool {
    arena.world().effects.iter().any(|effect| match *effect {
        Effect::Hit { attacker, target, .. } => (attacker, target) == (by.player, who.player),
        _ => false,
    })
}

fn swung(arena: &Arena, seat: &RawSeat) -> bool {
    arena.world().effects.contains(&Effect::Strike { player: seat.player })
}

/// A minute of strikes by a cheat, before each tick, and an honest player, who strikes whenever it may.
fn check_rate(mut cheats: impl FnMut(u32, &mut Arena, &mut RawSeat)) {
    let (mut arena, mut seats) = fight(2);
    let mut strikes = [0_u32; 2];
    let (mut last, mut closest) = (None::<Tick>, u32::MAX);
    for tick in 0..MINUTE {
        cheats(tick, &mut arena, &mut seats[0]);
        if tick % COOLDOWN == 0 {
            let next = arena.next_tick();
            seats[1].strike(&mut arena, Some(next), None);
        }
        arena.run_tick();
        if swung(&arena, &seats[0]) {
            strikes[0] += 1;
            let now = arena.gate.room.tick();
            closest = closest.min(last.map_or(u32::MAX, |last| now.since(last)));
            last = Some(now);
        }
        strikes[1] += u32::from(swung(&arena, &seats[1]));
    }
    assert_eq!(strikes[1], MINUTE / COOLDOWN);
    assert!(strikes[0] <= strikes[1] + 1, "{strikes:?}");
    assert!(strikes[0] > 0 && closest >= COOLDOWN, "{closest} ticks between two strikes");
}

#[test]
fn striking_with_every_message_is_striking_as_often_as_the_rules_allow() {
    check_rate(|_, arena, cheat| (0..5).for_each(|_| cheat.strike(arena, None, None)));
}

#[test]
fn strikes_from_the_past_are_not_more() {
    check_rate(|tick, arena, cheat| {
        let now = arena.next_tick().0;
        for late in [5_000, 16, CAP, tick % 7] {
            cheat.strike(arena, Some(Tick(now.saturating_sub(late))), Some(f64::from(now - 4)));
            // Something late that moves has the last ticks played again, with their strikes.
            cheat.run(arena, Some(Tick(now.saturating_sub(late))), vec2(0.0, 1.0));
        }
    });
}

#[test]
fn strikes_from_the_future_are_not_more() {
    check_rate(|tick, arena, cheat| {
        let next = arena.next_tick();
        cheat.strike(arena, Some(next.plus(tick % 40)), None);
        cheat.strike(arena, Some(Tick(u32::MAX)), None);
    });
}

#[test]
fn strikes_cannot_be_stored_to_fall_at_once() {
    let (mut arena, mut seats) = fight(3);
    let then = arena.next_tick().plus(25);
    for _ in 0..60 {
        seats[0].strike(&mut arena, Some(then), None);
        seats[0].dash(&mut arena, Some(then));
    }
    let mut hits = 0;
    for _ in 0..40 {
        arena.run_tick();
        hits += u32::from(hit(&arena, &seats[0], &seats[1]));
        seats[2].beat(&mut arena, None);
    }
    assert!(hits <= 2, "{hits} hits in 40 ticks");
}

#[test]
fn a_moment_that_nobody_can_have_seen_hits_nothing_beyond_the_cap() {
    for lie in [0.0, 1.0, -7.0, f64::MIN, f64::MAX, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        for ago in [CAP + 1, 2 * CAP, 100] {
            let (mut arena, mut seats) = fight(2);
            body(&mut arena, &seats[1]).position = NEAR;
            (0..20).for_each(|_| arena.run_tick());
            body(&mut arena, &seats[1]).position = FAR;
            (0..ago).for_each(|_| arena.run_tick());
            // Both what it says outright, and what it says relative to now.
            seats[0].strike(&mut arena, None, Some(lie));
            arena.run_tick();
            assert!(swung(&arena, &seats[0]) && !hit(&arena, &seats[0], &seats[1]), "{lie}, {ago} ticks ago");
        }
    }
}

#[test]
fn a_moment_within_the_cap_counts_for_everybody_alike() {
    let hits = (0..=CAP + 3).filter(|ago| {
        let (mut arena, mut seats) = fight(2);
        body(&mut arena, &seats[1]).position = NEAR;
        (0..20).for_each(|_| arena.run_tick());
        let seen = f64::from(arena.gate.room.tick().0);
        body(&mut arena, &seats[1]).position = FAR;
        (0..*ago).for_each(|_| arena.run_tick());
        seats[0].strike(&mut arena, None, Some(seen));
        arena.run_tick();
        hit(&arena, &seats[0], &seats[1])
    });
    assert_eq!(hits.max(), Some(CAP), "that is how far the room looks back, and no further");
}

#[test]
fn nobody_is_hit_for_what_it_may_do_in_the_future() {
    let (mut arena, mut seats) = fight(2);
    body(&mut arena, &seats[1]).position = FAR;
    (0..10).for_each(|_| arena.run_tick());
    let seen = f64::from(arena.next_tick().0) + 20.0;
    seats[0].strike(&mut arena, None, Some(seen));
    arena.run_tick();
    assert!(!hit(&arena, &seats[0], &seats[1]));
}

#[test]
fn a_lie_about_the_line_puts_a_push_off_by_no_more_than_the_cap_and_damage_not_at_all() {
    for (ahead, begins) in [(None, 1), (Some(0), 1), (Some(4), 4), (Some(10), 10), (Some(255), MAX_REACTION)]
    {
        let (mut arena, mut seats) = fight(2);
        body(&mut arena, &seats[1]).position = NEAR;
        seats[1].beat(&mut arena, ahead);
        seats[0].strike(&mut arena, None, None);
        arena.run_tick();
        assert!(hit(&arena, &seats[0], &seats[1]));
        assert_eq!(body(&mut arena, &seats[1]).hp, 9_999, "damage is at once");
        let mut pushed = None;
        for tick in 1..=30 {
            // Saying it again, or something else, changes nothing about this push.
            seats[1].beat(&mut arena, Some(if tick % 2 == 0 { 255 } else { 0 }));
            arena.run_tick();
            if body(&mut arena, &seats[1]).position != NEAR {
                pushed.get_or_insert(tick);
            }
        }
        assert_eq!(pushed, Some(begins), "{ahead:?} ahead");
    }
}

#[test]
fn blows_that_fall_all_the_time_push_all_the_same() {
    let (mut arena, mut seats) = fight(3);
    for tick in 0..MAX_REACTION {
        body(&mut arena, &seats[1]).position = NEAR;
        seats[1].beat(&mut arena, Some(255));
        let striker = if tick < 5 { 0 } else { 2 };
        seats[striker].strike(&mut arena, None, None);
        arena.run_tick();
        assert_eq!(body(&mut arena, &seats[1]).position, NEAR, "tick {tick}");
    }
    seats[1].beat(&mut arena, Some(255));
    arena.run_tick();
    assert!(body(&mut arena, &seats[1]).position.x > NEAR.x, "ten ticks after the first of them");
}

/// Whether a strike at the second player in this many ticks hits it.
fn struck_after(arena: &mut Arena, seats: &mut [RawSeat], ticks: u32) -> bool {
    for _ in 0..ticks {
        seats[0].beat(arena, None);
        arena.run_tick();
    }
    body(arena, &seats[1]).position = body(arena, &seats[0]).position;
    seats[0].strike(arena, None, None);
    arena.run_tick();
    assert!(swung(arena, &seats[0]));
    hit(arena, &seats[0], &seats[1])
}

#[test]
fn pulling_the_plug_does_not_save_anybody_from_a_blow_within_a_second() {
    for (ticks, struck) in [(0, true), (1, true), (10, true), (28, true), (31, false), (300, false)] {
        let (mut arena, mut seats) = fight(2);
        (0..5).for_each(|_| arena.run_tick());
        seats[1].cut(&mut arena);
        assert_eq!(struck_after(&mut arena, &mut seats, ticks), struck, "{ticks} ticks after");
    }
}

#[test]
fn coming_and_going_all_the_time_is_no_shield() {
    let (mut arena, mut seats) = fight(2);
    let mut hits = 0;
    for tick in 0..20 * TICKS_A_SECOND {
        // Away for just under a second, and back for a tick.
        match tick % 28 {
            0 => seats[1].cut(&mut arena),
            27 => seats[1].come_back(&mut arena),
            _ => {}
        }
        body(&mut arena, &seats[1]).position = MIDDLE;
        if tick % COOLDOWN == 0 {
            seats[0].strike(&mut arena, None, None);
        }
        arena.run_tick();
        hits += u32::from(hit(&arena, &seats[0], &seats[1]));
    }
    assert_eq!(hits, 20 * TICKS_A_SECOND / COOLDOWN, "every blow");
}

#[test]
fn whoever_is_silent_cannot_act_and_who_acts_is_silent_no_more() {
    let (mut arena, mut seats) = fight(2);
    // It stores up what it can, and says nothing more.
    for ahead in 0..30 {
        let then = arena.next_tick().plus(ahead);
        seats[1].run(&mut arena, Some(then), vec2(0.1, 0.0));
    }
    assert!(struck_after(&mut arena, &mut seats, 80), "not even three seconds");
    assert!(!struck_after(&mut arena, &mut seats, 20), "an idle target is spared");
    assert!(!struck_after(&mut arena, &mut seats, 60));
    let rest = body(&mut arena, &seats[1]).position;
    for _ in 0..60 {
        arena.run_tick();
    }
    assert_eq!(body(&mut arena, &seats[1]).position, rest, "nothing that it said before moves it");

    seats[1].strike(&mut arena, None, None);
    arena.run_tick();
    assert!(hit(&arena, &seats[1], &seats[0]) && !body(&mut arena, &seats[1]).shielded());
    assert!(struck_after(&mut arena, &mut seats, 0), "its shield is gone with its blow");
}

#[test]
fn whoever_comes_back_and_strikes_has_no_shield() {
    let (mut arena, mut seats) = fight(2);
    seats[1].cut(&mut arena);
    assert!(!struck_after(&mut arena, &mut seats, 60));
    seats[1].come_back(&mut arena);
    seats[1].strike(&mut arena, None, None);
    arena.run_tick();
    assert!(hit(&arena, &seats[1], &seats[0]));
    (0..COOLDOWN).for_each(|_| arena.run_tick());
    assert!(struck_after(&mut arena, &mut seats, 0));
}

#[test]
fn a_connection_that_was_replaced_says_nothing_any_more() {
    let (mut arena, mut seats) = fight(2);
    seats[1].cut(&mut arena);
    for _ in 0..3 {
        seats[1].strike(&mut arena, None, None);
        seats[1].run(&mut arena, None, vec2(1.0, 0.0));
        arena.run_tick();
        assert!(!swung(&arena, &seats[1]));
    }
    assert_eq!(body(&mut arena, &seats[1]).position, MIDDLE);
}
