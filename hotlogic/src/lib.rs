//! Rules as scripts: a Rhai script becomes [`sim::Rules`], the same on the server and in every browser.
//!
//! A script defines any of the six [hooks](hooks::Hook), a map of tuning numbers and other constants; what it leaves
//! out is native. Everything that could make two machines disagree is kept out: integers are `i32`, floats `f32`,
//! transcendental functions come from `libm`, there is no clock, no chance and no state between two calls.
//! `docs/rules.md` is the reference for the people who write scripts.
//!
//! The way of a script: [`RhaiRules::compile`] parses it, checks every name in it and evaluates its constants;
//! [`dry_run`] plays a generated fight with it, [`dry_run_on`] recorded ones, too. A script that passes both is fit to be published. Hooks that only
//! calculate are compiled on the way ([`Pace`] says which), so that a fight of thousands does not wait for an interpreter.
//! A [`Card`] and a script [compose] to one more script.

mod active;
mod answer;
mod brain;
mod check;
mod compile;
pub mod compose;
mod constants;
pub mod diagnose;
pub mod dry_run;
mod engine;
pub mod error;
mod fight;
pub mod hash;
mod health;
pub mod hooks;
mod kernel;
mod lanes;
mod math;
mod metered;
mod pace;
mod probes;
pub mod recording;
pub mod reference;
pub mod rehearsal;
mod replay;
pub mod rules;
pub mod shipped;
pub mod timed;

pub use active::ActiveRules;
pub use compose::{Card, CardError, Composed};
pub use diagnose::{Diagnostic, Severity, diagnose};
pub use dry_run::{DryRunReport, HookWork, dry_run, dry_run_on};
pub use error::ScriptError;
pub use hash::content_hash;
pub use hooks::Hook;
pub use pace::Pace;
pub use recording::Recording;
pub use rehearsal::{Rehearsal, rehearse};
pub use replay::Replay;
pub use rules::RhaiRules;

/// Version of what the host offers to scripts: hooks, functions, constants and their meaning. A release states the
/// version that it was checked against; a client with another one must be reloaded before it may run the script.
/// Raise it whenever a script could behave differently in what a client predicts. A hook that only the server is asked, such
/// as `bot_think`, is none of that: a client that does not know it takes it for a function that nobody calls.
pub const HOST_API: u32 = 1;

/// Longest script, in bytes.
pub const MAX_SCRIPT_BYTES: usize = 64 * 1024;
