//! From some rooms to all, later or never: on a real store, with rooms that only note what they are told.

use std::time::Duration;

use tempfile::TempDir;
use tokio::time::timeout;

use super::tests::{Arena, LEAD, NOW, PATIENCE, ROOMS, directory, script};
use super::*;
use crate::storage::{ReleaseState, ScheduleState};

const ONE_ROOM: Terms = Terms { reach: Reach { room: Some(3), share: 0 }, widen_after: None };

fn draft(hp: u32) -> Draft {
    Draft { script: script(hp), version: format!("hp {hp}"), note: String::new(), origin: "test".into() }
}

impl Arena {
    async fn canary(&self, hp: u32, terms: Terms) -> Published {
        self.releases.roll_out(draft(hp), terms).await.unwrap()
    }

    /// A connected player in a room.
    fn join(&self, player: u32, room: u32) {
        let agent = Agent::read("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0");
        self.releases.arrived(PlayerId(player), SessionId(u64::from(player)), room, agent);
    }

    fn hear(&self, player: u32, release: u32, error: Option<&str>, stage: UpdateStage) {
        let (ok, error) = (error.is_none(), error.map(str::to_owned));
        let player = PlayerId(player);
        self.releases.report(ReleaseReport::Ack { player, release, ok, error, ms: 5.0, stage });
    }

    /// Waits until a release is in a state.
    async fn wait_for(&self, release: u32, state: ReleaseState) {
        let mut changes = self.releases.subscribe();
        let waiting = async {
            loop {
                let record = self.store.release(release).await.unwrap();
                if record.is_some_and(|record| record.state == state) {
                    return;
                }
                changes.changed().await.unwrap();
            }
        };
        timeout(PATIENCE, waiting).await.expect("the release gets there");
    }

    /// What became of the only schedule.
    async fn schedule_state(&self) -> (String, Option<u32>, String) {
        let (_, schedules) = self.releases.rollouts().await.unwrap();
        let [schedule] = &schedules[..] else { panic!("{schedules:?}") };
        (schedule.state.to_owned(), schedule.release, schedule.why.clone())
    }

    fn actions(log: &[(String, String, Option<u32>)]) -> Vec<(&str, &str, Option<u32>)> {
        log.iter().map(|(who, what, release)| (who.as_str(), what.as_str(), *release)).collect()
    }
}

#[tokio::test]
async fn a_canary_is_in_its_room_alone_until_it_is_promoted_step_by_step() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    let published = arena.canary(50, ONE_ROOM).await;
    assert_eq!((published.release.number, published.activate_tick), (2, NOW.plus(LEAD)));
    assert_eq!(arena.plan(), [1, 1, 2, 1, 1, 1, 1, 1]);
    assert_eq!((arena.number(), arena.state(2).await), (Some(1), ReleaseState::Canary));
    let (rollouts, _) = arena.releases.rollouts().await.unwrap();
    assert_eq!((&rollouts[0].rooms[..], rollouts[0].open_rooms, rollouts[0].next_share), (&[3][..], 8, 25));

    arena.releases.promote(2, None, "me".into()).await.unwrap();
    assert_eq!(arena.plan(), [2, 1, 2, 1, 1, 2, 1, 1], "a quarter of the rooms, and room 3");
    arena.releases.promote(2, Some(50), "me".into()).await.unwrap();
    assert_eq!(arena.plan().iter().filter(|number| **number == 2).count(), 5);
    let reached = arena.releases.promote(2, Some(50), "me".into()).await;
    assert!(matches!(reached, Err(PublishError::Reached { number: 2, share: 50 })));
    assert!(matches!(arena.releases.promote(2, Some(0), "me".into()).await, Err(PublishError::BadReach)));
    arena.releases.promote(2, None, "me".into()).await.unwrap();
    assert_eq!(arena.plan(), vec![2; ROOMS as usize]);
    assert_eq!((arena.number(), arena.state(2).await), (Some(2), ReleaseState::Live));
    assert_eq!(arena.state(1).await, ReleaseState::Superseded);
    assert!(matches!(arena.releases.promote(2, None, "me".into()).await, Err(PublishError::NotRolling(2))));
    let log = arena.audit().await;
    let expect = [
        ("test", "canary", Some(2)),
        ("me", "widen", Some(2)),
        ("me", "widen", Some(2)),
        ("me", "widen", Some(2)),
    ];
    assert_eq!(Arena::actions(&log)[1..], expect);
}

