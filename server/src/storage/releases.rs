//! Releases of rules and scenes, and the order in which they replace each other.

use bytes::Bytes;
use protocol::Music;
use rusqlite::{Connection, OptionalExtension, Row};

use super::audit::Author;
use super::error::StoreError;
use super::rollouts::{RolloutState, end_canary};
use super::{Store, audit, content, from_sql, to_sql, unix_ms};

/// What a release changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseKind {
    /// The rules.
    Logic,
    /// The scene.
    Scene,
}

impl ReleaseKind {
    /// The word for it, in the database and the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Logic => "logic",
            Self::Scene => "scene",
        }
    }
}

/// Where a release is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReleaseState {
    /// In force.
    Live,
    /// A newer one took its place.
    Superseded,
    /// It failed and was taken back.
    RolledBack,
    /// In some rooms only.
    Canary,
    /// It was in some rooms only, and was taken out of them by hand.
    Stopped,
}

impl ReleaseState {
    /// The word for it, in the database and the API.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Superseded => "superseded",
            Self::RolledBack => "rolled_back",
            Self::Canary => "canary",
            Self::Stopped => "stopped",
        }
    }
}

/// Bytes to be stored along with a release.
#[derive(Clone, Debug)]
pub struct NewContent {
    /// SHA-256 in lower-case hexadecimal.
    pub hash: String,
    /// For the `Content-Type` header.
    pub media_type: &'static str,
    /// The bytes.
    pub bytes: Bytes,
}

/// What only a scene has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SceneFields {
    /// Red, green and blue.
    pub color: [u8; 3],
    /// Hash of the background image.
    pub background: Option<String>,
    /// Hashes of what players wear.
    pub player_skins: Vec<String>,
    /// Hash of what the orb wears.
    pub orb_skin: Option<String>,
    /// What is played.
    pub music: Music,
}

/// A release that has no number yet.
#[derive(Clone, Debug)]
pub struct NewRelease {
    /// What the operator called it.
    pub version: String,
    /// What the operator wrote about it.
    pub note: String,
    /// Who published it, and from where.
    pub author: Author,
    /// Version of the functions that the rules may call; 0 for a scene.
    pub host_api: u32,
    /// The script, or the images that a scene has and that are not stored yet.
    pub content: Vec<NewContent>,
    /// `Some` for a scene, `None` for rules.
    pub scene: Option<SceneFields>,
}

/// Why a release was taken back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunTimeFault {
    /// In words for the author of the rule.
    pub message: String,
    /// Line in the script, from 1.
    pub line: Option<u32>,
    /// Column in the script, from 1.
    pub column: Option<u32>,
}

/// A stored release, without its content.
#[derive(Clone, Debug, PartialEq)]
pub struct ReleaseRecord {
    /// From 1; rules and scenes count together.
    pub number: u32,
    /// What it changes.
    pub kind: ReleaseKind,
    /// What the operator called it.
    pub version: String,
    /// What the operator wrote about it.
    pub note: String,
    /// Who published it.
    pub author: String,
    /// When, milliseconds since 1970.
    pub created_ms: u64,
    /// Where it is in its life.
    pub state: ReleaseState,
    /// SHA-256 of the script, or of a scene's background.
    pub hash: Option<String>,
    /// Version of the functions that the rules may call.
    pub host_api: u32,
    /// What only a scene has.
    pub scene: Option<SceneFields>,
    /// Why it was taken back.
    pub fault: Option<RunTimeFault>,
    /// How clients took it: a JSON object that the release module reads and writes.
    pub acks: Option<String>,
}

const COLUMNS: &str = "number, kind, version, note, author, created_ms, state, hash, host_api, color, error, \
                       error_line, error_column, acks, (SELECT state FROM rollouts WHERE release = number), music, \
                       (SELECT group_concat(slot || ' ' || hash, ',' ORDER BY slot, place) FROM scene_images \
                        WHERE release = number)";

impl Store {
    /// Stores a release with its content as the live one of its kind; the one before is superseded. Returns its number.
    ///
    /// # Errors
    /// When the database fails; nothing has changed then.
    pub async fn add_release(&self, release: NewRelease) -> Result<u32, StoreError> {
        self.write(move |db| insert(db, &release)).await
    }

