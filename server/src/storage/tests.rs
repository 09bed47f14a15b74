//! What the store promises, on real files.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use rusqlite::Connection;
use sim::PlayerId;
use sim::vec2::vec2;
use tempfile::TempDir;

use super::*;

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn open(dir: &TempDir) -> Store {
    Store::open(dir.path()).unwrap()
}

/// An empty store; the directory lives as long as its handle.
fn fresh() -> (TempDir, Store) {
    let dir = directory();
    let store = open(&dir);
    (dir, store)
}

/// A script with `text`, ready to be stored.
fn rules(version: &str, text: &str) -> NewRelease {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    NewRelease {
        version: version.into(),
        note: String::new(),
        author: "test".into(),
        host_api: 1,
        content: vec![NewContent { hash: hash_of(text), media_type: "text/plain", bytes }],
        scene: None,
    }
}

/// Looks like a hash and differs for different texts of up to 32 bytes.
fn hash_of(text: &str) -> String {
    format!("{:0<64}", text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>())
}

fn fault(message: &str) -> RunTimeFault {
    RunTimeFault { message: message.into(), line: Some(3), column: None }
}

fn session(player: u32, token: u8, previous: Option<u8>) -> SessionRecord {
    SessionRecord {
        player: PlayerId(player),
        name: "Ada".into(),
        room: 2,
        token_hash: [token; 32],
        previous_token_hash: previous.map(|byte| [byte; 32]),
        last_seen_ms: 1_000,
        saved: saved(40),
    }
}

fn saved(hp: i32) -> SavedPlayer {
    SavedPlayer {
        position: vec2(0.1, -7.25),
        facing: vec2(0.6, 0.8),
        hp,
        score: -3,
        kills: 4,
        deaths: 5,
        streak: 2,
        respawn_ticks: 17,
    }
}

/// Damages or replaces the file with `change` and expects that it is refused with these words and not touched.
#[track_caller]
fn check_refused(change: impl FnOnce(&Path), expect: &str) {
    let dir = directory();
    drop(open(&dir));
    let path = dir.path().join(DATABASE_FILE);
    change(&path);
    let before = fs::read(&path).unwrap();
    let error = Store::open(dir.path()).unwrap_err().to_string();
    assert!(error.contains(expect), "{error}");
    assert_eq!(before, fs::read(&path).unwrap(), "the file was changed");
}

#[tokio::test]
async fn what_was_answered_is_there_after_a_crash() {
    let dir = directory();
    let store = open(&dir);
    store.save_session(session(7, 1, None)).await.unwrap();
    assert_eq!(store.add_release(rules("one", "a")).await.unwrap(), 1);
    // A copy of the files as they are now is what a machine without power would find.
    let crashed = directory();
    for entry in fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), crashed.path().join(entry.file_name())).unwrap();
    }
    let found = open(&crashed);
    assert_eq!(found.find_session([1; 32]).await.unwrap(), Some((session(7, 1, None), TokenMatch::Current)));
    assert_eq!(found.good_rules().await.unwrap()[0].version, "one");
}

#[tokio::test]
async fn a_dropped_store_can_be_opened_again_at_once() {
    let dir = directory();
    let store = open(&dir);
    store.reserve_player_ids(10).await.unwrap();
    drop(store);
    assert_eq!(open(&dir).reserve_player_ids(5).await.unwrap(), 11..16);
}

#[tokio::test]
async fn a_closed_store_says_so_and_frees_the_directory() {
    let dir = directory();
    let store = open(&dir);
    let other = store.clone();
    store.close().await;
    assert!(matches!(other.setting("x").await, Err(StoreError::Closed)));
    assert!(matches!(other.reserve_player_ids(1).await, Err(StoreError::Closed)));
    assert!(!dir.path().join("hotswap.sqlite3-wal").exists(), "the log was not folded in");
    open(&dir);
}

#[tokio::test]
async fn all_queries_of_one_read_see_the_same_state() {
    let (_dir, store) = fresh();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let (stored, is_stored) = std::sync::mpsc::channel::<()>();
    let count = |db: &Connection| -> Result<u32, StoreError> {
        Ok(db.query_row("SELECT count(*) FROM releases", [], |row| row.get(0))?)
    };
    let reading = {
        let store = store.clone();
        tokio::spawn(async move {
            let read = move |db: &Connection| {
                let before = count(db)?;
                begun.send(()).unwrap();
                is_stored.recv().unwrap();
                Ok([before, count(db)?])
            };
            store.read(read).await.unwrap()
        })
    };
    has_begun.await.unwrap();
    store.add_release(rules("1", "one")).await.unwrap();
    stored.send(()).unwrap();
    assert_eq!(reading.await.unwrap(), [0, 0]);
    assert_eq!(store.read(count).await.unwrap(), 1);
}

