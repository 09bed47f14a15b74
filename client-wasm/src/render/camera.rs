//! From world units to device pixels.

use client_core::sim::vec2::vec2;
use client_core::sim::{Tuning, Vec2};

/// World units that fit into the height of every screen, so that nobody sees more for having a larger one. A little more
/// than the height of the standard arena.
const VIEW_HEIGHT: f32 = 1020.0;
/// The widest part of a larger arena that anybody sees, units.
const VIEW_WIDTH: f32 = VIEW_HEIGHT * 2.0;
/// On small screens less is seen, rather than everything too small, CSS pixels per unit.
const MIN_ZOOM: f32 = 0.5;
/// The same for phones, which are held closer but played with thumbs.
const MIN_ZOOM_PHONE: f32 = 0.66;
/// A view whose shorter side is shorter than this is a phone's, CSS pixels.
const PHONE: f32 = 440.0;
/// Small arenas are enlarged to fill the screen up to this, CSS pixels per unit.
const MAX_ZOOM: f32 = 1.7;
/// Between the arena's edge and the screen's, CSS pixels.
const MARGIN: f32 = 10.0;
/// How quickly the view follows, per second (share of the difference).
const FOLLOW: f32 = 14.0;

/// The part of the canvas in which the fight is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Viewport {
    /// Size of the canvas, device pixels.
    pub(crate) width: f32,
    /// Size of the canvas, device pixels.
    pub(crate) height: f32,
    /// Device pixels in a CSS pixel.
    pub(crate) density: f32,
    /// Kept free for the display at the top, CSS pixels.
    pub(crate) top: f32,
    /// Kept free for the display at the bottom, CSS pixels.
    pub(crate) bottom: f32,
}

/// Where the world is on the canvas.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Camera {
    /// Device pixels in a unit.
    pub(crate) scale: f32,
    /// Device pixels in a CSS pixel: line widths and texts follow this.
    pub(crate) density: f32,
    /// Where the world's origin is, whole device pixels.
    origin: Vec2,
    focus: Option<Vec2>,
    /// Size of the canvas, device pixels.
    pub(crate) size: Vec2,
}

impl Camera {
    /// Moves towards `target`, as far as the arena is larger than the screen, and then by `shake` device pixels.
    pub(crate) fn follow(
        &mut self,
        viewport: &Viewport,
        tuning: &Tuning,
        target: Option<Vec2>,
        dt: f32,
        shake: Vec2,
    ) {
        let density = viewport.density;
        let (top, bottom) = (viewport.top * density, viewport.bottom * density);
        let inner = vec2(viewport.width, (viewport.height - top - bottom).max(1.0));
        let arena = vec2(tuning.arena_width, tuning.arena_height);
        self.density = density;
        self.size = vec2(viewport.width, viewport.height);
        self.scale = zoom(inner * (1.0 / density), arena) * density;

        let target = target.unwrap_or(arena * 0.5);
        let share = 1.0 - (-FOLLOW * dt).exp();
        let focus = match self.focus {
            Some(focus) => focus + (target - focus) * share,
            None => target,
        };
        self.focus = Some(focus);
        let margin = MARGIN * density;
        let x = place(inner.x, arena.x * self.scale, focus.x * self.scale, margin);
        let y = place(inner.y, arena.y * self.scale, focus.y * self.scale, margin) + top;
        self.origin = vec2((x + shake.x).round(), (y + shake.y).round());
    }

    /// A point of the world on the canvas, device pixels.
    pub(crate) fn to_screen(self, point: Vec2) -> (f64, f64) {
        let screen = self.origin + point * self.scale;
        (f64::from(screen.x), f64::from(screen.y))
    }

    /// A length in the world on the canvas, device pixels.
    pub(crate) fn length(self, units: f32) -> f64 {
        f64::from(units * self.scale)
    }

    /// A length in CSS pixels on the canvas, device pixels.
    pub(crate) fn css(self, pixels: f64) -> f64 {
        pixels * f64::from(self.density)
    }

    /// A point on the canvas in CSS pixels in the world.
    pub(crate) fn to_world(self, x: f64, y: f64) -> Vec2 {
        let screen = vec2(x as f32, y as f32) * self.density;
        (screen - self.origin) * (1.0 / self.scale.max(1e-3))
    }

    /// Whether a body at `point` with this radius in units can be seen.
    pub(crate) fn sees(self, point: Vec2, radius: f32) -> bool {
        let screen = self.origin + point * self.scale;
        let radius = radius * self.scale;
        let inside = |value: f32, size: f32| value > -radius && value < size + radius;
        inside(screen.x, self.size.x) && inside(screen.y, self.size.y)
    }
}

/// CSS pixels in a unit, for a view and an arena of these sizes.
fn zoom(view: Vec2, arena: Vec2) -> f32 {
    let whole = ((view.x - 2.0 * MARGIN) / arena.x).min((view.y - 2.0 * MARGIN) / arena.y);
    let by_height = view.y / VIEW_HEIGHT;
    let by_width = if arena.x > VIEW_WIDTH { view.x / VIEW_WIDTH } else { 0.0 };
    let least = if view.x.min(view.y) < PHONE { MIN_ZOOM_PHONE } else { MIN_ZOOM };
    whole.min(MAX_ZOOM).max(by_height).max(by_width).max(least)
}

/// Where the arena begins on one axis: centred when it fits, otherwise as the focus wants and its edges allow.
fn place(view: f32, arena: f32, focus: f32, margin: f32) -> f32 {
    if arena + 2.0 * margin <= view {
        return (view - arena) * 0.5;
    }
    (view * 0.5 - focus).clamp(view - margin - arena, margin)
}
