//! Paints the whole picture of floor, walls and hall, from the back to the front. It is kept, so it may be dear.

use std::f64::consts::{FRAC_PI_2, PI};

use wasm_bindgen::JsValue;
use web_sys::ImageBitmap;

use super::{Key, hall, paint_image, plates};
use crate::render::palette::{self, CYAN, MAGENTA, Rgb};
use crate::render::surface::{Context, Surface, arc, circle, radial, set_gradient};

/// Radius of the emblem in the middle, as a share of the shorter side.
const EMBLEM: f64 = 0.15;

/// The floor with `margin` device pixels of hall around it.
pub(super) fn floor(key: &Key, margin: f64, image: Option<&ImageBitmap>) -> Result<Surface, JsValue> {
    let (width, height) = key.size;
    let surface = Surface::new((width + 2.0 * margin) as u32, (height + 2.0 * margin) as u32)?;
    let context = &surface.context;
    context.translate(margin, margin)?;
    hall::stands(context, key, margin);
    hall::slab(context, key);
    context.save();
    context.begin_path();
    context.rect(0.0, 0.0, width, height);
    context.clip();
    match image {
        Some(image) => paint_image(context, key, image)?,
        None => plates::lay(context, key, key.size),
    }
    light(context, key, image.is_some());
    markings(context, key);
    spill(context, key);
    context.restore();
    hall::walls(context, key);
    Ok(surface)
}

/// Lighter in the middle, darker towards the corners: the lamps hang over the centre.
fn light(context: &Context, key: &Key, on_image: bool) {
    let (width, height) = key.size;
    let reach = width.hypot(height) * 0.5;
    let middle = (width * 0.5, height * 0.46);
    if !on_image {
        let lamp = palette::mix(key.colour, [170, 190, 255], 0.55);
        let stops = [
            (0.0, palette::css_alpha(lamp, 0.22)),
            (0.5, palette::css_alpha(lamp, 0.07)),
            (1.0, palette::css_alpha(lamp, 0.0)),
        ];
        let stops: Vec<(f32, &str)> = stops.iter().map(|(offset, stop)| (*offset, stop.as_str())).collect();
        set_gradient(context, radial(context, middle, 0.0, reach * 0.8, &stops).as_ref());
        context.fill_rect(0.0, 0.0, width, height);
    }
    // Four lamps, cool at the far end, warm at the near one.
    for (x, y, colour) in
        [(0.25, 0.27, CYAN), (0.75, 0.27, CYAN), (0.25, 0.76, MAGENTA), (0.75, 0.76, MAGENTA)]
    {
        let lamp = palette::mix(colour, [150, 150, 255], 0.4);
        let stops = [(0.0, palette::css_alpha(lamp, 0.13)), (1.0, palette::css_alpha(lamp, 0.0))];
        let stops: Vec<(f32, &str)> = stops.iter().map(|(offset, stop)| (*offset, stop.as_str())).collect();
        let middle = (width * x, height * y);
        set_gradient(context, radial(context, middle, 0.0, reach * 0.42, &stops).as_ref());
        context.fill_rect(0.0, 0.0, width, height);
    }
    let stops = [(0.0, "rgba(3,4,12,0)"), (0.6, "rgba(3,4,12,0.12)"), (1.0, "rgba(3,4,12,0.58)")];
    set_gradient(context, radial(context, middle, reach * 0.4, reach * 1.05, &stops).as_ref());
    context.fill_rect(0.0, 0.0, width, height);
}

