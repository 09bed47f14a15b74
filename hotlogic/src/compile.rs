//! From source to rules, in the order in which things can go wrong.

use crate::engine::{Constants, bare, with_constants};
use crate::error::ScriptError;
use crate::kernel::Kernels;
use crate::rules::{RhaiRules, Script};
use crate::{MAX_SCRIPT_BYTES, check, constants};
use rhai::{AST, Engine, OptimizationLevel, Position, Scope};

impl RhaiRules {
    /// Compiles a script and checks all that can be checked without playing.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line and column.
    pub fn compile(source: &str) -> Result<Self, ScriptError> {
        if source.len() > MAX_SCRIPT_BYTES {
            let message =
                format!("the script has {} bytes; at most {MAX_SCRIPT_BYTES} are allowed", source.len());
            return Err(ScriptError::new(message, Position::NONE));
        }
        let mut parser = bare();
        // Unoptimised: what the optimiser would drop as dead is checked, too.
        parser.set_optimization_level(OptimizationLevel::None);
        let parsed = parse(&parser, &Scope::new(), source)?;
        check::top_level(&parsed)?;
        let hooks = check::functions(&parsed, source)?;
        check::names(&parsed, source, &parser, &constants::visible_names(&parsed))?;

        let values = constants::evaluate(&parsed)?;
        let tuning = constants::tuning(&parsed, &values)?;
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

fn parse(engine: &Engine, scope: &Scope<'_>, source: &str) -> Result<AST, ScriptError> {
    engine.compile_with_scope(scope, source).map_err(|error| ScriptError::from_parser(&error, source))
}

/// Constants for the optimiser, which writes their values into the code.
fn scope_of(constants: &Constants) -> Scope<'static> {
    let mut scope = Scope::new();
    for (name, value) in constants.iter() {
        scope.push_constant_dynamic(name.as_str(), value.clone());
    }
    scope
}
