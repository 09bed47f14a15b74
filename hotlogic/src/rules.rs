//! A compiled script as the game's rules.

use crate::engine::{Constants, with_constants};
use crate::error::ScriptError;
use crate::hooks::{Hook, HookSet};
use crate::kernel::Kernels;
use crate::lanes::HookLanes;
use crate::{Pace, answer, brain, check};
use rhai::{AST, CallFnOptions, Dynamic, Engine, EvalAltResult, FuncArgs, Position, Scope, Shared};
use sim::bots::{BotQuery, BotWish};
use sim::rules::{
    KillOutcome, KillQuery, MoveQuery, OrbMotion, Rules, RulesError, StrikeOutcome, StrikeQuery, native,
};
use sim::{Tuning, Vec2};
use std::collections::BTreeMap;

/// The rules of one script. Cheap to clone: all clones share one engine, one syntax tree and the compiled hooks.
///
/// Calls leave no trace: equal questions get equal answers, whatever was asked before and on whichever clone.
#[derive(Clone)]
pub struct RhaiRules {
    script: Shared<Script>,
    scripted: HookSet,
    /// Memory of compiled hooks.
    lanes: HookLanes,
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
    /// Hooks that need no interpreter.
    pub(crate) kernels: Kernels,
}

impl std::fmt::Debug for RhaiRules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RhaiRules").field("hooks", &self.hooks()).finish_non_exhaustive()
    }
}

impl RhaiRules {
    pub(crate) fn new(script: Script) -> Self {
        let scripted = check::hook_set(&script.hooks);
        Self { script: Shared::new(script), scripted, lanes: HookLanes::default() }
    }

    /// The same rules on an engine of their own that calls `on_operations` with the number of operations which the
    /// running call has made so far. All is interpreted: compiled code counts nothing.
    pub(crate) fn metered(&self, on_operations: Meter) -> Self {
        let mut engine = with_constants(self.script.constants.clone());
        engine.on_progress(move |operations| {
            on_operations(operations);
            None
        });
        self.on_engine(engine)
    }

    /// The same rules with nothing compiled: every answer comes from the interpreter. For comparisons.
    #[must_use]
    pub fn interpreted(&self) -> Self {
        self.on_engine(with_constants(self.script.constants.clone()))
    }

    fn on_engine(&self, engine: Engine) -> Self {
        let Script { source, ast, constants, own, tuning, hooks, .. } = &*self.script;
        Self::new(Script {
            source: source.clone(),
            engine,
            ast: ast.clone(),
            constants: constants.clone(),
            own: own.clone(),
            tuning: tuning.clone(),
            hooks: hooks.clone(),
            kernels: Kernels::default(),
        })
    }

