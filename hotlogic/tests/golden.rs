//! A recorded fight of 10,000 inputs must end the same on every machine, natively and in wasm, by every rule set.
//!
//! The recording and the checksums are committed. After a change that is *meant* to change the game, record anew with
//! `HOTSWAP_RECORD_GOLDEN=1 cargo test -p hotlogic --test golden` and commit the files in `tests/golden/`.

mod support;

use hotlogic::{Card, RhaiRules, content_hash, dry_run, shipped};
use sim::NativeRules;
use sim::rules::Rules;
use support::replay::Replay;
use support::tape;

const TAPE: &[u8] = include_bytes!("golden/fight.tape");
const CHECKSUMS: &str = include_str!("golden/checksums.txt");
/// Rules, card, hash of the composed script, and what is left of the recorded fight.
const CARDS: &str = include_str!("golden/cards.txt");

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

/// What is left of the recorded fight by these rules.
fn played(rules: &mut RhaiRules) -> u64 {
    let mut replay = Replay::new(rules);
    for inputs in tape::ticks(TAPE) {
        replay.step(rules, &inputs).expect("the rules play on");
    }
    replay.world.checksum()
}

#[test]
fn every_shipped_card_goes_with_all_shipped_rules_and_plays_the_same_on_every_machine() {
    let mut found = String::new();
    for (rules_name, rules) in shipped::ALL {
        for (name, source) in shipped::CARDS {
            let card = Card::parse(name, source).unwrap_or_else(|error| panic!("{error}"));
            let (composed, mut both) =
                card.compile(rules).unwrap_or_else(|error| panic!("{rules_name}: {error}"));
            dry_run(&both).unwrap_or_else(|error| panic!("{rules_name}: {}", composed.locate(error)));
            let hash = content_hash(composed.script.as_bytes());
            let checksum = played(&mut both);
            found.push_str(&format!("{rules_name} {name} {hash} {checksum:016x}\n"));
        }
    }
    #[cfg(not(target_arch = "wasm32"))]
    if std::env::var_os("HOTSWAP_RECORD_GOLDEN").is_some() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/cards.txt");
        return std::fs::write(file, &found).unwrap();
    }
    assert_eq!(found, CARDS, "record anew with HOTSWAP_RECORD_GOLDEN=1 what was meant to change");
}

#[test]
fn every_shipped_card_changes_the_fight_and_has_words_in_both_languages() {
    for (_, rules) in shipped::ALL {
        let without = played(&mut RhaiRules::compile(rules).unwrap());
        for (name, source) in shipped::CARDS {
            let card = Card::parse(name, source).unwrap();
            assert_ne!(played(&mut card.compile(rules).unwrap().1), without, "{name} changes nothing");
            let (language, words) = card.translations.first().expect(name);
            assert_eq!(language, "zh");
            assert!(!words.title.is_ascii() && !words.text.is_ascii(), "{name}");
        }
    }
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
