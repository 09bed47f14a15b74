//! Groups 1 to 4: messages of all sizes, pings and pongs, reserved bits and reserved opcodes.

use protocol::limits::{MAX_CHAT_CHARS, MAX_CLIENT_MESSAGE};
use protocol::{ClientMessage, Encoding, ErrorCode, codec};

use crate::peer::{BINARY, CLOSE, CONTINUATION, Cut, FIN, PING, PONG, Seen, TEXT, frame, heartbeat};
use crate::run::Run;

/// Sizes of the suite and how they are cut; the last three are above our limit.
const SIZES: [(usize, Cut); 8] = [
    (0, Cut::Whole),
    (125, Cut::Whole),
    (126, Cut::Whole),
    (127, Cut::Whole),
    (128, Cut::Whole),
    (65_535, Cut::Whole),
    (65_536, Cut::Whole),
    (65_536, Cut::Pieces(997)),
];

/// A chat message in binary of exactly `size` bytes, and its text.
fn chat(size: usize) -> (Vec<u8>, String) {
    let letters = || ('a'..='z').cycle();
    (0..=size)
        .rev()
        .map(|length| letters().take(length).collect::<String>())
        .map(|text| {
            (codec::encode_client(&ClientMessage::Chat { text: text.clone() }, Encoding::Binary), text)
        })
        .find(|(bytes, _)| bytes.len() == size)
        .expect("a text of that size")
}

/// One message of `size` bytes in the frames of the connection, and its answer.
fn message(encoding: Encoding, size: usize) -> (Vec<u8>, Seen) {
    let opcode = if encoding == Encoding::Json { TEXT } else { BINARY };
    let (payload, seen) = match (encoding, size) {
        (_, 0) => (Vec::new(), Seen::Error(ErrorCode::BadMessage)),
        (_, size) if size > MAX_CLIENT_MESSAGE => (vec![b' '; size], Seen::Close(Some(1009))),
        (Encoding::Json, size) => (heartbeat(7, size), Seen::Ack(7.0)),
        (Encoding::Binary, size) => {
            let (bytes, text) = chat(size);
            (bytes, Seen::Chat(text.chars().take(MAX_CHAT_CHARS).collect()))
        }
    };
    assert_eq!(payload.len(), size);
    (frame(FIN | opcode, &payload), seen)
}

#[tokio::test]
async fn group_1_messages_of_all_sizes_are_answered_up_to_the_limit() {
    let mut run = Run::start("1").await;
    for (kind, encoding) in [(1, Encoding::Json), (2, Encoding::Binary)] {
        let ours = [(MAX_CLIENT_MESSAGE, Cut::Whole), (MAX_CLIENT_MESSAGE, Cut::Pieces(997))];
        let ours = ours.into_iter().chain([(MAX_CLIENT_MESSAGE + 1, Cut::Whole)]);
        for (index, (size, cut)) in SIZES.into_iter().chain(ours).enumerate() {
            let (bytes, seen) = message(encoding, size);
            let number = format!("1.{kind}.{}", index + 1);
            run.turns(&number, encoding, &[(&[bytes], cut, &[seen])]).await;
        }
    }
    // The other kind of message is refused, and the connection goes on.
    for (number, encoding, opcode) in [("1.1.12", Encoding::Json, BINARY), ("1.2.12", Encoding::Binary, TEXT)]
    {
        let refused = [Seen::Error(ErrorCode::BadMessage)];
        run.turns(number, encoding, &[(&[frame(FIN | opcode, b"{}")], Cut::Whole, &refused)]).await;
    }
    run.finish();
}

