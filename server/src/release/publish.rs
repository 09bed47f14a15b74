//! Publishing rules: checked, stored for good, then announced to every room.

use std::sync::Arc;

use hotlogic::{CardError, ScriptError};
use protocol::{ReleaseInfo, limits};
use sim::Tick;
use tokio::task::JoinHandle;

use super::cards::MAX_CARDS;
use super::image::ImageError;
use super::plan::Reach;
use super::rollout::Terms;
use super::schedule::Due;
use super::store::Checked;
use super::{Fleet, Releases, store};
use crate::storage::{Author, ReleaseKind, StoreError};

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
    /// The rooms that it goes to.
    pub reach: Reach,
}

/// Rules that somebody wants to publish.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// The source text.
    pub script: String,
    /// What it shall be called.
    pub version: String,
    /// Words for the players.
    pub note: String,
    /// Who publishes it, and what they had before them.
    pub origin: Origin,
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
    /// A share of rooms that is none.
    #[error("share must be 1 to 100 per cent of the rooms")]
    BadReach,
    /// A canary that would not grow: it has gone on since the operator looked, or never was smaller.
    #[error("release {number} is in {share} % of the rooms already")]
    Reached {
        /// The canary.
        number: u32,
        /// How far it is.
        share: u8,
    },
    /// There is no such room.
    #[error("room {0} is not open")]
    NoRoom(u32),
    /// A time that is over, or more than a year away.
    #[error("the time must be within a year from now")]
    BadTime,
    /// More is scheduled than anybody can oversee.
    #[error("too much is scheduled already; cancel something first")]
    TooManySchedules,
    /// It is in all rooms, or in none.
    #[error("release {0} is not on its way through the rooms")]
    NotRolling(u32),
    /// It was published, cancelled, or never there.
    #[error("schedule {0} does not wait any more")]
    NotWaiting(u32),
    /// More images for players than a scene may have.
    #[error("a scene has at most {} player skins", protocol::scene::MAX_PLAYER_SKINS)]
    TooManySkins,
    /// A hash that belongs to no image, or to one that was collected.
    #[error("there is no image {0}; upload it again")]
    NoImage(String),
    /// No scene has that number.
    #[error("there is no scene with the number {0}")]
    NoScene(u32),
    /// The scene is so old that its images were collected.
    #[error("the images of scene {0} are gone, as it is too old; publish it with new ones")]
    ImagesGone(u32),
    /// Nothing has that number, or it is a scene.
    #[error("there are no rules with the number {0}")]
    NoRelease(u32),
    /// A card is not sound, or does not go with the live rules.
    #[error("{0}")]
    Card(CardError),
    /// More cards than anybody can oversee.
    #[error("there are {MAX_CARDS} cards already; publish a new version of one of them")]
    TooManyCards,
    /// No card has that name.
    #[error("there is no card called `{0}`")]
    NoCard(String),
    /// The script is not in the database.
    #[error("its script is missing")]
    NoContent,
    /// Earlier checks are still running.
    #[error("the server is still checking something else, try again in a moment")]
    Busy,
    /// The same operator has asked for another one.
    #[error("a newer rehearsal has taken the place of this one")]
    Superseded,
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
        let draft = Draft { script, version, note, origin: origin.into() };
        self.roll_out(draft, Terms::ALL).await
    }

    /// The same for some of the rooms.
    ///
    /// # Errors
    /// See [`PublishError`]; nothing has changed for anyone then.
    pub async fn roll_out(&self, draft: Draft, terms: Terms) -> Result<Published, PublishError> {
        self.check_terms(terms)?;
        self.publish_checked(draft, terms, None).await
    }

    /// By one click to an earlier release: the same script becomes a new release, the one before stays in the history.
    ///
    /// # Errors
    /// [`PublishError::NoRelease`], and what publishing can fail with.
    pub async fn roll_back_to(
        &self,
        number: u32,
        note: String,
        author: Author,
    ) -> Result<Published, PublishError> {
        let record = self.inner.store.release(number).await?.ok_or(PublishError::NoRelease(number))?;
        if record.kind != ReleaseKind::Logic {
            return Err(PublishError::NoRelease(number));
        }
        let hash = record.hash.unwrap_or_default();
        let content = self.inner.store.content(hash).await?.ok_or(PublishError::NoContent)?;
        let script = String::from_utf8_lossy(&content.bytes).into_owned();
        let note = if note.trim().is_empty() { format!("back to release {number}") } else { note };
        let origin = Origin { author, based_on: None };
        let draft = Draft { script, version: record.version, note, origin };
        self.publish_checked(draft, Terms::ALL, None).await
    }

    /// Refuses what was begun on other rules than the live ones.
    pub(super) fn check_origin(&self, origin: &Origin) -> Result<(), PublishError> {
        origin.check(self.rules().map_or(0, |rules| rules.info.number))
    }

    /// Whether rooms can be found by these terms.
    pub(super) fn check_terms(&self, terms: Terms) -> Result<(), PublishError> {
        let fleet = self.fleet()?;
        let Reach { room, share } = terms.reach;
        if share > 100 || share == 0 && room.is_none() {
            return Err(PublishError::BadReach);
        }
        match room {
            Some(room) if !fleet.rooms().contains(&room) => Err(PublishError::NoRoom(room)),
            _ => Ok(()),
        }
    }

    pub(super) async fn publish_checked(
        &self,
        draft: Draft,
        terms: Terms,
        due: Option<Due>,
    ) -> Result<Published, PublishError> {
        let label = Label::new(&draft.version, &draft.note)?;
        let fleet = self.fleet()?;
        let script: Arc<str> = draft.script.into();
        let (rules, _) = self.inner.checker.check(Arc::clone(&script)).await?;
        let release = store::new_rules(label.version, label.note, draft.origin.author.clone(), &script);
        let this = self.clone();
        let origin = draft.origin;
        let checked = Checked { release, rules, script };
        finish(tokio::spawn(async move { this.go_live(&*fleet, &origin, checked, terms, due).await })).await
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
