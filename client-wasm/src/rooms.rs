//! The list of rooms: a dialog that asks the server every two seconds while it is open.

pub(crate) mod link;

use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, EventTarget, HtmlDialogElement, HtmlElement, MouseEvent};

use crate::dom::{self, Text};
use crate::i18n::{fill, plural, t};
use crate::inbox::{Choice, Inbox, Wake};
use crate::net;

/// Between two questions, milliseconds.
const ASK_EVERY_MS: f64 = 2_000.0;

/// What can be chosen of rooms, and of what is to be seen there.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum RoomChoice {
    /// Open the list.
    OpenList,
    /// Play in the public room with this number.
    Join(u32),
    /// Watch the public room with this number, or any.
    Watch(Option<u32>),
    /// Open a private room and play there.
    Private,
    /// Copy the link to the private room.
    CopyLink,
    /// That worked, or not.
    Copied(bool),
    /// Follow the player before this one.
    Previous,
    /// Follow the player after this one.
    Next,
    /// Look around freely, or follow somebody again.
    Free,
    /// Play rather than watch.
    JoinFight,
    /// The picture was dragged by this much, CSS pixels.
    Drag(f64, f64),
    /// Something in the picture was clicked, CSS pixels of the canvas.
    Tap(f64, f64),
}

/// The server's answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    players: u32,
    waiting: u32,
    rooms: Vec<Room>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Room {
    number: u32,
    people: u32,
    bots: u32,
    watchers: u32,
    seats: u32,
    mode: String,
    phase: String,
    seconds_left: u32,
}

/// The dialog.
pub(crate) struct Rooms {
    inbox: Inbox,
    dialog: HtmlDialogElement,
    list: Element,
    note: Text,
    rows: Vec<Row>,
    asked_ms: f64,
}

/// One room. It stays where it is while its numbers change, so that whoever is about to press a button presses that one.
struct Row {
    number: u32,
    element: Element,
    name: Text,
    seats: Text,
    others: Text,
    clock: Text,
    join: HtmlElement,
    join_text: Text,
    watch: HtmlElement,
    watch_text: Text,
}

impl Rooms {
    /// Finds it on the page and listens to it.
    ///
    /// # Errors
    /// When a part is missing.
    pub(crate) fn new(inbox: &Inbox) -> Result<Self, JsValue> {
        let dialog: HtmlDialogElement = dom::by_id("rooms")?;
        let closed = dialog.clone();
        dom::listen(&dom::by_id::<EventTarget>("rooms-close")?, "click", move |_: Event| closed.close());
        // Beside it: everything that is to be seen of the dialog lies in a child of it.
        let closed = dialog.clone();
        dom::listen(&dialog, "click", move |event: Event| {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            if target.is_some_and(|target| target.id() == "rooms") {
                closed.close();
            }
        });
        for (id, choice) in [
            ("title-rooms", RoomChoice::OpenList),
            ("title-watch", RoomChoice::Watch(None)),
            ("title-private", RoomChoice::Private),
            ("rooms-private", RoomChoice::Private),
            ("copy-link", RoomChoice::CopyLink),
            ("spectate-previous", RoomChoice::Previous),
            ("spectate-next", RoomChoice::Next),
            ("spectate-free", RoomChoice::Free),
            ("spectate-join", RoomChoice::JoinFight),
        ] {
            on_click(&dom::by_id::<HtmlElement>(id)?, inbox, choice);
        }
        Ok(Self {
            inbox: inbox.clone(),
            dialog,
            list: dom::by_id("room-list")?,
            note: Text::by_id("rooms-note")?,
            rows: Vec::new(),
            asked_ms: f64::NEG_INFINITY,
        })
    }

    /// Opens the dialog and asks for the list.
    pub(crate) fn open(&mut self, now_ms: f64) {
        if self.dialog.open() {
            return;
        }
        self.note.set(t("rooms.loading"));
        // Fails only for a dialog that is open.
        let _ = self.dialog.show_modal();
        self.ask(now_ms);
    }

    /// Whether it is open.
    pub(crate) fn is_open(&self) -> bool {
        self.dialog.open()
    }

    /// Closes it.
    pub(crate) fn close(&self) {
        self.dialog.close();
    }

    /// Time has passed.
    pub(crate) fn beat(&mut self, now_ms: f64) {
        if self.dialog.open() && now_ms - self.asked_ms >= ASK_EVERY_MS {
            self.ask(now_ms);
        }
    }

