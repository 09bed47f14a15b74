//! Publishing rules: checked, stored for good, then announced to every room.

use std::sync::Arc;

use hotlogic::{RhaiRules, ScriptError};
use protocol::{ReleaseInfo, limits};
use sim::Tick;
use tokio::task::JoinHandle;

use super::image::ImageError;
use super::{Fleet, Releases, store};
use crate::storage::{Author, NewRelease, StoreError};

/// Longest label of a release, characters.
pub const MAX_VERSION_CHARS: usize = 60;
/// Longest note to a release, characters.
pub const MAX_NOTE_CHARS: usize = 500;

/// Rules are on their way.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// The new release.
    pub release: ReleaseInfo,
    /// The first tick that is played with it.
    pub activate_tick: Tick,
}

/// Why nothing was published. Nothing has changed for anyone then.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The script does not compile, or failed in the dry run.
    #[error("{0}")]
    Rejected(ScriptError),
    /// The script is longer than [`hotlogic::MAX_SCRIPT_BYTES`].
    #[error("the script is longer than {} bytes", hotlogic::MAX_SCRIPT_BYTES)]
    TooBig,
    /// The version is empty, too long, or has control characters.
    #[error("version must be 1 to {MAX_VERSION_CHARS} printable characters")]
    BadVersion,
    /// The note is too long.
    #[error("note must be at most {MAX_NOTE_CHARS} characters")]
    BadNote,
    /// The image is none that every browser can show, or too large.
    #[error(transparent)]
    BadImage(#[from] ImageError),
    /// Somebody else was faster.
    #[error("release {live} is in force now, and not release {based_on}, from which you started")]
    Conflict {
        /// What the operator started from.
        based_on: u32,
        /// What is in force.
        live: u32,
    },
    /// Earlier checks are still running.
    #[error("the server is still checking something else, try again in a moment")]
    Busy,
    /// The rooms are not open yet.
    #[error("the arena is still starting, try again in a moment")]
    NotReady,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The server stops, or a bug: the publication ended half way.
    #[error("the publication was interrupted; look at the list of releases before you try again")]
    Interrupted,
}

/// Who publishes, and what they had before them.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// Who, and from where.
    pub author: Author,
    /// The release in force when they began, 0 for none; if it no longer is, nothing is published. `None` does not ask.
    pub based_on: Option<u32>,
}

impl From<&str> for Origin {
    fn from(name: &str) -> Self {
        Self { author: name.into(), based_on: None }
    }
}

impl Origin {
    /// Refuses what was begun on another release than the one in force.
    pub(super) fn check(&self, live: u32) -> Result<(), PublishError> {
        match self.based_on {
            Some(based_on) if based_on != live => Err(PublishError::Conflict { based_on, live }),
            _ => Ok(()),
        }
    }
}

/// The words that come with a release, fit to be shown.
pub(super) struct Label {
    pub(super) version: String,
    pub(super) note: String,
}

impl Label {
    pub(super) fn new(version: &str, note: &str) -> Result<Self, PublishError> {
        let version = version.trim();
        let shown = limits::clean_text(version, MAX_VERSION_CHARS);
        let too_long = version.chars().count() > MAX_VERSION_CHARS;
        if shown.is_empty() || too_long || version.contains(char::is_control) {
            return Err(PublishError::BadVersion);
        }
        if note.trim().chars().count() > MAX_NOTE_CHARS {
            return Err(PublishError::BadNote);
        }
        let note = limits::clean_text(note, MAX_NOTE_CHARS);
        Ok(Self { version: shown, note })
    }
}

impl Releases {
    /// Checks a script and, when it is good, makes it the rules of every room. It is on disk before anybody hears of
    /// it. The same script may be published again and gets a new number.
    ///
    /// # Errors
    /// See [`PublishError`]; nothing has changed for anyone then.
    pub async fn publish_script(
        &self,
        script: String,
        version: String,
        note: String,
        origin: impl Into<Origin>,
    ) -> Result<Published, PublishError> {
        let origin = origin.into();
        let label = Label::new(&version, &note)?;
        let fleet = self.fleet()?;
        let script: Arc<str> = script.into();
        let (rules, _) = self.inner.checker.check(Arc::clone(&script)).await?;
        let release = store::new_rules(label.version, label.note, origin.author.clone(), &script);
        let this = self.clone();
        finish(tokio::spawn(async move { this.go_live(&*fleet, &origin, release, rules, script).await }))
            .await
    }

    async fn go_live(
        &self,
        fleet: &dyn Fleet,
        origin: &Origin,
        release: NewRelease,
        rules: RhaiRules,
        script: Arc<str>,
    ) -> Result<Published, PublishError> {
        let _one_at_a_time = self.inner.change.lock().await;
        origin.check(self.rules().map_or(0, |rules| rules.info.number))?;
        let release = store::add(&self.inner.store, release, rules, script).await?;
        let activate = fleet.tick().plus(self.inner.lead_ticks);
        self.inner.adoption.begin(release.info.number);
        {
            let mut current = self.current();
            current.before = current.rules.replace(Arc::clone(&release));
        }
        fleet.switch_rules(Arc::clone(&release), activate);
        self.changed();
        let info = release.info.clone();
        tracing::info!(release = info.number, version = info.version, %activate, "rules published");
        Ok(Published { release: info, activate_tick: activate })
    }

    /// The rooms, once there are any.
    pub(super) fn fleet(&self) -> Result<Arc<dyn Fleet>, PublishError> {
        self.inner.fleet.get().cloned().ok_or(PublishError::NotReady)
    }
}

/// Waits for a publication. It runs in a task of its own: a caller who hangs up must not leave a release that is stored
/// but never announced.
pub(super) async fn finish<T>(task: JoinHandle<Result<T, PublishError>>) -> Result<T, PublishError> {
    task.await.unwrap_or(Err(PublishError::Interrupted))
}
