//! Names, each drawn once: text is the dearest thing on a canvas.

use std::collections::HashMap;

use client_core::sim::PlayerId;

use crate::render::camera::Camera;
use crate::render::surface::{Context, Surface};

/// Text size of names, CSS pixels.
const SIZE: f64 = 12.0;
/// Height of a label, CSS pixels.
const HEIGHT: f64 = 18.0;
/// Stands under the names of those whose connection is lost.
const AWAY: &str = "reconnecting";

/// How a label is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Our own name.
    Own,
    /// The name of somebody else.
    Other,
    /// The name of somebody whose connection is lost.
    Away,
}

struct Label {
    text: String,
    style: Style,
    surface: Surface,
    used: u32,
}

/// The kept names.
#[derive(Default)]
pub(crate) struct Labels {
    density: f32,
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
        }
        self.frame = self.frame.wrapping_add(1);
        if self.frame.is_multiple_of(600) {
            let frame = self.frame;
            self.labels.retain(|_, label| frame.wrapping_sub(label.used) < 600);
        }
    }

    /// Draws a name with its lower edge at the point `at`, centred.
    pub(crate) fn draw(&mut self, context: &Context, id: PlayerId, name: &str, style: Style, at: (f64, f64)) {
        let fits = self.labels.get(&id).is_some_and(|label| label.text == name && label.style == style);
        if !fits {
            let Some(surface) = paint(name, style, f64::from(self.density), SIZE) else { return };
            self.labels.insert(id, Label { text: name.to_owned(), style, surface, used: 0 });
        }
        let Some(label) = self.labels.get_mut(&id) else { return };
        label.used = self.frame;
        place(context, &label.surface, at);
    }

    /// Says that a player's connection is lost, with the lower edge at the point `at`, centred.
    pub(crate) fn draw_away(&mut self, context: &Context, at: (f64, f64)) {
        let density = f64::from(self.density);
        self.away = self.away.take().or_else(|| paint(AWAY, Style::Away, density, SIZE - 1.0));
        if let Some(surface) = &self.away {
            place(context, surface, at);
        }
    }
}

fn place(context: &Context, surface: &Surface, (x, y): (f64, f64)) {
    let canvas = &surface.canvas;
    let x = (x - f64::from(canvas.width()) * 0.5).round();
    let y = (y - f64::from(canvas.height())).round();
    let _ = context.draw_image_with_html_canvas_element(canvas, x, y);
}

fn paint(name: &str, style: Style, density: f64, size: f64) -> Option<Surface> {
    let (weight, colour) = match style {
        Style::Own => ("800", "#ffffff"),
        Style::Other => ("600", "#dbe6f5"),
        Style::Away => ("italic 500", "#a9b9d1"),
    };
    let font =
        format!("{weight} {}px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif", size * density);
    let ruler = Surface::new(1, 1).ok()?;
    ruler.context.set_font(&font);
    let width = ruler.context.measure_text(name).ok()?.width() + 10.0 * density;
    let surface = Surface::new(width.ceil() as u32, (HEIGHT * density).ceil() as u32).ok()?;
    let context = &surface.context;
    context.set_font(&font);
    context.set_text_align("center");
    context.set_text_baseline("middle");
    context.set_line_join("round");
    context.set_stroke_style_str("rgba(7,10,17,0.9)");
    context.set_line_width(3.5 * density);
    let (x, y) = (width * 0.5, HEIGHT * density * 0.54);
    context.stroke_text(name, x, y).ok()?;
    context.set_fill_style_str(colour);
    context.fill_text(name, x, y).ok()?;
    Some(surface)
}
