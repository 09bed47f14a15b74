//! What everybody should notice for a moment: new rules, the end of a round, the own death.

use client_core::preload::Loaded;
use client_core::protocol::{ErrorCode, RoundPhase};
use client_core::sim::PlayerId;
use client_core::{ClientEvent, PlayerView, View};
use wasm_bindgen::JsValue;

use super::podium;
use crate::dom::{Panel, Text};
use crate::i18n::{fill, plural, t};

/// How long a notice stays, milliseconds.
const TOAST_MS: f64 = 5_500.0;

pub(super) struct Notices {
    toast: Panel,
    toast_title: Text,
    toast_text: Text,
    toast_until_ms: f64,
    banner: Panel,
    banner_title: Text,
    banner_text: Text,
    respawn: Panel,
    respawn_seconds: Text,
    loading: Panel,
    loading_text: Text,
    respawn_title: Text,
    announcer: Text,
    announced_round: Option<u32>,
    /// Until when the others do not read what we say, if that is known.
    muted_until_ms: Option<f64>,
    /// The rules that play since we joined: only a change of them is news.
    known_release: Option<u32>,
}

impl Notices {
    pub(super) fn new() -> Result<Self, JsValue> {
        Ok(Self {
            toast: Panel::by_id("toast")?,
            toast_title: Text::by_id("toast-title")?,
            toast_text: Text::by_id("toast-text")?,
            toast_until_ms: 0.0,
            banner: Panel::by_id("banner")?,
            banner_title: Text::by_id("banner-title")?,
            banner_text: Text::by_id("banner-text")?,
            respawn: Panel::by_id("respawn")?,
            respawn_seconds: Text::by_id("respawn-seconds")?,
            loading: Panel::by_id("background-hint")?,
            loading_text: Text::by_id("background-hint-text")?,
            respawn_title: Text::by_id("respawn-title")?,
            announcer: Text::by_id("announcer")?,
            announced_round: None,
            muted_until_ms: None,
            known_release: None,
        })
    }

    pub(super) fn handle(&mut self, event: &ClientEvent, view: &View, now_ms: f64) {
        let name = |id: PlayerId| view.player(id).map_or(t("feed.somebody"), |player| player.name.as_str());
        match event {
            ClientEvent::Killed { killer, victim, .. } if view.me == Some(*victim) => {
                let words = if killer == victim {
                    t("respawn.title").to_owned()
                } else {
                    fill("respawn.by", &[("name", name(*killer))])
                };
                self.announcer.set(&words);
                self.respawn_title.set(&words);
            }
            ClientEvent::Killed { killer, victim, .. } if view.me == Some(*killer) => {
                self.announcer.set(&fill("announce.knocked_out", &[("name", name(*victim))]));
            }
            ClientEvent::Respawned { player } if view.me == Some(*player) => {
                self.announcer.set(t("announce.back"));
            }
            ClientEvent::RulesActive { release } => {
                let known = self.known_release.replace(release.number);
                if known.is_some_and(|known| known != release.number) {
                    let name = if release.version.is_empty() { t("rules.unnamed") } else { &release.version };
                    let number = release.number.to_string();
                    let title = fill("rules.changed", &[("name", name), ("number", &number)]);
                    self.say(&title, &release.note, now_ms);
                }
            }
            ClientEvent::RulesFailed { release, .. } => {
                let number = release.number.to_string();
                let title = fill("rules.failed", &[("name", &release.version), ("number", &number)]);
                self.say(&title, t("rules.failed.more"), now_ms);
            }
            ClientEvent::Draining => {
                self.say(t("server.restarts"), t("server.restarts.more"), now_ms);
            }
            ClientEvent::ServerError { code, message } => match code {
                ErrorCode::RateLimited => self.say(t("refused.too_fast"), t("refused.too_fast.more"), now_ms),
                ErrorCode::BadName => self.say(t("refused.name"), t("refused.name.more"), now_ms),
                ErrorCode::Muted => self.say(t("muted.title"), &self.muted_for(now_ms), now_ms),
                ErrorCode::VoteRefused => self.say(t("refused.vote"), t("refused.vote.more"), now_ms),
                _ => self.say(t("server.refused"), message, now_ms),
            },
            ClientEvent::Muted { muted: true, seconds } => {
                self.muted_until_ms = seconds.map(|seconds| now_ms + f64::from(seconds) * 1_000.0);
                self.say(t("muted.title"), &self.muted_for(now_ms), now_ms);
            }
            ClientEvent::Muted { muted: false, .. } => {
                self.say(t("muted.over"), t("muted.over.more"), now_ms);
            }
            ClientEvent::Joined { resumed: true, .. } => {
                self.say(t("welcome_back"), t("welcome_back.more"), now_ms);
            }
            ClientEvent::Joined { resumed: false, .. } => self.known_release = None,
            _ => {}
        }
    }

    /// Until when we are muted, in words.
    fn muted_for(&self, now_ms: f64) -> String {
        let minutes = self.muted_until_ms.map(|until_ms| ((until_ms - now_ms) / 60_000.0).ceil().max(1.0));
        minutes.map_or_else(
            || t("muted.open").to_owned(),
            |minutes| plural("muted.minutes", minutes as i64, &[]),
        )
    }

    /// Says something to who listens rather than looks.
    pub(super) fn announce(&mut self, words: &str) {
        self.announcer.set(words);
    }

    pub(super) fn say(&mut self, title: &str, text: &str, now_ms: f64) {
        self.toast_title.set(title);
        self.toast_text.set(text);
        self.toast_until_ms = now_ms + TOAST_MS;
    }

    pub(super) fn show_loading(&mut self, loaded: Option<Loaded>) {
        self.loading.show(loaded.is_some());
        let Some(Loaded { bytes, total }) = loaded else { return };
        self.loading_text.set(&match total {
            0 => t("scene.loading").to_owned(),
            _ => {
                let (here, total) = ((bytes / 1024).to_string(), total.div_ceil(1024).to_string());
                fill("scene.loading.bytes", &[("here", &here), ("total", &total)])
            }
        });
    }

    pub(super) fn update(&mut self, view: &View, now_ms: f64) {
        // Practice has no release, and whoever joins is told of native rules at once.
        if view.me.is_some() && view.release.number > 0 {
            self.known_release.get_or_insert(view.release.number);
        }
        self.toast.show(now_ms < self.toast_until_ms);
        let over = view.round.as_ref().filter(|round| round.phase == RoundPhase::Over);
        self.banner.show(over.is_some());
        if let Some(round) = over {
            let winner = round.winner.and_then(|winner| view.player(winner));
            let title = podium::title(round, winner, view);
            if self.announced_round.replace(round.number) != Some(round.number) {
                self.announcer.set(&podium::spoken(&title, round));
            }
            self.banner_title.set(&title);
            let next = (view.seconds_left.ceil() as u32).to_string();
            let score = match round.teams.as_slice() {
                [one, two] => {
                    fill("round.team.result", &[("one", &one.to_string()), ("two", &two.to_string())])
                }
                _ => winner.map(describe).unwrap_or_default(),
            };
            self.banner_text.set(&format!("{score}{}", fill("round.next", &[("n", &next)])));
        }
        let dead = view.own().is_some_and(|me| !me.alive);
        self.respawn.show(dead && over.is_none());
        if dead {
            self.respawn_seconds.set(&(view.respawn_seconds.ceil().max(1.0) as u32).to_string());
        }
    }
}

fn describe(winner: &PlayerView) -> String {
    plural("round.result", i64::from(winner.score), &[("kills", &winner.kills.to_string())])
}
