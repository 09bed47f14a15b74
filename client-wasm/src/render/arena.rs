//! The floor: drawn once for a scene, a size and a zoom, then copied into each frame.

use client_core::protocol::SceneInfo;
use client_core::sim::Tuning;
use wasm_bindgen::JsValue;
use web_sys::{HtmlCanvasElement, ImageBitmap};

use crate::render::camera::Camera;
use crate::render::palette::{self, Rgb};
use crate::render::surface::{Context, Surface, circle, radial, set_gradient};
use client_core::sim::Vec2;

/// Room for the glow around the border, CSS pixels.
const GLOW: f64 = 26.0;
/// Floors with more pixels than this are drawn anew in each frame, and simpler, instead of being kept.
const MAX_KEPT_PIXELS: f64 = 16e6;
/// Between two lines of the grid, units.
const GRID: f32 = 50.0;
/// How dark the veil over a background image is: bodies and texts stay readable on any image.
const VEIL: &str = "rgba(7,10,17,0.42)";
const EDGE: Rgb = [126, 214, 255];

/// What the kept floor was drawn for.
#[derive(Clone, PartialEq)]
struct Key {
    size: (f64, f64),
    density: f32,
    scene: u32,
    colour: Rgb,
    image: Option<String>,
}

/// The floor.
#[derive(Default)]
pub(crate) struct Arena {
    kept: Option<(Key, Surface)>,
}

impl Arena {
    /// Draws the floor and all around it.
    pub(crate) fn draw(
        &mut self,
        context: &Context,
        camera: Camera,
        tuning: &Tuning,
        scene: &SceneInfo,
        image: Option<(&str, &ImageBitmap)>,
    ) {
        let size = (camera.length(tuning.arena_width).ceil(), camera.length(tuning.arena_height).ceil());
        let (x, y) = camera.to_screen(Vec2::ZERO);
        context.set_fill_style_str(palette::SURROUND);
        context.fill_rect(0.0, 0.0, f64::from(camera.size.x), f64::from(camera.size.y));
        if size.0 * size.1 > MAX_KEPT_PIXELS {
            let image = image.map(|(_, image)| image);
            draw_plain(context, camera, tuning, (scene.background_color, image), size);
            return;
        }
        let key = Key {
            size,
            density: camera.density,
            scene: scene.number,
            colour: scene.background_color,
            image: image.map(|(hash, _)| hash.to_owned()),
        };
        if self.kept.as_ref().is_none_or(|(kept, _)| *kept != key) {
            self.kept = paint(&key, camera, image.map(|(_, image)| image)).ok().map(|surface| (key, surface));
        }
        if let Some((_, surface)) = &self.kept {
            let glow = camera.css(GLOW).ceil();
            copy_visible(context, camera, &surface.canvas, x - glow, y - glow);
        }
    }
}

/// Copies only what is on the screen: a software canvas pays for every pixel.
fn copy_visible(context: &Context, camera: Camera, canvas: &HtmlCanvasElement, x: f64, y: f64) {
    let (left, top) = ((-x).max(0.0), (-y).max(0.0));
    let right = (f64::from(camera.size.x) - x).min(f64::from(canvas.width()));
    let bottom = (f64::from(camera.size.y) - y).min(f64::from(canvas.height()));
    let (width, height) = (right - left, bottom - top);
    if width <= 0.0 || height <= 0.0 {
        return;
    }
    let _ = context.draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
        canvas,
        left,
        top,
        width,
        height,
        x + left,
        y + top,
        width,
        height,
    );
}

