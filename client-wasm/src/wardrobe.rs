//! The row of looks on the title: radio buttons of the page, each with a fighter painted on it.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlCanvasElement, HtmlInputElement};

use crate::render::palette::LOOKS;
use crate::render::sprites::paint_look;
use crate::render::surface::context_of;
use crate::{dom, settings};

/// Side of a picture, CSS pixels.
const SIDE: f64 = 46.0;
/// Radius of the body on it, CSS pixels.
const RADIUS: f64 = 14.5;

/// Paints the looks, ticks the one that was chosen last, and remembers what is chosen from now on.
///
/// # Errors
/// When the page has none.
pub(crate) fn open() -> Result<(), JsValue> {
    let row: Element = dom::by_id("skins")?;
    let (canvases, inputs) = (row.query_selector_all("canvas")?, row.query_selector_all("input")?);
    let chosen = settings::skin();
    for (skin, look) in LOOKS.into_iter().enumerate() {
        let at = skin as u32;
        let canvas: HtmlCanvasElement = canvases.get(at).ok_or("a look is missing")?.dyn_into()?;
        let input: HtmlInputElement = inputs.get(at).ok_or("a look is missing")?.dyn_into()?;
        paint(&canvas, look)?;
        input.set_checked(chosen.is_some_and(|chosen| usize::from(chosen) == skin));
    }
    dom::listen(&row, "change", |event: Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let Some(skin) = input.and_then(|input| input.value().parse().ok()) {
            settings::set_skin(skin);
        }
    });
    Ok(())
}

fn paint(canvas: &HtmlCanvasElement, look: (usize, usize)) -> Result<(), JsValue> {
    let density = dom::canvas_density();
    let side = (SIDE * density).round();
    canvas.set_width(side as u32);
    canvas.set_height(side as u32);
    let context = context_of(canvas, None)?;
    paint_look(&context, (side * 0.5, side * 0.57), RADIUS * density, density as f32, look);
    Ok(())
}
