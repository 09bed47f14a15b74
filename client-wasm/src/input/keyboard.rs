//! The keyboard: WASD or arrows, space, shift; Enter to chat, N for the network panel. By position of the key, so any
//! layout works.

use wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent};

use crate::dom;
use crate::inbox::{Choice, Inbox, Wake};
use crate::input::{Direction, Input};

/// Listens for as long as the page lives.
pub(crate) fn listen(inbox: &Inbox) {
    let window = dom::window();
    let down = inbox.clone();
    dom::listen(&window, "keydown", move |event: KeyboardEvent| {
        if let Some(wake) = key_down(&event) {
            event.prevent_default();
            if !event.repeat() {
                down.post(wake);
            }
        }
    });
    let up = inbox.clone();
    dom::listen(&window, "keyup", move |event: KeyboardEvent| {
        // Also while typing: a key that went down before the chat opened must not stay down.
        if let Some(input) = game_key(&event.code(), false) {
            up.post(Wake::Input(input));
        }
    });
    let blur = inbox.clone();
    dom::listen(&window, "blur", move |_: Event| blur.post(Wake::Input(Input::ReleaseAll)));
}

fn key_down(event: &KeyboardEvent) -> Option<Wake> {
    if event.is_composing() || event.ctrl_key() || event.meta_key() || event.alt_key() {
        return None;
    }
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let focus = target.as_ref().map(Element::tag_name).unwrap_or_default();
    let code = event.code();
    if code == "Escape" {
        let in_panel = target.is_some_and(|element| element.closest("#network").ok().flatten().is_some());
        let choice = if in_panel { Choice::CloseNetwork } else { Choice::ToggleChat(false) };
        return Some(Wake::Choice(choice));
    }
    if code == "F3" {
        return Some(Wake::Choice(Choice::ToggleNetwork));
    }
    // A slider keeps the keys that move it, a text all.
    let slides = target.is_some_and(|element| element.matches("input[type=range]").unwrap_or(false));
    let moves_slider = ["Arrow", "Page", "Home", "End"].iter().any(|key| code.starts_with(key));
    if matches!(focus.as_str(), "INPUT" | "TEXTAREA" | "SELECT") && (!slides || moves_slider) {
        return None;
    }
    // A focused button keeps the keys that press it.
    let presses_button = matches!(code.as_str(), "Space" | "Enter" | "NumpadEnter");
    if presses_button && matches!(focus.as_str(), "BUTTON" | "A" | "SUMMARY") {
        return None;
    }
    if matches!(code.as_str(), "Enter" | "NumpadEnter" | "KeyT") {
        return Some(Wake::Choice(Choice::ToggleChat(true)));
    }
    if code == "KeyN" {
        return Some(Wake::Choice(Choice::ToggleNetwork));
    }
    game_key(&code, true).map(Wake::Input)
}

fn game_key(code: &str, down: bool) -> Option<Input> {
    Some(match code {
        "KeyW" | "ArrowUp" => Input::Direction(Direction::Up, down),
        "KeyS" | "ArrowDown" => Input::Direction(Direction::Down, down),
        "KeyA" | "ArrowLeft" => Input::Direction(Direction::Left, down),
        "KeyD" | "ArrowRight" => Input::Direction(Direction::Right, down),
        "Space" => Input::Strike(down),
        "ShiftLeft" | "ShiftRight" if down => Input::Dash,
        _ => return None,
    })
}
