//! The game in this tab: takes what woke it, asks the client core, carries out what that wants, and draws.

mod choices;
mod moderation;
mod offline;
mod orders;
mod report;
mod rooms;

use client_core::protocol::ErrorCode;
use client_core::protocol::{CloseCode, Encoding};
use client_core::sim::Vec2;
use client_core::{Action, Client, ClientConfig, ClientEvent, ConnectionState, View, Wish};
use wasm_bindgen::JsValue;

use crate::attract::Attract;
use crate::boards;
use crate::desk::Desk;
use crate::dom;
use crate::i18n::{self, t};
use crate::inbox::{Inbox, Wake};
use crate::input::{Controls, Input, keyboard, pointer, touch};
use crate::inspect;
use crate::line::Line;
use crate::net::{self, News};
use crate::network::Network;
use crate::page;
use crate::people::People;
use crate::practice::Practice;
use crate::render::hud::{self, Hud};
use crate::render::{Renderer, Scenery, palette};
use crate::rooms::Rooms;
use crate::rooms::link::LinkBox;
use crate::scenes::Scenes;
use crate::screens::Screens;
use crate::settings::{self, Invitation};
use crate::sound::Track;
use crate::spectate::Spectator;
use crate::upgrade::Upgrade;
use crate::vote::VotePanel;
use crate::wardrobe;

/// How long a stall on demand lasts, milliseconds.
const STALL_MS: f64 = 1_000.0;

/// The game.
pub(crate) struct App {
    inbox: Inbox,
    client: Option<Client>,
    line: Line,
    redirect: Option<String>,
    controls: Controls,
    renderer: Renderer,
    hud: Hud,
    network: Network,
    /// What is wrong with the network that the address asks for; said once we are in the fight.
    complaint: Option<String>,
    scenes: Scenes,
    screens: Screens,
    attract: Attract,
    /// A fight without a server.
    practice: Option<Practice>,
    upgrade: Upgrade,
    vote: VotePanel,
    people: People,
    desk: Desk,
    rooms: Rooms,
    link: LinkBox,
    spectator: Spectator,
    /// The room that "Play" goes to.
    wish: Wish,
    /// Why the server does not let us in.
    refused: Option<ErrorCode>,
    /// What was drawn last.
    view: Option<View>,
}

impl App {
    /// The game on this page: in the fight where that was asked for, otherwise at the title.
    pub(crate) fn new(inbox: Inbox) -> Result<Self, JsValue> {
        let canvas: web_sys::HtmlCanvasElement = dom::by_id("game")?;
        let invitation = Invitation::read();
        i18n::start();
        let mut app = Self {
            client: None,
            line: Line::new(inbox.clone(), invitation.conditions, random()),
            redirect: None,
            controls: Controls::default(),
            renderer: Renderer::new(canvas.clone())?,
            hud: Hud::new()?,
            network: Network::new(&inbox)?,
            complaint: invitation.complaint.map(|complaint| format!("{complaint}.")),
            scenes: Scenes::default(),
            screens: Screens::new()?,
            attract: Attract::new(dom::now_ms()),
            practice: None,
            upgrade: Upgrade::new(&inbox)?,
            vote: VotePanel::new(&inbox)?,
            people: People::new(&inbox)?,
            desk: Desk::new(&inbox)?,
            rooms: Rooms::new(&inbox)?,
            link: LinkBox::new(&inbox)?,
            spectator: Spectator::new(&canvas, &inbox)?,
            wish: rooms::first_wish(invitation.wish),
            refused: None,
            view: None,
            inbox: inbox.clone(),
        };
        page::listen(&inbox)?;
        wardrobe::open()?;
        keyboard::listen(&inbox, app.desk.keys());
        pointer::listen(&canvas, &inbox);
        touch::listen(&inbox)?;
        boards::listen(&inbox)?;
        inspect::expose(&inbox)?;

        let plays_at_once = invitation.name.is_some() && invitation.autoplay;
        let name = invitation.name.or_else(settings::name);
        if invitation.rehearse {
            app.start_rehearsal(name.as_deref());
        } else if app.wish.watch {
            let wish = std::mem::take(&mut app.wish);
            app.wish.room.clone_from(&wish.room);
            app.enter(name.as_deref().unwrap_or(t("name.default")), wish);
        } else if settings::resume().is_some() || plays_at_once {
            app.join(name.as_deref().unwrap_or(t("name.default")));
        } else {
            app.hud.show(false);
            let complaint = app.complaint.clone().unwrap_or_default();
            app.screens.show_title(name.as_deref(), &complaint, app.wish.room.as_deref());
        }
        app.resize();
        Ok(app)
    }

