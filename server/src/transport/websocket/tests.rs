//! The rules of RFC 6455, by section, and the reading side over a wire of the test's own.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Version};
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};
use proptest::prelude::*;
use protocol::{BINARY, CloseCode, Encoding, JSON, limits};

use super::frame::{Event, Reader, write_binary, write_text};
use super::handshake::{UpgradeError, check};
use super::{Socket, framing};
use crate::transport::fake::FakeWire;
use crate::transport::{Incoming, Line, Outgoing, TransportError};

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A client's frame with the shortest header; `first` is FIN, reserved bits and opcode.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | length as u8),
        length => {
            frame.push(0x80 | 126);
            frame.extend((length as u16).to_be_bytes());
        }
    }
    frame.extend(MASK);
    frame.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

/// All events of `bytes`, which arrive in pieces of `piece` bytes, up to the first error.
fn read(bytes: &[u8], piece: usize) -> (Vec<Event>, Option<CloseCode>) {
    let mut reader = Reader::default();
    let mut events = Vec::new();
    for mut piece in bytes.chunks(piece) {
        while !piece.is_empty() {
            match reader.read(piece) {
                Ok((used, event)) => {
                    assert!(used > 0, "it always gets on");
                    events.extend(event);
                    piece = &piece[used..];
                }
                Err(code) => return (events, Some(code)),
            }
        }
    }
    (events, None)
}

/// `frames`, one after the other and in pieces of any size, are understood as `expect`, and then end with `code`.
#[track_caller]
fn check_frames(frames: &[Vec<u8>], expect: &[Event], code: Option<CloseCode>) {
    let bytes = frames.concat();
    for piece in [1, 2, 3, 7, bytes.len()] {
        assert_eq!(read(&bytes, piece), (expect.to_vec(), code), "in pieces of {piece}");
    }
}

fn text(text: &'static str) -> Event {
    Event::Text(Bytes::from_static(text.as_bytes()))
}

fn binary(bytes: &[u8]) -> Event {
    Event::Binary(Bytes::copy_from_slice(bytes))
}

