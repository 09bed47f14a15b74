//! What the desk asks of the game: settings that touch more than the desk itself, and the gamepad.

use web_sys::{HtmlDialogElement, HtmlElement};

use super::App;
use crate::desk::Order;
use crate::dom;
use crate::inbox::Choice;
use crate::input::Input;
use crate::input::device::{self, Device};
use crate::input::gamepad::PadMove;
use crate::input::pad_menu;
use crate::render::Renderer;
use crate::sound::Sounds;
use crate::vote::VotePanel;

impl App {
    /// Carries out an order of the desk.
    pub(super) fn order(&mut self, order: Order, now_ms: f64) {
        let motion_changes = matches!(order, Order::ChooseMotion(_));
        match order {
            Order::OpenSettings { by_key } => {
                self.input(Input::ReleaseAll, now_ms);
                if !by_key {
                    self.screens.show_menu(false);
                }
            }
            Order::ShowNetwork(show) if show != self.network.is_open() => self.network.toggle(),
            _ => {}
        }
        let said = self.desk.carry_out(order, self.network.is_open());
        if let Some(said) = said.filter(|_| !self.desk.is_open()) {
            self.hud.say(said, "", now_ms);
        }
        if motion_changes {
            self.draw_anew();
        }
    }

    /// The speakers.
    pub(crate) fn sounds(&self) -> &Sounds {
        &self.desk.sounds
    }

    /// The picture is begun again, with what is set now.
    fn draw_anew(&mut self) {
        let fresh = dom::by_id("game").and_then(Renderer::new);
        let Ok(mut renderer) = fresh else { return };
        renderer.frames = self.renderer.frames;
        self.renderer = renderer;
        self.resize();
    }

    /// Takes up what the gamepad did since the last frame.
    pub(super) fn play_gamepad(&mut self, now_ms: f64) {
        let Some(news) = self.desk.gamepad.poll() else { return };
        if news.held {
            device::used(Device::Gamepad, &self.inbox);
        }
        if let Some(menu) = self.open_menu() {
            // What is let go now would stay held in the fight behind it.
            self.input(Input::ReleaseAll, now_ms);
            for step in news.moves {
                self.move_in_menu(menu, step);
            }
            return;
        }
        if news.moves.contains(&PadMove::Start) {
            self.input(Input::ReleaseAll, now_ms);
            return self.screens.toggle_menu();
        }
        let votes = VotePanel::is_open();
        if votes {
            self.vote_by_gamepad(&news.moves);
        }
        // Who chooses a card does not strike with the same button.
        for input in news.inputs.into_iter().filter(|input| !votes || *input != Input::Strike(true)) {
            self.input(input, now_ms);
        }
    }

    /// Left and right go from card to card, and A chooses.
    fn vote_by_gamepad(&self, moves: &[PadMove]) {
        for step in moves {
            let step = match *step {
                PadMove::Turn(way) => PadMove::Focus(way),
                PadMove::Accept => PadMove::Accept,
                _ => continue,
            };
            pad_menu::carry_out("vote-cards", step);
        }
    }

    /// Id of what covers the fight and has buttons.
    fn open_menu(&self) -> Option<&'static str> {
        let is_shown = |id: &str| dom::by_id(id).is_ok_and(|element: HtmlElement| element.offset_width() > 0);
        if self.desk.is_open() {
            Some("settings")
        } else if self.rooms.is_open() {
            Some("rooms")
        } else if let Some(dialog) = ["boards", "people"].into_iter().find(|id| is_shown(id)) {
            Some(dialog)
        } else if self.client.is_none() && self.practice.is_none() {
            Some("title")
        } else if is_shown("retry") {
            Some("connection")
        } else {
            is_shown("menu").then_some("menu")
        }
    }

    fn move_in_menu(&mut self, menu: &'static str, step: PadMove) {
        match (menu, step) {
            ("settings", PadMove::Back | PadMove::Start) => self.desk.close(),
            ("rooms", PadMove::Back | PadMove::Start) => self.rooms.close(),
            ("boards" | "people", PadMove::Back | PadMove::Start) => {
                let _ = dom::by_id::<HtmlDialogElement>(menu).map(|dialog| dialog.close());
            }
            ("menu", PadMove::Back | PadMove::Start) => self.screens.show_menu(false),
            ("title", PadMove::Start) => self.choose(Choice::Play, dom::now_ms()),
            _ => drop(pad_menu::carry_out(menu, step)),
        }
    }
}
