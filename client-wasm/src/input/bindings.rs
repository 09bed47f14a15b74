//! Which key means what. Keys are known by their place (`KeyboardEvent.code`), so any layout works.

use std::collections::BTreeMap;

/// Something that a key can mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Run up.
    Up,
    /// Run down.
    Down,
    /// Run to the left.
    Left,
    /// Run to the right.
    Right,
    /// Strike.
    Strike,
    /// Dash.
    Dash,
    /// Open the chat.
    Chat,
    /// Open or close the network panel.
    Network,
    /// Sound on or off.
    Mute,
    /// Full screen or not.
    FullScreen,
}

impl Action {
    /// All of them, in the order of the settings.
    pub(crate) const ALL: [Self; 10] = [
        Self::Up,
        Self::Down,
        Self::Left,
        Self::Right,
        Self::Strike,
        Self::Dash,
        Self::Chat,
        Self::Network,
        Self::Mute,
        Self::FullScreen,
    ];

    /// As storage, the page and tests know it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Left => "left",
            Self::Right => "right",
            Self::Strike => "strike",
            Self::Dash => "dash",
            Self::Chat => "chat",
            Self::Network => "network",
            Self::Mute => "mute",
            Self::FullScreen => "fullscreen",
        }
    }

    /// The action with this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }

    /// Its keys until somebody changes them.
    fn defaults(self) -> [&'static str; SLOTS] {
        match self {
            Self::Up => ["KeyW", "ArrowUp"],
            Self::Down => ["KeyS", "ArrowDown"],
            Self::Left => ["KeyA", "ArrowLeft"],
            Self::Right => ["KeyD", "ArrowRight"],
            Self::Strike => ["Space", ""],
            Self::Dash => ["ShiftLeft", "ShiftRight"],
            Self::Chat => ["Enter", "KeyT"],
            Self::Network => ["KeyN", "F3"],
            Self::Mute => ["KeyM", ""],
            Self::FullScreen => ["KeyF", ""],
        }
    }
}

/// Keys that an action may have.
pub(crate) const SLOTS: usize = 2;

/// Keys that stay with the browser, the system or the menus.
const RESERVED: [&str; 16] = [
    "",
    "Unidentified",
    "Escape",
    "Tab",
    "MetaLeft",
    "MetaRight",
    "OSLeft",
    "OSRight",
    "ControlLeft",
    "ControlRight",
    "AltLeft",
    "AltRight",
    "ContextMenu",
    "F5",
    "F11",
    "F12",
];

/// What came of giving a key to an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// It is done.
    Done,
    /// It is done, and this action, whose key it was, got the former one in exchange (or lost its key).
    Swapped(Action),
    /// The key is not for games.
    Reserved,
}

/// All keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bindings {
    /// By action, in the order of [`Action::ALL`]; empty is no key.
    codes: [[String; SLOTS]; Action::ALL.len()],
}

impl Default for Bindings {
    fn default() -> Self {
        Self { codes: Action::ALL.map(|action| action.defaults().map(str::to_owned)) }
    }
}

impl Bindings {
    /// What a key means.
    pub(crate) fn action(&self, code: &str) -> Option<Action> {
        let code = plain(code);
        if code.is_empty() {
            return None;
        }
        Action::ALL.into_iter().find(|action| self.codes(*action).iter().any(|own| own == code))
    }

    /// The keys of an action; empty is no key.
    pub(crate) fn codes(&self, action: Action) -> &[String; SLOTS] {
        &self.codes[action as usize]
    }

    /// Gives a key to an action. Each key means one thing, so an action that had it gets the former key in exchange.
    pub(crate) fn bind(&mut self, action: Action, slot: usize, code: &str) -> Bound {
        let code = plain(code);
        if RESERVED.contains(&code) || slot >= SLOTS {
            return Bound::Reserved;
        }
        let other = Action::ALL.into_iter().find_map(|other| {
            let place = self.codes(other).iter().position(|own| own == code)?;
            Some((other, place))
        });
        let former = std::mem::replace(&mut self.codes[action as usize][slot], code.to_owned());
        match other {
            Some((other, place)) if (other, place) != (action, slot) => {
                self.codes[other as usize][place] = former;
                if other == action { Bound::Done } else { Bound::Swapped(other) }
            }
            _ => Bound::Done,
        }
    }

    /// What has to be remembered.
    pub(crate) fn save(&self) -> BTreeMap<String, Vec<String>> {
        Action::ALL.iter().map(|action| (action.name().to_owned(), self.codes(*action).to_vec())).collect()
    }

    /// What was remembered, as far as it makes sense: actions that are not in it have their usual keys.
    pub(crate) fn load(saved: &BTreeMap<String, Vec<String>>) -> Self {
        let mut bindings = Self::default();
        for (name, codes) in saved {
            let Some(action) = Action::from_name(name) else { continue };
            for (slot, code) in codes.iter().take(SLOTS).enumerate() {
                if code.is_empty() {
                    bindings.codes[action as usize][slot].clear();
                }
            }
        }
        for (name, codes) in saved {
            let Some(action) = Action::from_name(name) else { continue };
            for (slot, code) in codes.iter().take(SLOTS).enumerate() {
                // What is reserved is refused here too: who edits the storage gets no key that does not work.
                let _ = bindings.bind(action, slot, code);
            }
        }
        bindings
    }
}

/// Both Enter keys are one.
fn plain(code: &str) -> &str {
    if code == "NumpadEnter" { "Enter" } else { code }
}
