//! The page as a place: which buttons there are, when the browser paints, how large the canvas is.

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, HtmlElement, VisibilityState};

use crate::dom;
use crate::inbox::{Choice, Inbox, Wake};
use crate::input::device;

/// Between two beats, milliseconds: often enough to keep a hidden tab's connection alive.
const BEAT_MS: u32 = 500;

/// Listens to the whole page for as long as it lives.
///
/// # Errors
/// When an element is missing.
pub(crate) fn listen(inbox: &Inbox) -> Result<(), JsValue> {
    listen_submit("join-form", inbox, || Choice::Play)?;
    listen_submit("chat-form", inbox, || Choice::SendChat)?;
    listen_click("practice", inbox, || Choice::Practice)?;
    listen_click("practice-meanwhile", inbox, || Choice::Practice)?;
    listen_click("retry", inbox, || Choice::Retry)?;
    listen_click("leave", inbox, || Choice::Leave)?;
    listen_click("load-now", inbox, || Choice::LoadNow)?;
    listen_click("menu-button", inbox, || Choice::ToggleMenu)?;
    listen_click("chat-button", inbox, || Choice::ToggleChat(true))?;
    listen_click("kick-yes", inbox, || Choice::AnswerKick(true))?;
    listen_click("kick-no", inbox, || Choice::AnswerKick(false))?;
    let chat_input: Element = dom::by_id("chat-input")?;
    let post = inbox.clone();
    dom::listen(&chat_input, "blur", move |_: Event| post.post(Wake::Choice(Choice::ToggleChat(false))));

    let post = inbox.clone();
    dom::listen(&dom::document(), "visibilitychange", move |_: Event| post.post(Wake::VisibilityChanged));
    for kind in ["online", "pageshow"] {
        let post = inbox.clone();
        dom::listen(&dom::window(), kind, move |_: Event| post.post(Wake::NetworkBack));
    }
    let post = inbox.clone();
    gloo_timers::callback::Interval::new(BEAT_MS, move || post.post(Wake::Beat)).forget();
    device::listen(inbox);
    refuse_zoom();
    follow_size(inbox)?;
    request_frames(inbox);
    Ok(())
}

/// Whether nobody can see the page.
pub(crate) fn is_hidden() -> bool {
    dom::document().visibility_state() == VisibilityState::Hidden
}

/// Heights of the strips at the top and at the bottom of the canvas that are under the display, CSS pixels. The style
/// sheet knows, as it lays the display out.
pub(crate) fn insets() -> (f32, f32) {
    let root = dom::document().document_element();
    let style = root.and_then(|root| dom::window().get_computed_style(&root).ok().flatten());
    let read = |name: &str| {
        let value = style.as_ref()?.get_property_value(name).ok()?;
        value.trim().parse::<f32>().ok()
    };
    (read("--inset-top").unwrap_or(0.0), read("--inset-bottom").unwrap_or(0.0))
}

fn listen_click(id: &str, inbox: &Inbox, choice: impl Fn() -> Choice + 'static) -> Result<(), JsValue> {
    let element: HtmlElement = dom::by_id(id)?;
    let (post, button) = (inbox.clone(), element.clone());
    dom::listen(&element, "click", move |_: Event| {
        // Or the next press of the space bar would press it again, instead of striking.
        let _ = button.blur();
        post.post(Wake::Choice(choice()));
    });
    Ok(())
}

fn listen_submit(id: &str, inbox: &Inbox, choice: impl Fn() -> Choice + 'static) -> Result<(), JsValue> {
    let element: HtmlElement = dom::by_id(id)?;
    let post = inbox.clone();
    dom::listen(&element, "submit", move |event: Event| {
        event.prevent_default();
        post.post(Wake::Choice(choice()));
    });
    Ok(())
}

/// Two quick taps or two fingers are a fight, not a wish to see it larger. Other browsers do what the style sheet says of
/// touches; Safari asks.
fn refuse_zoom() {
    for kind in ["gesturestart", "dblclick"] {
        dom::listen(&dom::document(), kind, |event: Event| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let in_fight = target.is_some_and(|element| {
                element.closest("#stage, #touch").ok().flatten().is_some()
                    && !element.matches("input").unwrap_or(false)
            });
            if in_fight {
                event.prevent_default();
            }
        });
    }
}

fn follow_size(inbox: &Inbox) -> Result<(), JsValue> {
    let post = inbox.clone();
    let changed = Closure::<dyn FnMut()>::new(move || post.post(Wake::Resized));
    let observer = web_sys::ResizeObserver::new(changed.as_ref().unchecked_ref())?;
    observer.observe(&dom::by_id("game")?);
    changed.forget();
    let post = inbox.clone();
    dom::listen(&dom::window(), "resize", move |_: Event| post.post(Wake::Resized));
    Ok(())
}

/// Asks for one frame after the other.
fn request_frames(inbox: &Inbox) {
    let post = inbox.clone();
    // Made in JavaScript's way: the function asks for itself, so it has to know itself.
    let myself = std::rc::Rc::new(std::cell::RefCell::new(None::<Function>));
    let again = myself.clone();
    let closure = Closure::<dyn FnMut()>::new(move || {
        if let Some(function) = again.borrow().as_ref() {
            let _ = dom::window().request_animation_frame(function);
        }
        post.post(Wake::Frame);
    });
    let function: Function = closure.into_js_value().unchecked_into();
    let _ = dom::window().request_animation_frame(&function);
    *myself.borrow_mut() = Some(function);
}
