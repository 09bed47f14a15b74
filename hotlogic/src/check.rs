//! What can be said of a script without running it: every name in it must mean something.
//!
//! The engine finds an unknown function or variable only when it gets there, which may be in the middle of a fight.
//! So the syntax tree is walked here, rarely taken branches included.

use crate::engine::Constants;
use crate::error::ScriptError;
use crate::hooks::{Hook, HookSet};
use crate::math;
use crate::reference::functions::takes_function;
use rhai::{AST, ASTFlags, ASTNode, Engine, Expr, FnCallExpr, Position, Stmt};
use sim::Tuning;
use sim::tuning::edit_distance;
use std::collections::{BTreeMap, BTreeSet};

/// Functions that are part of the language.
const KEYWORDS: &[&str] = &["print", "debug", "type_of"];

/// What is wrong with a script, in no particular order.
pub(crate) type Problems = Vec<ScriptError>;

/// The top level holds only constants and functions.
pub(crate) fn top_level(ast: &AST) -> Problems {
    let mut problems = Problems::new();
    let mut seen = BTreeSet::new();
    for statement in ast.statements() {
        let Stmt::Var(parts, flags, _) = statement else {
            if matches!(statement, Stmt::Noop(_)) {
                continue;
            }
            problems.push(ScriptError::new(
                "outside of functions a script may only have `const NAME = value;`",
                statement.position(),
            ));
            continue;
        };
        let (name, position) = (parts.0.name.as_str(), parts.0.pos);
        let is_constant = flags.contains(ASTFlags::CONSTANT);
        problems.extend(
            constant_problem(name, is_constant, !seen.insert(name))
                .map(|message| ScriptError::new(message, position)),
        );
    }
    problems
}

fn constant_problem(name: &str, is_constant: bool, again: bool) -> Option<String> {
    if !is_constant {
        return Some(format!(
            "`{name}` outside of functions must be `const`: rules keep no state between two calls"
        ));
    }
    if Tuning::default().get(name).is_some() {
        return Some(format!("`{name}` is a tuning number: set it in `const TUNING = #{{ {name}: ... }};`"));
    }
    if crate::constants::BUILT_IN.iter().any(|(built_in, _)| *built_in == name) {
        return Some(format!("`{name}` is a constant of the game already"));
    }
    again.then(|| format!("`{name}` is defined twice"))
}

/// Hooks have the right parameters, and no function only looks like a hook or hides a built-in one.
pub(crate) fn functions(ast: &AST, source: &str) -> (BTreeMap<Hook, Position>, Problems) {
    let mut hooks = BTreeMap::new();
    let mut problems = Vec::new();
    for function in ast.iter_fn_def() {
        let position = name_position(source, &function.name, function.body.start_position());
        if let Some(message) = function_problem(&function.name, function.params.len()) {
            problems.push(ScriptError::new(message, position));
        }
        if let Some(hook) = Hook::by_name(&function.name) {
            hooks.insert(hook, position);
        }
    }
    (hooks, problems)
}

/// The set of the hooks in `positions`.
pub(crate) fn hook_set(positions: &BTreeMap<Hook, Position>) -> HookSet {
    let mut set = HookSet::default();
    positions.keys().for_each(|hook| set.insert(*hook));
    set
}

/// Fails with the one that stands first in the script: the engine visits functions in no particular order.
///
/// # Errors
/// There is one.
pub(crate) fn first_of(problems: Problems) -> Result<(), ScriptError> {
    problems.into_iter().min_by_key(|problem| (problem.line, problem.column)).map_or(Ok(()), Err)
}

fn function_problem(name: &str, count: usize) -> Option<String> {
    if let Some(hook) = Hook::by_name(name) {
        let wanted = hook.params().len();
        let problem = format!("`{name}` must have {wanted} parameters, not {count}: {}", hook.signature());
        return (count != wanted).then_some(problem);
    }
    if let Some(hook) = Hook::meant_by(name) {
        return Some(format!("`{name}` is not a hook; did you mean {}?", hook.name()));
    }
    let taken = math::RESERVED.contains(&name);
    taken.then(|| format!("`{name}` is a function of the game already; choose another name"))
}

