//! The script engine: what a script may use, and how much of it. The checker and the game use the same numbers.

use crate::error::ScriptError;
use crate::math;
use rhai::packages::{
    ArithmeticPackage, BasicArrayPackage, BasicIteratorPackage, BasicMapPackage, LogicPackage, Package,
};
use rhai::{AST, Dynamic, Engine, Scope, Shared};
use std::collections::BTreeMap;

/// Operations (roughly: sub-expressions evaluated) of one call, or of all constants together.
pub(crate) const MAX_OPERATIONS: u64 = 20_000;
/// Functions that call each other.
pub(crate) const MAX_CALL_LEVELS: usize = 16;
/// Nesting of expressions and blocks. With 16 call levels it fits the stack of a browser with room to spare.
pub(crate) const MAX_EXPR_DEPTH: usize = 32;
/// Bytes of a string, elements of an array (nested ones included), properties of a map. Small, because copying or
/// searching one is a single operation.
pub(crate) const MAX_STRING: usize = 256;
pub(crate) const MAX_ARRAY: usize = 64;
pub(crate) const MAX_MAP: usize = 64;
/// Variables at a time, and functions of a script.
pub(crate) const MAX_VARIABLES: usize = 128;
pub(crate) const MAX_FUNCTIONS: usize = 64;

/// What a script could use to run text as code, to reach a function in a way that no check can see, or to get a
/// result that differs between machines (`**` uses the machine's own power function; `pow` does not).
const DISABLED: &[&str] =
    &["eval", "Fn", "call", "curry", "is_def_var", "is_def_fn", "is_shared", "**", "**=", "try", "catch"];

/// Constants by name, as functions see them.
pub(crate) type Constants = Shared<BTreeMap<String, Dynamic>>;

/// An engine without any constants: enough to parse a script and to evaluate its top level.
///
/// Packages are chosen one by one: the standard bundle brings `sleep`, which blocks in spite of all limits.
pub(crate) fn bare() -> Engine {
    let mut engine = Engine::new_raw();
    ArithmeticPackage::new().register_into_engine(&mut engine);
    LogicPackage::new().register_into_engine(&mut engine);
    BasicIteratorPackage::new().register_into_engine(&mut engine);
    BasicArrayPackage::new().register_into_engine(&mut engine);
    BasicMapPackage::new().register_into_engine(&mut engine);
    math::register(&mut engine);
    // Instead of the package for strings, whose functions cost one operation however long their argument is.
    engine.register_fn("print", |_: Dynamic| ());
    engine.register_fn("debug", |_: Dynamic| ());

    engine
        .set_max_operations(MAX_OPERATIONS)
        .set_max_call_levels(MAX_CALL_LEVELS)
        .set_max_expr_depths(MAX_EXPR_DEPTH, MAX_EXPR_DEPTH)
        .set_max_string_size(MAX_STRING)
        .set_max_array_size(MAX_ARRAY)
        .set_max_map_size(MAX_MAP)
        .set_max_variables(MAX_VARIABLES)
        .set_max_functions(MAX_FUNCTIONS)
        .set_max_strings_interned(256)
        .set_fail_on_invalid_map_property(true)
        .set_allow_anonymous_fn(false);
    for symbol in DISABLED {
        engine.disable_symbol(*symbol);
    }
    engine
}

/// The syntax tree of a script, with the constants of `scope` written into it as far as `engine` optimises.
///
/// # Errors
/// The script cannot be read.
pub(crate) fn parse(engine: &Engine, scope: &Scope<'_>, source: &str) -> Result<AST, ScriptError> {
    engine.compile_with_scope(scope, source).map_err(|error| ScriptError::from_parser(&error, source))
}

/// An engine whose functions see `constants` by name.
///
/// The optimiser has put most of them into the code already; the resolver serves what it leaves, such as `TABLE[i]`.
/// An index other than 0 means a variable of the function itself.
pub(crate) fn with_constants(constants: Constants) -> Engine {
    let mut engine = bare();
    #[expect(deprecated, reason = "the engine marks it as volatile, not as going away")]
    engine.on_var(move |name, index, _| Ok(if index == 0 { constants.get(name).cloned() } else { None }));
    engine
}
