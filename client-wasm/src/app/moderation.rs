//! Whom we hear, votes on who has to go, and what happens when we have to.

use client_core::protocol::Removal;

use super::App;
use crate::inbox::Choice;
use crate::settings;

/// A removal without an end is asked about again after this time, milliseconds.
const OPEN_END_MS: f64 = 24.0 * 3_600_000.0;

impl App {
    /// Does what was chosen about other people.
    pub(super) fn moderate(&mut self, choice: Choice) {
        let (Some(view), Some(client)) = (&self.view, &mut self.client) else { return };
        match choice {
            Choice::OpenPeople(about) => {
                self.screens.show_menu(false);
                self.people.open(view, about);
            }
            Choice::ToggleUnheard(id) => self.people.toggle(id, view),
            Choice::VoteKick(id) => {
                self.people.close();
                client.vote_kick(id);
            }
            Choice::AnswerKick(yes) => {
                if let Some(vote) = self.hud.kick.answer(yes) {
                    client.answer_kick(vote, yes);
                }
            }
            _ => {}
        }
    }

    /// We are removed: the card says so, also in the next tab of this browser.
    pub(super) fn kicked(&mut self, removal: &Removal, now_ms: f64) {
        self.screens.removed(removal, now_ms);
        let token = settings::resume().or_else(|| settings::removed(js_sys::Date::now()));
        if let Some(token) = token.filter(|_| removal.banned) {
            let length_ms = removal.seconds.map_or(OPEN_END_MS, |seconds| f64::from(seconds) * 1_000.0);
            settings::set_removed(Some((token, js_sys::Date::now() + length_ms)));
        }
    }
}
