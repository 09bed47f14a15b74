//! One frame: floor, what lies under the players, the players, the orb, what lies over them.

mod arena;
pub(crate) mod camera;
mod detail;
pub(crate) mod effects;
pub(crate) mod hud;
mod labels;
mod mark;
mod minimap;
mod motion;
mod orb;
pub(crate) mod palette;
mod particles;
mod players;
mod skins;
pub(crate) mod sprites;
pub(crate) mod surface;

use client_core::sim::{PlayerId, Vec2};
use client_core::{ClientEvent, View};
use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;
use web_sys::HtmlCanvasElement;

use crate::scenes::Scenes;
use crate::{dom, settings};
use arena::Arena;
use camera::{Camera, Viewport};
use detail::Detail;
use effects::Effects;
use labels::Labels;
use minimap::Minimap;
use motion::Motions;
use orb::OrbArt;
use players::PlayerArt;
use skins::Skins;
use sprites::Sprites;
use surface::Context;

/// A frame that took longer counts as one of this length, seconds: after a pause nothing jumps.
const LONGEST_FRAME: f32 = 0.1;

/// The view is ahead of a runner by the way of so much time, seconds.
const LOOK_AHEAD: f32 = 0.24;
/// How quickly the title's view follows the orb, per second.
const DRIFT: f32 = 1.1;

/// Draws the fight.
pub(crate) struct Renderer {
    canvas: HtmlCanvasElement,
    context: Context,
    viewport: Viewport,
    /// Where the canvas is on the page, CSS pixels.
    place: (f64, f64),
    camera: Camera,
    arena: Arena,
    sprites: Option<Sprites>,
    skins: Skins,
    labels: Labels,
    orb: OrbArt,
    effects: Effects,
    motions: Motions,
    minimap: Minimap,
    /// How far the view is ahead of us, or where the title's view is, units.
    ahead: Vec2,
    reduced_motion: bool,
    last_ms: f64,
    /// Frames drawn so far.
    pub(crate) frames: u32,
    /// Whether a blow has shaken the view so far.
    pub(crate) was_shaken: bool,
}

/// What a frame shows besides the fight itself.
#[derive(Clone, Copy, Default)]
pub(crate) struct Scenery<'a> {
    /// The images of the scene.
    pub(crate) scenes: Option<&'a Scenes>,
    /// Where the mouse is in the canvas, CSS pixels.
    pub(crate) pointer: Option<(f64, f64)>,
    /// Where to look, if not at ourselves, units.
    pub(crate) look_at: Option<Vec2>,
    /// Whom the camera follows, if not us.
    pub(crate) followed: Option<PlayerId>,
}

impl Renderer {
    /// Draws on this canvas.
    ///
    /// # Errors
    /// When the browser cannot.
    pub(crate) fn new(canvas: HtmlCanvasElement) -> Result<Self, JsValue> {
        // Without transparency the browser need not blend the canvas with the page.
        let options = Object::new();
        Reflect::set(&options, &"alpha".into(), &false.into())?;
        let context = surface::context_of(&canvas, Some(&options))?;
        let reduced_motion = settings::reduced_motion();
        let mut renderer = Self {
            canvas,
            context,
            viewport: Viewport::default(),
            place: (0.0, 0.0),
            camera: Camera::default(),
            arena: Arena::default(),
            sprites: None,
            skins: Skins::default(),
            labels: Labels::default(),
            orb: OrbArt::default(),
            effects: Effects::new(reduced_motion),
            motions: Motions::default(),
            minimap: Minimap::new()?,
            ahead: Vec2::ZERO,
            reduced_motion,
            last_ms: 0.0,
            frames: 0,
            was_shaken: false,
        };
        renderer.resize(0.0, 0.0);
        Ok(renderer)
    }

    /// Fits the canvas to its place on the page; `top` and `bottom` CSS pixels of it are under the display.
    pub(crate) fn resize(&mut self, top: f32, bottom: f32) {
        let density = dom::canvas_density();
        let pixels = |css: i32| (f64::from(css.max(1)) * density).round();
        let (width, height) = (pixels(self.canvas.client_width()), pixels(self.canvas.client_height()));
        let rect = self.canvas.get_bounding_client_rect();
        self.place = (rect.left(), rect.top());
        self.minimap.resize();
        // Setting the size clears the canvas, so only when it changed.
        if self.canvas.width() != width as u32 || self.canvas.height() != height as u32 {
            self.canvas.set_width(width as u32);
            self.canvas.set_height(height as u32);
        }
        self.viewport =
            Viewport { width: width as f32, height: height as f32, density: density as f32, top, bottom };
    }

    /// The screen has another density than the one that is drawn for. No event tells of that when the size in CSS pixels
    /// stays: a window that moves to another screen, or is zoomed.
    pub(crate) fn is_blurred(&self) -> bool {
        self.viewport.density != dom::canvas_density() as f32
    }

