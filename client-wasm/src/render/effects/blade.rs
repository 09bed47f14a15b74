//! A swing: the arm with its blade, and the light that the blade leaves behind.

use std::f64::consts::FRAC_PI_2;

use client_core::sim::{PlayerId, Vec2};
use client_core::{PlayerView, View};

use super::ease_out;
use crate::render::camera::Camera;
use crate::render::palette;
use crate::render::sprites;
use crate::render::surface::{Context, circle};

const SWING_MS: f64 = 250.0;
/// Where a swing begins, from the view, radians, and how far it goes.
const SWEEP: (f64, f64) = (-FRAC_PI_2 * 1.15, FRAC_PI_2 * 2.3);

pub(super) struct Swing {
    pub(super) player: PlayerId,
    pub(super) position: Vec2,
    facing: f32,
    me: bool,
    born_ms: f64,
}

impl Swing {
    pub(super) fn new(player: &PlayerView, now_ms: f64) -> Self {
        let PlayerView { id, position, facing, me, .. } = *player;
        Self { player: id, position, facing, me, born_ms: now_ms }
    }

    /// Keeps up with who swings.
    pub(super) fn follow(&mut self, view: &View) {
        if let Some(player) = view.player(self.player) {
            self.position = player.position;
        }
    }

    pub(super) fn is_over(&self, now_ms: f64) -> bool {
        now_ms - self.born_ms >= SWING_MS
    }

    fn time(&self, now_ms: f64) -> f64 {
        ((now_ms - self.born_ms) / SWING_MS).clamp(0.0, 1.0)
    }

    fn head(&self, now_ms: f64) -> f64 {
        f64::from(self.facing) + SWEEP.0 + SWEEP.1 * ease_out(self.time(now_ms))
    }

    /// The arm: a longer blade than at rest, pointing away from the body.
    pub(super) fn draw_arm(
        &self,
        context: &Context,
        camera: Camera,
        at: (f64, f64),
        radius: f32,
        now_ms: f64,
    ) {
        let radius = camera.length(radius * 1.1);
        sprites::arm(context, at, radius, camera, self.head(now_ms), ((0.0, 1.08), 1.25));
    }

    /// A blade of light that sweeps across the front, inside the circle that it reaches; unless it is drawn in full, only
    /// its colour.
    pub(super) fn draw(&self, context: &Context, camera: Camera, range: f32, full: bool, now_ms: f64) {
        let time = self.time(now_ms);
        let (x, y) = camera.to_screen(self.position);
        let reach = camera.length(range);
        let colour = palette::body_css(self.player);
        if self.me {
            // How far we reach is of use to nobody but us.
            context.set_stroke_style_str("#ffffff");
            context.set_global_alpha(0.22 * (1.0 - time));
            context.set_line_width(camera.css(1.2));
            circle(context, x, y, reach);
            context.stroke();
        }
        let head = self.head(now_ms);
        let length = (2.3 - 1.2 * time) * (1.0 - 0.3 * time);
        context.set_fill_style_str(colour);
        context.set_global_alpha(0.55 * (1.0 - time * time));
        blade(context, (x, y), reach * 0.98, head, (length, 0.46));
        context.fill();
        if !full {
            context.set_global_alpha(1.0);
            return;
        }
        context.set_fill_style_str("#ffffff");
        context.set_global_alpha(0.92 * (1.0 - time * time));
        blade(context, (x, y), reach * 0.98, head, (length * 0.82, 0.17));
        context.fill();
        // The leading edge.
        context.set_stroke_style_str("#ffffff");
        context.set_line_cap("round");
        context.set_global_alpha(1.0 - time * time);
        context.set_line_width(camera.css(3.2) * (1.0 - 0.6 * time));
        context.begin_path();
        context.move_to(x + head.cos() * reach * 0.52, y + head.sin() * reach * 0.52);
        context.line_to(x + head.cos() * reach, y + head.sin() * reach);
        context.stroke();
        context.set_line_cap("butt");
        context.set_global_alpha(1.0);
    }
}

/// The path of a crescent that ends at `head` radians and gets thinner towards its tail.
fn blade(context: &Context, (x, y): (f64, f64), reach: f64, head: f64, (length, thickness): (f64, f64)) {
    const POINTS: u32 = 14;
    let point = |index: u32, thickness: f64| {
        let share = f64::from(index) / f64::from(POINTS);
        let angle = head - length * (1.0 - share);
        let radius = reach - reach * thickness * share * share;
        (x + angle.cos() * radius, y + angle.sin() * radius)
    };
    context.begin_path();
    let (start_x, start_y) = point(0, 0.0);
    context.move_to(start_x, start_y);
    let outside = (1..=POINTS).map(|index| point(index, 0.0));
    let inside = (0..=POINTS).rev().map(|index| point(index, thickness));
    for (x, y) in outside.chain(inside) {
        context.line_to(x, y);
    }
    context.close_path();
}
