//! The best eight, and we wherever we stand.

use client_core::protocol::packed::Standing;
use client_core::protocol::server::Leader;
use client_core::sim::PlayerId;
use client_core::{PlayerView, View};
use wasm_bindgen::JsValue;
use web_sys::{Element, HtmlElement};

use super::teams;
use crate::dom::{self, Attribute, Panel, Text};
use crate::i18n::{fill, plural, t};
use crate::render::palette::{self, EMBLEMS};

/// Rows at most, without our own.
const ROWS: usize = 8;
/// Rows of each of two teams at most, without the team's own and ours.
const TEAM_ROWS: usize = 4;

pub(super) struct Scoreboard {
    panel: Element,
    body: Element,
    rows: Vec<Row>,
    more: Panel,
    more_text: Text,
}

struct Row {
    element: Element,
    bot: Panel,
    name: Text,
    kills: Text,
    deaths: Text,
    score: Text,
    class: Attribute,
    style: Attribute,
    player: Attribute,
}

impl Scoreboard {
    pub(super) fn new() -> Result<Self, JsValue> {
        Ok(Self {
            panel: dom::by_id("scoreboard")?,
            body: dom::by_id("scores")?,
            rows: Vec::new(),
            more: Panel::by_id("score-more")?,
            more_text: Text::by_id("score-more")?,
        })
    }

    pub(super) fn panel(&self) -> &Element {
        &self.panel
    }

    pub(super) fn update(&mut self, view: &View) {
        let (entries, count, own) = match view.standing {
            Some(standing) => of_battlefield(view, standing),
            None if teams::are_on(view) => of_teams(view),
            None => of_arena(view),
        };
        for (index, entry) in entries.iter().enumerate() {
            if index == self.rows.len() {
                self.rows.push(Row::new(&self.body));
            }
            self.rows[index].update(entry);
        }
        for row in self.rows.drain(entries.len().min(self.rows.len())..) {
            row.element.remove();
        }
        let named = entries.iter().filter(|entry| entry.team_row.is_none()).count();
        self.more.show(count > named);
        self.more_text.set(&match own.filter(|place| *place >= ROWS) {
            Some(place) => {
                fill("scores.place", &[("place", &(place + 1).to_string()), ("n", &count.to_string())])
            }
            None => plural("scores.count", i64::try_from(count).unwrap_or(i64::MAX), &[]),
        });
    }
}

/// One row.
struct Entry<'a> {
    id: PlayerId,
    name: &'a str,
    kills: u32,
    deaths: u32,
    score: i32,
    me: bool,
    connected: bool,
    team: u8,
    /// Not a player: all of this team.
    team_row: Option<u8>,
}

impl<'a> Entry<'a> {
    fn of(player: &'a PlayerView) -> Self {
        let PlayerView { id, kills, deaths, score, me, connected, team, .. } = *player;
        Self { id, name: &player.name, kills, deaths, score, me, connected, team, team_row: None }
    }

    fn of_leader(leader: &'a Leader, me: Option<PlayerId>) -> Self {
        let Leader { id, kills, deaths, score, .. } = *leader;
        let team = leader.team.unwrap_or(0);
        let (me, name) = (me == Some(id), &leader.name);
        Self { id, name, kills, deaths, score, me, connected: true, team, team_row: None }
    }

    /// The row above a team's members.
    fn of_team(team: u8, score: i32) -> Self {
        let (name, id) = (teams::name(team), PlayerId(0));
        Self { id, name, kills: 0, deaths: 0, score, me: false, connected: true, team, team_row: Some(team) }
    }
}

/// Everybody is in sight: rows, how many there are and our own place, from 0.
fn of_arena(view: &View) -> (Vec<Entry<'_>>, usize, Option<usize>) {
    let mut ranked: Vec<&PlayerView> = view.players.iter().collect();
    ranked.sort_by_key(|player| (-player.score, player.deaths, player.id));
    let count = ranked.len();
    let own = ranked.iter().position(|player| player.me);
    let own_below = own.filter(|place| *place >= ROWS).map(|place| ranked[place]);
    ranked.truncate(ROWS);
    ranked.extend(own_below);
    (ranked.into_iter().map(Entry::of).collect(), count, own)
}

