//! Group 6: text is UTF-8 as RFC 3629 says, and what is not ends the connection with 1007 at once.
//!
//! The sequences are those of Markus Kuhn's stress test for decoders and of the examples in RFC 3629.

use protocol::ErrorCode;

use crate::peer::{CONTINUATION, Cut, FIN, Seen, TEXT, fragments, frame, heartbeat};
use crate::run::Run;

const KOSME: &[u8] = "κ\u{1f79}σμε".as_bytes();
/// A surrogate, and so no character, in the middle of a text.
const SPOILT: &[u8] = b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited";

fn not_utf8() -> Vec<Seen> {
    vec![Seen::Close(Some(1007))]
}

/// What a text that is fine gets: it is no message of ours, unless it is JSON.
fn taken() -> Vec<Seen> {
    vec![Seen::Error(ErrorCode::BadMessage)]
}

/// A heartbeat with `text` in a field that nobody knows, and its answer.
fn padded(text: &[u8]) -> (Vec<u8>, Vec<Seen>) {
    let message = [b"{\"type\":\"heartbeat\",\"t\":6,\"pad\":\"", text, b"\"}"].concat();
    (message, vec![Seen::Ack(6.0)])
}

fn whole(text: &[u8]) -> Vec<Vec<u8>> {
    vec![frame(FIN | TEXT, text)]
}

#[tokio::test]
async fn group_6_1_to_6_3_texts_are_taken_however_they_are_fragmented_if_they_are_utf_8() {
    let mut run = Run::start("6.1-6.3").await;
    run.case("6.1.1", &whole(b""), Cut::Whole, &taken()).await;
    let empty = [frame(TEXT, b""), frame(CONTINUATION, b""), frame(FIN | CONTINUATION, b"")];
    run.case("6.1.2", &empty, Cut::Whole, &taken()).await;
    let middle = [frame(TEXT, b""), frame(CONTINUATION, &heartbeat(1, 60)), frame(FIN | CONTINUATION, b"")];
    run.case("6.1.3", &middle, Cut::Whole, &[Seen::Ack(1.0)]).await;
    let (hello, answered) = padded("Hello-µ@ßöäüàá-UTF-8!!".as_bytes());
    run.case("6.2.1", &whole(&hello), Cut::Whole, &answered).await;
    let between = hello.windows(2).position(|bytes| bytes == "ß".as_bytes()).unwrap();
    let halves = [frame(TEXT, &hello[..between]), frame(FIN | CONTINUATION, &hello[between..])];
    run.case("6.2.2", &halves, Cut::Whole, &answered).await;
    run.case("6.2.3", &fragments(TEXT, &hello, 1), Cut::Whole, &answered).await;
    let (kosme, answered) = padded(KOSME);
    run.case("6.2.4", &fragments(TEXT, &kosme, 1), Cut::Whole, &answered).await;
    run.case("6.3.1", &whole(SPOILT), Cut::Whole, &not_utf8()).await;
    run.case("6.3.2", &fragments(TEXT, SPOILT, 1), Cut::Whole, &not_utf8()).await;
    run.finish();
}

#[tokio::test]
async fn group_6_4_a_text_is_refused_as_soon_as_it_cannot_be_utf_8_any_more() {
    let mut run = Run::start("6.4").await;
    // Nothing more comes: whoever waits for the end of the message waits in vain.
    let fragments = |second: &[u8]| [frame(TEXT, KOSME), frame(CONTINUATION, second)];
    run.case("6.4.1", &fragments(b"\xf4\x90\x80\x80"), Cut::Frames, &not_utf8()).await;
    run.case("6.4.2", &fragments(b"\xf4\x90"), Cut::Frames, &not_utf8()).await;
    for (number, ends_with) in [("6.4.3", &b"\xf4\x90\x80\x80"[..]), ("6.4.4", b"\xf4\x90")] {
        let text = [KOSME, ends_with].concat();
        let mut unfinished = frame(FIN | TEXT, &[&text[..], b"edited"].concat());
        unfinished.truncate(unfinished.len() - "edited".len());
        run.case(number, &[unfinished], Cut::Pieces(1), &not_utf8()).await;
    }
    run.finish();
}

/// What is UTF-8, by group of the suite.
fn valid() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let texts = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>();
    let code_points = |points: &mut dyn Iterator<Item = u32>| -> Vec<Vec<u8>> {
        points.map(|point| char::from_u32(point).unwrap().to_string().into_bytes()).collect()
    };
    let non_characters = (0..=0x10).flat_map(|plane| [plane << 16 | 0xFFFE, plane << 16 | 0xFFFF]);
    vec![
        ("6.5", texts(&["hello$world", "hello¢world", "hello€world", "hello\u{24b62}world", "κ\u{1f79}σμε"])),
        ("6.7", texts(&["\0", "\u{80}", "\u{800}", "\u{10000}"])),
        ("6.9", texts(&["\u{7f}", "\u{7ff}", "\u{ffff}", "\u{10ffff}"])),
        ("6.11", texts(&["\u{d7ff}", "\u{e000}", "\u{fffd}", "\u{10ffff}"])),
        ("6.22", code_points(&mut non_characters.into_iter())),
        ("6.23", code_points(&mut (0xFFF9..=0xFFFF))),
    ]
}

