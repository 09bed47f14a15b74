//! How clients take releases: how many have one, how many switched, how many could not, and how long it took.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use protocol::{UpdateStage, limits};
use serde::{Deserialize, Serialize};
use sim::PlayerId;
use tokio::sync::Notify;

use super::Releases;
use crate::storage::{Store, StoreError};

/// So many releases are counted; acks for older ones come too late to matter.
const MAX_RELEASES: usize = 32;
/// So many players are told apart for one release.
const MAX_PLAYERS: usize = 16_384;
/// So many error texts are kept of one release.
const MAX_ERRORS: usize = 20;
/// A client that claims more than ten minutes is not believed.
const MAX_MS: f32 = 600_000.0;
/// At most so often are new counts stored.
const SAVE_EVERY: Duration = Duration::from_secs(1);

/// How clients took one release.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AckSummary {
    /// Players that received, verified and compiled it.
    pub armed: u32,
    /// Players that switched to it.
    pub active: u32,
    /// Players that could not.
    pub failed: u32,
    /// Median time from the announcement to the first good ack of a player, milliseconds.
    pub p50_ms: Option<f32>,
    /// The same for the slowest in a hundred.
    pub p99_ms: Option<f32>,
    /// Some of what went wrong, oldest first.
    pub errors: Vec<AckError>,
}

/// What went wrong at one client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AckError {
    /// Whose client.
    pub player: PlayerId,
    /// In its words.
    pub error: String,
}

impl AckSummary {
    /// Reads what [`Adoption::save`] wrote; anything else counts as nothing.
    pub(super) fn read(stored: Option<&str>) -> Self {
        stored.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }
}

/// The counts of recent releases.
pub(super) struct Adoption {
    state: Mutex<State>,
    dirty: Notify,
}

#[derive(Default)]
struct State {
    tallies: BTreeMap<u32, Tally>,
    unsaved: BTreeSet<u32>,
    /// Acks for which there was no place.
    dropped: u64,
}

/// The counts of one release.
#[derive(Default)]
struct Tally {
    /// What was counted before the server was started.
    before: AckSummary,
    players: BTreeMap<PlayerId, PlayerAck>,
    errors: Vec<AckError>,
}

/// How far one player is.
#[derive(Clone, Copy, Default)]
struct PlayerAck {
    armed: bool,
    active: bool,
    failed: bool,
    /// Milliseconds until the first good ack.
    first_ms: Option<f32>,
}

impl Adoption {
    /// Begins with what is stored of the newest releases.
    pub(super) async fn load(store: &Store) -> Result<Self, StoreError> {
        let newest = store.releases(u32::MAX, MAX_RELEASES as u32).await?;
        let tally =
            |acks: Option<String>| Tally { before: AckSummary::read(acks.as_deref()), ..Tally::default() };
        let tallies = newest.into_iter().map(|release| (release.number, tally(release.acks))).collect();
        Ok(Self { state: Mutex::new(State { tallies, ..State::default() }), dirty: Notify::new() })
    }

    /// Counts for a new release; the oldest one is no longer counted.
    pub(super) fn begin(&self, release: u32) {
        let mut state = self.state();
        state.tallies.entry(release).or_default();
        while state.tallies.len() > MAX_RELEASES {
            state.tallies.pop_first();
        }
    }

    /// Counts an ack; `false` when it changes nothing.
    pub(super) fn record(
        &self,
        player: PlayerId,
        release: u32,
        ok: bool,
        error: Option<String>,
        ms: f32,
        stage: UpdateStage,
    ) -> bool {
        let mut state = self.state();
        let state = &mut *state;
        let Some(tally) = state.tallies.get_mut(&release) else { return false };
        if tally.players.len() >= MAX_PLAYERS && !tally.players.contains_key(&player) {
            state.dropped += 1;
            if state.dropped.is_power_of_two() {
                tracing::warn!(release, dropped = state.dropped, "too many acks");
            }
            return false;
        }
        let ack = tally.players.entry(player).or_default();
        if ok {
            ack.failed = false;
            ack.armed = true;
            ack.active |= stage == UpdateStage::Active;
            ack.first_ms.get_or_insert(if ms.is_finite() { ms.clamp(0.0, MAX_MS) } else { MAX_MS });
        } else {
            let first = !std::mem::replace(&mut ack.failed, true);
            if first && tally.errors.len() < MAX_ERRORS {
                let error = error.unwrap_or_else(|| "no reason given".into());
                let error = limits::clean_text(&error, limits::MAX_ACK_ERROR_CHARS);
                tally.errors.push(AckError { player, error });
            }
        }
        state.unsaved.insert(release);
        self.dirty.notify_one();
        true
    }

    /// The counts of a release; `None` for one that is too old.
    pub(super) fn summary(&self, release: u32) -> Option<AckSummary> {
        self.state().tallies.get(&release).map(Tally::summary)
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

impl Tally {
    fn summary(&self) -> AckSummary {
        let count = |is: fn(&PlayerAck) -> bool| self.players.values().filter(|ack| is(ack)).count() as u32;
        let mut times: Vec<f32> = self.players.values().filter_map(|ack| ack.first_ms).collect();
        times.sort_unstable_by(f32::total_cmp);
        let mut errors = self.before.errors.clone();
        errors.extend_from_slice(&self.errors);
        errors.truncate(MAX_ERRORS);
        AckSummary {
            armed: self.before.armed + count(|ack| ack.armed),
            active: self.before.active + count(|ack| ack.active),
            failed: self.before.failed + count(|ack| ack.failed),
            p50_ms: percentile(&times, 50).or(self.before.p50_ms),
            p99_ms: percentile(&times, 99).or(self.before.p99_ms),
            errors,
        }
    }
}

/// The smallest of `sorted` that at least `percent` of them do not exceed (nearest rank).
fn percentile(sorted: &[f32], percent: usize) -> Option<f32> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

/// Starts the task that stores new counts; it ends with the last handle to the releases.
pub(super) fn watch(releases: &Releases) {
    let adoption = Arc::clone(&releases.inner.adoption);
    let releases = Arc::downgrade(&releases.inner);
    tokio::spawn(async move {
        loop {
            adoption.dirty.notified().await;
            let Some(store) = releases.upgrade().map(|inner| inner.store.clone()) else { return };
            adoption.save(&store).await;
            drop(store);
            tokio::time::sleep(SAVE_EVERY).await;
        }
    });
}
