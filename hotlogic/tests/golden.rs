//! A recorded fight of 10,000 inputs must end the same on every machine, natively and in wasm, by every rule set.
//!
//! The recording and the checksums are committed. After a change that is *meant* to change the game, record anew with
//! `HOTSWAP_RECORD_GOLDEN=1 cargo test -p hotlogic --test golden` and commit the two files in `tests/golden/`.

mod support;

use hotlogic::{RhaiRules, shipped};
use sim::NativeRules;
use sim::rules::Rules;
use support::replay::Replay;
use support::tape;

const TAPE: &[u8] = include_bytes!("golden/fight.tape");
const CHECKSUMS: &str = include_str!("golden/checksums.txt");

/// The committed checksum of the rule set called `name`.
fn committed(name: &str) -> u64 {
    let line = CHECKSUMS.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    u64::from_str_radix(line.expect("a line for each rule set"), 16).expect("a hexadecimal number")
}

/// Plays the whole tape by `rules` and compares what is left with what was left when it was recorded.
fn check(name: &str, rules: &mut impl Rules) {
    let mut replay = Replay::new(rules);
    for (tick, inputs) in tape::ticks(TAPE).enumerate() {
        replay.step(rules, &inputs).unwrap_or_else(|error| panic!("{name}, tick {tick}: {error}"));
    }
    let counts = replay.counts;
    assert_eq!(counts.inputs, 10_000, "{name}");
    for (what, count) in counts.by_name() {
        assert!(count > 0, "{name}: the recorded fight has no {what}: {counts:?}");
    }
    let checksum = replay.world.checksum();
    assert_eq!(checksum, committed(name), "{name}: {checksum:016x} after {counts:?}");
}

#[test]
fn the_recorded_fight_ends_the_same_by_the_arena_script() {
    check("arena", &mut RhaiRules::compile(shipped::ARENA).unwrap());
}

#[test]
fn the_recorded_fight_ends_the_same_by_the_classic_script() {
    check("classic", &mut RhaiRules::compile(shipped::CLASSIC).unwrap());
}

#[test]
fn the_recorded_fight_ends_the_same_by_the_native_rules() {
    check("native", &mut NativeRules::default());
}

/// Not part of the proof: makes a new recording when it is asked to.
#[cfg(not(target_arch = "wasm32"))]
#[test]
fn a_new_recording_is_made_on_request() {
    if std::env::var_os("HOTSWAP_RECORD_GOLDEN").is_none() {
        return;
    }
    let (tape, checksums) = support::recorder::record();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");
    std::fs::write(format!("{folder}/fight.tape"), tape).unwrap();
    std::fs::write(format!("{folder}/checksums.txt"), checksums).unwrap();
}
