//! The body of a fighter: shadow, hover ring, hull, dome with a pattern, crest.

use std::f64::consts::{PI, TAU};

use super::Skin;
use super::crop::Reach;
use crate::render::camera::Camera;
use crate::render::palette::{self, Rgb};
use crate::render::surface::{Context, arc, circle, radial, set_gradient};

/// Middle of the dome above the place on the floor, in radii.
pub(super) const DOME: f64 = 0.24;
/// How far a body reaches: the shadow to the right and down, the crest up.
pub(super) const REACH: Reach = Reach { left: 1.24, up: 1.7, right: 1.42, down: 1.4 };
/// The same without the faint edge of the shadow, where hundreds are in sight.
pub(super) const PLAIN_REACH: Reach = Reach { left: 1.1, up: 1.7, right: 1.2, down: 1.14 };
/// Radius of the dome, in radii of the body.
const DOME_RADIUS: f64 = 0.86;

/// Paints a body that stands at (x, y). `look` is the colour and the crest.
pub(super) fn paint(
    context: &Context,
    at: (f64, f64),
    radius: f64,
    camera: Camera,
    (colour, emblem): (usize, usize),
    skin: Skin,
) {
    let base = palette::body_at(colour);
    if skin == Skin::Ghost {
        return ghost(context, at, radius, camera, base);
    }
    let base = if skin == Skin::Flash { [255, 255, 255] } else { base };
    shadow(context, at, radius);
    hull(context, at, radius, camera, base);
    if skin == Skin::Solid {
        crest(context, at, radius, camera, (base, emblem));
    }
    dome(context, at, radius, camera, base, (skin == Skin::Solid).then_some(emblem));
}

/// Falls down and to the right, as the light comes from the upper left.
fn shadow(context: &Context, (x, y): (f64, f64), radius: f64) {
    context.save();
    let _ = context.translate(x + radius * 0.12, y + radius * 0.44);
    let _ = context.scale(1.0, 0.72);
    let stops = [(0.0, "rgba(0,0,6,0.78)"), (0.62, "rgba(0,0,6,0.5)"), (1.0, "rgba(0,0,6,0)")];
    set_gradient(context, radial(context, (0.0, 0.0), radius * 0.3, radius * 1.28, &stops).as_ref());
    circle(context, 0.0, 0.0, radius * 1.28);
    context.fill();
    context.restore();
}

fn ellipse(context: &Context, (x, y): (f64, f64), rx: f64, ry: f64) {
    context.begin_path();
    // Fails only for negative radii.
    let _ = context.ellipse(x, y, rx, ry, 0.0, 0.0, TAU);
}

/// The lower half, dark, with a ring of light that carries it.
fn hull(context: &Context, (x, y): (f64, f64), radius: f64, camera: Camera, base: Rgb) {
    context.set_stroke_style_str(&palette::css_alpha(base, 0.28));
    context.set_line_width(radius * 0.34);
    ellipse(context, (x, y + radius * 0.32), radius * 0.92, radius * 0.66);
    context.stroke();
    context.set_fill_style_str(&palette::css(palette::mix(base, [8, 8, 24], 0.62)));
    ellipse(context, (x, y + radius * 0.16), radius, radius * 0.84);
    context.fill();
    context.set_stroke_style_str(palette::INK);
    context.set_line_width(camera.css(1.6));
    context.stroke();
    context.set_stroke_style_str(&palette::css(palette::mix(base, [255, 255, 255], 0.45)));
    context.set_line_width(radius * 0.11);
    context.begin_path();
    let _ = context.ellipse(x, y + radius * 0.20, radius * 0.90, radius * 0.74, 0.0, 0.12 * PI, 0.88 * PI);
    context.stroke();
}

