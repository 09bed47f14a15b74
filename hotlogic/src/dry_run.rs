//! The last check before a script is published: a generated fight and recorded ones, each played twice, and every hook's
//! edge cases.
//!
//! Time and memory are bounded by the limits of a call, the number of calls, and a budget of operations a call.

use std::sync::Arc;

use crate::fight::{Crowd, Fight};
use crate::health::Watch;
use crate::hooks::Hook;
use crate::metered::{FIRST_CALLS, MAX_MEAN_OPERATIONS, Metered};
use crate::probes;
use crate::{Recording, RhaiRules, ScriptError};
use rhai::Position;
use sim::Effect;

/// Ticks of the generated fight: twenty seconds.
const FIGHT_TICKS: u32 = 600;
/// Any number does; it decides which fight is played.
pub(crate) const SEED: u64 = 0x5eed_f19e;
/// Most recorded fights that a check plays, the newest first.
pub const MAX_RECORDED_FIGHTS: usize = 3;
/// Calls of hooks after which recorded fights are played no further, all together.
pub const MAX_RECORDED_CALLS: u64 = 60_000;
/// Operations after which they are played no further, either: some tenths of a second.
const MAX_RECORDED_OPERATIONS: u64 = 2_000_000;

/// What a script went through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DryRunReport {
    /// Ticks of fight.
    pub ticks: u32,
    /// Calls of hooks which the script defines.
    pub hook_calls: u64,
    /// Operations that these calls took together.
    pub operations: u64,
    /// Players killed.
    pub kills: u32,
    /// Players respawned.
    pub respawns: u32,
    /// Calls and operations of each of [`Hook::ALL`]; zeros for those that the script leaves out.
    pub by_hook: [HookWork; Hook::ALL.len()],
    /// The same of all hooks in the generated fight alone, played once: it is the same fight for all scripts.
    pub fight: HookWork,
    /// Recorded fights that were played.
    pub recorded_fights: u32,
    /// Their ticks.
    pub recorded_ticks: u32,
}

impl DryRunReport {
    /// Operations a tick of the generated fight.
    #[must_use]
    pub fn operations_per_tick(&self) -> f64 {
        self.fight.operations as f64 / f64::from(self.ticks.max(1))
    }

    /// What is allowed, but not by much.
    #[must_use]
    pub fn warnings(&self, rules: &RhaiRules) -> Vec<ScriptError> {
        let near = |(hook, work): (&Hook, &HookWork)| {
            let mean = work.operations.checked_div(work.calls)?;
            let message = format!(
                "`{}` takes {mean} operations a call on average; with more than {MAX_MEAN_OPERATIONS} it is refused",
                hook.name()
            );
            (mean > MAX_MEAN_OPERATIONS / 2).then(|| ScriptError::new(message, rules.position_of(*hook)))
        };
        Hook::ALL.iter().zip(&self.by_hook).filter_map(near).collect()
    }
}

/// What a hook had to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HookWork {
    /// How often it was called.
    pub calls: u64,
    /// Operations of all calls, as the interpreter counts them.
    pub operations: u64,
}

/// Plays a generated fight by the rules and asks every hook its edge cases.
///
/// # Errors
/// The first thing that went wrong: a rule failed, something left the arena or moved too fast, hit points were out of bounds,
/// the rules were too expensive, or the same fight had two outcomes.
pub fn dry_run(rules: &RhaiRules) -> Result<DryRunReport, ScriptError> {
    dry_run_with_cost(rules).0
}

/// The same, and plays recorded fights, newest first: at most [`MAX_RECORDED_FIGHTS`], and no further than [`MAX_RECORDED_CALLS`]
/// calls of hooks.
///
/// # Errors
/// As [`dry_run`]; what only a recorded fight shows says which.
pub fn dry_run_on(rules: &RhaiRules, recorded: &[Arc<Recording>]) -> Result<DryRunReport, ScriptError> {
    let mut metered = Metered::new(rules);
    judge(&mut metered, rules, recorded)
}

/// What a dry run used, also one that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Calls of hooks which the script defines.
    pub hook_calls: u64,
    /// Operations that these calls took together.
    pub operations: u64,
}

impl Cost {
    /// Most operations that so many calls can take: each call has its limit, and soon their average has one, too.
    #[must_use]
    pub const fn most_operations(hook_calls: u64) -> u64 {
        hook_calls * MAX_MEAN_OPERATIONS + (FIRST_CALLS + 1) * crate::engine::MAX_OPERATIONS
    }
}

