//! A small map of an arena that is larger than the screen: its bounds, what is in view, who is in sight, and the orb.

use client_core::View;
use client_core::sim::Vec2;

use crate::render::camera::{Camera, Viewport};
use crate::render::palette;
use crate::render::surface::{Context, circle};

/// Longest side, CSS pixels.
const SIDE: f64 = 168.0;
/// The same where space is short.
const SIDE_SMALL: f64 = 104.0;
/// A view whose shorter side is shorter than this has little space, CSS pixels.
const SMALL: f64 = 520.0;
/// From the edges of the screen, CSS pixels.
const MARGIN: f64 = 14.0;
/// There is no map while so much of the arena's width and height is on the screen.
const NEARLY_ALL: f32 = 0.8;

/// Draws the map into the corner at the bottom right, on small screens to the left, unless all of the arena can be seen anyway.
pub(crate) fn draw(context: &Context, camera: Camera, viewport: &Viewport, view: &View) {
    let (width, height) = (view.tuning.arena_width, view.tuning.arena_height);
    let shown = camera.size * (1.0 / camera.scale.max(1e-3));
    if shown.x >= width * NEARLY_ALL && shown.y >= height * NEARLY_ALL {
        return;
    }
    let small = f64::from(camera.size.x.min(camera.size.y)) < camera.css(SMALL);
    let side = camera.css(if small { SIDE_SMALL } else { SIDE });
    let scale = side / f64::from(width.max(height));
    let (w, h) = (f64::from(width) * scale, f64::from(height) * scale);
    let margin = camera.css(MARGIN);
    let (screen_width, screen_height) = (f64::from(camera.size.x), f64::from(camera.size.y));
    let (left, top) = if small {
        // Below are the thumbs.
        (margin, (screen_height - h) * 0.5)
    } else {
        (screen_width - margin - w, screen_height - camera.css(f64::from(viewport.bottom)) - margin - h)
    };
    let place = |point: Vec2| (left + f64::from(point.x) * scale, top + f64::from(point.y) * scale);

    context.set_fill_style_str("rgba(7,10,17,0.66)");
    context.fill_rect(left, top, w, h);
    context.set_stroke_style_str("rgba(126,214,255,0.55)");
    context.set_line_width(camera.css(1.0));
    context.stroke_rect(left, top, w, h);

    // What is on the screen, cut at the walls.
    let corner = camera.to_world(0.0, 0.0);
    let (x0, y0) = place(Vec2 { x: corner.x.max(0.0), y: corner.y.max(0.0) });
    let far = corner + shown;
    let (x1, y1) = place(Vec2 { x: far.x.min(width), y: far.y.min(height) });
    context.set_stroke_style_str("rgba(255,255,255,0.38)");
    context.stroke_rect(x0, y0, x1 - x0, y1 - y0);

    let dot = camera.css(1.4);
    context.set_fill_style_str("rgba(214,222,232,0.85)");
    for player in view.players.iter().filter(|player| player.alive && !player.me) {
        let (x, y) = place(player.position);
        context.fill_rect(x - dot, y - dot, 2.0 * dot, 2.0 * dot);
    }
    let heat = if view.orb.batted_by.is_some() { 0.8 } else { 0.0 };
    let (x, y) = place(view.orb.position);
    context.set_fill_style_str(&palette::css(palette::heat(heat)));
    circle(context, x, y, camera.css(3.0));
    context.fill();
    if let Some(me) = view.own() {
        let (x, y) = place(me.position);
        context.set_fill_style_str(palette::OWN);
        circle(context, x, y, camera.css(3.0));
        context.fill();
        context.set_stroke_style_str(palette::INK);
        context.stroke();
    }
}
