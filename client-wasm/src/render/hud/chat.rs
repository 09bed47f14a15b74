//! What people say. Names and texts of others are only ever set as plain text.

use std::collections::VecDeque;

use client_core::PlayerView;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlElement, HtmlInputElement};

use super::scoreboard::name_tag;
use crate::dom::{self, Panel};

/// Lines that are kept.
const LINES: usize = 12;
/// How long a line is seen while nobody writes, milliseconds.
const STAY_MS: f64 = 12_000.0;

pub(crate) struct Chat {
    section: Element,
    log: Element,
    form: Panel,
    input: HtmlInputElement,
    lines: VecDeque<(Element, f64)>,
    /// Number of the room that all this was said in.
    room: Option<u32>,
}

impl Chat {
    pub(super) fn new() -> Result<Self, JsValue> {
        let mut form = Panel::by_id("chat-form")?;
        form.show(false);
        Ok(Self {
            section: dom::by_id("chat")?,
            log: dom::by_id("chat-log")?,
            form,
            input: dom::by_id("chat-input")?,
            lines: VecDeque::new(),
            room: None,
        })
    }

    pub(super) fn panel(&self) -> &Element {
        &self.section
    }

    /// We are in the room with this number, or in none: what was said, or half written, in another one stays there.
    pub(crate) fn enter(&mut self, room: Option<u32>) {
        let before = std::mem::replace(&mut self.room, room);
        if before.is_none() || before == room {
            return;
        }
        self.lines.clear();
        self.log.set_text_content(None);
        self.open(false);
    }

    /// Whether the player is writing.
    pub(crate) fn is_open(&self) -> bool {
        self.form.is_shown()
    }

    /// Opens or closes the input.
    pub(crate) fn open(&mut self, open: bool) {
        if !self.form.show(open) {
            return;
        }
        let _ = self.section.class_list().toggle_with_force("open", open);
        if open {
            let _ = self.input.focus();
        } else {
            self.input.set_value("");
            let _ = self.input.blur();
        }
    }

    /// Takes what was written, and closes.
    pub(crate) fn take(&mut self) -> String {
        let text = self.input.value();
        self.open(false);
        text
    }

    pub(super) fn add(&mut self, from: Option<&PlayerView>, text: &str, now_ms: f64) {
        let line = dom::create("li", "");
        if let Some(player) = from {
            let _ = line.append_child(&name_tag(player.id, &player.name));
        }
        let words = dom::create("span", "");
        words.set_text_content(Some(&format!(" {text}")));
        let _ = line.append_child(&words);
        let _ = self.log.append_child(&line);
        self.lines.push_back((line, now_ms));
        while self.lines.len() > LINES {
            if let Some((line, _)) = self.lines.pop_front() {
                line.remove();
            }
        }
        if let Some(log) = self.log.dyn_ref::<HtmlElement>() {
            log.set_scroll_top(log.scroll_height());
        }
    }

    /// Lets old lines disappear.
    pub(super) fn fade(&mut self, now_ms: f64) {
        for (line, _) in self.lines.iter().filter(|(_, born)| now_ms - born > STAY_MS) {
            if line.class_name().is_empty() {
                line.set_class_name("old");
            }
        }
    }
}
