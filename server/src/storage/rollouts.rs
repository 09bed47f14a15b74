//! Releases on their way through the rooms, and rules that wait for their time.

use rusqlite::{Connection, OptionalExtension, Row};

use super::audit::Author;
use super::error::StoreError;
use super::releases::{self, NewRelease, ReleaseKind};
use super::{NewContent, Store, audit, content, from_sql, to_sql, unix_ms};

/// How far a release shall go, and how it goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RolloutTerms {
    /// The room that has it in any case.
    pub room: Option<u32>,
    /// Per cent of the rooms.
    pub share: u8,
    /// It goes on by itself when it was well for so long, milliseconds.
    pub widen_after_ms: Option<u64>,
}

/// Where a roll-out is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RolloutState {
    /// In some rooms.
    Canary,
    /// In all rooms, since then or until a newer release.
    Complete,
    /// Taken out of its rooms by hand.
    Stopped,
    /// A newer release took its place before it was complete.
    Superseded,
    /// It failed.
    RolledBack,
}

impl RolloutState {
    /// The word for it, in the database and the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Canary => "canary",
            Self::Complete => "complete",
            Self::Stopped => "stopped",
            Self::Superseded => "superseded",
            Self::RolledBack => "rolled_back",
        }
    }

    pub(super) fn read(word: &str) -> Self {
        match word {
            "canary" => Self::Canary,
            "complete" => Self::Complete,
            "stopped" => Self::Stopped,
            "superseded" => Self::Superseded,
            _ => Self::RolledBack,
        }
    }
}

/// A stored roll-out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolloutRecord {
    /// Number of the release.
    pub release: u32,
    /// Where it is in its life.
    pub state: RolloutState,
    /// How far it goes.
    pub terms: RolloutTerms,
    /// When it reached the rooms that it has now, milliseconds since 1970.
    pub step_ms: u64,
    /// Why it ended; empty while it runs.
    pub why: String,
}

/// What became of something scheduled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScheduleState {
    /// Its time has not come.
    Waiting,
    /// It became a release.
    Published,
    /// An operator took it back.
    Cancelled,
    /// It could not be published.
    Failed,
}

impl ScheduleState {
    /// The word for it, in the database and the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Published => "published",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
        }
    }
}

/// Rules that are to be published at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSchedule {
    /// When, milliseconds since 1970.
    pub at_ms: u64,
    /// What the operator called it.
    pub version: String,
    /// What the operator wrote about it.
    pub note: String,
    /// Who asked for it.
    pub author: Author,
    /// How far it shall go.
    pub terms: RolloutTerms,
}

/// Something scheduled, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleRecord {
    /// Its number; schedules count apart from releases.
    pub id: u32,
    /// What was asked for.
    pub wanted: NewSchedule,
    /// Hash of the script.
    pub hash: String,
    /// What became of it.
    pub state: ScheduleState,
    /// The release that it became.
    pub release: Option<u32>,
    /// Why it did not.
    pub why: String,
}

const ROLLOUT: &str = "release, state, room, share, widen_after_ms, step_ms, why";
const SCHEDULE: &str =
    "id, at_ms, version, note, author, hash, room, share, widen_after_ms, state, release, why";

impl Store {
    /// Stores a release that goes to some rooms only; the one that was on its way is superseded. Returns its number.
    ///
    /// # Errors
    /// When the database fails; nothing has changed then.
    pub async fn add_canary(&self, release: NewRelease, terms: RolloutTerms) -> Result<u32, StoreError> {
        self.write(move |db| insert_canary(db, &release, terms)).await
    }

    /// Stores the release that something scheduled becomes, and ends the schedule with it. Returns its number, or `None` when
    /// the schedule did not wait any more; nothing has changed then.
    ///
    /// # Errors
    /// When the database fails; nothing has changed then.
    pub async fn add_scheduled(
        &self,
        id: u32,
        release: NewRelease,
        terms: RolloutTerms,
        why: String,
    ) -> Result<Option<u32>, StoreError> {
        self.write(move |db| {
            let waits = db
                .prepare_cached("SELECT 1 FROM schedules WHERE id = ?1 AND state = 'waiting'")?
                .exists([id])?;
            if !waits {
                return Ok(None);
            }
            let number = if terms.share >= 100 {
                releases::insert(db, &release)?
            } else {
                insert_canary(db, &release, terms)?
            };
            end_waiting(db, id, &"server".into(), ScheduleState::Published, Some(number), &why)?;
            Ok(Some(number))
        })
        .await
    }