fn dome(
    context: &Context,
    (x, y): (f64, f64),
    radius: f64,
    camera: Camera,
    base: Rgb,
    emblem: Option<usize>,
) {
    let (y, size) = (y - radius * DOME, radius * DOME_RADIUS);
    let light = palette::css(palette::mix(base, [255, 255, 255], 0.52));
    let middle = palette::css(base);
    let dark = palette::css(palette::mix(base, [18, 8, 52], 0.52));
    let gradient =
        context.create_radial_gradient(x - size * 0.36, y - size * 0.46, size * 0.05, x, y, size * 1.1).ok();
    if let Some(gradient) = &gradient {
        for (offset, stop) in [(0.0, &light), (0.42, &middle), (1.0, &dark)] {
            let _ = gradient.add_color_stop(offset, stop);
        }
    }
    set_gradient(context, gradient.as_ref());
    circle(context, x, y, size);
    context.fill();
    if let Some(emblem) = emblem {
        context.save();
        context.clip();
        pattern(context, (x, y), size, emblem);
        context.restore();
        circle(context, x, y, size);
    }
    context.set_stroke_style_str(palette::INK);
    context.set_line_width(camera.css(1.8));
    context.stroke();
    // Light from the upper left, and a little of the neon behind.
    context.set_stroke_style_str("rgba(255,255,255,0.65)");
    context.set_line_width(camera.css(1.3));
    arc(context, x, y, size - camera.css(2.0), -2.75, -1.35);
    context.stroke();
    context.set_stroke_style_str("rgba(120,230,255,0.42)");
    arc(context, x, y, size - camera.css(2.0), -1.0, -0.1);
    context.stroke();
}

/// What is painted on the dome.
fn pattern(context: &Context, (x, y): (f64, f64), size: f64, emblem: usize) {
    context.set_fill_style_str("rgba(10,8,30,0.58)");
    context.set_stroke_style_str("rgba(10,8,30,0.58)");
    match emblem {
        1 => context.fill_rect(x - size * 0.16, y - size, size * 0.32, size * 2.0),
        2 => {
            for side in [-0.62, 0.62] {
                context.fill_rect(x + size * side - size * 0.14, y - size, size * 0.28, size * 2.0);
            }
        }
        3 => {
            context.set_line_width(size * 0.24);
            for row in [-0.72, -0.16] {
                context.begin_path();
                context.move_to(x - size, y + size * (row + 0.34));
                context.line_to(x, y + size * row);
                context.line_to(x + size, y + size * (row + 0.34));
                context.stroke();
            }
        }
        4 => {
            for (dx, dy) in [(-0.5, -0.5), (0.0, -0.62), (0.5, -0.5), (-0.74, -0.02), (0.74, -0.02)] {
                circle(context, x + size * dx, y + size * dy, size * 0.15);
                context.fill();
            }
        }
        5 => {
            context.fill_rect(x - size, y - size * 0.62, size * 2.0, size * 0.28);
            context.fill_rect(x - size * 0.14, y - size, size * 0.28, size * 2.0);
        }
        _ => {}
    }
}

