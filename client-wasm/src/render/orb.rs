//! The orb: a cool ball of light while it is harmless, a burning one with a comet's tail while it hurts.

use std::collections::VecDeque;
use std::f64::consts::TAU;

use client_core::sim::{Tuning, Vec2};
use client_core::{OrbView, View};

use crate::render::camera::Camera;
use crate::render::palette;
use crate::render::surface::{Context, Surface, circle, radial, set_gradient};

/// Number of temperatures that are kept as pictures.
const HEATS: usize = 9;
/// Reach of the glow, in orb radii.
const GLOW: f64 = 3.4;
/// Points of the tail.
const TAIL: usize = 22;
/// Between two points of the tail, milliseconds.
const TAIL_STEP_MS: f64 = 12.0;
/// A way this long in one frame was no flight, units.
const JUMP: f32 = 220.0;

/// The kept pictures and the tail.
#[derive(Default)]
pub(crate) struct OrbArt {
    key: (u32, u32),
    glows: Vec<Surface>,
    tail: VecDeque<Vec2>,
    tail_ms: f64,
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
        let live = danger > 0.0;
        self.draw_tail(context, camera, radius, danger);
        let (x, y) = camera.to_screen(view.orb.position);

        let beat = if live && !reduced { 1.0 + 0.10 * (now_ms / 55.0).sin() } else { 1.0 };
        let index = (danger * (HEATS - 1) as f32).round() as usize;
        if let Some(glow) = self.glows.get(index) {
            let size = f64::from(glow.canvas.width()) * beat;
            let (x, y) = (x - size * 0.5, y - size * 0.5);
            let _ = context.draw_image_with_html_canvas_element_and_dw_and_dh(&glow.canvas, x, y, size, size);
        }
        if let Some(batter) = view.orb.batted_by {
            // Whoever batted it has nothing to fear: the ring says who that is.
            context.set_stroke_style_str(&palette::css(palette::body(batter)));
            context.set_line_width(camera.css(3.0));
            circle(context, x, y, radius + camera.css(5.0));
            context.stroke();
            self.draw_spikes(context, camera, (x, y), radius, if reduced { 0.0 } else { now_ms / 130.0 });
        }
    }

    /// Not only the colour says that it hurts: a live orb has spikes.
    fn draw_spikes(&self, context: &Context, camera: Camera, (x, y): (f64, f64), radius: f64, turn: f64) {
        context.set_fill_style_str("#fff4e0");
        let (inner, outer) = (radius + camera.css(7.0), radius + camera.css(15.0));
        context.begin_path();
        for spike in 0..6 {
            let angle = turn + TAU * f64::from(spike) / 6.0;
            let point = |angle: f64, reach: f64| (x + angle.cos() * reach, y + angle.sin() * reach);
            let ((ax, ay), (bx, by), (cx, cy)) =
                (point(angle, outer), point(angle - 0.16, inner), point(angle + 0.16, inner));
            context.move_to(ax, ay);
            context.line_to(bx, by);
            context.line_to(cx, cy);
            context.close_path();
        }
        context.fill();
    }

    fn draw_tail(&self, context: &Context, camera: Camera, radius: f64, danger: f32) {
        context.set_fill_style_str(&palette::css(palette::heat(danger)));
        let strength = if danger > 0.0 { 0.34 } else { 0.13 };
        for (index, point) in self.tail.iter().enumerate() {
            let left = 1.0 - index as f64 / TAIL as f64;
            let (x, y) = camera.to_screen(*point);
            context.set_global_alpha(strength * left);
            circle(context, x, y, radius * (0.25 + 0.75 * left));
            context.fill();
        }
        context.set_global_alpha(1.0);
    }

    fn fit(&mut self, camera: Camera, radius: f64) {
        let key = ((radius as f32).to_bits(), camera.density.to_bits());
        if self.key == key && !self.glows.is_empty() {
            return;
        }
        self.key = key;
        self.glows = (0..HEATS).filter_map(|index| paint(index, camera, radius)).collect();
    }
}

fn paint(index: usize, camera: Camera, radius: f64) -> Option<Surface> {
    let heat = index as f32 / (HEATS - 1) as f32;
    let reach = radius * (GLOW * 0.72 + GLOW * 0.28 * f64::from(heat));
    let half = reach.ceil() + 1.0;
    let surface = Surface::new((half * 2.0) as u32, (half * 2.0) as u32).ok()?;
    let context = &surface.context;
    let colour = palette::heat(heat);
    let strength = 0.42 + 0.38 * f64::from(heat);
    let stops = [
        (0.0, palette::css_alpha(colour, strength)),
        (0.34, palette::css_alpha(colour, strength * 0.62)),
        (0.68, palette::css_alpha(colour, strength * 0.14)),
        (1.0, palette::css_alpha(colour, 0.0)),
    ];
    let stops: Vec<(f32, &str)> = stops.iter().map(|(offset, stop)| (*offset, stop.as_str())).collect();
    set_gradient(context, radial(context, (half, half), radius * 0.4, reach, &stops).as_ref());
    circle(context, half, half, reach);
    context.fill();

    let core = palette::css(palette::mix(colour, [255, 255, 255], 0.80));
    let rim = palette::css(palette::mix(colour, [7, 10, 17], 0.18));
    let stops = [(0.0, "#ffffff"), (0.35, core.as_str()), (1.0, rim.as_str())];
    set_gradient(context, radial(context, (half, half), radius * 0.05, radius, &stops).as_ref());
    circle(context, half, half, radius);
    context.fill();
    context.set_stroke_style_str(palette::INK);
    context.set_line_width(camera.css(1.5));
    context.stroke();
    Some(surface)
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
