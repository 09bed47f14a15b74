//! The constants of a script: evaluated once, then part of the code. The map `TUNING` sets the numbers of the game.

use crate::check::Problems;
use crate::engine::{Constants, bare};
use crate::error::ScriptError;
use rhai::{AST, Dynamic, Expr, Position, Scope, Stmt};
use sim::Tuning;
use std::collections::BTreeMap;

/// Constants that every script has.
pub(crate) const BUILT_IN: &[(&str, f32)] = &[("PI", std::f32::consts::PI), ("TAU", std::f32::consts::TAU)];

/// Name of the map of tuning numbers.
pub(crate) const TUNING: &str = "TUNING";

/// The names that functions will be able to read, before anything is evaluated.
pub(crate) fn visible_names(ast: &AST) -> Constants {
    let own = ast.statements().iter().filter_map(|statement| match statement {
        Stmt::Var(parts, ..) => Some(parts.0.name.as_str()),
        _ => None,
    });
    let built_in = BUILT_IN.iter().map(|(name, _)| *name);
    let values = own.chain(built_in).map(|name| (name.to_owned(), Dynamic::UNIT)).collect();
    visible(values, &Tuning::default())
}

/// Values of the top level. Runs script code, under all limits.
pub(crate) fn evaluate(ast: &AST) -> Result<BTreeMap<String, Dynamic>, ScriptError> {
    evaluate_on(ast, None)
}

/// The same; with `tuning`, its numbers can be read by name.
pub(crate) fn evaluate_on(
    ast: &AST,
    tuning: Option<&Tuning>,
) -> Result<BTreeMap<String, Dynamic>, ScriptError> {
    let mut scope = Scope::new();
    for (name, value) in BUILT_IN {
        scope.push_constant(*name, *value);
    }
    if let Some(tuning) = tuning {
        for field in Tuning::FIELDS {
            scope.push_constant(field.name, tuning.get(field.name).unwrap_or(field.default));
        }
    }
    bare().run_ast_with_scope(&mut scope, ast).map_err(|error| {
        let first = ast.statements().first().map_or(Position::NONE, Stmt::position);
        ScriptError::from_engine(*error, first)
    })?;
    Ok(scope.iter().map(|(name, _, value)| (name.to_owned(), value)).collect())
}

/// The tuning numbers with what the script's `TUNING` map says.
///
/// # Errors
/// All entries that are wrong, in the order of their places.
pub(crate) fn tuning(ast: &AST, values: &BTreeMap<String, Dynamic>) -> Result<Tuning, Problems> {
    let mut tuning = Tuning::default();
    let Some(value) = values.get(TUNING) else { return Ok(tuning) };
    let positions = entry_positions(ast);
    let whole = positions.get("").copied().unwrap_or(Position::NONE);
    let Ok(map) = value.as_map_ref() else {
        return Err(vec![ScriptError::new(
            "TUNING must be a map: `const TUNING = #{ player_speed: 300.0 };`",
            whole,
        )]);
    };
    let mut entries: Vec<(&str, &Dynamic, Position)> = map
        .iter()
        .map(|(name, value)| (name.as_str(), value, positions.get(name.as_str()).copied().unwrap_or(whole)))
        .collect();
    entries.sort_by_key(|(_, _, position)| (position.line(), position.position()));
    let mut problems = Problems::new();
    for (name, value, position) in entries {
        let set = match crate::answer::number(value) {
            Some(number) => tuning.set(name, number).map_err(|error| format!("TUNING: {error}")),
            None => {
                let kind = crate::error::kind_of(value);
                Err(format!("TUNING: \"{name}\" must be a number, not {kind}"))
            }
        };
        problems.extend(set.err().map(|message| ScriptError::new(message, position)));
    }
    if problems.is_empty() { Ok(tuning) } else { Err(problems) }
}

/// What the `TUNING` map of a card sets, within the bounds of each number.
///
/// # Errors
/// All entries that are wrong, in the order of their places.
pub(crate) fn card_numbers(
    ast: &AST,
    values: &BTreeMap<String, Dynamic>,
) -> Result<Vec<(&'static str, f32)>, Problems> {
    if !ast
        .statements()
        .iter()
        .any(|statement| matches!(statement, Stmt::Var(parts, ..) if parts.0.name == TUNING))
    {
        return Ok(Vec::new());
    }
    let mut within = values.clone();
    if let Some(mut map) = within.get_mut(TUNING).and_then(|value| value.write_lock::<rhai::Map>()) {
        for (name, value) in map.iter_mut() {
            let field = Tuning::FIELDS.iter().find(|field| field.name == name.as_str());
            if let (Some(field), Some(number)) = (field, crate::answer::number(value)) {
                // What is no number stays so, and is refused.
                *value = number.clamp(field.min, field.max).into();
            }
        }
    }
    let tuning = tuning(ast, &within)?;
    let map = within.get(TUNING).and_then(|value| value.as_map_ref().ok());
    let names = |name: &str| map.as_ref().is_some_and(|map| map.contains_key(name));
    let set = Tuning::FIELDS.iter().filter(|field| names(field.name));
    Ok(set.map(|field| (field.name, tuning.get(field.name).unwrap_or(field.default))).collect())
}

/// Everything that functions can read by name: built-in constants, the script's own, and all tuning numbers.
pub(crate) fn visible(mut values: BTreeMap<String, Dynamic>, tuning: &Tuning) -> Constants {
    for field in Tuning::FIELDS {
        let value = tuning.get(field.name).unwrap_or(field.default);
        values.insert(field.name.to_owned(), value.into());
    }
    values.into()
}

/// Where the entries of the `TUNING` map stand; the map itself under the empty name.
fn entry_positions(ast: &AST) -> BTreeMap<&str, Position> {
    let mut positions = BTreeMap::new();
    for statement in ast.statements() {
        let Stmt::Var(parts, ..) = statement else { continue };
        if parts.0.name != TUNING {
            continue;
        }
        positions.insert("", parts.0.pos);
        if let Expr::Map(map, _) = &parts.1 {
            positions.extend(map.0.iter().map(|(key, _)| (key.name.as_str(), key.pos)));
        }
    }
    positions
}