#[tokio::test]
async fn group_2_pings_are_answered_with_what_they_asked_and_pongs_are_not() {
    let mut run = Run::start("2").await;
    let ping = |payload: &[u8]| vec![frame(FIN | PING, payload)];
    let pong = |payload: &[u8]| vec![Seen::Pong(payload.to_vec())];
    let bytes = [0x00, 0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0x00, 0xff];
    run.case("2.1", &ping(b""), Cut::Whole, &pong(b"")).await;
    run.case("2.2", &ping(b"Hello, world!"), Cut::Whole, &pong(b"Hello, world!")).await;
    run.case("2.3", &ping(&bytes), Cut::Whole, &pong(&bytes)).await;
    run.case("2.4", &ping(&[0xfe; 125]), Cut::Whole, &pong(&[0xfe; 125])).await;
    run.case("2.5", &ping(&[0xfe; 126]), Cut::Whole, &[Seen::Close(Some(1002))]).await;
    run.case("2.6", &ping(&[0xfe; 125]), Cut::Pieces(1), &pong(&[0xfe; 125])).await;
    run.case("2.7", &[frame(FIN | PONG, b"")], Cut::Whole, &[]).await;
    run.case("2.8", &[frame(FIN | PONG, b"unsolicited")], Cut::Whole, &[]).await;
    let both = [frame(FIN | PONG, b"unsolicited"), frame(FIN | PING, b"asked")];
    run.case("2.9", &both, Cut::Whole, &pong(b"asked")).await;
    let ten: Vec<Vec<u8>> = (0..10).map(|index| format!("payload-{index}").into_bytes()).collect();
    let pings: Vec<Vec<u8>> = ten.iter().map(|payload| frame(FIN | PING, payload)).collect();
    let pongs: Vec<Seen> = ten.into_iter().map(Seen::Pong).collect();
    run.case("2.10", &pings, Cut::Whole, &pongs).await;
    run.case("2.11", &pings, Cut::Pieces(1), &pongs).await;
    run.finish();
}

#[tokio::test]
async fn group_3_reserved_bits_end_the_connection_and_what_came_before_is_answered() {
    let mut run = Run::start("3").await;
    let message = || frame(FIN | TEXT, &heartbeat(1, 40));
    let reserved = |bits: u8, opcode: u8| frame(FIN | bits << 4 | opcode, &heartbeat(2, 40));
    let after = || frame(FIN | PING, b"");
    let closed = [Seen::Close(Some(1002))];
    let answered = [Seen::Ack(1.0), Seen::Close(Some(1002))];
    run.case("3.1", &[reserved(1, TEXT)], Cut::Whole, &closed).await;
    run.case("3.2", &[message(), reserved(2, TEXT), after()], Cut::Whole, &answered).await;
    run.case("3.3", &[message(), reserved(3, TEXT), after()], Cut::Frames, &answered).await;
    run.case("3.4", &[message(), reserved(4, TEXT), after()], Cut::Pieces(1), &answered).await;
    run.case("3.5", &[reserved(5, BINARY)], Cut::Whole, &closed).await;
    run.case("3.6", &[reserved(6, PING)], Cut::Whole, &closed).await;
    run.case("3.7", &[frame(FIN | 0x70 | CLOSE, &1000_u16.to_be_bytes())], Cut::Whole, &closed).await;
    // Not in the suite: inside of a fragmented message.
    let inside = [frame(TEXT, b"{"), frame(FIN | 0x40 | CONTINUATION, b"}")];
    run.case("3.8", &inside, Cut::Whole, &closed).await;
    run.finish();
}

#[tokio::test]
async fn group_4_reserved_opcodes_end_the_connection_and_what_came_before_is_answered() {
    let mut run = Run::start("4").await;
    let message = || frame(FIN | TEXT, &heartbeat(1, 40));
    let after = || frame(FIN | PING, b"");
    let closed = [Seen::Close(Some(1002))];
    let answered = [Seen::Ack(1.0), Seen::Close(Some(1002))];
    for (kind, first) in [(1, 0x3), (2, 0xB)] {
        let unknown = |index: u8, payload: &[u8]| frame(FIN | (first + index), payload);
        let number = |index: u8| format!("4.{kind}.{}", index + 1);
        run.case(&number(0), &[unknown(0, b"")], Cut::Whole, &closed).await;
        run.case(&number(1), &[unknown(1, b"reserved opcode")], Cut::Whole, &closed).await;
        run.case(&number(2), &[message(), unknown(2, b""), after()], Cut::Whole, &answered).await;
        run.case(&number(3), &[message(), unknown(3, b"payload"), after()], Cut::Frames, &answered).await;
        run.case(&number(4), &[message(), unknown(4, b"payload"), after()], Cut::Pieces(1), &answered).await;
    }
    run.finish();
}