fn paint(key: &Key, camera: Camera, image: Option<&ImageBitmap>) -> Result<Surface, JsValue> {
    let glow = camera.css(GLOW).ceil();
    let (width, height) = key.size;
    let surface = Surface::new((width + 2.0 * glow) as u32, (height + 2.0 * glow) as u32)?;
    let context = &surface.context;
    context.translate(glow, glow)?;
    paint_glow(context, camera, key);
    context.save();
    context.begin_path();
    context.rect(0.0, 0.0, width, height);
    context.clip();
    paint_floor(context, key);
    if let Some(image) = image {
        paint_image(context, key, image)?;
    }
    paint_grid(context, camera, key);
    paint_markings(context, camera, key);
    paint_vignette(context, key);
    context.restore();
    paint_border(context, camera, key);
    Ok(surface)
}

/// A blurred shadow is dear, but this one is painted once.
fn paint_glow(context: &Context, camera: Camera, key: &Key) {
    context.save();
    context.set_shadow_color(&palette::css_alpha(EDGE, 0.55));
    context.set_shadow_blur(camera.css(GLOW * 0.8));
    context.set_fill_style_str(palette::SURROUND);
    context.fill_rect(0.0, 0.0, key.size.0, key.size.1);
    context.restore();
}

/// Lighter in the middle, so that the floor looks lit from above.
fn paint_floor(context: &Context, key: &Key) {
    let (width, height) = key.size;
    let light = palette::css(palette::mix(key.colour, [148, 176, 214], 0.16));
    let dark = palette::css(palette::mix(key.colour, [5, 8, 14], 0.30));
    let middle = (width * 0.5, height * 0.46);
    context.set_fill_style_str(&palette::css(key.colour));
    set_gradient(
        context,
        radial(context, middle, 0.0, width.hypot(height) * 0.56, &[(0.0, &light), (1.0, &dark)]).as_ref(),
    );
    context.fill_rect(0.0, 0.0, width, height);
}

/// Covers the arena, centred, and is cut where its shape differs.
fn paint_image(context: &Context, key: &Key, image: &ImageBitmap) -> Result<(), JsValue> {
    let (width, height) = key.size;
    let (image_width, image_height) = (f64::from(image.width()), f64::from(image.height()));
    let scale = (width / image_width).max(height / image_height);
    let (w, h) = (image_width * scale, image_height * scale);
    let (x, y) = ((width - w) * 0.5, (height - h) * 0.5);
    context.draw_image_with_image_bitmap_and_dw_and_dh(image, x, y, w, h)?;
    context.set_fill_style_str(VEIL);
    context.fill_rect(0.0, 0.0, width, height);
    Ok(())
}

fn paint_grid(context: &Context, camera: Camera, key: &Key) {
    let step = camera.length(GRID);
    for (every, alpha) in [(1, 0.035), (5, 0.06)] {
        context.set_fill_style_str(&format!("rgba(214,232,255,{alpha})"));
        let line = camera.css(1.0).round().max(1.0);
        let step = step * f64::from(every);
        for i in 1..(key.size.0 / step) as u32 + 1 {
            context.fill_rect((f64::from(i) * step).round(), 0.0, line, key.size.1);
        }
        for i in 1..(key.size.1 / step) as u32 + 1 {
            context.fill_rect(0.0, (f64::from(i) * step).round(), key.size.0, line);
        }
    }
}

/// A court: circle and cross in the middle, brackets in the corners.
fn paint_markings(context: &Context, camera: Camera, key: &Key) {
    let (width, height) = key.size;
    let (x, y) = (width * 0.5, height * 0.5);
    let unit = width.min(height);
    context.set_stroke_style_str(&palette::css_alpha(EDGE, 0.16));
    context.set_line_width(camera.css(2.0));
    circle(context, x, y, unit * 0.16);
    context.stroke();
    context.set_stroke_style_str(&palette::css_alpha(EDGE, 0.09));
    context.set_line_width(camera.css(8.0));
    circle(context, x, y, unit * 0.16 - camera.css(9.0));
    context.stroke();
    context.set_fill_style_str(&palette::css_alpha(EDGE, 0.22));
    circle(context, x, y, camera.css(3.0));
    context.fill();

    context.set_stroke_style_str(&palette::css_alpha(EDGE, 0.26));
    context.set_line_width(camera.css(2.0));
    let (inset, arm) = (camera.css(14.0), unit * 0.045);
    for (cx, sx) in [(inset, 1.0), (width - inset, -1.0)] {
        for (cy, sy) in [(inset, 1.0), (height - inset, -1.0)] {
            context.begin_path();
            context.move_to(cx + sx * arm, cy);
            context.line_to(cx, cy);
            context.line_to(cx, cy + sy * arm);
            context.stroke();
        }
    }
}

