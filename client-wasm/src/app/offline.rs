//! The part of the game that needs no server: practice, and rehearsals in a frame.

use client_core::ConnectionState;
use client_core::NetStats;

use super::{App, random};
use crate::i18n::t;
use crate::practice::Practice;
use crate::rehearsal::{self, Order};
use crate::render::{Scenery, palette};
use crate::{dom, settings};

impl App {
    /// Begins a fight against bots. A client that waits for its server goes on waiting.
    pub(super) fn start_practice(&mut self) {
        let (name, entered) = self.screens.entered_name();
        if entered {
            settings::set_name(&name);
        }
        self.enter_practice(&name, false);
    }

    /// The game in a frame: no title, and rules from the page around it.
    pub(super) fn start_rehearsal(&mut self, name: Option<&str>) {
        let _ = dom::body().class_list().add_1("rehearsal");
        self.enter_practice(name.unwrap_or(t("practice.you")), true);
        rehearsal::listen(&self.inbox);
    }

    fn enter_practice(&mut self, name: &str, rehearsal: bool) {
        self.vote.leave();
        let practice = Practice::new(name, random(), dom::now_ms(), rehearsal);
        self.screens.show_practice();
        self.hud.show(true);
        self.hud.show_offline(Some(practice.title()));
        self.view = None;
        self.spectator.reset();
        self.practice = Some(practice);
    }

    /// The page around the frame has other rules.
    pub(super) fn rehearse(&mut self, order: &Order) {
        if let Some(practice) = &mut self.practice {
            practice.rehearse(order);
        }
    }

    /// Back to the title. The place that is kept in a real fight stays kept.
    pub(super) fn leave_practice(&mut self) {
        if self.practice.as_ref().is_some_and(Practice::is_rehearsal) {
            return;
        }
        if self.client.is_some() {
            self.line.close(client_core::protocol::CloseCode::Normal.code());
        }
        self.return_to_title(t("practice.left"));
    }

    /// The practice is over: something else is to be seen.
    pub(super) fn end_practice(&mut self) {
        if self.practice.take().is_some() {
            self.hud.show_offline(None);
        }
    }

    /// Plays and draws the practice, if there is one.
    pub(super) fn practice_frame(&mut self, now_ms: f64) -> bool {
        if self.practice.is_none() || self.server_is_back(now_ms) {
            return false;
        }
        let Some(practice) = &mut self.practice else { return false };
        let (renderer, hud, sounds) = (&mut self.renderer, &mut self.hud, &mut self.desk.sounds);
        let view = practice.play(now_ms, |event, view| {
            renderer.handle(event, view, now_ms);
            hud.handle(event, view, now_ms);
            sounds.handle(event, view);
        });
        palette::learn(&view);
        sounds.update(Some(&view), now_ms);
        renderer.draw(
            &view,
            Scenery { pointer: self.controls.pointer(now_ms), ..Scenery::default() },
            now_ms,
        );
        let focus = view.own().map(|me| renderer.to_page(me.position));
        hud.update(&view, &ConnectionState::Online, &NetStats::default(), focus, now_ms);
        self.view = Some(view);
        self.fire(now_ms);
        true
    }

    /// Whoever practised while the server was away is in the real fight as soon as it is back, or told why not.
    fn server_is_back(&mut self, now_ms: f64) -> bool {
        let Some(client) = &mut self.client else { return false };
        client.update(now_ms);
        if let Some(words) = self.screens.tell_place(client.connection()) {
            self.hud.say(&words, t("queue.meanwhile"), now_ms);
        }
        let online = match client.connection() {
            ConnectionState::Online => true,
            ConnectionState::Closed { .. } => false,
            _ => return false,
        };
        self.end_practice();
        self.view = None;
        let title = if self.screens.was_queued() { t("queue.over") } else { t("server.is_back") };
        self.screens.show_fight();
        if online {
            self.hud.say(title, t("server.is_back.more"), now_ms);
        }
        true
    }
}
