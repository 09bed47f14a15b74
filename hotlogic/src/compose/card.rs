//! A card by itself: its words, and whether it is sound.

use std::any::TypeId;

use super::text;
use super::{BASE, Composed, OWN, REPLACED};
use crate::check::{self, first_of};
use crate::constants::{self, TUNING};
use crate::diagnose::parse_plain;
use crate::engine::bare;
use crate::error::ScriptError;
use crate::hooks::Hook;
use crate::rules::RhaiRules;
use rhai::{AST, Dynamic, Position};
use sim::Tuning;

/// Longest script of a card, bytes.
pub const MAX_CARD_BYTES: usize = 16 * 1024;
/// Longest title, characters.
pub const MAX_CARD_TITLE: usize = 28;
/// Longest text, characters.
pub const MAX_CARD_TEXT: usize = 90;
/// Longest name, bytes.
const MAX_NAME: usize = 32;
/// Most languages of the words.
const MAX_LANGUAGES: usize = 16;
/// The name of the choice to play without a card; no card may have it.
pub const NO_CARD: &str = "none";

/// A card that is sound by itself. Whether it goes with certain rules is seen by [composing](Self::compose) the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Its name, the same in all languages.
    pub name: String,
    /// What players read, in English.
    pub words: CardWords,
    /// The same in other languages, by their codes, such as `zh`.
    pub translations: Vec<(String, CardWords)>,
    /// Its script.
    pub source: String,
    pub(super) hooks: Vec<Hook>,
}

/// What players read of a card.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CardWords {
    /// A title of at most [`MAX_CARD_TITLE`] characters.
    pub title: String,
    /// What it does, in at most [`MAX_CARD_TEXT`] characters.
    pub text: String,
}

/// A card was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("card `{card}`: {error}")]
pub struct CardError {
    /// Name of the card.
    pub card: String,
    /// What is wrong, at a place of the card.
    pub error: ScriptError,
}

impl Card {
    /// Reads a card and checks all that does not depend on the rules.
    ///
    /// # Errors
    /// The first thing that is wrong with its name, its words or its script.
    pub fn parse(name: &str, source: &str) -> Result<Self, CardError> {
        Self::read(name, source).map_err(|error| CardError { card: name.to_owned(), error })
    }

    fn read(name: &str, source: &str) -> Result<Self, ScriptError> {
        check_name(name)?;
        if source.len() > MAX_CARD_BYTES {
            let message =
                format!("the card has {} bytes; at most {MAX_CARD_BYTES} are allowed", source.len());
            return Err(ScriptError::new(message, Position::NONE));
        }
        let (words, translations) = header(source)?;
        let ast = parse_plain(source)?;
        let hooks = check_script(&ast, source)?;
        Ok(Self { name: name.to_owned(), words, translations, source: source.to_owned(), hooks })
    }

    /// Puts the card and rules together.
    ///
    /// # Errors
    /// The card does not go with these rules, or the rules are none.
    pub fn compose(&self, rules: &str) -> Result<Composed, CardError> {
        text::compose(self, rules).map_err(|error| CardError { card: self.name.clone(), error })
    }

    /// The same, compiled; [`dry_run`](crate::dry_run()) is left to the caller.
    ///
    /// # Errors
    /// As [`Self::compose`]; what is wrong is at its place in the card.
    pub fn compile(&self, rules: &str) -> Result<(Composed, RhaiRules), CardError> {
        let composed = self.compose(rules)?;
        match RhaiRules::compile(&composed.script) {
            Ok(rules) => Ok((composed, rules)),
            Err(error) => Err(CardError { card: self.name.clone(), error: composed.locate(error) }),
        }
    }
}

fn check_name(name: &str) -> Result<(), ScriptError> {
    let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let good = name.len() <= MAX_NAME
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(letters)
        && name != NO_CARD;
    let message = format!(
        "a card's name has 1 to {MAX_NAME} lower-case letters, digits and `_`, begins with a letter, and is not `{NO_CARD}`"
    );
    if good { Ok(()) } else { Err(ScriptError::new(message, Position::NONE)) }
}

/// The words in the comment at the beginning: `// Title: text`, and `// zh: Title: text` for another language.
fn header(source: &str) -> Result<(CardWords, Vec<(String, CardWords)>), ScriptError> {
    let comments = source.lines().map_while(|line| line.strip_prefix("//"));
    let mut words = None;
    let mut translations = Vec::new();
    for (index, line) in comments.enumerate() {
        let place = Position::new((index + 1) as u16, 1);
        if words.is_none() {
            words = Some(read_words(line).map_err(|message| ScriptError::new(message, place))?);
            continue;
        }
        let Some((code, rest)) = line.split_once(':') else { continue };
        let code = code.trim();
        let is_code = (2..=3).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_lowercase());
        if is_code && translations.len() < MAX_LANGUAGES {
            let words = read_words(rest).map_err(|message| ScriptError::new(message, place))?;
            translations.push((code.to_owned(), words));
        }
    }
    let missing = || {
        ScriptError::new(
            "a card begins with its words: `// Heavy orb: it is slow, and it hurts.`",
            Position::NONE,
        )
    };
    Ok((words.ok_or_else(missing)?, translations))
}

fn read_words(line: &str) -> Result<CardWords, String> {
    let (title, text) = line.split_once([':', '：']).ok_or(
        "a card begins with its title and one line of text: `// Heavy orb: it is slow, and it hurts.`",
    )?;
    let (title, text) = (title.trim(), text.trim());
    let check = |what: &str, words: &str, most: usize| {
        let count = words.chars().count();
        if count == 0 || count > most || words.contains(char::is_control) {
            return Err(format!("the {what} must have 1 to {most} printable characters, not {count}"));
        }
        Ok(words.to_owned())
    };
    Ok(CardWords { title: check("title", title, MAX_CARD_TITLE)?, text: check("text", text, MAX_CARD_TEXT)? })
}

/// The hooks of a card whose script is sound.
fn check_script(ast: &AST, source: &str) -> Result<Vec<Hook>, ScriptError> {
    first_of(check::top_level(ast))?;
    let (hooks, mut problems) = check::functions(ast, source);
    for function in ast.iter_fn_def() {
        if let Some(prefix) = [BASE, OWN, REPLACED].iter().find(|prefix| function.name.starts_with(**prefix))
        {
            let place = check::name_position(source, &function.name, function.body.start_position());
            let message = format!("a card's own functions must not begin with `{prefix}`");
            problems.push(ScriptError::new(message, place));
        }
    }
    first_of(problems)?;
    let mut engine = bare();
    for hook in Hook::ALL {
        // Only its name and the number of its parameters matter here.
        let params = vec![TypeId::of::<Dynamic>(); hook.params().len()];
        engine.register_raw_fn(base_name(hook), params, |_, _| Ok(()));
    }
    let names = constants::visible_names(ast);
    first_of(check::names_but(ast, source, &engine, &names, Some(TUNING)))?;
    let values = constants::evaluate_on(ast, Some(&Tuning::default()))?;
    let numbers =
        constants::card_numbers(ast, &values).or_else(|problems| first_of(problems).map(|()| Vec::new()))?;
    if hooks.is_empty() && numbers.is_empty() {
        let message = "the card changes nothing: give it a `TUNING` map or a hook";
        return Err(ScriptError::new(message, Position::NONE));
    }
    Ok(hooks.into_keys().collect())
}

/// What a card calls a hook of the rules.
pub(super) fn base_name(hook: Hook) -> String {
    format!("{BASE}{}", hook.name())
}
