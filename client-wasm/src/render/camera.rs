//! From world units to device pixels.

use client_core::sim::vec2::vec2;
use client_core::sim::{Tuning, Vec2};

/// World units that fit into the height of a screen on which the arena does not fit as a whole, so that on a battlefield
/// nobody sees more for having a larger one. Two thirds of the standard arena: near enough to read faces, far enough to see
/// a batted orb come; the map shows the rest.
const VIEW_HEIGHT: f32 = 620.0;
/// The widest part of an arena that anybody sees, units.
const VIEW_WIDTH: f32 = VIEW_HEIGHT * 2.2;
/// What is to be seen at least from one side of a narrow screen to the other, units.
const VIEW_NARROW: f32 = 500.0;
/// Smaller than this nobody could be told apart, CSS pixels per unit.
const MIN_ZOOM: f32 = 0.66;
/// An arena that fits as a whole at this zoom is shown as a whole, CSS pixels per unit.
const WHOLE_ZOOM: f32 = 0.9;
/// Small arenas are enlarged to fill the screen up to this, CSS pixels per unit.
const MAX_ZOOM: f32 = 1.7;
/// Hall that can be seen beyond the walls, units, and at most this share of the screen.
const MARGIN: (f32, f32) = (64.0, 0.09);
/// How quickly the view follows, per second (share of the difference).
const FOLLOW: f32 = 11.0;

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
    /// For pictures on the page, which are nowhere in the world.
    pub(crate) fn of_density(density: f32) -> Self {
        Self { density, ..Self::default() }
    }

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
        let margin = (MARGIN.0 * self.scale).min(MARGIN.1 * inner.x.min(inner.y));

        let target = target.unwrap_or(arena * 0.5);
        let share = 1.0 - (-FOLLOW * dt).exp();
        let focus = match self.focus {
            Some(focus) => focus + (target - focus) * share,
            None => target,
        };
        self.focus = Some(focus);
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
    let whole = (view.x / (arena.x + MARGIN.0)).min(view.y / (arena.y + MARGIN.0));
    if whole >= WHOLE_ZOOM {
        return whole.min(MAX_ZOOM).max(view.y / VIEW_HEIGHT * 0.5);
    }
    let by_height = view.y / VIEW_HEIGHT;
    let by_width = view.x / VIEW_WIDTH;
    let narrow = view.x / VIEW_NARROW;
    by_height.min(narrow).max(by_width).max(MIN_ZOOM)
}

/// Where the arena begins on one axis: centred when it fits, otherwise as the focus wants and its edges allow.
fn place(view: f32, arena: f32, focus: f32, margin: f32) -> f32 {
    if arena + 2.0 * margin <= view {
        return (view - arena) * 0.5;
    }
    (view * 0.5 - focus).clamp(view - margin - arena, margin)
}