    /// How quickly a hook is answered, and what keeps it from being quicker.
    #[must_use]
    pub fn pace(&self, hook: Hook) -> Pace {
        if !self.scripted.contains(hook) {
            return Pace::Native;
        }
        if self.script.kernels.program(hook).is_some() {
            return Pace::Compiled;
        }
        let unfit = self.script.kernels.unfit(hook);
        let reason = unfit.map_or("nothing is compiled", |unfit| unfit.reason.as_str());
        let position = unfit.map_or(Position::NONE, |unfit| unfit.position);
        let position = if position.is_none() { self.position_of(hook) } else { position };
        Pace::Interpreted(ScriptError::new(reason, position))
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

    #[cfg(test)]
    pub(crate) fn kernels(&self) -> &Kernels {
        &self.script.kernels
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

    /// Asks a compiled hook. `None` when it is not compiled, or when the interpreter has something to say about it.
    #[inline]
    fn quick(&mut self, hook: Hook, params: &[u32]) -> Option<[f32; 4]> {
        self.lanes.ask(hook, self.script.kernels.program(hook)?, params)
    }

    /// Asks the interpreter about `move_player`.
    fn ask_move_player(&self, query: MoveQuery) -> Result<Vec2, RulesError> {
        let MoveQuery { velocity, direction, dt } = query;
        self.ask(Hook::MovePlayer, (velocity.x, velocity.y, direction.x, direction.y, dt), |answer| {
            let [vx, vy] = answer::numbers(Hook::MovePlayer, answer)?;
            answer::velocity(vx, vy)
        })
    }

    /// Asks the interpreter and reads its answer.
    fn ask<T>(
        &self,
        hook: Hook,
        args: impl FuncArgs,
        read: impl FnOnce(&Dynamic) -> Result<T, String>,
    ) -> Result<T, RulesError> {
        let answer = self.interpret(hook, args)?;
        read(&answer).map_err(|message| ScriptError::new(message, self.position_of(hook)).in_hook(hook))
    }

    /// What the interpreter answers.
    pub(crate) fn interpret(&self, hook: Hook, args: impl FuncArgs) -> Result<Dynamic, RulesError> {
        let Script { engine, ast, .. } = &*self.script;
        let options = CallFnOptions::new().eval_ast(false);
        engine.call_fn_with_options(options, &mut Scope::new(), ast, hook.name(), args).map_err(|error| {
            // The engine does not say where; nearly always it is in a loop.
            let limit = matches!(
                *error,
                EvalAltResult::ErrorTooManyOperations(_) | EvalAltResult::ErrorDataTooLarge(..)
            );
            let loop_position = if limit { check::first_loop(ast, hook.name()) } else { None };
            let fallback = loop_position.unwrap_or(self.position_of(hook));
            ScriptError::from_engine(*error, fallback).in_hook(hook)
        })
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
        let params = [velocity.x, velocity.y, direction.x, direction.y, dt].map(f32::to_bits);
        if let Some([vx, vy, ..]) = self.quick(Hook::MovePlayer, &params)
            && let Ok(velocity) = answer::velocity(vx, vy)
        {
            return Ok(velocity);
        }
        self.ask_move_player(query)
    }

    fn move_players(&mut self, queries: &[MoveQuery], velocities: &mut Vec<Vec2>) -> Result<(), RulesError> {
        velocities.clear();
        if !self.scripted.contains(Hook::MovePlayer) {
            let tuning = self.tuning();
            velocities.extend(queries.iter().map(|query| native::move_player(tuning, *query)));
            return Ok(());
        }
        let script = Shared::clone(&self.script);
        let Some(program) = script.kernels.program(Hook::MovePlayer) else {
            for query in queries {
                velocities.push(self.ask_move_player(*query)?);
            }
            return Ok(());
        };
        velocities.reserve(queries.len());
        for crowd in queries.chunks(HookLanes::CROWD) {
            self.lanes.move_crowd(program, crowd);
            for (lane, query) in crowd.iter().enumerate() {
                let answer =
                    self.lanes.moved(program, lane).and_then(|(vx, vy)| answer::velocity(vx, vy).ok());
                velocities.push(match answer {
                    Some(velocity) => velocity,
                    None => self.ask_move_player(*query)?,
                });
            }
        }
        Ok(())
    }

    fn strike(&mut self, query: StrikeQuery) -> Result<StrikeOutcome, RulesError> {
        if !self.scripted.contains(Hook::Strike) {
            return Ok(native::strike(self.tuning(), query));
        }
        let usual = self.script.tuning.strike_knockback;
        let StrikeQuery { distance, facing, attacker_hp, target_hp } = query;
        let params = [distance.to_bits(), facing.to_bits(), attacker_hp as u32, target_hp as u32];
        if let Some([damage, knockback, ..]) = self.quick(Hook::Strike, &params)
            && let (Ok(damage), Ok(knockback)) = (answer::damage(damage), answer::knockback(knockback))
        {
            return Ok(StrikeOutcome { damage, knockback });
        }
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
        let params = [position.x, position.y, velocity.x, velocity.y, dt].map(f32::to_bits);
        if let Some([x, y, vx, vy]) = self.quick(Hook::MoveOrb, &params)
            && let (Ok(position), Ok(velocity)) = (answer::position(x, y), answer::velocity(vx, vy))
        {
            return Ok(OrbMotion { position, velocity });
        }
        self.ask(Hook::MoveOrb, (position.x, position.y, velocity.x, velocity.y, dt), |answer| {
            let [x, y, vx, vy] = answer::numbers(Hook::MoveOrb, answer)?;
            Ok(OrbMotion { position: answer::position(x, y)?, velocity: answer::velocity(vx, vy)? })
        })
    }

    fn spawn_point(&mut self, random: [f32; 2]) -> Result<Vec2, RulesError> {
        if !self.scripted.contains(Hook::SpawnPoint) {
            return Ok(native::spawn_point(self.tuning(), random));
        }
        if let Some([x, y, ..]) = self.quick(Hook::SpawnPoint, &random.map(f32::to_bits))
            && let Ok(position) = answer::position(x, y)
        {
            return Ok(position);
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
        let by_orb_bits = if by_orb { u32::MAX } else { 0 };
        if let Some([points, heal, ..]) =
            self.quick(Hook::OnKill, &[killer_hp as u32, streak as u32, by_orb_bits])
            && let (Ok(points), Ok(heal)) = (answer::points(points), answer::heal(heal))
        {
            return Ok(KillOutcome { points, heal });
        }
        self.ask(Hook::OnKill, (killer_hp, streak, by_orb), |answer| {
            let (points, heal) = answer::one_or_two(Hook::OnKill, answer)?;
            Ok(KillOutcome { points: answer::points(points)?, heal: answer::heal(heal.unwrap_or(0.0))? })
        })
    }

    fn bot_think(&mut self, query: &BotQuery) -> Result<Option<BotWish>, RulesError> {
        if !self.scripted.contains(Hook::BotThink) {
            return Ok(None);
        }
        if let Some(answer) = self.quick(Hook::BotThink, &brain::bits(query))
            && let Ok(wish) = answer::wish(answer)
        {
            return Ok(Some(wish));
        }
        self.ask(Hook::BotThink, brain::args(query), |answer| {
            answer::wish(answer::numbers(Hook::BotThink, answer)?).map(Some)
        })
    }
}
