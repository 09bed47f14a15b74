//! One release's life, in this order: it is [checked](check), [stored](store), [published](publish), now or
//! [later](schedule), to every room or [step by step](rollout), or [taken back](rollback) when it fails there, and clients
//! say how they [took it](adoption). Which room plays what is the [plan].
//!
//! Rules and scenes are releases alike and count together. A release never changes: what is published again gets a new
//! number, and what failed stays in the history with its fault.

mod adoption;
pub mod cards;
mod check;
mod crowd;
pub mod image;
pub mod plan;
mod publish;
pub mod recordings;
pub mod reencode;
mod rehearse;
mod rollback;
pub mod rollout;
mod scene;
mod schedule;
mod store;
mod tally;

#[cfg(test)]
mod rollout_tests;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use hotlogic::{RhaiRules, ScriptError};
use protocol::{ReleaseInfo, SceneInfo, UpdateStage};
use sim::{PlayerId, RulesError, Tick};
use tokio::sync::watch;

use crate::room::SessionId;
use crate::session::agent::Agent;
use crate::storage::{Store, StoreError};

pub use cards::{CardFailure, CardStatus, DealtCard};
pub use plan::{Canary, Plan, Reach};
pub use publish::{Draft, MAX_NOTE_CHARS, MAX_VERSION_CHARS, Origin, PublishError, Published};
pub use rollout::{RolloutStatus, ScheduleStatus, Terms};
pub use scene::{ImageChange, ImageSource, PublishedScene, SceneChange};

pub use tally::{AckError, AckSummary, AdoptionStatus};

use adoption::{Ack, Adoption};
use check::Checker;
use recordings::Recordings;
use rehearse::Stage;
use rollback::Failures;
use schedule::Agenda;

/// Images of so many scenes stay when nothing else is said.
pub const DEFAULT_KEEP_SCENES: u32 = 50;

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

impl std::fmt::Debug for LoadedRelease {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoadedRelease").field("info", &self.info).finish_non_exhaustive()
    }
}

/// What rooms play when the server starts.
#[derive(Clone)]
pub struct Live {
    /// The rules in force.
    pub release: Arc<LoadedRelease>,
    /// The best earlier rules, should those fail.
    pub fallback: Option<Arc<LoadedRelease>>,
    /// What some rooms play in its place.
    pub canary: Option<Canary>,
    /// The scene in force.
    pub scene: SceneInfo,
}

impl Live {
    /// The same as a plan.
    #[must_use]
    pub fn plan(&self) -> Plan {
        let (base, before) = (Some(Arc::clone(&self.release)), self.fallback.clone());
        Plan { base, before, canary: self.canary.clone() }
    }
}

/// When rooms take up a new plan, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switch {
    /// The first tick with it; a past one means the next.
    pub activate: Tick,
    /// Content hash of a script that no room falls back to any more.
    pub distrust: Option<String>,
    /// Nobody asked for it: the server takes something back. Rooms in safe mode stay there.
    pub automatic: bool,
}

impl Switch {
    /// An operator wants it.
    #[must_use]
    pub fn by_hand(activate: Tick) -> Self {
        Self { activate, distrust: None, automatic: false }
    }
}

/// What releases need of the rooms.
pub trait Fleet: Send + Sync + 'static {
    /// The newest tick.
    fn tick(&self) -> Tick;
    /// Ticks per second.
    fn tick_rate(&self) -> u32;
    /// The open rooms.
    fn rooms(&self) -> Vec<u32>;
    /// Every room, also later ones, plays what `plan` says; the players of those that change are told.
    fn switch_rules(&self, plan: Plan, switch: Switch);
    /// Every room, also later ones, has `scene` from `activate` on; players are told.
    fn switch_scene(&self, scene: SceneInfo, activate: Tick);
    /// Other cards may be played from now on: rooms ask anew for the next vote.
    fn cards_changed(&self) {}
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
    /// Images of so many scenes stay.
    keep_scenes: AtomicU32,
    checker: Checker,
    /// What checks and rehearsals play.
    recordings: Arc<Recordings>,
    stage: Stage,
    fleet: OnceLock<Arc<dyn Fleet>>,
    /// Held while something is published or taken back: one change at a time.
    change: tokio::sync::Mutex<()>,
    current: Mutex<Current>,
    adoption: Arc<Adoption>,
    failures: Arc<Failures>,
    agenda: Arc<Agenda>,
    cards: cards::Cards,
    /// Counts up whenever the list of releases reads differently.
    changes: watch::Sender<u64>,
}

