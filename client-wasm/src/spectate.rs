//! Looking on: a camera that follows somebody or goes where one likes, for those who watch and for the dead.

mod gestures;

use client_core::sim::vec2::vec2;
use client_core::sim::{PlayerId, Vec2};
use client_core::{ClientEvent, PlayerView, View};
use wasm_bindgen::JsValue;
use web_sys::HtmlCanvasElement;

use crate::dom::{self, Attribute, Panel, Text};
use crate::i18n::{fill, t};
use crate::inbox::Inbox;
use gestures::Gestures;

/// How quickly keys move the camera, units per second.
const PAN: f32 = 760.0;
/// A click this far from somebody, in radii, still means that one.
const NEAR: f32 = 3.2;
/// How long the dead look at where they fell before the camera goes to who did it, milliseconds.
const MOURN_MS: f64 = 700.0;
/// A frame that took longer counts as one of this length, seconds.
const LONGEST_FRAME: f32 = 0.1;

/// Why somebody looks on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Role {
    /// Not at all: plays.
    #[default]
    Player,
    /// Dead, until the respawn.
    Dead,
    /// Only watches.
    Watcher,
}

/// Where the camera is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Aim {
    /// Wherever it is best.
    #[default]
    Auto,
    /// With somebody.
    Follow(PlayerId),
    /// At a place of the arena, units.
    Free(Vec2),
}

/// The camera of those who look on.
pub(crate) struct Spectator {
    role: Role,
    aim: Aim,
    /// Who killed us, and when that was.
    killer: Option<(PlayerId, f64)>,
    gestures: Gestures,
    bar: Bar,
    last_ms: f64,
}

/// The bar that says who is followed.
struct Bar {
    panel: Panel,
    role: Attribute,
    name: Text,
    hp: Text,
    free: Attribute,
}

impl Spectator {
    /// Listens to the canvas; must do so before whatever strikes with the mouse.
    ///
    /// # Errors
    /// When the page lacks the bar.
    pub(crate) fn new(canvas: &HtmlCanvasElement, inbox: &Inbox) -> Result<Self, JsValue> {
        let bar = Bar {
            panel: Panel::by_id("spectate")?,
            role: Attribute::new(dom::body().into(), "data-spectate"),
            name: Text::by_id("spectate-name")?,
            hp: Text::by_id("spectate-hp")?,
            free: Attribute::new(dom::by_id("spectate-free")?, "aria-pressed"),
        };
        let gestures = Gestures::listen(canvas, inbox);
        let (role, aim) = (Role::default(), Aim::default());
        Ok(Self { role, aim, killer: None, gestures, bar, last_ms: 0.0 })
    }

    /// Nobody looks on any more.
    pub(crate) fn reset(&mut self) {
        self.killer = None;
        self.enter(Role::Player);
    }

    /// Takes up something that happened.
    pub(crate) fn handle(&mut self, event: &ClientEvent, view: &View, now_ms: f64) {
        if let ClientEvent::Killed { killer, victim, .. } = event
            && view.me == Some(*victim)
            && killer != victim
        {
            self.killer = Some((*killer, now_ms));
        }
    }

    /// Where to look instead of at ourselves, and who is followed. `pan` is where keys or a stick push the camera.
    pub(crate) fn update(&mut self, view: &View, watches: bool, pan: Vec2, now_ms: f64) -> Option<Vec2> {
        let dt = (((now_ms - self.last_ms) / 1000.0) as f32).clamp(0.0, LONGEST_FRAME);
        self.last_ms = now_ms;
        // In a battlefield nobody sees what is elsewhere.
        let dead = view.standing.is_none() && view.own().is_some_and(|me| !me.alive);
        self.enter(match (watches, dead) {
            (true, _) => Role::Watcher,
            (false, true) => Role::Dead,
            (false, false) => Role::Player,
        });
        if self.role == Role::Player {
            self.killer = None;
            return None;
        }
        let arena = vec2(view.tuning.arena_width, view.tuning.arena_height);
        if self.role == Role::Watcher && pan != Vec2::ZERO && !self.gestures.drags() {
            let from = self.place(view, now_ms).unwrap_or(arena * 0.5);
            self.aim = Aim::Free(inside(from + pan * (PAN * dt), arena));
        }
        self.stay_with_somebody(view);
        let followed = self.followed(view, now_ms);
        self.bar.show(self.role, followed, matches!(self.aim, Aim::Free(_)), view.players.is_empty());
        let place = self.place(view, now_ms);
        if self.role == Role::Watcher { place.or(Some(arena * 0.5)) } else { place }
    }

    /// Who watches stays with the same one, also when another one takes the lead; and with somebody else when that one is
    /// gone.
    fn stay_with_somebody(&mut self, view: &View) {
        let lost = match self.aim {
            Aim::Auto => true,
            Aim::Follow(id) => view.player(id).is_none(),
            Aim::Free(_) => false,
        };
        if self.role == Role::Watcher && lost {
            self.aim = self.best(view).map_or(Aim::Auto, |player| Aim::Follow(player.id));
        }
    }

