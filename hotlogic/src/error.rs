//! What can be wrong with a script, in words for its author, with line and column.

use crate::hooks::Hook;
use rhai::{Dynamic, EvalAltResult, ParseError, Position};
use sim::RulesError;

/// A script was refused. Line and column are always known; where a whole script is at fault they are 1 and 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {}, column {}: {message}", line.unwrap_or(1), column.unwrap_or(1))]
pub struct ScriptError {
    /// What is wrong, without the position.
    pub message: String,
    /// Line in the script, from 1.
    pub line: Option<u32>,
    /// Column in the script, from 1.
    pub column: Option<u32>,
}

impl ScriptError {
    /// The word that was probably meant, where one is close.
    #[must_use]
    pub fn suggestion(&self) -> Option<&str> {
        let (_, words) = self.message.split_once("did you mean ")?;
        let word = words.trim_start_matches(['`', '"']).split(['`', '"', '?']).next()?;
        (!word.is_empty()).then_some(word)
    }

    pub(crate) fn new(message: impl Into<String>, position: Position) -> Self {
        let number = |n: Option<usize>| Some(n.unwrap_or(1) as u32);
        Self { message: message.into(), line: number(position.line()), column: number(position.position()) }
    }

    /// A script that the parser does not understand.
    pub(crate) fn from_parser(error: &ParseError, source: &str) -> Self {
        let position = if error.position().is_none() { end_of(source) } else { error.position() };
        Self::new(error.err_type().to_string(), position)
    }

    /// A script that failed while it was running; `fallback` is used where the engine does not know the position.
    pub(crate) fn from_engine(error: EvalAltResult, fallback: Position) -> Self {
        let (message, position) = explain(error);
        Self::new(message, if position.is_none() { fallback } else { position })
    }

    /// The same for the game, which wants to know the hook.
    pub(crate) fn in_hook(self, hook: Hook) -> RulesError {
        RulesError { hook: hook.name(), message: self.message, line: self.line, column: self.column }
    }
}

impl From<RulesError> for ScriptError {
    fn from(error: RulesError) -> Self {
        let RulesError { hook, message, line, column } = error;
        Self { message: format!("{hook}: {message}"), line: line.or(Some(1)), column: column.or(Some(1)) }
    }
}

/// Where a script that ends too early ends.
fn end_of(source: &str) -> Position {
    let line = source.lines().count().clamp(1, usize::from(u16::MAX));
    let column = source.lines().last().map_or(0, |last| last.chars().count()) + 1;
    Position::new(line as u16, column.min(usize::from(u16::MAX)) as u16)
}

/// The innermost cause and its position.
fn explain(error: EvalAltResult) -> (String, Position) {
    use EvalAltResult as E;
    match error {
        E::ErrorInFunctionCall(name, _, inner, position) => {
            let (message, inner_position) = explain(*inner);
            let place = if inner_position.is_none() { position } else { inner_position };
            let known = message.contains(" (in `");
            (if known { message } else { format!("{message} (in `{name}`)") }, place)
        }
        E::ErrorFunctionNotFound(signature, position) => (unknown_function(&signature), position),
        E::ErrorTooManyOperations(position) => {
            let limit = crate::engine::MAX_OPERATIONS;
            (
                format!("too much work: more than {limit} operations in one call; is there an endless loop?"),
                position,
            )
        }
        E::ErrorStackOverflow(position) => {
            let limit = crate::engine::MAX_CALL_LEVELS;
            (
                format!(
                    "functions call each other more than {limit} levels deep; is there an endless recursion?"
                ),
                position,
            )
        }
        E::ErrorDataTooLarge(what, position) => (format!("{} is too large", plain(&what)), position),
        E::ErrorRuntime(value, position) => {
            (format!("the script threw an error: {}", thrown(&value)), position)
        }
        mut other => {
            let position = other.take_position();
            (plain(&other.to_string()), position)
        }
    }
}

fn thrown(value: &Dynamic) -> String {
    if value.is_unit() { "(no message)".to_owned() } else { value.to_string() }
}

/// `name (type, type)` as the engine writes it, in words.
fn unknown_function(signature: &str) -> String {
    let (name, arguments) = signature.split_once('(').unwrap_or((signature, ")"));
    let (name, arguments) = (name.trim(), plain(arguments.trim_end_matches(')').trim()));
    let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    match (is_word, arguments.split_once(", ")) {
        (false, Some((left, right))) => format!("`{name}` cannot be applied to {left} and {right}"),
        (false, None) => format!("`{name}` cannot be applied to {arguments}"),
        (true, _) if arguments.is_empty() => format!("there is no function `{name}` without arguments"),
        (true, _) => format!("there is no function `{name}` that takes ({arguments})"),
    }
}

/// The names of types as authors know them.
fn plain(text: &str) -> String {
    text.replace("f32", "float").replace("i32", "int").replace("&str | ImmutableString | String", "string")
}

/// What kind of value this is, in words.
pub(crate) fn kind_of(value: &Dynamic) -> String {
    if let Some(array) = value.as_array_ref().ok().filter(|array| !array.is_empty()) {
        let kinds: Vec<String> = array.iter().take(6).map(kind_of).collect();
        let more = if array.len() > 6 { ", ..." } else { "" };
        return format!("[{}{more}]", kinds.join(", "));
    }
    match value {
        value if value.is_unit() => "nothing".to_owned(),
        value if value.is_array() => "an empty array".to_owned(),
        value if value.is_map() => "a map".to_owned(),
        value if value.is_string() => "a string".to_owned(),
        value => value.to_string(),
    }
}