/// What sticks up behind the dome: nothing, an aerial, horns, a comb, a fin or ears.
fn crest(context: &Context, (x, y): (f64, f64), radius: f64, camera: Camera, (base, emblem): (Rgb, usize)) {
    let top = y - radius * (DOME + DOME_RADIUS);
    context.set_line_join("round");
    context.set_line_width(camera.css(1.6));
    context.set_stroke_style_str(palette::INK);
    let light = palette::css(palette::mix(base, [255, 255, 255], 0.35));
    context.set_fill_style_str(&light);
    match emblem {
        1 => {
            context.begin_path();
            context.move_to(x, top + radius * 0.2);
            context.line_to(x, top - radius * 0.16);
            context.set_line_width(radius * 0.16);
            context.stroke();
            context.set_line_width(camera.css(1.6));
            circle(context, x, top - radius * 0.20, radius * 0.20);
            context.fill();
            context.stroke();
        }
        2 => {
            for side in [-1.0, 1.0] {
                context.begin_path();
                context.move_to(x + side * radius * 0.26, top + radius * 0.22);
                context.line_to(x + side * radius * 0.86, top - radius * 0.20);
                context.line_to(x + side * radius * 0.74, top + radius * 0.56);
                context.close_path();
                context.fill();
                context.stroke();
            }
        }
        3 => {
            context.begin_path();
            context.move_to(x - radius * 0.62, top + radius * 0.32);
            for (dx, dy) in
                [(-0.5, -0.12), (-0.25, 0.06), (0.0, -0.34), (0.25, 0.06), (0.5, -0.12), (0.62, 0.32)]
            {
                context.line_to(x + radius * dx, top + radius * dy);
            }
            context.close_path();
            context.fill();
            context.stroke();
        }
        4 => {
            context.begin_path();
            context.move_to(x - radius * 0.34, top + radius * 0.26);
            context.quadratic_curve_to(
                x - radius * 0.16,
                top - radius * 0.30,
                x + radius * 0.42,
                top - radius * 0.40,
            );
            context.quadratic_curve_to(
                x + radius * 0.22,
                top - radius * 0.06,
                x + radius * 0.36,
                top + radius * 0.26,
            );
            context.close_path();
            context.fill();
            context.stroke();
        }
        5 => {
            for side in [-1.0, 1.0] {
                circle(context, x + side * radius * 0.62, top + radius * 0.20, radius * 0.32);
                context.fill();
                context.stroke();
            }
        }
        _ => {}
    }
}

/// Only an outline: its player is away.
fn ghost(context: &Context, (x, y): (f64, f64), radius: f64, camera: Camera, base: Rgb) {
    let (y, size) = (y - radius * DOME * 0.5, radius * 0.95);
    context.set_fill_style_str(&palette::css_alpha(base, 0.20));
    circle(context, x, y, size);
    context.fill();
    context.set_stroke_style_str(&palette::css_alpha(base, 0.9));
    context.set_line_width(camera.css(1.5));
    let dash = js_sys::Array::of2(&camera.css(4.0).into(), &camera.css(3.5).into());
    let _ = context.set_line_dash(&dash);
    context.stroke();
    let _ = context.set_line_dash(&js_sys::Array::new());
}

/// A bubble of six-sided panes.
pub(super) fn paint_shield(context: &Context, (x, y): (f64, f64), radius: f64, camera: Camera) {
    let stops = [
        (0.0, "rgba(150,226,255,0.03)"),
        (0.72, "rgba(150,226,255,0.11)"),
        (0.93, "rgba(170,236,255,0.44)"),
        (1.0, "rgba(210,246,255,0.85)"),
    ];
    set_gradient(context, radial(context, (x, y), 0.0, radius, &stops).as_ref());
    circle(context, x, y, radius);
    context.fill();
    context.save();
    context.clip();
    context.set_stroke_style_str("rgba(190,240,255,0.20)");
    context.set_line_width(camera.css(1.0));
    let pane = radius * 0.34;
    for row in -4..=4_i32 {
        for column in -4..=4_i32 {
            let shift = if row.rem_euclid(2) == 0 { 0.0 } else { 0.866 };
            let cx = x + pane * (f64::from(column) * 1.732 + shift);
            let cy = y + pane * f64::from(row) * 1.5;
            context.begin_path();
            for corner in 0..=6 {
                let angle = TAU * (f64::from(corner) + 0.5) / 6.0;
                context.line_to(cx + pane * angle.cos(), cy + pane * angle.sin());
            }
            context.stroke();
        }
    }
    context.restore();
    context.set_fill_style_str("rgba(255,255,255,0.5)");
    context.begin_path();
    let _ =
        context.ellipse(x - radius * 0.42, y - radius * 0.56, radius * 0.22, radius * 0.10, -0.7, 0.0, TAU);
    context.fill();
}