#[tokio::test]
async fn two_servers_cannot_share_a_directory() {
    let dir = directory();
    let _first = open(&dir);
    let error = Store::open(dir.path()).unwrap_err();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    assert!(error.to_string().contains("--data"), "{error}");
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    check_refused(
        |path| fs::write(path, "these are not the bytes you want".repeat(200)).unwrap(),
        "is damaged",
    );
}

#[test]
fn a_damaged_database_is_refused() {
    check_refused(
        |path| {
            let mut bytes = fs::read(path).unwrap();
            let middle = bytes.len() / 2;
            bytes[4_096..middle].fill(0xa5);
            fs::write(path, bytes).unwrap();
        },
        "is damaged",
    );
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    check_refused(
        |path| Connection::open(path).unwrap().pragma_update(None, "user_version", 99).unwrap(),
        "newer version of hotswap (schema 99",
    );
}

#[test]
fn a_database_of_another_program_is_refused() {
    check_refused(
        |path| {
            fs::remove_file(path).unwrap();
            Connection::open(path).unwrap().execute_batch("CREATE TABLE cats (name TEXT)").unwrap();
        },
        "database of another program",
    );
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let dir = directory();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Store::open(&file.join("data")).unwrap_err().to_string();
    assert!(error.contains("file/data"), "{error}");
}

#[tokio::test]
async fn player_numbers_start_at_one_and_are_never_given_twice() {
    let (_dir, store) = fresh();
    assert_eq!(store.reserve_player_ids(3).await.unwrap(), 1..4);
    assert_eq!(store.reserve_player_ids(2).await.unwrap(), 4..6);
    assert!(matches!(store.reserve_player_ids(u32::MAX).await, Err(StoreError::IdsExhausted)));
    assert_eq!(store.reserve_player_ids(1).await.unwrap(), 6..7, "a refused call used up numbers");
}

#[tokio::test]
async fn the_token_before_is_good_until_the_new_one_is_confirmed() {
    let (_dir, store) = fresh();
    store.save_session(session(1, 10, None)).await.unwrap();
    store.save_session(session(1, 11, Some(10))).await.unwrap();
    let matched = async |token: u8| store.find_session([token; 32]).await.unwrap().map(|(_, which)| which);
    assert_eq!(matched(11).await, Some(TokenMatch::Current));
    assert_eq!(matched(10).await, Some(TokenMatch::Previous));
    store.confirm_token(PlayerId(1), [10; 32]).await.unwrap();
    assert_eq!(matched(10).await, Some(TokenMatch::Previous), "a connection before may be heard late");
    store.confirm_token(PlayerId(1), [11; 32]).await.unwrap();
    assert_eq!(matched(10).await, None);
    store.save_session(session(1, 12, Some(11))).await.unwrap();
    assert_eq!(matched(10).await, None);
    assert_eq!(matched(11).await, Some(TokenMatch::Previous));
}

#[tokio::test]
async fn a_checkpoint_updates_who_is_known_and_nobody_else() {
    let (_dir, store) = fresh();
    store.save_session(session(1, 1, None)).await.unwrap();
    let checkpoint = |player: u32| PlayerCheckpoint {
        player: PlayerId(player),
        room: 9,
        name: "Bo".into(),
        saved: saved(77),
        last_seen_ms: 5_000,
    };
    store.checkpoint(vec![checkpoint(1), checkpoint(2)]).await.unwrap();
    let (found, _) = store.find_session([1; 32]).await.unwrap().unwrap();
    let expect = SessionRecord {
        name: "Bo".into(),
        room: 9,
        last_seen_ms: 5_000,
        saved: saved(77),
        ..session(1, 1, None)
    };
    assert_eq!(found, expect);
    assert_eq!(store.forget_sessions_before(5_001).await.unwrap(), 1, "the unknown player got a session");
}

#[tokio::test]
async fn who_left_or_stayed_away_too_long_is_forgotten() {
    let (_dir, store) = fresh();
    store.save_session(session(1, 1, None)).await.unwrap();
    store.save_session(session(2, 2, None)).await.unwrap();
    store.end_session(PlayerId(1), [1; 32]).await.unwrap();
    assert!(store.find_session([1; 32]).await.unwrap().is_none());
    assert_eq!(store.forget_sessions_before(1_000).await.unwrap(), 0);
    assert_eq!(store.forget_sessions_before(1_001).await.unwrap(), 1);
}

