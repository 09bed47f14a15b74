//! A release's life on a real store, with rooms that only note what they are told.

use std::time::Duration;

use sim::Tick;
use tempfile::TempDir;
use tokio::time::timeout;

use super::*;
use crate::storage::{DATABASE_FILE, ReleaseState};

/// Longer than anything that is waited for takes; a test that gets here has failed.
const PATIENCE: Duration = Duration::from_secs(30);
/// Ticks from the announcement to the first tick.
const LEAD: u32 = 30;
/// The tick at which the rooms of these tests stand still.
const NOW: Tick = Tick(1_000);

/// Rooms that note the switches: number and first tick.
#[derive(Clone)]
struct Rooms {
    switches: watch::Sender<Vec<(u32, Tick)>>,
}

impl Fleet for Rooms {
    fn tick(&self) -> Tick {
        NOW
    }

    fn tick_rate(&self) -> u32 {
        30
    }

    fn switch_rules(&self, release: Arc<LoadedRelease>, activate: Tick) {
        self.switches.send_modify(|list| list.push((release.info.number, activate)));
    }

    fn switch_scene(&self, scene: SceneInfo, activate: Tick) {
        self.switches.send_modify(|list| list.push((scene.number, activate)));
    }
}

/// A server without sockets and players.
struct Arena {
    releases: Releases,
    live: Live,
    store: Store,
    rooms: Rooms,
}

impl Arena {
    async fn start(dir: &TempDir) -> Self {
        let store = Store::open(dir.path()).unwrap();
        let (releases, live) = Releases::load(store.clone(), LEAD).await.unwrap();
        let rooms = Rooms { switches: watch::Sender::new(Vec::new()) };
        releases.attach(rooms.clone());
        Self { releases, live, store, rooms }
    }

    /// Publishes rules that differ from all others by `hp`.
    async fn publish(&self, hp: u32) -> Published {
        let published = self.releases.publish_script(script(hp), format!("hp {hp}"), String::new(), "test");
        published.await.unwrap()
    }

    /// Says that a release failed in a room, and waits until that is dealt with.
    async fn fail(&self, release: u32) {
        let error = RulesError { hook: "move_orb", message: "boom".into(), line: Some(7), column: Some(3) };
        let mut changes = self.releases.subscribe();
        changes.mark_unchanged();
        let room = 1;
        self.releases.report(ReleaseReport::Failed { room, release, tick: NOW, error, fell_back_to: 0 });
        timeout(PATIENCE, changes.changed()).await.expect("the failure is dealt with").unwrap();
    }

    fn ack(&self, player: u32, ok: bool, ms: f32, stage: UpdateStage) {
        let error = (!ok).then(|| "no \u{202e} memory".to_owned());
        let player = PlayerId(player);
        self.releases.report(ReleaseReport::Ack { player, release: 1, ok, error, ms, stage });
    }

    async fn state(&self, release: u32) -> ReleaseState {
        self.store.release(release).await.unwrap().unwrap().state
    }

    fn switches(&self) -> Vec<(u32, Tick)> {
        self.rooms.switches.borrow().clone()
    }

    fn number(&self) -> Option<u32> {
        self.releases.rules().map(|rules| rules.info.number)
    }
}

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn script(hp: u32) -> String {
    format!("const TUNING = #{{ max_hp: {hp}.0 }};")
}

#[tokio::test]
async fn the_first_start_publishes_the_built_in_rules() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    let info = &arena.live.release.info;
    assert_eq!((info.number, info.version.as_str()), (1, "arena"));
    assert_eq!(info.hash, hotlogic::content_hash(hotlogic::shipped::ARENA.as_bytes()));
    assert!(arena.live.fallback.is_none());
    assert_eq!(arena.live.scene.number, 0);
    assert_eq!(arena.store.release(1).await.unwrap().unwrap().author, "built-in");
}

#[tokio::test]
async fn published_rules_are_stored_announced_and_live_after_a_restart() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    let published = arena.publish(50).await;
    assert_eq!((published.release.number, published.activate_tick), (2, NOW.plus(LEAD)));
    assert_eq!(arena.switches(), [(2, NOW.plus(LEAD))]);
    assert_eq!(arena.state(1).await, ReleaseState::Superseded);
    drop(arena);
    let again = Arena::start(&dir).await;
    assert_eq!(again.live.release.info, published.release);
    assert_eq!(&*again.live.release.script, script(50));
    assert_eq!(again.live.fallback.as_ref().map(|release| release.info.number), Some(1));
    assert_eq!(again.publish(51).await.release.number, 3, "numbers go on");
}

