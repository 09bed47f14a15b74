//! Taking a release back that failed, without an operator.
//!
//! A room whose rules failed has already gone on with its last good ones in the same tick. What is left to do: never trust
//! the release again, and bring the others to something better. For a canary those are the live rules. In place of the
//! live rules the best earlier script becomes a new release, so that the history only ever grows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sim::{RulesError, Tick};
use tokio::sync::Notify;

use super::plan::Reach;
use super::{LoadedRelease, Releases, Switch, store};
use crate::storage::{ReleaseState, RunTimeFault, StoreError};

/// Failures that were reported but not dealt with. None is ever dropped: there is one place for each release, and only
/// the first failure of a release matters.
#[derive(Default)]
pub(super) struct Failures {
    waiting: Mutex<Waiting>,
    added: Notify,
}

#[derive(Default)]
struct Waiting {
    faults: BTreeMap<u32, RunTimeFault>,
    /// Rooms that play the native rules since a release failed there.
    safe: BTreeSet<(u32, u32)>,
}

impl Failures {
    /// Rules failed while they ran.
    pub(super) fn add(&self, room: u32, release: u32, tick: Tick, error: &RulesError, safe_mode: bool) {
        let fault = RunTimeFault {
            message: format!("{}: {} (room {room}, tick {tick})", error.hook, error.message),
            line: error.line,
            column: error.column,
        };
        if safe_mode {
            self.waiting().safe.insert((room, release));
        }
        self.add_fault(release, fault);
    }

    /// A release must go.
    pub(super) fn add_fault(&self, release: u32, fault: RunTimeFault) {
        self.waiting().faults.entry(release).or_insert(fault);
        self.added.notify_one();
    }

    fn take(&self) -> Option<(u32, RunTimeFault)> {
        self.waiting().faults.pop_first()
    }

    fn take_safe(&self) -> Option<(u32, u32)> {
        self.waiting().safe.pop_first()
    }

    /// Lets the task look whether it is still needed.
    pub(super) fn wake(&self) {
        self.added.notify_one();
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts the task that deals with failures; it ends with the last handle to the releases.
pub(super) fn watch(releases: &Releases) {
    let failures = Arc::clone(&releases.inner.failures);
    let releases = Arc::downgrade(&releases.inner);
    tokio::spawn(async move {
        loop {
            failures.added.notified().await;
            let Some(inner) = releases.upgrade() else { return };
            let releases = Releases { inner };
            while let Some((room, release)) = failures.take_safe() {
                releases.note_safe_mode(release, format!("room {room} plays the native rules")).await;
            }
            while let Some((number, fault)) = failures.take() {
                releases.take_back(number, fault).await;
            }
        }
    });
}

impl Releases {
    /// The rooms come first: whoever reads that a release was taken back finds better rules in force already.
    async fn take_back(&self, number: u32, fault: RunTimeFault) {
        let _one_at_a_time = self.inner.change.lock().await;
        match self.inner.store.release(number).await {
            Ok(Some(record)) if record.state != ReleaseState::RolledBack => {}
            // Another room was faster, or the rules are not in the history (safe mode).
            Ok(_) => return,
            // The rooms are brought to better rules all the same.
            Err(error) => tracing::error!(release = number, "the release could not be looked up: {error}"),
        }
        let canary = self.current().plan.canary_is(number).cloned();
        let live = self.rules().filter(|live| live.info.number == number);
        if let Some(canary) = canary {
            tracing::warn!(release = number, "the canary failed: its rooms go back to the live rules");
            self.change_plan(self.instead_of(&canary.release), |plan| plan.canary = None);
        } else if let Some(live) = live {
            self.replace(&live, &fault).await;
        } else {
            tracing::warn!(release = number, "a release that is not in force any more was taken back");
        }
        if let Err(error) = self.inner.store.roll_back(number, fault).await {
            tracing::error!(release = number, "the roll-back could not be stored: {error}");
        }
        self.stir();
    }

    /// Brings every room that played the live rules to the best earlier ones, or to the native ones: safe mode.
    async fn replace(&self, failed: &LoadedRelease, fault: &RunTimeFault) {
        let number = failed.info.number;
        let best = match self.best_but(failed).await {
            Ok(best) => best,
            Err(error) => {
                tracing::error!("earlier releases could not be loaded: {error}");
                self.before(failed)
            }
        };
        let next = match best {
            Some(best) => Some(self.as_new_release(best, number, fault).await),
            None => None,
        };
        match &next {
            Some(next) => {
                tracing::warn!(failed = number, release = next.info.number, "an earlier script is live again")
            }
            None => tracing::error!(failed = number, "no earlier release can be trusted: native rules"),
        }
        let release = next.as_ref().map(|next| next.info.number);
        self.change_plan(self.instead_of(failed), |plan| (plan.base, plan.before) = (next, None));
        match release {
            Some(release) => self.inner.adoption.told(release, Reach::ALL),
            None => self.note_safe_mode(number, "no earlier release can be trusted".to_owned()).await,
        }
    }

    /// What is not on disk is not told: when it cannot be stored, rooms play it under its old number.
    async fn as_new_release(
        &self,
        best: Arc<LoadedRelease>,
        failed: u32,
        fault: &RunTimeFault,
    ) -> Arc<LoadedRelease> {
        let why = format!("release {failed} failed ({})", fault.message);
        match store::republish(&self.inner.store, &best, why).await {
            Ok(next) => {
                self.inner.adoption.begin(next.info.number);
                next
            }
            Err(error) => {
                tracing::error!("a roll-back could not be stored as a release: {error}");
                best
            }
        }
    }

    /// At once, in every room that is not in safe mode.
    fn instead_of(&self, failed: &LoadedRelease) -> Switch {
        let activate = self.inner.fleet.get().map_or(Tick(0), |fleet| fleet.tick());
        Switch { activate, distrust: Some(failed.info.hash.clone()), automatic: true }
    }

    async fn note_safe_mode(&self, release: u32, why: String) {
        if let Err(error) = self.inner.store.add_audit("server", "safe_mode", Some(release), why).await {
            tracing::error!(release, "safe mode could not be noted: {error}");
        }
    }

    /// The best earlier rules. Those that were in force just before are still at hand; others are loaded and checked.
    async fn best_but(&self, failed: &LoadedRelease) -> Result<Option<Arc<LoadedRelease>>, StoreError> {
        let candidates = self.inner.store.good_rules().await?;
        let mut others = candidates
            .into_iter()
            .filter(|other| {
                other.number != failed.info.number && other.hash.as_ref() != Some(&failed.info.hash)
            })
            .peekable();
        if let (Some(best), Some(before)) = (others.peek(), self.before(failed))
            && best.number == before.info.number
        {
            return Ok(Some(before));
        }
        let best = store::first_good(&self.inner.store, &self.inner.checker, &mut others).await?;
        Ok(best.map(|(release, _)| release))
    }

    /// What was in force before, unless it is the same script.
    fn before(&self, failed: &LoadedRelease) -> Option<Arc<LoadedRelease>> {
        self.current().plan.before.clone().filter(|before| before.info.hash != failed.info.hash)
    }
}
