//! What the rules cost a room: questions and time a tick, hook by hook, against a stated budget.
//!
//! Looking at the clock is not free, so one tick in [`EVERY`] is measured, with a clock that the driver brings along. What
//! is told is the mean of the last samples, so that rare hooks do not come and go.

use std::time::Duration;

use hotlogic::timed::{HookTimes, Timed};
use hotlogic::{DryRunReport, Hook, Pace, RhaiRules};
use serde::Serialize;
use sim::{Hindsight, PlayerId, PlayerInput, Rules, RulesError, World};

use super::bots::Bots;
use super::intents::Intents;
use super::rules::RoomRules;

/// What all hooks together may take of one tick, with 1,000 players: a third of a tick at 30 Hz is 11 ms.
pub const BUDGET: Duration = Duration::from_millis(10);
/// One tick in so many is measured. A prime, so that it falls in step with nothing that players do in a rhythm.
const EVERY: u32 = 29;
/// Measured ticks that make a mean: ten seconds at 30 Hz.
const SAMPLES: u32 = 10;

/// Tells the time since any fixed moment.
pub type RulesClock = Box<dyn FnMut() -> Duration + Send>;

/// Measures the rules of a room.
#[derive(Default)]
pub struct Costs {
    clock: Option<RulesClock>,
    /// The release that the samples are of.
    release: u32,
    /// Being filled.
    newest: Samples,
    /// Full.
    last: Option<Samples>,
}

/// Some measured ticks.
#[derive(Clone, Copy, Default)]
struct Samples {
    ticks: u32,
    times: HookTimes,
}

/// What the rules of a room cost, as operators see it.
#[derive(Clone, Debug, Serialize)]
pub struct RulesCost {
    /// What all hooks together may take of one tick, microseconds.
    pub budget_us: f64,
    /// Ticks that were measured for this; 0 means that nothing is known yet.
    pub samples: u32,
    /// Hook by hook, in the order of the documentation.
    pub hooks: Vec<HookCost>,
}

/// One hook.
#[derive(Clone, Debug, Serialize)]
pub struct HookCost {
    /// Who answers it.
    #[serde(flatten)]
    pub kind: HookKind,
    /// Questions a tick.
    pub calls: f64,
    /// Microseconds a tick.
    pub us: f64,
    /// Share of the budget; 1 is all of it.
    pub share: f64,
}

/// One hook of a script that was checked.
#[derive(Clone, Debug, Serialize)]
pub struct DraftHook {
    /// Who would answer it.
    #[serde(flatten)]
    pub kind: HookKind,
    /// Operations a call in the dry run, as the interpreter counts them; missing for native hooks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operations: Option<f64>,
}

/// Who answers a hook, and why not somebody quicker.
#[derive(Clone, Debug, Serialize)]
pub struct HookKind {
    /// Name of the hook.
    pub hook: &'static str,
    /// `native`, `compiled` or `interpreted`.
    pub runs: &'static str,
    /// What keeps it from being compiled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

impl HookKind {
    fn new(hook: Hook, pace: Pace) -> Self {
        let runs = pace.name();
        let (reason, line) = match pace {
            Pace::Interpreted(obstacle) => (Some(obstacle.message), obstacle.line),
            Pace::Native | Pace::Compiled => (None, None),
        };
        Self { hook: hook.name(), runs, reason, line }
    }
}

impl Costs {
    /// Measures from now on.
    pub(super) fn measure(&mut self, clock: RulesClock) {
        self.clock = Some(clock);
    }

    /// Lets the bots think by the `rules` of a release, and measures them if it is time for that.
    pub(super) fn think(
        &mut self,
        bots: &mut Bots,
        world: &World,
        rules: &mut impl Rules,
        release: u32,
        intents: &mut Intents,
    ) -> Result<(), RulesError> {
        let measures = self.begin(world, release);
        match self.clock.as_mut().filter(|_| measures) {
            Some(clock) => {
                let mut rules = Timed::new(rules, clock, &mut self.newest.times);
                bots.think(world, &mut rules, intents)
            }
            None => bots.think(world, rules, intents),
        }
    }

    /// Steps the world by the `rules` of a release, and measures them if it is time for that.
    pub(super) fn step(
        &mut self,
        world: &mut World,
        rules: &mut impl Rules,
        release: u32,
        inputs: &[(PlayerId, PlayerInput)],
        hindsight: &Hindsight,
    ) -> Result<(), RulesError> {
        let measures = self.begin(world, release);
        let Some(clock) = self.clock.as_mut().filter(|_| measures) else {
            return world.step_judged(rules, inputs, hindsight);
        };
        let mut times = self.newest.times;
        world.step_judged(&mut Timed::new(rules, clock, &mut times), inputs, hindsight)?;
        self.newest = Samples { ticks: self.newest.ticks + 1, times };
        Ok(())
    }

    /// Whether the coming tick is measured; makes room for its sample then.
    fn begin(&mut self, world: &World, release: u32) -> bool {
        let measures = self.clock.is_some() && world.tick.0.is_multiple_of(EVERY);
        if measures && (self.release != release || self.newest.ticks == SAMPLES) {
            let same = self.release == release;
            self.last = same.then_some(self.newest);
            self.newest = Samples::default();
            self.release = release;
        }
        measures
    }

    /// What is known of the rules in force.
    #[must_use]
    pub(super) fn report(&self, rules: &RoomRules) -> RulesCost {
        let known = (self.release == rules.info.number).then(|| self.last.unwrap_or(self.newest));
        let Samples { ticks, times } = known.unwrap_or_default();
        let ticks_or_one = f64::from(ticks.max(1));
        let hooks = Hook::ALL.iter().zip(&times).map(|(hook, time)| {
            let us = time.busy.as_nanos() as f64 / 1e3 / ticks_or_one;
            HookCost {
                kind: HookKind::new(*hook, rules.active.pace(*hook)),
                calls: time.calls as f64 / ticks_or_one,
                us,
                share: us / budget_us(),
            }
        });
        RulesCost { budget_us: budget_us(), samples: ticks, hooks: hooks.collect() }
    }
}

fn budget_us() -> f64 {
    BUDGET.as_nanos() as f64 / 1e3
}

/// What can be said of the hooks of a script before anybody plays by it.
#[must_use]
pub fn of_draft(rules: &RhaiRules, report: &DryRunReport) -> Vec<DraftHook> {
    let hooks = Hook::ALL.iter().zip(&report.by_hook);
    let describe = |(hook, work): (&Hook, &hotlogic::HookWork)| DraftHook {
        kind: HookKind::new(*hook, rules.pace(*hook)),
        operations: (work.calls > 0).then(|| work.operations as f64 / work.calls as f64),
    };
    hooks.map(describe).collect()
}
