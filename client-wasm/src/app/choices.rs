//! What people choose by buttons and keys of the page.

use client_core::ConnectionState;
use client_core::protocol::CloseCode;

use super::{App, STALL_MS};
use crate::i18n::t;
use crate::inbox::Choice;
use crate::net::News;
use crate::{dom, settings};

impl App {
    /// Does what somebody chose.
    pub(super) fn choose(&mut self, choice: Choice, now_ms: f64) {
        match choice {
            Choice::Play => {
                let (name, entered) = self.screens.entered_name();
                if entered {
                    settings::set_name(&name);
                }
                self.join(&name);
            }
            Choice::Practice => self.start_practice(),
            Choice::Leave if self.practice.is_some() => self.leave_practice(),
            Choice::Leave => {
                if let Some(client) = &mut self.client {
                    client.leave();
                }
                self.carry_out_actions(now_ms);
                self.forget_room();
                self.return_to_title(t("title.left"));
            }
            Choice::Room(choice) => self.choose_room(choice, now_ms),
            Choice::Retry => self.retry(now_ms),
            Choice::ToggleChat(open) => {
                if !self.spectator.watches() && self.client.is_some() && self.practice.is_none() {
                    self.screens.show_menu(false);
                    self.hud.chat.open(open);
                }
            }
            Choice::SendChat => {
                let text = self.hud.chat.take();
                if let Some(client) = &mut self.client {
                    client.chat(&text);
                }
            }
            Choice::Vote(option) => {
                if let (Some(client), Some(id)) = (&mut self.client, self.vote.choose(option)) {
                    client.vote(id, option);
                }
            }
            Choice::OpenPeople(_)
            | Choice::ToggleUnheard(_)
            | Choice::VoteKick(_)
            | Choice::AnswerKick(_) => {
                self.moderate(choice);
            }
            Choice::LoadNow => self.upgrade.press(),
            Choice::ToggleMenu => self.screens.toggle_menu(),
            Choice::ToggleNetwork => {
                if self.client.is_some() && self.practice.is_none() {
                    self.screens.show_menu(false);
                    self.network.toggle();
                }
            }
            Choice::CloseNetwork => self.network.close(),
            Choice::ToggleLab => self.network.toggle_controls(),
            Choice::SetConditions(conditions) => self.line.set_conditions(conditions),
            Choice::TurnKnob(knob, value) => {
                self.line.set_conditions(knob.turn(self.line.conditions(), value));
            }
            Choice::Stall => self.line.stall(now_ms, STALL_MS),
            Choice::Cut => {
                if self.line.cut() {
                    self.deliver(News::Closed(None), now_ms);
                }
            }
        }
    }

    fn retry(&mut self, now_ms: f64) {
        let Some(client) = &mut self.client else { return };
        let outdated = Some(CloseCode::WrongVersion.code());
        if matches!(client.connection(), ConnectionState::Closed { code, .. } if *code == outdated) {
            let _ = dom::window().location().reload();
            return;
        }
        client.retry_now(now_ms);
    }
}
