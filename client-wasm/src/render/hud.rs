//! The display around the fight: text on the page rather than on the canvas, so that it is crisp, scales with the
//! reader's settings and can be read aloud. Nothing is written that did not change.

mod chat;
mod feed;
mod kick_vote;
mod notices;
mod podium;
pub(crate) mod scoreboard;
mod status;
mod teams;
mod vitals;

use client_core::preload::Loaded;
use client_core::protocol::KickVoteState;
use client_core::{ClientEvent, ConnectionState, NetStats, View};
use wasm_bindgen::JsValue;
use web_sys::Element;

use crate::dom::{self, Panel, Text};
use crate::i18n::{fill, plural, t};
use chat::Chat;
use feed::Feed;
use kick_vote::KickPanel;
use notices::Notices;
use podium::Podium;
pub(crate) use podium::metres;
use scoreboard::Scoreboard;
use status::Status;
use teams::Teams;
use vitals::Vitals;

/// What is not written in every frame, in the order of its urgency.
#[derive(Clone, Copy, Debug)]
enum Turn {
    /// Lists and small print.
    Lists,
    /// Who leads: read by those who have a moment.
    Scores,
    /// Which panels lie over the own avatar.
    Covers,
}

/// The turns, and the time between two of each, milliseconds.
const TURNS: [(Turn, f64); 3] = [(Turn::Lists, 200.0), (Turn::Scores, 500.0), (Turn::Covers, 200.0)];

/// The whole display.
pub(crate) struct Hud {
    panel: Panel,
    clock: Text,
    clock_element: Element,
    round: Text,
    points: Text,
    unit: Text,
    vitals: Vitals,
    scoreboard: Scoreboard,
    status: Status,
    feed: Feed,
    notices: Notices,
    podium: Podium,
    teams: Teams,
    /// The chat.
    pub(crate) chat: Chat,
    /// The vote on removing somebody.
    pub(crate) kick: KickPanel,
    /// When each of [`TURNS`] was last.
    turns_ms: [f64; TURNS.len()],
}

impl Hud {
    /// Finds its parts on the page.
    ///
    /// # Errors
    /// When one is missing.
    pub(crate) fn new() -> Result<Self, JsValue> {
        Ok(Self {
            panel: Panel::by_id("hud")?,
            clock: Text::by_id("round-clock")?,
            clock_element: dom::by_id("round-clock")?,
            round: Text::by_id("round-label")?,
            points: Text::by_id("own-points")?,
            unit: Text::by_id("own-unit")?,
            vitals: Vitals::new()?,
            scoreboard: Scoreboard::new()?,
            status: Status::new()?,
            feed: Feed::new()?,
            notices: Notices::new()?,
            podium: Podium::new()?,
            teams: Teams::new()?,
            chat: Chat::new()?,
            kick: KickPanel::new()?,
            turns_ms: [0.0; TURNS.len()],
        })
    }

    /// Shows or hides all of it.
    pub(crate) fn show(&mut self, show: bool) {
        self.panel.show(show);
    }

    /// Takes up something that happened.
    pub(crate) fn handle(&mut self, event: &ClientEvent, view: &View, now_ms: f64) {
        self.feed.handle(event, view, now_ms);
        self.notices.handle(event, view, now_ms);
        if let ClientEvent::Chat { from, text } = event {
            self.chat.add(view.player(*from), text, now_ms);
        }
        match event {
            ClientEvent::KickVote { vote, seconds } => {
                if let Some(words) = self.kick.take(vote, *seconds, view, now_ms) {
                    self.notices.announce(&words);
                    if vote.state != KickVoteState::Open {
                        self.notices.say(&words, "", now_ms);
                    }
                }
            }
            ClientEvent::Joined { .. } | ClientEvent::Rejected { .. } => self.kick.close(),
            _ => {}
        }
    }

