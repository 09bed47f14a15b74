//! What the floor stands in: tiers with a crowd in the dark, the slab that carries it, and walls with neon on their rims.
//! Everything is seen from a little in front of above: the far wall shows its face, the near edge shows the slab's.

use super::Key;
use super::plates::scatter;
use crate::render::palette::{self, CYAN, MAGENTA, Rgb, VIOLET};
use crate::render::surface::{Context, circle};

/// Height of the far wall as it is seen, units.
const WALL: f32 = 34.0;
/// Height of the near edge of the slab, units.
const SLAB: f32 = 30.0;
/// Width of the rims at the sides, units.
const RIM: f32 = 9.0;
/// Between two rows of the crowd, units.
const ROW: f32 = 26.0;

/// Rows of a crowd that is hardly to be seen.
pub(super) fn stands(context: &Context, key: &Key, margin: f64) {
    let (width, height) = key.size;
    context.set_fill_style_str(palette::SURROUND);
    context.fill_rect(-margin, -margin, width + 2.0 * margin, height + 2.0 * margin);
    let first = key.length(58.0);
    let step = key.length(ROW);
    let rows = ((margin - first) / step).ceil().max(0.0) as u32;
    for row in (0..rows).rev() {
        let out = first + step * f64::from(row);
        let near = 1.0 - f64::from(row) / f64::from(rows.max(1));
        let floor = palette::mix(palette::SURROUND_RGB, [44, 40, 92], (near * near * 0.55) as f32);
        context.set_fill_style_str(&palette::css(floor));
        context.fill_rect(-out - step, -out - step, width + 2.0 * (out + step), height + 2.0 * (out + step));
        context.set_fill_style_str(&palette::css_alpha(VIOLET, 0.16 * near));
        context.fill_rect(
            -out - step,
            -out - step,
            width + 2.0 * (out + step),
            key.css(1.0).round().max(1.0),
        );
        crowd(context, key, row, out + step * 0.5, near);
    }
    context.set_fill_style_str("#04050e");
    context.fill_rect(-first, -first, width + 2.0 * first, height + 2.0 * first);
    glow(context, key);
}

/// Heads along the four sides of a row; here and there somebody holds up a light.
fn crowd(context: &Context, key: &Key, row: u32, out: f64, near: f64) {
    let (width, height) = key.size;
    let step = key.length(17.0);
    let across = ((width + 2.0 * out) / step) as u32;
    let down = ((height + 2.0 * out) / step) as u32;
    let head = |place: u32, side: u32, x: f64, y: f64| {
        let dice = scatter(place * 4 + side, row);
        if dice.is_multiple_of(4) {
            return;
        }
        let lit = (dice / 4).is_multiple_of(23);
        let colour = palette::body_at((dice / 97) as usize);
        let colour =
            if lit { colour } else { palette::mix(colour, [16, 16, 40], 0.72 + 0.2 * (1.0 - near as f32)) };
        let alpha = if lit { 0.75 } else { 0.35 + 0.45 * near };
        context.set_fill_style_str(&palette::css_alpha(colour, alpha));
        let sway = key.length((dice / 7 % 7) as f32 - 3.0);
        circle(context, x + sway, y + sway * 0.5, key.length(if lit { 2.2 } else { 4.6 }));
        context.fill();
    };
    for place in 0..across {
        let x = -out + step * (f64::from(place) + 0.5);
        head(place, 0, x, -out);
        head(place, 1, x, height + out);
    }
    for place in 0..down {
        let y = -out + step * (f64::from(place) + 0.5);
        head(place, 2, -out, y);
        head(place, 3, width + out, y);
    }
}

/// A blurred shadow is dear, but this one is painted once.
fn glow(context: &Context, key: &Key) {
    let (width, height) = key.size;
    for (colour, y, h) in [(CYAN, -key.length(WALL), height * 0.5), (MAGENTA, height * 0.5, height * 0.5)] {
        context.save();
        context.set_shadow_color(&palette::css_alpha(colour, 0.75));
        context.set_shadow_blur(key.length(60.0));
        context.set_fill_style_str("#04050e");
        context.fill_rect(0.0, y, width, h);
        context.restore();
    }
}

