//! Group 5: messages in fragments.

use protocol::Encoding;

use crate::peer::{CONTINUATION, Cut, FIN, PING, PONG, Seen, TEXT, frame, heartbeat};
use crate::run::{Run, Turn};

/// The three ways in which the suite sends everything in this group.
const CUTS: [Cut; 3] = [Cut::Whole, Cut::Frames, Cut::Pieces(1)];

/// The first part of a heartbeat and the rest.
fn halves(t: u32) -> [Vec<u8>; 2] {
    let message = heartbeat(t, 60);
    let (start, end) = message.split_at(20);
    [frame(TEXT, start), frame(FIN | CONTINUATION, end)]
}

#[tokio::test]
async fn group_5_fragments_make_a_message_with_control_frames_between_and_nothing_else() {
    let mut run = Run::start("5").await;
    let closed = [Seen::Close(Some(1002))];
    let pong = || Seen::Pong(b"now?".to_vec());
    let ping = || frame(FIN | PING, b"now?");
    for (number, opcode) in [("5.1", PING), ("5.2", PONG)] {
        let halved = [frame(opcode, b"frag"), frame(FIN | CONTINUATION, b"ment")];
        run.case(number, &halved, Cut::Whole, &closed).await;
    }
    let [start, end] = halves(1);
    for (number, cut) in ["5.3", "5.4", "5.5"].into_iter().zip(CUTS) {
        run.case(number, &[start.clone(), end.clone()], cut, &[Seen::Ack(1.0)]).await;
    }
    for (number, cut) in ["5.6", "5.7", "5.8"].into_iter().zip(CUTS) {
        run.case(number, &[start.clone(), ping(), end.clone()], cut, &[pong(), Seen::Ack(1.0)]).await;
    }
    let lonely = |fin: u8| frame(fin | CONTINUATION, b"non-continuation payload");
    let message = || frame(FIN | TEXT, &heartbeat(2, 60));
    for (numbers, fin) in [(["5.9", "5.10", "5.11"], FIN), (["5.12", "5.13", "5.14"], 0)] {
        for (number, cut) in numbers.into_iter().zip(CUTS) {
            run.case(number, &[lonely(fin), message()], cut, &closed).await;
        }
    }
    let late = [start.clone(), end.clone(), lonely(0), message()];
    run.case("5.15", &late, Cut::Whole, &[Seen::Ack(1.0), closed[0].clone()]).await;
    for (number, fin) in [("5.16", 0), ("5.17", FIN)] {
        let once = [lonely(fin), start.clone(), end.clone()];
        run.case(number, &[once.clone(), once].concat(), Cut::Whole, &closed).await;
    }
    let twice = [start.clone(), frame(FIN | TEXT, b"a message of its own")];
    run.case("5.18", &twice, Cut::Whole, &closed).await;
    let long = heartbeat(3, 100);
    let part = |index: usize| &long[index * 20..(index + 1) * 20];
    let begin = [frame(TEXT, part(0)), frame(CONTINUATION, part(1)), ping()];
    let more = [
        frame(CONTINUATION, part(2)),
        frame(CONTINUATION, part(3)),
        ping(),
        frame(FIN | CONTINUATION, part(4)),
    ];
    for (number, cut) in [("5.19", Cut::Whole), ("5.20", Cut::Frames)] {
        let turns: [Turn<'_>; 2] = [(&begin, cut, &[pong()]), (&more, cut, &[pong(), Seen::Ack(3.0)])];
        run.turns(number, Encoding::Json, &turns).await;
    }
    run.finish();
}
