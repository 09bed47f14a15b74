//! From source to rules, in the order in which things can go wrong.

use crate::check::first_of;
use crate::diagnose::parse_plain;
use crate::engine::{Constants, bare, parse, with_constants};
use crate::error::ScriptError;
use crate::kernel::Kernels;
use crate::rules::{RhaiRules, Script};
use crate::{check, constants};
use rhai::Scope;
use sim::Tuning;

impl RhaiRules {
    /// Compiles a script and checks all that can be checked without playing.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line and column.
    pub fn compile(source: &str) -> Result<Self, ScriptError> {
        let parsed = parse_plain(source)?;
        first_of(check::top_level(&parsed))?;
        let (hooks, problems) = check::functions(&parsed, source);
        first_of(problems)?;
        first_of(check::names(&parsed, source, &bare(), &constants::visible_names(&parsed)))?;

        let values = constants::evaluate(&parsed)?;
        let tuning = constants::tuning(&parsed, &values)
            .or_else(|problems| first_of(problems).map(|()| Tuning::default()))?;
        let constants = constants::visible(values, &tuning);
        let engine = with_constants(constants.clone());
        let ast = parse(&engine, &scope_of(&constants), source)?;
        let source = source.into();
        let kernels = Kernels::compile(&ast, &constants, &tuning, &hooks);
        Ok(Self::new(Script { source, engine, ast, constants, own: tuning.clone(), tuning, hooks, kernels }))
    }

    /// The same rules in an arena that is `scale` times as wide and high: scripts read its size by name. Whoever calls
    /// this gets the same rules everywhere.
    #[must_use]
    pub fn scaled(&self, scale: f32) -> Self {
        let own = self.own_tuning();
        let tuning = own.scaled(scale);
        if tuning == *self.tuning() {
            return self.clone();
        }
        let constants = constants::visible(self.constants().as_ref().clone(), &tuning);
        let engine = with_constants(constants.clone());
        // What could be compiled with some numbers can be with others; if not, nobody scales.
        let Ok(ast) = parse(&engine, &scope_of(&constants), self.source()) else { return self.clone() };
        let kernels = Kernels::compile(&ast, &constants, &tuning, self.positions());
        Self::new(Script {
            kernels,
            source: self.source().into(),
            engine,
            ast,
            constants,
            own: own.clone(),
            tuning,
            hooks: self.positions().clone(),
        })
    }
}

/// Constants for the optimiser, which writes their values into the code.
fn scope_of(constants: &Constants) -> Scope<'static> {
    let mut scope = Scope::new();
    for (name, value) in constants.iter() {
        scope.push_constant_dynamic(name.as_str(), value.clone());
    }
    scope
}
