//! The orb: a cool ball of light while it is harmless, a burning one with a comet's tail while it hurts. The faster it
//! flies, the hotter its colour, the wider its corona and the longer its spikes.

use std::collections::VecDeque;
use std::f64::consts::TAU;

use client_core::sim::{Tuning, Vec2};
use client_core::{OrbView, View};

use crate::render::camera::Camera;
use crate::render::palette;
use crate::render::surface::{Context, Surface, circle, copy, radial, set_gradient};

/// Number of temperatures that are kept as pictures.
const HEATS: usize = 9;
/// Reach of the light on the floor, in orb radii.
const POOL: f64 = 8.5;
/// Reach of the corona, in orb radii.
const CORONA: f64 = 2.9;
/// How high it flies, in orb radii.
const HEIGHT: f64 = 0.55;
/// Points of the tail.
const TAIL: usize = 26;
/// Between two points of the tail, milliseconds.
const TAIL_STEP_MS: f64 = 12.0;
/// A way this long in one frame was no flight, units.
const JUMP: f32 = 220.0;

/// The kept pictures and the tail.
#[derive(Default)]
pub(crate) struct OrbArt {
    key: (u32, u32),
    heats: Vec<Heat>,
    tail: VecDeque<Vec2>,
    tail_ms: f64,
}

/// What the orb looks like at one temperature.
struct Heat {
    css: String,
    pool: Surface,
    ball: Surface,
}

/// How dangerous the orb is: 0 when it is harmless, up to 1 when it was just batted.
pub(crate) fn danger(orb: &OrbView, tuning: &Tuning) -> f32 {
    if orb.batted_by.is_none() {
        return 0.0;
    }
    let range = (tuning.orb_bat_speed - tuning.orb_live_speed).max(1.0);
    ((orb.velocity.length() - tuning.orb_live_speed) / range).clamp(0.0, 1.0) * 0.75 + 0.25
}

impl OrbArt {
    /// Remembers where the orb was.
    pub(crate) fn track(&mut self, orb: &OrbView, now_ms: f64) {
        if self.tail.front().is_some_and(|last| (*last - orb.position).length() > JUMP) {
            self.tail.clear();
        }
        if now_ms - self.tail_ms >= TAIL_STEP_MS {
            self.tail_ms = now_ms;
            self.tail.push_front(orb.position);
            self.tail.truncate(TAIL);
        }
    }

    /// Draws its light on the floor, which lies under the players.
    pub(crate) fn draw_pool(&mut self, context: &Context, camera: Camera, view: &View) {
        self.fit(camera, camera.length(view.tuning.orb_radius));
        let Some(heat) = self.heat(danger(&view.orb, &view.tuning)) else { return };
        let half = f64::from(heat.pool.canvas.width()) * 0.5;
        let (x, y) = camera.to_screen(view.orb.position);
        let _ = context.set_global_composite_operation("lighter");
        copy(context, &heat.pool, ((x - half).round(), (y - half).round()));
        let _ = context.set_global_composite_operation("source-over");
    }

    /// Draws the orb and its tail.
    pub(crate) fn draw(
        &mut self,
        context: &Context,
        camera: Camera,
        view: &View,
        now_ms: f64,
        reduced: bool,
    ) {
        let radius = camera.length(view.tuning.orb_radius);
        self.fit(camera, radius);
        let danger = danger(&view.orb, &view.tuning);
        let Some(heat) = self.heat(danger) else { return };
        let (x, floor) = camera.to_screen(view.orb.position);
        let y = floor - radius * HEIGHT;
        context.set_fill_style_str("rgba(0,0,6,0.5)");
        context.begin_path();
        let _ = context.ellipse(x, floor + radius * 0.5, radius * 0.95, radius * 0.6, 0.0, 0.0, TAU);
        context.fill();
        let strength = if danger > 0.0 { 0.5 + 0.3 * f64::from(danger) } else { 0.22 };
        self.draw_tail(
            context,
            camera,
            radius * (0.95 + 0.25 * f64::from(danger)),
            &heat.css,
            strength * 0.6,
        );
        if danger > 0.0 {
            self.draw_tail(context, camera, radius * 0.5, "#fff3d6", strength);
        }
        if let Some(batter) = view.orb.batted_by {
            let turn = if reduced { 0.0 } else { now_ms / 110.0 };
            draw_spikes(context, (x, y), radius, danger, turn, &heat.css);
            self.draw_ball(context, heat, (x, y));
            // Whoever batted it has nothing to fear: the ring says who that is.
            context.set_stroke_style_str(palette::body_css(batter));
            context.set_line_width(camera.css(3.0));
            circle(context, x, y, radius + camera.css(4.0));
            context.stroke();
        } else {
            self.draw_ball(context, heat, (x, y));
        }
    }

    fn draw_ball(&self, context: &Context, heat: &Heat, (x, y): (f64, f64)) {
        let half = f64::from(heat.ball.canvas.width()) * 0.5;
        copy(context, &heat.ball, ((x - half).round(), (y - half).round()));
    }

    /// A ribbon that gets thinner.
    fn draw_tail(&self, context: &Context, camera: Camera, width: f64, css: &str, alpha: f64) {
        if self.tail.len() < 3 {
            return;
        }
        let rise = width * 0.35;
        let place = |index: usize| {
            let (x, y) = camera.to_screen(self.tail[index]);
            (x, y - rise)
        };
        let last = self.tail.len() - 1;
        let edge = |index: usize, side: f64| {
            let ((ax, ay), (bx, by)) = (place(index.saturating_sub(1)), place((index + 1).min(last)));
            let (dx, dy) = (bx - ax, by - ay);
            let length = dx.hypot(dy).max(1e-3);
            let thick = width * (1.0 - index as f64 / last as f64).powf(0.8) * side;
            let (x, y) = place(index);
            (x - dy / length * thick, y + dx / length * thick)
        };
        context.set_global_alpha(alpha);
        context.set_fill_style_str(css);
        context.begin_path();
        for index in 0..=last {
            let (x, y) = edge(index, 1.0);
            context.line_to(x, y);
        }
        for index in (0..=last).rev() {
            let (x, y) = edge(index, -1.0);
            context.line_to(x, y);
        }
        context.close_path();
        context.fill();
        context.set_global_alpha(1.0);
    }

