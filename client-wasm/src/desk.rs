//! What is on the player's desk: keys, gamepad, speakers, and the dialog that sets them up.

use wasm_bindgen::JsValue;

use crate::dialog::Dialog;
use crate::dom;
use crate::i18n::{self, fill, t};
use crate::inbox::Inbox;
use crate::input::bindings::{Action, Bound};
use crate::input::gamepad::Gamepad;
use crate::input::hints;
use crate::input::keys::Keys;
use crate::settings::{self, Volume};
use crate::sound::Sounds;

/// Something about keys, sound or settings.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Order {
    /// Somebody did something on the page: it may sound now.
    Gesture,
    /// Another device was used, or a key is printed otherwise than thought.
    RefreshHints,
    /// Open the settings.
    OpenSettings {
        /// By a key: then the focus stays there when they close.
        by_key: bool,
    },
    /// The settings were closed.
    SettingsClosed,
    /// The next key is for this action, in this place; or for none.
    WantKey(Option<(Action, usize)>),
    /// This key was pressed while one was wanted: `KeyboardEvent.code`.
    TakeKey(String),
    /// Back to the usual keys.
    ResetKeys,
    /// Sound on or off.
    ToggleMute,
    /// A volume, from 0 to 1.
    SetVolume(Volume, f64),
    /// Music by its name; anything else is that of the scene.
    ChooseTrack(String),
    /// Another language, by its code.
    ChooseLanguage(String),
    /// How much may move: `system`, `reduced` or `full`.
    ChooseMotion(String),
    /// Show or hide the network panel.
    ShowNetwork(bool),
    /// Full screen or not.
    ToggleFullScreen,
}

/// The desk.
pub(crate) struct Desk {
    keys: Keys,
    dialog: Dialog,
    /// The gamepads.
    pub(crate) gamepad: Gamepad,
    /// The speakers.
    pub(crate) sounds: Sounds,
}

impl Desk {
    /// Sets everything up as this browser remembers it.
    ///
    /// # Errors
    /// When the page lacks a part of the settings.
    pub(crate) fn new(inbox: &Inbox) -> Result<Self, JsValue> {
        let keys = Keys::remembered();
        show_motion();
        let desk = Self {
            dialog: Dialog::new(inbox)?,
            gamepad: Gamepad::listen(),
            sounds: Sounds::listen(inbox),
            keys,
        };
        hints::refresh(&desk.keys);
        Ok(desk)
    }

    /// The keys.
    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Whether the settings are open.
    pub(crate) fn is_open(&self) -> bool {
        self.dialog.is_open()
    }

    /// Closes the settings.
    pub(crate) fn close(&self) {
        self.dialog.close();
    }

    /// Carries out an order; says what the player should know of it.
    pub(crate) fn carry_out(&mut self, order: Order, network_open: bool) -> Option<&'static str> {
        let mut said = None;
        match order {
            Order::Gesture => {
                self.sounds.gesture();
                return None;
            }
            Order::OpenSettings { by_key } => self.dialog.open(by_key),
            Order::SettingsClosed => self.keys.want(None),
            Order::WantKey(wanted) => {
                self.keys.want(wanted);
                self.dialog.say("");
            }
            Order::TakeKey(code) => self.take_key(&code),
            Order::ResetKeys => {
                self.keys.reset();
                self.dialog.say(t("settings.keys.were_reset"));
            }
            Order::ToggleMute => {
                let muted = !self.sounds.is_muted();
                self.sounds.set_muted(muted);
                said = Some(if muted { t("sound.off") } else { t("sound.on") });
            }
            Order::SetVolume(volume, value) => self.sounds.set_volume(volume, value),
            Order::ChooseTrack(name) => self.sounds.choose_track(&name),
            Order::ChooseLanguage(code) => i18n::choose(&code),
            Order::ChooseMotion(motion) => {
                settings::set_motion(&motion);
                show_motion();
            }
            Order::ToggleFullScreen => toggle_full_screen(),
            Order::RefreshHints | Order::ShowNetwork(_) => {}
        }
        hints::refresh(&self.keys);
        if self.dialog.is_open() {
            self.dialog.refresh(&self.keys, &self.sounds, network_open);
        }
        said
    }

    fn take_key(&mut self, code: &str) {
        let Some((action, slot)) = self.keys.wanted() else { return };
        self.keys.want(None);
        if code == "Escape" {
            return self.dialog.say("");
        }
        let former = self.keys.bindings().codes(action)[slot].clone();
        let (key, name) = (self.keys.print(code), action_name(action));
        match self.keys.bind(action, slot, code) {
            Bound::Done => self.dialog.say(""),
            Bound::Reserved => self.dialog.say(&fill("settings.keys.reserved", &[("key", &key)])),
            Bound::Swapped(other) => {
                let other = action_name(other);
                let former = self.keys.print(&former);
                let values = [("key", key.as_str()), ("action", name), ("other", other), ("former", &former)];
                let said = if former.is_empty() {
                    fill("settings.keys.taken", &values)
                } else {
                    fill("settings.keys.swapped", &values)
                };
                self.dialog.say(&said);
            }
        }
    }
}

/// An action in words.
pub(crate) fn action_name(action: Action) -> &'static str {
    t(match action {
        Action::Up => "action.up",
        Action::Down => "action.down",
        Action::Left => "action.left",
        Action::Right => "action.right",
        Action::Strike => "action.strike",
        Action::Dash => "action.dash",
        Action::Chat => "action.chat",
        Action::Network => "action.network",
        Action::Mute => "action.mute",
        Action::FullScreen => "action.fullscreen",
    })
}

/// The style sheet follows.
fn show_motion() {
    // Fails only for names that are no attribute names.
    let _ = dom::body().set_attribute("data-motion", settings::motion());
}

fn toggle_full_screen() {
    let document = dom::document();
    if document.fullscreen_element().is_some() {
        document.exit_fullscreen();
    } else if let Some(root) = document.document_element() {
        // Refused where the browser has none, and outside of a gesture.
        let _ = root.request_fullscreen();
    }
}
