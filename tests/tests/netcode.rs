//! Real clients and the real room in virtual time, over lines of every kind.

use std::sync::LazyLock;
use std::thread;

use client_core::protocol::Encoding;
use client_core::sim::rng::Rng;
use client_core::{Conditions, ConnectionState};
use hotlogic::shipped;
use tests::arena::Arena;
use tests::netcode::{Figures, LINES, measure, press_keys, table};

/// Measured once, all lines at a time.
static MEASURED: LazyLock<Vec<Figures>> = LazyLock::new(|| {
    thread::scope(|scope| {
        let lines = LINES.map(|round_trip_ms| scope.spawn(move || measure(round_trip_ms)));
        lines.into_iter().map(|line| line.join().expect("the measurement ends")).collect()
    })
});

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
    let figures = MEASURED.iter().find(|figures| figures.round_trip_ms == promise.round_trip_ms);
    let figures = figures.expect("this line is measured");
    let kept = figures.frames_to_own == 1
        && figures.corrections_alone == 0.0
        && figures.resyncs_alone == 0
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
    assert_eq!(measure(50.0), MEASURED[1]);
}

#[test]
fn the_document_shows_what_is_measured() {
    let document = include_str!("../../docs/netcode.md");
    let measured = table(&MEASURED);
    assert!(document.contains(&measured), "docs/netcode.md should have this table:\n{measured}");
}

/// Corrections of a minute of running, dashing and striking alone.
fn corrections(script: &str, encoding: Encoding) -> u64 {
    let mut arena = Arena::new(script, 3);
    arena.sit_with(Conditions::line(200.0, 20.0), encoding);
    arena.run(6_000.0);
    let mut rng = Rng::new(3);
    let before = arena.seats[0].client.stats().clone();
    arena.run_with(60_000.0, |arena| {
        press_keys(arena, 0, &mut rng, true);
        arena.gate.room.world_mut().orb.batted_by = None;
    });
    assert_eq!(*arena.seats[0].client.connection(), ConnectionState::Online);
    let after = arena.seats[0].client.stats();
    assert_eq!(
        (after.resyncs, after.keyframes),
        (before.resyncs, before.keyframes),
        "nothing had to be asked for"
    );
    after.corrections - before.corrections
}

#[test]
fn json_and_every_shipped_script_are_predicted_as_exactly() {
    assert_eq!(corrections(shipped::ARENA, Encoding::Json), 0);
    assert_eq!(corrections(shipped::CLASSIC, Encoding::Binary), 0);
    assert_eq!(corrections("", Encoding::Binary), 0, "the native rules");
}
