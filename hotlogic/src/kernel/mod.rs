//! Hooks without the interpreter: a hook that only calculates becomes a short program for many players at once.
//!
//! [`lower`] turns a function's syntax tree into a [`Program`](program::Program), and [`run`] runs it over lanes, one
//! question each. What a program does is what the interpreter would have done, to the bit. Whatever lies outside of the
//! subset (loops, strings, maps, indexing, values whose type depends on the way taken) stays with the interpreter, and a
//! lane in which something goes wrong is asked again there, so that the author reads the same error either way.
//!
//! There are no loops in a program, so its length bounds its time: it cannot get around the limit of operations.

mod builder;
mod builtins;
mod compare;
mod expressions;
mod lower;
mod operators;
pub(crate) mod program;
pub(crate) mod run;
mod source;
#[cfg(test)]
mod tests;
mod values;

use crate::engine::Constants;
use crate::hooks::Hook;
use program::Program;
use rhai::{AST, Position};
use sim::Tuning;
use std::collections::BTreeMap;

/// Why a function stays with the interpreter, and where.
#[derive(Clone, Debug)]
pub(crate) struct Unfit {
    pub(crate) reason: String,
    pub(crate) position: Position,
}

impl Unfit {
    fn new(reason: impl Into<String>, position: Position) -> Self {
        Self { reason: reason.into(), position }
    }
}

/// The hooks of a script, compiled where that was possible.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kernels(BTreeMap<Hook, Result<Program, Unfit>>);

impl Kernels {
    /// Compiles what can be compiled of `hooks`.
    pub(crate) fn compile(
        ast: &AST,
        constants: &Constants,
        tuning: &Tuning,
        hooks: &BTreeMap<Hook, Position>,
    ) -> Self {
        let functions = source::functions(ast);
        let compile = |hook: Hook, position: Position| {
            let functions = functions
                .as_ref()
                .ok_or_else(|| Unfit::new("the script could not be taken apart", position))?;
            lower::hook(hook, position, functions, constants, tuning)
        };
        Self(hooks.iter().map(|(hook, position)| (*hook, compile(*hook, *position))).collect())
    }

    /// The program of a hook that has one.
    pub(crate) fn program(&self, hook: Hook) -> Option<&Program> {
        self.0.get(&hook)?.as_ref().ok()
    }

    /// Why a hook has none; `None` for one that has, and for one that the script leaves out.
    pub(crate) fn unfit(&self, hook: Hook) -> Option<&Unfit> {
        self.0.get(&hook)?.as_ref().err()
    }
}
