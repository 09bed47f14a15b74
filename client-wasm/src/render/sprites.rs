//! Bodies, drawn once for a zoom and copied from then on: hundreds of players cost two copies each.

use std::f64::consts::{FRAC_PI_2, TAU};

use wasm_bindgen::JsValue;

use crate::render::camera::Camera;
use crate::render::palette::{self, COLOURS, EMBLEMS};
use crate::render::surface::{Context, Surface, arc, circle, radial, set_gradient};

/// Number of directions a face can be drawn in.
const ANGLES: usize = 64;
/// Half a cell, in body radii: room for shadow, outline and nose.
const CELL: f64 = 1.5;

/// How a body is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Skin {
    /// As usual.
    Solid,
    /// Just hurt.
    Flash,
    /// Waiting for its player to reconnect.
    Ghost,
}

/// The kept bodies and faces.
pub(crate) struct Sprites {
    key: (u32, u32),
    half: f64,
    bodies: Surface,
    faces: Surface,
}

impl Sprites {
    /// The sprites for this zoom, made anew when it changed.
    pub(crate) fn fit(kept: Option<Self>, camera: Camera, radius: f32) -> Option<Self> {
        let key = ((radius * camera.scale).to_bits(), camera.density.to_bits());
        match kept {
            Some(sprites) if sprites.key == key => Some(sprites),
            _ => Self::paint(key, camera, radius).ok(),
        }
    }

    fn paint(key: (u32, u32), camera: Camera, radius: f32) -> Result<Self, JsValue> {
        let radius = camera.length(radius);
        let half = (radius * CELL).ceil() + 1.0;
        let cell = 2.0 * half;
        let bodies = Surface::new((cell * COLOURS as f64) as u32, (cell * 3.0) as u32)?;
        for colour in 0..COLOURS {
            let x = half + cell * colour as f64;
            for (row, skin) in [Skin::Solid, Skin::Flash, Skin::Ghost].into_iter().enumerate() {
                paint_body(&bodies.context, (x, half + cell * row as f64), radius, camera, colour, skin);
            }
        }
        let faces = Surface::new((cell * ANGLES as f64) as u32, (cell * EMBLEMS as f64) as u32)?;
        for emblem in 0..EMBLEMS {
            for angle in 0..ANGLES {
                let context = &faces.context;
                context.save();
                context.translate(half + cell * angle as f64, half + cell * emblem as f64)?;
                context.rotate(TAU * angle as f64 / ANGLES as f64)?;
                paint_face(context, radius, camera, emblem);
                context.restore();
            }
        }
        Ok(Self { key, half, bodies, faces })
    }

    /// Copies a body without a face.
    pub(crate) fn draw_body(&self, context: &Context, colour: usize, skin: Skin, at: (f64, f64)) {
        self.copy(context, &self.bodies, colour % COLOURS, skin as usize, at);
    }

    /// Copies a face that looks along `facing` radians, with an emblem on the back.
    pub(crate) fn draw_face(&self, context: &Context, facing: f32, emblem: usize, at: (f64, f64)) {
        let turn = f64::from(facing) / TAU * ANGLES as f64;
        let angle = (turn.round() as i64).rem_euclid(ANGLES as i64) as usize;
        self.copy(context, &self.faces, angle, emblem % EMBLEMS, at);
    }

    fn copy(&self, context: &Context, from: &Surface, column: usize, row: usize, (x, y): (f64, f64)) {
        let cell = 2.0 * self.half;
        let (x, y) = ((x - self.half).round(), (y - self.half).round());
        let _ = context.draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
            &from.canvas,
            cell * column as f64,
            cell * row as f64,
            cell,
            cell,
            x,
            y,
            cell,
            cell,
        );
    }
}

