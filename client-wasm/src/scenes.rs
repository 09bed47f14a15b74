//! Which scene is to be seen, and whether its image is here.

use client_core::Client;
use client_core::protocol::SceneInfo;
use web_sys::ImageBitmap;

use crate::background::Backgrounds;
use crate::inbox::Inbox;

/// The scene on the floor.
#[derive(Default)]
pub(crate) struct Scenes {
    backgrounds: Backgrounds,
    /// Hash of the image that is drawn. The last one stays until the next is ready.
    shown: Option<String>,
    /// Number and image of the scene that waits for its image.
    awaited: Option<(u32, String)>,
}

impl Scenes {
    /// Loads an image that will be needed soon.
    pub(crate) fn prepare(&mut self, scene: &SceneInfo, inbox: &Inbox) {
        if let Some(hash) = &scene.background_image {
            self.backgrounds.request(hash, inbox);
        }
    }

    /// From now on `scene` is in force.
    pub(crate) fn activate(&mut self, scene: &SceneInfo, client: &mut Client, inbox: &Inbox, now_ms: f64) {
        self.awaited = None;
        match &scene.background_image {
            Some(hash) if self.backgrounds.get(hash).is_none() => {
                self.awaited = Some((scene.number, hash.clone()));
                self.backgrounds.request(hash, inbox);
            }
            image => {
                self.shown.clone_from(image);
                report(client, scene.number, Ok(()), now_ms);
            }
        }
    }

    /// We are (back) in the arena: an image that did not come gets another chance.
    pub(crate) fn rejoined(&mut self, scene: &SceneInfo, client: &mut Client, inbox: &Inbox, now_ms: f64) {
        if self.shown != scene.background_image && self.awaited.is_none() {
            self.activate(scene, client, inbox, now_ms);
        }
    }

    /// An image came, or did not.
    pub(crate) fn handle(
        &mut self,
        hash: String,
        result: Result<ImageBitmap, String>,
        client: Option<&mut Client>,
        now_ms: f64,
    ) {
        let awaited = self.awaited.take_if(|(_, awaited)| *awaited == hash);
        let outcome = match result {
            Ok(image) => {
                self.backgrounds.keep(hash.clone(), image);
                Ok(())
            }
            Err(error) => {
                self.backgrounds.give_up(&hash);
                Err(error)
            }
        };
        let Some((number, _)) = awaited else { return };
        if outcome.is_ok() {
            self.shown = Some(hash);
        }
        if let Some(client) = client {
            report(client, number, outcome, now_ms);
        }
    }

    /// Whether an image is on its way that should be seen already.
    pub(crate) fn is_loading(&self) -> bool {
        self.awaited.is_some()
    }

    /// The image to draw, and its hash.
    pub(crate) fn image(&self) -> Option<(&str, &ImageBitmap)> {
        let hash = self.shown.as_deref()?;
        Some((hash, self.backgrounds.get(hash)?))
    }
}

/// Nobody published scene 0, the built-in one, so nobody waits to hear of it.
fn report(client: &mut Client, number: u32, outcome: Result<(), String>, now_ms: f64) {
    if number > 0 {
        client.scene_loaded(now_ms, number, outcome);
    }
}