#[test]
fn section_5_7_the_examples_of_the_rfc_are_understood() {
    let hello = vec![0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    check_frames(&[hello], &[text("Hello")], None);
    check_frames(&[frame(0x01, b"Hel"), frame(0x80, b"lo")], &[Event::Fragment, text("Hello")], None);
    check_frames(&[frame(0x89, b"Hello")], &[Event::Ping(Bytes::from_static(b"Hello"))], None);
    check_frames(&[frame(0x82, &[7; 256])], &[binary(&[7; 256])], None);
}

#[test]
fn section_5_1_a_client_that_does_not_mask_is_refused() {
    check_frames(&[vec![0x81, 0x01, b'x']], &[], Some(CloseCode::BadFrame));
}

#[test]
fn section_5_2_reserved_bits_and_opcodes_are_refused() {
    for reserved in [0x40, 0x20, 0x10] {
        check_frames(&[frame(0x81 | reserved, b"x")], &[], Some(CloseCode::BadFrame));
    }
    for opcode in [0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF] {
        check_frames(&[frame(0x80 | opcode, b"")], &[], Some(CloseCode::BadFrame));
    }
}

#[test]
fn section_5_2_lengths_of_all_three_forms_are_read_and_a_64th_bit_is_not() {
    let long_form = |length: u64, payload: &[u8]| {
        let mut frame = vec![0x82, 0x80 | 127];
        frame.extend(length.to_be_bytes());
        frame.extend([0; 4]);
        frame.extend(payload);
        frame
    };
    // A receiver need not insist on the shortest form.
    check_frames(&[long_form(2, b"ab")], &[binary(b"ab")], None);
    check_frames(&[long_form(1 << 63, b"")], &[], Some(CloseCode::BadFrame));
    check_frames(&[long_form(u64::MAX >> 1, b"")], &[], Some(CloseCode::TooBig));
}

#[test]
fn section_5_4_fragments_make_one_message_with_control_frames_between_them() {
    let frames =
        [frame(0x02, b"a"), frame(0x00, b""), frame(0x8A, b""), frame(0x89, b"?"), frame(0x80, b"b")];
    let ping = Event::Ping(Bytes::from_static(b"?"));
    check_frames(&frames, &[Event::Fragment, Event::Fragment, Event::Pong, ping, binary(b"ab")], None);
}

#[test]
fn section_5_4_fragments_that_belong_to_nothing_are_refused() {
    check_frames(&[frame(0x80, b"x")], &[], Some(CloseCode::BadFrame));
    check_frames(&[frame(0x01, b"x"), frame(0x81, b"y")], &[Event::Fragment], Some(CloseCode::BadFrame));
    // The message before is whole, so nothing can continue it.
    check_frames(&[frame(0x81, b"x"), frame(0x80, b"y")], &[text("x")], Some(CloseCode::BadFrame));
}

#[test]
fn section_5_5_control_frames_are_short_and_whole() {
    let full = Bytes::from(vec![b'x'; 125]);
    check_frames(&[frame(0x89, &full)], &[Event::Ping(full.clone())], None);
    check_frames(&[frame(0x89, &[b'x'; 126])], &[], Some(CloseCode::BadFrame));
    for opcode in [0x8, 0x9, 0xA] {
        check_frames(&[frame(opcode, b"")], &[], Some(CloseCode::BadFrame));
    }
}

#[test]
fn section_5_5_1_a_goodbye_has_no_body_or_a_code_and_a_reason_in_utf_8() {
    let close = |body: &[u8]| [frame(0x88, body)];
    check_frames(&close(b""), &[Event::Close(None)], None);
    check_frames(&close(&[3, 232]), &[Event::Close(Some(1000))], None);
    check_frames(&close(b"\x03\xe9bye, Z\xc3\xbcrich"), &[Event::Close(Some(1001))], None);
}

#[test]
fn section_7_4_codes_that_nobody_may_send_are_refused() {
    let close = |code: u16| [frame(0x88, &code.to_be_bytes())];
    for code in [1000, 1003, 1007, 1011, 3000, 4006, 4999] {
        check_frames(&close(code), &[Event::Close(Some(code))], None);
    }
    for code in [0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535] {
        check_frames(&close(code), &[], Some(CloseCode::BadFrame));
    }
    check_frames(&[frame(0x88, &[3])], &[], Some(CloseCode::BadFrame));
    check_frames(&[frame(0x88, &[3, 232, 0xff])], &[], Some(CloseCode::NotUtf8));
}

#[test]
fn section_8_1_text_is_utf_8_also_where_fragments_cut_through_a_character() {
    check_frames(&[frame(0x01, &[0xe9, 0x9b]), frame(0x80, &[0xaa])], &[Event::Fragment, text("雪")], None);
    check_frames(&[frame(0x81, &[0xe9, 0x9b])], &[], Some(CloseCode::NotUtf8));
    check_frames(&[frame(0x81, &[0xed, 0xa0, 0x80])], &[], Some(CloseCode::NotUtf8));
}

#[test]
fn section_8_1_a_text_is_refused_at_the_byte_that_spoils_it_and_not_at_its_end() {
    let mut unfinished = frame(0x81, &[b'a', 0xf4, 0x90, b'b', b'c', b'd']);
    unfinished.truncate(unfinished.len() - 3);
    check_frames(&[unfinished.clone()], &[], Some(CloseCode::NotUtf8));
    // What may still become a character is waited for.
    unfinished.pop();
    check_frames(&[unfinished], &[], None);
    check_frames(&[frame(0x01, &[0xe2]), frame(0x00, &[0x28])], &[Event::Fragment], Some(CloseCode::NotUtf8));
}

#[test]
fn section_10_4_a_message_is_as_long_as_the_limit_and_no_longer_in_one_frame_or_in_many() {
    let longest = vec![1; limits::MAX_CLIENT_MESSAGE];
    check_frames(&[frame(0x82, &longest)], &[binary(&longest)], None);
    check_frames(&[frame(0x82, &[&longest[..], b"x"].concat())], &[], Some(CloseCode::TooBig));
    let fragments = [frame(0x02, &longest), frame(0x80, b"x")];
    check_frames(&fragments, &[Event::Fragment], Some(CloseCode::TooBig));
}

/// What `outgoing` looks like on the wire, up to the payload.
#[track_caller]
fn check_header(outgoing: Outgoing<'_>, expect: &[u8]) {
    let mut out = Vec::new();
    write_binary(&mut out, &outgoing);
    assert_eq!(&out[..expect.len()], expect);
}

#[test]
fn section_5_2_our_frames_have_the_shortest_header_and_no_mask() {
    check_header(Outgoing::Message(&[7; 125]), &[0x82, 125, 7]);
    check_header(Outgoing::Message(&[7; 126]), &[0x82, 126, 0, 126, 7]);
    check_header(Outgoing::Message(&[7; 65_535]), &[0x82, 126, 255, 255, 7]);
    check_header(Outgoing::Message(&[7; 65_536]), &[0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0, 7]);
    check_header(Outgoing::Ping, &[0x89, 0]);
    check_header(Outgoing::Pong(b"?"), &[0x8A, 1, b'?']);
    check_header(Outgoing::Close(None), &[0x88, 0]);
    check_header(Outgoing::Close(Some((1000, "bye"))), &[0x88, 5, 3, 232, b'b', b'y', b'e']);
    let mut out = Vec::new();
    write_text(&mut out, &Outgoing::Message(b"{}"));
    assert_eq!(out, [0x81, 2, b'{', b'}']);
}

#[test]
fn every_reason_of_ours_fits_into_a_control_frame() {
    for code in CloseCode::ALL {
        let mut out = Vec::new();
        write_text(&mut out, &Outgoing::Close(Some((code.code(), code.reason()))));
        assert_eq!(out.len(), 4 + code.reason().len());
    }
    check_header(Outgoing::Close(Some((1000, &"ö".repeat(100)))), &[0x88, 124]);
}

fn request(changes: &[(&'static str, Option<&'static str>)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let usual = [
        ("host", "arena"),
        ("connection", "keep-alive, Upgrade"),
        ("upgrade", "WebSocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    for (name, value) in usual {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    for (name, value) in changes {
        match value {
            Some(value) => {
                headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            None => drop(headers.remove(*name)),
        }
    }
    headers
}

fn upgrade(headers: &HeaderMap) -> Result<(HeaderValue, Option<&'static str>), UpgradeError> {
    check(&Method::GET, Version::HTTP_11, headers)
}

#[test]
fn section_4_2_1_a_request_that_is_not_one_for_a_websocket_is_told_why() {
    for (name, value, expect) in [
        ("connection", None, UpgradeError::NotAsked),
        ("connection", Some("keep-alive"), UpgradeError::NotAsked),
        ("upgrade", Some("h2c"), UpgradeError::NotAsked),
        ("host", None, UpgradeError::Host),
        ("sec-websocket-version", None, UpgradeError::Version),
        ("sec-websocket-version", Some("8"), UpgradeError::Version),
        ("sec-websocket-key", None, UpgradeError::Key),
        ("sec-websocket-key", Some("c2hvcnQ="), UpgradeError::Key),
        ("sec-websocket-key", Some("?"), UpgradeError::Key),
    ] {
        assert_eq!(upgrade(&request(&[(name, value)])), Err(expect), "{name}: {value:?}");
    }
    let headers = request(&[]);
    assert_eq!(check(&Method::POST, Version::HTTP_11, &headers), Err(UpgradeError::Method));
    assert_eq!(check(&Method::GET, Version::HTTP_10, &headers), Err(UpgradeError::Http));
}

#[test]
fn section_4_2_2_the_answer_is_made_of_the_key_and_the_first_subprotocol_that_both_speak() {
    assert_eq!(upgrade(&request(&[])).unwrap(), ("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=".parse().unwrap(), None));
    let offer = |offered| upgrade(&request(&[("sec-websocket-protocol", Some(offered))])).unwrap().1;
    assert_eq!(offer("chat, hotswap.v1.json"), Some(JSON));
    assert_eq!(offer("hotswap.v1.json,hotswap.v1.bin"), Some(JSON));
    assert_eq!(offer("hotswap.v1.bin,hotswap.v1.json"), Some(BINARY));
    assert_eq!(offer("chat"), None);
    let mut headers = request(&[("sec-websocket-protocol", Some("chat"))]);
    headers.append("sec-websocket-protocol", HeaderValue::from_static(JSON));
    assert_eq!(upgrade(&headers).unwrap().1, Some(JSON), "a list may have several lines");
}

/// A socket of a client who has sent `early` with the handshake.
fn socket(encoding: Encoding, early: &[u8]) -> (Socket, FakeWire) {
    let wire = FakeWire::default();
    let line = Arc::new(Line::new(wire.clone(), framing(encoding)));
    (Socket::new(line, encoding, Bytes::copy_from_slice(early)), wire)
}

fn next(socket: &mut Socket) -> Option<Option<Result<Incoming, TransportError>>> {
    socket.next().now_or_never()
}

#[test]
fn what_came_with_the_handshake_is_read_before_the_rest() {
    let (mut socket, wire) = socket(Encoding::Json, &frame(0x81, b"one")[..5]);
    wire.arrive(&frame(0x81, b"one")[5..]);
    wire.arrive(&[frame(0x81, b"two"), frame(0x82, b"three")].concat());
    for expect in ["one", "two"] {
        let message = Incoming::Message(Bytes::from_static(expect.as_bytes()));
        assert_eq!(next(&mut socket), Some(Some(Ok(message))));
    }
    assert_eq!(next(&mut socket), Some(Some(Ok(Incoming::WrongKind))));
    assert_eq!(next(&mut socket), None);
    wire.end();
    assert_eq!(next(&mut socket), Some(None));
}

#[test]
fn section_5_5_2_a_ping_is_answered_with_what_it_asked() {
    let (mut socket, wire) = socket(Encoding::Binary, &frame(0x89, b"there?"));
    assert_eq!(next(&mut socket), Some(Some(Ok(Incoming::Alive))));
    assert_eq!(wire.written(), b"\x8a\x06there?");
}

#[test]
fn section_5_5_1_a_goodbye_is_answered_with_its_code_and_nothing_follows() {
    let (mut socket, wire) = socket(Encoding::Json, &frame(0x88, b"\x03\xe9going"));
    assert_eq!(next(&mut socket), Some(None));
    assert_eq!(next(&mut socket), Some(None));
    assert_eq!(wire.written(), b"\x88\x02\x03\xe9");
    socket.line().send(&Outgoing::Message(b"late"));
    assert_eq!(wire.written().len(), 4);
}

#[test]
fn section_7_1_7_after_a_broken_frame_nothing_is_understood_any_more() {
    let (mut socket, wire) = socket(Encoding::Json, &[0x83, 0x80]);
    let refused = TransportError::Refused(CloseCode::BadFrame);
    assert_eq!(next(&mut socket), Some(Some(Err(refused))));
    wire.arrive(&frame(0x81, b"late"));
    assert_eq!(next(&mut socket), None);
    wire.end();
    assert_eq!(next(&mut socket), Some(None));
}

/// Any frames that a client may send, and what they mean.
fn legal() -> impl Strategy<Value = Vec<(Vec<u8>, Event)>> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..300);
    let one = prop_oneof![
        bytes().prop_map(|bytes| (frame(0x82, &bytes), Event::Binary(bytes.into()))),
        ".{0,80}".prop_map(|text| (frame(0x81, text.as_bytes()), Event::Text(text.into()))),
        bytes().prop_map(|bytes| {
            let bytes = &bytes[..bytes.len().min(125)];
            (frame(0x89, bytes), Event::Ping(Bytes::copy_from_slice(bytes)))
        }),
    ];
    prop::collection::vec(one, 1..8)
}

proptest! {
    #[test]
    fn legal_frames_are_understood_however_they_are_cut(frames in legal(), piece in 1_usize..2_000) {
        let (frames, events): (Vec<_>, Vec<_>) = frames.into_iter().unzip();
        prop_assert_eq!(read(&frames.concat(), piece), (events, None));
    }

    #[test]
    fn garbage_is_refused_or_understood_but_never_panics_or_fills_memory(
        bytes in prop::collection::vec(any::<u8>(), 0..20_000),
        piece in 1_usize..5_000,
    ) {
        let (events, code) = read(&bytes, piece);
        for event in events {
            if let Event::Text(bytes) | Event::Binary(bytes) = event {
                prop_assert!(bytes.len() <= limits::MAX_CLIENT_MESSAGE);
            }
        }
        prop_assert!(matches!(code, None | Some(CloseCode::BadFrame | CloseCode::NotUtf8 | CloseCode::TooBig)));
    }

    #[test]
    fn garbage_in_a_legal_header_never_panics_or_fills_memory(
        frames in prop::collection::vec((0_u8..16, any::<bool>(), prop::collection::vec(any::<u8>(), 0..1_500)), 0..30),
        piece in 1_usize..5_000,
    ) {
        let frames = frames.iter().map(|(opcode, fin, payload)| frame(u8::from(*fin) << 7 | opcode, payload));
        let bytes = frames.collect::<Vec<_>>().concat();
        prop_assert_eq!(read(&bytes, piece), read(&bytes, 1), "cutting changes nothing");
    }
}
