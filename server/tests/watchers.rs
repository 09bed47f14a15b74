//! Those who look on, in a room in virtual time: what a tick hands them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod house;

use std::sync::{Arc, Mutex};

use protocol::codec::{KEYFRAME, SNAPSHOT};
use protocol::packed::SnapshotDecoder;
use protocol::{CloseCode, Encoding, Welcome};
use server::room::core::RoomSetup;
use server::room::watchers::{Watch, WatchEvent};
use server::room::{Offer, Outbox, Parcel, Room, RoomEvent, SessionId};
use sim::PlayerId;

/// A connection whose frames the test reads; it takes none while it is busy.
#[derive(Clone, Default)]
struct Line(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    frames: Vec<Vec<u8>>,
    busy: bool,
    closed: Option<CloseCode>,
}

impl Outbox for Line {
    fn offer(&mut self, parcel: &Parcel) -> Offer {
        let mut state = self.0.lock().unwrap();
        if state.busy {
            return Offer::Full;
        }
        state.frames.extend(parcel.iter().map(<[u8]>::to_vec));
        Offer::Taken
    }

    fn close(self: Box<Self>, code: CloseCode) {
        self.0.lock().unwrap().closed = Some(code);
    }
}

impl Line {
    fn set_busy(&self, busy: bool) {
        self.0.lock().unwrap().busy = busy;
    }

    fn closed(&self) -> Option<CloseCode> {
        self.0.lock().unwrap().closed
    }

    fn take(&self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.0.lock().unwrap().frames)
    }
}

fn room(bots: u32) -> Room {
    let release = house::release(1, hotlogic::shipped::ARENA);
    Room::new(RoomSetup { bots: house::bots(bots), ..house::setup(release) })
}

fn watch(room: &mut Room, session: u64, encoding: Encoding) -> (Line, Welcome) {
    let line = Line::default();
    let watch = Box::new(Watch { session: SessionId(session), encoding, outbox: Box::new(line.clone()) });
    let welcome = house::ask(room, |reply| RoomEvent::Watch(WatchEvent::Enter { watch, reply }));
    (line, welcome)
}

fn join(room: &mut Room, id: u32) -> Line {
    let line = Line::default();
    house::join(room, house::person(id, Encoding::Binary, Box::new(line.clone())));
    line
}

/// The first byte of each snapshot among these frames.
fn kinds(frames: &[Vec<u8>]) -> Vec<u8> {
    frames.iter().map(|frame| frame[0]).filter(|kind| matches!(*kind, KEYFRAME | SNAPSHOT)).collect()
}

#[test]
fn a_watcher_decodes_what_players_see_and_has_no_body() {
    let mut room = room(0);
    let player = join(&mut room, 1);
    let (watcher, welcome) = watch(&mut room, 7, Encoding::Binary);
    assert!(welcome.watching && welcome.player == PlayerId(0));
    let (mut seen, mut own) = (SnapshotDecoder::default(), SnapshotDecoder::default());
    for _ in 0..60 {
        room.play_tick();
        let public = seen.decode(watcher.take().last().unwrap()).unwrap();
        let private = own.decode(player.take().last().unwrap()).unwrap();
        assert!(public.snapshot.you.is_none() && public.check.is_none());
        assert_eq!(public.snapshot.players, private.snapshot.players);
        assert_eq!(public.snapshot.orb, private.snapshot.orb);
    }
    assert_eq!((room.world().players.len(), room.population()), (1, 1));
}

#[test]
fn a_slow_watcher_skips_ticks_gets_a_keyframe_and_holds_up_nobody() {
    let mut room = room(0);
    let (slow, _) = watch(&mut room, 7, Encoding::Binary);
    let (quick, _) = watch(&mut room, 8, Encoding::Binary);
    room.play_tick();
    slow.set_busy(true);
    (0..10).for_each(|_| drop(room.play_tick()));
    assert_eq!(kinds(&slow.take()), [KEYFRAME]);
    assert_eq!(kinds(&quick.take()).len(), 11);
    slow.set_busy(false);
    (0..3).for_each(|_| drop(room.play_tick()));
    assert_eq!(kinds(&slow.take()), [KEYFRAME, SNAPSHOT, SNAPSHOT]);
    assert_eq!(kinds(&quick.take()), [SNAPSHOT; 3]);
}

#[test]
fn a_watcher_who_never_reads_is_let_go() {
    let mut room = room(4);
    let (deaf, _) = watch(&mut room, 7, Encoding::Json);
    deaf.set_busy(true);
    // The bots' blows are news, which are kept for who is busy, up to a bound.
    for _ in 0..30 * 60 * 15 {
        room.play_tick();
        if deaf.closed().is_some() {
            break;
        }
    }
    assert_eq!(deaf.closed(), Some(CloseCode::TooSlow));
}

#[test]
fn bots_fight_for_those_who_look_on_and_leave_with_them() {
    let mut room = room(4);
    room.play_tick();
    assert!(room.world().players.is_empty());
    watch(&mut room, 7, Encoding::Binary);
    room.play_tick();
    assert_eq!(room.world().players.len(), 4);
    room.handle_event(RoomEvent::Watch(WatchEvent::Leave { session: SessionId(7) }));
    room.play_tick();
    assert!(room.world().players.is_empty());
}
