//! A vote on removing somebody: small, beside the fight, answered by key, mouse or finger.

use client_core::View;
use client_core::protocol::{KickVote, KickVoteState};
use client_core::sim::PlayerId;
use wasm_bindgen::JsValue;

use crate::dom::{Attribute, Panel, Text};
use crate::i18n::{fill, t};

/// The panel.
pub(crate) struct KickPanel {
    panel: Panel,
    title: Text,
    count: Text,
    buttons: Panel,
    pressed: [Attribute; 2],
    open: Option<Open>,
}

/// The vote that is open.
struct Open {
    vote: KickVote,
    ends_ms: f64,
    answer: Option<bool>,
}

impl KickPanel {
    pub(super) fn new() -> Result<Self, JsValue> {
        let mut panel = Panel::by_id("kick-vote")?;
        panel.show(false);
        let pressed = |id: &str| Ok::<_, JsValue>(Attribute::new(crate::dom::by_id(id)?, "aria-pressed"));
        Ok(Self {
            panel,
            title: Text::by_id("kick-title")?,
            count: Text::by_id("kick-count")?,
            buttons: Panel::by_id("kick-buttons")?,
            pressed: [pressed("kick-yes")?, pressed("kick-no")?],
            open: None,
        })
    }

    /// News of a vote. Gives what everybody should notice: that it began, or how it ended.
    pub(super) fn take(&mut self, vote: &KickVote, seconds: f32, view: &View, now_ms: f64) -> Option<String> {
        let about_us = view.me == Some(vote.target);
        let known = self.open.as_ref().filter(|open| open.vote.id == vote.id);
        let answer = known.and_then(|open| open.answer);
        let is_new = known.is_none();
        let name = [("name", vote.target_name.as_str())];
        if vote.state != KickVoteState::Open {
            self.close();
            let passed = vote.state == KickVoteState::Passed;
            return Some(match (passed, about_us) {
                (true, _) => fill("kick.passed", &name),
                (false, true) => t("kick.you_stay").to_owned(),
                (false, false) => fill("kick.failed", &name),
            });
        }
        let answer = answer.or((view.me == Some(vote.by)).then_some(true));
        self.open = Some(Open { vote: vote.clone(), ends_ms: now_ms + f64::from(seconds) * 1_000.0, answer });
        let title = if about_us {
            t("kick.about_you").to_owned()
        } else {
            fill("kick.title", &[("name", &vote.target_name), ("by", by_name(view, vote.by))])
        };
        self.title.set(&title);
        self.buttons.show(!about_us);
        self.show_answer();
        self.panel.show(true);
        self.update(now_ms);
        is_new.then_some(title)
    }

    /// Counts down.
    pub(super) fn update(&mut self, now_ms: f64) {
        let Some(open) = &self.open else { return };
        let seconds = ((open.ends_ms - now_ms) / 1_000.0).ceil();
        if seconds < -3.0 {
            // The word that it is over was lost with the connection.
            return self.close();
        }
        let KickVote { yes, no, needed, .. } = &open.vote;
        let values =
            [("yes", yes), ("no", no), ("needed", needed)].map(|(name, count)| (name, count.to_string()));
        let seconds = seconds.max(0.0).to_string();
        let [yes, no, needed] = &values;
        self.count.set(&fill(
            "kick.count",
            &[(yes.0, &yes.1), (no.0, &no.1), (needed.0, &needed.1), ("seconds", &seconds)],
        ));
    }

    /// What was pressed; gives the number of the vote that it is for.
    pub(crate) fn answer(&mut self, yes: bool) -> Option<u32> {
        let open = self.open.as_mut()?;
        open.answer = Some(yes);
        let id = open.vote.id;
        self.show_answer();
        Some(id)
    }

    /// Away with it.
    pub(crate) fn close(&mut self) {
        self.open = None;
        self.panel.show(false);
    }

    fn show_answer(&mut self) {
        let answer = self.open.as_ref().and_then(|open| open.answer);
        for (attribute, side) in self.pressed.iter_mut().zip([true, false]) {
            attribute.set(if answer == Some(side) { "true" } else { "false" });
        }
    }
}

fn by_name(view: &View, id: PlayerId) -> &str {
    view.player(id).map_or(t("feed.somebody"), |player| player.name.as_str())
}
