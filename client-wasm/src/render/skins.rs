//! Images that players and the orb wear: cut round once for a zoom, copied from then on. Whoever wears one keeps the ring of
//! their own colour and the nose that says where they look.

use client_core::protocol::SceneInfo;
use client_core::sim::Vec2;
use client_core::{PlayerView, View};
use wasm_bindgen::JsValue;
use web_sys::ImageBitmap;

use crate::render::camera::Camera;
use crate::render::palette::{self, COLOURS};
use crate::render::surface::{Context, Surface, circle, copy, radial, set_gradient};
use crate::scenes::Scenes;

/// Half a cell, in body radii: room for the shadow.
const CELL: f64 = 1.3;
/// Width of the coloured ring, in body radii.
const RING: f64 = 0.24;
/// A way this long in one frame was no rolling, units.
const JUMP: f32 = 220.0;

/// The kept pictures.
#[derive(Default)]
pub(crate) struct Skins {
    zoom: (u32, u32, u32),
    /// Of a body, units.
    radius: f32,
    scene: SceneInfo,
    /// One for each skin and colour that was seen.
    bodies: Vec<Option<Surface>>,
    orb: Option<Surface>,
    /// How far the orb has rolled, radians, and where it was.
    turn: f64,
    at: Vec2,
}

impl Skins {
    /// Cuts out what this frame needs.
    pub(crate) fn fit(&mut self, camera: Camera, view: &View, scenes: Option<&Scenes>, still: bool) {
        let (body, orb) = (view.tuning.player_radius * camera.scale, view.tuning.orb_radius * camera.scale);
        let zoom = (body.to_bits(), orb.to_bits(), camera.density.to_bits());
        if self.zoom != zoom || self.scene != view.scene {
            self.zoom = zoom;
            self.radius = view.tuning.player_radius;
            self.scene = view.scene.clone();
            self.bodies = (0..self.scene.player_skins.len() * COLOURS).map(|_| None).collect();
            self.orb = None;
        }
        self.roll(view, still);
        let Some(scenes) = scenes else { return };
        for player in &view.players {
            let Some((place, skin)) = self.place(player) else { continue };
            if self.bodies[place].is_none()
                && let Some(image) = scenes.image(&self.scene.player_skins[skin])
            {
                let colour = palette::identity(player.id).0;
                self.bodies[place] = paint_body(image, camera, view.tuning.player_radius, colour).ok();
            }
        }
        if self.orb.is_none()
            && let Some(image) = self.scene.orb_skin.as_deref().and_then(|hash| scenes.image(hash))
        {
            self.orb = paint_orb(image, camera, view.tuning.orb_radius).ok();
        }
    }

    /// Draws a player in its skin at a place of the canvas; `false` when there is none, or it is not here yet.
    pub(crate) fn draw_player(
        &self,
        context: &Context,
        camera: Camera,
        player: &PlayerView,
        hurt: bool,
        (x, y): (f64, f64),
    ) -> bool {
        let body = self.place(player).and_then(|(place, _)| self.bodies[place].as_ref());
        let Some(body) = body else { return false };
        draw_centred(context, body, (x, y));
        let radius = camera.length(self.radius);
        if hurt {
            context.set_fill_style_str("rgba(255,255,255,0.7)");
            circle(context, x, y, radius);
            context.fill();
        }
        let (sin, cos) = f64::from(player.facing).sin_cos();
        let point = |along: f64, aside: f64| {
            let (along, aside) = (along * radius, aside * radius);
            (x + cos * along - sin * aside, y + sin * along + cos * aside)
        };
        let ((ax, ay), (bx, by), (cx, cy)) = (point(1.42, 0.0), point(0.9, -0.42), point(0.9, 0.42));
        context.begin_path();
        context.move_to(ax, ay);
        context.line_to(bx, by);
        context.line_to(cx, cy);
        context.close_path();
        context.set_fill_style_str("#f4f8ff");
        context.fill();
        context.set_stroke_style_str(palette::INK);
        context.set_line_width(camera.css(1.5));
        context.stroke();
        true
    }