/// What is in force now, or will be in a moment.
struct Current {
    plan: Plan,
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
        let recordings = Arc::<Recordings>::default();
        let checker = Checker::new(Arc::clone(&recordings));
        let live = store::load_live(&store, &checker).await?;
        cards::ship(&store).await?;
        let adoption = Arc::new(Adoption::load(&store).await?);
        let failures = Arc::new(Failures::default());
        let current = Current { plan: live.plan(), scene: live.scene.clone() };
        adoption.plan(live.plan());
        let releases = Self {
            inner: Arc::new(Inner {
                store,
                lead_ticks,
                keep_scenes: AtomicU32::new(DEFAULT_KEEP_SCENES),
                checker,
                recordings,
                stage: Stage::default(),
                fleet: OnceLock::new(),
                change: tokio::sync::Mutex::new(()),
                current: Mutex::new(current),
                adoption,
                failures,
                agenda: Arc::default(),
                cards: cards::Cards::default(),
                changes: watch::Sender::new(0),
            }),
        };
        rollback::watch(&releases);
        adoption::watch(&releases);
        schedule::watch(&releases);
        Ok((releases, live))
    }

    /// From now on `fleet` is told. Only the first call counts.
    pub fn attach(&self, fleet: impl Fleet) {
        if self.inner.fleet.set(Arc::new(fleet)).is_err() {
            tracing::warn!("the releases have rooms already");
        }
        self.inner.agenda.changed.notify_one();
    }

    /// More than so many per cent of the clients that fail bring a release down; 0 never does.
    pub fn set_max_failing(&self, percent: u32) {
        self.inner.adoption.set_max_failing(percent);
    }

    /// From now on only the images of the newest `scenes` scenes stay; those of the live one always do. What is too old
    /// now goes at once.
    pub fn set_keep_scenes(&self, scenes: u32) {
        self.inner.keep_scenes.store(scenes, Ordering::Relaxed);
        self.collect_soon();
    }

    /// A player's connection was let in to a room.
    pub fn arrived(&self, player: PlayerId, session: SessionId, room: u32, agent: Agent) {
        self.inner.adoption.arrived(player, session, room, agent);
    }

    /// A player's connection has ended.
    pub fn left(&self, player: PlayerId, session: SessionId) {
        self.inner.adoption.left(player, session);
    }

    /// How those who are connected now take the canary, or else the live rules; `None` in safe mode.
    #[must_use]
    pub fn adoption(&self) -> Option<AdoptionStatus> {
        self.inner.adoption.status()
    }

    /// Takes a report. Never waits: acks are counted at once, failures are dealt with by a task.
    pub fn report(&self, report: ReleaseReport) {
        match report {
            ReleaseReport::Ack { player, release, ok, error, ms, stage } => {
                let ack = Ack { player, release, ok, error, ms, stage };
                let recorded = self.inner.adoption.record(Instant::now(), ack);
                if let Some(fault) = recorded.fault {
                    tracing::warn!(release, "{}", fault.message);
                    self.inner.failures.add_fault(release, fault);
                }
                if recorded.first_active {
                    self.inner.agenda.changed.notify_one();
                }
                if recorded.changed {
                    self.changed();
                }
            }
            ReleaseReport::Failed { room, release, tick, error, fell_back_to } => {
                tracing::warn!(room, release, %tick, fell_back_to, "rules failed: {error}");
                self.inner.failures.add(room, release, tick, &error, fell_back_to == 0);
            }
        }
    }

    /// The rules in force; `None` in safe mode, when the rooms run the native rules.
    #[must_use]
    pub fn rules(&self) -> Option<Arc<LoadedRelease>> {
        self.current().plan.base.clone()
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

    /// The same, and what is due may be something else now.
    fn stir(&self) {
        self.changed();
        self.inner.agenda.changed.notify_one();
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
        self.agenda.changed.notify_one();
    }
}