    /// Takes up something that happened.
    pub(crate) fn handle(&mut self, event: &ClientEvent, view: &View, now_ms: f64) {
        self.effects.handle(event, view, now_ms);
        self.motions.handle(event, view, now_ms);
        if let ClientEvent::Chat { from, text } = event {
            self.labels.say(*from, text, now_ms);
        }
    }

    /// How many skins players wear, and whether the orb has one.
    pub(crate) fn worn(&self) -> (usize, bool) {
        self.skins.worn()
    }

    /// A point of the canvas in CSS pixels, as a point of the world.
    pub(crate) fn to_world(&self, (x, y): (f64, f64)) -> Vec2 {
        self.camera.to_world(x, y)
    }

    /// A point of the world in CSS pixels of the page.
    pub(crate) fn to_page(&self, point: Vec2) -> (f64, f64) {
        let (x, y) = self.camera.to_screen(point);
        let density = f64::from(self.viewport.density.max(1.0));
        (self.place.0 + x / density, self.place.1 + y / density)
    }

    /// Draws one frame.
    pub(crate) fn draw(&mut self, view: &View, scenery: Scenery, now_ms: f64) {
        let dt = (((now_ms - self.last_ms) / 1000.0) as f32).clamp(0.0, LONGEST_FRAME);
        self.last_ms = now_ms;
        self.frames = self.frames.wrapping_add(1);
        let me = view.own();
        let shake = self.effects.shake_offset(now_ms) * self.viewport.density;
        self.was_shaken |= shake != Vec2::ZERO;
        let focus = scenery.look_at.or_else(|| self.focus(view, dt));
        self.camera.follow(&self.viewport, &view.tuning, focus, dt, shake);
        self.effects.advance(view, now_ms, dt);
        self.orb.track(&view.orb, now_ms);
        let radius = view.tuning.player_radius;
        self.motions.advance(view, self.camera, radius * 3.0, dt, now_ms);
        let detail = Detail::of(view, scenery.look_at, self.motions.in_sight().count());
        self.effects.set_detail(detail);

        let (context, camera) = (&self.context, self.camera);
        let background = scenery.scenes.and_then(Scenes::background);
        self.arena.draw(context, camera, &view.tuning, &view.scene, background);
        self.orb.draw_pool(context, camera, view);
        self.effects.draw_below(context, camera, view, now_ms);
        if let Some(player) = scenery.followed.and_then(|id| view.player(id)) {
            mark::draw(context, camera, player.position, radius);
        }
        self.skins.fit(camera, view, scenery.scenes, self.reduced_motion);
        self.sprites = Sprites::fit(self.sprites.take(), camera, radius);
        if let Some(sprites) = &self.sprites {
            let aim =
                me.zip(scenery.pointer).map(|(me, (x, y))| (camera.to_world(x, y) - me.position).angle());
            let art = PlayerArt {
                context,
                camera,
                sprites,
                skins: &self.skins,
                effects: &self.effects,
                motions: &self.motions,
                detail,
                now_ms,
                reduced_motion: self.reduced_motion,
            };
            art.draw(view, &mut self.labels, aim);
        }
        self.orb.draw(context, camera, view, now_ms, self.reduced_motion);
        self.skins.draw_orb(context, camera, view);
        self.effects.draw_above(context, camera, now_ms);
        let head = camera.length(radius) * 1.6 + camera.css(26.0);
        self.labels.draw_bubbles(context, camera, view, head, now_ms);
        orb::draw_pointer(context, camera, view);
        self.minimap.draw(camera, view, view.me.is_some() || scenery.look_at.is_some(), now_ms);
    }

    /// Where to look: a little ahead of ourselves, or, at the title, along with the orb.
    fn focus(&mut self, view: &View, dt: f32) -> Option<Vec2> {
        let Some(me) = view.own() else {
            let home = Vec2 { x: view.tuning.arena_width, y: view.tuning.arena_height } * 0.5;
            if view.me.is_some() || self.reduced_motion {
                return Some(home);
            }
            if self.ahead == Vec2::ZERO {
                self.ahead = home;
            }
            self.ahead += (view.orb.position - self.ahead) * (1.0 - (-DRIFT * dt).exp());
            // The title's words stand at the left, on upright screens below.
            let (width, height) = (self.viewport.width, self.viewport.height);
            let shown = Vec2 { x: width, y: height } * (1.0 / self.camera.scale.max(1e-3));
            let aside = if width > height {
                Vec2 { x: shown.x * -0.16, y: 0.0 }
            } else {
                Vec2 { x: 0.0, y: shown.y * 0.16 }
            };
            return Some(self.ahead + aside);
        };
        if self.reduced_motion {
            return Some(me.position);
        }
        let wanted = if me.alive { self.motions.velocity(me.id) * LOOK_AHEAD } else { Vec2::ZERO };
        // Coming from the title, the view is anywhere.
        if self.ahead.length() > 300.0 {
            self.ahead = Vec2::ZERO;
        }
        self.ahead += (wanted - self.ahead) * (1.0 - (-3.0 * dt).exp());
        Some(me.position + self.ahead)
    }
}
