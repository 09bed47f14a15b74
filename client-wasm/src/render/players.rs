//! The fighters, from the ground up: ring, body, face, arm, shield, hit points, name.

use std::f64::consts::TAU;

use client_core::{PlayerView, View};

use crate::render::camera::Camera;
use crate::render::detail::Detail;
use crate::render::effects::Effects;
use crate::render::labels::{Labels, Style};
use crate::render::motion::{Motions, Pose};
use crate::render::palette;
use crate::render::skins::Skins;
use crate::render::sprites::{Skin, Sprites};
use crate::render::surface::{Context, arc, circle};

/// Below this share of hit points a player is about to die.
const LOW: f32 = 0.35;
/// Upper edge of a head above its place on the floor, in radii: names and bars begin there.
const HEAD: f64 = 1.62;

const BAR_BACK: &str = "rgba(6,7,19,0.88)";
const BAR_LOW: &str = "#ff7a52";
const BAR_OWN: &str = "#ffffff";
const BAR_OTHER: &str = "#8fe3b8";
/// What the hit points of others may be drawn in.
const BAR_COLOURS: [&str; 4] = [BAR_OTHER, BAR_LOW, palette::TEAMS_CSS[0], palette::TEAMS_CSS[1]];

/// Hit points over a head, device pixels.
struct Bar {
    place: (f64, f64),
    size: (f64, f64),
    /// Width of the hit points that are left.
    filled: f64,
    colour: &'static str,
}

/// What is needed to draw them, apart from where.
pub(crate) struct PlayerArt<'a> {
    /// The frame.
    pub(crate) context: &'a Context,
    /// Where things are.
    pub(crate) camera: Camera,
    /// The kept bodies.
    pub(crate) sprites: &'a Sprites,
    /// What players wear in this scene.
    pub(crate) skins: &'a Skins,
    /// Who was just hurt, who swings.
    pub(crate) effects: &'a Effects,
    /// Who is in sight, and how they are bent.
    pub(crate) motions: &'a Motions,
    /// Where everything is drawn in full.
    pub(crate) detail: Detail,
    /// Time, milliseconds.
    pub(crate) now_ms: f64,
    /// No pulsing, no turning.
    pub(crate) reduced_motion: bool,
}

