//! The best eight, and we wherever we stand.

use client_core::protocol::packed::Standing;
use client_core::protocol::server::Leader;
use client_core::sim::PlayerId;
use client_core::{PlayerView, View};
use wasm_bindgen::JsValue;
use web_sys::{Element, HtmlElement};

use crate::dom::{self, Attribute, Panel, Text};
use crate::i18n::{fill, plural, t};
use crate::render::palette::{self, EMBLEMS};

/// Rows at most, without our own.
const ROWS: usize = 8;

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
        self.more.show(count > entries.len());
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
}

impl<'a> Entry<'a> {
    fn of(player: &'a PlayerView) -> Self {
        let PlayerView { id, kills, deaths, score, me, connected, .. } = *player;
        Self { id, name: &player.name, kills, deaths, score, me, connected }
    }

    fn of_leader(leader: &'a Leader, me: Option<PlayerId>) -> Self {
        let Leader { id, kills, deaths, score, .. } = *leader;
        Self { id, name: &leader.name, kills, deaths, score, me: me == Some(id), connected: true }
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
        self.kills.set(&player.kills.to_string());
        self.deaths.set(&player.deaths.to_string());
        self.score.set(&player.score.to_string());
        self.player.set(&player.id.to_string());
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
