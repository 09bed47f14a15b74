//! A release's life on a real store, with rooms that only note what they are told.

use std::time::Duration;

use sim::Tick;
use tempfile::TempDir;
use tokio::time::timeout;

use super::*;
use crate::storage::{DATABASE_FILE, ReleaseState};

/// Longer than anything that is waited for takes; a test that gets here has failed.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// Ticks from the announcement to the first tick.
pub(super) const LEAD: u32 = 30;
/// The tick at which the rooms of these tests stand still.
pub(super) const NOW: Tick = Tick(1_000);

/// So many rooms are open.
pub(super) const ROOMS: u32 = 8;

/// Content hash of what is not to be trusted any more, and whether nobody asked for the switch.
type Order = (Option<String>, bool);

/// Rooms that note the switches: number and first tick.
#[derive(Clone, Default)]
pub(super) struct Rooms {
    pub(super) switches: watch::Sender<Vec<(u32, Tick)>>,
    /// What each room is to play, after each switch.
    pub(super) plans: watch::Sender<Vec<Vec<u32>>>,
    /// What is not to be trusted any more, and whether nobody asked for it.
    pub(super) orders: Arc<Mutex<Vec<Order>>>,
}

impl Fleet for Rooms {
    fn tick(&self) -> Tick {
        NOW
    }

    fn tick_rate(&self) -> u32 {
        30
    }

    fn rooms(&self) -> Vec<u32> {
        (1..=ROOMS).collect()
    }

    /// Notes the switches of the first room, as the other tests have no other.
    fn switch_rules(&self, plan: Plan, switch: Switch) {
        let numbers = (1..=ROOMS).map(|room| plan.number_for(room)).collect();
        self.orders.lock().unwrap().push((switch.distrust, switch.automatic));
        self.plans.send_modify(|list| list.push(numbers));
        self.switches.send_modify(|list| list.push((plan.number_for(1), switch.activate)));
    }

    fn switch_scene(&self, scene: SceneInfo, activate: Tick) {
        self.switches.send_modify(|list| list.push((scene.number, activate)));
    }
}

/// A server without sockets and players.
pub(super) struct Arena {
    pub(super) releases: Releases,
    pub(super) live: Live,
    pub(super) store: Store,
    pub(super) rooms: Rooms,
}

impl Arena {
    pub(super) async fn start(dir: &TempDir) -> Self {
        let store = Store::open(dir.path()).unwrap();
        let (releases, live) = Releases::load(store.clone(), LEAD).await.unwrap();
        let rooms = Rooms::default();
        releases.attach(rooms.clone());
        Self { releases, live, store, rooms }
    }

    /// Lets go of the data folder, whatever tasks still run.
    pub(super) async fn stop(self) {
        self.store.close().await;
    }

    /// Publishes rules that differ from all others by `hp`.
    pub(super) async fn publish(&self, hp: u32) -> Published {
        let published = self.releases.publish_script(script(hp), format!("hp {hp}"), String::new(), "test");
        published.await.unwrap()
    }

    /// Says that a release failed in a room, and waits until that is dealt with.
    pub(super) async fn fail(&self, release: u32) {
        let error = RulesError { hook: "move_orb", message: "boom".into(), line: Some(7), column: Some(3) };
        let mut changes = self.releases.subscribe();
        changes.mark_unchanged();
        let room = 1;
        self.releases.report(ReleaseReport::Failed { room, release, tick: NOW, error, fell_back_to: 99 });
        timeout(PATIENCE, changes.changed()).await.expect("the failure is dealt with").unwrap();
    }

    fn ack(&self, player: u32, ok: bool, ms: f32, stage: UpdateStage) {
        let error = (!ok).then(|| "no \u{202e} memory".to_owned());
        let player = PlayerId(player);
        self.releases.report(ReleaseReport::Ack { player, release: 1, ok, error, ms, stage });
    }

    pub(super) async fn state(&self, release: u32) -> ReleaseState {
        self.store.release(release).await.unwrap().unwrap().state
    }

    pub(super) fn switches(&self) -> Vec<(u32, Tick)> {
        self.rooms.switches.borrow().clone()
    }

    /// What each room is to play.
    pub(super) fn plan(&self) -> Vec<u32> {
        self.rooms.plans.borrow().last().cloned().unwrap_or_default()
    }

