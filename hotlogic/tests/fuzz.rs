//! The corpus goes on for ever: shipped and broken scripts, crossed and damaged at random. A verdict comes every time,
//! its cost is bounded, and what is accepted can be played.
//!
//! `HOTSWAP_FUZZ_CASES` and `HOTSWAP_FUZZ_SEED` play more and other cases; without them all runs are the same.
#![cfg(not(target_arch = "wasm32"))]

mod corpus;

use hotlogic::dry_run::{Cost, dry_run_with_cost};
use hotlogic::{RhaiRules, diagnose, shipped};
use sim::rng::Rng;
use sim::{DEFAULT_TICK_RATE, PlayerId, PlayerInput, Tick, Vec2, World};

const CASES: u64 = 250;
const SEED: u64 = 0xb0_0b5e;

/// What takes the place of a number or a name.
const EXTREMES: &[&str] = &[
    "0",
    "0.0",
    "-1",
    "1e38",
    "-1e38",
    "1e-45",
    "2147483647",
    "-2147483647",
    "(0.0 / 0.0)",
    "(1.0 / 0.0)",
    "\"x\"",
    "[]",
    "#{}",
    "()",
    "true",
    "missing",
    "PI",
    "dt",
    "x",
    "arena_width",
    "loop {}",
    "[[]]",
    "sqrt(-1.0)",
    "`${1}`",
    "\u{1F3C0}",
    "fn",
    "return",
    "break",
];

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn pick<T: Copy>(list: &[T], rng: &mut Rng) -> T {
    list[rng.next_u32() as usize % list.len()]
}

/// Words, numbers, blanks and single signs, one after the other.
fn tokens(script: &str) -> Vec<String> {
    let class = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' || c == '.' => 1,
        c if c.is_whitespace() => 2,
        _ => 3,
    };
    let mut tokens: Vec<String> = Vec::new();
    let mut last = 0;
    for c in script.chars() {
        match tokens.last_mut() {
            Some(token) if class(c) == last && last != 3 => token.push(c),
            _ => tokens.push(c.to_string()),
        }
        last = class(c);
    }
    tokens
}

/// A child of two scripts.
fn mutant(parents: &[&str], rng: &mut Rng) -> String {
    let mut tokens = tokens(pick(parents, rng));
    for _ in 0..1 + rng.next_u32() % 3 {
        let at = rng.next_u32() as usize % tokens.len().max(1);
        let word = |rng: &mut Rng| pick(EXTREMES, rng).to_string();
        match rng.next_u32() % 6 {
            0 if !tokens.is_empty() => drop(tokens.remove(at)),
            1 => tokens.insert(at, word(rng)),
            2 if !tokens.is_empty() => {
                let other = rng.next_u32() as usize % tokens.len();
                tokens.swap(at, other);
            }
            3 => {
                // A piece of another script, in the middle of this one.
                let donor = self::tokens(pick(parents, rng));
                let from = rng.next_u32() as usize % donor.len().max(1);
                let piece: Vec<String> = donor.into_iter().skip(from).take(30).collect();
                tokens.splice(at..at, piece);
            }
            _ => {
                // The likeliest slip: another number or name.
                let is_word = |token: &String| token.starts_with(|c: char| c.is_alphanumeric());
                let words: Vec<usize> = (0..tokens.len()).filter(|index| is_word(&tokens[*index])).collect();
                if !words.is_empty() {
                    let index = pick(&words, rng);
                    tokens[index] = word(rng);
                }
            }
        }
    }
    tokens.concat()
}

/// Three seconds of another fight than that of the dry run. A rule may fail, as the game then falls back; but what it
/// answers must be sound.
fn play(mut rules: RhaiRules, rng: &mut Rng) -> Result<(), String> {
    let tuning = rules.tuning().clone();
    let mut world = World::new(u64::from(rng.next_u32()), Tick(1), DEFAULT_TICK_RATE, &tuning);
    for id in 1..=5 {
        if world.join(&mut rules, PlayerId(id)).is_err() {
            return Ok(());
        }
    }
    for tick in 0..90 {
        let inputs: Vec<_> = (1..=5)
            .map(|id| {
                let direction = Vec2::from_angle(rng.next_unit() * 6.3);
                let attack = rng.next_unit() < 0.3;
                (PlayerId(id), PlayerInput { attack, ..PlayerInput::moving(direction) })
            })
            .collect();
        if world.step(&mut rules, &inputs).is_err() {
            return Ok(());
        }
        let orb = &world.orb;
        let sound = world.players.iter().all(|player| {
            player.position.is_finite()
                && player.velocity.is_finite()
                && (0.0..=tuning.arena_width).contains(&player.position.x)
                && (0.0..=tuning.arena_height).contains(&player.position.y)
                && (0..=tuning.max_hp as i32).contains(&player.hp)
        });
        if !sound || !orb.position.is_finite() || !orb.velocity.is_finite() {
            return Err(format!("unsound in tick {tick}"));
        }
    }
    Ok(())
}

#[test]
fn every_mutant_gets_a_verdict_at_a_bounded_price_and_the_accepted_ones_can_be_played() {
    let mut rng = Rng::new(number("HOTSWAP_FUZZ_SEED", SEED));
    let broken = corpus::all();
    // As many sound parents as broken ones, or hardly a child would be accepted.
    let mut parents: Vec<&str> = broken.iter().map(|broken| broken.script).collect();
    let sound: Vec<&str> = shipped::ALL.iter().map(|(_, script)| *script).collect();
    parents.extend(sound.iter().cycle().take(broken.len()));
    let cases = number("HOTSWAP_FUZZ_CASES", CASES);
    let (mut accepted, mut refused) = (0, 0);
    for case in 0..cases {
        let script = mutant(&parents, &mut rng);
        let lines = script.lines().count() as u32 + 1;
        for found in diagnose(&script) {
            let line = found.error.line.unwrap_or(0);
            assert!((1..=lines).contains(&line), "case {case}: {found:?}\n{script}");
        }
        let Ok(rules) = RhaiRules::compile(&script) else {
            refused += 1;
            continue;
        };
        let (report, cost) = dry_run_with_cost(&rules);
        let most = Cost::most_operations(cost.hook_calls);
        assert!(cost.operations <= most, "case {case}: {cost:?}, at most {most}\n{script}");
        if report.is_err() {
            refused += 1;
            continue;
        }
        accepted += 1;
        if let Err(problem) = play(rules, &mut rng) {
            panic!("case {case}: {problem}\n{script}");
        }
    }
    eprintln!("{accepted} mutants accepted, {refused} refused");
    assert!(cases < CASES || (accepted > 10 && refused > 100), "{accepted} accepted, {refused} refused");
}
