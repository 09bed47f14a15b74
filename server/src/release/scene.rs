//! Publishing a scene: its colour and its image.

use bytes::Bytes;
use protocol::SceneInfo;
use sim::Tick;

use super::publish::{Label, Origin, PublishError, finish};
use super::{Fleet, Releases, image};
use crate::storage::{NewContent, NewRelease, ReleaseRecord, SceneFields};

/// What becomes of the background image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageChange {
    /// It stays.
    Keep,
    /// It goes; the colour stays.
    Remove,
    /// This one, an encoded PNG, JPEG or WebP, takes its place.
    Set(Bytes),
}

/// A scene is on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedScene {
    /// The new scene; its number is that of its release.
    pub scene: SceneInfo,
    /// The first tick that is played in it.
    pub activate_tick: Tick,
}

/// The scene before any was published.
pub(super) fn built_in() -> SceneInfo {
    SceneInfo {
        number: 0,
        version: "built-in".into(),
        background_color: [18, 22, 36],
        background_image: None,
    }
}

/// What players are told of a stored scene.
pub(super) fn info(record: &ReleaseRecord) -> SceneInfo {
    SceneInfo {
        number: record.number,
        version: record.version.clone(),
        background_color: record.color,
        background_image: record.hash.clone(),
    }
}

impl Releases {
    /// Makes a scene the one of every room; a missing `color` stays what it is. It is on disk before anybody hears of it.
    ///
    /// # Errors
    /// See [`PublishError`]; nothing has changed for anyone then.
    pub async fn publish_scene(
        &self,
        color: Option<[u8; 3]>,
        image: ImageChange,
        version: String,
        note: String,
        origin: impl Into<Origin>,
    ) -> Result<PublishedScene, PublishError> {
        let origin = origin.into();
        let label = Label::new(&version, &note)?;
        let fleet = self.fleet()?;
        let content = match &image {
            ImageChange::Set(bytes) => Some(check_image(bytes.clone()).await?),
            ImageChange::Keep | ImageChange::Remove => None,
        };
        let this = self.clone();
        finish(tokio::spawn(async move {
            let keep = image == ImageChange::Keep;
            this.change_scene(&*fleet, origin, label, color, keep, content).await
        }))
        .await
    }

    async fn change_scene(
        &self,
        fleet: &dyn Fleet,
        origin: Origin,
        label: Label,
        color: Option<[u8; 3]>,
        keep_image: bool,
        content: Option<NewContent>,
    ) -> Result<PublishedScene, PublishError> {
        let _one_at_a_time = self.inner.change.lock().await;
        let before = self.scene();
        origin.check(before.number)?;
        let kept_image = before.background_image.filter(|_| keep_image);
        let color = color.unwrap_or(before.background_color);
        let hash = content.as_ref().map(|content| content.hash.clone()).or_else(|| kept_image.clone());
        let Label { version, note } = label;
        let number = self
            .inner
            .store
            .add_release(NewRelease {
                version: version.clone(),
                note,
                author: origin.author,
                host_api: 0,
                content,
                scene: Some(SceneFields { color, kept_image }),
            })
            .await?;
        let scene = SceneInfo { number, version, background_color: color, background_image: hash };
        let activate = fleet.tick().plus(self.inner.lead_ticks);
        self.inner.adoption.begin(number);
        self.current().scene = scene.clone();
        fleet.switch_scene(scene.clone(), activate);
        self.changed();
        tracing::info!(release = number, version = scene.version, %activate, "scene published");
        Ok(PublishedScene { scene, activate_tick: activate })
    }
}

/// Decodes an image off the threads that serve players.
async fn check_image(bytes: Bytes) -> Result<NewContent, PublishError> {
    let _turn = image::TURN.acquire().await.map_err(|_| PublishError::Busy)?;
    let checking = tokio::task::spawn_blocking(move || {
        let media_type = image::check(&bytes)?;
        Ok(NewContent { hash: hotlogic::content_hash(&bytes), media_type, bytes })
    });
    checking.await.map_err(|_| PublishError::Interrupted)?.map_err(PublishError::BadImage)
}
