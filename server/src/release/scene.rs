//! Publishing a scene: its colour, its images, its music.

use std::collections::HashMap;

use bytes::Bytes;
use protocol::scene::MAX_PLAYER_SKINS;
use protocol::{Music, SceneInfo};
use sim::Tick;

use super::publish::{Label, Origin, PublishError, finish};
use super::reencode::{self, Purpose};
use super::{Releases, image};
use crate::storage::{
    Author, NewContent, NewRelease, ReleaseKind, ReleaseRecord, SceneFields, Store, StoreError,
};

/// Where an image comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageSource {
    /// An encoded PNG, JPEG or WebP.
    Upload(Bytes),
    /// The content hash of one that is stored already.
    Stored(String),
}

/// What becomes of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ImageChange {
    /// It stays.
    #[default]
    Keep,
    /// It goes.
    Remove,
    /// This one takes its place.
    Set(ImageSource),
}

/// What a new scene has other than the one before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SceneChange {
    /// Red, green and blue.
    pub color: Option<[u8; 3]>,
    /// What covers the floor.
    pub background: ImageChange,
    /// What players wear, at most [`MAX_PLAYER_SKINS`].
    pub player_skins: Option<Vec<ImageSource>>,
    /// What the orb wears.
    pub orb_skin: ImageChange,
    /// What is played.
    pub music: Option<Music>,
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
        music: Music::Calm,
        ..SceneInfo::default()
    }
}

/// What players are told of a stored scene.
pub(super) async fn info(store: &Store, record: ReleaseRecord) -> Result<SceneInfo, StoreError> {
    let fields = record.scene.unwrap_or_default();
    described(store, record.number, record.version, fields).await
}

async fn described(
    store: &Store,
    number: u32,
    version: String,
    fields: SceneFields,
) -> Result<SceneInfo, StoreError> {
    let mut scene = SceneInfo {
        number,
        version,
        background_color: fields.color,
        background_image: fields.background,
        player_skins: fields.player_skins,
        orb_skin: fields.orb_skin,
        music: fields.music,
        image_bytes: 0,
    };
    let images = scene.images().into_iter().map(str::to_owned).collect();
    let bytes = store.image_sizes(images).await?.into_iter().flatten().sum::<u64>();
    scene.image_bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
    Ok(scene)
}

/// The images of a change, by what they are to become: their hashes, and the bytes of those that are new.
#[derive(Default)]
struct Images {
    background: Option<String>,
    player_skins: Option<Vec<String>>,
    orb_skin: Option<String>,
    new: HashMap<String, NewContent>,
}

impl Images {
    /// Judges and writes anew what was uploaded, one after the other.
    async fn take(change: &SceneChange) -> Result<Self, PublishError> {
        let mut images = Self::default();
        if let ImageChange::Set(source) = &change.background {
            images.background = Some(images.hash(source, Purpose::Background).await?);
        }
        if let Some(sources) = &change.player_skins {
            let mut skins = Vec::new();
            for source in sources {
                skins.push(images.hash(source, Purpose::Skin).await?);
            }
            images.player_skins = Some(skins);
        }
        if let ImageChange::Set(source) = &change.orb_skin {
            images.orb_skin = Some(images.hash(source, Purpose::Skin).await?);
        }
        Ok(images)
    }

    async fn hash(&mut self, source: &ImageSource, purpose: Purpose) -> Result<String, PublishError> {
        let bytes = match source {
            ImageSource::Stored(hash) => return Ok(hash.clone()),
            ImageSource::Upload(bytes) => bytes.clone(),
        };
        let content = rewritten(bytes, purpose).await?;
        let hash = content.hash.clone();
        self.new.insert(hash.clone(), content);
        Ok(hash)
    }
}

impl Releases {
    /// Makes a scene the one of every room; what `change` does not name stays what it is. It is on disk before anybody
    /// hears of it.
    ///
    /// # Errors
    /// See [`PublishError`]; nothing has changed for anyone then.
    pub async fn publish_scene(
        &self,
        change: SceneChange,
        version: String,
        note: String,
        origin: impl Into<Origin>,
    ) -> Result<PublishedScene, PublishError> {
        let origin = origin.into();
        let label = Label::new(&version, &note)?;
        self.fleet()?;
        if change.player_skins.as_ref().is_some_and(|skins| skins.len() > MAX_PLAYER_SKINS) {
            return Err(PublishError::TooManySkins);
        }
        // Whoever is too late is told before anything is decoded.
        origin.check(self.scene().number)?;
        let images = Images::take(&change).await?;
        let this = self.clone();
        finish(tokio::spawn(async move { this.change_scene(origin, label, change, images).await })).await
    }

