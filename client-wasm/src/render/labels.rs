//! Names and what people say, each drawn once: text is the dearest thing on a canvas. In a heap not every name is
//! written: one that would cover another one is left out.

use std::collections::{HashMap, HashSet};

use client_core::View;
use client_core::sim::PlayerId;

use crate::render::camera::Camera;
use crate::render::surface::{Context, Surface, copy};

/// Text size of names, CSS pixels.
const SIZE: f64 = 12.0;
/// Height of a label, CSS pixels.
const HEIGHT: f64 = 18.0;
/// A cell of the screen holds one name: its size, CSS pixels.
const CELL: (f64, f64) = (46.0, 13.0);
/// Room for the robot before a bot's name, CSS pixels.
const ROBOT: f64 = 13.0;
/// Some characters are as wide as ten: a name is squeezed into this, CSS pixels.
const MAX_WIDTH: f64 = 190.0;
/// How long somebody's words hang over the head, milliseconds.
const BUBBLE_MS: f64 = 5_000.0;
/// Widest words of a bubble, CSS pixels.
const MAX_BUBBLE: f64 = 230.0;
/// Letters of a bubble at most.
const BUBBLE_LETTERS: usize = 34;
/// Stands under the names of those whose connection is lost.
const AWAY: &str = "reconnecting";

/// How a label is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Our own name.
    Own,
    /// The name of somebody else.
    Other,
    /// The name of somebody else on team 1 or 2.
    Team(u8),
    /// The name of somebody whose connection is lost.
    Away,
}

struct Label {
    text: String,
    style: Style,
    surface: Surface,
    used: u32,
}

struct Bubble {
    player: PlayerId,
    text: String,
    surface: Option<Surface>,
    until_ms: f64,
}

/// The kept names.
#[derive(Default)]
pub(crate) struct Labels {
    density: f32,
    taken: HashSet<(i32, i32)>,
    bubbles: Vec<Bubble>,
    frame: u32,
    labels: HashMap<PlayerId, Label>,
    away: Option<Surface>,
}

impl Labels {
    /// Begins a frame; now and then throws away the names of those who are gone.
    pub(crate) fn begin(&mut self, camera: Camera) {
        if self.density.to_bits() != camera.density.to_bits() {
            self.labels.clear();
            self.away = None;
            self.density = camera.density;
            for bubble in &mut self.bubbles {
                bubble.surface = None;
            }
        }
        self.taken.clear();
        self.frame = self.frame.wrapping_add(1);
        if self.frame.is_multiple_of(600) {
            let frame = self.frame;
            self.labels.retain(|_, label| frame.wrapping_sub(label.used) < 600);
        }
    }

    /// Draws a name with its lower edge at the point `at`, centred, unless it would cover one that was drawn before.
    pub(crate) fn draw(&mut self, context: &Context, id: PlayerId, name: &str, style: Style, at: (f64, f64)) {
        if name.is_empty() || !self.take_place(at) {
            return;
        }
        let fits = self.labels.get(&id).is_some_and(|label| label.text == name && label.style == style);
        if !fits {
            let Some(surface) = paint(name, id.is_bot(), style, f64::from(self.density)) else { return };
            self.labels.insert(id, Label { text: name.to_owned(), style, surface, used: 0 });
        }
        let Some(label) = self.labels.get_mut(&id) else { return };
        label.used = self.frame;
        place(context, &label.surface, at);
    }

    /// Whether there was room; from now on there is none.
    fn take_place(&mut self, (x, y): (f64, f64)) -> bool {
        let density = f64::from(self.density.max(1.0));
        let cell = |value: f64, size: f64| (value / (size * density)).round() as i32;
        let (column, row) = (cell(x, CELL.0), cell(y, CELL.1));
        let free = (-1..=1).all(|dx| (-1..=1).all(|dy| !self.taken.contains(&(column + dx, row + dy))));
        free && self.taken.insert((column, row))
    }

    /// Somebody says something.
    pub(crate) fn say(&mut self, player: PlayerId, text: &str, now_ms: f64) {
        let mut short: String = text.chars().take(BUBBLE_LETTERS).collect();
        if short.len() < text.len() {
            short.push('\u{2026}');
        }
        self.bubbles.retain(|bubble| bubble.player != player);
        self.bubbles.push(Bubble { player, text: short, surface: None, until_ms: now_ms + BUBBLE_MS });
    }

    /// Draws what people say over their heads, `rise` device pixels above their places.
    pub(crate) fn draw_bubbles(
        &mut self,
        context: &Context,
        camera: Camera,
        view: &View,
        rise: f64,
        now_ms: f64,
    ) {
        self.bubbles.retain(|bubble| bubble.until_ms > now_ms);
        for bubble in &mut self.bubbles {
            let Some(player) = view.player(bubble.player).filter(|player| player.alive) else { continue };
            if !camera.sees(player.position, 60.0) {
                continue;
            }
            let density = f64::from(self.density);
            bubble.surface = bubble.surface.take().or_else(|| paint_bubble(&bubble.text, density));
            if let Some(surface) = &bubble.surface {
                let (x, y) = camera.to_screen(player.position);
                place(context, surface, (x, y - rise));
            }
        }
    }

