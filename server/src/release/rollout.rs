//! From some rooms to all: starting a roll-out, widening it, by hand or by itself, and stopping it.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::plan::{Canary, Plan, Reach};
use super::publish::{Origin, Published, finish};
use super::schedule::Due;
use super::store::Checked;
use super::{Current, Fleet, LoadedRelease, PublishError, Releases, Switch, store};
use crate::storage::{Author, RolloutRecord, ScheduleRecord};

/// Roll-outs and schedules that are listed, besides those that run.
const MAX_LISTED: u32 = 20;

/// How a release is to reach the rooms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Where it begins.
    pub reach: Reach,
    /// It goes on to the next of [`STEPS`](super::plan::STEPS) by itself when it was well for so long.
    pub widen_after: Option<Duration>,
}

impl Terms {
    /// To every room at once.
    pub const ALL: Self = Self { reach: Reach::ALL, widen_after: None };

    pub(super) fn widen_after_ms(self) -> Option<u64> {
        self.widen_after.map(|pause| pause.as_millis() as u64)
    }
}

/// A roll-out as operators see it.
#[derive(Clone, Debug, Serialize)]
pub struct RolloutStatus {
    /// Number of the release.
    pub release: u32,
    /// `canary`, `complete`, `stopped`, `superseded` or `rolled_back`.
    pub state: &'static str,
    /// The room that has it in any case.
    pub room: Option<u32>,
    /// Per cent of the rooms.
    pub share: u8,
    /// The open rooms that are to play it; empty unless it is a canary.
    pub rooms: Vec<u32>,
    /// How many rooms are open.
    pub open_rooms: usize,
    /// Where the next step leads, per cent.
    pub next_share: u8,
    /// It goes on by itself when it was well for so long, milliseconds.
    pub widen_after_ms: Option<u64>,
    /// When it will, milliseconds since 1970; `None` while nobody has switched to it.
    pub widens_at_ms: Option<u64>,
    /// When it reached the rooms that it has now, milliseconds since 1970.
    pub step_ms: u64,
    /// Why it ended.
    pub why: String,
}

/// Something scheduled, as operators see it.
#[derive(Clone, Debug, Serialize)]
pub struct ScheduleStatus {
    /// Its number.
    pub id: u32,
    /// `waiting`, `published`, `cancelled` or `failed`.
    pub state: &'static str,
    /// When, milliseconds since 1970.
    pub at_ms: u64,
    /// What the operator called it.
    pub version: String,
    /// What the operator wrote about it.
    pub note: String,
    /// Who asked for it.
    pub author: String,
    /// Content hash of the script.
    pub hash: String,
    /// The room that it goes to.
    pub room: Option<u32>,
    /// Per cent of the rooms that it goes to.
    pub share: u8,
    /// The release that it became.
    pub release: Option<u32>,
    /// Why it did not.
    pub why: String,
}

impl Releases {
    /// Stores checked rules as a release and announces it to the rooms of its reach; with [`PublishError::NotWaiting`] nothing
    /// has happened, as the schedule that is `due` was cancelled during the check.
    pub(super) async fn go_live(
        &self,
        fleet: &dyn Fleet,
        origin: &Origin,
        checked: Checked,
        terms: Terms,
        due: Option<Due>,
    ) -> Result<Published, PublishError> {
        let _one_at_a_time = self.inner.change.lock().await;
        self.check_origin(origin)?;
        let (store, reach) = (&self.inner.store, terms.reach);
        let terms = reach.terms(terms.widen_after_ms());
        let release = match due {
            Some(due) => {
                let gone = PublishError::NotWaiting(due.schedule);
                store::add_scheduled(store, checked, terms, due).await?.ok_or(gone)?
            }
            None if reach.is_all() => store::add(store, checked).await?,
            None => store::add_canary(store, checked, terms).await?,
        };
        let activate = fleet.tick().plus(self.inner.lead_ticks);
        self.inner.adoption.begin(release.info.number);
        self.change_plan(Switch::by_hand(activate), |plan| plan.send(Arc::clone(&release), reach));
        self.inner.adoption.told(release.info.number, reach);
        self.stir();
        let info = release.info.clone();
        tracing::info!(release = info.number, version = info.version, %activate, share = reach.share, room = reach.room, "rules published");
        Ok(Published { release: info, activate_tick: activate, reach })
    }

    /// The canary goes on to `share` per cent of the rooms, or to the next step; with 100 it is live everywhere.
    ///
    /// # Errors
    /// [`PublishError::NotRolling`] when it is no canary, [`PublishError::BadReach`] for a share that is none,
    /// [`PublishError::Reached`] for one that is not larger, or when the database fails. Nothing has changed then.
    pub async fn promote(
        &self,
        number: u32,
        share: Option<u8>,
        who: Author,
    ) -> Result<Published, PublishError> {
        let (this, fleet) = (self.clone(), self.fleet()?);
        finish(tokio::spawn(async move { this.widen(&*fleet, number, share, who).await })).await
    }

