//! Rules that wait for their time, and the task that publishes them and widens what is well.
//!
//! A schedule is stored with its checked script; it becomes a release, with the next number, when its time has come. One
//! whose time passed while the server was down is published at the start, at once, and the log says how late.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

use super::plan::Reach;
use super::publish::{Draft, Label, Origin, Published, finish};
use super::rollout::Terms;
use super::{PublishError, Releases, store};
use crate::storage::{Author, NewSchedule, ScheduleRecord, ScheduleState, StoreError};
use crate::unix_ms;

/// Nobody plans further ahead, milliseconds: a year.
const MAX_AHEAD_MS: u64 = 366 * 24 * 3_600_000;
/// A time that is over by less than this is now, milliseconds: clocks differ.
const MAX_LATE_MS: u64 = 60_000;
/// Schedules that may wait.
const MAX_WAITING: usize = 100;
/// Longest nap, so that a clock that was set is noticed.
const NAP: Duration = Duration::from_secs(30);
/// How late a publication is before it is worth a word, milliseconds.
const WORTH_A_WORD_MS: u64 = 5_000;

/// What wakes the task.
#[derive(Default)]
pub(super) struct Agenda {
    pub(super) changed: Notify,
}

/// A schedule whose time has come; its release is stored only if it still waits then.
pub(super) struct Due {
    /// Its number.
    pub(super) schedule: u32,
    /// What is to be said of how it ended.
    pub(super) why: String,
}

/// Starts the task; it ends with the last handle to the releases.
pub(super) fn watch(releases: &Releases) {
    let agenda = Arc::clone(&releases.inner.agenda);
    let releases = Arc::downgrade(&releases.inner);
    tokio::spawn(async move {
        loop {
            let wait = {
                let Some(inner) = releases.upgrade() else { return };
                Releases { inner }.do_what_is_due().await
            };
            // Whether it is woken or the time is over: it looks.
            let _ = timeout(wait.min(NAP), agenda.changed.notified()).await;
        }
    });
}

impl Releases {
    /// Checks a script and publishes it at `at_ms`, milliseconds since 1970. Returns the number of the schedule.
    ///
    /// # Errors
    /// See [`PublishError`]; nothing is scheduled then.
    pub async fn schedule(&self, draft: Draft, terms: Terms, at_ms: u64) -> Result<u32, PublishError> {
        let now = unix_ms();
        if at_ms + MAX_LATE_MS < now || at_ms > now + MAX_AHEAD_MS {
            return Err(PublishError::BadTime);
        }
        let label = Label::new(&draft.version, &draft.note)?;
        self.check_origin(&draft.origin)?;
        self.check_terms(terms)?;
        let waiting = self.inner.store.schedules(0).await?.len();
        if waiting >= MAX_WAITING {
            return Err(PublishError::TooManySchedules);
        }
        let script: Arc<str> = draft.script.into();
        self.inner.checker.check(Arc::clone(&script)).await?;
        let (Label { version, note }, author) = (label, draft.origin.author);
        let terms = terms.reach.terms(terms.widen_after_ms());
        let wanted = NewSchedule { at_ms, version, note, author, terms };
        let id = self.inner.store.add_schedule(wanted, store::script_content(&script)).await?;
        self.stir();
        tracing::info!(schedule = id, at_ms, "rules scheduled");
        Ok(id)
    }

    /// Takes back what is scheduled.
    ///
    /// # Errors
    /// [`PublishError::NotWaiting`] when it does not wait (any more), or when the database fails.
    pub async fn cancel_schedule(&self, id: u32, who: Author) -> Result<(), PublishError> {
        let why = "by an operator".to_owned();
        let ended = self.inner.store.end_schedule(id, who, ScheduleState::Cancelled, why).await?;
        if !ended {
            return Err(PublishError::NotWaiting(id));
        }
        self.stir();
        Ok(())
    }

    /// Does what is due, and says how long nothing else will be.
    async fn do_what_is_due(&self) -> Duration {
        if self.inner.fleet.get().is_none() {
            return NAP;
        }
        let next = match self.next_due().await {
            Ok(next) => next,
            Err(StoreError::Closed) => return NAP,
            Err(error) => {
                tracing::error!("what is scheduled could not be read: {error}");
                return NAP;
            }
        };
        next.map_or(NAP, |at_ms| Duration::from_millis(at_ms.saturating_sub(unix_ms())))
    }

    /// When something is due next.
    async fn next_due(&self) -> Result<Option<u64>, StoreError> {
        let mut next = None;
        for schedule in self.inner.store.schedules(0).await? {
            if schedule.wanted.at_ms > unix_ms() {
                next = Some(schedule.wanted.at_ms);
                break;
            }
            self.publish_scheduled(schedule).await?;
        }
        let Some(canary) = self.inner.store.canary().await? else { return Ok(next) };
        let Some(at_ms) = self.widens_at(&canary) else { return Ok(next) };
        if at_ms > unix_ms() {
            return Ok(Some(next.map_or(at_ms, |next| next.min(at_ms))));
        }
        if let Err(error) = self.promote(canary.release, None, "server".into()).await {
            tracing::error!(release = canary.release, "the roll-out could not be widened: {error}");
        }
        // Widened now: the next look finds the next step.
        Ok(Some(unix_ms() + 1_000))
    }

    pub(super) async fn publish_scheduled(&self, schedule: ScheduleRecord) -> Result<(), StoreError> {
        let (id, wanted) = (schedule.id, schedule.wanted);
        let late = unix_ms().saturating_sub(wanted.at_ms);
        let why = if late > WORTH_A_WORD_MS {
            format!("{} s late: the server was not running", late / 1_000)
        } else {
            "on time".to_owned()
        };
        let terms = Terms {
            reach: Reach::of(wanted.terms),
            widen_after: wanted.terms.widen_after_ms.map(Duration::from_millis),
        };
        let published = match self.inner.store.content(schedule.hash).await? {
            Some(content) => {
                let draft = Draft {
                    script: String::from_utf8_lossy(&content.bytes).into_owned(),
                    version: wanted.version,
                    note: wanted.note,
                    // The time was chosen, whatever else is in force then.
                    origin: Origin { author: wanted.author, based_on: None },
                };
                self.publish_due(draft, terms, Due { schedule: id, why }).await
            }
            None => Err(PublishError::NoContent),
        };
        match published {
            // Busy and not ready pass; the next look tries again. What does not wait was cancelled during the check.
            Ok(_) | Err(PublishError::Busy | PublishError::NotReady | PublishError::NotWaiting(_)) => Ok(()),
            Err(error) => {
                tracing::error!(schedule = id, "what was scheduled could not be published: {error}");
                let (state, why) = (ScheduleState::Failed, error.to_string());
                self.inner.store.end_schedule(id, "server".into(), state, why).await?;
                self.changed();
                Ok(())
            }
        }
    }

    /// In a task of its own, so that it is whole. Does not look whether the room is open: it may open later.
    async fn publish_due(&self, draft: Draft, terms: Terms, due: Due) -> Result<Published, PublishError> {
        let this = self.clone();
        finish(tokio::spawn(async move { this.publish_checked(draft, terms, Some(due)).await })).await
    }
}
