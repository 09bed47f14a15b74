//! Which room to go to, and looking on there.

use client_core::protocol::{CloseCode, ErrorCode};
use client_core::sim::Vec2;
use client_core::{ClientEvent, Place, Wish};

use super::App;
use crate::i18n::t;
use crate::rooms::RoomChoice;
use crate::rooms::link;
use crate::settings;

impl App {
    /// Does what was chosen of rooms.
    pub(super) fn choose_room(&mut self, choice: RoomChoice, now_ms: f64) {
        match choice {
            RoomChoice::OpenList => self.rooms.open(now_ms),
            RoomChoice::Join(number) => {
                self.rooms.close();
                self.play_in(Some(number.to_string()));
            }
            RoomChoice::Watch(number) => {
                self.rooms.close();
                let room = number.map(|number| number.to_string()).or_else(|| self.wish.room.clone());
                self.go_to(Wish { room, watch: true });
            }
            RoomChoice::Private => {
                self.rooms.close();
                self.play_in(Some(link::random_code()));
            }
            RoomChoice::CopyLink => self.link.copy(),
            RoomChoice::Copied(copied) => self.link.copied(copied),
            RoomChoice::JoinFight => self.stop_watching(now_ms),
            _ => self.look_around(&choice, now_ms),
        }
    }

    fn look_around(&mut self, choice: &RoomChoice, now_ms: f64) {
        let Some(view) = &self.view else { return };
        let (spectator, renderer) = (&mut self.spectator, &self.renderer);
        match *choice {
            RoomChoice::Previous => spectator.cycle(view, -1, now_ms),
            RoomChoice::Next => spectator.cycle(view, 1, now_ms),
            RoomChoice::Free => spectator.toggle_free(view, now_ms),
            RoomChoice::Tap(x, y) => spectator.tap(view, renderer.to_world((x, y))),
            RoomChoice::Drag(dx, dy) => {
                let pixel: Vec2 = renderer.to_world((1.0, 0.0)) - renderer.to_world((0.0, 0.0));
                spectator.drag(view, dx, dy, pixel.x, now_ms);
            }
            _ => {}
        }
    }

    /// Plays in this room, or in any.
    fn play_in(&mut self, room: Option<String>) {
        self.go_to(Wish { room, watch: false });
    }

    fn go_to(&mut self, wish: Wish) {
        let (name, entered) = self.screens.entered_name();
        if entered {
            settings::set_name(&name);
        }
        self.enter(&name, wish);
    }

    /// Plays where we watched.
    fn stop_watching(&mut self, now_ms: f64) {
        let Some(client) = &mut self.client else { return };
        let Some(Place { room, code, watching: true }) = client.place().cloned() else { return };
        client.leave();
        self.carry_out_actions(now_ms);
        self.view = None;
        self.play_in(Some(code.unwrap_or_else(|| room.to_string())));
    }

    /// We are in a room: the address says which, if it is a private one.
    pub(super) fn arrived(&mut self) {
        let Some(place) = self.client.as_ref().and_then(|client| client.place()) else { return };
        self.hud.chat.enter(Some(place.room));
        let code = place.code.as_deref();
        link::show_in_address(code, place.watching);
        self.link.show(code);
        self.wish.room = code.map(str::to_owned);
        if !place.watching {
            settings::set_room(Some(code.unwrap_or_default()));
        }
    }

    /// What the server did not accept is remembered as long as we are on the way in: it says why before it closes.
    pub(super) fn is_refusal(&mut self, event: &ClientEvent) -> bool {
        let ClientEvent::ServerError { code, .. } = event else { return false };
        let refuses = matches!(code, ErrorCode::Full | ErrorCode::NoRoom);
        if refuses {
            self.refused = Some(*code);
        }
        refuses
    }

    /// The wanted room cannot be entered: back to the title, where another can be chosen.
    pub(super) fn turned_away(&mut self, code: u16) -> bool {
        let refused = self.refused.take();
        if code != CloseCode::NoRoom.code() {
            return false;
        }
        let note = match refused {
            Some(ErrorCode::Full) => t("rooms.refused.full"),
            _ => t("rooms.refused.none"),
        };
        self.forget_room();
        self.return_to_title(note);
        true
    }

    /// From now on any room will do.
    pub(super) fn forget_room(&mut self) {
        self.wish = Wish::default();
        settings::set_room(None);
        link::show_in_address(None, false);
        self.link.show(None);
    }
}

/// What this page is to do at first: the wish of its address, and whether the place that this tab had is another one, which
/// is given up then.
pub(super) fn first_wish(wish: Wish) -> Wish {
    let asks_for_another = wish.room.as_ref().is_some_and(|room| settings::room().as_ref() != Some(room));
    if asks_for_another && !wish.watch {
        settings::set_resume(None);
    }
    wish
}
