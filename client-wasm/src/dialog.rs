//! The settings: a dialog of the browser's own, which keeps the focus inside and gives it back.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Element, Event, EventTarget, HtmlDialogElement, HtmlElement, HtmlInputElement, HtmlSelectElement,
    MouseEvent,
};

use crate::desk::{Order, action_name};
use crate::dom::{self, Text};
use crate::i18n::{self, fill, t};
use crate::inbox::{Inbox, Wake};
use crate::input::bindings::{Action, SLOTS};
use crate::input::keys::Keys;
use crate::settings::{self, Volume};
use crate::sound::{Sounds, Track};

/// The dialog.
pub(crate) struct Dialog {
    dialog: HtmlDialogElement,
    rows: Vec<Row>,
    note: Text,
    effects: Slider,
    music: Slider,
    track: HtmlSelectElement,
    muted: HtmlInputElement,
    language: HtmlSelectElement,
    motion: HtmlSelectElement,
    network: HtmlInputElement,
}

/// An action and its keys.
struct Row {
    action: Action,
    name: Text,
    slots: [(HtmlElement, Text); SLOTS],
}

struct Slider {
    input: HtmlInputElement,
    value: Text,
}

impl Dialog {
    /// Finds it on the page and listens to it.
    ///
    /// # Errors
    /// When a part is missing.
    pub(crate) fn new(inbox: &Inbox) -> Result<Self, JsValue> {
        let dialog: HtmlDialogElement = dom::by_id("settings")?;
        for id in ["settings-button", "title-settings"] {
            let post = inbox.clone();
            dom::listen(&dom::by_id::<EventTarget>(id)?, "click", move |event: MouseEvent| {
                post.post(Wake::Desk(Order::OpenSettings { by_key: event.detail() == 0 }));
            });
        }
        listen_close(&dialog, inbox)?;
        on_click("keys-reset", inbox, Order::ResetKeys)?;
        on_click("set-fullscreen", inbox, Order::ToggleFullScreen)?;
        on_click("menu-fullscreen", inbox, Order::ToggleFullScreen)?;
        if !dom::document().fullscreen_enabled() {
            dom::by_id::<HtmlElement>("set-fullscreen")?.set_hidden(true);
            dom::by_id::<HtmlElement>("menu-fullscreen")?.set_hidden(true);
        }
        let list: Element = dom::by_id("key-rows")?;
        let rows = Action::ALL.into_iter().map(|action| Row::new(action, &list, inbox));
        Ok(Self {
            rows: rows.collect::<Result<_, _>>()?,
            note: Text::by_id("keys-note")?,
            effects: Slider::new("set-effects", Volume::Effects, inbox)?,
            music: Slider::new("set-music", Volume::Music, inbox)?,
            track: listen_list("set-track", inbox, Order::ChooseTrack)?,
            muted: listen_box("set-muted", inbox, |_| Order::ToggleMute)?,
            language: listen_list("set-language", inbox, Order::ChooseLanguage)?,
            motion: listen_list("set-motion", inbox, Order::ChooseMotion)?,
            network: listen_box("set-network", inbox, Order::ShowNetwork)?,
            dialog,
        })
    }

    /// Opens it. Who came by a key comes back to where they were; who came by mouse comes back to the fight.
    pub(crate) fn open(&mut self, by_key: bool) {
        if self.is_open() {
            return;
        }
        if !by_key {
            let focused = dom::document().active_element().and_then(|focus| focus.dyn_into().ok());
            focused.inspect(|focused: &HtmlElement| drop(focused.blur()));
        }
        self.note.set("");
        // Fails only for a dialog that is open.
        let _ = self.dialog.show_modal();
    }

    /// Whether it is open.
    pub(crate) fn is_open(&self) -> bool {
        self.dialog.open()
    }

    /// Closes it.
    pub(crate) fn close(&self) {
        self.dialog.close();
    }

    /// Says something about the keys.
    pub(crate) fn say(&mut self, text: &str) {
        self.note.set(text);
    }

    /// Shows how everything is set.
    pub(crate) fn refresh(&mut self, keys: &Keys, sounds: &Sounds, network_open: bool) {
        for row in &mut self.rows {
            row.refresh(keys);
        }
        self.effects.show(sounds.volume(Volume::Effects));
        self.music.show(sounds.volume(Volume::Music));
        self.track.set_value(sounds.chosen_track().map_or("scene", Track::name));
        self.muted.set_checked(sounds.is_muted());
        self.language.set_value(i18n::language().code());
        self.motion.set_value(settings::motion());
        self.network.set_checked(network_open);
    }
}