    pub(super) async fn audit(&self) -> Vec<(String, String, Option<u32>)> {
        let log = self.store.audit_log(50).await.unwrap();
        log.into_iter().rev().map(|entry| (entry.who, entry.action, entry.release)).collect()
    }

    pub(super) fn number(&self) -> Option<u32> {
        self.releases.rules().map(|rules| rules.info.number)
    }
}

pub(super) fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

pub(super) fn script(hp: u32) -> String {
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
    arena.stop().await;
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
async fn failing_rules_are_replaced_by_earlier_ones_as_new_releases_down_to_safe_mode() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    let good = arena.publish(50).await.release;
    let bad = arena.publish(60).await.release;
    arena.fail(3).await;
    assert_eq!(arena.switches().last(), Some(&(4, NOW)), "at once, not after the lead");
    assert_eq!(arena.rooms.orders.lock().unwrap().last(), Some(&(Some(bad.hash), true)));
    let states = [arena.state(2).await, arena.state(3).await, arena.state(4).await];
    assert_eq!(states, [ReleaseState::Superseded, ReleaseState::RolledBack, ReleaseState::Live]);
    let again = arena.releases.rules().unwrap();
    assert_eq!((&again.info.hash, &again.info.version), (&good.hash, &good.version));
    assert!(again.info.note.starts_with("Back to release 2: release 3 failed"), "{}", again.info.note);
    let fault = arena.store.release(3).await.unwrap().unwrap().fault.unwrap();
    assert_eq!((fault.line, fault.column), (Some(7), Some(3)));
    assert_eq!(fault.message, "move_orb: boom (room 1, tick 1000)");
    arena.fail(4).await;
    assert_eq!(arena.switches().last(), Some(&(5, NOW)));
    assert_eq!(arena.releases.rules().unwrap().info.version, "arena", "neither 2 nor 4 is trusted any more");
    arena.fail(5).await;
    assert_eq!(arena.number(), None, "nothing can be trusted: the rooms run the native rules");
    assert_eq!(arena.plan(), vec![0; ROOMS as usize]);
    let log = arena.audit().await;
    let log: Vec<_> =
        log.iter().map(|(who, what, release)| (who.as_str(), what.as_str(), *release)).collect();
    let expect = [
        ("built-in", "publish", Some(1)),
        ("test", "publish", Some(2)),
        ("test", "publish", Some(3)),
        ("server", "publish", Some(4)),
        ("server", "roll_back", Some(3)),
        ("server", "publish", Some(5)),
        ("server", "roll_back", Some(4)),
        ("server", "safe_mode", Some(5)),
        ("server", "roll_back", Some(5)),
    ];
    assert_eq!(log, expect);
    arena.publish(70).await;
    assert_eq!(arena.number(), Some(6), "an operator gets it out of safe mode");
}

#[tokio::test]
async fn a_failed_script_is_not_replaced_by_an_earlier_release_of_itself() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    arena.publish(50).await;
    arena.publish(50).await;
    arena.fail(3).await;
    assert_eq!(arena.releases.rules().unwrap().info.version, "arena");
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
    assert_eq!(arena.releases.rules().unwrap().info.version, "arena", "what was marked is passed over");
}

#[tokio::test]
async fn what_was_taken_back_stays_so_after_a_restart() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    arena.publish(50).await;
    arena.fail(2).await;
    arena.stop().await;
    let again = Arena::start(&dir).await;
    assert_eq!((again.live.release.info.number, again.state(2).await), (3, ReleaseState::RolledBack));
    assert_eq!(again.live.release.info.version, "arena");
}

#[tokio::test]
async fn a_stored_script_that_no_longer_passes_is_passed_over() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    arena.publish(50).await;
    let hash = arena.publish(60).await.release.hash;
    arena.stop().await;
    let damage = rusqlite::Connection::open(dir.path().join(DATABASE_FILE)).unwrap();
    damage.execute("UPDATE content SET bytes = x'00' WHERE hash = ?1", [hash]).unwrap();
    drop(damage);
    let arena = Arena::start(&dir).await;
    assert_eq!((arena.live.release.info.number, arena.live.release.info.version.as_str()), (4, "hp 50"));
    assert_eq!((arena.state(3).await, arena.state(4).await), (ReleaseState::RolledBack, ReleaseState::Live));
    let fault = arena.store.release(3).await.unwrap().unwrap().fault.unwrap();
    assert!(fault.message.contains("damaged"), "{}", fault.message);
}

