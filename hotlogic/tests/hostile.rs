//! Every script of the corpus is refused, with its place and in few words, and costs little to refuse.
#![cfg(not(target_arch = "wasm32"))]

mod corpus;

use allocation_counter::measure;
use corpus::Broken;
use hotlogic::dry_run::{Cost, dry_run_with_cost};
use hotlogic::{RhaiRules, ScriptError, Severity, diagnose};
use std::collections::BTreeSet;

/// Most bytes that a check may hold at a time: the engine, the syntax tree, a fight of eight, and what a script gathers.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Checks a script as a server does before it publishes one.
fn verdict(script: &str) -> (Result<(), ScriptError>, Cost) {
    let nothing = Cost { hook_calls: 0, operations: 0 };
    match RhaiRules::compile(script) {
        Err(error) => (Err(error), nothing),
        Ok(rules) => {
            let (report, cost) = dry_run_with_cost(&rules);
            (report.map(drop), cost)
        }
    }
}

#[test]
fn none_of_five_hundred_broken_scripts_passes_the_check_and_each_is_told_its_line() {
    let scripts = corpus::all();
    let different: BTreeSet<&str> = scripts.iter().map(|broken| broken.script).collect();
    assert!(different.len() >= 500, "{} different scripts", different.len());
    assert_eq!(different.len(), scripts.len(), "a script is there twice");
    let mut wrong = Vec::new();
    for Broken { kind, title, script } in scripts {
        // A script that ends too early is wrong at its end, which may be the line after the last one.
        let lines = script.lines().count() as u32 + 1;
        match verdict(script).0 {
            Ok(()) => wrong.push(format!("{kind}, {title}: accepted")),
            Err(error) => {
                let placed = error.line.is_some_and(|line| (1..=lines).contains(&line))
                    && error.column.is_some_and(|column| column >= 1);
                if !placed || error.message.is_empty() || error.message.chars().count() > 400 {
                    wrong.push(format!("{kind}, {title}: {error}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn refusing_a_script_takes_a_bounded_number_of_operations() {
    for Broken { kind, title, script } in corpus::all() {
        let (_, cost) = verdict(script);
        let most = Cost::most_operations(cost.hook_calls);
        assert!(cost.operations <= most, "{kind}, {title}: {cost:?}, at most {most}");
    }
}

#[test]
fn refusing_a_script_takes_a_bounded_amount_of_memory() {
    let mut largest = (0, String::new());
    for Broken { kind, title, script } in corpus::all() {
        let bytes = measure(|| drop(verdict(script))).bytes_max;
        largest = largest.max((bytes, format!("{kind}, {title}")));
    }
    assert!(largest.0 <= MAX_BYTES, "{largest:?}");
}

#[test]
fn what_the_compiler_refuses_is_an_error_in_the_editor_at_the_same_place_first() {
    for Broken { kind, title, script } in corpus::all() {
        let errors: Vec<_> =
            diagnose(script).into_iter().filter(|found| found.severity == Severity::Error).collect();
        match RhaiRules::compile(script) {
            Ok(_) => assert!(errors.is_empty(), "{kind}, {title}: {errors:?}"),
            Err(refusal) => {
                assert!(errors.iter().any(|found| found.error == refusal), "{kind}, {title}: {errors:?}");
            }
        }
    }
}
