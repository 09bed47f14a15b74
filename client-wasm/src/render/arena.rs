//! The floor: drawn once for a scene, a size and a zoom, then copied into each frame.

mod hall;
mod paint;
mod plates;

use client_core::protocol::SceneInfo;
use client_core::sim::{Tuning, Vec2};
use wasm_bindgen::JsValue;
use web_sys::ImageBitmap;

use crate::render::camera::Camera;
use crate::render::palette::{self, Rgb};
use crate::render::surface::{Context, Surface, copy};

/// Width of the hall that is painted around the floor, units.
const HALL: f32 = 190.0;
/// Floors with more pixels than this are put together in each frame, and simpler, instead of being kept.
const MAX_KEPT_PIXELS: f64 = 24e6;
/// How dark the veil over a background image is: bodies and texts stay readable on any image.
const VEIL: &str = "rgba(7,10,17,0.42)";

/// What the kept floor was drawn for.
#[derive(Clone, PartialEq)]
struct Key {
    /// Device pixels.
    size: (f64, f64),
    /// Device pixels in a unit.
    scale: f32,
    density: f32,
    scene: u32,
    colour: Rgb,
    image: Option<String>,
}

impl Key {
    /// A length in units, device pixels.
    fn length(&self, units: f32) -> f64 {
        f64::from(units * self.scale)
    }

    /// A length in CSS pixels, device pixels.
    fn css(&self, pixels: f64) -> f64 {
        pixels * f64::from(self.density)
    }
}

/// The floor.
#[derive(Default)]
pub(crate) struct Arena {
    kept: Option<(Key, Surface)>,
    /// A piece of the floor, where all of it is too large to be kept.
    tile: Option<(Key, Surface)>,
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
        let key = Key {
            size,
            scale: camera.scale,
            density: camera.density,
            scene: scene.number,
            colour: scene.background_color,
            image: image.map(|(hash, _)| hash.to_owned()),
        };
        let hall = camera.length(HALL).ceil();
        if (size.0 + 2.0 * hall) * (size.1 + 2.0 * hall) > MAX_KEPT_PIXELS {
            self.kept = None;
            clear(context, camera);
            self.draw_tiles(context, camera, key, image.map(|(_, image)| image));
            return;
        }
        if self.kept.as_ref().is_none_or(|(kept, _)| *kept != key) {
            let image = image.map(|(_, image)| image);
            self.kept = paint::floor(&key, hall, image).ok().map(|surface| (key, surface));
        }
        let Some((_, surface)) = &self.kept else { return clear(context, camera) };
        let (left, top) = (x - hall, y - hall);
        let right = left + f64::from(surface.canvas.width());
        let bottom = top + f64::from(surface.canvas.height());
        let (width, height) = (f64::from(camera.size.x), f64::from(camera.size.y));
        if left > 0.0 || top > 0.0 || right < width || bottom < height {
            clear(context, camera);
        }
        // What is off the screen costs nothing; a part of a picture would be fetched pixel by pixel.
        copy(context, surface, (left, top));
    }

    /// For arenas too large to be kept: the image or tiles in sight, and the walls as lines.
    fn draw_tiles(&mut self, context: &Context, camera: Camera, key: Key, image: Option<&ImageBitmap>) {
        let (x, y) = camera.to_screen(Vec2::ZERO);
        let size = key.size;
        if let Some(image) = image {
            draw_image_part(context, camera, image, (x, y), size);
        } else {
            // The tile depends on neither the size of the arena nor the number of the scene.
            let tile_key = Key { size: (0.0, 0.0), scene: 0, ..key };
            if self.tile.as_ref().is_none_or(|(kept, _)| *kept != tile_key) {
                self.tile = plates::tile(&tile_key).ok().map(|surface| (tile_key, surface));
            }
            if let Some((_, tile)) = &self.tile {
                lay_tiles(context, camera, tile, (x, y), size);
            }
        }
        for (line, alpha) in [(7.0, 0.22), (2.5, 0.95)] {
            context.set_stroke_style_str(&palette::css_alpha(palette::CYAN, alpha));
            context.set_line_width(camera.css(line));
            context.stroke_rect(x, y, size.0, size.1);
        }
    }
}

fn clear(context: &Context, camera: Camera) {
    context.set_fill_style_str(palette::SURROUND);
    context.fill_rect(0.0, 0.0, f64::from(camera.size.x), f64::from(camera.size.y));
}

fn lay_tiles(context: &Context, camera: Camera, tile: &Surface, (x, y): (f64, f64), size: (f64, f64)) {
    let side = f64::from(tile.canvas.width());
    let first = |start: f64| (-start / side).floor().max(0.0);
    let last = |start: f64, length: f64, screen: f32| {
        ((length.min(f64::from(screen) - start)) / side).ceil().max(0.0)
    };
    context.save();
    context.begin_path();
    context.rect(x, y, size.0, size.1);
    context.clip();
    for row in first(y) as u32..last(y, size.1, camera.size.y) as u32 {
        for column in first(x) as u32..last(x, size.0, camera.size.x) as u32 {
            let (left, top) = (x + f64::from(column) * side, y + f64::from(row) * side);
            copy(context, tile, (left, top));
        }
    }
    context.restore();
}

/// Covers the floor, centred, and is cut where its shape differs.
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
