//! Small helpers for the page: finding elements, listening, and writing only what changed.

use wasm_bindgen::convert::FromWasmAbi;
use wasm_bindgen::prelude::*;
use web_sys::{AddEventListenerOptions, Document, Element, EventTarget, HtmlElement, Performance, Window};

/// Sharper than this no eye can tell, but the computer has to fill every pixel.
const MAX_DENSITY: f64 = 2.0;

/// The browser's window.
pub(crate) fn window() -> Window {
    web_sys::window().expect("the game runs in a window")
}

/// Device pixels per CSS pixel of canvases: that of the screen, within [`MAX_DENSITY`].
pub(crate) fn canvas_density() -> f64 {
    window().device_pixel_ratio().clamp(1.0, MAX_DENSITY)
}

/// Width of the window, CSS pixels.
pub(crate) fn inner_width() -> f64 {
    window().inner_width().ok().and_then(|width| width.as_f64()).unwrap_or(0.0)
}

/// The page.
pub(crate) fn document() -> Document {
    window().document().expect("a window has a document")
}

/// The page's body.
pub(crate) fn body() -> HtmlElement {
    document().body().expect("the script runs after the body was read")
}

fn performance() -> Performance {
    window().performance().expect("every browser with WebAssembly has it")
}

/// Milliseconds of a monotonic clock: the time that the client core is handed.
pub(crate) fn now_ms() -> f64 {
    thread_local!(static PERFORMANCE: Performance = performance());
    PERFORMANCE.with(Performance::now)
}

/// The element with this id.
///
/// # Errors
/// When the page has none, or one of another kind.
pub(crate) fn by_id<T: JsCast>(id: &str) -> Result<T, JsValue> {
    let element = document().get_element_by_id(id).ok_or_else(|| format!("the page has no element #{id}"))?;
    element.dyn_into().map_err(|_| format!("#{id} is not of the expected kind").into())
}

/// A new element of this kind with these classes.
pub(crate) fn create(tag: &str, class: &str) -> Element {
    let element = document().create_element(tag).expect("a valid tag name");
    element.set_class_name(class);
    element
}

/// Calls `handler` for each event of this kind, for as long as the page lives.
pub(crate) fn listen<E: FromWasmAbi + 'static>(
    target: &EventTarget,
    kind: &str,
    handler: impl FnMut(E) + 'static,
) {
    add_listener(target, kind, handler, false);
}

/// The same for who only looks on: sees each event before anybody can stop it, and holds up no scrolling.
pub(crate) fn listen_passively<E: FromWasmAbi + 'static>(
    target: &EventTarget,
    kind: &str,
    handler: impl FnMut(E) + 'static,
) {
    add_listener(target, kind, handler, true);
}

fn add_listener<E: FromWasmAbi + 'static>(
    target: &EventTarget,
    kind: &str,
    handler: impl FnMut(E) + 'static,
    passive: bool,
) {
    let closure = Closure::<dyn FnMut(E)>::new(handler);
    let options = AddEventListenerOptions::new();
    options.set_passive(passive);
    options.set_capture(passive);
    let added = target.add_event_listener_with_callback_and_add_event_listener_options(
        kind,
        closure.as_ref().unchecked_ref(),
        &options,
    );
    debug_assert!(added.is_ok());
    closure.forget();
}

/// Whether the browser says that this media query applies.
pub(crate) fn media_matches(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|list| list.matches())
}

/// Covers the page with the notice that the game crashed.
pub(crate) fn show_fatal() {
    if let Ok(overlay) = by_id::<HtmlElement>("fatal") {
        overlay.set_hidden(false);
    }
}

/// A text that is written only when it changes.
#[derive(Debug)]
pub(crate) struct Text {
    element: Element,
    shown: Option<String>,
}

impl Text {
    /// Text of an existing element.
    pub(crate) fn new(element: Element) -> Self {
        Self { element, shown: None }
    }

    /// Text of the element with this id.
    pub(crate) fn by_id(id: &str) -> Result<Self, JsValue> {
        Ok(Self::new(by_id(id)?))
    }

    /// Shows `text`, as plain text.
    pub(crate) fn set(&mut self, text: &str) {
        if self.shown.as_deref() != Some(text) {
            self.element.set_text_content(Some(text));
            self.shown = Some(text.to_owned());
        }
    }
}

/// An attribute that is written only when it changes.
#[derive(Debug)]
pub(crate) struct Attribute {
    element: Element,
    name: &'static str,
    shown: Option<String>,
}

impl Attribute {
    /// The attribute `name` of an element.
    pub(crate) fn new(element: Element, name: &'static str) -> Self {
        Self { element, name, shown: None }
    }

    /// Sets it.
    pub(crate) fn set(&mut self, value: &str) {
        if self.shown.as_deref() != Some(value) {
            // Fails only for names that are no attribute names.
            let _ = self.element.set_attribute(self.name, value);
            self.shown = Some(value.to_owned());
        }
    }
}

/// An element that is there or not.
#[derive(Debug)]
pub(crate) struct Panel {
    element: HtmlElement,
    shown: Option<bool>,
}

impl Panel {
    /// An existing element.
    pub(crate) fn new(element: HtmlElement) -> Self {
        Self { element, shown: None }
    }

    /// The element with this id.
    pub(crate) fn by_id(id: &str) -> Result<Self, JsValue> {
        Ok(Self::new(by_id(id)?))
    }

    /// Shows or hides it; says whether that changed anything.
    pub(crate) fn show(&mut self, show: bool) -> bool {
        let changed = self.shown != Some(show);
        if changed {
            self.element.set_hidden(!show);
            self.shown = Some(show);
        }
        changed
    }

    /// Whether it is shown.
    pub(crate) fn is_shown(&self) -> bool {
        self.shown == Some(true)
    }

    /// The element.
    pub(crate) fn element(&self) -> &HtmlElement {
        &self.element
    }
}
