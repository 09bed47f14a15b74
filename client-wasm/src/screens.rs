//! What covers the fight: the title, and the card about the connection.

use client_core::ConnectionState;
use client_core::protocol::limits::clean_name;
use client_core::protocol::{CloseCode, Removal};
use wasm_bindgen::JsValue;
use web_sys::{HtmlElement, HtmlInputElement};

use crate::dom::{self, Attribute, Panel, Text};
use crate::i18n::{fill, plural, t};
use crate::rooms::link::is_code;

/// A connection that is back this soon is not worth a word, milliseconds.
const PATIENCE_MS: f64 = 700.0;

/// The title and the card.
pub(crate) struct Screens {
    title: Panel,
    name: HtmlInputElement,
    note: Panel,
    note_text: Text,
    card: Panel,
    card_title: Text,
    card_detail: Text,
    retry: Panel,
    meanwhile: Panel,
    retry_text: Text,
    retry_disabled: Attribute,
    invited: Panel,
    invited_text: Text,
    queue: Text,
    /// The place in line that was told last.
    place: Option<u32>,
    menu: Panel,
    menu_expanded: Attribute,
    touch: Panel,
    state: Attribute,
    offline_since_ms: Option<f64>,
    was_online: bool,
    /// Why we were removed, and until when we are.
    removal: Option<(Removal, f64)>,
}

impl Screens {
    /// Finds them on the page.
    ///
    /// # Errors
    /// When one is missing.
    pub(crate) fn new() -> Result<Self, JsValue> {
        Ok(Self {
            title: Panel::by_id("title")?,
            name: dom::by_id("name")?,
            note: Panel::by_id("title-note")?,
            note_text: Text::by_id("title-note")?,
            card: Panel::by_id("connection")?,
            card_title: Text::by_id("connection-title")?,
            card_detail: Text::by_id("connection-detail")?,
            retry: Panel::by_id("retry")?,
            retry_text: Text::by_id("retry")?,
            retry_disabled: Attribute::new(dom::by_id("retry")?, "aria-disabled"),
            invited: Panel::by_id("title-room")?,
            invited_text: Text::by_id("title-room")?,
            queue: Text::by_id("queue-status")?,
            place: None,
            meanwhile: Panel::by_id("practice-meanwhile")?,
            menu: Panel::by_id("menu")?,
            menu_expanded: Attribute::new(dom::by_id("menu-button")?, "aria-expanded"),
            touch: Panel::by_id("touch")?,
            state: Attribute::new(dom::body().into(), "data-connection"),
            offline_since_ms: None,
            was_online: false,
            removal: None,
        })
    }

    /// Shows the title with this name filled in, a word on why we are here, and the room that "Play" goes to.
    pub(crate) fn show_title(&mut self, name: Option<&str>, note: &str, room: Option<&str>) {
        self.invited.show(room.is_some());
        if let Some(room) = room {
            let key = if is_code(room) { "title.to_private" } else { "title.to_room" };
            self.invited_text.set(&fill(key, &[("room", room)]));
        }
        self.leave_line();
        self.state.set("title");
        self.card.show(false);
        self.touch.show(false);
        self.show_menu(false);
        self.title.show(true);
        self.note.show(!note.is_empty());
        self.note_text.set(note);
        if let Some(name) = name {
            self.name.set_value(name);
        }
        // On phones that would open the keyboard over the page.
        if !dom::body().class_list().contains("touch") {
            let _ = self.name.focus();
            self.name.select();
        }
    }

    /// The name that was entered, and whether it was.
    pub(crate) fn entered_name(&self) -> (String, bool) {
        match clean_name(&self.name.value()) {
            Some(name) => (name, true),
            None => (t("name.default").to_owned(), false),
        }
    }

    /// Makes way for the fight.
    pub(crate) fn show_fight(&mut self) {
        let _ = self.name.blur();
        self.title.show(false);
        self.touch.show(true);
        self.offline_since_ms = None;
        self.was_online = false;
        self.leave_line();
    }

    /// Says the place in line, when it is another one; to everybody who listens rather than looks, too.
    pub(crate) fn tell_place(&mut self, connection: &ConnectionState) -> Option<String> {
        let ConnectionState::Queued { place, .. } = connection else { return None };
        if self.place.replace(*place) == Some(*place) {
            return None;
        }
        let words = fill("queue.place", &[("place", &place.to_string())]);
        self.queue.set(&words);
        Some(words)
    }

    /// Whether we were in line before we came in.
    pub(crate) fn was_queued(&self) -> bool {
        self.place.is_some()
    }

    fn leave_line(&mut self) {
        self.place = None;
        self.queue.set("");
    }

    /// Makes way for a fight that needs no connection.
    pub(crate) fn show_practice(&mut self) {
        self.show_fight();
        self.card.show(false);
        self.state.set("practice");
    }

    /// Opens the menu, or closes it.
    pub(crate) fn toggle_menu(&mut self) {
        self.show_menu(!self.menu.is_shown());
    }

