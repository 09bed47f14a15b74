//! The game in a browser: sockets, canvas, input and DOM around [`client_core`].
//!
//! Nothing is decided here. [`app::App`] hands events to the client core, carries out what it asks for, and draws what
//! it says is to be seen. On other targets than wasm this crate is empty.
#![cfg(target_arch = "wasm32")]

mod app;
mod attract;
mod boards;
mod desk;
mod dialog;
mod dom;
mod fight;
mod i18n;
mod images;
mod inbox;
mod input;
mod inspect;
mod line;
mod net;
mod network;
mod page;
mod people;
mod polling;
mod practice;
mod rehearsal;
mod render;
mod rooms;
mod scenes;
mod screens;
mod settings;
mod sound;
mod spectate;
mod upgrade;
mod vote;
mod wardrobe;

use wasm_bindgen::prelude::*;

/// Called once by the page, as soon as the module is there.
///
/// # Errors
/// When the page lacks an element that the game needs, or the canvas cannot be drawn on.
#[wasm_bindgen(start)]
pub fn start() -> Result<(), JsValue> {
    std::panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        dom::show_fatal();
    }));
    inbox::Inbox::default().run(app::App::new)
}