#[tokio::test]
async fn a_broken_script_changes_nothing_and_is_explained() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    let check = async |script: &str, version: &str, note: &str| {
        let published = arena.releases.publish_script(script.into(), version.into(), note.into(), "test");
        published.await.unwrap_err()
    };
    let syntax = check("const TUNING = #{};\n\nfn strike(a, b, c, d) { let x = ; }", "1", "").await;
    let PublishError::Rejected(error) = syntax else { panic!("{syntax}") };
    assert_eq!(error.line, Some(3));
    let endless = check("fn move_orb(x, y, vx, vy, dt) {\n loop { }\n}", "1", "").await;
    assert!(matches!(endless, PublishError::Rejected(_)), "{endless}");
    let long = "/".repeat(hotlogic::MAX_SCRIPT_BYTES + 1);
    assert!(matches!(check(&long, "1", "").await, PublishError::TooBig));
    for version in ["", " \t", "a\nb", &"x".repeat(MAX_VERSION_CHARS + 1)] {
        assert!(matches!(check(&script(1), version, "").await, PublishError::BadVersion), "{version:?}");
    }
    let note = "x".repeat(MAX_NOTE_CHARS + 1);
    assert!(matches!(check(&script(1), "1", &note).await, PublishError::BadNote));
    assert_eq!(arena.number(), Some(1));
    assert!(arena.switches().is_empty());
    assert_eq!(arena.store.releases(u32::MAX, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_same_script_may_be_published_again() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    let (first, second) = (arena.publish(50).await.release, arena.publish(50).await.release);
    assert_eq!((first.number, second.number), (2, 3));
    assert_eq!(first.hash, second.hash);
}

#[tokio::test]
async fn publications_at_once_get_numbers_in_the_order_in_which_rooms_hear_of_them() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    tokio::join!(arena.publish(10), arena.publish(20), arena.publish(30), arena.publish(40));
    let numbers: Vec<u32> = arena.switches().iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [2, 3, 4, 5]);
    assert_eq!(arena.number(), Some(5));
    assert_eq!(arena.state(5).await, ReleaseState::Live);
}

#[tokio::test]
async fn who_hangs_up_while_publishing_leaves_no_release_that_nobody_was_told_of() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    let releases = arena.releases.clone();
    let publishing = tokio::spawn(async move {
        let _ = releases.publish_script(script(50), "1".into(), String::new(), "test").await;
    });
    let mut switches = arena.rooms.switches.subscribe();
    // Wherever it is cut: either nothing was stored, or the rooms hear of it.
    tokio::task::yield_now().await;
    publishing.abort();
    let _ = publishing.await;
    arena.publish(60).await;
    timeout(PATIENCE, switches.wait_for(|list| !list.is_empty())).await.unwrap().unwrap();
    let stored = arena.store.releases(u32::MAX, 10).await.unwrap().len();
    assert_eq!(stored, 1 + arena.switches().len());
}

#[tokio::test]
async fn failing_rules_are_taken_back_down_the_chain_to_safe_mode() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    arena.publish(50).await;
    arena.publish(60).await;
    arena.fail(3).await;
    assert_eq!(arena.switches().last(), Some(&(2, NOW)), "at once, not after the lead");
    assert_eq!((arena.state(3).await, arena.state(2).await), (ReleaseState::RolledBack, ReleaseState::Live));
    let fault = arena.store.release(3).await.unwrap().unwrap().fault.unwrap();
    assert_eq!((fault.line, fault.column), (Some(7), Some(3)));
    assert_eq!(fault.message, "move_orb: boom (room 1, tick 1000)");
    arena.fail(2).await;
    assert_eq!(arena.switches().last(), Some(&(1, NOW)));
    arena.fail(1).await;
    assert_eq!(arena.number(), None, "nothing can be trusted: the rooms run the native rules");
    assert_eq!(arena.switches().len(), 4);
    let log = arena.store.audit_log(20).await.unwrap();
    let actions: Vec<_> = log.iter().rev().map(|entry| (entry.action.as_str(), entry.release)).collect();
    let expect = [
        ("publish", Some(1)),
        ("publish", Some(2)),
        ("publish", Some(3)),
        ("roll_back", Some(3)),
        ("make_live", Some(2)),
        ("roll_back", Some(2)),
        ("make_live", Some(1)),
        ("roll_back", Some(1)),
        ("safe_mode", Some(1)),
    ];
    assert_eq!(actions, expect);
    arena.publish(70).await;
    assert_eq!(arena.number(), Some(4), "an operator gets it out of safe mode");
}

#[tokio::test]
async fn a_failed_script_is_not_replaced_by_an_earlier_release_of_itself() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    arena.publish(50).await;
    arena.publish(50).await;
    arena.fail(3).await;
    assert_eq!(arena.number(), Some(1));
}

