//! Which scene is to be seen, and which of its images are here.

use client_core::Client;
use client_core::preload::{Loaded, Preload};
use client_core::protocol::SceneInfo;
use web_sys::ImageBitmap;

use crate::images;
use crate::inbox::Inbox;

/// The scene in force and its images.
#[derive(Default)]
pub(crate) struct Scenes {
    preload: Preload,
    images: Vec<(String, ImageBitmap)>,
    /// Hash of the background of the scene in force.
    background: Option<String>,
    /// Hash of the background that is drawn. The last one stays until the next is ready.
    shown: Option<String>,
}

impl Scenes {
    /// Loads what will be needed soon.
    pub(crate) fn prepare(&mut self, scene: &SceneInfo, inbox: &Inbox) {
        load(self.preload.announce(scene), inbox);
    }

    /// From now on `scene` is in force.
    pub(crate) fn activate(&mut self, scene: &SceneInfo, client: &mut Client, inbox: &Inbox, now_ms: f64) {
        load(self.preload.activate(scene), inbox);
        self.background.clone_from(&scene.background_image);
        self.settle(Some(client), now_ms);
    }

    /// We are (back) in the arena: an image that did not come gets another chance.
    pub(crate) fn rejoined(&mut self, inbox: &Inbox) {
        load(self.preload.retry(), inbox);
    }

    /// More of an image came.
    pub(crate) fn received(&mut self, hash: &str, bytes: u32) {
        self.preload.received(hash, bytes);
    }

    /// An image came, or did not.
    pub(crate) fn handle(
        &mut self,
        hash: String,
        result: Result<ImageBitmap, String>,
        client: Option<&mut Client>,
        now_ms: f64,
    ) {
        match result {
            Ok(image) => {
                self.preload.finished(&hash, Ok(()));
                self.images.push((hash, image));
            }
            Err(error) => self.preload.finished(&hash, Err(error)),
        }
        self.settle(client, now_ms);
    }

    /// How much of the scene in force is here, while something of it is on its way.
    pub(crate) fn loaded(&self) -> Option<Loaded> {
        self.preload.loaded()
    }

    /// The background to draw, and its hash.
    pub(crate) fn background(&self) -> Option<(&str, &ImageBitmap)> {
        let hash = self.shown.as_deref()?;
        Some((hash, self.image(hash)?))
    }

    /// An image that is here.
    pub(crate) fn image(&self, hash: &str) -> Option<&ImageBitmap> {
        self.images.iter().find(|(ready, _)| ready == hash).map(|(_, image)| image)
    }

    /// Shows what came, lets go of what nothing shows any more, and reports once all is there that will be.
    fn settle(&mut self, client: Option<&mut Client>, now_ms: f64) {
        let awaited = self.background.as_deref().is_some_and(|hash| self.preload.awaits(hash));
        if !awaited {
            self.shown.clone_from(&self.background);
        }
        let (preload, shown) = (&self.preload, self.shown.as_deref());
        self.images.retain(|(hash, image)| {
            let needed = preload.needs(hash) || shown == Some(hash);
            if !needed {
                image.close();
            }
            needed
        });
        // Nobody published scene 0, the built-in one, so nobody waits to hear of it.
        if let Some(settled) = self.preload.poll_settled()
            && settled.scene > 0
            && let Some(client) = client
        {
            client.scene_loaded(now_ms, settled.scene, settled.outcome);
        }
    }
}

fn load(hashes: Vec<String>, inbox: &Inbox) {
    for hash in hashes {
        images::load(hash, inbox);
    }
}