/// The near edge, below the floor.
pub(super) fn slab(context: &Context, key: &Key) {
    let (width, height) = key.size;
    let (rim, depth) = (key.length(RIM), key.length(SLAB));
    let gradient = context.create_linear_gradient(0.0, height, 0.0, height + depth);
    for (offset, stop) in [(0.0, "#3a1f4c"), (0.25, "#20143a"), (1.0, "#090817")] {
        let _ = gradient.add_color_stop(offset, stop);
    }
    context.set_fill_style_canvas_gradient(&gradient);
    context.fill_rect(-rim, height, width + 2.0 * rim, depth);
    panels(context, key, (-rim, height, width + 2.0 * rim, depth), MAGENTA);
}

/// The far wall's face, the rims of the sides, and neon along all of them.
pub(super) fn walls(context: &Context, key: &Key) {
    let (width, height) = key.size;
    let (rim, wall) = (key.length(RIM), key.length(WALL));
    let gradient = context.create_linear_gradient(0.0, -wall, 0.0, 0.0);
    for (offset, stop) in [(0.0, "#16283f"), (0.55, "#142038"), (1.0, "#0a1020")] {
        let _ = gradient.add_color_stop(offset, stop);
    }
    context.set_fill_style_canvas_gradient(&gradient);
    context.fill_rect(-rim, -wall, width + 2.0 * rim, wall);
    panels(context, key, (-rim, -wall, width + 2.0 * rim, wall), CYAN);
    for x in [-rim, width] {
        let gradient = context.create_linear_gradient(0.0, -wall, 0.0, height);
        for (offset, colour) in [(0.0, CYAN), (0.5, VIOLET), (1.0, MAGENTA)] {
            let _ = gradient.add_color_stop(offset, &palette::css(palette::mix(colour, [10, 12, 30], 0.72)));
        }
        context.set_fill_style_canvas_gradient(&gradient);
        context.fill_rect(x, -wall, rim, wall + height);
    }
    let side = |colour: Rgb, from: (f64, f64), to: (f64, f64)| neon(context, key, colour, from, to);
    side(CYAN, (-rim, -wall), (width + rim, -wall));
    side(MAGENTA, (-rim, height), (width + rim, height));
    for x in [-rim, width + rim] {
        side(CYAN, (x, -wall), (x, height * 0.34));
        side(VIOLET, (x, height * 0.34), (x, height * 0.67));
        side(MAGENTA, (x, height * 0.67), (x, height));
    }
    // Where the far wall meets the floor.
    context.set_fill_style_str("rgba(0,0,8,0.55)");
    context.fill_rect(0.0, 0.0, width, key.length(5.0));
    context.set_fill_style_str(&palette::css_alpha(CYAN, 0.55));
    context.fill_rect(0.0, -key.css(1.5), width, key.css(1.5));
}

/// Seams and small lamps along a face.
fn panels(context: &Context, key: &Key, (x, y, w, h): (f64, f64, f64, f64), colour: Rgb) {
    let step = key.length(50.0);
    let count = (w / step) as u32;
    for place in 0..=count {
        let x = x + step * f64::from(place);
        context.set_fill_style_str("rgba(0,0,8,0.5)");
        context.fill_rect(x, y, key.css(1.5), h);
        if place.is_multiple_of(2) {
            context.set_fill_style_str(&palette::css_alpha(colour, 0.5));
            context.fill_rect(x + step * 0.36, y + h * 0.46, step * 0.28, (h * 0.10).max(key.css(1.5)));
        }
    }
}

/// A tube: a wide soft glow, a coloured one, and a core that is nearly white.
fn neon(context: &Context, key: &Key, colour: Rgb, (x0, y0): (f64, f64), (x1, y1): (f64, f64)) {
    context.save();
    context.set_line_cap("round");
    context.set_shadow_color(&palette::css(colour));
    context.set_shadow_blur(key.length(16.0));
    let core = palette::mix(colour, [255, 255, 255], 0.66);
    for (line, css) in [(5.0, palette::css_alpha(colour, 0.8)), (2.0, palette::css(core))] {
        context.set_stroke_style_str(&css);
        context.set_line_width(key.css(line));
        context.begin_path();
        context.move_to(x0, y0);
        context.line_to(x1, y1);
        context.stroke();
    }
    context.restore();
}
