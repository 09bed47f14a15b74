//! How clients take releases: how many fetched one, have it ready, switched to it, or could not, and how long it took.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use protocol::UpdateStage;
use sim::PlayerId;
use tokio::sync::Notify;

use super::Releases;
use super::crowd::Crowd;
use super::plan::{Plan, Reach};
use super::tally::{AckSummary, AdoptionStatus, Tally};
use crate::room::SessionId;
use crate::session::agent::Agent;
use crate::storage::{RunTimeFault, Store, StoreError};

/// So many releases are counted; acks for older ones come too late to matter.
const MAX_RELEASES: usize = 32;
/// At most so often a point is added to the chart.
const SAMPLE_EVERY: Duration = Duration::from_millis(250);
/// New counts are stored after so many points.
const SAMPLES_PER_SAVE: u32 = 4;
/// Fewer clients than this never bring a release down: their reports cannot be verified.
const MIN_FAILING: usize = 3;
/// More than so many per cent of the clients, unless an operator sets another share.
pub(super) const DEFAULT_MAX_FAILING: u32 = 25;

/// What a client says about a release.
#[derive(Clone, Debug)]
pub(super) struct Ack {
    pub(super) player: PlayerId,
    pub(super) release: u32,
    pub(super) ok: bool,
    pub(super) error: Option<String>,
    /// Milliseconds since the client heard of it, in its own words.
    pub(super) ms: f32,
    pub(super) stage: UpdateStage,
}

/// What an ack changes.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    /// Something.
    pub(super) changed: bool,
    /// Somebody plays it for the first time.
    pub(super) first_active: bool,
    /// Too many clients cannot play it.
    pub(super) fault: Option<RunTimeFault>,
}

/// The counts of recent releases.
pub(super) struct Adoption {
    state: Mutex<State>,
    dirty: Notify,
    /// More than so many per cent of failing clients bring a release down; 0 never does.
    max_failing: AtomicU32,
}

#[derive(Default)]
struct State {
    crowd: Crowd,
    tallies: BTreeMap<u32, Tally>,
    unsaved: BTreeSet<u32>,
    /// Acks for which there was no place.
    dropped: u64,
}

impl Adoption {
    /// Begins with what is stored of the newest releases.
    pub(super) async fn load(store: &Store) -> Result<Self, StoreError> {
        let newest = store.releases(u32::MAX, MAX_RELEASES as u32).await?;
        let tally = |acks: Option<String>| Tally::after(AckSummary::read(acks.as_deref()));
        let tallies = newest.into_iter().map(|release| (release.number, tally(release.acks))).collect();
        let state = Mutex::new(State { tallies, ..State::default() });
        Ok(Self { state, dirty: Notify::new(), max_failing: AtomicU32::new(DEFAULT_MAX_FAILING) })
    }

    pub(super) fn set_max_failing(&self, percent: u32) {
        self.max_failing.store(percent, Ordering::Relaxed);
    }

    /// Counts for a new release; the oldest one is no longer counted.
    pub(super) fn begin(&self, release: u32) {
        let mut state = self.state();
        state.tallies.entry(release).or_default();
        while state.tallies.len() > MAX_RELEASES {
            state.tallies.pop_first();
        }
    }

    /// Rooms hear of a release now.
    pub(super) fn told(&self, release: u32, reach: Reach) {
        let mut state = self.state();
        let State { crowd, tallies, .. } = &mut *state;
        if let Some(tally) = tallies.get_mut(&release) {
            tally.told(reach, Instant::now());
            tally.sample(crowd.of(release), Instant::now());
        }
    }

    /// Rooms play this from now on.
    pub(super) fn plan(&self, plan: Plan) {
        self.state().crowd.plan = plan;
    }

    pub(super) fn arrived(&self, player: PlayerId, session: SessionId, room: u32, agent: Agent) {
        self.state().crowd.arrived(player, session, room, agent, Instant::now());
    }

    pub(super) fn left(&self, player: PlayerId, session: SessionId) {
        self.state().crowd.left(player, session);
    }