    /// The canary reaches more rooms. With all of them it becomes the live release, and the one before is superseded.
    /// Returns `false` when it is no canary any more.
    ///
    /// # Errors
    /// When the database fails; nothing has changed then.
    pub async fn widen(&self, number: u32, who: Author, terms: RolloutTerms) -> Result<bool, StoreError> {
        self.write(move |db| {
            let complete = terms.share >= 100;
            let state = if complete { RolloutState::Complete } else { RolloutState::Canary };
            let changed = db
                .prepare_cached(
                    "UPDATE rollouts SET state = ?2, share = ?3, step_ms = ?4 WHERE release = ?1 AND state = 'canary'",
                )?
                .execute((number, state.as_str(), terms.share, to_sql(unix_ms())))?;
            if changed == 0 {
                return Ok(false);
            }
            if complete {
                releases::supersede(db, ReleaseKind::Logic)?;
                db.prepare_cached("UPDATE releases SET state = 'live' WHERE number = ?1")?.execute([number])?;
            }
            audit::add_by(db, &who, "widen", Some(number), &describe(terms), "")?;
            Ok(true)
        })
        .await
    }

    /// The canary is taken out of its rooms. Returns `false` when it is no canary any more.
    ///
    /// # Errors
    /// When the database fails; nothing has changed then.
    pub async fn stop_canary(&self, number: u32, who: Author, why: String) -> Result<bool, StoreError> {
        self.write(move |db| {
            if running(db)?.is_none_or(|canary| canary.release != number) {
                return Ok(false);
            }
            end_canary(db, RolloutState::Stopped, &why)?;
            audit::add_by(db, &who, "stop", Some(number), "", &why)?;
            Ok(true)
        })
        .await
    }

    /// The release that is on its way through the rooms.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn canary(&self) -> Result<Option<RolloutRecord>, StoreError> {
        self.read(running).await
    }

    /// The newest roll-outs, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rollouts(&self, limit: u32) -> Result<Vec<RolloutRecord>, StoreError> {
        self.read(move |db| {
            let mut query =
                db.prepare_cached(&format!("SELECT {ROLLOUT} FROM rollouts ORDER BY release DESC LIMIT ?1"))?;
            let rows = query.query_map([limit], read_rollout)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Stores rules that are to be published at a time. Returns the number of the schedule.
    ///
    /// # Errors
    /// When the database fails; nothing has changed then.
    pub async fn add_schedule(&self, wanted: NewSchedule, script: NewContent) -> Result<u32, StoreError> {
        self.write(move |db| {
            content::put(db, &script.hash, script.media_type, &script.bytes)?;
            let id = db
                .prepare_cached(
                    "INSERT INTO schedules (at_ms, version, note, author, hash, room, share, widen_after_ms, state, why)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'waiting', '') RETURNING id",
                )?
                .query_row(
                    (
                        to_sql(wanted.at_ms),
                        &wanted.version,
                        &wanted.note,
                        &wanted.author.name,
                        &script.hash,
                        wanted.terms.room,
                        wanted.terms.share,
                        wanted.terms.widen_after_ms.map(to_sql),
                    ),
                    |row| row.get(0),
                )?;
            let detail = format!("{}, {}", wanted.version, describe(wanted.terms));
            audit::add_by(db, &wanted.author, "schedule", None, &detail, &wanted.note)?;
            Ok(id)
        })
        .await
    }

    /// Ends a schedule that waits without a release, and notes it. Returns `false` when it did not wait any more.
    ///
    /// # Errors
    /// When the database fails; nothing has changed then.
    pub async fn end_schedule(
        &self,
        id: u32,
        who: Author,
        state: ScheduleState,
        why: String,
    ) -> Result<bool, StoreError> {
        self.write(move |db| end_waiting(db, id, &who, state, None, &why)).await
    }

    /// What is scheduled: all that waits, the next one first, then at most `limit` that do not wait any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn schedules(&self, limit: u32) -> Result<Vec<ScheduleRecord>, StoreError> {
        self.read(move |db| {
            let mut list = db
                .prepare_cached(&format!(
                    "SELECT {SCHEDULE} FROM schedules WHERE state = 'waiting' ORDER BY at_ms, id"
                ))?
                .query_map([], read_schedule)?
                .collect::<Result<Vec<_>, _>>()?;
            let mut query = db.prepare_cached(&format!(
                "SELECT {SCHEDULE} FROM schedules WHERE state <> 'waiting' ORDER BY id DESC LIMIT ?1"
            ))?;
            for row in query.query_map([limit], read_schedule)? {
                list.push(row?);
            }
            Ok(list)
        })
        .await
    }
}

