//! The task that runs a room: feeds it events, plays its ticks on time and stores what must be stored.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tokio::sync::mpsc;

use super::RoomEvent;
use super::core::{Aftermath, Room};
use super::records::Records;
use crate::lobby::Lobby;
use crate::metrics;
use crate::moderation::actions;
use crate::release::ReleaseReport;

/// Ticks that a late room plays at once before it leaves out the rest: 1/3 s at 30 Hz.
const MAX_CATCH_UP: u32 = 10;
/// Events taken in before a tick; the rest waits for the next, so that a flood cannot hold up the fight.
const MAX_EVENTS_PER_TICK: usize = 20_000;

/// Runs `room` until it is drained, or empty for long and closed by the lobby.
pub(crate) async fn run(mut room: Room, mut inbox: mpsc::Receiver<RoomEvent>, lobby: Lobby) {
    let clock = lobby.clock();
    let checkpoint_every = clock.rate();
    let storing = Arc::new(AtomicBool::new(false));
    let mut records = Records::default();
    let mut empty_ticks = 0;
    let opened = Instant::now();
    room.measure_rules(Box::new(move || opened.elapsed()));
    let mut playing = None;
    loop {
        let next = room.tick().plus(1);
        tokio::time::sleep_until(clock.begin_of(next)).await;
        let behind = clock.tick().since(next);
        if behind > MAX_CATCH_UP {
            tracing::warn!(room = room.number(), behind, "ticks left out: the room could not keep up");
            metrics::ticks_left_out(behind);
            room.skip_to(clock.tick());
        }
        let (started, late) = (Instant::now(), clock.late_for(next));
        if take_in(&mut room, &mut inbox) {
            break;
        }
        let mut aftermath = room.play_tick();
        metrics::tick_played(started.elapsed(), late);
        metrics::keyframes(aftermath.keyframes);
        tell_release(&room, &mut playing);
        // A score is stored at once, everything else every second, and not by all rooms in the same tick.
        let turn = room.tick().0.wrapping_add(room.number());
        let due = !aftermath.totals.is_empty() || turn.is_multiple_of(checkpoint_every);
        records.add(std::mem::take(&mut aftermath.totals));
        settle(&lobby, &room, aftermath);
        if due {
            records.store(lobby.store()).await;
            store(&lobby, &room, &storing);
        }
        empty_ticks = if room.population() == 0 { empty_ticks + 1 } else { 0 };
        if lobby.may_close(&room, empty_ticks) {
            metrics::room_closed(room.number());
            break;
        }
    }
    records.finish(lobby.store()).await;
}

/// Says which release the room plays, whenever that is another one.
fn tell_release(room: &Room, playing: &mut Option<u32>) {
    let release = room.release();
    if playing.replace(release.number) != Some(release.number) {
        metrics::room_plays(room.number(), release.number);
        tracing::info!(room = room.number(), release = release.number, hash = release.hash, "the room plays");
    }
}

/// Hands the room what has arrived; true when the room was drained.
fn take_in(room: &mut Room, inbox: &mut mpsc::Receiver<RoomEvent>) -> bool {
    for _ in 0..MAX_EVENTS_PER_TICK {
        let Ok(event) = inbox.try_recv() else { return inbox.is_closed() && inbox.is_empty() };
        let drained = matches!(event, RoomEvent::Drain { .. });
        room.handle_event(event);
        if drained {
            return true;
        }
    }
    false
}

/// Does what a tick asks of the world outside.
fn settle(lobby: &Lobby, room: &Room, aftermath: Aftermath) {
    let number = room.number();
    for failure in aftermath.failures {
        tracing::error!(room = number, release = failure.release, "rules failed: {}", failure.error);
        lobby.report(ReleaseReport::Failed {
            room: number,
            release: failure.release,
            tick: failure.tick,
            error: failure.error,
            fell_back_to: failure.fell_back_to,
        });
    }
    for failure in aftermath.card_failures {
        lobby.releases().card_failed(number, failure);
    }
    if let Some(base) = aftermath.wants_cards {
        lobby.deal_cards(number, base);
    }
    if let Some(recording) = aftermath.recorded {
        lobby.releases().keep(recording);
    }
    for decision in aftermath.decided {
        let lobby = lobby.clone();
        tokio::spawn(async move { actions::carry_out(&lobby, decision).await });
    }
    for last in aftermath.departed {
        // Who came back before the tick was over keeps its seat.
        if room.world().player(last.player).is_none() {
            lobby.departed(last);
        }
    }
}

/// Stores everybody's state, unless the last time is not done yet.
fn store(lobby: &Lobby, room: &Room, storing: &Arc<AtomicBool>) {
    if room.population() == 0 || storing.swap(true, Ordering::AcqRel) {
        return;
    }
    let checkpoints = room.checkpoints();
    let (store, storing) = (lobby.store().clone(), Arc::clone(storing));
    tokio::spawn(async move {
        if let Err(error) = store.checkpoint(checkpoints).await {
            tracing::error!("players could not be stored: {error}");
        }
        storing.store(false, Ordering::Release);
    });
}
