//! Marks of what happened: shock rings, stars where blows land, scorched floor, beams of those who come back.

use client_core::sim::{PlayerId, Vec2};

use super::{MOST_SCORCHES, ease_out, push, push_up_to};
use crate::render::camera::Camera;
use crate::render::palette;
use crate::render::surface::{Context, circle};

const RING_MS: f64 = 480.0;
const IMPACT_MS: f64 = 170.0;
const SCORCH_MS: f64 = 5_000.0;
const BEAM_MS: f64 = 620.0;

struct Mark {
    position: Vec2,
    colour: &'static str,
    /// Reach of a ring in units, angle of a star in radians.
    number: f32,
    born_ms: f64,
}

impl Mark {
    /// From 0 to 1.
    fn time(&self, life_ms: f64, now_ms: f64) -> f64 {
        ((now_ms - self.born_ms) / life_ms).clamp(0.0, 1.0)
    }
}

#[derive(Default)]
pub(super) struct Marks {
    rings: Vec<Mark>,
    impacts: Vec<Mark>,
    scorches: Vec<Mark>,
    beams: Vec<Mark>,
}

impl Marks {
    pub(super) fn ring(&mut self, position: Vec2, colour: &'static str, reach: f32, born_ms: f64) {
        push(&mut self.rings, Mark { position, colour, number: reach, born_ms });
    }

    pub(super) fn impact(&mut self, position: Vec2, colour: &'static str, angle: f32, born_ms: f64) {
        push(&mut self.impacts, Mark { position, colour, number: angle, born_ms });
    }

    pub(super) fn scorch(&mut self, position: Vec2, colour: &'static str, born_ms: f64) {
        push_up_to(MOST_SCORCHES, &mut self.scorches, Mark { position, colour, number: 0.0, born_ms });
    }

    pub(super) fn beam(&mut self, position: Vec2, id: PlayerId, born_ms: f64) {
        push(&mut self.beams, Mark { position, colour: palette::body_css(id), number: 0.0, born_ms });
    }

    pub(super) fn advance(&mut self, now_ms: f64) {
        for (marks, life_ms) in [
            (&mut self.rings, RING_MS),
            (&mut self.impacts, IMPACT_MS),
            (&mut self.scorches, SCORCH_MS),
            (&mut self.beams, BEAM_MS),
        ] {
            marks.retain(|mark| now_ms - mark.born_ms < life_ms);
        }
    }

    pub(super) fn draw_below(&self, context: &Context, camera: Camera, now_ms: f64) {
        for mark in self.scorches.iter().filter(|mark| camera.sees(mark.position, 40.0)) {
            let left = 1.0 - mark.time(SCORCH_MS, now_ms);
            let (x, y) = camera.to_screen(mark.position);
            context.set_global_alpha(0.46 * left);
            context.set_fill_style_str("#04040c");
            circle(context, x, y, camera.length(25.0));
            context.fill();
            context.set_global_alpha(0.30 * left * left);
            context.set_fill_style_str(mark.colour);
            circle(context, x, y, camera.length(14.0));
            context.fill();
        }
        for mark in self.rings.iter().filter(|mark| camera.sees(mark.position, mark.number)) {
            let time = mark.time(RING_MS, now_ms);
            let (x, y) = camera.to_screen(mark.position);
            context.set_global_alpha((1.0 - time) * 0.9);
            context.set_stroke_style_str(mark.colour);
            context.set_line_width(camera.css(1.0 + 6.0 * (1.0 - time)));
            circle(context, x, y, camera.length(mark.number) * (0.25 + 0.75 * ease_out(time)));
            context.stroke();
        }
        context.set_global_alpha(1.0);
    }

    pub(super) fn draw_above(&self, context: &Context, camera: Camera, now_ms: f64, reduced: bool) {
        if !reduced {
            for mark in self.impacts.iter().filter(|mark| camera.sees(mark.position, 40.0)) {
                draw_impact(context, camera, mark, mark.time(IMPACT_MS, now_ms));
            }
        }
        for mark in self.beams.iter().filter(|mark| camera.sees(mark.position, 200.0)) {
            draw_beam(context, camera, mark, mark.time(BEAM_MS, now_ms), reduced);
        }
        context.set_global_alpha(1.0);
    }
}

/// A star with four long rays, one of them along the blow.
fn draw_impact(context: &Context, camera: Camera, mark: &Mark, time: f64) {
    let (x, y) = camera.to_screen(mark.position);
    let y = y - camera.length(5.0);
    let reach = camera.length(34.0) * (0.5 + 0.5 * ease_out(time));
    let waist = camera.length(7.0) * (1.0 - time);
    let angle = f64::from(mark.number);
    context.set_global_alpha(1.0 - time * time);
    context.set_fill_style_str(mark.colour);
    context.begin_path();
    for ray in 0..8 {
        let turn = angle + f64::from(ray) * std::f64::consts::FRAC_PI_4;
        let length = match ray {
            0 | 4 => reach,
            2 | 6 => reach * 0.62,
            _ => waist,
        };
        context.line_to(x + turn.cos() * length, y + turn.sin() * length);
    }
    context.close_path();
    context.fill();
}

/// A column of light that closes around whoever comes back.
fn draw_beam(context: &Context, camera: Camera, mark: &Mark, time: f64, reduced: bool) {
    let (x, y) = camera.to_screen(mark.position);
    let width = camera.length(26.0) * if reduced { 1.0 } else { 1.0 - ease_out(time) * 0.9 };
    let height = camera.length(190.0);
    for (share, alpha, colour) in [(1.0, 0.30, mark.colour), (0.5, 0.45, mark.colour), (0.2, 0.9, "#ffffff")]
    {
        context.set_fill_style_str(colour);
        context.set_global_alpha(alpha * (1.0 - time));
        context.begin_path();
        context.move_to(x - width * share, y);
        context.line_to(x - width * share * 0.55, y - height);
        context.line_to(x + width * share * 0.55, y - height);
        context.line_to(x + width * share, y);
        context.close_path();
        context.fill();
    }
}