/// Ends the running roll-out, if there is one, in the running transaction.
pub(super) fn end_canary(db: &Connection, state: RolloutState, why: &str) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE rollouts SET state = ?1, why = ?2 WHERE state = 'canary'")?
        .execute((state.as_str(), why))?;
    Ok(())
}

/// Adds a release for some rooms, in place of the one that was on its way.
fn insert_canary(db: &Connection, release: &NewRelease, terms: RolloutTerms) -> Result<u32, StoreError> {
    end_canary(db, RolloutState::Superseded, "a newer release took its place")?;
    let number = releases::insert_row(db, release, "superseded")?;
    db.prepare_cached(&format!(
        "INSERT INTO rollouts ({ROLLOUT}) VALUES (?1, 'canary', ?2, ?3, ?4, ?5, '')"
    ))?
    .execute((number, terms.room, terms.share, terms.widen_after_ms.map(to_sql), to_sql(unix_ms())))?;
    audit::add_by(db, &release.author, "canary", Some(number), &describe(terms), &release.note)?;
    Ok(number)
}

/// Ends a schedule that waits, and notes it; `false` when it did not wait any more.
fn end_waiting(
    db: &Connection,
    id: u32,
    who: &Author,
    state: ScheduleState,
    release: Option<u32>,
    why: &str,
) -> Result<bool, StoreError> {
    let changed = db
        .prepare_cached(
            "UPDATE schedules SET state = ?2, release = ?3, why = ?4 WHERE id = ?1 AND state = 'waiting'",
        )?
        .execute((id, state.as_str(), release, why))?;
    if changed > 0 {
        let action = format!("schedule_{}", state.as_str());
        audit::add_by(db, who, &action, release, &format!("schedule {id}: {why}"), "")?;
    }
    Ok(changed > 0)
}

fn running(db: &Connection) -> Result<Option<RolloutRecord>, StoreError> {
    let mut query = db.prepare_cached(&format!("SELECT {ROLLOUT} FROM rollouts WHERE state = 'canary'"))?;
    Ok(query.query_row([], read_rollout).optional()?)
}

/// How far, in words.
fn describe(terms: RolloutTerms) -> String {
    match terms {
        RolloutTerms { share: 100.., .. } => "to all rooms".to_owned(),
        RolloutTerms { room: Some(room), share: 0, .. } => format!("to room {room}"),
        RolloutTerms { room: Some(room), share, .. } => format!("to {share} % of the rooms and room {room}"),
        RolloutTerms { room: None, share, .. } => format!("to {share} % of the rooms"),
    }
}

fn read_rollout(row: &Row<'_>) -> Result<RolloutRecord, rusqlite::Error> {
    let state: String = row.get(1)?;
    let terms = RolloutTerms {
        room: row.get(2)?,
        share: row.get(3)?,
        widen_after_ms: row.get::<_, Option<i64>>(4)?.map(from_sql),
    };
    Ok(RolloutRecord {
        release: row.get(0)?,
        state: RolloutState::read(&state),
        terms,
        step_ms: from_sql(row.get(5)?),
        why: row.get(6)?,
    })
}

fn read_schedule(row: &Row<'_>) -> Result<ScheduleRecord, rusqlite::Error> {
    let state: String = row.get(9)?;
    let wanted = NewSchedule {
        at_ms: from_sql(row.get(1)?),
        version: row.get(2)?,
        note: row.get(3)?,
        author: row.get::<_, String>(4)?.into(),
        terms: RolloutTerms {
            room: row.get(6)?,
            share: row.get(7)?,
            widen_after_ms: row.get::<_, Option<i64>>(8)?.map(from_sql),
        },
    };
    Ok(ScheduleRecord {
        id: row.get(0)?,
        wanted,
        hash: row.get(5)?,
        state: match state.as_str() {
            "waiting" => ScheduleState::Waiting,
            "published" => ScheduleState::Published,
            "cancelled" => ScheduleState::Cancelled,
            _ => ScheduleState::Failed,
        },
        release: row.get(10)?,
        why: row.get(11)?,
    })
}