    /// Draws the skin over the orb, whose glow and ring stay.
    pub(crate) fn draw_orb(&self, context: &Context, camera: Camera, view: &View) {
        let Some(orb) = &self.orb else { return };
        let (x, y) = camera.to_screen(view.orb.position);
        context.save();
        if context.translate(x, y).and_then(|()| context.rotate(self.turn)).is_ok() {
            draw_centred(context, orb, (0.0, 0.0));
        }
        context.restore();
    }

    /// How many skins are cut out: of players, and whether the orb has one.
    pub(crate) fn worn(&self) -> (usize, bool) {
        let worn = self.bodies.chunks(COLOURS).filter(|colours| colours.iter().any(Option::is_some)).count();
        (worn, self.orb.is_some())
    }

    /// The orb rolls over the floor, to the right clockwise.
    fn roll(&mut self, view: &View, still: bool) {
        let way = view.orb.position - self.at;
        self.at = view.orb.position;
        let length = way.length();
        if !still && length < JUMP && view.tuning.orb_radius > 0.0 {
            let turn = f64::from(length / view.tuning.orb_radius) * 0.35;
            self.turn = (self.turn + if way.x < 0.0 { -turn } else { turn }) % std::f64::consts::TAU;
        }
    }

    /// Where the picture of a player is kept, and which skin it shows.
    fn place(&self, player: &PlayerView) -> Option<(usize, usize)> {
        let skin = self.scene.player_skin(player.id)?;
        Some((skin * COLOURS + palette::identity(player.id).0, skin))
    }
}

fn draw_centred(context: &Context, picture: &Surface, (x, y): (f64, f64)) {
    let (width, height) = (f64::from(picture.canvas.width()), f64::from(picture.canvas.height()));
    copy(context, picture, (x - width * 0.5, y - height * 0.5));
}

/// An image that covers a circle, centred, and is cut where its shape differs.
fn paint_disc(context: &Context, image: &ImageBitmap, middle: f64, radius: f64) -> Result<(), JsValue> {
    let (width, height) = (f64::from(image.width()), f64::from(image.height()));
    let scale = (2.0 * radius / width.min(height)).max(0.0);
    let (w, h) = (width * scale, height * scale);
    context.save();
    circle(context, middle, middle, radius);
    context.clip();
    context.set_fill_style_str("#1a2233");
    context.fill();
    context.draw_image_with_image_bitmap_and_dw_and_dh(image, middle - w * 0.5, middle - h * 0.5, w, h)?;
    context.restore();
    Ok(())
}

fn paint_body(image: &ImageBitmap, camera: Camera, radius: f32, colour: usize) -> Result<Surface, JsValue> {
    let radius = camera.length(radius);
    let half = (radius * CELL).ceil() + 1.0;
    let surface = Surface::new((half * 2.0) as u32, (half * 2.0) as u32)?;
    let context = &surface.context;
    // Falls like the shadows of drawn bodies.
    let shadow = (half + radius * 0.06, half + radius * 0.16);
    let stops = [(0.0, "rgba(0,0,0,0.62)"), (0.72, "rgba(0,0,0,0.42)"), (1.0, "rgba(0,0,0,0)")];
    set_gradient(context, radial(context, shadow, radius * 0.3, radius * 1.14, &stops).as_ref());
    circle(context, shadow.0, shadow.1, radius * 1.14);
    context.fill();
    paint_disc(context, image, half, radius)?;
    let ring = (radius * RING).max(camera.css(4.0));
    let lines = [
        (radius - ring - camera.css(0.5), camera.css(1.0), palette::INK.to_owned()),
        (radius - ring * 0.5, ring, palette::css(palette::body_at(colour))),
        (radius, camera.css(2.0), palette::INK.to_owned()),
    ];
    for (reach, width, style) in lines {
        context.set_stroke_style_str(&style);
        context.set_line_width(width);
        circle(context, half, half, reach);
        context.stroke();
    }
    Ok(surface)
}

fn paint_orb(image: &ImageBitmap, camera: Camera, radius: f32) -> Result<Surface, JsValue> {
    let radius = camera.length(radius);
    let half = radius.ceil() + 2.0;
    let surface = Surface::new((half * 2.0) as u32, (half * 2.0) as u32)?;
    paint_disc(&surface.context, image, half, radius)?;
    surface.context.set_stroke_style_str("#ffffff");
    surface.context.set_line_width(camera.css(1.5));
    circle(&surface.context, half, half, radius);
    surface.context.stroke();
    Ok(surface)
}