/// Halfway line, corner arcs, and the sign of the game in the middle: two arrows that change places.
fn markings(context: &Context, key: &Key) {
    let (width, height) = key.size;
    let (x, y) = (width * 0.5, height * 0.5);
    let unit = width.min(height);
    let line = |alpha: f64| palette::css_alpha([206, 222, 255], alpha);
    context.set_stroke_style_str(&line(0.15));
    context.set_line_width(key.css(2.5));
    for (from, to) in [(0.0, y - unit * (EMBLEM + 0.02)), (y + unit * (EMBLEM + 0.02), height)] {
        context.begin_path();
        context.move_to(x, from);
        context.line_to(x, to);
        context.stroke();
    }
    for (cx, cy, start) in
        [(0.0, 0.0, 0.0), (width, 0.0, FRAC_PI_2), (width, height, PI), (0.0, height, PI + FRAC_PI_2)]
    {
        arc(context, cx, cy, unit * 0.12, start, start + FRAC_PI_2);
        context.stroke();
    }
    // The two boxes at the ends.
    for side in [0.0, width] {
        let depth = unit * 0.14 * if side > 0.0 { -1.0 } else { 1.0 };
        context.stroke_rect(side, y - unit * 0.19, depth, unit * 0.38);
    }
    let radius = unit * EMBLEM;
    context.set_fill_style_str("rgba(4,6,16,0.34)");
    circle(context, x, y, radius * 1.12);
    context.fill();
    for (share, width, alpha) in [(1.12, 3.0, 0.34), (1.02, 1.5, 0.20)] {
        context.set_stroke_style_str(&line(alpha));
        context.set_line_width(key.css(width));
        circle(context, x, y, radius * share);
        context.stroke();
    }
    for (colour, turn) in [(CYAN, -2.72), (MAGENTA, 0.42)] {
        arrow(context, (x, y), radius * 0.70, turn, colour);
    }
    hot_core(context, (x, y), radius);
}

/// One bent arrow of the sign.
fn arrow(context: &Context, (x, y): (f64, f64), radius: f64, turn: f64, colour: Rgb) {
    const BEND: f64 = 2.1;
    let end = turn + BEND;
    let thick = radius * 0.26;
    for (blur, alpha) in [(radius * 0.5, 0.16), (0.0, 0.20)] {
        context.save();
        context.set_shadow_color(&palette::css_alpha(colour, 0.8));
        context.set_shadow_blur(blur);
        context.set_stroke_style_str(&palette::css_alpha(colour, alpha));
        context.set_fill_style_str(&palette::css_alpha(colour, alpha));
        context.set_line_width(thick);
        arc(context, x, y, radius, turn, end);
        context.stroke();
        let point = |angle: f64, reach: f64| (x + angle.cos() * reach, y + angle.sin() * reach);
        let ((ax, ay), (bx, by), (cx, cy)) =
            (point(end, radius - thick * 1.25), point(end, radius + thick * 1.25), point(end + 0.46, radius));
        context.begin_path();
        context.move_to(ax, ay);
        context.line_to(bx, by);
        context.line_to(cx, cy);
        context.close_path();
        context.fill();
        context.restore();
    }
}

fn hot_core(context: &Context, (x, y): (f64, f64), radius: f64) {
    let stops =
        [(0.0, "rgba(255,244,214,0.26)"), (0.4, "rgba(255,190,90,0.12)"), (1.0, "rgba(255,160,60,0)")];
    set_gradient(context, radial(context, (x, y), 0.0, radius * 0.4, &stops).as_ref());
    circle(context, x, y, radius * 0.4);
    context.fill();
}

/// Light of the walls that falls on the floor.
fn spill(context: &Context, key: &Key) {
    let (width, height) = key.size;
    let reach = key.length(95.0);
    // Colour and strength, where the light comes from and how far it goes.
    let sides = [
        (CYAN, 0.26, (0.0, 0.0), (0.0, reach)),
        (MAGENTA, 0.22, (0.0, height), (0.0, -reach)),
        (palette::VIOLET, 0.20, (0.0, 0.0), (reach, 0.0)),
        (palette::VIOLET, 0.20, (width, 0.0), (-reach, 0.0)),
    ];
    for (colour, alpha, (x, y), (dx, dy)) in sides {
        let gradient = context.create_linear_gradient(x, y, x + dx, y + dy);
        for (offset, share) in [(0.0, 1.0), (0.35, 0.36), (1.0, 0.0)] {
            let _ = gradient.add_color_stop(offset, &palette::css_alpha(colour, alpha * share));
        }
        context.set_fill_style_canvas_gradient(&gradient);
        context.fill_rect(x, y, if dx == 0.0 { width } else { dx }, if dy == 0.0 { height } else { dy });
    }
}
