//! What the netcode achieves, measured in virtual time with the real room and real clients.
//!
//! Everything is a count or a time of the virtual clock, so the figures are the same on every machine.

use client_core::sim::rng::Rng;
use client_core::sim::{PlayerId, Vec2, vec2::vec2};
use client_core::{ClientEvent, Conditions, ConnectionState};
use hotlogic::shipped;

use crate::arena::Arena;

/// Jitter of the lines in the rows that say so, milliseconds each way.
pub const JITTER_MS: f64 = 20.0;
/// Round trips of the lines that are measured, milliseconds.
pub const LINES: [f64; 4] = [0.0, 50.0, 100.0, 200.0];
/// Loss of the three lines on which starved frames are counted.
pub const LOSSES: [f64; 3] = [0.0, 0.02, 0.05];
/// Until clocks are settled and shields are gone, milliseconds.
const SETTLE_MS: f64 = 6_000.0;
const MINUTE_MS: f64 = 60_000.0;

/// The figures of lines with one round trip time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Round trip of the line, milliseconds.
    pub round_trip_ms: f64,
    /// Most frames between a key press and the own avatar drawn elsewhere; 1 is the next frame.
    pub frames_to_own: u64,
    /// Corrections of the own avatar in a minute of running, dashing and striking alone, with jitter.
    pub corrections_alone: f64,
    /// Keyframes that were asked for meanwhile.
    pub resyncs_alone: u64,
    /// The same in a minute of a duel, with jitter.
    pub corrections_in_contact: f64,
    /// Hits that this duel had in a minute, on both together.
    pub hits: f64,
    /// Delay behind the newest snapshot of a steady line, with jitter, milliseconds.
    pub interpolation_ms: f64,
    /// From a press on one screen to the movement on another, median, steady lines, milliseconds.
    pub press_to_other_ms: f64,
    /// The same with jitter.
    pub press_to_other_jitter_ms: f64,
    /// Share of frames without a snapshot after the moment that is drawn, at each of [`LOSSES`].
    pub starved: [f64; 3],
    /// Interpolation delay at each of [`LOSSES`], mean, milliseconds.
    pub delay_at_loss_ms: [f64; 3],
    /// Error of the clock, 99th percentile, with jitter, milliseconds.
    pub clock_error_ms: f64,
    /// Share of inputs that came after their tick, with jitter.
    pub late_inputs: f64,
}

/// Measures lines with this round trip.
#[must_use]
pub fn measure(round_trip_ms: f64) -> Figures {
    let steady = Conditions::line(round_trip_ms, 0.0);
    let uneven = Conditions::line(round_trip_ms, JITTER_MS);
    let alone = alone(uneven);
    let (corrections_in_contact, hits) = duel(uneven, 4);
    let lossy = LOSSES.map(|loss| starved(Conditions { loss, ..steady }));
    Figures {
        round_trip_ms,
        frames_to_own: frames_to_own(uneven),
        corrections_alone: alone.corrections,
        resyncs_alone: alone.resyncs,
        corrections_in_contact,
        hits,
        interpolation_ms: alone.interpolation_ms,
        press_to_other_ms: press_to_other(steady),
        press_to_other_jitter_ms: press_to_other(uneven),
        starved: lossy.map(|(share, _)| share),
        delay_at_loss_ms: lossy.map(|(_, delay)| delay),
        clock_error_ms: alone.clock_error_ms,
        late_inputs: alone.late_inputs,
    }
}

/// An arena with players behind lines like this, all in the fight, clocks settled.
///
/// # Panics
/// When somebody is not in.
#[must_use]
pub fn settled(players: usize, conditions: Conditions) -> Arena {
    let mut arena = Arena::new(shipped::ARENA, 5);
    for _ in 0..players {
        arena.sit(conditions);
    }
    arena.run(SETTLE_MS);
    for seat in &arena.seats {
        assert_eq!(*seat.client.connection(), ConnectionState::Online);
    }
    arena
}

/// Presses keys at random, as somebody in a hurry does, and strikes when `fighting`.
pub fn press_keys(arena: &mut Arena, seat: usize, rng: &mut Rng, fighting: bool) {
    let client = &mut arena.seats[seat].client;
    match rng.next_u32() % 1_000 {
        0..=5 => client.set_direction(Vec2::from_angle(rng.next_unit() * std::f32::consts::TAU)),
        6 => client.set_direction(Vec2::ZERO),
        7 => client.dash(),
        8..=11 if fighting => client.attack(Some(Vec2::from_angle(rng.next_unit() * std::f32::consts::TAU))),
        _ => {}
    }
}

