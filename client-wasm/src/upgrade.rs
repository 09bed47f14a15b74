//! A newer build of the game: gets it ready in the background, says so, and loads it when that disturbs nobody.
//!
//! `boot.js` and the service worker do the fetching. Loading the page again keeps the player: the resume token is this tab's.

use client_core::protocol::{CloseCode, RoundPhase};
use client_core::{ConnectionState, View};
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::dom::{self, Panel, Text};
use crate::i18n::t;
use crate::inbox::{Inbox, Wake};
use crate::{page, settings};

/// The result of a round is read, and the page is back before the next one: pages leave between these times before it, seconds.
const BEFORE_ROUND: (f32, f32) = (2.0, 4.0);
/// Stands for the build of a server that speaks another version of the protocol, and so cannot say which one it is.
const UNNAMED: &str = "another protocol";

/// Knows which build runs here and which one should.
pub(crate) struct Upgrade {
    inbox: Inbox,
    /// Build of this page; `None` where no server wrote it into the page (Trunk).
    own: Option<String>,
    /// The other build that the server serves.
    wanted: Option<String>,
    /// It is here, or cannot be had before the page loads it.
    ready: bool,
    /// "Load now" was pressed.
    pressed: bool,
    leaving: bool,
    /// The player enters the fight and has not heard yet which build is served.
    arriving: bool,
    /// It was heard on the way in: nobody is in the thick of it yet.
    at_once: bool,
    /// So much of the time in [`BEFORE_ROUND`] passes: not all players load at once.
    share: f32,
    panel: Panel,
    text: Text,
}

impl Upgrade {
    /// Reads the page.
    ///
    /// # Errors
    /// When an element is missing.
    pub(crate) fn new(inbox: &Inbox) -> Result<Self, JsValue> {
        let own = dom::document()
            .query_selector("meta[name=build]")?
            .and_then(|meta| meta.get_attribute("content"));
        Ok(Self {
            inbox: inbox.clone(),
            own: own.filter(|id| id.len() == 64),
            wanted: None,
            ready: false,
            pressed: false,
            leaving: false,
            arriving: false,
            at_once: false,
            share: js_sys::Math::random() as f32,
            panel: Panel::by_id("new-version")?,
            text: Text::by_id("new-version-text")?,
        })
    }

    /// The player enters the fight.
    pub(crate) fn joining(&mut self) {
        self.arriving = true;
    }

    /// The server serves this build.
    pub(crate) fn served(&mut self, id: &str) {
        self.at_once = std::mem::take(&mut self.arriving);
        if self.own.as_deref() == Some(id) {
            self.wanted = None;
            settings::set_loaded_for(None);
        } else if self.own.is_some() {
            self.want(id);
        }
    }

    /// The server cannot talk with this build at all.
    pub(crate) fn rejected(&mut self, code: u16) {
        if code == CloseCode::WrongVersion.code() && self.own.is_some() {
            self.want(UNNAMED);
        }
    }

    /// The build that was wanted is here, as far as it can be.
    pub(crate) fn prepared(&mut self) {
        self.ready = self.wanted.is_some();
    }

    /// "Load now".
    pub(crate) fn press(&mut self) {
        self.pressed = true;
    }

    /// Shows what there is to show, and loads the new build when it is time.
    pub(crate) fn update(&mut self, view: Option<&View>, connection: Option<&ConnectionState>) {
        let Some(wanted) = self.wanted.as_deref().filter(|_| self.ready && !self.leaving) else {
            self.panel.show(self.leaving);
            return;
        };
        // A page that came back as what it was must not load itself for ever; people may still press the button.
        let in_vain = settings::loaded_for().as_deref() == Some(wanted);
        if self.pressed || !in_vain && self.disturbs_nobody(view, connection) {
            settings::set_loaded_for(Some(wanted));
            self.text.set(t("version.loading"));
            self.leaving = dom::window().location().reload().is_ok();
            return;
        }
        self.text.set(if in_vain { t("version.ready") } else { t("version.after_round") });
        self.panel.show(true);
    }

    /// Id of this page's build, and of the one that waits for the end of the round.
    pub(crate) fn builds(&self) -> (Option<&str>, Option<&str>) {
        (self.own.as_deref(), self.wanted.as_deref().filter(|_| self.ready))
    }

    fn want(&mut self, id: &str) {
        if self.wanted.as_deref() == Some(id) {
            return;
        }
        self.wanted = Some(id.to_owned());
        self.ready = false;
        let inbox = self.inbox.clone();
        spawn_local(async move {
            if let Ok(promise) = prepare() {
                // It says what it did to the console; either way nothing is gained by waiting longer.
                let _ = JsFuture::from(promise).await;
            }
            inbox.post(Wake::BuildPrepared);
        });
    }

    fn disturbs_nobody(&self, view: Option<&View>, connection: Option<&ConnectionState>) -> bool {
        let online = match connection {
            None => return true,
            // Nothing else is any use; but who plays in another tab stays there.
            Some(ConnectionState::Closed { code, .. }) => {
                return *code == Some(CloseCode::WrongVersion.code());
            }
            Some(connection) => *connection == ConnectionState::Online,
        };
        let Some(view) = view.filter(|_| online) else { return false };
        let (last, first) = BEFORE_ROUND;
        let leave_at = last + (first - last) * self.share;
        let is_pause = view.round.as_ref().is_some_and(|round| round.phase == RoundPhase::Over);
        let is_dead = view.own().is_some_and(|me| !me.alive);
        self.at_once || page::is_hidden() || is_dead || is_pause && view.seconds_left <= leave_at
    }
}

/// `hotswapBuilds.prepare()` of `boot.js`.
fn prepare() -> Result<Promise, JsValue> {
    let builds = Reflect::get(&dom::window(), &"hotswapBuilds".into())?;
    let prepare: Function = Reflect::get(&builds, &"prepare".into())?.dyn_into()?;
    prepare.call0(&builds)?.dyn_into()
}