#[tokio::test]
async fn a_canary_that_fails_never_reaches_the_rest_and_no_release_takes_its_place() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    let terms = Terms { reach: Reach { room: None, share: 25 }, widen_after: Some(Duration::from_millis(1)) };
    let hash = arena.canary(50, terms).await.release.hash;
    arena.fail(2).await;
    assert_eq!(arena.plan(), vec![1; ROOMS as usize]);
    assert_eq!(arena.rooms.orders.lock().unwrap().last(), Some(&(Some(hash), true)));
    assert_eq!((arena.number(), arena.state(2).await), (Some(1), ReleaseState::RolledBack));
    for plan in &*arena.rooms.plans.borrow() {
        assert!(plan[1] == 1 && plan[3] == 1, "a room outside of the share had it: {plan:?}");
    }
    let (rollouts, _) = arena.releases.rollouts().await.unwrap();
    assert_eq!((rollouts[0].state, rollouts[0].rooms.len()), ("rolled_back", 0));
    assert!(rollouts[0].why.contains("boom"), "{}", rollouts[0].why);
    assert_eq!(arena.store.releases(u32::MAX, 9).await.unwrap().len(), 2);
    assert!(matches!(arena.releases.promote(2, None, "me".into()).await, Err(PublishError::NotRolling(2))));
}

#[tokio::test]
async fn a_stopped_canary_leaves_its_rooms_and_a_new_release_takes_the_place_of_one_that_runs() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    arena.canary(50, ONE_ROOM).await;
    arena.releases.stop_rollout(2, "me".into(), "too wild".into()).await.unwrap();
    assert_eq!((arena.plan(), arena.state(2).await), (vec![1; ROOMS as usize], ReleaseState::Stopped));
    arena.canary(60, ONE_ROOM).await;
    arena.canary(70, Terms { reach: Reach::room(5), widen_after: None }).await;
    assert_eq!(arena.plan(), [1, 1, 1, 1, 4, 1, 1, 1], "room 3 is back on the live rules");
    assert_eq!(arena.state(3).await, ReleaseState::Superseded);
    arena.publish(80).await;
    assert_eq!(arena.plan(), vec![5; ROOMS as usize]);
    let (rollouts, _) = arena.releases.rollouts().await.unwrap();
    let states: Vec<_> = rollouts.iter().map(|rollout| (rollout.release, rollout.state)).collect();
    assert_eq!(states, [(4, "superseded"), (3, "superseded"), (2, "stopped")]);
}

#[tokio::test]
async fn a_canary_goes_on_by_itself_once_somebody_has_played_it_for_long_enough() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    let widen_after = Some(Duration::from_millis(50));
    arena.canary(50, Terms { reach: Reach::room(1), widen_after }).await;
    let (rollouts, _) = arena.releases.rollouts().await.unwrap();
    assert_eq!(rollouts[0].widens_at_ms, None, "nobody has played it");
    arena.join(7, 1);
    arena.hear(7, 2, None, UpdateStage::Active);
    arena.wait_for(2, ReleaseState::Live).await;
    let log = arena.audit().await;
    let steps = Arena::actions(&log).iter().filter(|entry| **entry == ("server", "widen", Some(2))).count();
    assert_eq!(steps, 3, "25, 50 and 100 %");
}

#[tokio::test]
async fn a_canary_goes_on_in_its_rooms_after_a_restart() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    arena.canary(50, ONE_ROOM).await;
    arena.stop().await;
    let again = Arena::start(&dir).await;
    let plan = again.live.plan();
    assert_eq!((plan.number_for(3), plan.number_for(1)), (2, 1));
    assert_eq!(plan.fallback_for(3).map(|release| release.info.number), Some(1));
    again.releases.promote(2, Some(100), "me".into()).await.unwrap();
    assert_eq!(again.number(), Some(2));
}

#[tokio::test]
async fn live_rules_that_fail_are_replaced_while_the_canary_goes_on() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    arena.publish(50).await;
    arena.canary(60, ONE_ROOM).await;
    arena.fail(2).await;
    assert_eq!(arena.plan(), [4, 4, 3, 4, 4, 4, 4, 4]);
    assert_eq!(arena.state(3).await, ReleaseState::Canary);
}

