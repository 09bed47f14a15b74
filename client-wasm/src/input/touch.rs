//! Fingers: a stick wherever the left thumb lands, buttons under the right one. On the right half of the fight a tap
//! strikes and a swipe dashes.

use std::cell::RefCell;
use std::rc::Rc;

use client_core::sim::vec2::vec2;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, HtmlElement, PointerEvent};

use crate::dom;
use crate::inbox::{Inbox, Wake};
use crate::input::Input;
use crate::input::pointer::is_touch;

/// Deflection at which the stick says "full speed", CSS pixels.
const STICK_REACH: f32 = 44.0;
/// Deflections below this share are a resting thumb.
const DEAD_ZONE: f32 = 0.18;
/// A finger that moved this far on the right half has swiped, CSS pixels.
const SWIPE: f32 = 42.0;

#[derive(Default)]
struct Fingers {
    stick: Option<Finger>,
    tap: Option<Finger>,
}

#[derive(Clone, Copy)]
struct Finger {
    id: i32,
    x: f32,
    y: f32,
}

/// Listens for as long as the page lives.
///
/// # Errors
/// When the page lacks the touch controls.
pub(crate) fn listen(inbox: &Inbox) -> Result<(), JsValue> {
    let knob: HtmlElement = dom::by_id("stick-knob")?;
    listen_button("touch-strike", inbox, Input::Strike(true), Some(Input::Strike(false)))?;
    listen_button("touch-dash", inbox, Input::Dash, None)?;

    let stick: HtmlElement = dom::by_id("stick")?;
    let dock: HtmlElement = dom::by_id("touch")?;
    let fingers = Rc::new(RefCell::new(Fingers::default()));
    let (state, floating) = (fingers.clone(), stick.clone());
    dom::listen(&dom::body(), "pointerdown", move |event: PointerEvent| {
        let in_fight =
            is_over(&event, "#stage, #touch") && !is_over(&event, "button, input, #menu, #network");
        if !is_touch(&event) || !in_fight {
            return;
        }
        event.prevent_default();
        let mut state = state.borrow_mut();
        let finger =
            Finger { id: event.pointer_id(), x: event.client_x() as f32, y: event.client_y() as f32 };
        let width = f64::from(dom::body().client_width());
        if f64::from(event.client_x()) < width * 0.5 {
            state.stick = Some(finger);
            float(&floating, &dock, finger);
        } else if !is_over(&event, "[data-spectate=watcher]") {
            // Who only watches taps and drags the picture.
            state.tap = Some(finger);
        }
    });

    let (state, post, moved_knob) = (fingers.clone(), inbox.clone(), knob.clone());
    dom::listen(&dom::window(), "pointermove", move |event: PointerEvent| {
        let mut state = state.borrow_mut();
        let (x, y) = (event.client_x() as f32, event.client_y() as f32);
        if let Some(finger) = state.stick.filter(|finger| finger.id == event.pointer_id()) {
            drop(state);
            let tilt = (vec2(x - finger.x, y - finger.y) * (1.0 / STICK_REACH)).clamp_length(1.0);
            place(&moved_knob, tilt.x * STICK_REACH, tilt.y * STICK_REACH);
            let tilt = if tilt.length() < DEAD_ZONE { client_core::sim::Vec2::ZERO } else { tilt };
            post.post(Wake::Input(Input::Stick(Some(tilt))));
        } else if let Some(finger) = state.tap.filter(|finger| finger.id == event.pointer_id())
            && vec2(x - finger.x, y - finger.y).length() > SWIPE
        {
            state.tap = None;
            drop(state);
            post.post(Wake::Input(Input::Dash));
        }
    });

    for kind in ["pointerup", "pointercancel"] {
        let (state, post, knob) = (fingers.clone(), inbox.clone(), knob.clone());
        let stick = stick.clone();
        dom::listen(&dom::window(), kind, move |event: PointerEvent| {
            let mut state = state.borrow_mut();
            let lifted =
                |finger: Option<Finger>| finger.is_some_and(|finger| finger.id == event.pointer_id());
            if lifted(state.stick) {
                state.stick = None;
                drop(state);
                place(&knob, 0.0, 0.0);
                place(&stick, 0.0, 0.0);
                post.post(Wake::Input(Input::Stick(None)));
            } else if lifted(state.tap) {
                state.tap = None;
                drop(state);
                if kind == "pointerup" {
                    post.post(Wake::Input(Input::Strike(true)));
                    post.post(Wake::Input(Input::Strike(false)));
                }
            }
        });
    }
    Ok(())
}

fn listen_button(id: &str, inbox: &Inbox, press: Input, release: Option<Input>) -> Result<(), JsValue> {
    let button: Element = dom::by_id(id)?;
    let post = inbox.clone();
    dom::listen(&button, "pointerdown", move |event: PointerEvent| {
        event.prevent_default();
        post.post(Wake::Input(press));
    });
    // For switch controls and screen readers, which only click.
    let post = inbox.clone();
    dom::listen(&button, "click", move |event: Event| {
        let by_keyboard = event.dyn_ref::<web_sys::MouseEvent>().is_some_and(|click| click.detail() == 0);
        if by_keyboard {
            post.post(Wake::Input(press));
            release.into_iter().for_each(|release| post.post(Wake::Input(release)));
        }
    });
    let Some(release) = release else { return Ok(()) };
    for kind in ["pointerup", "pointercancel", "pointerleave"] {
        let post = inbox.clone();
        dom::listen(&button, kind, move |_: PointerEvent| post.post(Wake::Input(release)));
    }
    Ok(())
}

/// Whether the finger is on an element that this selector finds.
pub(super) fn is_over(event: &PointerEvent, selector: &str) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|element| element.closest(selector).ok().flatten().is_some())
}

/// Draws the stick under the thumb, as far as there is room for it beside the fight.
fn float(stick: &HtmlElement, dock: &HtmlElement, finger: Finger) {
    place(stick, 0.0, 0.0);
    let (room, rest) = (dock.get_bounding_client_rect(), stick.get_bounding_client_rect());
    let is_in = f64::from(finger.y) > room.top() && f64::from(finger.y) < room.bottom();
    // On wide screens the dock is two columns and has no place of its own: the stick stays.
    if !is_in || room.width() < rest.width() {
        return;
    }
    let shift = |to: f64, from: f64, size: f64, least: f64, most: f64| {
        (to - from - size * 0.5).clamp((least - from).min(0.0), (most - from - size).max(0.0))
    };
    let middle = room.left() + room.width() * 0.5;
    let x = shift(f64::from(finger.x), rest.left(), rest.width(), room.left(), middle);
    let y = shift(f64::from(finger.y), rest.top(), rest.height(), room.top(), room.bottom());
    place(stick, x as f32, y as f32);
}

fn place(knob: &HtmlElement, x: f32, y: f32) {
    let _ = knob.style().set_property("transform", &format!("translate({x:.1}px, {y:.1}px)"));
}
