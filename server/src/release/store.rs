//! From rows of the database to rules that run.

use std::sync::Arc;

use bytes::Bytes;
use hotlogic::RhaiRules;
use protocol::ReleaseInfo;

use super::check::{CheckError, Checker};
use super::plan::Canary;
use super::schedule::Due;
use super::{Live, LoadError, LoadedRelease, rollout, scene};
use crate::storage::{
    Author, NewContent, NewRelease, ReleaseRecord, ReleaseState, RolloutTerms, RunTimeFault, Store,
    StoreError,
};

/// Media type of scripts. Browsers are told never to guess another one.
pub(super) const SCRIPT_TYPE: &str = "text/plain; charset=utf-8";

/// Why a stored release cannot be played.
enum Unloadable {
    /// It would not be accepted today: it is taken back.
    Broken(RunTimeFault),
    /// The machine has no time for the check; the release stays what it is.
    Unknown,
}

/// Finds what to play at the start.
pub(super) async fn load_live(store: &Store, checker: &Checker) -> Result<Live, LoadError> {
    let mut candidates = store.good_rules().await?.into_iter();
    let scene = match store.live_scene().await? {
        Some(record) => scene::info(store, record).await?,
        None => scene::built_in(),
    };
    let Some((release, state)) = first_good(store, checker, &mut candidates).await? else {
        let release = publish_built_in(store).await?;
        return Ok(Live { release, fallback: None, canary: None, scene });
    };
    let release = if state == ReleaseState::Live {
        release
    } else {
        republish(store, &release, "newer releases do not load".into()).await?
    };
    let mut others = candidates.filter(|other| other.hash.as_ref() != Some(&release.info.hash));
    let fallback = first_good(store, checker, &mut others).await?.map(|(release, _)| release);
    let canary = load_canary(store, checker).await?;
    Ok(Live { release, fallback, canary, scene })
}

/// The canary of an earlier run of the server goes on, if it still passes the check.
async fn load_canary(store: &Store, checker: &Checker) -> Result<Option<Canary>, StoreError> {
    let Some(rollout) = store.canary().await? else { return Ok(None) };
    let Some(record) = store.release(rollout.release).await? else { return Ok(None) };
    match load(store, checker, record).await? {
        Ok(release) => Ok(Some(rollout::resumed(&rollout, release))),
        Err(Unloadable::Broken(fault)) => {
            store.roll_back(rollout.release, fault).await?;
            Ok(None)
        }
        Err(Unloadable::Unknown) => {
            let why = "it could not be checked when the server started".to_owned();
            store.stop_canary(rollout.release, "server".into(), why).await?;
            Ok(None)
        }
    }
}

/// The same script as a new release for all rooms: history is never rewritten.
pub(super) async fn republish(
    store: &Store,
    release: &LoadedRelease,
    why: String,
) -> Result<Arc<LoadedRelease>, StoreError> {
    let note = format!("Back to release {}: {why}", release.info.number);
    let note = protocol::limits::clean_text(&note, super::MAX_NOTE_CHARS);
    let again = new_rules(release.info.version.clone(), note, "server".into(), &release.script);
    let (rules, script) = (release.rules.clone(), Arc::clone(&release.script));
    let info = described(&again);
    let number = store.add_instead(again).await?;
    Ok(Arc::new(LoadedRelease { info: ReleaseInfo { number, ..info }, rules, script }))
}

/// The first of `candidates` that passes the check. Those before it that do not are taken back.
pub(super) async fn first_good(
    store: &Store,
    checker: &Checker,
    candidates: &mut (impl Iterator<Item = ReleaseRecord> + Send),
) -> Result<Option<(Arc<LoadedRelease>, ReleaseState)>, StoreError> {
    for record in candidates {
        let (number, state) = (record.number, record.state);
        match load(store, checker, record).await? {
            Ok(release) => return Ok(Some((release, state))),
            Err(Unloadable::Broken(fault)) => {
                tracing::error!(release = number, "a stored release does not load: {}", fault.message);
                store.roll_back(number, fault).await?;
            }
            Err(Unloadable::Unknown) => {
                tracing::error!(release = number, "a stored release could not be checked in time");
            }
        }
    }
    Ok(None)
}