    async fn widen(
        &self,
        fleet: &dyn Fleet,
        number: u32,
        share: Option<u8>,
        who: Author,
    ) -> Result<Published, PublishError> {
        let _one_at_a_time = self.inner.change.lock().await;
        let canary =
            self.current().plan.canary_is(number).cloned().ok_or(PublishError::NotRolling(number))?;
        let share = share.unwrap_or_else(|| canary.reach.next_share());
        if share == 0 || share > 100 {
            return Err(PublishError::BadReach);
        }
        if share <= canary.reach.share {
            return Err(PublishError::Reached { number, share: canary.reach.share });
        }
        let reach = canary.reach.widened(share);
        if !self.inner.store.widen(number, who, reach.terms(None)).await? {
            return Err(PublishError::NotRolling(number));
        }
        let activate = fleet.tick().plus(self.inner.lead_ticks);
        let release = canary.release;
        self.change_plan(Switch::by_hand(activate), |plan| plan.send(Arc::clone(&release), reach));
        self.inner.adoption.told(number, reach);
        self.stir();
        tracing::info!(release = number, share, %activate, "roll-out widened");
        Ok(Published { release: release.info.clone(), activate_tick: activate, reach })
    }

    /// Takes the canary out of its rooms: they go back to the live rules.
    ///
    /// # Errors
    /// [`PublishError::NotRolling`] when it is no canary, or when the database fails. Nothing has changed then.
    pub async fn stop_rollout(&self, number: u32, who: Author, why: String) -> Result<(), PublishError> {
        let (this, fleet) = (self.clone(), self.fleet()?);
        finish(tokio::spawn(async move {
            let _one_at_a_time = this.inner.change.lock().await;
            let Some(canary) = this.current().plan.canary_is(number).cloned() else {
                return Err(PublishError::NotRolling(number));
            };
            if !this.inner.store.stop_canary(number, who, why).await? {
                return Err(PublishError::NotRolling(number));
            }
            let activate = fleet.tick().plus(this.inner.lead_ticks);
            let distrust = Some(canary.release.info.hash.clone());
            this.change_plan(Switch { activate, distrust, automatic: false }, |plan| plan.canary = None);
            this.stir();
            tracing::info!(release = number, "roll-out stopped");
            Ok(())
        }))
        .await
    }

    /// What is on its way through the rooms, and what was lately.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rollouts(&self) -> Result<(Vec<RolloutStatus>, Vec<ScheduleStatus>), PublishError> {
        let open = self.inner.fleet.get().map(|fleet| fleet.rooms()).unwrap_or_default();
        let rollouts = self.inner.store.rollouts(MAX_LISTED).await?;
        let schedules = self.inner.store.schedules(MAX_LISTED).await?;
        let rollouts = rollouts.into_iter().map(|record| self.describe_rollout(record, &open)).collect();
        Ok((rollouts, schedules.into_iter().map(ScheduleStatus::new).collect()))
    }

    fn describe_rollout(&self, record: RolloutRecord, open: &[u32]) -> RolloutStatus {
        let reach = Reach::of(record.terms);
        let running = self.current().plan.canary_is(record.release).is_some();
        RolloutStatus {
            release: record.release,
            state: record.state.as_str(),
            room: reach.room,
            share: reach.share,
            rooms: open.iter().copied().filter(|room| running && reach.has(*room)).collect(),
            open_rooms: open.len(),
            next_share: reach.next_share(),
            widen_after_ms: record.terms.widen_after_ms,
            widens_at_ms: self.widens_at(&record).filter(|_| running),
            step_ms: record.step_ms,
            why: record.why,
        }
    }

    /// When a canary goes on by itself. Being well means that somebody has played it all the time.
    pub(super) fn widens_at(&self, record: &RolloutRecord) -> Option<u64> {
        let pause = record.terms.widen_after_ms?;
        let first = self.inner.adoption.first_active_ms(record.release)?;
        Some(first.max(record.step_ms) + pause)
    }

    /// Changes what rooms play, and tells them.
    pub(super) fn change_plan(&self, switch: Switch, change: impl FnOnce(&mut Plan)) {
        let plan = {
            let mut current: std::sync::MutexGuard<'_, Current> = self.current();
            change(&mut current.plan);
            current.plan.clone()
        };
        self.inner.adoption.plan(plan.clone());
        if let Some(fleet) = self.inner.fleet.get() {
            fleet.switch_rules(plan, switch);
        }
    }
}

impl ScheduleStatus {
    fn new(record: ScheduleRecord) -> Self {
        Self {
            id: record.id,
            state: record.state.as_str(),
            at_ms: record.wanted.at_ms,
            version: record.wanted.version,
            note: record.wanted.note,
            author: record.wanted.author.name,
            hash: record.hash,
            room: record.wanted.terms.room,
            share: record.wanted.terms.share,
            release: record.release,
            why: record.why,
        }
    }
}

/// The canary of an earlier run of the server, if its rules still pass the check.
pub(super) fn resumed(record: &RolloutRecord, release: Arc<LoadedRelease>) -> Canary {
    Canary { release, reach: Reach::of(record.terms) }
}