    /// By one click to an earlier scene: it becomes a new release, the one before stays in the history.
    ///
    /// # Errors
    /// [`PublishError::NoScene`], [`PublishError::ImagesGone`], and what publishing can fail with.
    pub async fn roll_back_to_scene(
        &self,
        number: u32,
        note: String,
        author: Author,
    ) -> Result<PublishedScene, PublishError> {
        let record = self.inner.store.release(number).await?;
        let record = record.filter(|record| record.kind == ReleaseKind::Scene);
        let record = record.ok_or(PublishError::NoScene(number))?;
        let fields = record.scene.unwrap_or_default();
        let stored = |hash: Option<String>| {
            hash.map_or(ImageChange::Remove, |hash| ImageChange::Set(ImageSource::Stored(hash)))
        };
        let change = SceneChange {
            color: Some(fields.color),
            background: stored(fields.background),
            player_skins: Some(fields.player_skins.into_iter().map(ImageSource::Stored).collect()),
            orb_skin: stored(fields.orb_skin),
            music: Some(fields.music),
        };
        let note = if note.trim().is_empty() { format!("back to scene {number}") } else { note };
        let published = self.publish_scene(change, record.version, note, Origin { author, based_on: None });
        published.await.map_err(|error| match error {
            PublishError::NoImage(_) => PublishError::ImagesGone(number),
            other => other,
        })
    }

    async fn change_scene(
        &self,
        origin: Origin,
        label: Label,
        change: SceneChange,
        images: Images,
    ) -> Result<PublishedScene, PublishError> {
        let fleet = self.fleet()?;
        let _one_at_a_time = self.inner.change.lock().await;
        let before = self.scene();
        origin.check(before.number)?;
        let kept = |change: ImageChange, before, new| match change {
            ImageChange::Keep => before,
            ImageChange::Remove => None,
            ImageChange::Set(_) => new,
        };
        let fields = SceneFields {
            color: change.color.unwrap_or(before.background_color),
            background: kept(change.background, before.background_image, images.background),
            player_skins: images.player_skins.unwrap_or(before.player_skins),
            orb_skin: kept(change.orb_skin, before.orb_skin, images.orb_skin),
            music: change.music.unwrap_or(before.music),
        };
        self.check_stored(&fields, &images.new).await?;
        let Label { version, note } = label;
        let store = &self.inner.store;
        let release = NewRelease {
            version: version.clone(),
            note,
            author: origin.author,
            host_api: 0,
            content: images.new.into_values().collect(),
            scene: Some(fields.clone()),
        };
        let number = store.add_release(release).await?;
        let scene = described(store, number, version, fields).await?;
        let activate = fleet.tick().plus(self.inner.lead_ticks);
        self.inner.adoption.begin(number);
        self.current().scene = scene.clone();
        fleet.switch_scene(scene.clone(), activate);
        self.changed();
        tracing::info!(release = number, version = scene.version, %activate, "scene published");
        self.collect_soon();
        Ok(PublishedScene { scene, activate_tick: activate })
    }

    /// Whether every image of a scene that is not new is there.
    async fn check_stored(
        &self,
        fields: &SceneFields,
        new: &HashMap<String, NewContent>,
    ) -> Result<(), PublishError> {
        let all = fields.background.iter().chain(&fields.player_skins).chain(&fields.orb_skin);
        let stored: Vec<String> = all.filter(|hash| !new.contains_key(*hash)).cloned().collect();
        let sizes = self.inner.store.image_sizes(stored.clone()).await?;
        match stored.into_iter().zip(sizes).find(|(_, size)| size.is_none()) {
            Some((hash, _)) => Err(PublishError::NoImage(hash)),
            None => Ok(()),
        }
    }

    /// Lets go of images that no recent scene shows, beside everything else.
    pub(super) fn collect_soon(&self) {
        let this = self.clone();
        tokio::spawn(async move {
            // No scene may take up an image again while it goes.
            let _one_at_a_time = this.inner.change.lock().await;
            let keep = this.inner.keep_scenes.load(std::sync::atomic::Ordering::Relaxed);
            match this.inner.store.collect_images(keep).await {
                Ok(gone) if gone.images > 0 => {
                    tracing::info!(images = gone.images, bytes = gone.bytes, "images of old scenes are gone");
                }
                Ok(_) => {}
                Err(error) => tracing::error!("images of old scenes could not be collected: {error}"),
            }
        });
    }
}

/// Decodes an image and writes it anew, off the threads that serve players.
async fn rewritten(bytes: Bytes, purpose: Purpose) -> Result<NewContent, PublishError> {
    let _turn = image::TURN.acquire().await.map_err(|_| PublishError::Busy)?;
    let working = tokio::task::spawn_blocking(move || {
        let picture = reencode::picture(&bytes, purpose)?;
        let hash = hotlogic::content_hash(&picture.bytes);
        Ok(NewContent { hash, media_type: picture.media_type, bytes: picture.bytes })
    });
    working.await.map_err(|_| PublishError::Interrupted)?.map_err(PublishError::BadImage)
}
