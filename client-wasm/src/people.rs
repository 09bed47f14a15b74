//! The people of the room: whom we do not want to hear, and whom the others may want to be rid of, too.

use std::collections::BTreeSet;

use client_core::View;
use client_core::sim::PlayerId;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, EventTarget, HtmlDialogElement, HtmlElement};

use crate::dom::{self, Panel, Text};
use crate::i18n::{fill, t};
use crate::inbox::{Choice, Inbox, Wake};
use crate::render::hud::scoreboard::name_tag;
use crate::settings;

/// Fewer people than this have no votes, as the server counts.
const MIN_PEOPLE: usize = 3;

/// The dialog, and who is not heard.
pub(crate) struct People {
    dialog: HtmlDialogElement,
    list: Element,
    empty: Panel,
    note: Text,
    /// Until the tab is closed.
    unheard: BTreeSet<PlayerId>,
}

impl People {
    /// Finds it on the page and listens to what opens and closes it.
    ///
    /// # Errors
    /// When a part is missing.
    pub(crate) fn new(inbox: &Inbox) -> Result<Self, JsValue> {
        let dialog: HtmlDialogElement = dom::by_id("people")?;
        let post = inbox.clone();
        dom::listen(&dom::by_id::<EventTarget>("people-button")?, "click", move |_: Event| {
            post.post(Wake::Choice(Choice::OpenPeople(None)));
        });
        // Rows can be pressed only while the menu is open: see the style sheet.
        let post = inbox.clone();
        dom::listen(&dom::by_id::<EventTarget>("scores")?, "click", move |event: Event| {
            let id = target_of(&event).and_then(|target| player_of(&target, "tr"));
            post.post(Wake::Choice(Choice::OpenPeople(id)));
        });
        let list: Element = dom::by_id("people-list")?;
        let post = inbox.clone();
        dom::listen(&list, "click", move |event: Event| {
            let Some(target) = target_of(&event) else { return };
            let choice = match (target.get_attribute("data-do").as_deref(), player_of(&target, "li")) {
                (Some("mute"), Some(id)) => Choice::ToggleUnheard(id),
                (Some("vote"), Some(id)) => Choice::VoteKick(id),
                _ => return,
            };
            post.post(Wake::Choice(choice));
        });
        let closed = dialog.clone();
        dom::listen(&dom::by_id::<EventTarget>("people-close")?, "click", move |_: Event| closed.close());
        let closed = dialog.clone();
        dom::listen(&dialog, "click", move |event: Event| {
            if target_of(&event).is_some_and(|target| target.id() == "people") {
                closed.close();
            }
        });
        Ok(Self {
            dialog,
            list,
            empty: Panel::by_id("people-empty")?,
            note: Text::by_id("people-note")?,
            unheard: settings::unheard().into_iter().map(PlayerId).collect(),
        })
    }

    /// Opens it, with the focus on somebody.
    pub(crate) fn open(&mut self, view: &View, about: Option<PlayerId>) {
        self.show(view, about);
        if !self.dialog.open() {
            // Fails only for a dialog that is open.
            let _ = self.dialog.show_modal();
            self.show(view, about);
        }
    }

    /// Closes it.
    pub(crate) fn close(&self) {
        self.dialog.close();
    }

    /// Whether what somebody says is not to be shown.
    pub(crate) fn is_unheard(&self, id: PlayerId) -> bool {
        self.unheard.contains(&id)
    }

    /// Hears somebody no more, or again.
    pub(crate) fn toggle(&mut self, id: PlayerId, view: &View) {
        if !self.unheard.remove(&id) {
            self.unheard.insert(id);
        }
        settings::set_unheard(&self.unheard.iter().map(|id| id.0).collect::<Vec<_>>());
        self.show(view, Some(id));
    }

    /// Fills the list: people but us, by name.
    fn show(&mut self, view: &View, about: Option<PlayerId>) {
        self.list.set_text_content(None);
        let people = view.players.iter().filter(|player| !player.id.is_bot());
        let count = people.clone().filter(|player| player.connected).count();
        let mut others: Vec<_> = people.filter(|player| !player.me).collect();
        others.sort_by(|a, b| a.name.to_lowercase().cmp(&b.name.to_lowercase()).then(a.id.cmp(&b.id)));
        self.empty.show(others.is_empty());
        self.note.set(if count < MIN_PEOPLE && !others.is_empty() { t("people.too_few") } else { "" });
        for player in others {
            let row = dom::create("li", "");
            let _ = row.set_attribute("data-player", &player.id.to_string());
            let _ = row.append_child(&name_tag(player.id, &player.name));
            let unheard = self.is_unheard(player.id);
            let words = if unheard { t("people.hear") } else { t("people.mute") };
            let label = fill("people.about", &[("action", words), ("name", &player.name)]);
            let mute = button("mute", words, &label);
            let _ = mute.set_attribute("aria-pressed", if unheard { "true" } else { "false" });
            let vote = t("people.vote");
            let label = fill("people.about", &[("action", vote), ("name", &player.name)]);
            let vote = button("vote", vote, &label);
            let _ = vote.toggle_attribute_with_force("disabled", count < MIN_PEOPLE);
            let _ = row.append_with_node_2(&mute, &vote);
            let _ = self.list.append_child(&row);
            if about == Some(player.id) {
                let _ = mute.focus();
            }
        }
    }
}

fn button(action: &str, words: &str, label: &str) -> HtmlElement {
    let button = dom::create("button", "");
    for (name, value) in [("type", "button"), ("data-do", action), ("aria-label", label)] {
        // Fails only for names that are no attribute names.
        let _ = button.set_attribute(name, value);
    }
    button.set_text_content(Some(words));
    button.unchecked_into()
}

/// The player whose row something is in.
fn player_of(target: &Element, row: &str) -> Option<PlayerId> {
    let row = target.closest(row).ok().flatten()?;
    row.get_attribute("data-player")?.parse().ok().map(PlayerId)
}

fn target_of(event: &Event) -> Option<Element> {
    event.target().and_then(|target| target.dyn_into().ok())
}
