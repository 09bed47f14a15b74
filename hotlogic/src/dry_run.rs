//! The last check before a script is published: a generated fight, played twice, and every hook's edge cases.
//!
//! Time and memory are bounded by the limits of a call, the number of calls, and a budget of operations a call.

use crate::fight;
use crate::hooks::Hook;
use crate::metered::{FIRST_CALLS, MAX_MEAN_OPERATIONS, Metered};
use crate::probes;
use crate::{RhaiRules, ScriptError};
use rhai::Position;
use sim::rng::Rng;
use sim::rules::Rules;
use sim::world::clamp_inside;
use sim::{Effect, World};

/// Ticks of one fight: twenty seconds.
const FIGHT_TICKS: u32 = 600;
/// The crowd is brought together again this often, ticks.
const GATHER_EVERY: u32 = 60;
/// Any number does; it decides which fight is played.
const SEED: u64 = 0x5eed_f19e;

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
/// The first thing that went wrong: a rule failed, something left the arena, hit points were out of bounds, the rules
/// were too expensive, or the same fight had two outcomes.
pub fn dry_run(rules: &RhaiRules) -> Result<DryRunReport, ScriptError> {
    dry_run_with_cost(rules).0
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
    let verdict = judge(&mut metered, rules);
    (verdict, Cost { hook_calls: metered.calls(), operations: metered.operations() })
}

fn judge(metered: &mut Metered, rules: &RhaiRules) -> Result<DryRunReport, ScriptError> {
    probes::ask_all(metered)?;

    let (mut report, checksum) = play(metered, rules)?;
    let (_, again) = play(metered, rules)?;
    if checksum != again {
        return Err(whole_script(
            "the same fight had two different outcomes: rules must not depend on earlier calls",
        ));
    }
    report.by_hook = metered.by_hook;
    report.hook_calls = metered.calls();
    report.operations = metered.operations();
    Ok(report)
}

fn play(metered: &mut Metered, rules: &RhaiRules) -> Result<(DryRunReport, u64), ScriptError> {
    let mut rng = Rng::new(SEED);
    let mut world = fight::crowd(metered, &mut rng)?;
    let mut report = DryRunReport::default();
    let mut inputs = Vec::new();
    for tick in 1..=FIGHT_TICKS {
        if tick % GATHER_EVERY == 0 {
            let tuning = metered.tuning().clone();
            fight::gather(&mut world, &tuning, &mut rng);
        }
        fight::intents(&world, &mut rng, &mut inputs);
        world.step(metered, &inputs)?;
        healthy(&world, rules)?;
        report.ticks += 1;
        for effect in &world.effects {
            report.kills += u32::from(matches!(effect, Effect::Kill { .. }));
            report.respawns += u32::from(matches!(effect, Effect::Respawn { .. }));
        }
    }
    Ok((report, world.checksum()))
}

/// What the game promises of every world, whatever the rules say.
fn healthy(world: &World, rules: &RhaiRules) -> Result<(), ScriptError> {
    let tuning = rules.tuning();
    let inside = |position, radius| clamp_inside(position, radius, tuning) == position;
    for player in &world.players {
        let finite = player.position.is_finite() && player.velocity.is_finite() && player.push.is_finite();
        if !finite || !inside(player.position, tuning.player_radius) {
            return Err(ScriptError::new("a player left the arena", rules.position_of(Hook::MovePlayer)));
        }
        if player.hp < 0 || player.hp > tuning.max_hp as i32 {
            return Err(whole_script(&format!("a player had {} hit points", player.hp)));
        }
    }
    let orb = &world.orb;
    if !orb.velocity.is_finite() || !inside(orb.position, tuning.orb_radius) {
        return Err(ScriptError::new("the orb left the arena", rules.position_of(Hook::MoveOrb)));
    }
    Ok(())
}

fn whole_script(message: &str) -> ScriptError {
    ScriptError::new(message, Position::NONE)
}
