//! Group 7: how a connection ends.

use crate::peer::{CLOSE, CONTINUATION, Cut, FIN, PING, Seen, TEXT, frame, heartbeat};
use crate::run::Run;

fn close(body: &[u8]) -> Vec<u8> {
    frame(FIN | CLOSE, body)
}

fn goodbye(code: u16, reason: &[u8]) -> Vec<u8> {
    close(&[&code.to_be_bytes(), reason].concat())
}

fn answered(code: u16) -> [Seen; 1] {
    [Seen::Close(Some(code))]
}

#[tokio::test]
async fn group_7_1_nothing_that_follows_a_goodbye_is_answered() {
    let mut run = Run::start("7.1").await;
    let message = || frame(FIN | TEXT, &heartbeat(1, 40));
    let end = || goodbye(1000, b"");
    let both = [Seen::Ack(1.0), Seen::Close(Some(1000))];
    run.case("7.1.1", &[message(), end()], Cut::Whole, &both).await;
    run.case("7.1.2", &[end(), end()], Cut::Whole, &answered(1000)).await;
    run.case("7.1.3", &[end(), frame(FIN | PING, b"")], Cut::Whole, &answered(1000)).await;
    run.case("7.1.4", &[end(), message()], Cut::Whole, &answered(1000)).await;
    let inside = [frame(TEXT, b"{"), end(), frame(FIN | CONTINUATION, b"}")];
    run.case("7.1.5", &inside, Cut::Whole, &answered(1000)).await;
    let long = [frame(FIN | TEXT, &heartbeat(1, 4_096)), end(), frame(FIN | PING, b"")];
    run.case("7.1.6", &long, Cut::Whole, &both).await;
    run.finish();
}

#[tokio::test]
async fn group_7_3_and_7_5_a_goodbye_has_no_body_or_a_code_and_a_short_reason_in_utf_8() {
    let mut run = Run::start("7.3-7.5").await;
    run.case("7.3.1", &[close(b"")], Cut::Whole, &[Seen::Close(None)]).await;
    run.case("7.3.2", &[close(b"\x03")], Cut::Whole, &answered(1002)).await;
    run.case("7.3.3", &[goodbye(1000, b"")], Cut::Whole, &answered(1000)).await;
    run.case("7.3.4", &[goodbye(1000, b"Hello World!")], Cut::Whole, &answered(1000)).await;
    run.case("7.3.5", &[goodbye(1000, &[b'*'; 123])], Cut::Whole, &answered(1000)).await;
    run.case("7.3.6", &[goodbye(1000, &[b'*'; 124])], Cut::Whole, &answered(1002)).await;
    let spoilt = b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited";
    run.case("7.5.1", &[goodbye(1000, spoilt)], Cut::Whole, &answered(1007)).await;
    // Not in the suite: a reason that ends within a character.
    run.case("7.5.2", &[goodbye(1000, b"\xe2\x82")], Cut::Pieces(1), &answered(1007)).await;
    run.finish();
}

#[tokio::test]
async fn group_7_7_to_7_13_codes_that_may_be_sent_are_answered_and_others_are_refused() {
    let mut run = Run::start("7.7-7.13").await;
    let allowed = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
    for (index, code) in allowed.into_iter().enumerate() {
        let number = format!("7.7.{}", index + 1);
        run.case(&number, &[goodbye(code, b"")], Cut::Whole, &answered(code)).await;
    }
    for (index, code) in [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999].into_iter().enumerate() {
        let number = format!("7.9.{}", index + 1);
        run.case(&number, &[goodbye(code, b"")], Cut::Whole, &answered(1002)).await;
    }
    run.case("7.13.1", &[goodbye(5000, b"")], Cut::Whole, &answered(1002)).await;
    run.case("7.13.2", &[close(&65_536_u32.to_be_bytes())], Cut::Whole, &answered(1002)).await;
    run.finish();
}