    /// Shows the server's answer.
    pub(crate) fn show(&mut self, answer: Option<&[u8]>) {
        let Some(answer) = answer.and_then(|json| serde_json::from_slice::<Answer>(json).ok()) else {
            return self.note.set(t("rooms.failed"));
        };
        let online = plural("rooms.online", i64::from(answer.players), &[]);
        self.note.set(&if answer.waiting > 0 {
            format!("{online} {}", plural("rooms.in_line", i64::from(answer.waiting), &[]))
        } else {
            online
        });
        let gone = |row: &Row| !answer.rooms.iter().any(|room| room.number == row.number);
        self.rows.iter().filter(|row| gone(row)).for_each(|row| row.element.remove());
        self.rows.retain(|row| !gone(row));
        for room in &answer.rooms {
            let index = match self.rows.iter().position(|row| row.number == room.number) {
                Some(index) => index,
                None => {
                    let Ok(row) = Row::new(room.number, &self.list, &self.inbox) else { return };
                    self.rows.push(row);
                    self.rows.len() - 1
                }
            };
            self.rows[index].show(room);
        }
    }

    fn ask(&mut self, now_ms: f64) {
        self.asked_ms = now_ms;
        net::fetch_lobby(self.inbox.clone());
    }
}

impl Row {
    fn new(number: u32, list: &Element, inbox: &Inbox) -> Result<Self, JsValue> {
        let element = dom::create("li", "room");
        let part = |tag: &str, class: &str| -> Result<Element, JsValue> {
            let part = dom::create(tag, class);
            element.append_child(&part)?;
            Ok(part)
        };
        let name = part("strong", "room-name")?;
        let seats = part("span", "room-seats")?;
        let others = part("span", "room-others")?;
        let clock = part("span", "room-clock")?;
        let button = |class: &str, choice: RoomChoice| -> Result<HtmlElement, JsValue> {
            let button: HtmlElement = part("button", class)?.dyn_into()?;
            button.set_attribute("type", "button")?;
            on_click(&button, inbox, choice);
            Ok(button)
        };
        let join = button("room-join", RoomChoice::Join(number))?;
        let watch = button("room-watch", RoomChoice::Watch(Some(number)))?;
        list.append_child(&element)?;
        Ok(Self {
            number,
            name: Text::new(name),
            seats: Text::new(seats),
            others: Text::new(others),
            clock: Text::new(clock),
            join_text: Text::new(join.clone().into()),
            watch_text: Text::new(watch.clone().into()),
            join,
            watch,
            element,
        })
    }

    fn show(&mut self, room: &Room) {
        let number = room.number.to_string();
        let (people, seats) = (room.people.to_string(), room.seats.to_string());
        self.name.set(&fill("rooms.room", &[("n", &number)]));
        self.seats.set(&fill("rooms.seats", &[("people", &people), ("seats", &seats)]));
        let mut others = Vec::new();
        if room.bots > 0 {
            others.push(plural("rooms.bots", i64::from(room.bots), &[]));
        }
        if room.watchers > 0 {
            others.push(plural("rooms.watchers", i64::from(room.watchers), &[]));
        }
        self.others.set(&others.join(" \u{b7} "));
        let time = format!("{}:{:02}", room.seconds_left / 60, room.seconds_left % 60);
        let playing = room.phase == "playing";
        self.clock.set(&fill(if playing { "rooms.ends" } else { "rooms.next" }, &[("time", &time)]));
        let full = room.people >= room.seats;
        self.join_text.set(if full { t("rooms.full") } else { t("rooms.join") });
        self.watch_text.set(t("rooms.watch"));
        for (button, label, off) in
            [(&self.join, "rooms.join.label", full), (&self.watch, "rooms.watch.label", room.mode != "arena")]
        {
            // Fails only for names that are no attribute names.
            let _ = button.set_attribute("aria-label", &fill(label, &[("n", &number)]));
            let _ = button.toggle_attribute_with_force("disabled", off);
        }
    }
}

fn on_click(element: &HtmlElement, inbox: &Inbox, choice: RoomChoice) {
    let (post, button) = (inbox.clone(), element.clone());
    dom::listen(element, "click", move |event: MouseEvent| {
        // Or the next press of the space bar would press it again. Who came by a key goes on by keys.
        if event.detail() != 0 {
            let _ = button.blur();
        }
        post.post(Wake::Choice(Choice::Room(choice.clone())));
    });
}
