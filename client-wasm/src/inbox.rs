//! Everything that can wake the game, in one queue.
//!
//! Browser callbacks may come while the game is working (moving the focus fires events at once), so they never call it
//! directly: they leave a [`Wake`] here, and whoever is first at work handles all of them in order.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use client_core::Conditions;
use client_core::sim::PlayerId;
use wasm_bindgen::JsValue;
use web_sys::ImageBitmap;

use crate::app::App;
use crate::desk::Order;
use crate::input::Input;
use crate::net::News;
use crate::network::Knob;
use crate::rehearsal::Order as RehearsalOrder;
use crate::rooms::RoomChoice;

/// Something that the game reacts to.
#[derive(Debug)]
pub(crate) enum Wake {
    /// The browser is about to paint.
    Frame,
    /// Twice a second, also while the tab is hidden and nothing is painted.
    Beat,
    /// The canvas has another size or the screen another density.
    Resized,
    /// The tab became visible or hidden.
    VisibilityChanged,
    /// The machine is on a network again.
    NetworkBack,
    /// A key, a button, a finger.
    Input(Input),
    /// Something on the page was chosen.
    Choice(Choice),
    /// The page around this frame has rules to be tried.
    Rehearse(RehearsalOrder),
    /// Something about keys, sound or settings.
    Desk(Order),
    /// A socket told something.
    Socket {
        /// Which socket.
        serial: u32,
        /// What it told.
        news: News,
    },
    /// A WebSocket would work now, in the place of this connection.
    WebSocketWorks {
        /// Which connection.
        serial: u32,
    },
    /// The list of rooms, unless the server did not give it.
    Lobby(Option<Vec<u8>>),
    /// Something that is under way on a bad network may have arrived.
    LineDue,
    /// The newer build of the game that was asked for is here, or cannot be had yet.
    BuildPrepared,
    /// Content came, or did not.
    Content {
        /// Its hash.
        hash: String,
        /// The bytes, or why there are none.
        result: Result<Vec<u8>, String>,
    },
    /// More of an image came.
    ImageProgress {
        /// Hash of the image.
        hash: String,
        /// All bytes so far.
        bytes: u32,
    },
    /// An image is decoded, or cannot be.
    Image {
        /// Hash of the image.
        hash: String,
        /// The image, or what is wrong with it.
        result: Result<ImageBitmap, String>,
    },
}

/// What can be chosen on the page.
#[derive(Debug)]
pub(crate) enum Choice {
    /// Join the fight.
    Play,
    /// Fight against bots, without a server.
    Practice,
    /// Leave the fight for good.
    Leave,
    /// Something about rooms, and looking on.
    Room(RoomChoice),
    /// Connect now rather than later.
    Retry,
    /// Open or close the chat's input.
    ToggleChat(bool),
    /// Say what the chat's input holds.
    SendChat,
    /// Choose what the next round is played with, counted from 0.
    Vote(u8),
    /// Load the newer build of the game now.
    LoadNow,
    /// Open or close the menu.
    ToggleMenu,
    /// Open or close the network panel.
    ToggleNetwork,
    /// Close the network panel.
    CloseNetwork,
    /// Show or hide the controls that make the network bad.
    ToggleLab,
    /// Make the network like this.
    SetConditions(Conditions),
    /// Make the network better or worse in one way.
    TurnKnob(Knob, f64),
    /// Let nothing through for a second.
    Stall,
    /// Cut the connection.
    Cut,
    /// Open the list of people, at somebody.
    OpenPeople(Option<PlayerId>),
    /// Hear somebody no more, or again.
    ToggleUnheard(PlayerId),
    /// Ask the room to remove somebody.
    VoteKick(PlayerId),
    /// Vote on that.
    AnswerKick(bool),
}

/// A handle to the queue; clones are the same queue.
#[derive(Clone, Default)]
pub(crate) struct Inbox(Rc<Shared>);

#[derive(Default)]
struct Shared {
    queue: RefCell<VecDeque<Wake>>,
    app: RefCell<Option<App>>,
}

impl Inbox {
    /// Makes the game and lets it live as long as the page.
    pub(crate) fn run(self, make: impl FnOnce(Self) -> Result<App, JsValue>) -> Result<(), JsValue> {
        let app = make(self.clone())?;
        *self.0.app.borrow_mut() = Some(app);
        self.drain();
        Ok(())
    }

    /// Wakes the game.
    pub(crate) fn post(&self, wake: Wake) {
        self.0.queue.borrow_mut().push_back(wake);
        self.drain();
    }

    /// Looks at the game from outside; `None` while it works, or after it crashed in the middle of something.
    pub(crate) fn inspect<T>(&self, look: impl FnOnce(&App) -> T) -> Option<T> {
        let app = self.0.app.try_borrow().ok()?;
        app.as_ref().map(look)
    }

    fn drain(&self) {
        // Fails when the game is at work further down the stack, which goes on with the queue then, and after a crash.
        let Ok(mut app) = self.0.app.try_borrow_mut() else { return };
        let Some(app) = app.as_mut() else { return };
        loop {
            let next = self.0.queue.borrow_mut().pop_front();
            let Some(wake) = next else { return };
            app.handle(wake);
        }
    }
}
