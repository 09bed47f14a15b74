//! Taking a release back that failed in a room, without an operator.
//!
//! The room itself has already gone on with something else in the same tick. What is left to do: never trust the
//! release again, and bring every other room to the best earlier one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use sim::{RulesError, Tick};
use tokio::sync::Notify;

use super::{LoadedRelease, Releases, store};
use crate::storage::{RunTimeFault, StoreError};

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
    async fn take_back(&self, number: u32, fault: RunTimeFault) {
        let _one_at_a_time = self.inner.change.lock().await;
        match self.inner.store.roll_back(number, fault).await {
            Ok(true) => {}
            // Another room was faster, or the rules are not in the history (safe mode).
            Ok(false) => return,
            // The rooms are brought to better rules all the same.
            Err(error) => tracing::error!(release = number, "the roll-back could not be stored: {error}"),
        }
        let failed = self.rules().filter(|live| live.info.number == number);
        if let Some(failed) = failed {
            self.replace(&failed).await;
        } else {
            tracing::warn!(release = number, "a release that is not in force any more was taken back");
        }
        self.changed();
    }

    /// Brings every room to the best earlier rules.
    async fn replace(&self, failed: &LoadedRelease) {
        let number = failed.info.number;
        let next = match self.best_but(failed).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!("earlier releases could not be loaded: {error}");
                let before = self.current().before.clone();
                before.filter(|before| before.info.hash != failed.info.hash)
            }
        };
        self.set_rules(next.clone());
        let noted = match &next {
            Some(next) => {
                let why = format!("instead of release {number}, which failed");
                tracing::warn!(
                    release = next.info.number,
                    "every room goes back to an earlier release, {why}"
                );
                if let Some(fleet) = self.inner.fleet.get() {
                    fleet.switch_rules(Arc::clone(next), fleet.tick());
                }
                self.inner.store.make_live(next.info.number, why).await
            }
            None => {
                tracing::error!(release = number, "no earlier release can be trusted: native rules");
                let why = "no earlier release can be trusted".to_owned();
                self.inner.store.add_audit("server", "safe_mode", Some(number), why).await
            }
        };
        if let Err(error) = noted {
            tracing::error!("the switch to earlier rules could not be stored: {error}");
        }
    }

    async fn best_but(&self, failed: &LoadedRelease) -> Result<Option<Arc<LoadedRelease>>, StoreError> {
        let candidates = self.inner.store.good_rules().await?;
        let mut others = candidates.into_iter().filter(|other| {
            other.number != failed.info.number && other.hash.as_ref() != Some(&failed.info.hash)
        });
        let best = store::first_good(&self.inner.store, &self.inner.checker, &mut others).await?;
        Ok(best.map(|(release, _)| release))
    }
}