    /// Says that a player's connection is lost, with the lower edge at the point `at`, centred.
    pub(crate) fn draw_away(&mut self, context: &Context, at: (f64, f64)) {
        let density = f64::from(self.density);
        self.away = self.away.take().or_else(|| paint(AWAY, false, Style::Away, density));
        if let Some(surface) = &self.away {
            place(context, surface, at);
        }
    }
}

fn place(context: &Context, surface: &Surface, (x, y): (f64, f64)) {
    let canvas = &surface.canvas;
    let x = (x - f64::from(canvas.width()) * 0.5).round();
    let y = (y - f64::from(canvas.height())).round();
    copy(context, surface, (x, y));
}

/// A name, with a small robot before those of bots.
fn paint(name: &str, bot: bool, style: Style, density: f64) -> Option<Surface> {
    let (weight, colour) = match style {
        Style::Own => ("800", "#ffe08a"),
        Style::Other => ("600", "#e6ecfb"),
        Style::Team(1) => ("700", "#a8d0ff"),
        Style::Team(_) => ("700", "#ffca8c"),
        Style::Away => ("italic 500", "#a9b9d1"),
    };
    let font =
        format!("{weight} {}px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif", SIZE * density);
    let ruler = Surface::new(1, 1).ok()?;
    ruler.context.set_font(&font);
    let robot = if bot { ROBOT * density } else { 0.0 };
    let width =
        ruler.context.measure_text(name).ok()?.width().min(MAX_WIDTH * density) + 10.0 * density + robot;
    let surface = Surface::new(width.ceil() as u32, (HEIGHT * density).ceil() as u32).ok()?;
    let context = &surface.context;
    context.set_font(&font);
    context.set_text_align("center");
    context.set_text_baseline("middle");
    context.set_line_join("round");
    context.set_stroke_style_str("rgba(7,10,17,0.9)");
    context.set_line_width(3.5 * density);
    let (x, y) = ((width + robot) * 0.5, HEIGHT * density * 0.54);
    let room = MAX_WIDTH * density;
    context.stroke_text_with_max_width(name, x, y, room).ok()?;
    context.set_fill_style_str(colour);
    context.fill_text_with_max_width(name, x, y, room).ok()?;
    if bot {
        paint_robot(context, (5.0 * density, y - 0.5 * density), density);
    }
    Some(surface)
}

/// A head with two eyes and an aerial, its left side at (x, y), as tall as a letter.
fn paint_robot(context: &Context, (x, y): (f64, f64), density: f64) {
    let css = |pixels: f64| pixels * density;
    context.set_fill_style_str("#a9c4ff");
    context.set_stroke_style_str("rgba(7,10,17,0.9)");
    context.set_line_width(css(2.0));
    context.stroke_rect(x, y - css(2.5), css(9.0), css(7.0));
    context.stroke_rect(x + css(4.0), y - css(5.0), css(1.0), css(2.0));
    context.fill_rect(x, y - css(2.5), css(9.0), css(7.0));
    context.fill_rect(x + css(3.75), y - css(5.0), css(1.5), css(3.0));
    context.set_fill_style_str("#0a0d16");
    for eye in [1.8, 5.4] {
        context.fill_rect(x + css(eye), y - css(0.5), css(1.8), css(2.0));
    }
}

/// Dark words on a light plate that points down.
fn paint_bubble(text: &str, density: f64) -> Option<Surface> {
    let font = format!("600 {}px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif", 13.0 * density);
    let ruler = Surface::new(1, 1).ok()?;
    ruler.context.set_font(&font);
    let room = MAX_BUBBLE * density;
    let width = (ruler.context.measure_text(text).ok()?.width().min(room) + 20.0 * density).ceil();
    let (height, tip) = (24.0 * density, 7.0 * density);
    let surface = Surface::new(width as u32, (height + tip).ceil() as u32).ok()?;
    let context = &surface.context;
    let (corner, middle) = (9.0 * density, width * 0.5);
    context.begin_path();
    context.move_to(corner, 0.0);
    for (x, y, to_x, to_y) in [
        (width, 0.0, width, height * 0.5),
        (width, height, middle + tip, height),
        (middle, height + tip, middle - tip, height),
        (0.0, height, 0.0, height * 0.5),
        (0.0, 0.0, corner, 0.0),
    ] {
        context.arc_to(x, y, to_x, to_y, if y > height { 1.0 } else { corner }).ok()?;
    }
    context.close_path();
    context.set_fill_style_str("rgba(240,244,255,0.95)");
    context.fill();
    context.set_fill_style_str("#10122a");
    context.set_font(&font);
    context.set_text_align("center");
    context.set_text_baseline("middle");
    context.fill_text_with_max_width(text, middle, height * 0.53, room).ok()?;
    Some(surface)
}
