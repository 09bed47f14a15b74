//! The text of rules and a card together.
//!
//! First come the rules, line by line where they were, with the card's numbers in their `TUNING` map; then the card, whose own names
//! get a prefix so that they meet none of the rules'; then the `base_` functions that the card asks.

use super::card::{Card, base_name};
use super::places::{Composed, Moved};
use super::tokens::{Token, tokens};
use super::{OWN, REPLACED, base};
use crate::constants::{self, TUNING};
use crate::diagnose::parse_plain;
use crate::error::ScriptError;
use crate::hooks::Hook;
use rhai::{AST, Dynamic, Stmt};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::ops::Range;

/// A part of a text that becomes another.
struct Edit {
    range: Range<usize>,
    text: String,
}

pub(super) fn compose(card: &Card, rules: &str) -> Result<Composed, ScriptError> {
    let (rules_ast, card_ast) = (parse_plain(rules)?, parse_plain(&card.source)?);
    let numbers = numbers(&rules_ast, &card_ast)?;
    let (rules_tokens, card_tokens) = (tokens(rules), tokens(&card.source));
    let of_rules: BTreeSet<Hook> = hooks(&rules_ast).collect();
    let replaced: BTreeSet<Hook> =
        card.hooks.iter().copied().filter(|hook| of_rules.contains(hook)).collect();

    let mut edits = Vec::new();
    let place = tuning_statement(&rules_tokens);
    if let (Some(range), Some(numbers)) = (place.clone(), &numbers) {
        edits.push(Edit { text: in_lines_of(&rules[range.clone()], numbers), range });
    }
    edits.extend(calls(
        &rules_tokens,
        |name| Hook::by_name(name).is_some_and(|hook| replaced.contains(&hook)),
        REPLACED,
    ));
    let mut script = edited(rules, edits);
    if !script.ends_with('\n') {
        script.push('\n');
    }
    let lines_before = script.lines().count() as u32;

    let mut edits = own_names(&card_ast, &card_tokens);
    let moved = edits.iter().map(|edit| moved(&card.source, edit)).collect();
    if let (Some(range), Some(numbers)) = (tuning_statement(&card_tokens), &numbers) {
        // Where the rules have no map, the card's own becomes the one of both.
        let text = if place.is_some() { String::new() } else { numbers.clone() };
        edits.push(Edit { text: in_lines_of(&card.source[range.clone()], &text), range });
    }
    script.push_str(&edited(&card.source, edits));
    if !script.ends_with('\n') {
        script.push('\n');
    }
    let lines = card.source.lines().count() as u32;
    for hook in Hook::ALL.into_iter().filter(|hook| asks(&card_tokens, *hook)) {
        script.push_str(&base::function(hook, of_rules.contains(&hook), replaced.contains(&hook)));
    }
    Ok(Composed { script, lines_before, lines, moved })
}

/// The `TUNING` map of both, in one line; `None` when the card has none.
fn numbers(rules: &AST, card: &AST) -> Result<Option<String>, ScriptError> {
    let own = constants::evaluate(rules)?;
    let first = |problems| crate::check::first_of(problems).err();
    let tuning = match constants::tuning(rules, &own) {
        Ok(tuning) => tuning,
        Err(problems) => return first(problems).map_or(Ok(None), Err),
    };
    let values = constants::evaluate_on(card, Some(&tuning))?;
    let changed = match constants::card_numbers(card, &values) {
        Ok(changed) => changed,
        Err(problems) => return first(problems).map_or(Ok(None), Err),
    };
    if changed.is_empty() {
        return Ok(None);
    }
    let mut entries: BTreeMap<String, String> = BTreeMap::new();
    if let Some(map) = own.get(TUNING).and_then(|map| map.as_map_ref().ok()) {
        entries.extend(map.iter().map(|(name, value)| (name.to_string(), written(value))));
    }
    entries.extend(changed.into_iter().map(|(name, value)| (name.to_owned(), float(value))));
    let mut text = format!("const {TUNING} = #{{");
    for (name, value) in entries {
        // Writing into a string cannot fail.
        let _ = write!(text, " {name}: {value},");
    }
    text.push_str(" };");
    Ok(Some(text))
}

/// A number as a script writes it.
fn written(value: &Dynamic) -> String {
    value.as_int().map_or_else(|_| float(value.as_float().unwrap_or_default()), |int| int.to_string())
}

