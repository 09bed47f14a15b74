//! The vote on the card of the next round, in the pause, and the card that is in force.
//!
//! The page is written to when a vote begins, when counts change, and when rounds do; the bar of time runs by itself.

mod glyph;

use client_core::protocol::vote::NO_CARD;
use client_core::protocol::{CardInfo, ReleaseInfo, RoundPhase, VoteInfo};
use client_core::{ClientEvent, View};
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, HtmlElement};

use crate::dom::{self, Attribute, Panel, Text};
use crate::i18n::{self, fill, plural, t};
use crate::inbox::{Choice, Inbox, Wake};

/// The cards on the page.
pub(crate) struct VotePanel {
    panel: Panel,
    title: Text,
    list: Element,
    time: HtmlElement,
    state: Attribute,
    in_force: Panel,
    in_force_text: Text,
    in_force_title: Attribute,
    vote: Option<VoteInfo>,
    buttons: Vec<Button>,
    chosen: Option<u8>,
    /// Name of the card in force, in which language it is shown.
    shown: (String, &'static str),
}

/// One of the options.
struct Button {
    pressed: Attribute,
    result: Attribute,
    votes: Text,
    spoken: Text,
}

impl VotePanel {
    /// Finds it on the page.
    ///
    /// # Errors
    /// When a part of it is missing.
    pub(crate) fn new(inbox: &Inbox) -> Result<Self, JsValue> {
        let list: Element = dom::by_id("vote-cards")?;
        let post = inbox.clone();
        dom::listen(&list, "click", move |event: Event| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let button = target.and_then(|target| target.closest("[data-option]").ok().flatten());
            let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) else {
                return;
            };
            // Or the next press of the space bar would press it again, instead of striking.
            let _ = button.blur();
            let option = button.get_attribute("data-option").and_then(|option| option.parse().ok());
            option.into_iter().for_each(|option| post.post(Wake::Choice(Choice::Vote(option))));
        });
        Ok(Self {
            panel: Panel::by_id("vote")?,
            title: Text::by_id("vote-title")?,
            list,
            time: dom::by_id("vote-time")?,
            state: Attribute::new(dom::by_id("vote")?, "data-state"),
            in_force: Panel::by_id("card-in-force")?,
            in_force_text: Text::by_id("card-in-force")?,
            in_force_title: Attribute::new(dom::by_id("card-in-force")?, "title"),
            vote: None,
            buttons: Vec::new(),
            chosen: None,
            shown: (String::new(), ""),
        })
    }

    /// Takes up something that happened.
    pub(crate) fn handle(&mut self, event: &ClientEvent, view: &View) {
        match event {
            ClientEvent::Vote(vote) => self.take(vote, view),
            ClientEvent::Joined { .. } | ClientEvent::ConnectionLost { .. } => self.close(),
            ClientEvent::Round(round) if round.phase == RoundPhase::Playing => self.close(),
            _ => {}
        }
    }

    /// What to say of rules that are in force from now on, if they came with a card.
    pub(crate) fn announcement(event: &ClientEvent) -> Option<(String, String)> {
        let ClientEvent::RulesActive { release: ReleaseInfo { card: Some(card), .. } } = event else {
            return None;
        };
        let (title, text) = words(card);
        Some((fill("vote.now", &[("card", title)]), text.to_owned()))
    }

    /// Chooses an option, counted from 0: gives the number of the vote, if that is possible now.
    pub(crate) fn choose(&mut self, option: u8) -> Option<u32> {
        let vote = self.vote.as_ref().filter(|vote| vote.outcome.is_none())?;
        vote.options.get(usize::from(option))?;
        let id = vote.id;
        self.chosen = Some(option);
        self.show();
        Some(id)
    }

    /// Shows which card is in force, and takes away a vote whose pause is over.
    pub(crate) fn update(&mut self, view: &View) {
        let playing = view.round.as_ref().is_some_and(|round| round.phase == RoundPhase::Playing);
        if playing && self.vote.is_some() {
            self.close();
        }
        let name = view.release.card.as_ref().map_or("", |card| card.name.as_str());
        let language = i18n::language().code();
        if self.shown.0 == name && self.shown.1 == language {
            return;
        }
        self.shown = (name.to_owned(), language);
        self.in_force.show(view.release.card.is_some());
        if let Some(card) = &view.release.card {
            let (title, text) = words(card);
            self.in_force_text.set(title);
            self.in_force_title.set(text);
        }
    }

    /// Takes the vote off the page.
    pub(crate) fn close(&mut self) {
        self.panel.show(false);
        (self.vote, self.chosen) = (None, None);
    }

    /// Takes everything away: we are not in a fight any more.
    pub(crate) fn leave(&mut self) {
        self.close();
        self.in_force.show(false);
        self.shown = (String::new(), "");
    }

    /// Whether there is something to choose.
    pub(crate) fn is_open() -> bool {
        let panel = dom::by_id::<HtmlElement>("vote");
        panel.is_ok_and(|panel| {
            panel.offset_width() > 0 && panel.get_attribute("data-state").as_deref() == Some("open")
        })
    }

    fn take(&mut self, vote: &VoteInfo, view: &View) {
        if self.vote.as_ref().is_none_or(|known| known.id != vote.id) {
            self.chosen = None;
            self.build(vote);
            // From the end of the pause to that of the vote is a second; the bar knows only seconds.
            let left = view.round.as_ref().map_or(0.0, |round| {
                let rest = round.ends.since(vote.ends) as f32 / client_core::sim::DEFAULT_TICK_RATE as f32;
                (view.seconds_left - rest).max(0.1)
            });
            let _ = self.time.style().set_property("animation-duration", &format!("{left:.2}s"));
        }
        self.vote = Some(vote.clone());
        self.show();
    }

    fn build(&mut self, vote: &VoteInfo) {
        self.list.set_text_content(None);
        self.buttons =
            (0_u8..).zip(&vote.options).filter_map(|(option, card)| self.button(option, card)).collect();
    }

    fn button(&self, option: u8, card: &CardInfo) -> Option<Button> {
        let (title, text) = words(card);
        let class = if card.name == NO_CARD { "vote-card none" } else { "vote-card" };
        let item = dom::create("li", class);
        let button: HtmlElement = dom::create("button", "").dyn_into().ok()?;
        let _ = button.set_attribute("type", "button");
        let _ = button.set_attribute("data-card", &card.name);
        let _ = button.set_attribute("data-option", &option.to_string());
        let add = |tag: &str, class: &str, words: &str| {
            let part = dom::create(tag, class);
            part.set_text_content(Some(words));
            let _ = button.append_child(&part);
            part
        };
        let key = add("kbd", "", &(option + 1).to_string());
        if card.name != NO_CARD
            && let Some(sign) = glyph::draw(&card.name)
        {
            let _ = button.append_child(&sign);
        }
        add("strong", "", title);
        add("span", "vote-text", text);
        let votes = add("b", "vote-count", "");
        let spoken = add("span", "unseen", "");
        for silent in [&key, &votes] {
            let _ = silent.set_attribute("aria-hidden", "true");
        }
        let _ = item.append_child(&button);
        let _ = self.list.append_child(&item);
        Some(Button {
            pressed: Attribute::new(button.clone().into(), "aria-pressed"),
            result: Attribute::new(item, "data-result"),
            votes: Text::new(votes),
            spoken: Text::new(spoken),
        })
    }

    fn show(&mut self) {
        let Some(vote) = &self.vote else { return };
        for (option, button) in (0_u8..).zip(&mut self.buttons) {
            let count = vote.counts.get(usize::from(option)).copied().unwrap_or(0);
            button.votes.set(&if count == 0 { String::new() } else { count.to_string() });
            button.spoken.set(&plural("vote.count", i64::from(count), &[]));
            button.pressed.set(if self.chosen == Some(option) { "true" } else { "false" });
            button.result.set(match vote.outcome {
                None => "open",
                Some(outcome) if outcome == option => "won",
                Some(_) => "lost",
            });
        }
        match vote.chosen() {
            Some(card) => {
                self.title.set(&fill("vote.result", &[("card", words(card).0)]));
                self.state.set("over");
            }
            None => {
                self.title.set(t("vote.title"));
                self.state.set("open");
            }
        }
        self.panel.show(true);
    }
}

/// Title and text in the reader's language.
fn words(card: &CardInfo) -> (&str, &str) {
    if card.name == NO_CARD {
        return (t("vote.none"), t("vote.none.text"));
    }
    card.words_in(i18n::language().code())
}
