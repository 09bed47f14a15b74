//! The images of scenes: which are needed, how far they have come, and whether those of the scene in force are here.
//!
//! Loading begins when a scene is announced, before its first tick. The scene never waits for it: what is missing then
//! comes in when it is ready, and what cannot be had is done without.

use protocol::SceneInfo;

/// How far an image has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    /// So many bytes are here.
    Loading(u32),
    /// Decoded: it had so many bytes.
    Ready(u32),
    /// It cannot be had.
    Failed,
}

/// How much of the scene in force is here, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// What has come.
    pub bytes: u32,
    /// What there is to come, at least `bytes`.
    pub total: u32,
}

/// The scene in force has all that it will get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Number of the scene.
    pub scene: u32,
    /// What could not be had, in words for operators.
    pub outcome: Result<(), String>,
}

/// Keeps track of the images of scenes. It loads nothing itself.
#[derive(Debug, Default)]
pub struct Preload {
    current: SceneInfo,
    /// The newest announced one.
    next: Option<SceneInfo>,
    images: Vec<(String, Progress)>,
    /// Why images could not be had.
    faults: Vec<(String, String)>,
    /// The scene in force was not yet reported as settled.
    open: bool,
}

impl Preload {
    /// A scene will be in force soon. Returns the images to load now.
    #[must_use]
    pub fn announce(&mut self, scene: &SceneInfo) -> Vec<String> {
        self.next = Some(scene.clone());
        self.start(scene)
    }

    /// A scene is in force; what could not be had before gets another chance. Returns the images to load now.
    #[must_use]
    pub fn activate(&mut self, scene: &SceneInfo) -> Vec<String> {
        if self.next.as_ref().is_some_and(|next| next.number == scene.number) {
            self.next = None;
        }
        self.current = scene.clone();
        self.open = true;
        self.images.retain(|(_, progress)| *progress != Progress::Failed);
        self.faults.clear();
        let missing = self.start(scene);
        let needed: Vec<String> =
            self.images.iter().map(|(hash, _)| hash.clone()).filter(|hash| self.needs(hash)).collect();
        self.images.retain(|(hash, _)| needed.contains(hash));
        missing
    }

    /// We are back in the arena: what could not be had gets another chance. Returns the images to load now.
    #[must_use]
    pub fn retry(&mut self) -> Vec<String> {
        self.images.retain(|(_, progress)| *progress != Progress::Failed);
        self.faults.clear();
        let scene = self.current.clone();
        let missing = self.start(&scene);
        self.open |= !missing.is_empty();
        missing
    }

    /// So many bytes of an image are here.
    pub fn received(&mut self, hash: &str, bytes: u32) {
        if let Some((_, progress @ Progress::Loading(_))) = self.find(hash) {
            *progress = Progress::Loading(bytes);
        }
    }

    /// An image is decoded, or cannot be had.
    pub fn finished(&mut self, hash: &str, outcome: Result<(), String>) {
        let Some((_, progress)) = self.find(hash) else { return };
        let Progress::Loading(bytes) = *progress else { return };
        *progress = if outcome.is_ok() { Progress::Ready(bytes) } else { Progress::Failed };
        if let Err(fault) = outcome {
            self.faults.push((hash.to_owned(), fault));
        }
    }

    /// Tells once for each scene in force that it has all that it will get.
    pub fn poll_settled(&mut self) -> Option<Settled> {
        if !self.open || self.is_loading() {
            return None;
        }
        self.open = false;
        let faults = self.faults.iter().filter_map(|(hash, fault)| Some((self.part(hash)?, fault)));
        let words: Vec<String> = faults.map(|(part, fault)| format!("{part}: {fault}")).collect();
        let outcome = if words.is_empty() { Ok(()) } else { Err(words.join("; ")) };
        Some(Settled { scene: self.current.number, outcome })
    }

    /// Whether something of the scene in force is still on its way.
    #[must_use]
    pub fn is_loading(&self) -> bool {
        self.current.images().iter().any(|hash| self.awaits(hash))
    }

    /// Whether an image is on its way.
    #[must_use]
    pub fn awaits(&self, hash: &str) -> bool {
        matches!(self.progress(hash), Some(Progress::Loading(_)))
    }

    /// How much of the scene in force is here; `None` when nothing is on its way.
    #[must_use]
    pub fn loaded(&self) -> Option<Loaded> {
        if !self.is_loading() {
            return None;
        }
        let come = self.current.images().into_iter().map(|hash| match self.progress(hash) {
            Some(Progress::Loading(bytes) | Progress::Ready(bytes)) => bytes,
            Some(Progress::Failed) | None => 0,
        });
        let bytes = come.fold(0_u32, u32::saturating_add);
        Some(Loaded { bytes, total: self.current.image_bytes.max(bytes) })
    }

    /// Whether the scene in force, or the one that comes next, has this image.
    #[must_use]
    pub fn needs(&self, hash: &str) -> bool {
        let shows = |scene: &SceneInfo| scene.images().contains(&hash);
        shows(&self.current) || self.next.as_ref().is_some_and(shows)
    }

