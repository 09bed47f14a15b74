//! Real clients and the real room in virtual time, over lines of every kind.

use client_core::protocol::Encoding;
use client_core::sim::rng::Rng;
use client_core::{Conditions, ConnectionState};
use hotlogic::shipped;
use tests::arena::Arena;
use tests::netcode::{Figures, measure, press_keys};

/// What the game promises for a round trip of so many milliseconds.
struct Promise {
    round_trip_ms: f64,
    corrections_in_contact: f64,
    interpolation_ms: f64,
    press_to_other_ms: f64,
    starved: [f64; 3],
    clock_error_ms: f64,
}

#[track_caller]
fn check(promise: &Promise) {
    let figures = measure(promise.round_trip_ms);
    let kept = figures.frames_to_own == 1
        && figures.corrections_alone == 0.0
        && figures.corrections_in_contact <= promise.corrections_in_contact
        && figures.hits > 20.0
        && figures.interpolation_ms <= promise.interpolation_ms
        && figures.press_to_other_ms <= promise.press_to_other_ms
        && figures.starved.iter().zip(promise.starved).all(|(share, most)| *share <= most)
        && figures.clock_error_ms <= promise.clock_error_ms;
    assert!(kept, "{figures:#?}");
}

#[test]
fn promises_are_kept_without_a_round_trip() {
    check(&Promise {
        round_trip_ms: 0.0,
        corrections_in_contact: 0.0,
        interpolation_ms: 55.0,
        press_to_other_ms: 85.0,
        starved: [0.0, 0.003, 0.02],
        clock_error_ms: 2.0,
    });
}

#[test]
fn promises_are_kept_at_50_ms() {
    check(&Promise {
        round_trip_ms: 50.0,
        corrections_in_contact: 1.0,
        interpolation_ms: 60.0,
        press_to_other_ms: 135.0,
        starved: [0.0, 0.01, 0.04],
        clock_error_ms: 4.0,
    });
}

#[test]
fn promises_are_kept_at_100_ms() {
    check(&Promise {
        round_trip_ms: 100.0,
        corrections_in_contact: 2.0,
        interpolation_ms: 60.0,
        press_to_other_ms: 185.0,
        starved: [0.0, 0.03, 0.08],
        clock_error_ms: 5.0,
    });
}

#[test]
fn promises_are_kept_at_200_ms() {
    check(&Promise {
        round_trip_ms: 200.0,
        corrections_in_contact: 4.0,
        interpolation_ms: 65.0,
        press_to_other_ms: 290.0,
        starved: [0.0, 0.06, 0.15],
        clock_error_ms: 8.0,
    });
}

#[test]
fn the_same_minutes_give_the_same_figures() {
    let twice: [Figures; 2] = [(); 2].map(|()| measure(50.0));
    assert_eq!(twice[0], twice[1]);
}

/// Corrections of a minute of running, dashing and striking alone.
fn corrections(script: &str, encoding: Encoding) -> u64 {
    let mut arena = Arena::new(script, 3);
    arena.sit_with(Conditions::line(200.0, 20.0), encoding);
    arena.run(6_000.0);
    let mut rng = Rng::new(3);
    let before = arena.seats[0].client.stats().corrections;
    arena.run_with(60_000.0, |arena| {
        press_keys(arena, 0, &mut rng, true);
        arena.gate.room.world_mut().orb.batted_by = None;
    });
    assert_eq!(*arena.seats[0].client.connection(), ConnectionState::Online);
    arena.seats[0].client.stats().corrections - before
}

#[test]
fn json_and_every_shipped_script_are_predicted_as_exactly() {
    assert_eq!(corrections(shipped::ARENA, Encoding::Json), 0);
    assert_eq!(corrections(shipped::CLASSIC, Encoding::Binary), 0);
    assert_eq!(corrections("", Encoding::Binary), 0, "the native rules");
}
