//! What others may know of the game in this tab: tests, and panels that show figures.

use client_core::preload::Loaded;
use client_core::sim::{PlayerId, Vec2};
use client_core::{Client, Conditions, NetStats, Place, View};

use super::App;
use crate::dom;

impl App {
    /// The connection's state, by name.
    pub(crate) fn connection(&self) -> &'static str {
        if self.practice.is_some() {
            return "practice";
        }
        self.client.as_ref().map_or("title", |client| crate::screens::name_of(client.connection()))
    }

    /// Where we are.
    pub(crate) fn place(&self) -> Option<&Place> {
        self.client.as_ref().and_then(Client::place)
    }

    /// Whom the camera follows, if not us.
    pub(crate) fn followed(&self) -> Option<PlayerId> {
        let view = self.view.as_ref()?;
        self.spectator.followed(view, dom::now_ms()).map(|player| player.id)
    }

    /// Where the camera of who looks on is, units.
    pub(crate) fn looks_at(&self) -> Option<Vec2> {
        self.spectator.place(self.view.as_ref()?, dom::now_ms())
    }

    /// What is to be seen now, if the player has joined.
    pub(crate) fn current_view(&self) -> Option<View> {
        let now_ms = dom::now_ms();
        match &self.practice {
            Some(practice) => Some(practice.view(now_ms)),
            None => self.client.as_ref().map(|client| client.view(now_ms)),
        }
    }

    /// Who we are on the server, once we have joined.
    pub(crate) fn own_id(&self) -> Option<PlayerId> {
        let view = self.client.as_ref().filter(|_| self.practice.is_none()).and(self.view.as_ref())?;
        view.me
    }

    /// What the network was made to be like, and whether the panel about it is open.
    pub(crate) fn network(&self) -> (Conditions, bool) {
        (self.line.conditions(), self.network.is_open())
    }

    /// No WebSocket gets through.
    pub(crate) fn polls(&self) -> bool {
        self.line.polls()
    }

    /// Id of the build that runs here, and of the newer one that is ready.
    pub(crate) fn builds(&self) -> (Option<&str>, Option<&str>) {
        self.upgrade.builds()
    }

    /// Figures about the connection.
    pub(crate) fn stats(&self) -> Option<&NetStats> {
        self.client.as_ref().map(Client::stats)
    }

    /// Frames drawn so far.
    pub(crate) fn frames(&self) -> u32 {
        self.renderer.frames
    }

    /// Hash of the image that is drawn on the floor, and how much of the scene is here while something of it is awaited.
    pub(crate) fn background(&self) -> (Option<&str>, Option<Loaded>) {
        (self.scenes.background().map(|(hash, _)| hash), self.scenes.loaded())
    }

    /// How many skins players wear, and whether the orb has one.
    pub(crate) fn worn(&self) -> (usize, bool) {
        self.renderer.worn()
    }

    /// Whether the view has ever been shaken by a blow.
    pub(crate) fn was_shaken(&self) -> bool {
        self.renderer.was_shaken
    }
}