    /// Opens or closes the menu.
    pub(crate) fn show_menu(&mut self, show: bool) {
        self.menu.show(show);
        self.menu_expanded.set(if show { "true" } else { "false" });
    }

    /// Says how the connection is, when there is something to say.
    pub(crate) fn update(&mut self, connection: &ConnectionState, now_ms: f64) {
        self.state.set(name_of(connection));
        if matches!(connection, ConnectionState::Online) {
            self.offline_since_ms = None;
            self.was_online = true;
            self.card.show(false);
            self.leave_line();
            return;
        }
        self.tell_place(connection);
        let since = *self.offline_since_ms.get_or_insert(now_ms);
        let closed = matches!(connection, ConnectionState::Closed { .. });
        let queued = matches!(connection, ConnectionState::Queued { .. });
        if !closed && !queued && now_ms - since < PATIENCE_MS {
            return;
        }
        let (title, detail, button) = self.words(connection, now_ms);
        self.card_title.set(&title);
        self.card_detail.set(&detail);
        // During an attempt it keeps its place and the focus, and does nothing.
        let tries = matches!(connection, ConnectionState::Connecting | ConnectionState::Handshaking);
        self.retry_disabled.set(if tries { "true" } else { "false" });
        self.retry.show(button.is_some());
        self.meanwhile.show(!self.was_online && !closed);
        self.retry_text.set(button.unwrap_or_default());
        if self.card.show(true) && closed {
            let _ = self.retry_element().focus();
        }
    }

    /// We are removed: the card will say why.
    pub(crate) fn removed(&mut self, removal: &Removal, now_ms: f64) {
        let until_ms = now_ms + removal.seconds.map_or(0.0, f64::from) * 1_000.0;
        self.removal = Some((removal.clone(), until_ms));
    }

    /// Who removed us, why and for how long.
    fn why_removed(&self, now_ms: f64) -> String {
        let Some((removal, until_ms)) = &self.removal else { return String::new() };
        let by = if removal.voted {
            t("kicked.voted").to_owned()
        } else {
            fill("kicked.reason", &[("reason", &removal.reason)])
        };
        let minutes = ((until_ms - now_ms) / 60_000.0).ceil();
        let time = match (removal.banned, removal.seconds) {
            (false, _) => t("kicked.now").to_owned(),
            (true, Some(_)) if minutes < 1.0 => t("kicked.now").to_owned(),
            (true, Some(_)) => plural("kicked.minutes", minutes as i64, &[]),
            (true, None) => t("kicked.open").to_owned(),
        };
        format!("{by} {time}")
    }

    fn retry_element(&self) -> &HtmlElement {
        self.retry.element()
    }

    fn words(&self, connection: &ConnectionState, now_ms: f64) -> (String, String, Option<&'static str>) {
        let (title, detail, button) = match connection {
            ConnectionState::Queued { place, of } => {
                let title = fill("queue.place", &[("place", &place.to_string())]);
                return (title, plural("queue.more", i64::from(*of), &[]), None);
            }
            ConnectionState::Waiting { retry_at_ms, attempt } => {
                let seconds = ((retry_at_ms - now_ms) / 1000.0).ceil().max(0.0);
                let title = if self.was_online { t("connection.lost") } else { t("connection.no_answer") };
                let place = if self.was_online { t("connection.kept") } else { "" };
                let (attempt, seconds) = (attempt.to_string(), seconds.to_string());
                let next = fill("connection.try", &[("attempt", &attempt), ("seconds", &seconds)]);
                (title, format!("{next} {place}"), Some(t("connection.retry")))
            }
            ConnectionState::Closed { code, reason } => match code.and_then(CloseCode::from_code) {
                Some(CloseCode::Replaced) => (
                    t("connection.other_tab"),
                    t("connection.taken_over").to_owned(),
                    Some(t("connection.play_here")),
                ),
                Some(CloseCode::Kicked) => {
                    (t("kicked.title"), self.why_removed(now_ms), Some(t("kicked.back")))
                }
                Some(CloseCode::WrongVersion) => (
                    t("connection.new_version"),
                    t("connection.reload_for_it").to_owned(),
                    Some(t("connection.reload")),
                ),
                _ => {
                    let said = fill("connection.server_said", &[("reason", reason)]);
                    (t("connection.disconnected"), said, Some(t("connection.try_again")))
                }
            },
            _ if self.was_online => {
                (t("connection.reconnecting"), t("connection.kept").to_owned(), Some(t("connection.retry")))
            }
            _ => {
                (t("connection.connecting"), t("connection.looking").to_owned(), Some(t("connection.retry")))
            }
        };
        (title.to_owned(), detail, button)
    }
}

/// The state as tests and style sheets know it.
pub(crate) fn name_of(connection: &ConnectionState) -> &'static str {
    match connection {
        ConnectionState::Connecting => "connecting",
        ConnectionState::Handshaking => "handshaking",
        ConnectionState::Queued { .. } => "queued",
        ConnectionState::Online => "online",
        ConnectionState::Waiting { .. } => "waiting",
        ConnectionState::Closed { .. } => "closed",
    }
}
