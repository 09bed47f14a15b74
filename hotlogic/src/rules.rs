//! A compiled script as the game's rules.

use crate::engine::{Constants, with_constants};
use crate::error::ScriptError;
use crate::hooks::{Hook, HookSet};
use crate::{answer, check};
use rhai::{AST, CallFnOptions, Dynamic, Engine, EvalAltResult, FuncArgs, Position, Scope, Shared};
use sim::rules::{
    KillOutcome, KillQuery, MoveQuery, OrbMotion, Rules, RulesError, StrikeOutcome, StrikeQuery, native,
};
use sim::{Tuning, Vec2};
use std::collections::BTreeMap;

/// The rules of one script. Cheap to clone: all clones share one engine and one syntax tree.
///
/// Calls leave no trace: equal questions get equal answers, whatever was asked before and on whichever clone.
#[derive(Clone)]
pub struct RhaiRules {
    script: Shared<Script>,
    scripted: HookSet,
}

pub(crate) struct Script {
    pub(crate) source: String,
    pub(crate) engine: Engine,
    pub(crate) ast: AST,
    pub(crate) constants: Constants,
    /// As the script says.
    pub(crate) own: Tuning,
    /// In an arena of the size that is wanted.
    pub(crate) tuning: Tuning,
    pub(crate) hooks: BTreeMap<Hook, Position>,
}

impl std::fmt::Debug for RhaiRules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RhaiRules").field("hooks", &self.hooks()).finish_non_exhaustive()
    }
}

impl RhaiRules {
    pub(crate) fn new(script: Script) -> Self {
        let scripted = check::hook_set(&script.hooks);
        Self { script: Shared::new(script), scripted }
    }

    /// The same rules on an engine of their own that calls `on_operations` with the number of operations which the
    /// running call has made so far.
    pub(crate) fn metered(&self, on_operations: Meter) -> Self {
        let Script { source, ast, constants, own, tuning, hooks, .. } = &*self.script;
        let mut engine = with_constants(constants.clone());
        engine.on_progress(move |operations| {
            on_operations(operations);
            None
        });
        Self::new(Script {
            source: source.clone(),
            engine,
            ast: ast.clone(),
            constants: constants.clone(),
            own: own.clone(),
            tuning: tuning.clone(),
            hooks: hooks.clone(),
        })
    }

    /// The hooks that the script defines; all others are native.
    #[must_use]
    pub fn hooks(&self) -> Vec<Hook> {
        self.script.hooks.keys().copied().collect()
    }

    /// The tuning numbers with the script's own.
    #[must_use]
    pub fn tuning(&self) -> &Tuning {
        &self.script.tuning
    }

    pub(crate) fn own_tuning(&self) -> &Tuning {
        &self.script.own
    }

    pub(crate) fn constants(&self) -> &Constants {
        &self.script.constants
    }

    pub(crate) fn source(&self) -> &str {
        &self.script.source
    }

    pub(crate) fn positions(&self) -> &BTreeMap<Hook, Position> {
        &self.script.hooks
    }

    /// Where a hook is defined; the beginning of the script for one that is not.
    pub(crate) fn position_of(&self, hook: Hook) -> Position {
        self.script.hooks.get(&hook).copied().unwrap_or(Position::NONE)
    }

    /// Asks a hook and reads its answer.
    fn ask<T>(
        &self,
        hook: Hook,
        args: impl FuncArgs,
        read: impl FnOnce(&Dynamic) -> Result<T, String>,
    ) -> Result<T, RulesError> {
        let Script { engine, ast, .. } = &*self.script;
        let options = CallFnOptions::new().eval_ast(false);
        let answer: Dynamic = engine
            .call_fn_with_options(options, &mut Scope::new(), ast, hook.name(), args)
            .map_err(|error| {
                // The engine does not say where; nearly always it is in a loop.
                let limit = matches!(
                    *error,
                    EvalAltResult::ErrorTooManyOperations(_) | EvalAltResult::ErrorDataTooLarge(..)
                );
                let loop_position = if limit { check::first_loop(ast, hook.name()) } else { None };
                let fallback = loop_position.unwrap_or(self.position_of(hook));
                ScriptError::from_engine(*error, fallback).in_hook(hook)
            })?;
        read(&answer).map_err(|message| ScriptError::new(message, self.position_of(hook)).in_hook(hook))
    }
}

/// Is told how many operations the running call has made.
#[cfg(feature = "sync")]
pub(crate) type Meter = Box<dyn Fn(u64) + Send + Sync>;
/// Is told how many operations the running call has made.
#[cfg(not(feature = "sync"))]
pub(crate) type Meter = Box<dyn Fn(u64)>;

impl Rules for RhaiRules {
    fn tuning(&self) -> &Tuning {
        &self.script.tuning
    }

    fn move_player(&mut self, query: MoveQuery) -> Result<Vec2, RulesError> {
        if !self.scripted.contains(Hook::MovePlayer) {
            return Ok(native::move_player(self.tuning(), query));
        }
        let MoveQuery { velocity, direction, dt } = query;
        self.ask(Hook::MovePlayer, (velocity.x, velocity.y, direction.x, direction.y, dt), |answer| {
            let [vx, vy] = answer::numbers(Hook::MovePlayer, answer)?;
            answer::velocity(vx, vy)
        })
    }

    fn strike(&mut self, query: StrikeQuery) -> Result<StrikeOutcome, RulesError> {
        if !self.scripted.contains(Hook::Strike) {
            return Ok(native::strike(self.tuning(), query));
        }
        let usual = self.script.tuning.strike_knockback;
        let StrikeQuery { distance, facing, attacker_hp, target_hp } = query;
        self.ask(Hook::Strike, (distance, facing, attacker_hp, target_hp), |answer| {
            let (damage, knockback) = answer::one_or_two(Hook::Strike, answer)?;
            Ok(StrikeOutcome {
                damage: answer::damage(damage)?,
                knockback: answer::knockback(knockback.unwrap_or(usual))?,
            })
        })
    }

    fn move_orb(&mut self, orb: OrbMotion, dt: f32) -> Result<OrbMotion, RulesError> {
        if !self.scripted.contains(Hook::MoveOrb) {
            return Ok(native::move_orb(self.tuning(), orb, dt));
        }
        let OrbMotion { position, velocity } = orb;
        self.ask(Hook::MoveOrb, (position.x, position.y, velocity.x, velocity.y, dt), |answer| {
            let [x, y, vx, vy] = answer::numbers(Hook::MoveOrb, answer)?;
            Ok(OrbMotion { position: answer::position(x, y)?, velocity: answer::velocity(vx, vy)? })
        })
    }

    fn spawn_point(&mut self, random: [f32; 2]) -> Result<Vec2, RulesError> {
        if !self.scripted.contains(Hook::SpawnPoint) {
            return Ok(native::spawn_point(self.tuning(), random));
        }
        self.ask(Hook::SpawnPoint, (random[0], random[1]), |answer| {
            let [x, y] = answer::numbers(Hook::SpawnPoint, answer)?;
            answer::position(x, y)
        })
    }

    fn on_kill(&mut self, query: KillQuery) -> Result<KillOutcome, RulesError> {
        if !self.scripted.contains(Hook::OnKill) {
            return Ok(native::on_kill(query));
        }
        let KillQuery { killer_hp, streak, by_orb } = query;
        self.ask(Hook::OnKill, (killer_hp, streak, by_orb), |answer| {
            let (points, heal) = answer::one_or_two(Hook::OnKill, answer)?;
            Ok(KillOutcome { points: answer::points(points)?, heal: answer::heal(heal.unwrap_or(0.0))? })
        })
    }
}
