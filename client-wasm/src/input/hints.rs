//! What is written on the screen about keys and buttons: `data-hint` follows the device that was used last, `data-key`
//! always names the key.

use wasm_bindgen::JsCast;
use web_sys::Element;

use super::bindings::Action;
use super::device::{self, Device};
use super::keys::Keys;
use crate::dom;
use crate::i18n::t;

/// Writes all of them anew.
pub(crate) fn refresh(keys: &Keys) {
    for_each("data-key", |action| keys.label(action));
    for_each("data-hint", |action| hint(action, keys));
}

fn hint(action: Action, keys: &Keys) -> String {
    match (device::current(), action) {
        (Device::Gamepad, Action::Strike) => "A".to_owned(),
        (Device::Gamepad, Action::Dash) => "B".to_owned(),
        (Device::Mouse, Action::Strike) => t("key.click").to_owned(),
        (Device::Mouse, Action::Dash) => t("key.right_click").to_owned(),
        _ => keys.label(action),
    }
}

fn for_each(attribute: &str, words: impl Fn(Action) -> String) {
    let Ok(found) = dom::document().query_selector_all(&format!("[{attribute}]")) else { return };
    let elements = (0..found.length()).filter_map(|index| found.get(index)?.dyn_into::<Element>().ok());
    for element in elements {
        let action = element.get_attribute(attribute).as_deref().and_then(Action::from_name);
        if let Some(action) = action {
            element.set_text_content(Some(&words(action)));
        }
    }
}
