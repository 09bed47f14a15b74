//! Rules that count what they are asked and stop when that is too much, for the dry run.

use crate::dry_run::HookWork;
use crate::error::ScriptError;
use crate::hooks::Hook;
use crate::rules::RhaiRules;
use sim::bots::{BotQuery, BotWish};
use sim::rules::{
    KillOutcome, KillQuery, MoveQuery, OrbMotion, Rules, RulesError, StrikeOutcome, StrikeQuery,
};
use sim::{Tuning, Vec2};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Operations a call, on average: with more, a tick with hundreds of players would take too long.
pub(crate) const MAX_MEAN_OPERATIONS: u64 = 1_000;
/// Calls after which the average is looked at for the first time.
pub(crate) const FIRST_CALLS: u64 = 64;

/// Rules of a script together with a count of calls and operations.
pub(crate) struct Metered {
    rules: RhaiRules,
    scripted: Vec<Hook>,
    running: Arc<AtomicU64>,
    /// Calls and operations of scripted hooks.
    pub(crate) by_hook: [HookWork; Hook::ALL.len()],
}

impl Metered {
    pub(crate) fn new(rules: &RhaiRules) -> Self {
        let running = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&running);
        let rules = rules.metered(Box::new(move |operations| counter.store(operations, Ordering::Relaxed)));
        Self { scripted: rules.hooks(), rules, running, by_hook: Default::default() }
    }

    /// Calls of all scripted hooks.
    pub(crate) fn calls(&self) -> u64 {
        self.by_hook.iter().map(|work| work.calls).sum()
    }

    /// Operations of all those calls.
    pub(crate) fn operations(&self) -> u64 {
        self.by_hook.iter().map(|work| work.operations).sum()
    }

    fn count<T>(
        &mut self,
        hook: Hook,
        call: impl FnOnce(&mut RhaiRules) -> Result<T, RulesError>,
    ) -> Result<T, RulesError> {
        self.running.store(0, Ordering::Relaxed);
        let answer = call(&mut self.rules);
        let work = &mut self.by_hook[hook as usize];
        work.calls += u64::from(self.scripted.contains(&hook));
        work.operations += self.running.load(Ordering::Relaxed);
        let answer = answer?;
        let HookWork { calls, operations } = self.by_hook[hook as usize];
        // All together, and each hook on its own: a cheap one does not pay for a dear one.
        for (calls, operations) in [(self.calls(), self.operations()), (calls, operations)] {
            if calls < FIRST_CALLS || operations <= calls * MAX_MEAN_OPERATIONS {
                continue;
            }
            let mean = operations / calls;
            let message = format!(
                "too expensive: {mean} operations a call on average, {MAX_MEAN_OPERATIONS} are allowed"
            );
            return Err(ScriptError::new(message, self.rules.position_of(hook)).in_hook(hook));
        }
        Ok(answer)
    }
}

impl Rules for Metered {
    fn tuning(&self) -> &Tuning {
        self.rules.tuning()
    }

    fn move_player(&mut self, query: MoveQuery) -> Result<Vec2, RulesError> {
        self.count(Hook::MovePlayer, |rules| rules.move_player(query))
    }

    fn strike(&mut self, query: StrikeQuery) -> Result<StrikeOutcome, RulesError> {
        self.count(Hook::Strike, |rules| rules.strike(query))
    }

    fn move_orb(&mut self, orb: OrbMotion, dt: f32) -> Result<OrbMotion, RulesError> {
        self.count(Hook::MoveOrb, |rules| rules.move_orb(orb, dt))
    }

    fn spawn_point(&mut self, random: [f32; 2]) -> Result<Vec2, RulesError> {
        self.count(Hook::SpawnPoint, |rules| rules.spawn_point(random))
    }

    fn on_kill(&mut self, query: KillQuery) -> Result<KillOutcome, RulesError> {
        self.count(Hook::OnKill, |rules| rules.on_kill(query))
    }

    fn bot_think(&mut self, query: &BotQuery) -> Result<Option<BotWish>, RulesError> {
        self.count(Hook::BotThink, |rules| rules.bot_think(query))
    }
}
