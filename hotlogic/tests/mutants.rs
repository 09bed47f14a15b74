//! Shipped scripts with random damage: whatever is typed, the answer is a verdict, never a crash.
#![cfg(not(target_arch = "wasm32"))]

use hotlogic::{RhaiRules, dry_run, shipped};
use sim::rng::Rng;

/// What a slip of the hand or of the mouse puts into a script.
const SCRAPS: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ",",
    ";",
    "-",
    "*",
    "/ 0",
    "0.0",
    "1e30",
    "2147483647",
    "\"",
    "\u{e4}",
    "vx",
    "x",
    "loop {}",
    "while true {",
    "if ",
    "fn ",
    "let ",
    "const ",
    "#{",
    "return ",
    "NaN",
    "sin(",
    "\n",
    "//",
    "/*",
    "`${",
];

fn damaged(script: &str, rng: &mut Rng) -> String {
    let mut chars: Vec<char> = script.chars().collect();
    for _ in 0..1 + rng.next_u32() % 3 {
        let at = rng.next_u32() as usize % chars.len();
        let until = (at + rng.next_u32() as usize % 12).min(chars.len());
        let scrap = SCRAPS[rng.next_u32() as usize % SCRAPS.len()];
        match rng.next_u32() % 3 {
            0 => drop(chars.drain(at..until)),
            1 => drop(chars.splice(at..at, scrap.chars())),
            _ => drop(chars.splice(at..until, scrap.chars())),
        }
    }
    chars.into_iter().collect()
}

#[test]
fn a_damaged_script_is_accepted_or_refused_with_a_place_but_never_crashes() {
    let mut rng = Rng::new(77);
    let (mut accepted, mut refused) = (0, 0);
    for _ in 0..200 {
        for (_, script) in shipped::ALL {
            let script = damaged(script, &mut rng);
            match RhaiRules::compile(&script).and_then(|rules| dry_run(&rules)) {
                Ok(_) => accepted += 1,
                Err(error) => {
                    refused += 1;
                    let lines = script.lines().count() as u32 + 1;
                    assert!(error.line.is_some_and(|line| (1..=lines).contains(&line)), "{error}\n{script}");
                    assert!(error.column.is_some_and(|column| column >= 1), "{error}\n{script}");
                    assert!(!error.message.is_empty());
                }
            }
        }
    }
    assert!(accepted > 25 && refused > 100, "{accepted} accepted, {refused} refused");
}
