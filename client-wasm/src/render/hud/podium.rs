//! The end of a round: the best three, and what is worth telling. It is made once a round, and gone when play goes on.

use client_core::protocol::server::Leader;
use client_core::protocol::{Moment, MomentKind, RoundInfo, RoundPhase};
use client_core::sim::PlayerId;
use client_core::{PlayerView, View};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlCanvasElement};

use super::scoreboard::name_tag;
use super::teams;
use crate::dom::{self, Panel};
use crate::i18n::{fill, plural, t};
use crate::render::sprites;
use crate::render::surface;

/// World units in a metre: a fighter is a bit less than a metre wide.
const METRE: f64 = 40.0;
/// Side of an avatar, CSS pixels, the winner's first.
const AVATARS: [f64; 3] = [76.0, 58.0, 58.0];

/// A distance in metres.
pub(crate) fn metres(units: f64) -> String {
    format!("{:.1}", units / METRE)
}

pub(super) struct Podium {
    panel: Panel,
    steps: Element,
    moments: Element,
    /// The round that it shows.
    shown: Option<u32>,
}

impl Podium {
    pub(super) fn new() -> Result<Self, JsValue> {
        Ok(Self {
            panel: Panel::by_id("podium")?,
            steps: dom::by_id("podium-steps")?,
            moments: dom::by_id("podium-moments")?,
            shown: None,
        })
    }

    /// Shows the end of the round, if it is over.
    pub(super) fn update(&mut self, view: &View) {
        let round = view.round.as_ref().filter(|round| round.phase == RoundPhase::Over);
        let round = round.filter(|round| !round.podium.is_empty());
        self.panel.show(round.is_some());
        let number = round.map(|round| round.number);
        if self.shown == number {
            return;
        }
        self.shown = number;
        for list in [&self.steps, &self.moments] {
            list.set_text_content(None);
        }
        let Some(round) = round else { return };
        for (index, placed) in round.podium.iter().enumerate().take(AVATARS.len()) {
            let _ = self.steps.append_child(&step(index, placed, view.me));
        }
        for moment in &round.moments {
            let _ = self.moments.append_child(&line(moment));
        }
    }
}

/// Who won, in a few words.
pub(super) fn title(round: &RoundInfo, winner: Option<&PlayerView>, view: &View) -> String {
    let own = view.own().map_or(0, |me| me.team);
    match (round.winning_team, winner) {
        (Some(team), _) if team == own => t("round.team.yours").to_owned(),
        (Some(team), _) => fill("round.team.wins", &[("team", teams::name(team))]),
        (None, Some(winner)) if winner.me => t("round.you_win").to_owned(),
        (None, Some(winner)) => fill("round.wins", &[("name", &winner.name)]),
        (None, None) if round.teams.iter().any(|points| *points > 0) => t("round.draw").to_owned(),
        (None, None) => t("round.nobody").to_owned(),
    }
}

/// All of it for those who listen.
pub(super) fn spoken(title: &str, round: &RoundInfo) -> String {
    let places = round.podium.iter().zip(1..).map(|(placed, place): (_, u32)| {
        let points = plural("podium.points", i64::from(placed.score), &[]);
        format!("{place}. {}: {points}", placed.name)
    });
    let moments = round.moments.iter().map(|moment| {
        let (what, much) = words(moment);
        format!("{what}: {}, {much}", moment.name)
    });
    let all: Vec<String> = std::iter::once(title.to_owned()).chain(places).chain(moments).collect();
    all.join(". ")
}

fn step(index: usize, placed: &Leader, me: Option<PlayerId>) -> Element {
    let item = dom::create("li", ["place-1", "place-2", "place-3"][index.min(2)]);
    let mark = |class: &str| drop(item.class_list().add_1(class));
    if me == Some(placed.id) {
        mark("me");
    }
    match placed.team {
        Some(1) => mark("t1"),
        Some(_) => mark("t2"),
        None => {}
    }
    if let Ok(avatar) = avatar(placed.id, AVATARS[index.min(2)]) {
        let _ = item.append_child(&avatar);
    }
    let name = name_tag(placed.id, &placed.name);
    let points = dom::create("span", "points");
    points.set_text_content(Some(&plural("podium.points", i64::from(placed.score), &[])));
    let block = dom::create("i", "block");
    block.set_text_content(Some(&(index + 1).to_string()));
    for part in [&name, &points, &block] {
        let _ = item.append_child(part);
    }
    item
}

/// The player as it stands in the arena.
fn avatar(id: PlayerId, side: f64) -> Result<HtmlCanvasElement, JsValue> {
    let canvas: HtmlCanvasElement = dom::create("canvas", "avatar").dyn_into()?;
    let density = dom::canvas_density();
    let pixels = (side * density).round();
    canvas.set_width(pixels as u32);
    canvas.set_height(pixels as u32);
    canvas.set_attribute("style", &format!("width:{side}px;height:{side}px"))?;
    canvas.set_attribute("aria-hidden", "true")?;
    let context = surface::context_of(&canvas, None)?;
    sprites::portrait(&context, (pixels * 0.5, pixels * 0.56), pixels * 0.32, density as f32, id);
    Ok(canvas)
}

fn line(moment: &Moment) -> Element {
    let item = dom::create("li", "");
    let (what, much) = words(moment);
    let (label, value) = (dom::create("span", ""), dom::create("em", ""));
    label.set_text_content(Some(what));
    value.set_text_content(Some(&much));
    for part in [&label, &name_tag(moment.id, &moment.name), &value] {
        let _ = item.append_child(part);
    }
    item
}

fn words(moment: &Moment) -> (&'static str, String) {
    let n = i64::from(moment.value);
    match moment.kind {
        MomentKind::Streak => (t("moment.streak"), fill("moment.streak.value", &[("n", &n.to_string())])),
        MomentKind::Shot => {
            (t("moment.shot"), fill("distance.metres", &[("n", &metres(f64::from(moment.value)))]))
        }
        MomentKind::Damage => (t("moment.damage"), plural("moment.damage.value", n, &[])),
        MomentKind::OrbKills => (t("moment.orb_kills"), plural("moment.orb_kills.value", n, &[])),
    }
}