fn paint_vignette(context: &Context, key: &Key) {
    let (width, height) = key.size;
    let reach = width.hypot(height) * 0.5;
    let stops = [(0.0, "rgba(4,6,11,0)"), (0.62, "rgba(4,6,11,0.10)"), (1.0, "rgba(4,6,11,0.55)")];
    set_gradient(
        context,
        radial(context, (width * 0.5, height * 0.5), reach * 0.35, reach * 1.02, &stops).as_ref(),
    );
    context.fill_rect(0.0, 0.0, width, height);
}

fn paint_border(context: &Context, camera: Camera, key: &Key) {
    for (line, alpha) in [(5.0, 0.20), (2.0, 0.85)] {
        context.set_stroke_style_str(&palette::css_alpha(EDGE, alpha));
        context.set_line_width(camera.css(line));
        context.stroke_rect(0.0, 0.0, key.size.0, key.size.1);
    }
}

/// What can be seen of an image that covers an arena which begins at (x, y) on the screen, and the veil over it.
fn draw_image_part(
    context: &Context,
    camera: Camera,
    image: &ImageBitmap,
    (x, y): (f64, f64),
    (width, height): (f64, f64),
) {
    let (image_width, image_height) = (f64::from(image.width()), f64::from(image.height()));
    let scale = (width / image_width).max(height / image_height);
    let (cut_x, cut_y) = ((width - image_width * scale) * 0.5, (height - image_height * scale) * 0.5);
    let (left, top) = ((-x).max(0.0), (-y).max(0.0));
    let w = (f64::from(camera.size.x) - x).min(width) - left;
    let h = (f64::from(camera.size.y) - y).min(height) - top;
    if w <= 0.0 || h <= 0.0 {
        return;
    }
    let _ = context.draw_image_with_image_bitmap_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
        image,
        (left - cut_x) / scale,
        (top - cut_y) / scale,
        w / scale,
        h / scale,
        x + left,
        y + top,
        w,
        h,
    );
    context.set_fill_style_str(VEIL);
    context.fill_rect(x + left, y + top, w, h);
}

/// For arenas too large to be kept: colour or image, the grid lines in sight and the border.
fn draw_plain(
    context: &Context,
    camera: Camera,
    tuning: &Tuning,
    (colour, image): (Rgb, Option<&ImageBitmap>),
    size: (f64, f64),
) {
    let (x, y) = camera.to_screen(Vec2::ZERO);
    context.set_fill_style_str(&palette::css(colour));
    context.fill_rect(x, y, size.0, size.1);
    if let Some(image) = image {
        draw_image_part(context, camera, image, (x, y), size);
    }
    context.set_fill_style_str("rgba(214,232,255,0.05)");
    let line = camera.css(1.0).round().max(1.0);
    for i in 1..(tuning.arena_width / GRID) as u32 {
        let at = x + camera.length(GRID * i as f32).round();
        if at > 0.0 && at < f64::from(camera.size.x) {
            context.fill_rect(at, y, line, size.1);
        }
    }
    for i in 1..(tuning.arena_height / GRID) as u32 {
        let at = y + camera.length(GRID * i as f32).round();
        if at > 0.0 && at < f64::from(camera.size.y) {
            context.fill_rect(x, at, size.0, line);
        }
    }
    context.set_stroke_style_str(&palette::css_alpha(EDGE, 0.85));
    context.set_line_width(camera.css(2.0));
    context.stroke_rect(x, y, size.0, size.1);
}