struct Alone {
    corrections: f64,
    resyncs: u64,
    interpolation_ms: f64,
    clock_error_ms: f64,
    late_inputs: f64,
}

fn alone(conditions: Conditions) -> Alone {
    const MINUTES: f64 = 4.0;
    let mut arena = settled(1, conditions);
    let mut rng = Rng::new(3);
    let before = arena.seats[0].client.stats().clone();
    let (mut errors, mut delay) = (Vec::new(), 0.0_f64);
    arena.run_with(MINUTES * MINUTE_MS, |arena| {
        press_keys(arena, 0, &mut rng, true);
        // A batted orb is contact.
        arena.gate.room.world_mut().orb.batted_by = None;
        if (arena.now_ms as u64).is_multiple_of(16) {
            let stats = arena.seats[0].client.stats();
            let estimate = arena.seats[0].client.server_tick(arena.now_ms);
            errors.push((estimate - arena.server_tick()).abs() * arena.tick_ms());
            delay = delay.max(stats.interpolation_ms);
        }
    });
    errors.sort_unstable_by(f64::total_cmp);
    let stats = arena.seats[0].client.stats();
    Alone {
        corrections: (stats.corrections - before.corrections) as f64 / MINUTES,
        resyncs: stats.resyncs - before.resyncs,
        interpolation_ms: delay,
        clock_error_ms: errors[errors.len() * 99 / 100],
        late_inputs: arena.gate.late_inputs as f64 / arena.gate.inputs.max(1) as f64,
    }
}

/// Two players who follow and strike each other; corrections a minute of one, and hits a minute on both.
fn duel(conditions: Conditions, minutes: u32) -> (f64, f64) {
    let mut arena = settled(2, conditions);
    let mut rng = Rng::new(9);
    let corrections =
        |arena: &Arena| -> u64 { arena.seats.iter().map(|seat| seat.client.stats().corrections).sum() };
    let before = corrections(&arena);
    for seat in &mut arena.seats {
        seat.events.clear();
    }
    arena.run_with(f64::from(minutes) * MINUTE_MS, |arena| {
        for seat in 0..2 {
            if rng.next_u32().is_multiple_of(100) {
                chase(arena, seat, &mut rng);
            }
        }
    });
    let is_hit = |event: &ClientEvent| matches!(event, ClientEvent::Hit { .. });
    let hits = arena.seats[0].count(is_hit) as f64;
    // Per player.
    let corrections = (corrections(&arena) - before) as f64 / 2.0;
    (corrections / f64::from(minutes), hits / f64::from(minutes))
}

/// Runs to the other, or a little past it, and strikes when it is near on the screen.
fn chase(arena: &mut Arena, seat: usize, rng: &mut Rng) {
    let view = arena.seats[seat].view(arena.now_ms);
    let Some(me) = view.own() else { return };
    let Some(other) = view.players.iter().find(|player| !player.me && player.alive) else { return };
    let away = other.position - me.position;
    let (reach, target) = (view.tuning.strike_range, other.position);
    let wobble = Vec2::from_angle(rng.next_unit() * std::f32::consts::TAU) * 60.0;
    let client = &mut arena.seats[seat].client;
    client.set_direction((target + wobble - me.position).normalize_or(vec2(1.0, 0.0)));
    if away.length() < reach {
        client.attack(Some(away.normalize_or(vec2(1.0, 0.0))));
    }
}

fn frames_to_own(conditions: Conditions) -> u64 {
    let mut arena = settled(1, conditions);
    let mut rng = Rng::new(1);
    let mut worst = 0;
    for _ in 0..30 {
        arena.seats[0].client.set_direction(Vec2::ZERO);
        arena.run(1_000.0 + f64::from(rng.next_u32() % 50));
        let before = arena.seats[0].own(arena.now_ms).position;
        let frames = arena.seats[0].frames;
        let inwards = (arena.middle() - before).normalize_or(vec2(1.0, 0.0));
        arena.seats[0].client.update(arena.now_ms);
        arena.seats[0].client.set_direction(inwards);
        let mut moved_at = None;
        arena.run_with(200.0, |arena| {
            let seat = &arena.seats[0];
            let moved = (seat.own(arena.now_ms).position - before).length() > 0.05;
            if moved && seat.frames > frames {
                moved_at.get_or_insert(seat.frames - frames);
            }
        });
        worst = worst.max(moved_at.unwrap_or(u64::MAX));
    }
    worst
}

