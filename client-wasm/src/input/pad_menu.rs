//! Menus by gamepad: moves the focus as Tab does, presses, and turns what can be turned.

use wasm_bindgen::JsCast;
use web_sys::{Element, Event, EventInit, HtmlElement, HtmlFormElement, HtmlInputElement, HtmlSelectElement};

use super::gamepad::PadMove;
use crate::dom;

/// What can have the focus.
const FOCUSABLE: &str = "button, input, select, summary, a[href]";

/// Carries out a move in the element with this id. Says whether there was anything to do it with.
pub(crate) fn carry_out(id: &str, step: PadMove) -> bool {
    let Ok(menu) = dom::by_id::<Element>(id) else { return false };
    let items = items(&menu);
    let focus = dom::document().active_element();
    let place = items.iter().position(|item| focus.as_ref().is_some_and(|focus| focus == item.as_ref()));
    match step {
        PadMove::Focus(way) => {
            let next = match (place, way > 0) {
                (None, _) => 0,
                (Some(place), true) => (place + 1) % items.len().max(1),
                (Some(place), false) => place.checked_sub(1).unwrap_or(items.len().saturating_sub(1)),
            };
            items.get(next).is_some_and(|item| item.focus().is_ok())
        }
        PadMove::Turn(way) => place.is_some_and(|place| turn(&items[place], way)),
        PadMove::Accept => press(place.map(|place| &items[place]), &menu),
        PadMove::Back | PadMove::Start => false,
    }
}

/// Everything in it that can have the focus and is to be seen.
fn items(menu: &Element) -> Vec<HtmlElement> {
    let Ok(list) = menu.query_selector_all(FOCUSABLE) else { return Vec::new() };
    let items = (0..list.length()).filter_map(|index| list.get(index)?.dyn_into::<HtmlElement>().ok());
    items.filter(|item| item.offset_width() > 0 && !item.has_attribute("disabled")).collect()
}

fn press(item: Option<&HtmlElement>, menu: &Element) -> bool {
    let text = item.is_none_or(|item| item.matches("input:not([type=checkbox])").unwrap_or(false));
    if !text {
        item.into_iter().for_each(HtmlElement::click);
        return true;
    }
    // In a field, or nowhere yet: what Enter would do.
    let form = menu.query_selector("form").ok().flatten();
    let form = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok());
    form.is_some_and(|form| form.request_submit().is_ok())
}

fn turn(item: &HtmlElement, way: i8) -> bool {
    if let Some(slider) = item.dyn_ref::<HtmlInputElement>().filter(|slider| slider.type_() == "range") {
        let step = slider.step().parse::<f64>().unwrap_or(1.0);
        // The slider keeps it within its ends.
        slider.set_value_as_number(slider.value_as_number() + step * f64::from(way));
        return tell(item, "input");
    }
    if let Some(list) = item.dyn_ref::<HtmlSelectElement>() {
        let last = list.length() as i32 - 1;
        list.set_selected_index((list.selected_index() + i32::from(way)).clamp(0, last));
        return tell(item, "change");
    }
    false
}

/// A change by script tells nobody by itself.
fn tell(item: &HtmlElement, kind: &str) -> bool {
    let bubbles = EventInit::new();
    bubbles.set_bubbles(true);
    Event::new_with_event_init_dict(kind, &bubbles).is_ok_and(|event| item.dispatch_event(&event).is_ok())
}
