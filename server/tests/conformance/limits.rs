//! Groups 9 and 10, as far as our limits go: long messages in all kinds of pieces, and many of them.

use protocol::ErrorCode;
use protocol::limits::MAX_CLIENT_MESSAGE;

use crate::peer::{BINARY, CONTINUATION, Cut, FIN, Seen, TEXT, fragments, frame, heartbeat};
use crate::run::Run;

const KIB: usize = 1_024;

#[tokio::test]
async fn group_9_messages_up_to_the_limit_are_taken_in_any_pieces_and_longer_ones_refused() {
    let mut run = Run::start("9").await;
    let too_big = [Seen::Close(Some(1009))];
    for (kind, opcode) in [(1, TEXT), (2, BINARY)] {
        // The suite's sizes, from 64 KiB to 16 MiB. What is refused is not read, so a header and a beginning will do.
        for (index, size) in [64, 256, 1_024, 4_096, 8_192, 16_384].into_iter().enumerate() {
            let mut bytes = frame(FIN | opcode, &vec![b'*'; size * KIB]);
            bytes.truncate(10_000);
            run.case(&format!("9.{kind}.{}", index + 1), &[bytes], Cut::Whole, &too_big).await;
        }
    }
    let longest = heartbeat(9, MAX_CLIENT_MESSAGE);
    let answered = [Seen::Ack(9.0)];
    let refused = [Seen::Error(ErrorCode::BadMessage)];
    for (index, size) in [64, 256, 1_024, 4_096].into_iter().enumerate() {
        let text = fragments(TEXT, &longest, size);
        run.case(&format!("9.3.{}", index + 1), &text, Cut::Whole, &answered).await;
        let binary = fragments(BINARY, &longest, size);
        run.case(&format!("9.4.{}", index + 1), &binary, Cut::Whole, &refused).await;
    }
    for (index, size) in [64, 128, 256, 512, 1_024, 2_048].into_iter().enumerate() {
        let text = [frame(FIN | TEXT, &longest)];
        run.case(&format!("9.5.{}", index + 1), &text, Cut::Pieces(size), &answered).await;
        let binary = [frame(FIN | BINARY, &longest)];
        run.case(&format!("9.6.{}", index + 1), &binary, Cut::Pieces(size), &refused).await;
    }
    // So many messages as may come at once; the suite sends a thousand.
    for (index, size) in [30, 64, 256, 1_024, 4_096].into_iter().enumerate() {
        let messages: Vec<Vec<u8>> = (0..200).map(|t| frame(FIN | TEXT, &heartbeat(t, size))).collect();
        let acks: Vec<Seen> = (0..200).map(|t| Seen::Ack(f64::from(t))).collect();
        run.case(&format!("9.7.{}", index + 1), &messages, Cut::Frames, &acks).await;
    }
    // Ours: one byte too much in the last of many fragments, without a word about those before.
    let mut over = fragments(TEXT, &longest, 64);
    over.pop();
    over.extend([frame(CONTINUATION, &longest[4_032..]), frame(FIN | CONTINUATION, b" ")]);
    run.case("9.9.1", &over, Cut::Whole, &too_big).await;
    run.finish();
}

#[tokio::test]
async fn group_10_a_message_whose_last_fragment_is_shorter_than_the_others_is_whole() {
    let mut run = Run::start("10").await;
    let message = heartbeat(10, MAX_CLIENT_MESSAGE);
    run.case("10.1.1", &fragments(TEXT, &message, 1_300), Cut::Whole, &[Seen::Ack(10.0)]).await;
    run.finish();
}
