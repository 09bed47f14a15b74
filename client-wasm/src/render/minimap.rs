//! Where we are in an arena of which the screen shows a part: walls, what is in view, who is in sight, and the orb. It has
//! a canvas of its own, which the style sheet puts where nobody fights, and is drawn ten times a second.

use client_core::View;
use client_core::sim::Vec2;
use wasm_bindgen::JsValue;
use web_sys::HtmlCanvasElement;

use crate::dom::{self, Panel};
use crate::render::camera::Camera;
use crate::render::orb::danger;
use crate::render::palette;
use crate::render::surface::{self, Context, circle};

/// Between two drawings, milliseconds.
const EVERY_MS: f64 = 100.0;
/// There is no map while so much of the arena's width and height is on the screen.
const NEARLY_ALL: f32 = 0.9;

/// The map.
pub(super) struct Minimap {
    panel: Panel,
    canvas: HtmlCanvasElement,
    context: Context,
    /// Size in device pixels; none until it was asked for.
    size: Option<(f64, f64)>,
    drawn_ms: f64,
}

impl Minimap {
    /// Finds it on the page.
    ///
    /// # Errors
    /// When it is missing, or the browser cannot draw on it.
    pub(super) fn new() -> Result<Self, JsValue> {
        let canvas: HtmlCanvasElement = dom::by_id("minimap")?;
        let context = surface::context_of(&canvas, None)?;
        Ok(Self { panel: Panel::by_id("minimap")?, canvas, context, size: None, drawn_ms: 0.0 })
    }

    /// The page has another size: so may the map.
    pub(super) fn resize(&mut self) {
        self.size = None;
    }

    /// Draws the map, unless all of the arena can be seen anyway, or it is not `used` as there is nothing to look for.
    pub(super) fn draw(&mut self, camera: Camera, view: &View, used: bool, now_ms: f64) {
        let (width, height) = (view.tuning.arena_width, view.tuning.arena_height);
        let shown = camera.size * (1.0 / camera.scale.max(1e-3));
        let all = shown.x >= width * NEARLY_ALL && shown.y >= height * NEARLY_ALL;
        if self.panel.show(used && !all) {
            self.size = None;
        }
        if !self.panel.is_shown() || now_ms - self.drawn_ms < EVERY_MS {
            return;
        }
        self.drawn_ms = now_ms;
        let (room_x, room_y) = self.fit();
        let scale = (room_x / f64::from(width)).min(room_y / f64::from(height));
        let (w, h) = (f64::from(width) * scale, f64::from(height) * scale);
        let (left, top) = ((room_x - w) * 0.5, (room_y - h) * 0.5);
        let place = |point: Vec2| (left + f64::from(point.x) * scale, top + f64::from(point.y) * scale);
        let context = &self.context;
        context.clear_rect(0.0, 0.0, room_x, room_y);
        context.set_fill_style_str("rgba(10,11,30,0.72)");
        context.fill_rect(left, top, w, h);
        context.set_stroke_style_str("rgba(64,224,255,0.75)");
        context.set_line_width(camera.css(1.5));
        context.stroke_rect(left, top, w, h);

        // What is on the screen, cut at the walls.
        let corner = camera.to_world(0.0, 0.0);
        let (x0, y0) = place(Vec2 { x: corner.x.max(0.0), y: corner.y.max(0.0) });
        let far = corner + shown;
        let (x1, y1) = place(Vec2 { x: far.x.min(width), y: far.y.min(height) });
        context.set_fill_style_str("rgba(180,200,255,0.12)");
        context.fill_rect(x0, y0, x1 - x0, y1 - y0);

        let dot = camera.css(1.7);
        for player in view.players.iter().filter(|player| player.alive && !player.me) {
            let (x, y) = place(player.position);
            if player.team > 0 {
                let side = dot * 1.35;
                context.set_fill_style_str(palette::team_css(player.team));
                if player.team == 1 {
                    circle(context, x, y, side);
                    context.fill();
                } else {
                    context.fill_rect(x - side, y - side, 2.0 * side, 2.0 * side);
                }
                continue;
            }
            context.set_fill_style_str(palette::body_css(player.id));
            context.fill_rect(x - dot, y - dot, 2.0 * dot, 2.0 * dot);
        }
        let (x, y) = place(view.orb.position);
        context.set_fill_style_str(&palette::css(palette::heat(danger(&view.orb, &view.tuning))));
        circle(context, x, y, camera.css(3.2));
        context.fill();
        if let Some(me) = view.own() {
            let (x, y) = place(me.position);
            context.set_fill_style_str(palette::OWN);
            circle(context, x, y, camera.css(3.2));
            context.fill();
            context.set_stroke_style_str(palette::INK);
            context.stroke();
        }
    }

    /// The size of the canvas, which follows that of its place on the page.
    fn fit(&mut self) -> (f64, f64) {
        let (canvas, density) = (&self.canvas, dom::canvas_density());
        *self.size.get_or_insert_with(|| {
            let pixels = |css: i32| (f64::from(css.max(1)) * density).round();
            let size = (pixels(canvas.client_width()), pixels(canvas.client_height()));
            canvas.set_width(size.0 as u32);
            canvas.set_height(size.1 as u32);
            size
        })
    }
}