impl Row {
    fn new(action: Action, list: &Element, inbox: &Inbox) -> Result<Self, JsValue> {
        let row = dom::create("div", "key-row");
        let name = dom::create("span", "");
        row.append_child(&name)?;
        let mut buttons = Vec::with_capacity(SLOTS);
        for slot in 0..SLOTS {
            let button: HtmlElement = dom::create("button", "key").dyn_into()?;
            button.set_attribute("type", "button")?;
            button.set_attribute("data-action", action.name())?;
            let post = inbox.clone();
            dom::listen(&button, "click", move |_: Event| {
                post.post(Wake::Desk(Order::WantKey(Some((action, slot)))));
            });
            // Who goes elsewhere has changed their mind.
            let post = inbox.clone();
            dom::listen(&button, "blur", move |_: Event| post.post(Wake::Desk(Order::WantKey(None))));
            row.append_child(&button)?;
            buttons.push((button.clone(), Text::new(button.into())));
        }
        list.append_child(&row)?;
        let slots = buttons.try_into().map_err(|_| "a row has another number of keys")?;
        Ok(Self { action, name: Text::new(name), slots })
    }

    fn refresh(&mut self, keys: &Keys) {
        let name = action_name(self.action);
        self.name.set(name);
        for (slot, (button, text)) in self.slots.iter_mut().enumerate() {
            let wanted = keys.wanted() == Some((self.action, slot));
            let code = keys.bindings().codes(self.action)[slot].clone();
            let printed = if code.is_empty() { "\u{2013}".to_owned() } else { keys.print(&code) };
            text.set(if wanted { t("settings.keys.press") } else { &printed });
            let said = if code.is_empty() { t("settings.keys.none") } else { &printed };
            let label = fill("settings.keys.label", &[("action", name), ("key", said)]);
            // Fails only for names that are no attribute names.
            let _ =
                button.set_attribute("aria-label", if wanted { t("settings.keys.press") } else { &label });
            let _ = button.class_list().toggle_with_force("wanted", wanted);
        }
    }
}

impl Slider {
    fn new(id: &str, volume: Volume, inbox: &Inbox) -> Result<Self, JsValue> {
        let input: HtmlInputElement = dom::by_id(id)?;
        let (post, moved) = (inbox.clone(), input.clone());
        dom::listen(&input, "input", move |_: Event| {
            post.post(Wake::Desk(Order::SetVolume(volume, moved.value_as_number() / 100.0)));
        });
        Ok(Self { input, value: Text::by_id(&format!("{id}-value"))? })
    }

    fn show(&mut self, share: f64) {
        let percent = (share * 100.0).round();
        self.input.set_value_as_number(percent);
        self.value.set(&format!("{percent} %"));
    }
}

fn listen_close(dialog: &HtmlDialogElement, inbox: &Inbox) -> Result<(), JsValue> {
    let post = inbox.clone();
    dom::listen(dialog, "close", move |_: Event| post.post(Wake::Desk(Order::SettingsClosed)));
    let closed = dialog.clone();
    dom::listen(&dom::by_id::<EventTarget>("settings-close")?, "click", move |_: Event| closed.close());
    // Beside it: everything that is to be seen of the dialog lies in a child of it.
    let closed = dialog.clone();
    dom::listen(dialog, "click", move |event: Event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if target.is_some_and(|target| target.id() == "settings") {
            closed.close();
        }
    });
    Ok(())
}

fn on_click(id: &str, inbox: &Inbox, order: Order) -> Result<(), JsValue> {
    let post = inbox.clone();
    dom::listen(&dom::by_id::<EventTarget>(id)?, "click", move |_: Event| {
        post.post(Wake::Desk(order.clone()));
    });
    Ok(())
}

fn listen_list(
    id: &str,
    inbox: &Inbox,
    order: impl Fn(String) -> Order + 'static,
) -> Result<HtmlSelectElement, JsValue> {
    let list: HtmlSelectElement = dom::by_id(id)?;
    let (post, chosen) = (inbox.clone(), list.clone());
    dom::listen(&list, "change", move |_: Event| post.post(Wake::Desk(order(chosen.value()))));
    Ok(list)
}

fn listen_box(
    id: &str,
    inbox: &Inbox,
    order: impl Fn(bool) -> Order + 'static,
) -> Result<HtmlInputElement, JsValue> {
    let input: HtmlInputElement = dom::by_id(id)?;
    let (post, ticked) = (inbox.clone(), input.clone());
    dom::listen(&input, "change", move |_: Event| post.post(Wake::Desk(order(ticked.checked()))));
    Ok(input)
}
