//! The fighters, from the ground up: ring, body, face, shield, hit points, name.

use std::f64::consts::TAU;

use client_core::{PlayerView, View};

use crate::render::camera::Camera;
use crate::render::effects::Effects;
use crate::render::labels::{Labels, Style};
use crate::render::palette;
use crate::render::skins::Skins;
use crate::render::sprites::{Skin, Sprites};
use crate::render::surface::{Context, arc, circle};

/// Below this share of hit points a player is about to die.
const LOW: f32 = 0.35;

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
    /// Who was just hurt.
    pub(crate) effects: &'a Effects,
    /// Time, milliseconds.
    pub(crate) now_ms: f64,
    /// No pulsing, no turning.
    pub(crate) reduced_motion: bool,
}

impl PlayerArt<'_> {
    /// Draws everybody in sight, ourselves on top.
    pub(crate) fn draw(&self, view: &View, labels: &mut Labels, aim: Option<f32>) {
        let radius = view.tuning.player_radius;
        let reach = radius * 3.0;
        let visible = |player: &&PlayerView| player.alive && self.camera.sees(player.position, reach);
        for player in view.players.iter().filter(visible).filter(|player| !player.me) {
            self.draw_one(player, radius);
        }
        let me = view.players.iter().find(|player| player.me).filter(visible);
        if let Some(me) = me {
            self.draw_ring(me, radius, aim);
            self.draw_one(me, radius);
        }
        labels.begin(self.camera);
        for player in view.players.iter().filter(visible) {
            let (x, y) = self.camera.to_screen(player.position);
            let y = y - self.camera.length(radius) - self.camera.css(11.0);
            let style = match (player.me, player.connected) {
                (true, _) => Style::Own,
                (false, true) => Style::Other,
                (false, false) => Style::Away,
            };
            if style == Style::Away {
                labels.draw_away(self.context, (x, y + self.camera.css(8.0)));
                labels.draw(self.context, player.id, &player.name, style, (x, y - self.camera.css(5.0)));
            } else {
                labels.draw(self.context, player.id, &player.name, style, (x, y));
                self.draw_bar(player, view);
            }
        }
    }

    fn draw_one(&self, player: &PlayerView, radius: f32) {
        let at = self.camera.to_screen(player.position);
        let (colour, emblem) = palette::identity(player.id);
        if !player.connected {
            self.sprites.draw_body(self.context, colour, Skin::Ghost, at);
            self.draw_spinner(at, radius);
            return;
        }
        let hurt = self.effects.is_flashing(player.id, self.now_ms);
        if !self.skins.draw_player(self.context, self.camera, player, radius, hurt) {
            self.sprites.draw_body(self.context, colour, if hurt { Skin::Flash } else { Skin::Solid }, at);
            self.sprites.draw_face(self.context, player.facing, emblem, at);
        }
        if player.shield {
            self.draw_shield(at, radius);
        }
    }

    /// Ours is the only body with a ring, and with a mark where the mouse points.
    fn draw_ring(&self, me: &PlayerView, radius: f32, aim: Option<f32>) {
        let (x, y) = self.camera.to_screen(me.position);
        let radius = self.camera.length(radius);
        let pulse = if self.reduced_motion { 0.0 } else { (self.now_ms / 420.0).sin() };
        self.context.set_fill_style_str("rgba(255,255,255,0.10)");
        circle(self.context, x, y, radius * 1.75 + self.camera.css(1.5) * pulse);
        self.context.fill();
        self.context.set_stroke_style_str(palette::OWN);
        self.context.set_line_width(self.camera.css(2.5));
        circle(self.context, x, y, radius + self.camera.css(5.0));
        self.context.stroke();
        let Some(aim) = aim.map(f64::from) else { return };
        let tip = radius + self.camera.css(19.0);
        let point = |angle: f64, reach: f64| (x + angle.cos() * reach, y + angle.sin() * reach);
        let (ax, ay) = point(aim, tip);
        let (bx, by) = point(aim - 0.2, tip - self.camera.css(8.0));
        let (cx, cy) = point(aim + 0.2, tip - self.camera.css(8.0));
        self.context.begin_path();
        self.context.move_to(ax, ay);
        self.context.line_to(bx, by);
        self.context.line_to(cx, cy);
        self.context.close_path();
        self.context.set_fill_style_str(palette::OWN);
        self.context.fill();
    }

    /// A bubble over which light wanders.
    fn draw_shield(&self, (x, y): (f64, f64), radius: f32) {
        let radius = self.camera.length(radius) * 1.42;
        let turn = if self.reduced_motion { 0.6 } else { self.now_ms / 520.0 };
        self.context.set_fill_style_str("rgba(150,226,255,0.13)");
        circle(self.context, x, y, radius);
        self.context.fill();
        self.context.set_stroke_style_str("rgba(150,226,255,0.45)");
        self.context.set_line_width(self.camera.css(1.2));
        self.context.stroke();
        self.context.set_stroke_style_str("rgba(226,247,255,0.95)");
        self.context.set_line_width(self.camera.css(2.2));
        for start in [turn, turn + TAU * 0.5] {
            arc(self.context, x, y, radius, start, start + 0.9);
            self.context.stroke();
        }
    }

    fn draw_bar(&self, player: &PlayerView, view: &View) {
        let css = |pixels| self.camera.css(pixels);
        let (x, y) = self.camera.to_screen(player.position);
        let width = (self.camera.length(view.tuning.player_radius) * 2.2).clamp(css(26.0), css(60.0)).round();
        let (x, y) =
            ((x - width * 0.5).round(), y - self.camera.length(view.tuning.player_radius) - css(11.0));
        let y = y.round();
        let height = css(4.0).round();
        let share = (player.hp as f32 / view.tuning.max_hp.max(1.0)).clamp(0.0, 1.0);
        self.context.set_fill_style_str("rgba(7,10,17,0.85)");
        self.context.fill_rect(x - css(1.0), y - css(1.0), width + css(2.0), height + css(2.0));
        self.context.set_fill_style_str(match (share <= LOW, player.me) {
            (true, _) => "#ff7a52",
            (false, true) => "#ffffff",
            (false, false) => "#8fd3a8",
        });
        self.context.fill_rect(x, y, (width * f64::from(share)).round(), height);
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
