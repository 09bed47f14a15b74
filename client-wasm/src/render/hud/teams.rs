//! Two teams: which one is ours, and what both have.

use client_core::View;
use client_core::protocol::RoundPhase;
use wasm_bindgen::JsValue;

use crate::dom::{Attribute, Panel, Text};
use crate::i18n::t;

/// Names of the teams.
pub(super) fn name(team: u8) -> &'static str {
    if team == 1 { t("team.blue") } else { t("team.orange") }
}

/// Points of both teams, as far as everybody is in sight.
pub(super) fn points(view: &View) -> [i32; 2] {
    let of = |team| view.players.iter().filter(|player| player.team == team).map(|player| player.score).sum();
    [of(1), of(2)]
}

/// Whether the fight is one of teams.
pub(super) fn are_on(view: &View) -> bool {
    view.players.iter().any(|player| player.team > 0)
}

/// The line under the clock.
pub(super) struct Teams {
    panel: Panel,
    own: Attribute,
    points: [Text; 2],
    /// Ours, as it was said last.
    known: u8,
}

impl Teams {
    pub(super) fn new() -> Result<Self, JsValue> {
        let panel = Panel::by_id("team-score")?;
        Ok(Self {
            own: Attribute::new(panel.element().clone().into(), "data-own"),
            points: [Text::by_id("team-points-1")?, Text::by_id("team-points-2")?],
            panel,
            known: 0,
        })
    }

    /// Shows both scores; gives what should be said to a player who has come to a team.
    pub(super) fn update(&mut self, view: &View) -> Option<(&'static str, &'static str)> {
        let own = view.own().map_or(0, |me| me.team);
        let told =
            view.round.as_ref().filter(|round| round.phase == RoundPhase::Over && round.teams.len() == 2);
        self.panel.show(own > 0 && view.standing.is_none());
        if own > 0 {
            let sums = told.map_or_else(|| points(view), |round| [round.teams[0], round.teams[1]]);
            for (text, sum) in self.points.iter_mut().zip(sums) {
                text.set(&sum.to_string());
            }
            self.own.set(if own == 1 { "1" } else { "2" });
        }
        let before = std::mem::replace(&mut self.known, own);
        match own {
            _ if own == before => None,
            1 => Some((t("team.you.blue"), t("team.you.blue.more"))),
            2 => Some((t("team.you.orange"), t("team.you.orange.more"))),
            _ => None,
        }
    }
}