/// Everybody is in sight, and on one of two teams: the better team first, each under its points.
fn of_teams(view: &View) -> (Vec<Entry<'_>>, usize, Option<usize>) {
    let points = teams::points(view);
    let order = if points[1] > points[0] { [2, 1] } else { [1, 2] };
    let mut entries = Vec::new();
    for team in order {
        let mut members: Vec<&PlayerView> =
            view.players.iter().filter(|player| player.team == team).collect();
        members.sort_by_key(|player| (-player.score, player.deaths, player.id));
        entries.push(Entry::of_team(team, points[usize::from(team) - 1]));
        let named = |(place, player): &(usize, &PlayerView)| *place < TEAM_ROWS || player.me;
        entries.extend(members.into_iter().enumerate().filter(named).map(|(_, player)| Entry::of(player)));
    }
    (entries, view.players.len(), None)
}

/// The server says who leads, and where we stand.
fn of_battlefield(view: &View, standing: Standing) -> (Vec<Entry<'_>>, usize, Option<usize>) {
    let mut entries: Vec<Entry<'_>> =
        view.leaders.iter().take(ROWS).map(|leader| Entry::of_leader(leader, view.me)).collect();
    let mut own = entries.iter().position(|entry| entry.me);
    if own.is_none() {
        entries.extend(view.own().map(Entry::of));
        // A tie with the last who is named still is a place below it.
        own = Some((standing.rank as usize).saturating_sub(1).max(ROWS));
    }
    (entries, standing.players as usize, own)
}

impl Row {
    fn new(body: &Element) -> Self {
        let element = dom::create("tr", "");
        let bot = robot();
        let mut cells = ["name", "kills", "deaths", "score"].map(|class| {
            let cell = dom::create("td", class);
            let _ = element.append_child(&cell);
            if class != "name" {
                return Text::new(cell);
            }
            let name = dom::create("span", "");
            let _ = cell.append_with_node_2(&bot, &name);
            Text::new(name)
        });
        let _ = body.append_child(&element);
        let mut take = |index: usize| std::mem::replace(&mut cells[index], Text::new(dom::create("td", "")));
        Self {
            bot: Panel::new(bot),
            name: take(0),
            kills: take(1),
            deaths: take(2),
            score: take(3),
            class: Attribute::new(element.clone(), "class"),
            style: Attribute::new(element.clone(), "style"),
            player: Attribute::new(element.clone(), "data-player"),
            element,
        }
    }

    fn update(&mut self, player: &Entry<'_>) {
        self.bot.show(player.id.is_bot());
        self.name.set(player.name);
        self.score.set(&player.score.to_string());
        if let Some(team) = player.team_row {
            self.kills.set("");
            self.deaths.set("");
            self.player.set("");
            self.class.set(if team == 1 { "team t1" } else { "team t2" });
            return self.style.set("");
        }
        self.kills.set(&player.kills.to_string());
        self.deaths.set(&player.deaths.to_string());
        self.player.set(&player.id.to_string());
        if player.team > 0 {
            self.class.set(match (player.me, player.connected, player.team) {
                (true, _, 1) => "me t1",
                (true, ..) => "me t2",
                (false, true, 1) => "t1",
                (false, true, _) => "t2",
                (false, false, 1) => "away t1",
                (false, false, _) => "away t2",
            });
            return self.style.set(&hue(player.id));
        }
        // The shape in front of the name goes with the crest on the head.
        let crest = palette::identity(player.id).1;
        self.class.set(match (player.me, player.connected) {
            (true, _) => ["me c0", "me c1", "me c2", "me c3", "me c4", "me c5"][crest % EMBLEMS],
            (false, true) => ["c0", "c1", "c2", "c3", "c4", "c5"][crest % EMBLEMS],
            (false, false) => {
                ["away c0", "away c1", "away c2", "away c3", "away c4", "away c5"][crest % EMBLEMS]
            }
        });
        self.style.set(&hue(player.id));
    }
}

/// The style that gives text the colour of a player.
pub(super) fn hue(id: PlayerId) -> String {
    format!("--hue:{}", palette::css(palette::body(id)))
}

/// A small robot: it is read aloud as "bot".
fn robot() -> HtmlElement {
    let sign = dom::create("i", "icon bot");
    // Fails only for names that are no attribute names.
    let _ = sign.set_attribute("role", "img");
    let _ = sign.set_attribute("aria-label", t("bot"));
    wasm_bindgen::JsCast::unchecked_into(sign)
}

/// A name in the colour of its player, with a small robot before those of bots.
pub(crate) fn name_tag(id: PlayerId, name: &str) -> Element {
    let tag = dom::create("b", "");
    tag.set_text_content(Some(name));
    if id.is_bot() {
        let _ = tag.prepend_with_node_1(&robot());
    }
    if let Some(tag) = wasm_bindgen::JsCast::dyn_ref::<HtmlElement>(&tag) {
        let _ = tag.style().set_property("--hue", &palette::css(palette::body(id)));
    }
    tag
}