impl PlayerArt<'_> {
    /// Draws everybody in sight, from the back to the front; names lie over all bodies, ours over all names.
    pub(crate) fn draw(&self, view: &View, labels: &mut Labels, aim: Option<f32>) {
        let radius = view.tuning.player_radius;
        let in_sight = || self.motions.in_sight().filter_map(|index| view.players.get(index));
        let me = in_sight().find(|player| player.me);
        if let Some(me) = me {
            self.draw_ring(me, radius, aim);
        }
        for player in in_sight() {
            self.draw_one(player, radius);
        }
        labels.begin(self.camera);
        if let Some(me) = me {
            self.draw_tag(me, view, labels, Style::Own);
            self.draw_marker(me, radius);
        }
        let is_plain = |player: &&PlayerView| !self.detail.is_full_at(player.position);
        self.draw_plain_bars(in_sight().filter(|player| !player.me).filter(is_plain), view);
        for player in in_sight().filter(|player| !player.me && !is_plain(player)) {
            let style = match (player.connected, player.team) {
                (false, _) => Style::Away,
                (true, 0) => Style::Other,
                (true, team) => Style::Team(team),
            };
            self.draw_tag(player, view, labels, style);
        }
    }

    fn draw_one(&self, player: &PlayerView, radius: f32) {
        let at = self.camera.to_screen(player.position);
        let look = palette::identity(player.id);
        if player.team > 0 {
            self.sprites.draw_team(self.context, player.team, at);
        }
        if !player.connected {
            self.sprites.draw_body(self.context, look, Skin::Ghost, at);
            self.draw_spinner(at, radius);
            return;
        }
        let hurt = self.effects.is_flashing(player.id, self.now_ms);
        let skin = if hurt { Skin::Flash } else { Skin::Solid };
        let full = self.detail.is_full_at(player.position);
        // A bent copy costs several straight ones.
        let pose = if self.reduced_motion || !full {
            None
        } else {
            self.motions.pose(player.id, player.dashing, self.now_ms)
        };
        let swinging = full && self.effects.is_swinging(player.id);
        let body = |at: (f64, f64)| {
            if self.skins.draw_player(self.context, self.camera, player, hurt, at) {
                return;
            }
            if !full {
                return self.sprites.draw_fighter(self.context, look, skin, player.facing, at);
            }
            self.sprites.draw_body(self.context, look, skin, at);
            self.sprites.draw_face(self.context, player.facing, swinging, at);
        };
        match pose {
            Some(pose) => self.bent(at, radius, pose, body),
            None => body(at),
        }
        if swinging {
            self.effects.draw_arm(self.context, self.camera, (player.id, at), radius, self.now_ms);
        }
        if player.shield {
            self.draw_shield(at, radius, full);
        }
    }

    /// Draws something that stands at (x, y), bent. It is handed the place to draw it at.
    fn bent(&self, (x, y): (f64, f64), radius: f32, pose: Pose, draw: impl Fn((f64, f64))) {
        let (sin, cos) = f64::from(pose.angle).sin_cos();
        let (along, across) = (f64::from(pose.along), f64::from(pose.across));
        let a = along * cos * cos + across * sin * sin;
        let b = (along - across) * cos * sin;
        let d = along * sin * sin + across * cos * cos;
        let y = y - self.camera.length(radius * pose.hover);
        let _ = self.context.set_transform(a, b, b, d, x, y);
        draw((0.0, 0.0));
        let _ = self.context.set_transform(1.0, 0.0, 0.0, 1.0, 0.0, 0.0);
    }

    /// Ours is the only body that stands in a ring, with an arrow where it aims.
    fn draw_ring(&self, me: &PlayerView, radius: f32, aim: Option<f32>) {
        let (x, y) = self.camera.to_screen(me.position);
        let radius = self.camera.length(radius);
        let pulse = if self.reduced_motion { 0.0 } else { (self.now_ms / 420.0).sin() };
        let ring = radius * 1.62 + self.camera.css(1.0) * pulse;
        self.context.set_fill_style_str("rgba(255,255,255,0.13)");
        circle(self.context, x, y, ring);
        self.context.fill();
        self.context.set_stroke_style_str("rgba(6,7,19,0.75)");
        self.context.set_line_width(self.camera.css(5.0));
        self.context.stroke();
        self.context.set_stroke_style_str(palette::OWN);
        self.context.set_line_width(self.camera.css(2.4));
        self.context.stroke();
        let aim = f64::from(aim.unwrap_or(me.facing));
        let tip = ring + self.camera.css(14.0);
        let point = |angle: f64, reach: f64| (x + angle.cos() * reach, y + angle.sin() * reach);
        let wing = ring + self.camera.css(3.0);
        let ((ax, ay), (bx, by), (cx, cy)) =
            (point(aim, tip), point(aim - 0.27, wing), point(aim + 0.27, wing));
        self.context.begin_path();
        self.context.move_to(ax, ay);
        self.context.line_to(bx, by);
        self.context.line_to(cx, cy);
        self.context.close_path();
        self.context.set_fill_style_str(palette::OWN);
        self.context.set_stroke_style_str(palette::INK);
        self.context.set_line_width(self.camera.css(1.5));
        self.context.stroke();
        self.context.fill();
    }

    /// A wedge above our own name: found at a glance in any heap.
    fn draw_marker(&self, me: &PlayerView, radius: f32) {
        let css = |pixels| self.camera.css(pixels);
        let (x, y) = self.camera.to_screen(me.position);
        let bob = if self.reduced_motion { 0.0 } else { css(2.0) * (self.now_ms / 260.0).sin() };
        let y = y - self.camera.length(radius) * HEAD - css(29.0) + bob;
        self.context.begin_path();
        self.context.move_to(x, y + css(8.0));
        self.context.line_to(x - css(8.0), y - css(3.0));
        self.context.line_to(x + css(8.0), y - css(3.0));
        self.context.close_path();
        self.context.set_stroke_style_str(palette::INK);
        self.context.set_line_width(css(3.0));
        self.context.stroke();
        self.context.set_fill_style_str("#ffce5c");
        self.context.fill();
    }

    /// A bubble, over which light wanders when it is drawn in full.
    fn draw_shield(&self, (x, y): (f64, f64), radius: f32, full: bool) {
        let rise = self.camera.length(radius) * 0.16;
        self.sprites.draw_shield(self.context, (x, y + rise * 0.4));
        if !full {
            return;
        }
        let radius = self.camera.length(radius) * 1.62;
        let turn = if self.reduced_motion { 0.6 } else { self.now_ms / 520.0 };
        self.context.set_stroke_style_str("rgba(236,250,255,0.95)");
        self.context.set_line_width(self.camera.css(2.0));
        for start in [turn, turn + TAU * 0.5] {
            arc(self.context, x, y - rise * 0.6, radius, start, start + 0.8);
            self.context.stroke();
        }
    }

    /// Name and hit points, or that the connection is lost.
    fn draw_tag(&self, player: &PlayerView, view: &View, labels: &mut Labels, style: Style) {
        let css = |pixels| self.camera.css(pixels);
        let (x, y) = self.camera.to_screen(player.position);
        let y = y - self.camera.length(view.tuning.player_radius) * HEAD;
        if style == Style::Away {
            labels.draw_away(self.context, (x, y + css(6.0)));
            labels.draw(self.context, player.id, &player.name, style, (x, y - css(7.0)));
            return;
        }
        self.draw_bar(player, view, (x, y - css(4.0)));
        labels.draw(self.context, player.id, &player.name, style, (x, y - css(5.0)));
    }

    /// Hit points alone, one colour after the other: a canvas reads the name of a colour each time that it changes.
    fn draw_plain_bars<'v>(&self, players: impl Iterator<Item = &'v PlayerView>, view: &View) {
        let bars = players.filter(|player| player.connected).map(|player| {
            let (x, y) = self.camera.to_screen(player.position);
            let head = self.camera.length(view.tuning.player_radius) * HEAD;
            self.bar(player, view, (x, y - head - self.camera.css(4.0)))
        });
        let bars: Vec<Bar> = bars.collect();
        self.context.set_fill_style_str(BAR_BACK);
        bars.iter().for_each(|bar| self.draw_back(bar));
        for colour in BAR_COLOURS {
            self.context.set_fill_style_str(colour);
            bars.iter().filter(|bar| bar.colour == colour).for_each(|bar| self.draw_points(bar));
        }
    }

    fn draw_bar(&self, player: &PlayerView, view: &View, at: (f64, f64)) {
        let bar = self.bar(player, view, at);
        self.context.set_fill_style_str(BAR_BACK);
        self.draw_back(&bar);
        self.context.set_fill_style_str(bar.colour);
        self.draw_points(&bar);
    }

    fn bar(&self, player: &PlayerView, view: &View, (x, y): (f64, f64)) -> Bar {
        let css = |pixels| self.camera.css(pixels);
        let width = (self.camera.length(view.tuning.player_radius) * 2.2).clamp(css(26.0), css(60.0)).round();
        let share = (player.hp as f32 / view.tuning.max_hp.max(1.0)).clamp(0.0, 1.0);
        let colour = match (share <= LOW, player.me) {
            // Mates and foes matter more than who is nearly down: that is to be seen by the length.
            (_, false) if player.team > 0 => palette::team_css(player.team),
            (true, _) => BAR_LOW,
            (false, true) => BAR_OWN,
            (false, false) => BAR_OTHER,
        };
        Bar {
            place: ((x - width * 0.5).round(), y.round()),
            size: (width, css(if player.me { 5.0 } else { 4.0 }).round()),
            filled: (width * f64::from(share)).round(),
            colour,
        }
    }

    fn draw_back(&self, bar: &Bar) {
        let (edge, (x, y), (width, height)) = (self.camera.css(1.0), bar.place, bar.size);
        self.context.fill_rect(x - edge, y - edge, width + 2.0 * edge, height + 2.0 * edge);
    }

    fn draw_points(&self, bar: &Bar) {
        self.context.fill_rect(bar.place.0, bar.place.1, bar.filled, bar.size.1);
    }

    /// Turns where the face would be: this player's connection is lost.
    fn draw_spinner(&self, (x, y): (f64, f64), radius: f32) {
        let radius = self.camera.length(radius) * 0.46;
        let turn = if self.reduced_motion { -0.8 } else { self.now_ms / 260.0 };
        self.context.set_line_width(self.camera.css(2.5));
        self.context.set_stroke_style_str("rgba(219,230,245,0.22)");
        circle(self.context, x, y, radius);
        self.context.stroke();
        self.context.set_stroke_style_str("rgba(219,230,245,0.95)");
        arc(self.context, x, y, radius, turn, turn + TAU * 0.3);
        self.context.stroke();
    }
}