#[tokio::test]
async fn when_nothing_stored_can_be_played_the_built_in_rules_are_published_again() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    arena.publish(50).await;
    arena.fail(2).await;
    arena.fail(3).await;
    arena.stop().await;
    let arena = Arena::start(&dir).await;
    assert_eq!(arena.live.release.info.number, 4);
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
    arena.ack(150, true, 1.0, UpdateStage::Fetched);
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
    assert_eq!((acks.fetched, acks.armed, acks.active, acks.failed), (101, 100, 100, 1));
    assert_eq!(
        (acks.ready_p99_ms, acks.p99_ms),
        (Some(99.0), None),
        "nobody was there when it was announced"
    );
    assert_eq!(acks.errors.len(), 1);
    assert_eq!(acks.errors[0].error, "no memory");
    assert_eq!(arena.releases.acks(99, None), AckSummary::default());
    arena.releases.flush().await;
    arena.stop().await;
    let again = Arena::start(&dir).await;
    assert_eq!(again.releases.acks(1, None), acks);
    again.ack(300, true, 5.0, UpdateStage::Armed);
    assert_eq!(again.releases.acks(1, None).armed, 101);
}

fn upload(bytes: Vec<u8>) -> ImageChange {
    ImageChange::Set(ImageSource::Upload(bytes.into()))
}

#[tokio::test]
async fn a_scene_keeps_what_is_not_named_and_survives_a_restart() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    let publish = async |color, background, version: &str| {
        let change = SceneChange { color, background, ..SceneChange::default() };
        let published = arena.releases.publish_scene(change, version.into(), String::new(), "test");
        published.await.map(|published| published.scene)
    };
    let red = publish(Some([200, 0, 0]), upload(image::tests::png(8, 8)), "red").await.unwrap();
    let hash = red.background_image.clone().unwrap();
    let stored = arena.store.content(hash.clone()).await.unwrap().unwrap();
    assert_eq!(
        (stored.bytes.len() as u32, hotlogic::content_hash(&stored.bytes)),
        (red.image_bytes, hash.clone())
    );
    let kept = publish(None, ImageChange::Keep, "kept").await.unwrap();
    assert_eq!((kept.background_color, kept.background_image), ([200, 0, 0], Some(hash)));
    let plain = publish(Some([1, 2, 3]), ImageChange::Remove, "plain").await.unwrap();
    assert_eq!(plain.background_image, None);
    let broken = publish(None, upload(b"no image".to_vec()), "broken").await.unwrap_err();
    assert!(matches!(broken, PublishError::BadImage(_)), "{broken}");
    assert_eq!(arena.releases.scene(), plain);
    assert_eq!(arena.switches().len(), 3);
    arena.stop().await;
    assert_eq!(Arena::start(&dir).await.live.scene, plain);
}

#[tokio::test]
async fn a_newer_rehearsal_of_an_operator_takes_the_place_of_its_earlier_one_and_of_nobody_elses() {
    let dir = tempfile::tempdir().unwrap();
    let arena = Arena::start(&dir).await;
    let rehearse = |who| arena.releases.rehearse(who, script(1));
    let (ada, bob, again) = tokio::join!(rehearse("ada"), rehearse("bob"), rehearse("ada"));
    assert!(matches!(ada, Err(PublishError::Superseded)), "{ada:?}");
    assert!(bob.is_ok() && again.is_ok(), "{bob:?}, {again:?}");
}

#[tokio::test]
async fn a_card_that_is_taken_out_while_the_others_are_checked_is_not_offered() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    let live = arena.releases.rules().unwrap();
    let taken_out = arena.releases.enable_card("heavy_orb".to_owned(), false, "test".into());
    let (dealt, disabled) = tokio::join!(arena.releases.deal(&live), taken_out);
    assert!(!disabled.unwrap().record.enabled);
    let names: Vec<String> = dealt.unwrap().iter().map(|card| card.info.name.clone()).collect();
    assert_eq!(names.len(), hotlogic::shipped::CARDS.len() - 1, "{names:?}");
    assert!(!names.contains(&"heavy_orb".to_owned()));
}
