//! The mouse (and the pen): aims where it points, strikes with the main button, dashes with the other.

use web_sys::{HtmlCanvasElement, MouseEvent, PointerEvent};

use crate::dom;
use crate::inbox::{Inbox, Wake};
use crate::input::Input;

/// Listens for as long as the page lives.
pub(crate) fn listen(canvas: &HtmlCanvasElement, inbox: &Inbox) {
    let window = dom::window();
    let (moves, place) = (inbox.clone(), canvas.clone());
    dom::listen(&window, "pointermove", move |event: PointerEvent| {
        if is_touch(&event) {
            return;
        }
        let rect = place.get_bounding_client_rect();
        let (x, y) = (f64::from(event.client_x()) - rect.left(), f64::from(event.client_y()) - rect.top());
        moves.post(Wake::Input(Input::Aim(x, y)));
    });
    let (presses, place) = (inbox.clone(), canvas.clone());
    dom::listen(canvas, "pointerdown", move |event: PointerEvent| {
        if is_touch(&event) {
            return;
        }
        let rect = place.get_bounding_client_rect();
        let (x, y) = (f64::from(event.client_x()) - rect.left(), f64::from(event.client_y()) - rect.top());
        presses.post(Wake::Input(Input::Aim(x, y)));
        match event.button() {
            0 => presses.post(Wake::Input(Input::Strike(true))),
            2 => presses.post(Wake::Input(Input::Dash)),
            _ => {}
        }
    });
    let releases = inbox.clone();
    dom::listen(&window, "pointerup", move |event: PointerEvent| {
        if !is_touch(&event) && event.button() == 0 {
            releases.post(Wake::Input(Input::Strike(false)));
        }
    });
    dom::listen(canvas, "contextmenu", |event: MouseEvent| event.prevent_default());
}

/// Whether a finger did it.
pub(crate) fn is_touch(event: &PointerEvent) -> bool {
    event.pointer_type() == "touch"
}