/// Median time from a press on one screen to the first frame on another that shows the movement.
fn press_to_other(conditions: Conditions) -> f64 {
    let mut arena = settled(2, conditions);
    let mut rng = Rng::new(2);
    let runner = arena.player(0);
    let mut times = Vec::new();
    for _ in 0..101 {
        arena.seats[0].client.set_direction(Vec2::ZERO);
        arena.run(1_500.0 + f64::from(rng.next_u32() % 100));
        let before = shown(&arena, runner);
        let inwards = (arena.middle() - before).normalize_or(vec2(1.0, 0.0));
        let now_ms = arena.now_ms;
        arena.seats[0].client.update(now_ms);
        arena.seats[0].client.set_direction(inwards);
        let (mut seen_at, mut frames) = (None, arena.seats[1].frames);
        arena.run_with(1_000.0, |arena| {
            // Only what a frame shows counts.
            if arena.seats[1].frames > frames {
                frames = arena.seats[1].frames;
                if (shown(arena, runner) - before).length() > 0.5 {
                    seen_at.get_or_insert(arena.now_ms - now_ms);
                }
            }
        });
        times.push(seen_at.unwrap_or(f64::INFINITY));
    }
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Where the second player's screen shows somebody.
fn shown(arena: &Arena, id: PlayerId) -> Vec2 {
    let view = arena.seats[1].view(arena.now_ms);
    view.player(id).expect("the runner is in sight").position
}

fn starved(conditions: Conditions) -> (f64, f64) {
    let mut arena = settled(1, conditions);
    let count = |arena: &Arena| {
        let stats = arena.seats[0].client.stats();
        (stats.starved_frames, stats.frames)
    };
    let (starved, frames) = count(&arena);
    let (mut delay, mut samples) = (0.0, 0.0);
    arena.run_with(10.0 * MINUTE_MS, |arena| {
        if (arena.now_ms as u64).is_multiple_of(100) {
            delay += arena.seats[0].client.stats().interpolation_ms;
            samples += 1.0;
        }
    });
    let after = count(&arena);
    ((after.0 - starved) as f64 / (after.1 - frames).max(1) as f64, delay / samples)
}

/// The table of `docs/netcode.md`.
#[must_use]
pub fn table(figures: &[Figures]) -> String {
    let mut lines = Vec::new();
    let mut row = |name: &str, cell: &dyn Fn(&Figures) -> String| {
        let cells: Vec<String> = figures.iter().map(cell).collect();
        lines.push(format!("| {name} | {} |", cells.join(" | ")));
    };
    row("round trip", &|f| format!("{:.0} ms", f.round_trip_ms));
    row("---", &|_| "---".to_owned());
    row("key press to own avatar drawn", &|f| match f.frames_to_own {
        1 => "next frame".to_owned(),
        frames => format!("{frames} frames"),
    });
    row("own-avatar corrections a minute without contact, jitter 20 ms", &|f| {
        format!("{:.2}", f.corrections_alone)
    });
    row("the same in a duel (hits a minute)", &|f| {
        format!("{:.2} ({:.0})", f.corrections_in_contact, f.hits)
    });
    row("interpolation delay, no loss, jitter 20 ms, largest", &|f| format!("{:.0} ms", f.interpolation_ms));
    row("press on A to seen on B, median, steady line", &|f| format!("{:.0} ms", f.press_to_other_ms));
    row("the same, jitter 20 ms", &|f| format!("{:.0} ms", f.press_to_other_jitter_ms));
    row("frames without a sample to interpolate at 0 / 2 / 5 % loss", &|f| {
        let [a, b, c] = f.starved.map(|share| format!("{:.1}", share * 100.0));
        format!("{a} / {b} / {c} %")
    });
    row("interpolation delay then, mean", &|f| {
        let [a, b, c] = f.delay_at_loss_ms.map(|ms| format!("{ms:.0}"));
        format!("{a} / {b} / {c} ms")
    });
    row("clock error, 99th percentile, jitter 20 ms", &|f| format!("{:.1} ms", f.clock_error_ms));
    row("inputs that came after their tick, jitter 20 ms", &|f| format!("{:.1} %", f.late_inputs * 100.0));
    lines.join("\n")
}
