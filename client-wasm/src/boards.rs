//! The leaderboards: a dialog of the browser's own, filled by the server whenever it is opened or turned to another board.

use std::cell::Cell;
use std::rc::Rc;

use client_core::sim::PlayerId;
use gloo_net::http::Request;
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{
    Element, Event, EventTarget, HtmlDialogElement, HtmlElement, HtmlSelectElement, KeyboardEvent, MouseEvent,
};

use crate::dom;
use crate::i18n::{fill, t};
use crate::inbox::{Choice, Inbox, Wake};
use crate::input::Input;
use crate::net;
use crate::render::hud::metres;

/// What the server says.
#[derive(Deserialize)]
struct Answer {
    rows: Vec<Figures>,
    you: Option<Figures>,
}

#[derive(Deserialize)]
struct Figures {
    place: u64,
    id: PlayerId,
    name: String,
    kills: u64,
    wins: u64,
    streak: u64,
    shot: u64,
}

/// The dialog. Clones are the same.
#[derive(Clone)]
struct Boards {
    dialog: HtmlDialogElement,
    /// Today and all time.
    tabs: [HtmlElement; 2],
    by: HtmlSelectElement,
    rows: Element,
    note: Element,
    you: Element,
    inbox: Inbox,
    /// Who we are, or were last.
    own: Rc<Cell<Option<PlayerId>>>,
    /// Counts what was asked: an answer to an older question is late.
    asked: Rc<Cell<u32>>,
}

/// Listens to the dialog's buttons for as long as the page lives.
///
/// # Errors
/// When the page lacks a part of it.
pub(crate) fn listen(inbox: &Inbox) -> Result<(), JsValue> {
    let boards = Boards {
        dialog: dom::by_id("boards")?,
        tabs: [dom::by_id("boards-day")?, dom::by_id("boards-all")?],
        by: dom::by_id("boards-by")?,
        rows: dom::by_id("boards-rows")?,
        note: dom::by_id("boards-note")?,
        you: dom::by_id("boards-you")?,
        inbox: inbox.clone(),
        own: Rc::default(),
        asked: Rc::default(),
    };
    for id in ["boards-button", "title-boards"] {
        let this = boards.clone();
        dom::listen(&dom::by_id::<EventTarget>(id)?, "click", move |event: MouseEvent| {
            this.open(event.detail() == 0, id == "boards-button");
        });
    }
    for (index, tab) in boards.tabs.iter().enumerate() {
        let this = boards.clone();
        dom::listen(tab, "click", move |_: Event| this.turn(index));
        let this = boards.clone();
        dom::listen(tab, "keydown", move |event: KeyboardEvent| {
            if matches!(event.key().as_str(), "ArrowLeft" | "ArrowRight" | "Home" | "End") {
                event.prevent_default();
                this.turn(1 - index);
                let _ = this.tabs[1 - index].focus();
            }
        });
    }
    let this = boards.clone();
    dom::listen(&boards.by, "change", move |_: Event| this.ask());
    let this = boards.clone();
    dom::listen(&dom::by_id::<EventTarget>("boards-close")?, "click", move |_: Event| this.dialog.close());
    // Beside it: everything that is to be seen of the dialog lies in a child of it.
    let this = boards.clone();
    dom::listen(&boards.dialog, "click", move |event: Event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        if target.is_some_and(|target| target.id() == "boards") {
            this.dialog.close();
        }
    });
    Ok(())
}

impl Boards {
    /// Who came by a key comes back to where they were; who came by mouse comes back to the fight.
    fn open(&self, by_key: bool, from_menu: bool) {
        if let Some(own) = self.inbox.inspect(crate::app::App::own_id).flatten() {
            self.own.set(Some(own));
        }
        self.inbox.post(Wake::Input(Input::ReleaseAll));
        if !by_key {
            let focused = dom::document().active_element().and_then(|focus| focus.dyn_into().ok());
            focused.inspect(|focused: &HtmlElement| drop(focused.blur()));
            if from_menu {
                self.inbox.post(Wake::Choice(Choice::ToggleMenu));
            }
        }
        // Fails only for a dialog that is open.
        let _ = self.dialog.show_modal();
        self.ask();
    }