    /// Says something that everybody should notice.
    pub(crate) fn say(&mut self, title: &str, text: &str, now_ms: f64) {
        self.notices.say(title, text, now_ms);
    }

    /// Says whether the network was made bad on purpose, and whether no WebSocket gets through.
    pub(crate) fn show_line(&mut self, bad: bool, polls: bool) {
        self.status.show_line(bad, polls);
    }

    /// Says what a fight without a server is called.
    pub(crate) fn show_offline(&mut self, title: Option<&'static str>) {
        self.status.show_offline(title);
    }

    /// Says how much of the scene is here, while something of it is on its way.
    pub(crate) fn show_loading(&mut self, loaded: Option<Loaded>) {
        self.notices.show_loading(loaded);
    }

    /// Shows what `view` says. `focus` is where the own avatar is, CSS pixels of the page.
    pub(crate) fn update(
        &mut self,
        view: &View,
        connection: &ConnectionState,
        stats: &NetStats,
        focus: Option<(f64, f64)>,
        now_ms: f64,
    ) {
        let seconds = view.seconds_left.ceil() as u32;
        let playing =
            view.round.as_ref().is_none_or(|round| round.phase == client_core::protocol::RoundPhase::Playing);
        self.clock.set(&format!("{}:{:02}", seconds / 60, seconds % 60));
        let _ = self.clock_element.class_list().toggle_with_force("ending", playing && seconds <= 10);
        match &view.round {
            Some(round) if playing => {
                self.round.set(&fill("round.number", &[("n", &round.number.to_string())]))
            }
            Some(round) => self.round.set(&fill("round.to", &[("n", &(round.number + 1).to_string())])),
            None => self.round.set(t("status.joining")),
        }
        let points = view.own().map_or(0, |me| me.score);
        self.points.set(&points.to_string());
        self.unit.set(&plural("points", i64::from(points), &[]));
        self.vitals.update(view);
        self.notices.update(view, now_ms);
        self.podium.update(view);
        match self.next_turn(now_ms) {
            Some(Turn::Lists) => {
                self.kick.update(now_ms);
                if let Some((title, text)) = self.teams.update(view) {
                    self.notices.say(title, text, now_ms);
                }
                self.status.update(view, connection, stats, now_ms);
                self.feed.fade(now_ms);
                self.chat.fade(now_ms);
            }
            Some(Turn::Scores) => self.scoreboard.update(view),
            Some(Turn::Covers) => {
                let focus = focus.filter(|_| !self.chat.is_open());
                let panels =
                    [self.scoreboard.panel(), self.feed.panel(), self.status.panel(), self.chat.panel()];
                panels.into_iter().for_each(|panel| dim(panel, focus));
            }
            None => {}
        }
    }

    /// Whose turn it is: of one at most, so that no frame pays for all of them.
    fn next_turn(&mut self, now_ms: f64) -> Option<Turn> {
        let due =
            |(index, (_, every_ms)): &(usize, &(Turn, f64))| now_ms - self.turns_ms[*index] >= *every_ms;
        let (index, (turn, _)) = TURNS.iter().enumerate().find(due)?;
        self.turns_ms[index] = now_ms;
        Some(*turn)
    }
}

/// Makes a panel transparent while it lies over the own avatar, which is at `focus`.
pub(crate) fn dim(panel: &Element, focus: Option<(f64, f64)>) {
    let covers = focus.is_some_and(|focus| covers(panel, focus));
    let _ = panel.class_list().toggle_with_force("dim", covers);
}

/// Whether a panel lies over the own avatar, or nearly.
fn covers(panel: &Element, (x, y): (f64, f64)) -> bool {
    const NEAR: f64 = 46.0;
    let rect = panel.get_bounding_client_rect();
    let inside = |value: f64, from: f64, to: f64| value > from - NEAR && value < to + NEAR;
    inside(x, rect.left(), rect.right()) && inside(y, rect.top(), rect.bottom())
}
