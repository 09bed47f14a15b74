//! The keys as the keyboard, the settings and the hints share them: what they mean and what is printed on them.

use std::cell::{Cell, Ref, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::bindings::{Action, Bindings, Bound};
use crate::dom;
use crate::i18n::t;
use crate::settings;

/// A handle; clones are the same keys.
#[derive(Clone, Default)]
pub(crate) struct Keys(Rc<Shared>);

#[derive(Default)]
struct Shared {
    bindings: RefCell<Bindings>,
    /// What is printed on keys, as far as the browser told or somebody pressed them.
    printed: RefCell<HashMap<String, String>>,
    /// The settings wait for a key: this action is to get it, in this place.
    wanted: Cell<Option<(Action, usize)>>,
    /// A key was taken for that, and is still down.
    taken: Cell<bool>,
}

impl Keys {
    /// The keys as this browser knows them.
    pub(crate) fn remembered() -> Self {
        let keys = Self::default();
        if let Some(saved) = settings::keys() {
            *keys.0.bindings.borrow_mut() = Bindings::load(&saved);
        }
        keys.ask_layout();
        keys
    }

    /// What a key means.
    pub(crate) fn action(&self, code: &str) -> Option<Action> {
        self.0.bindings.borrow().action(code)
    }

    /// The keys of an action.
    pub(crate) fn bindings(&self) -> Ref<'_, Bindings> {
        self.0.bindings.borrow()
    }

    /// The next key is for this action, or for none again.
    pub(crate) fn want(&self, wanted: Option<(Action, usize)>) {
        self.0.wanted.set(wanted);
    }

    /// For which action the next key is.
    pub(crate) fn wanted(&self) -> Option<(Action, usize)> {
        self.0.wanted.get()
    }

    /// A key that was wanted went down.
    pub(crate) fn take(&self) {
        self.0.taken.set(true);
    }

    /// A key went up: says whether it was one that was taken. Firefox would press the focused button with it.
    pub(crate) fn was_taken(&self) -> bool {
        self.0.taken.take()
    }

    /// Gives a key to an action, and remembers that.
    pub(crate) fn bind(&self, action: Action, slot: usize, code: &str) -> Bound {
        let bound = self.0.bindings.borrow_mut().bind(action, slot, code);
        if bound != Bound::Reserved {
            settings::set_keys(Some(&self.0.bindings.borrow().save()));
        }
        bound
    }

    /// Back to the usual keys.
    pub(crate) fn reset(&self) {
        *self.0.bindings.borrow_mut() = Bindings::default();
        settings::set_keys(None);
    }

    /// A key was pressed: remembers what is printed on it; says whether that is news.
    pub(crate) fn learn(&self, code: &str, key: &str) -> bool {
        let mut letters = key.chars();
        let (Some(letter), None) = (letters.next(), letters.next()) else { return false };
        let is_printed = code.starts_with("Key") && letter.is_alphabetic();
        if !is_printed {
            return false;
        }
        let printed = letter.to_uppercase().to_string();
        self.0.printed.borrow_mut().insert(code.to_owned(), printed.clone()) != Some(printed)
    }

    /// What is printed on the first key of an action.
    pub(crate) fn label(&self, action: Action) -> String {
        let bindings = self.0.bindings.borrow();
        let code = bindings.codes(action).iter().find(|code| !code.is_empty());
        code.map_or_else(|| "\u{2013}".to_owned(), |code| self.print(code))
    }

    /// What is printed on a key.
    pub(crate) fn print(&self, code: &str) -> String {
        if let Some(printed) = self.0.printed.borrow().get(code) {
            return printed.clone();
        }
        match code {
            "Space" => t("key.space").to_owned(),
            "ShiftLeft" | "ShiftRight" => "Shift".to_owned(),
            "ArrowUp" => "\u{2191}".to_owned(),
            "ArrowDown" => "\u{2193}".to_owned(),
            "ArrowLeft" => "\u{2190}".to_owned(),
            "ArrowRight" => "\u{2192}".to_owned(),
            "Backquote" => "`".to_owned(),
            "Minus" => "-".to_owned(),
            "Equal" => "=".to_owned(),
            "BracketLeft" => "[".to_owned(),
            "BracketRight" => "]".to_owned(),
            "Semicolon" => ";".to_owned(),
            "Quote" => "'".to_owned(),
            "Backslash" | "IntlBackslash" => "\\".to_owned(),
            "Comma" => ",".to_owned(),
            "Period" => ".".to_owned(),
            "Slash" => "/".to_owned(),
            _ => match (code.strip_prefix("Key").or(code.strip_prefix("Digit")), code.strip_prefix("Numpad"))
            {
                (Some(letter), _) => letter.to_owned(),
                (_, Some(key)) => format!("Num {key}"),
                _ => code.to_owned(),
            },
        }
    }

    /// Asks what is printed on the letters, where the browser tells (Chromium on a secure page).
    fn ask_layout(&self) {
        let Some(promise) = layout_map() else { return };
        let shared = self.0.clone();
        spawn_local(async move {
            let Ok(map) = JsFuture::from(promise).await else { return };
            let get = Reflect::get(&map, &"get".into()).ok().and_then(|get| get.dyn_into::<Function>().ok());
            let Some(get) = get else { return };
            let mut printed = shared.printed.borrow_mut();
            for letter in 'A'..='Z' {
                let code = format!("Key{letter}");
                let told = get.call1(&map, &JsValue::from(&code)).ok().and_then(|told| told.as_string());
                if let Some(told) = told {
                    printed.insert(code, told.to_uppercase());
                }
            }
        });
    }
}

fn layout_map() -> Option<Promise> {
    let keyboard = Reflect::get(&dom::window().navigator(), &"keyboard".into()).ok()?;
    let ask: Function = Reflect::get(&keyboard, &"getLayoutMap".into()).ok()?.dyn_into().ok()?;
    ask.call0(&keyboard).ok()?.dyn_into().ok()
}