/// Every variable and function that is used exists, and no local variable hides a constant.
pub(crate) fn names(ast: &AST, source: &str, engine: &Engine, constants: &Constants) -> Problems {
    names_but(ast, source, engine, constants, None)
}

/// The same, but the constant called `free` may read tuning numbers.
pub(crate) fn names_but(
    ast: &AST,
    source: &str,
    engine: &Engine,
    constants: &Constants,
    free: Option<&str>,
) -> Problems {
    let mut problems = Problems::new();
    for function in ast.iter_fn_def() {
        if let Some(param) = function.params.iter().find(|param| constants.contains_key(param.as_str())) {
            problems
                .push(hidden(param, name_position(source, &function.name, function.body.start_position())));
        }
    }
    let known = KnownFunctions::new(ast, engine);
    let top_level: BTreeSet<&str> = ast.statements().iter().filter_map(defined_name).collect();
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        let defines = match path.first() {
            Some(ASTNode::Stmt(root)) => defined_name(root).filter(|name| top_level.contains(name)),
            _ => None,
        };
        let at_top = defines.is_some();
        problems.extend(match path.last() {
            Some(ASTNode::Stmt(statement)) if !(at_top && path.len() == 1) => {
                statement_problem(statement, &known, constants)
            }
            Some(ASTNode::Expr(expr)) => {
                expression_problem(expr, &known, constants, at_top && defines != free)
            }
            _ => None,
        });
        true
    });
    problems
}

fn defined_name(statement: &Stmt) -> Option<&str> {
    if let Stmt::Var(parts, ..) = statement { Some(parts.0.name.as_str()) } else { None }
}

fn statement_problem(statement: &Stmt, known: &KnownFunctions, constants: &Constants) -> Option<ScriptError> {
    let hides = |name: &str, position| constants.contains_key(name).then(|| hidden(name, position));
    match statement {
        Stmt::Var(parts, ..) => hides(&parts.0.name, parts.0.pos),
        Stmt::For(parts, ..) => {
            let counter = parts.1.as_ref().and_then(|counter| hides(&counter.name, counter.pos));
            hides(&parts.0.name, parts.0.pos).or(counter)
        }
        Stmt::FnCall(call, position) => known.problem(call, 0, *position),
        Stmt::Assignment(parts) => match &parts.1.lhs {
            Expr::Variable(variable, _, position) if constants.contains_key(variable.1.as_str()) => Some(
                ScriptError::new(format!("`{}` is a constant and cannot be changed", variable.1), *position),
            ),
            _ => None,
        },
        _ => None,
    }
}

fn expression_problem(
    expr: &Expr,
    known: &KnownFunctions,
    constants: &Constants,
    at_top: bool,
) -> Option<ScriptError> {
    match expr {
        Expr::Variable(variable, short_index, position) if short_index.is_none() && variable.0.is_none() => {
            let name = variable.1.as_str();
            if !constants.contains_key(name) {
                return Some(ScriptError::new(unknown_variable(name, constants), *position));
            }
            let tuning = at_top && Tuning::default().get(name).is_some();
            tuning.then(|| {
                ScriptError::new(
                    format!("the tuning number `{name}` can only be read inside of functions"),
                    *position,
                )
            })
        }
        Expr::FnCall(call, position) => known.problem(call, 0, *position),
        Expr::MethodCall(call, position) => known.problem(call, 1, *position),
        Expr::ThisPtr(position) => Some(ScriptError::new("`this` does not exist in rules", *position)),
        _ => None,
    }
}

fn hidden(name: &str, position: Position) -> ScriptError {
    let what = if Tuning::default().get(name).is_some() { "a tuning number" } else { "a constant" };
    ScriptError::new(format!("`{name}` is {what}; give the variable another name"), position)
}

fn unknown_variable(name: &str, constants: &Constants) -> String {
    let near = constants.keys().map(|known| (edit_distance(name, known), known)).min();
    match near.filter(|(distance, _)| *distance <= 2 && *distance < name.len()) {
        Some((_, known)) => format!("`{name}` is not defined; did you mean `{known}`?"),
        None => format!("`{name}` is not defined"),
    }
}