    fn turn(&self, chosen: usize) {
        for (index, tab) in self.tabs.iter().enumerate() {
            let is = index == chosen;
            // Fails only for names that are no attribute names.
            let _ = tab.set_attribute("aria-selected", if is { "true" } else { "false" });
            tab.set_tab_index(if is { 0 } else { -1 });
        }
        self.ask();
    }

    fn ask(&self) {
        let today = self.tabs[0].get_attribute("aria-selected").as_deref() == Some("true");
        let span = if today { "day" } else { "all" };
        let by = self.by.value();
        let _ = self.dialog.set_attribute("data-by", &by);
        let player = self.own.get().map_or_else(String::new, |own| format!("&player={own}"));
        let url = net::beside_page(&format!("api/boards?span={span}&by={by}{player}"));
        let number = self.asked.get().wrapping_add(1);
        self.asked.set(number);
        if self.rows.child_element_count() == 0 {
            self.say(Some(t("boards.loading")));
        }
        let this = self.clone();
        spawn_local(async move {
            let answer = get(&url).await;
            if this.asked.get() == number {
                this.show(answer);
            }
        });
    }

    fn show(&self, answer: Option<Answer>) {
        self.rows.set_text_content(None);
        let Some(answer) = answer else {
            self.you.set_text_content(None);
            return self.say(Some(t("boards.failed")));
        };
        for row in &answer.rows {
            let _ = self.rows.append_child(&self.row(row));
        }
        self.say(answer.rows.is_empty().then(|| t("boards.empty")));
        let you = match (self.own.get(), &answer.you) {
            (None, _) => String::new(),
            (Some(_), None) => t("boards.you.none").to_owned(),
            (Some(_), Some(own)) => fill(
                "boards.you",
                &[
                    ("place", &own.place.to_string()),
                    ("kills", &own.kills.to_string()),
                    ("wins", &own.wins.to_string()),
                    ("streak", &own.streak.to_string()),
                    ("shot", &distance(own.shot)),
                ],
            ),
        };
        self.you.set_text_content(Some(&you));
    }

    fn row(&self, figures: &Figures) -> Element {
        let me = self.own.get() == Some(figures.id);
        let row = dom::create("tr", if me { "me" } else { "" });
        let shot = if figures.shot > 0 { metres(figures.shot as f64) } else { "\u{2013}".to_owned() };
        let cells = [
            ("place", figures.place.to_string()),
            ("name", figures.name.clone()),
            ("kills", figures.kills.to_string()),
            ("wins", figures.wins.to_string()),
            ("streak", figures.streak.to_string()),
            ("shot", shot),
        ];
        for (class, text) in cells {
            let cell = dom::create(if class == "name" { "th" } else { "td" }, class);
            cell.set_text_content(Some(&text));
            if class == "name" {
                let _ = cell.set_attribute("scope", "row");
            }
            let _ = row.append_child(&cell);
        }
        if me {
            // What the colour says, for those who listen.
            let _ = row.set_attribute("aria-current", "true");
        }
        row
    }

    fn say(&self, text: Option<&str>) {
        self.note.set_text_content(text);
    }
}

/// In metres; a dash for none.
fn distance(units: u64) -> String {
    match units {
        0 => "\u{2013}".to_owned(),
        _ => fill("distance.metres", &[("n", &metres(units as f64))]),
    }
}

async fn get(url: &str) -> Option<Answer> {
    let response = Request::get(url).send().await.ok()?;
    if !response.ok() {
        return None;
    }
    serde_json::from_slice(&response.binary().await.ok()?).ok()
}
