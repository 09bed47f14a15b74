//! The signs on the cards, drawn in code. A card that nobody has drawn one for gets that of cards.

use web_sys::Element;

use crate::dom;

const SVG: &str = "http://www.w3.org/2000/svg";

/// Outlines in a square of 24 by 24; what is filled comes second.
fn outline(name: &str) -> (&'static str, &'static str) {
    match name {
        // A ball, and where it wants to go.
        "heavy_orb" => {
            ("M12 2.5a6.5 6.5 0 1 0 .01 0M7.5 17.5l4.5 3.5 4.5-3.5", "M12 5.5a3.5 3.5 0 1 0 .01 0")
        }
        // A ball on waves of air.
        "floating_orb" => (
            "M12 3a5 5 0 1 0 .01 0M3 17.5q3-3 6 0t6 0 6 0M6 21q2-2 4 0t4 0 4 0",
            "M10.5 6a1.5 1.5 0 1 0 .01 0",
        ),
        // A fist's push, and who flies.
        "big_push" => {
            ("M2.5 12h8M7 7.5l4.5 4.5L7 16.5M14 7l2.5-2M14.5 12h3M14 17l2.5 2", "M20.5 10a2 2 0 1 0 .01 0")
        }
        // A crack through a shield.
        "glass_cannon" => {
            ("M12 2.5l8 3v6c0 5-3.5 8.5-8 10-4.5-1.5-8-5-8-10v-6zM13 3l-3 6 4 2.5-4 4 1.5 5", "")
        }
        // A large one and a small one.
        "giants" => (
            "M9 3a3.5 3.5 0 1 0 .01 0M3.5 21v-5.5a5.5 5.5 0 0 1 11 0V21M19 13a1.5 1.5 0 1 0 .01 0M16.8 21v-1.5a2.2 2.2 0 0 1 4.4 0V21",
            "",
        ),
        // A flake.
        "ice_floor" => (
            "M12 2.5v19M3.8 7.2l16.4 9.6M20.2 7.2 3.8 16.8M9.5 4.5 12 7l2.5-2.5M9.5 19.5 12 17l2.5 2.5M3.5 10.5l3.4-1-.9-3.4M20.5 13.5l-3.4 1 .9 3.4",
            "",
        ),
        // Two arrows.
        "sprint" => ("M11 5.5l7 6.5-7 6.5M4 5.5l7 6.5-7 6.5M20.5 8v8", ""),
        // Teeth, and a drop.
        "vampire" => (
            "M3 5.5c4 2.5 14 2.5 18 0-.5 3-1.5 5-3 6.5l-1.8-3.2L14.5 16l-2.5-6-2.5 6-1.7-7.2L6 12C4.5 10.5 3.5 8.5 3 5.5z",
            "M12 16.5c1.5 2 2 2.8 2 3.6a2 2 0 0 1-4 0c0-.8.5-1.6 2-3.6z",
        ),
        // Two cards.
        _ => {
            ("M8.5 5.5 17 3.5l3.2 13.3-8.6 2zM7.5 8.5l-3.7 1 3.3 11.3 5-1.3", "M14 8.5l2 2.2-1.3 2.7-2-2.2z")
        }
    }
}

/// The sign of the card with this name.
pub(super) fn draw(name: &str) -> Option<Element> {
    let (lines, solid) = outline(name);
    let element = |tag: &str| dom::document().create_element_ns(Some(SVG), tag).ok();
    let sign = element("svg")?;
    for (attribute, value) in [("viewBox", "0 0 24 24"), ("aria-hidden", "true"), ("class", "vote-sign")] {
        let _ = sign.set_attribute(attribute, value);
    }
    for (class, path) in [("lines", lines), ("solid", solid)].into_iter().filter(|(_, path)| !path.is_empty())
    {
        let shape = element("path")?;
        let _ = shape.set_attribute("class", class);
        let _ = shape.set_attribute("d", path);
        let _ = sign.append_child(&shape);
    }
    Some(sign)
}
