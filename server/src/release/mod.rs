//! One release's life, in this order: it is [checked](check), [stored](store), [published](publish) to every room, or
//! [taken back](rollback) when it fails there, and clients say how they [took it](adoption).
//!
//! Rules and scenes are releases alike and count together. A release never changes: what is published again gets a new
//! number, and what failed stays in the history with its fault.

pub mod adoption;
mod check;
pub mod image;
mod publish;
mod rollback;
mod scene;
mod store;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use hotlogic::{RhaiRules, ScriptError};
use protocol::{ReleaseInfo, SceneInfo, UpdateStage};
use sim::{PlayerId, RulesError, Tick};
use tokio::sync::watch;

use crate::storage::{Store, StoreError};

pub use adoption::AckSummary;
pub use publish::{MAX_NOTE_CHARS, MAX_VERSION_CHARS, Origin, PublishError, Published};
pub use scene::{ImageChange, PublishedScene};

use adoption::Adoption;
use check::Checker;
use rollback::Failures;

/// Rules that passed the check, compiled.
#[derive(Clone)]
pub struct LoadedRelease {
    /// What players are told.
    pub info: ReleaseInfo,
    /// Ready to run; each room clones it.
    pub rules: RhaiRules,
    /// The source text.
    pub script: Arc<str>,
}

/// What rooms play when the server starts.
#[derive(Clone)]
pub struct Live {
    /// The rules in force.
    pub release: Arc<LoadedRelease>,
    /// The best earlier rules, should those fail.
    pub fallback: Option<Arc<LoadedRelease>>,
    /// The scene in force.
    pub scene: SceneInfo,
}

/// What releases need of the rooms.
pub trait Fleet: Send + Sync + 'static {
    /// The newest tick.
    fn tick(&self) -> Tick;
    /// Ticks per second.
    fn tick_rate(&self) -> u32;
    /// Every room, also later ones, plays `release` from `activate` on; players are told.
    fn switch_rules(&self, release: Arc<LoadedRelease>, activate: Tick);
    /// Every room, also later ones, has `scene` from `activate` on; players are told.
    fn switch_scene(&self, scene: SceneInfo, activate: Tick);
}

/// What rooms and players have to say of a release.
#[derive(Clone, Debug)]
pub enum ReleaseReport {
    /// A client got it, switched to it, or could not.
    Ack {
        /// Whose client.
        player: PlayerId,
        /// Number of the release.
        release: u32,
        /// It went well.
        ok: bool,
        /// Why not.
        error: Option<String>,
        /// Milliseconds since the client heard of the release.
        ms: f32,
        /// What was reached.
        stage: UpdateStage,
    },
    /// Its rules failed in a room, which plays something else since.
    Failed {
        /// Number of the room.
        room: u32,
        /// Number of the release.
        release: u32,
        /// The tick at which it failed.
        tick: Tick,
        /// How.
        error: RulesError,
        /// What the room plays since; 0 is the native rules.
        fell_back_to: u32,
    },
}

/// Why the releases could not be loaded at the start.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The rules that are built into the server do not compile: the build is broken.
    #[error("the built-in rules do not compile: {0}")]
    BuiltIn(ScriptError),
}

/// A handle to all releases; clones are the same.
#[derive(Clone)]
pub struct Releases {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    /// Ticks from the announcement of a release to its first tick.
    lead_ticks: u32,
    checker: Checker,
    fleet: OnceLock<Arc<dyn Fleet>>,
    /// Held while something is published or taken back: one change at a time.
    change: tokio::sync::Mutex<()>,
    current: Mutex<Current>,
    adoption: Arc<Adoption>,
    failures: Arc<Failures>,
    /// Counts up whenever the list of releases reads differently.
    changes: watch::Sender<u64>,
}

/// What is in force now, or will be in a moment.
struct Current {
    /// `None` in safe mode: the rooms run the native rules.
    rules: Option<Arc<LoadedRelease>>,
    /// What was in force before: at hand when those fail, also when the database is not.
    before: Option<Arc<LoadedRelease>>,
    scene: SceneInfo,
}

impl Releases {
    /// Finds what to play: the newest release that can be trusted, checked as strictly as when it was published. On
    /// the first start, or when nothing can be trusted, the built-in rules are published. A release is announced
    /// `lead_ticks` before its first tick.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(store: Store, lead_ticks: u32) -> Result<(Self, Live), LoadError> {
        let checker = Checker::default();
        let live = store::load_live(&store, &checker).await?;
        let adoption = Arc::new(Adoption::load(&store).await?);
        let failures = Arc::new(Failures::default());
        let current = Current {
            rules: Some(Arc::clone(&live.release)),
            before: live.fallback.clone(),
            scene: live.scene.clone(),
        };
        let releases = Self {
            inner: Arc::new(Inner {
                store,
                lead_ticks,
                checker,
                fleet: OnceLock::new(),
                change: tokio::sync::Mutex::new(()),
                current: Mutex::new(current),
                adoption,
                failures,
                changes: watch::Sender::new(0),
            }),
        };
        rollback::watch(&releases);
        adoption::watch(&releases);
        Ok((releases, live))
    }

    /// From now on `fleet` is told. Only the first call counts.
    pub fn attach(&self, fleet: impl Fleet) {
        if self.inner.fleet.set(Arc::new(fleet)).is_err() {
            tracing::warn!("the releases have rooms already");
        }
    }

    /// Takes a report. Never waits: acks are counted at once, failures are dealt with by a task.
    pub fn report(&self, report: ReleaseReport) {
        match report {
            ReleaseReport::Ack { player, release, ok, error, ms, stage } => {
                if self.inner.adoption.record(player, release, ok, error, ms, stage) {
                    self.changed();
                }
            }
            ReleaseReport::Failed { room, release, tick, error, fell_back_to } => {
                tracing::warn!(room, release, %tick, fell_back_to, "rules failed: {error}");
                self.inner.failures.add(room, release, tick, &error);
            }
        }
    }

    /// The rules in force; `None` in safe mode, when the rooms run the native rules.
    #[must_use]
    pub fn rules(&self) -> Option<Arc<LoadedRelease>> {
        self.current().rules.clone()
    }

    /// The scene in force.
    #[must_use]
    pub fn scene(&self) -> SceneInfo {
        self.current().scene.clone()
    }

    /// How clients took a release; `stored` is what its row has of an earlier run of the server.
    #[must_use]
    pub fn acks(&self, release: u32, stored: Option<&str>) -> AckSummary {
        self.inner.adoption.summary(release).unwrap_or_else(|| AckSummary::read(stored))
    }

    /// Wakes up whenever the list of releases reads differently.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.inner.changes.subscribe()
    }

    /// Stores the acks that were counted but not stored yet; otherwise that happens within a second.
    pub async fn flush(&self) {
        self.inner.adoption.save(&self.inner.store).await;
    }

    fn changed(&self) {
        self.inner.changes.send_modify(|count| *count += 1);
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        // Whoever holds this lock only assigns; a poisoned state is a whole one.
        self.inner.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.failures.wake();
        self.adoption.wake();
    }
}
