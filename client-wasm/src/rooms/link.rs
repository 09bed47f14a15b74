//! The link to a room: in the address of the page, and in the menu.

use client_core::Wish;
use client_core::protocol::limits::clean_room_code;
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{HtmlInputElement, UrlSearchParams};

use super::RoomChoice;
use crate::dom::{self, Panel, Text};
use crate::i18n::t;
use crate::inbox::{Choice, Inbox, Wake};

/// Letters and digits that nobody takes for another one. The first ones are letters.
const SIGNS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
/// How many of them are letters.
const LETTERS: usize = 23;

/// What the address asks for: `?room=fox-42`, `?room=2`, `?watch`.
pub(crate) fn wish_of(params: &UrlSearchParams) -> Wish {
    let room = params.get("room").and_then(|room| match room.trim().parse::<u32>() {
        Ok(number) => Some(number.to_string()),
        Err(_) => clean_room_code(&room),
    });
    Wish { room, watch: params.has("watch") }
}

/// Whether this is the code of a private room rather than the number of a public one.
pub(crate) fn is_code(room: &str) -> bool {
    clean_room_code(room).is_some()
}

/// A new code, like `wqk4-7mrt`.
pub(crate) fn random_code() -> String {
    let sign = |of: usize| char::from(SIGNS[(js_sys::Math::random() * of as f64) as usize % of]);
    let mut code = String::from(sign(LETTERS));
    code.extend((1..8).map(|_| sign(SIGNS.len())));
    code.insert(4, '-');
    code
}

/// Writes the room into the address of the page, or takes it out, so that copying the address works and a reload comes
/// back here; and whether we only watch.
pub(crate) fn show_in_address(room: Option<&str>, watching: bool) {
    let location = dom::window().location();
    let (Ok(search), Ok(path)) = (location.search(), location.pathname()) else { return };
    let Ok(params) = UrlSearchParams::new_with_str(&search) else { return };
    if params.get("room").as_deref() == room && params.has("watch") == watching {
        return;
    }
    if watching {
        params.set("watch", "");
    } else {
        params.delete("watch");
    }
    match room {
        Some(room) => params.set("room", room),
        None => params.delete("room"),
    }
    let query = String::from(params.to_string());
    let address = if query.is_empty() { path } else { format!("{path}?{query}") };
    // Refused in frames of other origins only: the game goes on without.
    let _ = dom::window()
        .history()
        .and_then(|history| history.replace_state_with_url(&JsValue::NULL, "", Some(&address)));
}

/// Address of the page with nothing but the room in it.
fn address_of(room: &str) -> String {
    let href = dom::window().location().href().unwrap_or_default();
    let page = href.split(['?', '#']).next().unwrap_or_default();
    format!("{page}?room={room}")
}

/// The part of the menu that has the link.
pub(crate) struct LinkBox {
    inbox: Inbox,
    panel: Panel,
    input: HtmlInputElement,
    name: Text,
    button: Text,
}

impl LinkBox {
    /// Finds it on the page.
    ///
    /// # Errors
    /// When it is missing.
    pub(crate) fn new(inbox: &Inbox) -> Result<Self, JsValue> {
        Ok(Self {
            inbox: inbox.clone(),
            panel: Panel::by_id("menu-room")?,
            input: dom::by_id("room-link")?,
            name: Text::by_id("menu-room-code")?,
            button: Text::by_id("copy-link")?,
        })
    }

    /// Shows the link to this room, or nothing.
    pub(crate) fn show(&mut self, code: Option<&str>) {
        self.panel.show(code.is_some());
        if let Some(code) = code {
            self.button.set(t("menu.copy"));
            self.name.set(code);
            self.input.set_value(&address_of(code));
        }
    }

    /// Copies it, where the browser lets us.
    pub(crate) fn copy(&self) {
        let copying = clipboard_write(&self.input.value());
        let inbox = self.inbox.clone();
        spawn_local(async move {
            let copied = match copying {
                Some(promise) => JsFuture::from(promise).await.is_ok(),
                None => false,
            };
            inbox.post(Wake::Choice(Choice::Room(RoomChoice::Copied(copied))));
        });
    }

    /// Says what came of that. Where the browser refuses, the link is selected, and the keys for copying do it.
    pub(crate) fn copied(&mut self, copied: bool) {
        self.button.set(if copied { t("menu.copied") } else { t("menu.copy_by_hand") });
        if !copied {
            let _ = self.input.focus();
            self.input.select();
        }
    }
}

/// `navigator.clipboard.writeText(text)`; there is no clipboard where the page did not come over HTTPS.
fn clipboard_write(text: &str) -> Option<Promise> {
    let clipboard = Reflect::get(&dom::window().navigator(), &"clipboard".into()).ok()?;
    let write: Function = Reflect::get(&clipboard, &"writeText".into()).ok()?.dyn_into().ok()?;
    write.call1(&clipboard, &text.into()).ok()?.dyn_into().ok()
}
