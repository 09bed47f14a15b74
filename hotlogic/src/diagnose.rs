//! Everything that can be said of a script while it is being written: all errors at once, and what is allowed but looks
//! like a mistake. Nothing is played here; [`dry_run`](crate::dry_run()) does that.

use crate::check::{self, Problems};
use crate::constants;
use crate::engine::{bare, parse};
use crate::error::ScriptError;
use crate::hooks::Hook;
use crate::rules::RhaiRules;
use rhai::{AST, ASTNode, Expr, OptimizationLevel, Position, Scope, Stmt};
use sim::tuning::edit_distance;
use std::collections::BTreeSet;

/// Most remarks on one script: whoever has more reads the first ones first.
const MAX_DIAGNOSTICS: usize = 100;
/// Functions that nothing calls are compared with hooks up to this many edits away; nearer ones are errors.
const FAR_EDITS: usize = 4;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The script is refused.
    Error,
    /// The script is accepted, but hardly does what its author thinks.
    Warning,
}

impl Severity {
    /// As the API says it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// A remark on a script, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What it is, and where.
    pub error: ScriptError,
}

/// All that can be found in a script without playing: errors and warnings in the order of their places. It has no error
/// exactly if [`RhaiRules::compile`] accepts the script.
#[must_use]
pub fn diagnose(source: &str) -> Vec<Diagnostic> {
    let remarks =
        |severity, problems: Problems| problems.into_iter().map(move |error| Diagnostic { severity, error });
    let mut diagnostics: Vec<Diagnostic> = match parse_plain(source) {
        Err(error) => return vec![Diagnostic { severity: Severity::Error, error }],
        Ok(ast) => {
            let mut errors = errors(&ast, source);
            if errors.is_empty() {
                // With its constants written into it a script may still be too much for the parser.
                errors.extend(RhaiRules::compile(source).err());
            }
            // Where names are wrong, "not used" would only say the same again.
            let warnings = if errors.is_empty() { warnings(&ast, source) } else { divisions(&ast) };
            remarks(Severity::Error, errors).chain(remarks(Severity::Warning, warnings)).collect()
        }
    };
    diagnostics.sort_by_key(|found| (found.error.line, found.error.column, found.severity));
    diagnostics.dedup();
    diagnostics.truncate(MAX_DIAGNOSTICS);
    diagnostics
}

/// The syntax tree as it was written: what the optimiser would drop as dead is checked, too.
///
/// # Errors
/// The script is too long or cannot be read.
pub(crate) fn parse_plain(source: &str) -> Result<AST, ScriptError> {
    if source.len() > crate::MAX_SCRIPT_BYTES {
        let (is, most) = (source.len(), crate::MAX_SCRIPT_BYTES);
        let message = format!("the script has {is} bytes; at most {most} are allowed");
        return Err(ScriptError::new(message, Position::NONE));
    }
    let mut parser = bare();
    parser.set_optimization_level(OptimizationLevel::None);
    parse(&parser, &Scope::new(), source)
}

fn errors(ast: &AST, source: &str) -> Problems {
    let mut problems = check::top_level(ast);
    let sound_top_level = problems.is_empty();
    problems.extend(check::functions(ast, source).1);
    problems.extend(check::names(ast, source, &bare(), &constants::visible_names(ast)));
    if sound_top_level {
        match constants::evaluate(ast) {
            Ok(values) => problems.extend(constants::tuning(ast, &values).err().unwrap_or_default()),
            // A name that is not there is known already.
            Err(error) if problems.is_empty() => problems.push(error),
            Err(_) => {}
        }
    }
    problems
}

fn warnings(ast: &AST, source: &str) -> Problems {
    let mut used = Used::default();
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        used.see(path.last());
        true
    });
    let mut warnings = divisions(ast);
    for statement in ast.statements() {
        let Stmt::Var(parts, ..) = statement else { continue };
        let name = parts.0.name.as_str();
        if name != constants::TUNING && !used.variables.contains(name) {
            warnings.push(ScriptError::new(format!("the constant `{name}` is never used"), parts.0.pos));
        }
    }
    for function in ast.iter_fn_def() {
        let name = function.name.as_str();
        if Hook::by_name(name).is_none() && !used.functions.contains(name) {
            let position = check::name_position(source, name, function.body.start_position());
            warnings.push(ScriptError::new(never_called(name), position));
        }
    }
    for position in used.prints {
        warnings.push(ScriptError::new("this does nothing: rules have no output", position));
    }
    warnings
}

/// For a function that the game does not know and the script does not call.
fn never_called(name: &str) -> String {
    let words = |name: &str| -> String { name.to_lowercase().replace('_', "") };
    let nearest = Hook::ALL.into_iter().min_by_key(|hook| edit_distance(&words(name), &words(hook.name())));
    match nearest
        .filter(|hook| edit_distance(&words(name), &words(hook.name())) <= FAR_EDITS.min(name.len() / 2))
    {
        Some(hook) => {
            format!("nothing calls `{name}`, and it is not a hook; did you mean `{}`?", hook.name())
        }
        None => format!("nothing calls `{name}`: neither the game nor this script"),
    }
}

/// Ints that are divided with something left over, such as `1 / 2`, which is 0.
fn divisions(ast: &AST) -> Problems {
    let mut found = Problems::new();
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some(ASTNode::Expr(Expr::FnCall(call, position))) = path.last()
            && call.name == "/"
            && let [Expr::IntegerConstant(left, _), Expr::IntegerConstant(right, _)] = &call.args[..]
            && left.checked_rem(*right).is_some_and(|rest| rest != 0)
        {
            let message =
                format!("`{left} / {right}` is {}: ints give an int; write `{left}.0`", left / right);
            found.push(ScriptError::new(message, *position));
        }
        true
    });
    found
}

/// Names that a script uses.
#[derive(Default)]
struct Used {
    variables: BTreeSet<String>,
    functions: BTreeSet<String>,
    prints: Vec<Position>,
}

impl Used {
    fn see(&mut self, node: Option<&ASTNode<'_>>) {
        match node {
            Some(ASTNode::Expr(Expr::Variable(variable, ..))) => {
                self.variables.insert(variable.1.to_string());
            }
            Some(
                ASTNode::Expr(Expr::FnCall(call, position) | Expr::MethodCall(call, position))
                | ASTNode::Stmt(Stmt::FnCall(call, position)),
            ) => {
                if matches!(call.name.as_str(), "print" | "debug") {
                    self.prints.push(*position);
                }
                self.functions.insert(call.name.to_string());
            }
            _ => {}
        }
    }
}