#[tokio::test]
async fn a_release_that_fails_after_it_was_replaced_is_only_marked() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    arena.publish(50).await;
    arena.publish(60).await;
    arena.fail(2).await;
    assert_eq!(arena.number(), Some(3));
    assert_eq!(arena.switches().len(), 2);
    assert_eq!(arena.state(2).await, ReleaseState::RolledBack);
    arena.fail(3).await;
    assert_eq!(arena.number(), Some(1), "what was marked is passed over");
}

#[tokio::test]
async fn what_was_taken_back_stays_so_after_a_restart() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    arena.publish(50).await;
    arena.fail(2).await;
    drop(arena);
    assert_eq!(Arena::start(&dir).await.live.release.info.number, 1);
}

#[tokio::test]
async fn a_stored_script_that_no_longer_passes_is_passed_over() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    arena.publish(50).await;
    let hash = arena.publish(60).await.release.hash;
    drop(arena);
    let damage = rusqlite::Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    damage.execute("UPDATE content SET bytes = x'00' WHERE hash = ?1", [hash]).unwrap();
    drop(damage);
    let arena = Arena::start(&dir).await;
    assert_eq!(arena.live.release.info.number, 2);
    assert_eq!((arena.state(3).await, arena.state(2).await), (ReleaseState::RolledBack, ReleaseState::Live));
    let fault = arena.store.release(3).await.unwrap().unwrap().fault.unwrap();
    assert!(fault.message.contains("damaged"), "{}", fault.message);
}

#[tokio::test]
async fn when_nothing_stored_can_be_played_the_built_in_rules_are_published_again() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    arena.publish(50).await;
    arena.fail(2).await;
    arena.fail(1).await;
    drop(arena);
    let arena = Arena::start(&dir).await;
    assert_eq!(arena.live.release.info.number, 3);
    assert_eq!(arena.live.release.info.version, "arena");
}

#[tokio::test]
async fn acks_are_counted_once_a_player_and_kept() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    for player in 1..=100 {
        arena.ack(player, true, player as f32, UpdateStage::Armed);
        arena.ack(player, true, 1_000.0, UpdateStage::Active);
        arena.ack(player, true, 1_000.0, UpdateStage::Active);
    }
    arena.ack(200, false, f32::NAN, UpdateStage::Armed);
    arena.ack(200, false, 0.0, UpdateStage::Armed);
    arena.releases.report(ReleaseReport::Ack {
        player: PlayerId(1),
        release: 99,
        ok: true,
        error: None,
        ms: 1.0,
        stage: UpdateStage::Active,
    });
    let acks = arena.releases.acks(1, None);
    assert_eq!((acks.armed, acks.active, acks.failed), (100, 100, 1));
    assert_eq!((acks.p50_ms, acks.p99_ms), (Some(50.0), Some(99.0)));
    assert_eq!(acks.errors.len(), 1);
    assert_eq!(acks.errors[0].error, "no memory");
    assert_eq!(arena.releases.acks(99, None), AckSummary::default());
    arena.releases.flush().await;
    drop(arena);
    let again = Arena::start(&dir).await;
    assert_eq!(again.releases.acks(1, None), acks);
    again.ack(300, true, 5.0, UpdateStage::Armed);
    assert_eq!(again.releases.acks(1, None).armed, 101);
}

#[tokio::test]
async fn a_scene_keeps_what_is_not_named_and_survives_a_restart() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    let publish = async |color, image, version: &str| {
        let published = arena.releases.publish_scene(color, image, version.into(), String::new(), "test");
        published.await.map(|published| published.scene)
    };
    let red =
        publish(Some([200, 0, 0]), ImageChange::Set(image::tests::png(8, 8).into()), "red").await.unwrap();
    let hash = red.background_image.clone().unwrap();
    assert_eq!(arena.store.content(hash.clone()).await.unwrap().unwrap().media_type, "image/png");
    let kept = publish(None, ImageChange::Keep, "kept").await.unwrap();
    assert_eq!((kept.background_color, kept.background_image), ([200, 0, 0], Some(hash)));
    let plain = publish(Some([1, 2, 3]), ImageChange::Remove, "plain").await.unwrap();
    assert_eq!(plain.background_image, None);
    let broken = publish(None, ImageChange::Set("no image"[..].into()), "broken").await.unwrap_err();
    assert!(matches!(broken, PublishError::BadImage(_)), "{broken}");
    assert_eq!(arena.releases.scene(), plain);
    assert_eq!(arena.switches().len(), 3);
    drop(arena);
    assert_eq!(Arena::start(&dir).await.live.scene, plain);
}
