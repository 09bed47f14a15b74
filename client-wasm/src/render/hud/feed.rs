//! Who did what to whom, who came and who went.

use std::collections::VecDeque;

use client_core::sim::PlayerId;
use client_core::{ClientEvent, View};
use wasm_bindgen::JsValue;
use web_sys::{Element, Node};

use super::scoreboard::name_tag;
use crate::dom;
use crate::i18n::t;

/// Lines at most.
const LINES: usize = 5;
/// How long a line stays, milliseconds.
const STAY_MS: f64 = 6_500.0;
/// Where hundreds fight, what others do is told no more often than can be read, milliseconds.
const PAUSE_MS: f64 = 500.0;

pub(super) struct Feed {
    list: Element,
    lines: VecDeque<(Element, f64)>,
}

/// A piece of a line.
enum Piece<'a> {
    Player(PlayerId, &'a str),
    Words(&'a str),
    /// A sign, and what it means.
    Sign(&'a str, &'a str),
}

impl Feed {
    pub(super) fn new() -> Result<Self, JsValue> {
        Ok(Self { list: dom::by_id("feed")?, lines: VecDeque::new() })
    }

    pub(super) fn panel(&self) -> &Element {
        &self.list
    }

    pub(super) fn handle(&mut self, event: &ClientEvent, view: &View, now_ms: f64) {
        let name = |id: PlayerId| view.player(id).map_or(t("feed.somebody"), |player| player.name.as_str());
        let own = |id: PlayerId| view.me == Some(id);
        match event {
            ClientEvent::Killed { killer, victim, by_orb } => {
                let sign = if *by_orb {
                    Piece::Sign("icon orb", t("feed.burned"))
                } else {
                    Piece::Sign("icon strike", t("feed.knocked_out"))
                };
                let pieces =
                    [Piece::Player(*killer, name(*killer)), sign, Piece::Player(*victim, name(*victim))];
                self.add(&pieces, own(*killer) || own(*victim), now_ms);
            }
            ClientEvent::PlayerJoined { id, name } => {
                self.add(&[Piece::Player(*id, name), Piece::Words(t("feed.joined"))], false, now_ms);
            }
            ClientEvent::PlayerLeft { id, name } if !name.is_empty() => {
                self.add(&[Piece::Player(*id, name), Piece::Words(t("feed.left"))], false, now_ms);
            }
            _ => {}
        }
    }

    fn add(&mut self, pieces: &[Piece], mine: bool, now_ms: f64) {
        let soon = self.lines.back().is_some_and(|(_, born)| now_ms - born < PAUSE_MS);
        if soon && !mine && self.lines.len() == LINES {
            return;
        }
        let line = dom::create("li", if mine { "mine" } else { "" });
        for piece in pieces {
            let node: Node = match piece {
                Piece::Player(id, name) => name_tag(*id, name).into(),
                Piece::Words(words) => {
                    let element = dom::create("em", "");
                    element.set_text_content(Some(words));
                    element.into()
                }
                Piece::Sign(class, meaning) => {
                    let element = dom::create("i", class);
                    let _ = element.set_attribute("role", "img");
                    let _ = element.set_attribute("aria-label", meaning);
                    element.into()
                }
            };
            let _ = line.append_child(&node);
        }
        let _ = self.list.append_child(&line);
        self.lines.push_back((line, now_ms));
        while self.lines.len() > LINES {
            self.drop_oldest();
        }
    }

    /// Removes what is old.
    pub(super) fn fade(&mut self, now_ms: f64) {
        while self.lines.front().is_some_and(|(_, born)| now_ms - born > STAY_MS) {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some((line, _)) = self.lines.pop_front() {
            line.remove();
        }
    }
}