#[tokio::test]
async fn going_back_by_hand_makes_a_new_release_of_the_old_content() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    let old = arena.publish(50).await.release;
    arena.publish(60).await;
    let back = arena.releases.roll_back_to(2, String::new(), "me".into()).await.unwrap().release;
    assert_eq!((back.number, &back.hash, &back.version), (4, &old.hash, &old.version));
    assert_eq!(back.note, "back to release 2");
    assert_eq!((arena.number(), arena.state(2).await), (Some(4), ReleaseState::Superseded));
    assert!(matches!(
        arena.releases.roll_back_to(9, String::new(), "me".into()).await,
        Err(PublishError::NoRelease(9))
    ));
}

#[tokio::test]
async fn where_there_is_no_room_nothing_is_published() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    let refused = async |reach| {
        arena.releases.roll_out(draft(50), Terms { reach, widen_after: None }).await.unwrap_err()
    };
    assert!(matches!(refused(Reach::room(ROOMS + 1)).await, PublishError::NoRoom(9)));
    assert!(matches!(refused(Reach { room: None, share: 0 }).await, PublishError::BadReach));
    assert!(matches!(refused(Reach { room: None, share: 101 }).await, PublishError::BadReach));
    assert_eq!(arena.store.releases(u32::MAX, 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn scheduled_rules_become_a_release_when_their_time_has_come() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    let later = crate::unix_ms() + 3_600_000;
    let id = arena.releases.schedule(draft(50), Terms::ALL, later).await.unwrap();
    assert_eq!(arena.schedule_state().await, ("waiting".to_owned(), None, String::new()));
    arena.releases.cancel_schedule(id, "me".into()).await.unwrap();
    assert_eq!(arena.schedule_state().await.0, "cancelled");
    assert!(matches!(
        arena.releases.cancel_schedule(id, "me".into()).await,
        Err(PublishError::NotWaiting(1))
    ));
    assert!(matches!(arena.releases.schedule(draft(50), Terms::ALL, 1).await, Err(PublishError::BadTime)));
    let broken = Draft { script: "fn x( {".into(), ..draft(50) };
    let refused = arena.releases.schedule(broken, Terms::ALL, later).await.unwrap_err();
    assert!(matches!(refused, PublishError::Rejected(_)), "{refused}");

    arena.releases.schedule(draft(60), ONE_ROOM, crate::unix_ms() + 50).await.unwrap();
    arena.wait_for(2, ReleaseState::Canary).await;
    assert_eq!(arena.plan(), [1, 1, 2, 1, 1, 1, 1, 1]);
}

#[tokio::test]
async fn what_came_due_while_the_server_was_down_is_published_at_the_start_and_says_so() {
    let dir: TempDir = directory();
    let arena = Arena::start(&dir).await;
    arena.releases.schedule(draft(50), Terms::ALL, crate::unix_ms() + 3_600_000).await.unwrap();
    arena.stop().await;
    let past = rusqlite::Connection::open(dir.path().join(crate::storage::DATABASE_FILE)).unwrap();
    past.execute("UPDATE schedules SET at_ms = at_ms - 7200000", []).unwrap();
    drop(past);
    let again = Arena::start(&dir).await;
    again.wait_for(2, ReleaseState::Live).await;
    let mut changes = again.releases.subscribe();
    let settled = async {
        while again.schedule_state().await.0 == "waiting" {
            changes.changed().await.unwrap();
        }
    };
    timeout(PATIENCE, settled).await.expect("the schedule is settled");
    let (state, release, why) = again.schedule_state().await;
    assert_eq!((state.as_str(), release), ("published", Some(2)));
    assert!(why.contains("late: the server was not running"), "{why}");
}

#[tokio::test]
async fn what_is_cancelled_while_it_is_being_checked_is_not_published() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    for terms in [Terms::ALL, ONE_ROOM] {
        let id = arena.releases.schedule(draft(50), terms, crate::unix_ms() + 3_600_000).await.unwrap();
        let due = arena.store.schedules(0).await.unwrap().remove(0);
        arena.releases.cancel_schedule(id, "me".into()).await.unwrap();
        arena.releases.publish_scheduled(due).await.unwrap();
        let ended = arena.store.schedules(1).await.unwrap().remove(0);
        assert_eq!((ended.id, ended.state, ended.release), (id, ScheduleState::Cancelled, None));
    }
    assert_eq!((arena.number(), arena.switches()), (Some(1), vec![]));
    assert_eq!(arena.store.releases(u32::MAX, 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_schedule_and_its_release_are_stored_together_or_not_at_all() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    arena.releases.schedule(draft(50), Terms::ALL, crate::unix_ms() + 3_600_000).await.unwrap();
    let due = || async { arena.store.schedules(1).await.unwrap().remove(0) };
    let database = rusqlite::Connection::open(dir.path().join(crate::storage::DATABASE_FILE)).unwrap();
    let broken = "CREATE TRIGGER broken BEFORE UPDATE ON schedules BEGIN SELECT RAISE(ABORT, 'no'); END";
    database.execute_batch(broken).unwrap();
    arena.releases.publish_scheduled(due().await).await.unwrap_err();
    assert_eq!((arena.number(), due().await.state), (Some(1), ScheduleState::Waiting));
    assert_eq!(arena.store.releases(u32::MAX, 9).await.unwrap().len(), 1);

    database.execute_batch("DROP TRIGGER broken").unwrap();
    let waiting = due().await;
    arena.releases.publish_scheduled(waiting.clone()).await.unwrap();
    assert_eq!((due().await.state, due().await.release), (ScheduleState::Published, Some(2)));
    arena.releases.publish_scheduled(waiting).await.unwrap();
    assert_eq!(arena.number(), Some(2), "once only");
    assert_eq!(arena.store.releases(u32::MAX, 9).await.unwrap().len(), 2);
    let log = arena.audit().await;
    let expect = [("test", "publish", Some(2)), ("server", "schedule_published", Some(2))];
    assert_eq!(Arena::actions(&log)[2..], expect);
}

#[tokio::test]
async fn a_release_that_too_many_clients_cannot_play_is_taken_back_from_all_of_them() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    for player in 1..=10 {
        arena.join(player, 3);
    }
    arena.join(11, 1);
    arena.canary(50, ONE_ROOM).await;
    arena.hear(1, 2, Some("no memory"), UpdateStage::Armed);
    arena.hear(2, 2, Some("no memory"), UpdateStage::Armed);
    arena.hear(2, 2, Some("no memory"), UpdateStage::Armed);
    arena.hear(11, 2, Some("I lie"), UpdateStage::Armed);
    let adoption = arena.releases.adoption().unwrap();
    assert_eq!((adoption.release, adoption.expected, adoption.failed), (2, 10, 2), "room 1 is not asked");
    assert_eq!(arena.state(2).await, ReleaseState::Canary, "two of ten, each counted once, are not too many");
    arena.hear(3, 2, Some("no memory"), UpdateStage::Armed);
    arena.wait_for(2, ReleaseState::RolledBack).await;
    assert_eq!(arena.plan(), vec![1; ROOMS as usize]);
    let fault = arena.store.release(2).await.unwrap().unwrap().fault.unwrap();
    assert_eq!(fault.message, "3 of 10 clients cannot play it: no memory");
}

#[tokio::test]
async fn adoption_tells_who_fetched_compiled_switched_failed_and_is_behind() {
    let dir = directory();
    let arena = Arena::start(&dir).await;
    for player in 1..=6 {
        arena.join(player, 1);
    }
    arena.publish(50).await;
    arena.hear(1, 2, None, UpdateStage::Fetched);
    arena.hear(2, 2, None, UpdateStage::Armed);
    arena.hear(3, 2, None, UpdateStage::Armed);
    arena.hear(3, 2, None, UpdateStage::Active);
    arena.hear(4, 2, Some("too old"), UpdateStage::Armed);
    let counts = || {
        let adoption = arena.releases.adoption().unwrap();
        let AdoptionStatus { expected, fetched, armed, active, failed, behind, .. } = adoption;
        [expected, fetched, armed, active, failed, behind]
    };
    assert_eq!(counts(), [6, 1, 1, 1, 1, 4]);
    let since = arena.releases.adoption().unwrap().since;
    assert!(since.p50_ms.is_some_and(|ms| (0.0..60_000.0).contains(&ms)), "{since:?}");
    assert_eq!(since.errors[0].browser, "Firefox 145 on Linux");

    // Who left is not behind; who came back through another connection is not counted twice.
    arena.releases.left(PlayerId(5), SessionId(5));
    let agent = Agent::default();
    arena.releases.arrived(PlayerId(6), SessionId(60), 1, agent);
    arena.releases.left(PlayerId(6), SessionId(6));
    assert_eq!(counts(), [5, 1, 1, 1, 1, 3]);
    arena.releases.arrived(PlayerId(3), SessionId(30), 1, agent);
    arena.hear(3, 2, None, UpdateStage::Active);
    assert_eq!(counts(), [5, 1, 1, 1, 1, 3]);
    assert_eq!(arena.releases.acks(2, None).active, 1);
}