#[tokio::test]
async fn group_6_what_is_utf_8_is_taken_also_characters_that_mean_nothing() {
    let mut run = Run::start("6.5-6.23 valid").await;
    for (group, texts) in valid() {
        for (index, text) in texts.iter().enumerate() {
            let number = format!("{group}.{}", index + 1);
            let (message, answered) = if text[0] < b' ' { (text.clone(), taken()) } else { padded(text) };
            let frames = [whole(text), fragments(TEXT, text, 1), fragments(TEXT, &message, 1)].concat();
            run.case(&number, &frames, Cut::Whole, &[taken(), taken(), answered].concat()).await;
        }
    }
    // All beginnings of a text: those that end between two characters are texts.
    for length in 1..=KOSME.len() {
        let fine = std::str::from_utf8(&KOSME[..length]).is_ok();
        let expect = if fine { taken() } else { not_utf8() };
        run.case(&format!("6.6.{length}"), &whole(&KOSME[..length]), Cut::Whole, &expect).await;
    }
    run.finish();
}

/// So many bytes from `first` on, with a space behind each.
fn lonely(first: u8, last: u8) -> Vec<u8> {
    (first..=last).flat_map(|byte| [byte, b' ']).collect()
}

/// What is not UTF-8, by group of the suite, and the number of the first in its group.
fn invalid() -> Vec<(&'static str, usize, Vec<Vec<u8>>)> {
    let bytes = |sequences: &[&[u8]]| sequences.iter().map(|bytes| bytes.to_vec()).collect::<Vec<_>>();
    let missing = bytes(&[
        b"\xc0",
        b"\xe0\x80",
        b"\xf0\x80\x80",
        b"\xf8\x80\x80\x80",
        b"\xfc\x80\x80\x80\x80",
        b"\xdf",
        b"\xef\xbf",
        b"\xf7\xbf\xbf",
        b"\xfb\xbf\xbf\xbf",
        b"\xfd\xbf\xbf\xbf\xbf",
    ]);
    let continuations = (1..=6).map(|count| [0x80, 0xbf].repeat(3)[..count].to_vec());
    let surrogates = [0xD800_u16, 0xDB7F, 0xDB80, 0xDBFF, 0xDC00, 0xDF80, 0xDFFF].map(surrogate);
    let pairs = [0xD800, 0xDB7F, 0xDB80, 0xDBFF]
        .into_iter()
        .flat_map(|high| [0xDC00, 0xDFFF].map(|low| [surrogate(high), surrogate(low)].concat()));
    vec![
        // Five and six bytes, which RFC 3629 took out.
        ("6.8", 1, bytes(&[b"\xf8\x88\x80\x80\x80", b"\xfc\x84\x80\x80\x80\x80"])),
        ("6.10", 1, bytes(&[b"\xf7\xbf\xbf\xbf", b"\xfb\xbf\xbf\xbf\xbf", b"\xfd\xbf\xbf\xbf\xbf\xbf"])),
        // Above the last code point.
        ("6.11", 5, bytes(&[b"\xf4\x90\x80\x80"])),
        (
            "6.12",
            1,
            bytes(&[b"\x80", b"\xbf"])
                .into_iter()
                .chain(continuations.skip(1))
                .chain([(0x80..=0xbf).collect()])
                .collect(),
        ),
        (
            "6.13",
            1,
            vec![
                lonely(0xc0, 0xdf),
                lonely(0xe0, 0xef),
                lonely(0xf0, 0xf7),
                lonely(0xf8, 0xfb),
                lonely(0xfc, 0xfd),
            ],
        ),
        ("6.15", 1, vec![missing.concat()]),
        ("6.14", 1, missing),
        ("6.16", 1, bytes(&[b"\xfe", b"\xff", b"\xfe\xfe\xff\xff"])),
        ("6.17", 1, overlong(0x2F)),
        (
            "6.18",
            1,
            vec![over(0x7F, 2), over(0x7FF, 3), over(0xFFFF, 4), over(0x1F_FFFF, 5), over(0x3FF_FFFF, 6)],
        ),
        ("6.19", 1, overlong(0)),
        ("6.20", 1, surrogates.to_vec()),
        ("6.21", 1, pairs.collect()),
    ]
}

/// Half of a UTF-16 pair, as if it were a code point.
fn surrogate(unit: u16) -> Vec<u8> {
    over(u32::from(unit), 3)
}

/// A code point in two to six bytes, as many as there are more than needed.
fn overlong(point: u32) -> Vec<Vec<u8>> {
    (2..=6).map(|length| over(point, length)).collect()
}

/// A code point in exactly so many bytes, by the scheme of RFC 2279.
fn over(point: u32, length: u32) -> Vec<u8> {
    let head = !(0xFF_u8 >> length) | (point >> (6 * (length - 1))) as u8;
    let tail = (0..length - 1).rev().map(|index| 0x80 | (point >> (6 * index) & 0x3F) as u8);
    std::iter::once(head).chain(tail).collect()
}

#[tokio::test]
async fn group_6_what_is_not_utf_8_ends_the_connection_in_one_frame_and_in_many() {
    let mut run = Run::start("6.5-6.23 invalid").await;
    assert_eq!(over(0x2F, 2), b"\xc0\xaf");
    assert_eq!(over(0x3FF_FFFF, 6), b"\xfc\x83\xbf\xbf\xbf\xbf");
    for (group, first, sequences) in invalid() {
        for (index, sequence) in sequences.iter().enumerate() {
            let number = format!("{group}.{}", first + index);
            assert!(std::str::from_utf8(sequence).is_err(), "{number}");
            run.case(&number, &whole(sequence), Cut::Whole, &not_utf8()).await;
            let cut = format!("{number}, a byte a fragment");
            run.case(&cut, &fragments(TEXT, sequence, 1), Cut::Whole, &not_utf8()).await;
        }
    }
    run.finish();
}