#[tokio::test]
async fn a_new_release_supersedes_the_one_before_of_its_kind() {
    let (_dir, store) = fresh();
    store.add_release(rules("one", "a")).await.unwrap();
    let scene = SceneFields { color: [1, 2, 3], ..SceneFields::default() };
    let scene = NewRelease { content: Vec::new(), scene: Some(scene), ..rules("scene", "") };
    assert_eq!(store.add_release(scene).await.unwrap(), 2);
    assert_eq!(store.add_release(rules("three", "c")).await.unwrap(), 3);
    let all = store.releases(u32::MAX, 10).await.unwrap();
    let states: Vec<_> = all.iter().map(|release| (release.number, release.state)).collect();
    assert_eq!(states, [(3, ReleaseState::Live), (2, ReleaseState::Live), (1, ReleaseState::Superseded)]);
    assert_eq!(store.live_scene().await.unwrap().unwrap().scene.unwrap().color, [1, 2, 3]);
    assert_eq!(&store.content(hash_of("a")).await.unwrap().unwrap().bytes[..], b"a");
    let log = store.audit_log(10).await.unwrap();
    assert_eq!((log[0].action.as_str(), log[0].release), ("publish", Some(3)));
}

#[tokio::test]
async fn all_who_ask_for_content_share_one_copy_of_it() {
    let (_dir, store) = fresh();
    store.add_release(rules("one", "a script")).await.unwrap();
    assert!(store.has_content(hash_of("a script")).await.unwrap());
    assert!(!store.has_content(hash_of("nothing")).await.unwrap());
    let first = store.content(hash_of("a script")).await.unwrap().unwrap();
    let second = store.content(hash_of("a script")).await.unwrap().unwrap();
    assert_eq!(&first.bytes[..], b"a script");
    assert_eq!(first.bytes.as_ptr(), second.bytes.as_ptr());
}

#[tokio::test]
async fn the_same_script_may_be_released_again() {
    let (_dir, store) = fresh();
    store.add_release(rules("one", "a")).await.unwrap();
    assert_eq!(store.add_release(rules("one again", "a")).await.unwrap(), 2);
}

#[tokio::test]
async fn what_failed_is_not_trusted_in_its_earlier_releases_either() {
    let (_dir, store) = fresh();
    for (version, text) in [("1", "good"), ("2", "bad"), ("3", "fine"), ("4", "bad")] {
        store.add_release(rules(version, text)).await.unwrap();
    }
    assert!(store.roll_back(4, fault("boom")).await.unwrap());
    assert!(!store.roll_back(4, fault("again")).await.unwrap());
    let good = async || -> Vec<u32> {
        store.good_rules().await.unwrap().iter().map(|release| release.number).collect()
    };
    assert_eq!(good().await, [3, 1]);
    assert_eq!(store.release(4).await.unwrap().unwrap().fault, Some(fault("boom")));
    // Tried again by hand, it counts as any other.
    store.add_release(rules("5", "bad")).await.unwrap();
    assert_eq!(good().await, [5, 3, 1]);
    // What never reached all rooms is no release to fall back to.
    let terms = RolloutTerms { room: Some(2), share: 0, widen_after_ms: None };
    assert_eq!(store.add_canary(rules("6", "new"), terms).await.unwrap(), 6);
    assert_eq!(good().await, [5, 3, 1]);
    assert!(store.widen(6, "me".into(), RolloutTerms { share: 100, ..terms }).await.unwrap());
    assert_eq!(good().await, [6, 5, 3, 1]);
}

#[tokio::test]
async fn a_failed_change_is_undone_and_does_not_harm_its_neighbours() {
    let (_dir, store) = fresh();
    let missing = NewRelease {
        scene: Some(SceneFields { background: Some("no such image".into()), ..SceneFields::default() }),
        ..NewRelease { content: Vec::new(), ..rules("broken", "") }
    };
    let (before, broken, after) = tokio::join!(
        store.add_release(rules("before", "a")),
        store.add_release(missing),
        store.add_release(rules("after", "b"))
    );
    before.unwrap();
    assert!(matches!(broken, Err(StoreError::Sqlite(_))));
    after.unwrap();
    let versions: Vec<_> = store.good_rules().await.unwrap().into_iter().map(|good| good.version).collect();
    assert_eq!(versions, ["after", "before"]);
}

#[tokio::test]
async fn a_thousand_changes_at_once_are_all_stored() {
    let (_dir, store) = fresh();
    let calls: Vec<_> = (0..1_000)
        .map(|player| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut session = session(player, 0, None);
                session.token_hash[..4].copy_from_slice(&player.to_le_bytes());
                store.save_session(session).await
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(store.forget_sessions_before(u64::MAX).await.unwrap(), 1_000);
}

#[tokio::test]
async fn settings_are_kept_and_their_values_are_not_in_the_audit_log() {
    let dir = directory();
    open(&dir).set_setting("secret", "hash".into(), "server").await.unwrap();
    let store = open(&dir);
    assert_eq!(store.setting("secret").await.unwrap().as_deref(), Some("hash"));
    assert_eq!(store.setting("other").await.unwrap(), None);
    assert!(store.audit_log(5).await.unwrap().iter().all(|entry| !entry.detail.contains("hash")));
}