    /// Notes that the images of a scene are on their way, and says which were not.
    fn start(&mut self, scene: &SceneInfo) -> Vec<String> {
        let mut missing = Vec::new();
        for hash in scene.images() {
            if self.progress(hash).is_none() {
                self.images.push((hash.to_owned(), Progress::Loading(0)));
                missing.push(hash.to_owned());
            }
        }
        missing
    }

    /// What an image is in the scene in force.
    fn part(&self, hash: &str) -> Option<String> {
        let scene = &self.current;
        if scene.background_image.as_deref() == Some(hash) {
            return Some("background".to_owned());
        }
        if let Some(at) = scene.player_skins.iter().position(|skin| skin == hash) {
            return Some(format!("player skin {}", at + 1));
        }
        (scene.orb_skin.as_deref() == Some(hash)).then(|| "orb skin".to_owned())
    }

    fn progress(&self, hash: &str) -> Option<Progress> {
        self.images.iter().find(|(known, _)| known == hash).map(|(_, progress)| *progress)
    }

    fn find(&mut self, hash: &str) -> Option<&mut (String, Progress)> {
        self.images.iter_mut().find(|(known, _)| known == hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene(number: u32, background: &str, skins: &[&str], image_bytes: u32) -> SceneInfo {
        SceneInfo {
            number,
            background_image: Some(background.into()),
            player_skins: skins.iter().map(|skin| (*skin).to_owned()).collect(),
            image_bytes,
            ..SceneInfo::default()
        }
    }

    #[test]
    fn everything_is_asked_for_at_the_announcement_and_once() {
        let mut preload = Preload::default();
        let dusk = scene(4, "floor", &["ape", "bee"], 900);
        assert_eq!(preload.announce(&dusk), ["floor", "ape", "bee"]);
        assert_eq!(preload.loaded(), None, "nobody waits for a scene that is not in force");
        for hash in ["floor", "ape", "bee"] {
            preload.received(hash, 300);
            preload.finished(hash, Ok(()));
        }
        assert_eq!(preload.activate(&dusk), [""; 0]);
        assert!(!preload.is_loading(), "it is there at its first tick");
        assert_eq!(preload.poll_settled(), Some(Settled { scene: 4, outcome: Ok(()) }));
        assert_eq!(preload.poll_settled(), None);
        let next = scene(5, "floor", &["bee", "cat"], 900);
        assert_eq!(preload.announce(&next), ["cat"], "the others are here");
        assert!(preload.needs("ape") && preload.needs("cat"));
        assert_eq!(preload.activate(&next), [""; 0]);
        assert!(!preload.needs("ape"), "nothing shows it any more");
    }

    #[test]
    fn progress_is_in_bytes_of_the_whole_scene_and_never_more_than_it() {
        let mut preload = Preload::default();
        let _ = preload.activate(&scene(4, "floor", &["ape"], 840));
        assert_eq!(preload.loaded(), Some(Loaded { bytes: 0, total: 840 }));
        preload.received("ape", 40);
        preload.finished("ape", Ok(()));
        preload.received("floor", 80);
        assert_eq!(preload.loaded(), Some(Loaded { bytes: 120, total: 840 }));
        preload.received("floor", 2_000);
        assert_eq!(preload.loaded(), Some(Loaded { bytes: 2_040, total: 2_040 }));
        preload.finished("floor", Ok(()));
        assert_eq!(preload.loaded(), None);
    }

    #[test]
    fn what_cannot_be_had_is_named_when_the_rest_is_there_and_tried_again_after_a_reconnect() {
        let mut preload = Preload::default();
        let _ = preload.activate(&scene(4, "floor", &["ape", "bee"], 900));
        preload.finished("bee", Err("the server answered 410".into()));
        assert_eq!(preload.poll_settled(), None, "the others are still on their way");
        preload.finished("floor", Ok(()));
        preload.finished("ape", Ok(()));
        let outcome = Err("player skin 2: the server answered 410".to_owned());
        assert_eq!(preload.poll_settled(), Some(Settled { scene: 4, outcome }));
        assert_eq!(preload.retry(), ["bee"]);
        preload.finished("bee", Ok(()));
        assert_eq!(preload.poll_settled(), Some(Settled { scene: 4, outcome: Ok(()) }));
        assert_eq!(preload.retry(), [""; 0]);
        assert_eq!(preload.poll_settled(), None, "a reconnect alone is no news");
    }

    #[test]
    fn a_scene_that_was_passed_over_leaves_nothing_behind() {
        let mut preload = Preload::default();
        let _ = preload.announce(&scene(4, "never shown", &[], 9));
        let last = scene(5, "floor", &[], 9);
        let _ = preload.announce(&last);
        let _ = preload.activate(&last);
        assert!(!preload.needs("never shown"));
        preload.finished("never shown", Err("too late".into()));
        preload.finished("floor", Ok(()));
        assert_eq!(preload.poll_settled(), Some(Settled { scene: 5, outcome: Ok(()) }));
    }
}