    /// Counts an ack that came at `now`.
    pub(super) fn record(&self, now: Instant, ack: Ack) -> Recorded {
        let mut state = self.state();
        let State { crowd, tallies, unsaved, dropped } = &mut *state;
        let release = ack.release;
        let Some(tally) = tallies.get_mut(&release) else { return Recorded::default() };
        let (failed, first) = (!ack.ok, tally.first_active_ms().is_none());
        if !tally.record(crowd.get(ack.player), now, ack) {
            *dropped += 1;
            if dropped.is_power_of_two() {
                tracing::warn!(release, dropped = *dropped, "too many acks");
            }
            return Recorded::default();
        }
        let fault = failed.then(|| self.fault(tally, crowd, release)).flatten();
        unsaved.insert(release);
        self.dirty.notify_one();
        Recorded { changed: true, first_active: first && tally.first_active_ms().is_some(), fault }
    }

    /// Why the release must go, the first time that too many of those who should play it cannot.
    fn fault(&self, tally: &mut Tally, crowd: &Crowd, release: u32) -> Option<RunTimeFault> {
        let most = self.max_failing.load(Ordering::Relaxed) as usize;
        let (expected, failed) = tally.failing(crowd.of(release));
        if most == 0 || failed < MIN_FAILING || failed * 100 <= expected * most || tally.condemn() {
            return None;
        }
        let error = tally.newest_error();
        let message = format!("{failed} of {expected} clients cannot play it: {error}");
        Some(RunTimeFault { message, line: None, column: None })
    }

    /// The counts of a release; `None` for one that is too old.
    pub(super) fn summary(&self, release: u32) -> Option<AckSummary> {
        self.state().tallies.get(&release).map(Tally::summary)
    }

    /// How those who are connected now take the canary, or else the live rules.
    pub(super) fn status(&self) -> Option<AdoptionStatus> {
        let state = self.state();
        let plan = &state.crowd.plan;
        let watched = plan.canary.as_ref().map(|canary| &canary.release).or(plan.base.as_ref())?;
        let number = watched.info.number;
        let tally = state.tallies.get(&number)?;
        Some(tally.status(&watched.info, state.crowd.of(number)))
    }

    /// When the first client switched, milliseconds since 1970.
    pub(super) fn first_active_ms(&self, release: u32) -> Option<u64> {
        self.state().tallies.get(&release)?.first_active_ms()
    }

    /// Adds a point to the charts of what has changed.
    fn sample(&self) {
        let mut state = self.state();
        let State { crowd, tallies, unsaved, .. } = &mut *state;
        for release in unsaved.iter() {
            if let Some(tally) = tallies.get_mut(release) {
                tally.sample(crowd.of(*release), Instant::now());
            }
        }
    }

    /// Stores what has changed.
    pub(super) async fn save(&self, store: &Store) {
        let summaries = {
            let mut state = self.state();
            let unsaved = std::mem::take(&mut state.unsaved);
            let text = |number| serde_json::to_string(&state.tallies.get(number)?.summary()).ok();
            unsaved.iter().filter_map(|number| Some((*number, text(number)?))).collect::<Vec<_>>()
        };
        if summaries.is_empty() {
            return;
        }
        match store.save_acks(summaries).await {
            Ok(()) | Err(StoreError::Closed) => {}
            Err(error) => tracing::error!("acks could not be stored: {error}"),
        }
    }

    /// Lets the task look whether it is still needed.
    pub(super) fn wake(&self) {
        self.dirty.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts the task that draws the charts and stores new counts; it ends with the last handle to the releases.
pub(super) fn watch(releases: &Releases) {
    let adoption = Arc::clone(&releases.inner.adoption);
    let releases = Arc::downgrade(&releases.inner);
    tokio::spawn(async move {
        loop {
            adoption.dirty.notified().await;
            for _ in 0..SAMPLES_PER_SAVE {
                adoption.sample();
                let Some(inner) = releases.upgrade() else { return };
                Releases { inner }.changed();
                tokio::time::sleep(SAMPLE_EVERY).await;
            }
            let Some(store) = releases.upgrade().map(|inner| inner.store.clone()) else { return };
            adoption.save(&store).await;
        }
    });
}
