//! The last seconds as a picture: how old the newest snapshot was, when snapshots came, when the avatar was put right.

use wasm_bindgen::JsValue;
use web_sys::HtmlCanvasElement;

use super::history::{History, SLICES, Slice};
use crate::dom;
use crate::render::surface::{Context, circle, context_of};

/// Ages that the scale may end at, milliseconds.
const SCALES: [f64; 5] = [150.0, 300.0, 600.0, 1_500.0, 5_000.0];
/// Older news than this is a stall, milliseconds.
const STALL_MS: f64 = 600.0;
/// Height of the strip of arrivals, CSS pixels.
const STRIP: f64 = 6.0;
/// Snapshots that come in a slice on a good line.
const USUAL: f64 = 3.0;

const FINE: &str = "#4f9fca";
const LATE: &str = "#ffce5c";
const LOST: &str = "#ff7a52";
const CORRECTED: &str = "#c9a8ff";

/// The graph.
pub(super) struct Graph {
    canvas: HtmlCanvasElement,
    context: Context,
}

impl Graph {
    /// Draws on the canvas with this id.
    ///
    /// # Errors
    /// When there is none, or it cannot be drawn on.
    pub(super) fn new(id: &str) -> Result<Self, JsValue> {
        let canvas: HtmlCanvasElement = dom::by_id(id)?;
        let context = context_of(&canvas, None)?;
        Ok(Self { canvas, context })
    }

    /// Draws the history; others are drawn `delay_ms` late.
    pub(super) fn draw(&self, history: &History, delay_ms: f64) {
        let density = dom::canvas_density();
        let (width, height) = (f64::from(self.canvas.client_width()), f64::from(self.canvas.client_height()));
        let pixels = |css: f64| (css * density).round() as u32;
        if self.canvas.width() != pixels(width) || self.canvas.height() != pixels(height) {
            self.canvas.set_width(pixels(width));
            self.canvas.set_height(pixels(height));
        }
        let context = &self.context;
        let _ = context.set_transform(density, 0.0, 0.0, density, 0.0, 0.0);
        context.clear_rect(0.0, 0.0, width, height);

        let oldest = history.slices().map(|slice| slice.age_ms).fold(delay_ms * 1.5, f64::max);
        let scale = SCALES.into_iter().find(|scale| oldest <= *scale).unwrap_or(SCALES[SCALES.len() - 1]);
        let chart = Chart { width, floor: height - STRIP - 2.0, scale, delay_ms };
        let first = SLICES - history.slices().len();
        for (index, slice) in history.slices().enumerate() {
            chart.draw_slice(context, first + index, slice);
        }
        chart.draw_delay(context);
        // Over the bars, which would hide them.
        for (index, slice) in history.slices().enumerate().filter(|(_, slice)| slice.corrections > 0) {
            chart.draw_correction(context, first + index, slice);
        }
        chart.draw_scale(context);
    }
}

struct Chart {
    width: f64,
    /// Where the bars stand.
    floor: f64,
    /// The age that reaches the top, milliseconds.
    scale: f64,
    delay_ms: f64,
}

impl Chart {
    /// Left edge and width of a column, on whole pixels so that there are no seams.
    fn column(&self, index: usize) -> (f64, f64) {
        let at = |index: usize| (self.width * index as f64 / SLICES as f64).round();
        (at(index), at(index + 1) - at(index))
    }

    fn height(&self, ms: f64) -> f64 {
        (ms / self.scale).min(1.0) * (self.floor - 2.0)
    }

    fn draw_slice(&self, context: &Context, index: usize, slice: &Slice) {
        if !slice.seen {
            return;
        }
        let (x, width) = self.column(index);
        if slice.offline {
            context.set_fill_style_str("rgba(255,122,82,0.28)");
            context.fill_rect(x, 0.0, width, self.floor);
        } else {
            let height = self.height(slice.age_ms).max(1.0);
            context.set_fill_style_str(match slice.age_ms {
                age if age > STALL_MS => LOST,
                age if age > self.delay_ms + 8.0 => LATE,
                _ => FINE,
            });
            context.fill_rect(x, self.floor - height, width, height);
        }
        let share = (f64::from(slice.snapshots) / USUAL).min(1.5) / 1.5;
        context.set_fill_style_str(&format!("rgba(126,214,255,{:.2})", 0.08 + 0.8 * share));
        context.fill_rect(x, self.floor + 2.0, width, STRIP);
    }

    /// Bars above this line are snapshots that came too late for the picture.
    fn draw_delay(&self, context: &Context) {
        context.set_fill_style_str("rgba(237,243,252,0.75)");
        let y = (self.floor - self.height(self.delay_ms)).round();
        let mut x = 0.0;
        while x < self.width {
            context.fill_rect(x, y, 3.0, 1.0);
            x += 6.0;
        }
    }

    fn draw_correction(&self, context: &Context, index: usize, slice: &Slice) {
        let (x, width) = self.column(index);
        context.set_fill_style_str(CORRECTED);
        context.fill_rect(x, 6.0, width.min(1.5), self.floor - 6.0);
        circle(context, x + 0.75, 5.0, if slice.corrections > 1 { 3.5 } else { 2.5 });
        context.fill();
    }

    fn draw_scale(&self, context: &Context) {
        // On a strip there is no room for it.
        if self.floor < 48.0 {
            return;
        }
        context.set_fill_style_str("rgba(169,185,209,0.95)");
        context.set_font("10px system-ui, sans-serif");
        context.set_text_baseline("top");
        let _ = context.fill_text(&format!("{:.0} ms", self.scale), 3.0, 2.0);
    }
}