/// The shortest text that is read as the same float.
fn float(value: f32) -> String {
    let text = value.to_string();
    if text.contains('.') { text } else { format!("{text}.0") }
}

fn hooks(ast: &AST) -> impl Iterator<Item = Hook> {
    ast.iter_fn_def().filter_map(|function| Hook::by_name(&function.name))
}

/// Whether the card asks the hook of the rules.
fn asks(tokens: &[Token<'_>], hook: Hook) -> bool {
    let name = base_name(hook);
    tokens.iter().any(|token| token.is_name && token.text == name)
}

/// From `const TUNING` to the end of the statement.
fn tuning_statement(tokens: &[Token<'_>]) -> Option<Range<usize>> {
    let mut depth = 0_i32;
    for (index, token) in tokens.iter().enumerate() {
        match token.text {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth -= 1,
            "const" if depth == 0 && tokens.get(index + 1).is_some_and(|name| name.text == TUNING) => {
                let rest = &tokens[index..];
                let end = end_of_statement(rest);
                return Some(token.at..rest[end].range().end);
            }
            _ => {}
        }
    }
    None
}

/// Index of the last token of the statement that `tokens` begin with.
fn end_of_statement(tokens: &[Token<'_>]) -> usize {
    let mut depth = 0_i32;
    for (index, token) in tokens.iter().enumerate() {
        match token.text {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth -= 1,
            ";" if depth == 0 => return index,
            _ => {}
        }
    }
    tokens.len() - 1
}

/// `text` in as many lines as `before` has.
fn in_lines_of(before: &str, text: &str) -> String {
    let breaks = before.matches('\n').count();
    format!("{text}{}", "\n".repeat(breaks))
}

/// Puts `prefix` in front of the names of functions, where these are defined and called.
fn calls(tokens: &[Token<'_>], wanted: impl Fn(&str) -> bool, prefix: &str) -> Vec<Edit> {
    let is_call = |index: usize| tokens.get(index + 1).is_some_and(|next| next.text == "(");
    let found = tokens.iter().enumerate();
    let found = found.filter(|(index, token)| token.is_name && is_call(*index) && wanted(token.text));
    found.map(|(_, token)| prefixed(token, prefix)).collect()
}

/// The card's own functions and constants get another name.
fn own_names(ast: &AST, tokens: &[Token<'_>]) -> Vec<Edit> {
    let functions: BTreeSet<&str> = ast
        .iter_fn_def()
        .map(|function| function.name.as_str())
        .filter(|name| Hook::by_name(name).is_none())
        .collect();
    let constants: BTreeSet<&str> = ast
        .statements()
        .iter()
        .filter_map(
            |statement| if let Stmt::Var(parts, ..) = statement { Some(parts.0.name.as_str()) } else { None },
        )
        .filter(|name| *name != TUNING)
        .collect();
    let mut edits = calls(tokens, |name| functions.contains(name), OWN);
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).map_or("", |before| tokens[before].text);
        let property = before == "." && index.checked_sub(2).is_none_or(|two| tokens[two].text != ".");
        let key = matches!(before, "{" | ",") && tokens.get(index + 1).is_some_and(|next| next.text == ":");
        let call = tokens.get(index + 1).is_some_and(|next| next.text == "(");
        if token.is_name && constants.contains(token.text) && !property && !key && !call {
            edits.push(prefixed(token, OWN));
        }
    }
    edits.sort_by_key(|edit| edit.range.start);
    edits
}

fn prefixed(token: &Token<'_>, prefix: &str) -> Edit {
    Edit { range: token.range(), text: format!("{prefix}{}", token.text) }
}

fn moved(source: &str, edit: &Edit) -> Moved {
    let before = &source[..edit.range.start];
    let line = before.matches('\n').count() as u32 + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() as u32 + 1;
    let by = (edit.text.len() - edit.range.len()) as u32;
    Moved { line, column, by }
}

/// `source` with all `edits`; one that lies in another is left out.
fn edited(source: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| (edit.range.start, std::cmp::Reverse(edit.range.end)));
    let mut text = String::with_capacity(source.len() + 256);
    let mut done = 0;
    for Edit { range, text: new } in edits {
        if range.start < done {
            continue;
        }
        text.push_str(&source[done..range.start]);
        text.push_str(&new);
        done = range.end;
    }
    text.push_str(&source[done..]);
    text
}
