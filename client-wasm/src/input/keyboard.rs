//! The keyboard. What a key means is in [`Keys`]; Escape always closes what is open.

use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, KeyboardEvent};

use super::bindings::Action;
use super::device::{self, Device};
use super::keys::Keys;
use crate::desk::Order;
use crate::dom;
use crate::inbox::{Choice, Inbox, Wake};
use crate::input::{Direction, Input};

/// Listens for as long as the page lives.
pub(crate) fn listen(inbox: &Inbox, keys: &Keys) {
    let window = dom::window();
    let (down, known) = (inbox.clone(), keys.clone());
    dom::listen(&window, "keydown", move |event: KeyboardEvent| {
        if known.learn(&event.code(), &event.key()) {
            down.post(Wake::Desk(Order::RefreshHints));
        }
        if known.wanted().is_some() {
            // Whatever it is: it is the key that was asked for.
            event.prevent_default();
            event.stop_propagation();
            known.take();
            if !event.repeat() {
                down.post(Wake::Desk(Order::TakeKey(event.code())));
            }
            return;
        }
        if let Some(wake) = key_down(&event, &known) {
            event.prevent_default();
            if !event.repeat() {
                follow_device(&wake, &down);
                down.post(wake);
            }
        }
    });
    let (up, known) = (inbox.clone(), keys.clone());
    dom::listen(&window, "keyup", move |event: KeyboardEvent| {
        if known.was_taken() {
            event.prevent_default();
        }
        // Also while typing: a key that went down before the chat opened must not stay down.
        let input = known.action(&event.code()).and_then(|action| game_input(action, false));
        if let Some(input) = input {
            up.post(Wake::Input(input));
        }
    });
    let blur = inbox.clone();
    dom::listen(&window, "blur", move |_: Event| blur.post(Wake::Input(Input::ReleaseAll)));
}

fn key_down(event: &KeyboardEvent, keys: &Keys) -> Option<Wake> {
    if event.is_composing() || event.ctrl_key() || event.meta_key() || event.alt_key() || is_covered() {
        return None;
    }
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let focus = target.as_ref().map(Element::tag_name).unwrap_or_default();
    let code = event.code();
    if code == "Escape" {
        let in_panel =
            target.as_ref().is_some_and(|element| element.closest("#network").ok().flatten().is_some());
        let choice = if in_panel { Choice::CloseNetwork } else { Choice::ToggleChat(false) };
        return Some(Wake::Choice(choice));
    }
    let action = keys.action(&code)?;
    // A slider keeps the keys that move it, a text all but those that type nothing.
    let slides = target.as_ref().is_some_and(|element| element.matches("input[type=range]").unwrap_or(false));
    let moves_slider = ["Arrow", "Page", "Home", "End"].iter().any(|key| code.starts_with(key));
    let is_text = matches!(focus.as_str(), "INPUT" | "TEXTAREA" | "SELECT") && (!slides || moves_slider);
    let types_nothing = code.len() > 1 && code.starts_with('F') && code[1..].parse::<u8>().is_ok();
    if is_text && !types_nothing {
        return None;
    }
    // A focused button keeps the keys that press it. One that just disappeared keeps the focus until the next frame, but
    // nobody means it.
    let is_shown = target
        .as_ref()
        .and_then(|element| element.dyn_ref::<HtmlElement>())
        .is_some_and(|element| element.offset_width() > 0);
    let presses_button = matches!(code.as_str(), "Space" | "Enter" | "NumpadEnter");
    if presses_button && is_shown && matches!(focus.as_str(), "BUTTON" | "A" | "SUMMARY") {
        return None;
    }
    Some(match action {
        Action::Chat => Wake::Choice(Choice::ToggleChat(true)),
        Action::Network => Wake::Choice(Choice::ToggleNetwork),
        Action::Mute => Wake::Desk(Order::ToggleMute),
        Action::FullScreen => Wake::Desk(Order::ToggleFullScreen),
        _ => return game_input(action, true).map(Wake::Input),
    })
}

/// A dialog is open and has the keyboard to itself. The page knows at once; it tells of it only later.
fn is_covered() -> bool {
    dom::document().query_selector("dialog[open]").is_ok_and(|dialog| dialog.is_some())
}

fn game_input(action: Action, down: bool) -> Option<Input> {
    Some(match action {
        Action::Up => Input::Direction(Direction::Up, down),
        Action::Down => Input::Direction(Direction::Down, down),
        Action::Left => Input::Direction(Direction::Left, down),
        Action::Right => Input::Direction(Direction::Right, down),
        Action::Strike => Input::Strike(down),
        Action::Dash if down => Input::Dash,
        _ => return None,
    })
}

/// Who runs by keys and strikes by mouse goes on seeing what the mouse does.
fn follow_device(wake: &Wake, inbox: &Inbox) {
    let Wake::Input(input) = wake else { return };
    let runs = matches!(input, Input::Direction(..));
    if !(runs && device::current() == Device::Mouse) {
        device::used(Device::Keyboard, inbox);
    }
}
