//! The words on the page, in the reader's language. `static/i18n/*.json` has them by key; English stands in for what
//! another language lacks.
//!
//! `boot.js` decides about the language before the game is here, and says it in `<html lang>`.

use std::cell::Cell;
use std::collections::HashMap;

use wasm_bindgen::JsCast;
use web_sys::Element;

use crate::dom;
use crate::settings;

type Texts = HashMap<String, String>;

const ENGLISH: &str = include_str!("../../static/i18n/en.json");
const CHINESE: &str = include_str!("../../static/i18n/zh.json");

/// A language of the game.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// English.
    English,
    /// Chinese in simplified characters.
    Chinese,
}

impl Language {
    /// All of them.
    pub(crate) const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// As storage and the settings know it.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    /// As `<html lang>` says it.
    fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-Hans",
        }
    }

    fn source(self) -> &'static str {
        match self {
            Self::English => ENGLISH,
            Self::Chinese => CHINESE,
        }
    }
}

thread_local! {
    static LANGUAGE: Cell<Language> = const { Cell::new(Language::English) };
    /// Read when they are first needed, and kept for as long as the page lives.
    static TEXTS: [Cell<Option<&'static Texts>>; 2] = const { [Cell::new(None), Cell::new(None)] };
}

/// Takes the language that the page is in.
pub(crate) fn start() {
    let tag = dom::document().document_element().and_then(|root| root.get_attribute("lang"));
    let chinese = tag.is_some_and(|tag| tag.starts_with("zh"));
    LANGUAGE.with(|language| language.set(if chinese { Language::Chinese } else { Language::English }));
    translate_page();
}

/// The language in use.
pub(crate) fn language() -> Language {
    LANGUAGE.with(Cell::get)
}

/// From now on in this language, here and when the page is opened again.
pub(crate) fn choose(code: &str) {
    let chosen = Language::ALL.into_iter().find(|known| known.code() == code);
    let Some(chosen) = chosen.filter(|chosen| *chosen != language()) else { return };
    LANGUAGE.with(|language| language.set(chosen));
    settings::set_language(chosen.code());
    if let Some(root) = dom::document().document_element() {
        // Fails only for names that are no attribute names.
        let _ = root.set_attribute("lang", chosen.tag());
    }
    translate_page();
}

/// The words with this key.
pub(crate) fn t(key: &'static str) -> &'static str {
    find(key).unwrap_or(key)
}

/// The words with this key; `{name}` in them is replaced.
pub(crate) fn fill(key: &'static str, values: &[(&str, &str)]) -> String {
    fill_in(t(key), values)
}

/// The words with this key for a number of things, which is `{n}` in them: `key.one` or `key.other`, as the language has it.
pub(crate) fn plural(key: &'static str, n: i64, values: &[(&str, &str)]) -> String {
    let singular = (n == 1 && language() == Language::English).then(|| find(&format!("{key}.one"))).flatten();
    let words = singular.or_else(|| find(&format!("{key}.other"))).unwrap_or(key);
    fill_in(&fill_in(words, &[("n", &n.to_string())]), values)
}

/// One pass, so that a value (a player's name) is never taken for a placeholder.
fn fill_in(words: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(words.len() + 16);
    let mut rest = words;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let found = after.split_once('}').and_then(|(name, after)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((*value, after))
        });
        match found {
            Some((value, after)) => {
                filled.push_str(value);
                rest = after;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled + rest
}

fn find(key: &str) -> Option<&'static str> {
    let own = texts(language()).get(key);
    own.or_else(|| texts(Language::English).get(key)).map(String::as_str)
}

fn texts(language: Language) -> &'static Texts {
    TEXTS.with(|texts| {
        let place = &texts[language as usize];
        place.get().unwrap_or_else(|| {
            // A test reads both files: they parse.
            let read: &'static Texts =
                Box::leak(Box::new(serde_json::from_str(language.source()).unwrap_or_default()));
            place.set(Some(read));
            read
        })
    })
}

/// Writes the fixed texts of the page anew: `data-i18n="key"` is the text of an element,
/// `data-i18n-attr="aria-label:key; title:key"` are attributes.
fn translate_page() {
    for_each("data-i18n", |element, key| element.set_text_content(Some(find(key).unwrap_or(key))));
    for_each("data-i18n-attr", |element, pairs| {
        for (name, key) in pairs.split(';').filter_map(|pair| pair.trim().split_once(':')) {
            let _ = element.set_attribute(name, find(key).unwrap_or(key));
        }
    });
}

fn for_each(attribute: &str, write: impl Fn(&Element, &str)) {
    let Ok(found) = dom::document().query_selector_all(&format!("[{attribute}]")) else { return };
    let elements = (0..found.length()).filter_map(|index| found.get(index)?.dyn_into::<Element>().ok());
    for element in elements {
        if let Some(value) = element.get_attribute(attribute) {
            write(&element, &value);
        }
    }
}