/// Names and numbers of parameters of everything that can be called.
struct KnownFunctions(BTreeMap<String, BTreeSet<usize>>);

impl KnownFunctions {
    fn new(ast: &AST, engine: &Engine) -> Self {
        let mut known: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        let native = engine.collect_fn_metadata(
            None,
            |info| Some((info.metadata.name.to_string(), info.metadata.num_params)),
            true,
        );
        let scripted = ast.iter_functions().map(|function| (function.name.to_owned(), function.params.len()));
        let native = native.into_iter().filter(|(name, count)| !takes_function(name, *count));
        for (name, params) in native.chain(scripted) {
            known.entry(name).or_default().insert(params);
        }
        Self(known)
    }

    /// `receivers` is 1 for `a.f(b)`, which is `f(a, b)`.
    fn problem(&self, call: &FnCallExpr, receivers: usize, position: Position) -> Option<ScriptError> {
        let name = call.name.as_str();
        if call.is_operator_call() || KEYWORDS.contains(&name) {
            return None;
        }
        let given = call.args.len() + receivers;
        let Some(counts) = self.0.get(name) else {
            return Some(ScriptError::new(self.unknown(name, given), position));
        };
        if counts.contains(&given) {
            return None;
        }
        let wanted: Vec<String> = counts.iter().map(ToString::to_string).collect();
        let plural = if wanted == ["1"] { "" } else { "s" };
        let message = format!("`{name}` takes {} argument{plural}, not {given}", wanted.join(" or "));
        Some(ScriptError::new(message, position))
    }

    fn unknown(&self, name: &str, given: usize) -> String {
        if takes_function(name, given) {
            return format!("`{name}` needs a function as a value, which rules do not have: use a loop");
        }
        let is_word =
            |known: &str| known.starts_with(|c: char| c.is_ascii_alphabetic()) && !known.contains('$');
        let near = self
            .0
            .keys()
            .filter(|known| is_word(known))
            .map(|known| (edit_distance(name, known), known))
            .min();
        match near.filter(|(distance, _)| *distance <= 2 && *distance < name.len()) {
            Some((_, known)) => format!("there is no function `{name}`; did you mean `{known}`?"),
            None => format!("there is no function `{name}`"),
        }
    }
}

/// The first loop of a function: what to point at when the function works for too long or gathers too much.
pub(crate) fn first_loop(ast: &AST, function: &str) -> Option<Position> {
    let definition = ast.iter_fn_def().find(|definition| definition.name == function)?;
    let body = definition.body.start_position()..=definition.body.end_position();
    let mut loops = Vec::new();
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some(ASTNode::Stmt(inner @ (Stmt::While(..) | Stmt::Do(..) | Stmt::For(..)))) = path.last() {
            loops.push(inner.position());
        }
        true
    });
    loops.into_iter().filter(|position| body.contains(position)).min()
}

/// Where the name of a function stands: the engine only knows where its body begins.
pub(crate) fn name_position(source: &str, name: &str, body: Position) -> Position {
    let (Some(line), Some(column)) = (body.line(), body.position()) else { return body };
    let lines: Vec<&str> = source.lines().take(line).collect();
    for (index, text) in lines.iter().enumerate().rev() {
        let end = if index + 1 == line {
            text.char_indices().nth(column - 1).map_or(text.len(), |(at, _)| at)
        } else {
            text.len()
        };
        let Some(at) = defined_at(&text[..end], name) else { continue };
        let column = text[..at].chars().count() + 1;
        return Position::new((index + 1) as u16, column.min(usize::from(u16::MAX)) as u16);
    }
    body
}

/// Byte offset of `name` in `fn name`, the last one in the line.
fn defined_at(line: &str, name: &str) -> Option<usize> {
    line.rmatch_indices(name).map(|(at, _)| at).find(|at| {
        let before = line[..*at].trim_end();
        let after = line[*at + name.len()..].trim_start();
        before.len() < *at && before.ends_with("fn") && (after.is_empty() || after.starts_with('('))
    })
}