    /// Stores rules that take the place of live ones which failed; a release on its way through the rooms goes on. Returns
    /// its number.
    ///
    /// # Errors
    /// When the database fails; nothing has changed then.
    pub async fn add_instead(&self, release: NewRelease) -> Result<u32, StoreError> {
        self.write(move |db| {
            supersede(db, kind_of(&release))?;
            let number = insert_row(db, &release, "live")?;
            audit::add_by(db, &release.author, "publish", Some(number), &release.version, &release.note)?;
            Ok(number)
        })
        .await
    }

    /// One release.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release(&self, number: u32) -> Result<Option<ReleaseRecord>, StoreError> {
        self.read(move |db| {
            let mut query =
                db.prepare_cached(&format!("SELECT {COLUMNS} FROM releases WHERE number = ?1"))?;
            Ok(query.query_row([number], read_release).optional()?)
        })
        .await
    }

    /// At most `limit` releases with a number below `before`, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn releases(&self, before: u32, limit: u32) -> Result<Vec<ReleaseRecord>, StoreError> {
        self.list(
            format!("SELECT {COLUMNS} FROM releases WHERE number < ?1 ORDER BY number DESC LIMIT ?2"),
            (before, limit),
        )
        .await
    }

    /// The releases of rules that can be trusted, best first: the live one, then the superseded ones, newest first.
    /// Left out is what was taken back, every earlier release of the very same script, and what never reached all rooms.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn good_rules(&self) -> Result<Vec<ReleaseRecord>, StoreError> {
        self.list(
            format!(
                "SELECT {COLUMNS} FROM releases AS good
                 WHERE kind = 'logic' AND state <> 'rolled_back' AND NOT EXISTS (
                     SELECT 1 FROM releases AS bad
                     WHERE bad.kind = 'logic' AND bad.state = 'rolled_back' AND bad.hash = good.hash
                         AND bad.number > good.number)
                     AND NOT EXISTS (
                     SELECT 1 FROM rollouts WHERE release = good.number AND rollouts.state <> 'complete')
                 ORDER BY state = 'live' DESC, number DESC LIMIT ?1"
            ),
            (MAX_CANDIDATES,),
        )
        .await
    }

    /// The scene in force, when one was ever published.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn live_scene(&self) -> Result<Option<ReleaseRecord>, StoreError> {
        self.read(|db| {
            let mut query = db.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM releases WHERE kind = 'scene' AND state = 'live'"
            ))?;
            Ok(query.query_row([], read_release).optional()?)
        })
        .await
    }

    /// Takes a release back for ever and notes why. Returns `false` when that had happened before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn roll_back(&self, number: u32, fault: RunTimeFault) -> Result<bool, StoreError> {
        self.write(move |db| {
            let changed = db
                .prepare_cached(
                    "UPDATE releases SET state = 'rolled_back', error = ?2, error_line = ?3, error_column = ?4
                     WHERE number = ?1 AND state <> 'rolled_back'",
                )?
                .execute((number, &fault.message, fault.line, fault.column))?;
            if changed > 0 {
                db.prepare_cached("UPDATE rollouts SET state = 'rolled_back', why = ?2 WHERE release = ?1")?
                    .execute((number, &fault.message))?;
                audit::add(db, "server", "roll_back", Some(number), &fault.message)?;
            }
            Ok(changed > 0)
        })
        .await
    }

    /// Stores how clients took some releases.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn save_acks(&self, acks: Vec<(u32, String)>) -> Result<(), StoreError> {
        self.write(move |db| {
            let mut update = db.prepare_cached("UPDATE releases SET acks = ?2 WHERE number = ?1")?;
            for (number, summary) in acks {
                update.execute((number, summary))?;
            }
            Ok(())
        })
        .await
    }

    async fn list(
        &self,
        sql: String,
        params: impl rusqlite::Params + Send + 'static,
    ) -> Result<Vec<ReleaseRecord>, StoreError> {
        self.read(move |db| {
            let mut query = db.prepare_cached(&sql)?;
            let rows = query.query_map(params, read_release)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}

/// So many earlier releases are tried before the built-in rules take over; nobody has that many broken ones.
const MAX_CANDIDATES: u32 = 64;

pub(super) fn supersede(db: &Connection, kind: ReleaseKind) -> Result<(), StoreError> {
    db.prepare_cached("UPDATE releases SET state = 'superseded' WHERE kind = ?1 AND state = 'live'")?
        .execute([kind.as_str()])?;
    Ok(())
}

/// Adds a release for all rooms.
pub(super) fn insert(db: &Connection, release: &NewRelease) -> Result<u32, StoreError> {
    let kind = kind_of(release);
    supersede(db, kind)?;
    if kind == ReleaseKind::Logic {
        end_canary(db, RolloutState::Superseded, "a newer release took its place")?;
    }
    let number = insert_row(db, release, "live")?;
    audit::add_by(db, &release.author, "publish", Some(number), &release.version, &release.note)?;
    Ok(number)
}

fn kind_of(release: &NewRelease) -> ReleaseKind {
    if release.scene.is_some() { ReleaseKind::Scene } else { ReleaseKind::Logic }
}

/// Adds the row and the content of a release.
pub(super) fn insert_row(db: &Connection, release: &NewRelease, state: &str) -> Result<u32, StoreError> {
    let kind = kind_of(release);
    for new in &release.content {
        content::put(db, &new.hash, new.media_type, &new.bytes)?;
    }
    let scene = release.scene.clone().unwrap_or_default();
    let script = release.content.first().map(|new| new.hash.clone());
    let hash = if release.scene.is_some() { scene.background } else { script };
    let [red, green, blue] = scene.color;
    let number = db
        .prepare_cached(
            "INSERT INTO releases (kind, version, note, author, created_ms, state, hash, host_api, color, music)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING number",
        )?
        .query_row(
            (
                kind.as_str(),
                &release.version,
                &release.note,
                &release.author.name,
                to_sql(unix_ms()),
                state,
                &hash,
                release.host_api,
                u32::from_be_bytes([0, red, green, blue]),
                scene.music.as_str(),
            ),
            |row| row.get(0),
        )?;
    let mut image =
        db.prepare_cached("INSERT INTO scene_images (release, slot, place, hash) VALUES (?1, ?2, ?3, ?4)")?;
    let skins = scene.player_skins.iter().map(|hash| ("player", hash));
    for (place, (slot, hash)) in (0_u32..).zip(skins.chain(scene.orb_skin.iter().map(|hash| ("orb", hash)))) {
        image.execute((number, slot, place, hash))?;
    }
    Ok(number)
}

fn read_release(row: &Row<'_>) -> Result<ReleaseRecord, rusqlite::Error> {
    let kind: String = row.get(1)?;
    let state: String = row.get(6)?;
    let is_scene = kind == "scene";
    let error: Option<String> = row.get(10)?;
    let (line, column) = (row.get(11)?, row.get(12)?);
    let rollout: Option<String> = row.get(14)?;
    Ok(ReleaseRecord {
        number: row.get(0)?,
        kind: if is_scene { ReleaseKind::Scene } else { ReleaseKind::Logic },
        version: row.get(2)?,
        note: row.get(3)?,
        author: row.get(4)?,
        created_ms: from_sql(row.get(5)?),
        state: match (state.as_str(), rollout.as_deref()) {
            ("live", _) => ReleaseState::Live,
            ("superseded", Some("canary")) => ReleaseState::Canary,
            ("superseded", Some("stopped")) => ReleaseState::Stopped,
            ("superseded", _) => ReleaseState::Superseded,
            _ => ReleaseState::RolledBack,
        },
        hash: row.get(7)?,
        host_api: row.get(8)?,
        scene: if is_scene { Some(read_scene(row)?) } else { None },
        fault: error.map(|message| RunTimeFault { message, line, column }),
        acks: row.get(13)?,
    })
}

fn read_scene(row: &Row<'_>) -> Result<SceneFields, rusqlite::Error> {
    let [_, red, green, blue] = row.get::<_, u32>(9)?.to_be_bytes();
    let music: String = row.get(15)?;
    let mut scene = SceneFields {
        color: [red, green, blue],
        background: row.get(7)?,
        music: music.into(),
        ..SceneFields::default()
    };
    let images: Option<String> = row.get(16)?;
    for image in images.iter().flat_map(|images| images.split(',')) {
        match image.split_once(' ') {
            Some(("player", hash)) => scene.player_skins.push(hash.to_owned()),
            Some((_, hash)) => scene.orb_skin = Some(hash.to_owned()),
            None => {}
        }
    }
    Ok(scene)
}