async fn load(
    store: &Store,
    checker: &Checker,
    record: ReleaseRecord,
) -> Result<Result<Arc<LoadedRelease>, Unloadable>, StoreError> {
    let broken =
        |message: String| Err(Unloadable::Broken(RunTimeFault { message, line: None, column: None }));
    let hash = record.hash.clone().unwrap_or_default();
    let Some(content) = store.content(hash.clone()).await? else {
        return Ok(broken("its script is missing".into()));
    };
    if hotlogic::content_hash(&content.bytes) != hash {
        return Ok(broken("its script is damaged: the hash differs".into()));
    }
    let Ok(script) = std::str::from_utf8(&content.bytes) else {
        return Ok(broken("its script is damaged: not UTF-8".into()));
    };
    let script: Arc<str> = script.into();
    Ok(match checker.check(Arc::clone(&script)).await {
        Ok((rules, _)) => Ok(Arc::new(LoadedRelease { info: info(&record), rules, script })),
        Err(CheckError::Rejected(error)) => Err(Unloadable::Broken(RunTimeFault {
            message: format!("no longer passes the check: {}", error.message),
            line: error.line,
            column: error.column,
        })),
        Err(CheckError::TooBig) => broken("no longer passes the check: the script is too long".into()),
        Err(CheckError::TooSlow | CheckError::Busy) => Err(Unloadable::Unknown),
    })
}

/// What players are told of a stored release. It has just been checked against the functions of this build, so these
/// are the ones a client needs.
fn info(record: &ReleaseRecord) -> ReleaseInfo {
    ReleaseInfo {
        number: record.number,
        version: record.version.clone(),
        hash: record.hash.clone().unwrap_or_default(),
        note: record.note.clone(),
        host_api: hotlogic::HOST_API,
        arena_scale: None,
        card: None,
    }
}

/// Publishes the rules that the server brings along. They are only compiled: tests of the build have played them, and
/// the arena must start on a busy machine too.
async fn publish_built_in(store: &Store) -> Result<Arc<LoadedRelease>, LoadError> {
    let script: Arc<str> = hotlogic::shipped::ARENA.into();
    let rules = RhaiRules::compile(&script).map_err(LoadError::BuiltIn)?;
    let release = new_rules("arena".into(), String::new(), "built-in".into(), &script);
    add(store, Checked { release, rules, script }).await.map_err(LoadError::Store)
}

/// A release of rules, ready to be stored.
pub(super) fn new_rules(version: String, note: String, author: Author, script: &str) -> NewRelease {
    let content = vec![script_content(script)];
    NewRelease { version, note, author, host_api: hotlogic::HOST_API, content, scene: None }
}

/// A script, ready to be stored.
pub(super) fn script_content(script: &str) -> NewContent {
    let bytes = Bytes::copy_from_slice(script.as_bytes());
    NewContent { hash: hotlogic::content_hash(&bytes), media_type: SCRIPT_TYPE, bytes }
}

/// Rules that passed the check, and what is to be stored of them.
pub(super) struct Checked {
    pub(super) release: NewRelease,
    pub(super) rules: RhaiRules,
    pub(super) script: Arc<str>,
}

/// Stores a release of rules for all rooms, which gives it its number.
pub(super) async fn add(store: &Store, checked: Checked) -> Result<Arc<LoadedRelease>, StoreError> {
    let Checked { release, rules, script } = checked;
    let info = described(&release);
    let number = store.add_release(release).await?;
    Ok(Arc::new(LoadedRelease { info: ReleaseInfo { number, ..info }, rules, script }))
}

/// Stores a release of rules for some rooms, which gives it its number.
pub(super) async fn add_canary(
    store: &Store,
    checked: Checked,
    terms: RolloutTerms,
) -> Result<Arc<LoadedRelease>, StoreError> {
    let Checked { release, rules, script } = checked;
    let info = described(&release);
    let number = store.add_canary(release, terms).await?;
    Ok(Arc::new(LoadedRelease { info: ReleaseInfo { number, ..info }, rules, script }))
}

/// Stores what a schedule becomes, which gives it its number and ends the schedule; `None` when that does not wait any more.
pub(super) async fn add_scheduled(
    store: &Store,
    checked: Checked,
    terms: RolloutTerms,
    due: Due,
) -> Result<Option<Arc<LoadedRelease>>, StoreError> {
    let Checked { release, rules, script } = checked;
    let info = described(&release);
    let number = store.add_scheduled(due.schedule, release, terms, due.why).await?;
    Ok(number.map(|number| Arc::new(LoadedRelease { info: ReleaseInfo { number, ..info }, rules, script })))
}

/// What players are told of a release, but for its number.
fn described(release: &NewRelease) -> ReleaseInfo {
    ReleaseInfo {
        number: 0,
        version: release.version.clone(),
        hash: release.content.first().map(|content| content.hash.clone()).unwrap_or_default(),
        note: release.note.clone(),
        host_api: release.host_api,
        arena_scale: None,
        card: None,
    }
}