    /// Reacts to one thing.
    pub(crate) fn handle(&mut self, wake: Wake) {
        let now_ms = dom::now_ms();
        self.deliver_due(now_ms);
        match wake {
            Wake::Frame => self.frame(now_ms),
            Wake::Beat => self.beat(now_ms),
            Wake::Resized => self.resize(),
            Wake::VisibilityChanged => self.visibility_changed(now_ms),
            Wake::NetworkBack => self.retry_waiting(now_ms),
            Wake::Input(input) => self.input(input, now_ms),
            Wake::Choice(choice) => self.choose(choice, now_ms),
            Wake::Rehearse(order) => self.rehearse(&order),
            Wake::Desk(order) => self.order(order, now_ms),
            Wake::LineDue => {}
            Wake::Lobby(answer) => self.rooms.show(answer.as_deref()),
            Wake::BuildPrepared => self.upgrade.prepared(),
            Wake::Socket { serial, news } => {
                if let Some(news) = self.line.receive(now_ms, serial, news) {
                    self.deliver(news, now_ms);
                }
                self.deliver_due(now_ms);
            }
            Wake::WebSocketWorks { serial } => {
                if let Some(news) = self.line.back_to_websocket(serial) {
                    self.deliver(news, now_ms);
                }
            }
            Wake::Content { hash, result } => {
                if let Some(client) = &mut self.client {
                    client.handle_content(now_ms, &hash, result);
                }
            }
            Wake::ImageProgress { hash, bytes } => self.scenes.received(&hash, bytes),
            Wake::Image { hash, result } => {
                self.scenes.handle(hash, result, self.client.as_mut(), now_ms);
            }
        }
        self.carry_out_actions(now_ms);
        self.line.keep_time();
    }

    /// Hands the client what has arrived by now.
    fn deliver_due(&mut self, now_ms: f64) {
        while let Some(news) = self.line.poll(now_ms) {
            self.deliver(news, now_ms);
        }
    }

    fn deliver(&mut self, news: News, now_ms: f64) {
        let Some(client) = &mut self.client else { return };
        match news {
            News::Opened => client.handle_opened(now_ms),
            News::Message(bytes) => client.handle_message(now_ms, &bytes),
            News::Closed(code) => client.handle_closed(now_ms, code),
        }
    }

    fn join(&mut self, name: &str) {
        self.enter(name, self.wish.clone());
    }

    fn enter(&mut self, name: &str, wish: Wish) {
        let config = ClientConfig {
            name: name.to_owned(),
            resume: settings::resume().or_else(|| settings::removed(js_sys::Date::now())),
            encoding: Encoding::Binary,
            seed: random(),
        };
        let now_ms = dom::now_ms();
        self.end_practice();
        let mut client = Client::new(config, now_ms);
        client.wish(wish);
        client.wear(settings::skin());
        self.client = Some(client);
        self.refused = None;
        self.network.forget();
        self.upgrade.joining();
        self.screens.show_fight();
        self.hud.show(true);
        self.carry_out_actions(now_ms);
    }

    fn return_to_title(&mut self, note: &str) {
        self.end_practice();
        self.client = None;
        self.vote.leave();
        self.view = None;
        self.controls = Controls::default();
        self.desk.sounds.set_track(Track::default());
        self.spectator.reset();
        self.hud.show(false);
        self.hud.chat.enter(None);
        self.screens.show_title(None, note, self.wish.room.as_deref());
    }

