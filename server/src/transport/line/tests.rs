//! Who writes what and when, over a wire of the test's own and in virtual time.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use protocol::CloseCode;
use tokio::time::{Instant, advance};

use super::{Line, Posted};
use crate::room::{Offer, Parcel};
use crate::session::slot;
use crate::transport::Outgoing;
use crate::transport::fake::FakeWire;

/// Readable bytes: a message in brackets, and a letter for everything else.
fn brackets(out: &mut Vec<u8>, outgoing: &Outgoing<'_>) {
    match outgoing {
        Outgoing::Message(message) => {
            out.push(b'(');
            out.extend_from_slice(message);
            out.push(b')');
        }
        Outgoing::Ping => out.push(b'?'),
        Outgoing::Pong(payload) => {
            out.push(b'!');
            out.extend_from_slice(payload);
        }
        Outgoing::Close(_) => out.push(b'X'),
    }
}

/// A line of a player who is in the arena.
fn line() -> (Arc<Line>, FakeWire) {
    let wire = FakeWire::default();
    let line = Arc::new(Line::new(wire.clone(), brackets));
    line.release();
    (line, wire)
}

fn post(line: &Line, message: &str) -> Posted {
    line.post([message.as_bytes()].into_iter())
}

/// Lets the session's task do what it has to do.
fn drive(line: &Line) -> Option<Option<CloseCode>> {
    line.drive().now_or_never()
}

#[track_caller]
fn check_written(wire: &FakeWire, expect: &str) {
    assert_eq!(String::from_utf8(wire.written()).unwrap(), expect);
}

#[tokio::test(start_paused = true)]
async fn a_tick_is_written_at_once_and_with_one_write() {
    let (line, wire) = line();
    assert_eq!(line.post([&b"hit"[..], b"snapshot"].into_iter()), Posted::Taken);
    check_written(&wire, "(hit)(snapshot)");
    assert_eq!(wire.writes(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_busy_connection_gets_two_more_ticks_and_then_none_until_it_takes_something() {
    let (line, wire) = line();
    wire.take_only(3);
    assert_eq!(post(&line, "one"), Posted::Taken);
    assert_eq!(post(&line, "two"), Posted::Taken);
    assert_eq!(post(&line, "three"), Posted::Taken);
    assert_eq!(post(&line, "four"), Posted::Full);
    assert_eq!(drive(&line), None);
    check_written(&wire, "(on");
    wire.take_all();
    assert_eq!(drive(&line), None);
    check_written(&wire, "(one)(two)(three)");
    assert_eq!(post(&line, "five"), Posted::Taken);
    check_written(&wire, "(one)(two)(three)(five)");
}

#[tokio::test(start_paused = true)]
async fn the_session_s_answers_go_between_frames_and_never_into_one() {
    let (line, wire) = line();
    wire.take_only(2);
    post(&line, "tick");
    line.send(&Outgoing::Message(b"answer"));
    post(&line, "next");
    wire.take_all();
    assert_eq!(drive(&line), None);
    check_written(&wire, "(tick)(answer)(next)");
}

#[tokio::test(start_paused = true)]
async fn of_many_pings_a_busy_connection_answers_the_last() {
    let (line, wire) = line();
    wire.take_only(0);
    post(&line, "tick");
    for payload in ["a", "b", "c"] {
        line.send(&Outgoing::Pong(payload.as_bytes()));
    }
    wire.take_all();
    assert_eq!(drive(&line), None);
    check_written(&wire, "(tick)!c");
}

#[tokio::test(start_paused = true)]
async fn nobody_sees_the_fight_before_the_welcome() {
    let wire = FakeWire::default();
    let line = Line::new(wire.clone(), brackets);
    assert_eq!(post(&line, "early"), Posted::Taken);
    line.send(&Outgoing::Message(b"welcome"));
    check_written(&wire, "(welcome)");
    line.release();
    assert_eq!(drive(&line), None);
    check_written(&wire, "(welcome)(early)");
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_before_the_end_arrives_before_it() {
    let (line, wire) = line();
    let mut outbox = slot::outbox(&line);
    wire.take_only(1);
    let mut parcel = Parcel::default();
    parcel.push(b"draining");
    assert_eq!(outbox.offer(&parcel), Offer::Taken);
    outbox.close(CloseCode::GoingAway);
    assert_eq!(drive(&line), None);
    wire.take_all();
    assert_eq!(drive(&line), Some(Some(CloseCode::GoingAway)));
    check_written(&wire, "(draining)");
}

#[tokio::test(start_paused = true)]
async fn nothing_follows_a_goodbye() {
    let (line, wire) = line();
    wire.take_only(1);
    post(&line, "tick");
    post(&line, "next");
    line.send(&Outgoing::Close(None));
    assert_eq!(post(&line, "late"), Posted::Gone);
    line.send(&Outgoing::Pong(b"late"));
    wire.take_all();
    assert_eq!(line.written().now_or_never(), Some(Ok(())));
    check_written(&wire, "(tick)X");
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_breaks_in_the_hands_of_the_room_ends_the_session() {
    let (line, wire) = line();
    wire.break_off();
    assert_eq!(post(&line, "tick"), Posted::Gone);
    assert_eq!(post(&line, "tick"), Posted::Gone);
    assert_eq!(drive(&line), Some(None));
}

#[tokio::test]
async fn a_room_that_crashed_ends_the_session_and_a_session_that_ended_is_noticed() {
    let (line, _) = line();
    let outbox = slot::outbox(&line);
    let session = tokio::spawn({
        let line = Arc::clone(&line);
        async move { line.drive().await }
    });
    tokio::task::yield_now().await;
    drop(outbox);
    assert_eq!(session.await.unwrap(), Some(CloseCode::Internal));
    line.hang_up();
    assert_eq!(slot::outbox(&line).offer(&Parcel::default()), Offer::Gone);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_nothing_for_10_s_is_too_slow() {
    let (line, wire) = line();
    wire.take_only(2);
    let start = Instant::now();
    post(&line, "tick");
    assert_eq!(line.drive().await, Some(CloseCode::TooSlow));
    assert_eq!(start.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_slow_peer_that_reads_on_is_kept() {
    let (line, wire) = line();
    let tick = "x".repeat(28);
    for second in 0..60 {
        wire.take_only(9);
        post(&line, &tick);
        advance(Duration::from_secs(1)).await;
        assert_eq!(drive(&line), None, "in second {second}");
    }
    assert_eq!(post(&line, &tick), Posted::Full);
}
