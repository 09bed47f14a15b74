//! Canvases that are drawn once and shown often.

use std::f64::consts::TAU;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasGradient, CanvasRenderingContext2d, HtmlCanvasElement};

use crate::dom;

/// What everything is drawn with.
pub(crate) type Context = CanvasRenderingContext2d;

/// A canvas that is not on the page.
#[derive(Debug)]
pub(crate) struct Surface {
    /// Its pixels.
    pub(crate) canvas: HtmlCanvasElement,
    /// Draws on it.
    pub(crate) context: Context,
}

impl Surface {
    /// A transparent canvas of this size, device pixels.
    ///
    /// # Errors
    /// When the browser has no memory for it.
    pub(crate) fn new(width: u32, height: u32) -> Result<Self, JsValue> {
        let canvas: HtmlCanvasElement = dom::document().create_element("canvas")?.dyn_into()?;
        canvas.set_width(width.max(1));
        canvas.set_height(height.max(1));
        let context = context_of(&canvas, None)?;
        Ok(Self { canvas, context })
    }
}

/// The two-dimensional context of a canvas.
///
/// # Errors
/// When the browser has none for it.
pub(crate) fn context_of(canvas: &HtmlCanvasElement, options: Option<&JsValue>) -> Result<Context, JsValue> {
    let context = match options {
        Some(options) => canvas.get_context_with_context_options("2d", options)?,
        None => canvas.get_context("2d")?,
    };
    let context = context.ok_or("this browser cannot draw on a canvas")?;
    context.dyn_into().map_err(|_| "this browser cannot draw on a canvas".into())
}

/// Copies a whole canvas in its own size, with its upper left corner to (x, y). Quickest when those are whole numbers.
pub(crate) fn copy(context: &Context, surface: &Surface, (x, y): (f64, f64)) {
    // Fails only for a canvas without pixels.
    let _ = context.draw_image_with_html_canvas_element(&surface.canvas, x, y);
}

/// Copies a part of a canvas in its own size: from (x, y) of it to `to`.
pub(crate) fn copy_part(
    context: &Context,
    canvas: &HtmlCanvasElement,
    (x, y): (f64, f64),
    (width, height): (f64, f64),
    to: (f64, f64),
) {
    // Fails only for a canvas without pixels.
    let _ = context.draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
        canvas, x, y, width, height, to.0, to.1, width, height,
    );
}

/// The path of a circle.
pub(crate) fn circle(context: &Context, x: f64, y: f64, radius: f64) {
    context.begin_path();
    // Fails only for a negative radius.
    let _ = context.arc(x, y, radius.max(0.0), 0.0, TAU);
}

/// The path of a part of a circle.
pub(crate) fn arc(context: &Context, x: f64, y: f64, radius: f64, from: f64, to: f64) {
    context.begin_path();
    let _ = context.arc(x, y, radius.max(0.0), from, to);
}

/// A gradient between two circles with the same centre.
pub(crate) fn radial(
    context: &Context,
    (x, y): (f64, f64),
    inner: f64,
    outer: f64,
    stops: &[(f32, &str)],
) -> Option<CanvasGradient> {
    let gradient = context.create_radial_gradient(x, y, inner, x, y, outer).ok()?;
    for (offset, colour) in stops {
        gradient.add_color_stop(*offset, colour).ok()?;
    }
    Some(gradient)
}

/// Fills with a gradient, if it could be made.
pub(crate) fn set_gradient(context: &Context, gradient: Option<&CanvasGradient>) {
    if let Some(gradient) = gradient {
        context.set_fill_style_canvas_gradient(gradient);
    }
}