fn paint_body(context: &Context, (x, y): (f64, f64), radius: f64, camera: Camera, colour: usize, skin: Skin) {
    let base = palette::body_at(colour);
    if skin == Skin::Ghost {
        context.set_fill_style_str(&palette::css_alpha(base, 0.20));
        circle(context, x, y, radius);
        context.fill();
        context.set_stroke_style_str(&palette::css_alpha(base, 0.85));
        context.set_line_width(camera.css(1.5));
        let dash = js_sys::Array::of2(&camera.css(4.0).into(), &camera.css(3.5).into());
        let _ = context.set_line_dash(&dash);
        context.stroke();
        let _ = context.set_line_dash(&js_sys::Array::new());
        return;
    }
    // The shadow falls down and to the right, as the light comes from the upper left.
    let shadow = (x + radius * 0.10, y + radius * 0.26);
    let stops = [(0.0, "rgba(0,0,0,0.62)"), (0.72, "rgba(0,0,0,0.42)"), (1.0, "rgba(0,0,0,0)")];
    set_gradient(context, radial(context, shadow, radius * 0.3, radius * 1.22, &stops).as_ref());
    circle(context, shadow.0, shadow.1, radius * 1.22);
    context.fill();

    let base = if skin == Skin::Flash { palette::mix(base, [255, 255, 255], 0.82) } else { base };
    let light = palette::css(palette::mix(base, [255, 255, 255], 0.42));
    let dark = palette::css(palette::mix(base, [10, 14, 34], 0.38));
    let gradient = context
        .create_radial_gradient(x - radius * 0.36, y - radius * 0.42, radius * 0.08, x, y, radius * 1.06)
        .ok();
    if let Some(gradient) = &gradient {
        for (offset, stop) in [(0.0, light.as_str()), (0.48, &palette::css(base)), (1.0, &dark)] {
            let _ = gradient.add_color_stop(offset, stop);
        }
    }
    set_gradient(context, gradient.as_ref());
    circle(context, x, y, radius);
    context.fill();
    context.set_stroke_style_str(palette::INK);
    context.set_line_width(camera.css(2.0));
    context.stroke();
    // Light from above catches the upper rim.
    context.set_stroke_style_str("rgba(255,255,255,0.45)");
    context.set_line_width(camera.css(1.2));
    arc(context, x, y, radius - camera.css(1.8), -2.7, -1.0);
    context.stroke();
}

/// Looking to the right: a nose beyond the rim, a dark visor with two eyes, an emblem on the back.
fn paint_face(context: &Context, radius: f64, camera: Camera, emblem: usize) {
    context.set_line_join("round");
    context.begin_path();
    context.move_to(radius * 1.34, 0.0);
    context.line_to(radius * 0.96, -radius * 0.34);
    context.line_to(radius * 0.96, radius * 0.34);
    context.close_path();
    context.set_fill_style_str("#f4f8ff");
    context.fill();
    context.set_stroke_style_str(palette::INK);
    context.set_line_width(camera.css(1.5));
    context.stroke();

    context.set_stroke_style_str("rgba(9,13,24,0.92)");
    context.set_line_width(radius * 0.46);
    context.set_line_cap("round");
    arc(context, 0.0, 0.0, radius * 0.54, -0.72, 0.72);
    context.stroke();
    context.set_fill_style_str("#f4f8ff");
    for side in [-0.5, 0.5_f64] {
        let (x, y) = (radius * 0.58 * side.cos(), radius * 0.58 * side.sin());
        circle(context, x, y, radius * 0.145);
        context.fill();
    }
    context.set_line_cap("butt");
    paint_emblem(context, radius, emblem);
}

fn paint_emblem(context: &Context, radius: f64, emblem: usize) {
    context.set_fill_style_str("rgba(9,13,24,0.66)");
    context.set_stroke_style_str("rgba(9,13,24,0.66)");
    context.set_line_width(radius * 0.16);
    match emblem {
        1 => {
            circle(context, -radius * 0.46, 0.0, radius * 0.2);
            context.fill();
        }
        2 => {
            arc(context, 0.0, 0.0, radius * 0.62, FRAC_PI_2 + 0.75, 3.0 * FRAC_PI_2 - 0.75);
            context.stroke();
        }
        3 => {
            for side in [-0.27, 0.27] {
                context.begin_path();
                context.move_to(-radius * 0.74, radius * side);
                context.line_to(-radius * 0.2, radius * side);
                context.stroke();
            }
        }
        _ => {}
    }
}