    fn heat(&self, danger: f32) -> Option<&Heat> {
        self.heats.get((danger * (HEATS - 1) as f32).round() as usize)
    }

    fn fit(&mut self, camera: Camera, radius: f64) {
        let key = ((radius as f32).to_bits(), camera.density.to_bits());
        if self.key == key && !self.heats.is_empty() {
            return;
        }
        self.key = key;
        self.heats = (0..HEATS).filter_map(|index| paint(index, camera, radius)).collect();
    }
}

/// Not only the colour says that it hurts: a live orb has spikes, longer the faster it is.
fn draw_spikes(context: &Context, (x, y): (f64, f64), radius: f64, danger: f32, turn: f64, css: &str) {
    let (inner, outer) = (radius * 1.1, radius * (1.65 + 0.75 * f64::from(danger)));
    for (reach, css) in [(outer, css), (inner + (outer - inner) * 0.55, "#fff4e0")] {
        context.set_fill_style_str(css);
        context.begin_path();
        for spike in 0..8 {
            let angle = turn + TAU * f64::from(spike) / 8.0;
            let point = |angle: f64, reach: f64| (x + angle.cos() * reach, y + angle.sin() * reach);
            let ((ax, ay), (bx, by), (cx, cy)) =
                (point(angle, reach), point(angle - 0.24, inner), point(angle + 0.24, inner));
            context.move_to(ax, ay);
            context.line_to(bx, by);
            context.line_to(cx, cy);
            context.close_path();
        }
        context.fill();
    }
}

fn paint(index: usize, camera: Camera, radius: f64) -> Option<Heat> {
    let heat = index as f32 / (HEATS - 1) as f32;
    let colour = palette::heat(heat);
    let faded = |strength: f64| {
        let stop = |share: f64| palette::css_alpha(colour, strength * share);
        [stop(1.0), stop(0.5), stop(0.14), stop(0.0)]
    };
    let glow = |reach: f64, strength: f64| {
        let half = reach.ceil() + 1.0;
        let surface = Surface::new((half * 2.0) as u32, (half * 2.0) as u32).ok()?;
        let stops = faded(strength);
        let stops: Vec<(f32, &str)> =
            [0.0, 0.28, 0.62, 1.0].into_iter().zip(stops.iter().map(String::as_str)).collect();
        set_gradient(&surface.context, radial(&surface.context, (half, half), 0.0, reach, &stops).as_ref());
        circle(&surface.context, half, half, reach);
        surface.context.fill();
        Some((surface, half))
    };
    let heat = f64::from(heat);
    let (pool, _) = glow(radius * POOL * (0.62 + 0.38 * heat), 0.26 + 0.22 * heat)?;
    let (ball, half) = glow(radius * CORONA * (0.75 + 0.25 * heat), 0.75)?;
    let context = &ball.context;
    let core = palette::css(palette::mix(colour, [255, 255, 255], 0.78));
    let rim = palette::css(colour);
    let edge = palette::css(palette::mix(colour, [30, 4, 40], 0.45));
    let gradient = context
        .create_radial_gradient(
            half - radius * 0.3,
            half - radius * 0.34,
            radius * 0.05,
            half,
            half,
            radius * 1.05,
        )
        .ok()?;
    for (offset, stop) in [(0.0, "#ffffff"), (0.4, core.as_str()), (0.8, rim.as_str()), (1.0, edge.as_str())]
    {
        gradient.add_color_stop(offset, stop).ok()?;
    }
    context.set_fill_style_canvas_gradient(&gradient);
    circle(context, half, half, radius);
    context.fill();
    context.set_stroke_style_str(palette::INK);
    context.set_line_width(camera.css(1.5));
    context.stroke();
    Some(Heat { css: rim, pool, ball })
}

/// An arrow at the edge of the screen towards an orb that is out of sight.
pub(crate) fn draw_pointer(context: &Context, camera: Camera, view: &View) {
    if camera.sees(view.orb.position, -view.tuning.orb_radius) {
        return;
    }
    let (x, y) = camera.to_screen(view.orb.position);
    let inset = camera.css(22.0);
    let (width, height) = (f64::from(camera.size.x), f64::from(camera.size.y));
    let (px, py) = (x.clamp(inset, width - inset), y.clamp(inset, height - inset));
    let angle = (y - py).atan2(x - px);
    let point = |turn: f64, reach: f64| {
        let angle = angle + turn;
        (px + angle.cos() * camera.css(reach), py + angle.sin() * camera.css(reach))
    };
    let ((ax, ay), (bx, by), (cx, cy)) = (point(0.0, 15.0), point(2.35, 12.0), point(-2.35, 12.0));
    context.begin_path();
    context.move_to(ax, ay);
    context.line_to(bx, by);
    context.line_to(cx, cy);
    context.close_path();
    context.set_fill_style_str(&palette::css(palette::heat(danger(&view.orb, &view.tuning))));
    context.fill();
    context.set_stroke_style_str(palette::INK);
    context.set_line_width(camera.css(2.0));
    context.stroke();
}
