//! What a script may use, in words: for the editor, for `docs/rules.md`, and for everybody who asks.
//!
//! Nothing here is a second list of what the engine does: hooks, tuning numbers and limits are read from where they are
//! defined, and tests compare the functions with what is registered.

pub mod functions;
mod hooks;

pub use functions::Function;

use crate::hooks::Hook;
use crate::{MAX_SCRIPT_BYTES, answer, constants, dry_run, engine, health, metered};
use sim::tuning::{MAX_HP, MAX_SPEED};

/// A hook, in words.
#[derive(Clone, Copy, Debug)]
pub struct HookWords {
    /// Which one.
    pub hook: Hook,
    /// When it is asked, what for, and what happens without it.
    pub doc: &'static str,
    /// What each parameter means, in the order of [`Hook::params`].
    pub params: &'static [&'static str],
    /// A small script with only this hook: something to start from.
    pub starter: &'static str,
}

/// A constant that every script has.
#[derive(Clone, Copy, Debug)]
pub struct Constant {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: f32,
}

/// The most of something that a script may have, use or answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Of what.
    pub what: &'static str,
    /// How much, with its unit.
    pub most: String,
}

/// Words of the language that mean something.
pub const KEYWORDS: &[&str] = &[
    "let", "const", "fn", "if", "else", "switch", "while", "loop", "do", "until", "for", "in", "break",
    "continue", "return", "true", "false", "throw", "private",
];

/// All hooks, in the order of [`Hook::ALL`].
#[must_use]
pub fn hooks() -> Vec<HookWords> {
    Hook::ALL.into_iter().map(hooks::words).collect()
}

/// Constants that every script has. [`sim::Tuning::FIELDS`] can be read by name, too.
#[must_use]
pub fn built_in_constants() -> Vec<Constant> {
    constants::BUILT_IN.iter().map(|&(name, value)| Constant { name, value }).collect()
}

/// All limits, in the order of the documentation.
#[must_use]
pub fn limits() -> Vec<Limit> {
    let limit = |what, most: u64, unit: &str| Limit { what, most: format!("{most} {unit}") };
    let size = |number: usize| number as u64;
    vec![
        limit("script", size(MAX_SCRIPT_BYTES), "bytes"),
        limit("one call", engine::MAX_OPERATIONS, "operations (roughly: parts of expressions evaluated)"),
        limit("a call on average in the dry run", metered::MAX_MEAN_OPERATIONS, "operations"),
        limit("functions that call each other", size(engine::MAX_CALL_LEVELS), "levels"),
        limit("nesting of expressions and blocks", size(engine::MAX_EXPR_DEPTH), "levels"),
        limit("string", size(engine::MAX_STRING), "bytes"),
        limit("array, nested ones included", size(engine::MAX_ARRAY), "elements"),
        limit("map", size(engine::MAX_MAP), "entries"),
        limit("variables at a time", size(engine::MAX_VARIABLES), "variables"),
        limit("functions of a script", size(engine::MAX_FUNCTIONS), "functions"),
        limit("speed or knock-back that a hook returns", MAX_SPEED as u64, "units per second"),
        limit("position that a hook returns", answer::MAX_POSITION as u64, "units from [0, 0]"),
        limit("damage or healing that a hook returns", u64::from(MAX_HP.unsigned_abs()), "hit points"),
        limit(
            "way of a player in the dry run, blows included",
            health::MAX_PLAYER_SPEED as u64,
            "units per second",
        ),
        limit("way of the orb in the dry run", health::MAX_ORB_SPEED as u64, "units per second"),
        limit(
            "jumps of the orb in the dry run: one, and one more in every",
            u64::from(health::TICKS_PER_JUMP),
            "ticks",
        ),
        limit("recorded fights in the dry run", size(dry_run::MAX_RECORDED_FIGHTS), "fights"),
        limit("calls of hooks in recorded fights", dry_run::MAX_RECORDED_CALLS, "calls"),
        limit("points that a hook returns", u64::from(answer::MAX_POINTS.unsigned_abs()), "points"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::bare;
    use std::collections::{BTreeMap, BTreeSet};

    /// Names and numbers of arguments.
    type Calls = BTreeMap<String, BTreeSet<usize>>;

    /// What the engine has, without operators, properties and what rules may not call.
    fn registered() -> Calls {
        let all = bare().collect_fn_metadata(
            None,
            |info| Some((info.metadata.name.to_string(), info.metadata.num_params)),
            true,
        );
        let is_word = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let mut calls = Calls::new();
        for (name, count) in all {
            if is_word(&name) && !functions::takes_function(&name, count) {
                calls.entry(name).or_default().insert(count);
            }
        }
        // Part of the language rather than of a package.
        calls.entry("type_of".to_owned()).or_default().insert(1);
        calls
    }

    #[test]
    fn the_reference_has_every_function_that_the_engine_registers_and_no_other() {
        let listed: Calls = functions::ALL
            .iter()
            .map(|function| (function.name.to_owned(), function.arguments().into_iter().collect()))
            .collect();
        assert_eq!(listed.len(), functions::ALL.len(), "a function is listed twice");
        assert_eq!(listed, registered());
    }

    #[test]
    fn every_parameter_of_a_hook_is_explained() {
        for words in hooks() {
            assert_eq!(words.params.len(), words.hook.params().len(), "{}", words.hook.name());
            assert!(words.starter.contains(&format!("fn {} {{", words.hook.signature())));
        }
    }
}
