//! A room without sockets and without clocks, as the tests that play one open it.

#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test file includes this and uses a part of it"
)]

use std::sync::{Arc, mpsc};

use hotlogic::RhaiRules;
use protocol::{CloseCode, Encoding, ReleaseInfo, SceneInfo, Welcome};
use server::release::LoadedRelease;
use server::room::bots::BotSettings;
use server::room::core::RoomSetup;
use server::room::{Join, Mode, Offer, Outbox, Parcel, Reply, Room, RoomEvent, Sender, SessionId};
use sim::{PlayerId, Tick};

/// Ticks per second.
pub const RATE: u32 = 30;

/// A connection that takes everything and keeps nothing.
pub struct Void;

impl Outbox for Void {
    fn offer(&mut self, _: &Parcel) -> Offer {
        Offer::Taken
    }

    fn close(self: Box<Self>, _: CloseCode) {}
}

/// A release of a script.
pub fn release(number: u32, script: &str) -> Arc<LoadedRelease> {
    let hash = hotlogic::content_hash(script.as_bytes());
    let info = ReleaseInfo { number, hash, version: format!("v{number}"), ..ReleaseInfo::default() };
    Arc::new(LoadedRelease { info, rules: RhaiRules::compile(script).unwrap(), script: script.into() })
}

/// An arena that plays it, without bots.
pub fn setup(release: Arc<LoadedRelease>) -> RoomSetup {
    RoomSetup {
        number: 1,
        seed: 11,
        tick: Tick(1_000),
        tick_rate: RATE,
        grace_ticks: 10 * RATE,
        hindsight_ticks: 8,
        release,
        fallback: None,
        scene: SceneInfo::default(),
        mode: Mode::Arena,
        bots: BotSettings::default(),
    }
}

/// Bots of all kinds, who fill a room up to so many players.
pub fn bots(fill: u32) -> BotSettings {
    BotSettings { fill, ..BotSettings::default() }
}

/// The first connection of a player.
pub fn sender(id: u32) -> Sender {
    Sender { player: PlayerId(id), session: SessionId(u64::from(id)) }
}

/// Somebody who comes through it for the first time.
pub fn person(id: u32, encoding: Encoding, outbox: Box<dyn Outbox>) -> Join {
    Join {
        from: sender(id),
        name: format!("Person {id}"),
        skin: None,
        resume: String::new(),
        saved: None,
        encoding,
        address: ([127, 0, 0, 1], 1).into(),
        outbox,
    }
}

/// Lets somebody in; gives what newcomers are told.
pub fn join(room: &mut Room, join: Join) -> Welcome {
    ask(room, |reply| RoomEvent::Join { join: Box::new(join), reply })
}

/// What the room answers at once to an event that wants a reply.
pub fn ask<T: Send + 'static>(room: &mut Room, event: impl FnOnce(Reply<T>) -> RoomEvent) -> T {
    let (reply, answer) = mpsc::channel();
    room.handle_event(event(Box::new(move |told| reply.send(told).unwrap())));
    answer.try_recv().expect("an answer at once")
}