    fn frame(&mut self, now_ms: f64) {
        self.play_gamepad(now_ms);
        if self.practice_frame(now_ms) {
            return;
        }
        let Some(client) = &mut self.client else {
            self.upgrade.update(None, None);
            let view = self.attract.view(now_ms, &mut self.renderer);
            self.renderer.draw(&view, Scenery::default(), now_ms);
            self.desk.sounds.update(None, now_ms);
            return;
        };
        client.update(now_ms);
        let view = client.view(now_ms);
        palette::learn(&view);
        self.handle_events(&view, now_ms);
        let watches = self.client.as_ref().and_then(Client::place).is_some_and(|place| place.watching);
        let look_at = self.spectator.update(&view, watches, self.controls.direction(), now_ms);
        let followed = self.spectator.followed(&view, now_ms).map(|player| player.id);
        let pointer = self.controls.pointer(now_ms).filter(|_| !watches);
        let scenery = Scenery { scenes: Some(&self.scenes), pointer, look_at, followed };
        self.desk.sounds.set_track(view.scene.music.into());
        self.desk.sounds.update(Some(&view), now_ms);
        // Who waits in line has seen nothing of the fight yet.
        let waits = waits_for_first_fight(self.client.as_ref());
        let backdrop = waits.then(|| self.attract.view(now_ms, &mut self.renderer));
        self.renderer.draw(backdrop.as_ref().unwrap_or(&view), scenery, now_ms);
        self.hud.show_loading(self.scenes.loaded());
        if let Some(client) = &self.client {
            let focus = view.own().map(|me| self.renderer.to_page(me.position));
            self.hud.update(&view, client.connection(), client.stats(), focus, now_ms);
            self.hud.show_line(!self.line.conditions().is_clear(), self.line.polls());
            self.vote.update(&view);
            self.network.show_polling(self.line.polls());
            self.screens.update(client.connection(), now_ms);
            self.upgrade.update(Some(&view), Some(client.connection()));
            self.network.record(client.stats(), client.connection(), now_ms);
            let conditions = self.line.conditions();
            if self.network.update(client.stats(), client.connection(), conditions, now_ms) {
                hud::dim(self.network.element(), focus);
            }
        }
        self.view = Some(view);
        self.fire(now_ms);
    }

    /// A hidden tab paints no frames, but stays connected.
    fn beat(&mut self, now_ms: f64) {
        self.rooms.beat(now_ms);
        if self.renderer.is_blurred() {
            self.resize();
        }
        if !page::is_hidden() || self.practice.is_some() {
            return;
        }
        let Some(client) = &mut self.client else { return self.upgrade.update(None, None) };
        client.update(now_ms);
        let view = client.view(now_ms);
        self.handle_events(&view, now_ms);
        if let Some(client) = &self.client {
            self.screens.update(client.connection(), now_ms);
            self.upgrade.update(Some(&view), Some(client.connection()));
        }
    }

    fn resize(&mut self) {
        let (top, bottom) = page::insets();
        self.renderer.resize(top, bottom);
    }

    fn visibility_changed(&mut self, now_ms: f64) {
        self.input(Input::ReleaseAll, now_ms);
        self.desk.sounds.hide(page::is_hidden());
        if !page::is_hidden() {
            self.retry_waiting(now_ms);
        }
    }

    /// Somebody looks, or the network is back: no reason to wait any longer.
    fn retry_waiting(&mut self, now_ms: f64) {
        let Some(client) = &mut self.client else { return };
        client.update(now_ms);
        if matches!(client.connection(), ConnectionState::Waiting { .. }) {
            client.retry_now(now_ms);
        }
    }

    /// What is pressed counts from this very moment, not from the last frame or the next.
    fn input(&mut self, input: Input, now_ms: f64) {
        self.controls.handle(input, now_ms);
        if matches!(input, Input::Aim(..) | Input::AimStick(_)) {
            return;
        }
        if input == Input::Strike(true)
            && let Some(view) = &self.view
        {
            self.spectator.press(view, now_ms);
        }
        if let Some(practice) = &mut self.practice {
            practice.run(self.controls.direction());
        } else if let Some(client) = &mut self.client {
            client.update(now_ms);
            client.set_direction(self.controls.direction());
        }
        if matches!(input, Input::Strike(true) | Input::Dash) {
            self.fire(now_ms);
        }
    }