    /// Who is followed.
    pub(crate) fn followed<'v>(&self, view: &'v View, now_ms: f64) -> Option<&'v PlayerView> {
        match (self.role, self.aim) {
            (Role::Player, _) | (_, Aim::Free(_)) => None,
            (_, Aim::Follow(id)) => view.player(id),
            (Role::Watcher, Aim::Auto) => self.best(view),
            (Role::Dead, Aim::Auto) => {
                let (killer, _) = self.killer.filter(|(_, at)| now_ms - at > MOURN_MS)?;
                view.player(killer)
            }
        }
    }

    /// The picture was dragged; `to_units` is how many units a CSS pixel is.
    pub(crate) fn drag(&mut self, view: &View, dx: f64, dy: f64, to_units: f32, now_ms: f64) {
        if self.role != Role::Watcher {
            return;
        }
        let arena = vec2(view.tuning.arena_width, view.tuning.arena_height);
        let from = self.place(view, now_ms).unwrap_or(arena * 0.5);
        self.aim = Aim::Free(inside(from - vec2(dx as f32, dy as f32) * to_units, arena));
    }

    /// A point of the world was clicked: whoever is there is followed.
    pub(crate) fn tap(&mut self, view: &View, at: Vec2) {
        if self.role == Role::Player {
            return;
        }
        let distance = |player: &PlayerView| (player.position - at).length();
        let others = view.players.iter().filter(|player| player.alive && !player.me);
        let nearest = others.min_by(|a, b| distance(a).total_cmp(&distance(b)));
        if let Some(player) = nearest.filter(|player| distance(player) < NEAR * view.tuning.player_radius) {
            self.aim = Aim::Follow(player.id);
        }
    }

    /// Follows the one that comes `step` places after who is followed now, in the order of ids.
    pub(crate) fn cycle(&mut self, view: &View, step: i8, now_ms: f64) {
        let ids: Vec<PlayerId> =
            view.players.iter().filter(|player| !player.me).map(|player| player.id).collect();
        if self.role == Role::Player || ids.is_empty() {
            return;
        }
        let now = self.followed(view, now_ms).and_then(|now| ids.iter().position(|id| *id == now.id));
        let next = match now {
            Some(index) => (index as i32 + i32::from(step)).rem_euclid(ids.len() as i32) as usize,
            None => 0,
        };
        self.aim = Aim::Follow(ids[next]);
    }

    /// Lets go of who is followed, or follows somebody again.
    pub(crate) fn toggle_free(&mut self, view: &View, now_ms: f64) {
        self.aim = match self.aim {
            Aim::Free(_) => Aim::Auto,
            _ => {
                let centre = vec2(view.tuning.arena_width, view.tuning.arena_height) * 0.5;
                Aim::Free(self.place(view, now_ms).unwrap_or(centre))
            }
        };
    }

    /// A key or button was pressed that strikes in a fight: follows the next one.
    pub(crate) fn press(&mut self, view: &View, now_ms: f64) {
        if self.role == Role::Watcher && !self.gestures.is_down() {
            self.cycle(view, 1, now_ms);
        }
    }

    /// Whether somebody only watches.
    pub(crate) fn watches(&self) -> bool {
        self.role == Role::Watcher
    }

    fn enter(&mut self, role: Role) {
        if self.role == role {
            return;
        }
        self.role = role;
        self.aim = Aim::Auto;
        self.gestures.set_active(role != Role::Player);
        if role == Role::Player {
            self.bar.hide();
        }
    }

    /// Where the camera is, if not with us, units.
    pub(crate) fn place(&self, view: &View, now_ms: f64) -> Option<Vec2> {
        match self.aim {
            Aim::Free(at) => Some(at),
            _ => self.followed(view, now_ms).map(|player| player.position),
        }
    }

    /// Who is worth watching: the best who is alive.
    fn best<'v>(&self, view: &'v View) -> Option<&'v PlayerView> {
        let others = view.players.iter().filter(|player| !player.me);
        others.max_by_key(|player| (player.alive, player.score, std::cmp::Reverse(player.id)))
    }
}

impl Bar {
    fn show(&mut self, role: Role, followed: Option<&PlayerView>, free: bool, empty: bool) {
        self.role.set(if role == Role::Watcher { "watcher" } else { "dead" });
        self.panel.show(role == Role::Watcher || followed.is_some() || free);
        match followed {
            Some(player) => {
                self.name.set(&fill("watch.who", &[("name", &player.name)]));
                self.hp.set(&fill("watch.hp", &[("hp", &player.hp.max(0).to_string())]));
            }
            None => {
                self.name.set(if empty { t("watch.nobody") } else { t("watch.free") });
                self.hp.set("");
            }
        }
        self.free.set(if free { "true" } else { "false" });
    }

    fn hide(&mut self) {
        self.panel.show(false);
        self.role.set("no");
    }
}

fn inside(at: Vec2, arena: Vec2) -> Vec2 {
    vec2(at.x.clamp(0.0, arena.x), at.y.clamp(0.0, arena.y))
}