/// The same as [`dry_run`], with what it cost.
pub fn dry_run_with_cost(rules: &RhaiRules) -> (Result<DryRunReport, ScriptError>, Cost) {
    let mut metered = Metered::new(rules);
    let verdict = judge(&mut metered, rules, &[]);
    (verdict, Cost { hook_calls: metered.calls(), operations: metered.operations() })
}

fn judge(
    metered: &mut Metered,
    rules: &RhaiRules,
    recorded: &[Arc<Recording>],
) -> Result<DryRunReport, ScriptError> {
    probes::ask_all(metered)?;

    let mut report = DryRunReport::default();
    let before = HookWork { calls: metered.calls(), operations: metered.operations() };
    let fight = Fight::generated(SEED, FIGHT_TICKS, Crowd::Wounded, metered)?;
    let played = play(metered, rules, fight, u32::MAX, |_| true)?;
    (report.ticks, report.kills, report.respawns) = (played.ticks, played.kills, played.respawns);
    report.fight = HookWork {
        calls: metered.calls() - before.calls,
        operations: metered.operations() - before.operations,
    };
    let fight = Fight::generated(SEED, FIGHT_TICKS, Crowd::Wounded, metered)?;
    same(&played, &play(metered, rules, fight, u32::MAX, |_| true)?)?;

    let recorded = &recorded[..recorded.len().min(MAX_RECORDED_FIGHTS)];
    for recording in recorded {
        // Each is played twice.
        let parts = 2 * recorded.len() as u64;
        let calls = metered.calls() + MAX_RECORDED_CALLS / parts;
        let operations = metered.operations() + MAX_RECORDED_OPERATIONS / parts;
        let within = |metered: &Metered| metered.calls() < calls && metered.operations() < operations;
        let again = |metered: &mut Metered, ticks: u32, within: &dyn Fn(&Metered) -> bool| {
            let fight = Fight::recorded(recording, metered);
            play(metered, rules, fight, ticks, within)
        };
        let played = again(metered, u32::MAX, &within).map_err(|error| shown_by(recording, error))?;
        let second = again(metered, played.ticks, &|_| true).map_err(|error| shown_by(recording, error))?;
        same(&played, &second).map_err(|error| shown_by(recording, error))?;
        report.recorded_fights += 1;
        report.recorded_ticks += played.ticks;
    }

    report.by_hook = metered.by_hook;
    report.hook_calls = metered.calls();
    report.operations = metered.operations();
    Ok(report)
}

/// How a fight ended.
struct Played {
    ticks: u32,
    kills: u32,
    respawns: u32,
    checksum: u64,
}

/// Plays a fight for at most so many ticks, and while `go_on` says so.
fn play(
    metered: &mut Metered,
    rules: &RhaiRules,
    mut fight: Fight<'_>,
    ticks: u32,
    go_on: impl Fn(&Metered) -> bool,
) -> Result<Played, ScriptError> {
    let mut played = Played { ticks: 0, kills: 0, respawns: 0, checksum: 0 };
    let mut watch = Watch::default();
    while played.ticks < ticks && go_on(metered) && fight.prepare(metered)? {
        watch.before(fight.world());
        let next = fight.world().tick.plus(1);
        fight.play(metered).map_err(|error| {
            let error = ScriptError::from(error);
            ScriptError { message: format!("{} (in tick {next} of a fight)", error.message), ..error }
        })?;
        watch.after(fight.world(), rules)?;
        played.ticks += 1;
        for effect in &fight.world().effects {
            played.kills += u32::from(matches!(effect, Effect::Kill { .. }));
            played.respawns += u32::from(matches!(effect, Effect::Respawn { .. }));
        }
    }
    played.checksum = fight.world().checksum();
    Ok(played)
}

fn same(first: &Played, second: &Played) -> Result<(), ScriptError> {
    if first.checksum == second.checksum {
        return Ok(());
    }
    let message = "the same fight had two different outcomes: rules must not depend on earlier calls";
    Err(ScriptError::new(message, Position::NONE))
}

/// Says which recorded fight it was.
fn shown_by(recording: &Recording, error: ScriptError) -> ScriptError {
    let (room, release) = (recording.room, recording.release);
    let message = format!("{}; a recorded fight of room {room}, release {release}, showed it", error.message);
    ScriptError { message, ..error }
}