    /// Strikes and dashes, if that was pressed and is possible.
    fn fire(&mut self, now_ms: f64) {
        let Some(view) = &self.view else { return };
        let Some(me) = view.own().filter(|me| me.alive) else { return };
        let pointer = self.controls.pointer(now_ms).map(|at| self.renderer.to_world(at) - me.position);
        let aim = self.controls.aim().or(pointer);
        if self.controls.strikes(now_ms, view.strike_cooldown <= 0.0) {
            let aim = aim.map(|aim| aim.normalize_or(Vec2::from_angle(me.facing)));
            match (&mut self.practice, &mut self.client) {
                (Some(practice), _) => practice.strike(aim),
                (None, Some(client)) => client.attack(aim),
                (None, None) => {}
            }
        }
        if self.controls.dashes(now_ms, view.dash_cooldown <= 0.0) {
            match (&mut self.practice, &mut self.client) {
                (Some(practice), _) => practice.dash(),
                (None, Some(client)) => client.dash(),
                (None, None) => {}
            }
        }
    }

    fn carry_out_actions(&mut self, now_ms: f64) {
        while let Some(action) = self.client.as_mut().and_then(Client::poll_action) {
            match action {
                Action::Connect => self.connect(now_ms),
                Action::Send(bytes) => self.line.send(now_ms, bytes),
                Action::Close { code } => self.line.close(code),
                Action::FetchContent { hash } => net::fetch_content(hash, self.inbox.clone()),
                Action::SaveResume(token) => settings::set_resume(Some(&token)),
                Action::ForgetResume => settings::set_resume(None),
            }
        }
    }

    fn connect(&mut self, now_ms: f64) {
        let url = self.redirect.take().unwrap_or_else(net::default_socket_url);
        if !self.line.open(&url, CloseCode::Normal.code())
            && let Some(client) = &mut self.client
        {
            client.handle_closed(now_ms, None);
        }
    }

    fn handle_events(&mut self, view: &View, now_ms: f64) {
        while let Some(client) = &mut self.client
            && let Some(event) = client.poll_event()
        {
            match &event {
                ClientEvent::UpdateAnnounced { scene: Some(scene), .. } => {
                    self.scenes.prepare(scene, &self.inbox)
                }
                ClientEvent::SceneActive { scene } => {
                    self.scenes.activate(scene, client, &self.inbox, now_ms)
                }
                ClientEvent::Joined { .. } => {
                    settings::set_removed(None);
                    self.scenes.rejoined(&self.inbox);
                }
                ClientEvent::Kicked(removal) => self.kicked(removal, now_ms),
                ClientEvent::Chat { from, .. } if self.people.is_unheard(*from) => continue,
                ClientEvent::ClientBuild { id } => self.upgrade.served(id),
                ClientEvent::Rejected { code, .. } => self.upgrade.rejected(*code),
                ClientEvent::Redirected { url } => self.redirect = Some(url.clone()),
                _ => {}
            }
            match &event {
                ClientEvent::Rejected { code, .. } if self.turned_away(*code) => return,
                ClientEvent::Joined { .. } => self.arrived(),
                event if self.is_refusal(event) => continue,
                event => self.spectator.handle(event, view, now_ms),
            }
            self.renderer.handle(&event, view, now_ms);
            self.hud.handle(&event, view, now_ms);
            self.vote.handle(&event, view);
            if let Some((title, text)) = VotePanel::announcement(&event) {
                self.hud.say(&title, &text, now_ms);
            }
            self.desk.sounds.handle(&event, view);
            if let ClientEvent::Joined { .. } = event
                && let Some(complaint) = self.complaint.take()
            {
                self.hud.say(t("network.stays"), &complaint, now_ms);
            }
        }
    }
}

/// Waits in line for the first time.
fn waits_for_first_fight(client: Option<&Client>) -> bool {
    client.is_some_and(|client| {
        client.place().is_none() && matches!(client.connection(), ConnectionState::Queued { .. })
    })
}

/// Any number.
fn random() -> u64 {
    (js_sys::Math::random() * (1_u64 << 53) as f64) as u64
}
