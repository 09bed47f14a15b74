//! The plates of the floor: bevelled, each a little different, with bolts where four meet.

use wasm_bindgen::JsValue;

use super::Key;
use crate::render::palette;
use crate::render::surface::{Context, Surface, circle};

/// Side of a plate, units.
const PLATE: f32 = 100.0;
/// Plates in a row of a tile.
const TILE: f32 = 6.0;

/// A piece of floor that can be laid beside itself.
pub(super) fn tile(key: &Key) -> Result<Surface, JsValue> {
    let side = key.length(PLATE * TILE).round();
    let surface = Surface::new(side as u32, side as u32)?;
    lay(&surface.context, key, (side, side));
    Ok(surface)
}

/// Covers a piece of floor of this size, device pixels, with plates.
pub(super) fn lay(context: &Context, key: &Key, (width, height): (f64, f64)) {
    context.set_fill_style_str(&palette::css(palette::mix(key.colour, [4, 5, 14], 0.35)));
    context.fill_rect(0.0, 0.0, width, height);
    let side = key.length(PLATE);
    let line = key.css(1.0).round().max(1.0);
    let columns = (width / side).ceil() as u32;
    let rows = (height / side).ceil() as u32;
    for row in 0..rows {
        for column in 0..columns {
            let (x, y) = ((f64::from(column) * side).round(), (f64::from(row) * side).round());
            let right = (f64::from(column + 1) * side).round();
            let bottom = (f64::from(row + 1) * side).round();
            let place = (x + line, y + line, right - x - line, bottom - y - line);
            plate(context, key, place, scatter(column, row), line);
        }
    }
    context.set_fill_style_str("rgba(190,210,255,0.13)");
    for row in 1..rows {
        for column in 1..columns {
            circle(context, f64::from(column) * side, f64::from(row) * side, key.css(1.6));
            context.fill();
        }
    }
}

fn plate(context: &Context, key: &Key, (x, y, w, h): (f64, f64, f64, f64), dice: u32, line: f64) {
    let tone = (dice % 7) as f32 / 6.0;
    let top = palette::mix(key.colour, [142, 140, 244], 0.08 + 0.09 * tone);
    let low = palette::mix(key.colour, [12, 6, 40], 0.22 - 0.08 * tone);
    let gradient = context.create_linear_gradient(x, y, x + w * 0.4, y + h);
    let _ = gradient.add_color_stop(0.0, &palette::css(top));
    let _ = gradient.add_color_stop(1.0, &palette::css(low));
    context.set_fill_style_canvas_gradient(&gradient);
    context.fill_rect(x, y, w, h);
    context.set_fill_style_str("rgba(205,220,255,0.085)");
    context.fill_rect(x, y, w, line);
    context.fill_rect(x, y, line, h);
    context.set_fill_style_str("rgba(0,0,8,0.36)");
    context.fill_rect(x, y + h - line, w, line);
    context.fill_rect(x + w - line, y, line, h);
    match dice / 7 % 11 {
        // A grille.
        0 => {
            context.set_fill_style_str("rgba(0,0,8,0.30)");
            for slit in 0..5 {
                let y = y + h * (0.30 + 0.10 * f64::from(slit));
                context.fill_rect(x + w * 0.26, y, w * 0.48, h * 0.045);
            }
        }
        // A lid.
        1 => {
            context.set_stroke_style_str("rgba(0,0,8,0.34)");
            context.set_line_width(line * 1.5);
            context.stroke_rect(x + w * 0.2, y + h * 0.2, w * 0.6, h * 0.6);
            context.set_stroke_style_str("rgba(205,220,255,0.05)");
            context.stroke_rect(x + w * 0.2 + line, y + h * 0.2 + line, w * 0.6, h * 0.6);
        }
        _ => {}
    }
}

/// A number that looks random, always the same for a place.
pub(super) fn scatter(x: u32, y: u32) -> u32 {
    let mut value = x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77);
    value ^= value >> 15;
    value = value.wrapping_mul(0x2C1B_3C6D);
    value ^ (value >> 13)
}
