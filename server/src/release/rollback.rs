//! Taking a release back that failed in a room, without an operator.
//!
//! The room itself has already gone on with something else in the same tick. What is left to do: never trust the
//! release again, and bring every other room to the best earlier one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use sim::{RulesError, Tick};
use tokio::sync::Notify;

use super::{LoadedRelease, Releases, store};
use crate::storage::{ReleaseState, RunTimeFault, StoreError};

/// Failures that were reported but not dealt with. None is ever dropped: there is one place for each release, and only
/// the first failure of a release matters.
#[derive(Default)]
pub(super) struct Failures {
    waiting: Mutex<BTreeMap<u32, RunTimeFault>>,
    added: Notify,
}

impl Failures {
    pub(super) fn add(&self, room: u32, release: u32, tick: Tick, error: &RulesError) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.entry(release).or_insert_with(|| RunTimeFault {
            message: format!("{}: {} (room {room}, tick {tick})", error.hook, error.message),
            line: error.line,
            column: error.column,
        });
        self.added.notify_one();
    }

    fn take(&self) -> Option<(u32, RunTimeFault)> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_first()
    }

    /// Lets the task look whether it is still needed.
    pub(super) fn wake(&self) {
        self.added.notify_one();
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
        let failed = self.rules().filter(|live| live.info.number == number);
        let next = match &failed {
            Some(failed) => self.replace(failed).await,
            None => {
                tracing::warn!(release = number, "a release that is not in force any more was taken back");
                None
            }
        };
        if let Err(error) = self.note(number, fault, failed.is_some(), next).await {
            tracing::error!(release = number, "the roll-back could not be stored: {error}");
        }
        self.changed();
    }

    /// Brings every room to the best earlier rules and returns them; `None` is safe mode.
    async fn replace(&self, failed: &LoadedRelease) -> Option<Arc<LoadedRelease>> {
        let number = failed.info.number;
        let next = match self.best_but(failed).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!("earlier releases could not be loaded: {error}");
                self.before(failed)
            }
        };
        {
            let mut current = self.current();
            current.rules = next.clone();
            current.before = None;
        }
        match (&next, self.inner.fleet.get()) {
            (Some(next), Some(fleet)) => {
                tracing::warn!(
                    failed = number,
                    release = next.info.number,
                    "every room goes back to an earlier release"
                );
                fleet.switch_rules(Arc::clone(next), fleet.tick());
            }
            (Some(_), None) => {}
            (None, _) => tracing::error!(failed = number, "no earlier release can be trusted: native rules"),
        }
        next
    }

    /// Stores what has happened.
    async fn note(
        &self,
        number: u32,
        fault: RunTimeFault,
        was_live: bool,
        next: Option<Arc<LoadedRelease>>,
    ) -> Result<(), StoreError> {
        let store = &self.inner.store;
        store.roll_back(number, fault).await?;
        match next {
            Some(next) => {
                let why = format!("instead of release {number}, which failed");
                store.make_live(next.info.number, why).await
            }
            None if was_live => {
                let why = "no earlier release can be trusted".to_owned();
                store.add_audit("server", "safe_mode", Some(number), why).await
            }
            None => Ok(()),
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
        self.current().before.clone().filter(|before| before.info.hash != failed.info.hash)
    }
}
