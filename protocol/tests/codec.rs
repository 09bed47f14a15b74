//! Whatever bytes come in, decoding gives a message or an error; whatever message goes out, the same one arrives.
#![cfg(not(target_arch = "wasm32"))]

mod arbitrary;

use arbitrary::{client_message, full_player_state, own_state, server_message, snapshot, vector};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use protocol::codec::{self, KEYFRAME, MESSAGE, SNAPSHOT, SharedJson};
use protocol::limits::{MAX_CLIENT_MESSAGE, MAX_MESSAGES_FRAME, MAX_SERVER_MESSAGE};
use protocol::{ClientMessage, DecodeError, Encoding, PlayerState, ServerMessage, Snapshot};
use sim::{PlayerId, PlayerInput, Seq, Tick, Vec2};

/// bitcode packs what repeats, down to a bit for a field that is missing: a list takes this many times its frame at most.
/// Only the server may send lists, so a client of 4 KiB frames cannot make the server allocate more than these.
const MAX_EXPANSION: usize = 65;
const BOTH: [Encoding; 2] = [Encoding::Json, Encoding::Binary];

/// Decodes the bytes in every way; the only thing that must not happen is a panic, or a message that is far larger than
/// what came in.
fn decode_in_every_way(bytes: &[u8]) {
    for encoding in BOTH {
        if let Ok(message) = codec::decode_client(bytes, encoding) {
            assert!(client_size(&message) <= bytes.len() + 64, "{} bytes became {message:?}", bytes.len());
        }
        if let Ok(messages) = codec::decode_messages(bytes, encoding) {
            assert!(
                messages.iter().map(server_size).sum::<usize>() <= MAX_EXPANSION * bytes.len() + 4096,
                "{} bytes became a giant",
                bytes.len()
            );
        }
    }
}

/// Bytes of text in a client's message; the rest of it has a fixed size.
fn client_size(message: &ClientMessage) -> usize {
    match message {
        ClientMessage::Hello(hello) => {
            let optional = [&hello.resume, &hello.release, &hello.scene, &hello.room];
            hello.name.capacity() + optional.into_iter().flatten().map(String::capacity).sum::<usize>()
        }
        ClientMessage::Chat { text } => text.capacity(),
        ClientMessage::AckUpdate { error, card, .. } => {
            [error, card].into_iter().flatten().map(String::capacity).sum::<usize>()
        }
        _ => 0,
    }
}

/// Bytes of the lists in a server's message: bitcode packs what repeats, so a list may be larger than its frame.
fn server_size(message: &ServerMessage) -> usize {
    let ServerMessage::Snapshot(snapshot) = message else { return 0 };
    snapshot.players.capacity() * size_of::<PlayerState>()
        + snapshot.removed.capacity() * size_of::<PlayerId>()
}

/// A change of a valid frame, as a broken or malicious peer would make it.
#[derive(Clone, Debug)]
enum Mutation {
    Set(Index, u8),
    Flip(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    Truncate(Index),
    Append(Vec<u8>),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Set(at, byte)),
        // The values that lengths and packings are forged with.
        (any::<Index>(), prop_oneof![Just(0), Just(1), Just(9), Just(254), Just(255)])
            .prop_map(|(at, byte)| Mutation::Set(at, byte)),
        (any::<Index>(), 0u8..8).prop_map(|(at, bit)| Mutation::Flip(at, bit)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Mutation::Insert(at, byte)),
        any::<Index>().prop_map(Mutation::Remove),
        any::<Index>().prop_map(Mutation::Truncate),
        vec(any::<u8>(), 0..20).prop_map(Mutation::Append),
    ]
}

fn mutate(bytes: &mut Vec<u8>, mutations: &[Mutation]) {
    for mutation in mutations {
        if bytes.is_empty() {
            return;
        }
        let length = bytes.len();
        match mutation {
            Mutation::Set(at, byte) => bytes[at.index(length)] = *byte,
            Mutation::Flip(at, bit) => bytes[at.index(length)] ^= 1 << bit,
            Mutation::Insert(at, byte) => bytes.insert(at.index(length), *byte),
            Mutation::Remove(at) => drop(bytes.remove(at.index(length))),
            Mutation::Truncate(at) => bytes.truncate(at.index(length)),
            Mutation::Append(more) => bytes.extend(more),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_never_a_panic(bytes in vec(any::<u8>(), 0..600)) {
        decode_in_every_way(&bytes);
    }

    #[test]
    fn random_bytes_behind_a_valid_first_byte_are_never_a_panic(
        prefix in prop_oneof![Just(vec![MESSAGE]), (0u8..40).prop_map(|tick| vec![SNAPSHOT, tick, 0, 0, 0])],
        body in vec(prop_oneof![any::<u8>(), 0u8..4, Just(255)], 0..80),
    ) {
        decode_in_every_way(&[prefix, body].concat());
    }

    #[test]
    fn a_mutated_client_frame_is_never_a_panic(message in client_message(), mutations in vec(mutation(), 1..6)) {
        for encoding in BOTH {
            let mut bytes = codec::encode_client(&message, encoding);
            mutate(&mut bytes, &mutations);
            decode_in_every_way(&bytes);
        }
    }

    #[test]
    fn a_mutated_server_frame_is_never_a_panic(message in server_message(), mutations in vec(mutation(), 1..6)) {
        for encoding in BOTH {
            let mut bytes = codec::encode_server(&message, encoding);
            mutate(&mut bytes, &mutations);
            decode_in_every_way(&bytes);
        }
    }

    #[test]
    fn what_a_client_says_arrives(message in client_message()) {
        for encoding in BOTH {
            let bytes = codec::encode_client(&message, encoding);
            prop_assert_eq!(codec::decode_client(&bytes, encoding), Ok(message.clone()));
        }
    }

    #[test]
    fn what_the_server_says_arrives(message in server_message()) {
        for encoding in BOTH {
            let bytes = codec::encode_server(&message, encoding);
            prop_assert_eq!(codec::decode_server(&bytes, encoding), Ok(message.clone()));
        }
    }

    #[test]
    fn messages_that_share_a_frame_arrive_in_their_order(messages in vec(server_message(), 0..8)) {
        let bytes = codec::encode_messages(&messages);
        prop_assert_eq!(codec::decode_messages(&bytes, Encoding::Binary), Ok(messages));
        prop_assert!(codec::decode_server(&bytes, Encoding::Binary).is_err(), "not one message");
        prop_assert!(codec::decode_client(&bytes, Encoding::Binary).is_err(), "clients send no lists");
    }

    #[test]
    fn a_shared_snapshot_is_the_same_for_everybody_but_for_you(shared in snapshot(), you in own_state()) {
        let shared = Snapshot { you: None, ..shared };
        let mut message = Vec::new();
        SharedJson::encode(&shared).write(&mut message, &you);
        let whole = ServerMessage::Snapshot(Snapshot { you: Some(you), ..shared });
        prop_assert_eq!(codec::decode_server(&message, Encoding::Json), Ok(whole));
    }

    #[test]
    fn the_tick_of_any_snapshot_is_read_without_the_rest(snapshot in snapshot(), shift in 0u32..32) {
        let tick = Tick(snapshot.tick.0 >> shift);
        let message = ServerMessage::Snapshot(Snapshot { tick, ..snapshot });
        let json = codec::encode_server(&message, Encoding::Json);
        prop_assert_eq!(codec::snapshot_tick(&json), Some(tick));
        for kind in [SNAPSHOT, KEYFRAME] {
            prop_assert_eq!(codec::snapshot_tick(&codec::snapshot_head(kind, tick)), Some(tick));
        }
    }

    #[test]
    fn a_delta_on_top_of_the_state_before_is_the_state_after(before in full_player_state(), after in full_player_state()) {
        let after = PlayerState { id: before.id, ..after };
        let mut state = before.clone();
        match after.changes_since(&before) {
            Some(delta) => {
                let nothing = PlayerState { id: before.id, ..PlayerState::default() };
                prop_assert_ne!(&delta, &nothing);
                state.apply(&delta);
            }
            None => prop_assert_eq!(&before, &after),
        }
        prop_assert_eq!(state, after);
    }

    #[test]
    fn the_longest_chat_and_the_longest_hello_fit(c in any::<char>()) {
        let name: String = std::iter::repeat_n(c, protocol::limits::MAX_NAME_CHARS).collect();
        let text: String = std::iter::repeat_n(c, protocol::limits::MAX_CHAT_CHARS).collect();
        let secret = "a".repeat(protocol::limits::MAX_TOKEN_BYTES);
        let hello = ClientMessage::Hello(protocol::Hello {
            protocol: u32::MAX,
            name,
            resume: Some(secret.clone()),
            release: Some(secret.clone()),
            scene: Some(secret.clone()),
            room: Some(secret),
            watch: true,
            skin: Some(u8::MAX),
        });
        for encoding in BOTH {
            for message in [&hello, &ClientMessage::Chat { text: text.clone() }] {
                prop_assert!(codec::encode_client(message, encoding).len() <= MAX_CLIENT_MESSAGE);
            }
        }
    }

    #[test]
    fn no_direction_makes_a_position_that_is_no_number(x in any::<f32>(), y in any::<f32>(), aim in vector()) {
        play_with(Vec2 { x, y }, aim);
        play_with(aim, Vec2 { x, y });
    }
}

/// Sends a move, a strike and a dash through the binary encoding, which can carry any float, into a fight.
#[track_caller]
fn play_with(dir: Vec2, aim: Vec2) {
    let mut rules = sim::NativeRules::default();
    let mut world = sim::World::new(1, Tick(0), 30, &rules.tuning);
    let id = PlayerId(1);
    world.join(&mut rules, id).expect("native rules never fail");
    let sent = [
        ClientMessage::Move { seq: Seq(1), tick: None, dir },
        ClientMessage::Attack { seq: Seq(2), tick: None, aim: Some(aim), seen: None },
        ClientMessage::Dash { seq: Seq(3), tick: None },
        ClientMessage::Move { seq: Seq(4), tick: None, dir },
    ];
    for message in sent {
        let bytes = codec::encode_client(&message, Encoding::Binary);
        let input = match codec::decode_client(&bytes, Encoding::Binary).expect("what was encoded") {
            ClientMessage::Move { dir, .. } => PlayerInput::moving(dir),
            ClientMessage::Attack { aim, .. } => PlayerInput::striking(aim),
            _ => PlayerInput::dashing(),
        };
        world.step(&mut rules, &[(id, input)]).expect("native rules never fail");
        let player = world.player(id).expect("it joined");
        let vectors = [player.position, player.velocity, player.facing, player.direction, player.push];
        assert!(vectors.iter().all(|v| v.is_finite()), "{dir:?}, {aim:?}: {player:?}");
        assert!(player.direction.length() <= 1.0 + 1e-6, "{dir:?}: {player:?}");
    }
}

#[test]
fn the_tick_of_nothing_else_is_read() {
    for encoding in BOTH {
        assert_eq!(codec::snapshot_tick(&codec::encode_server(&ServerMessage::Draining, encoding)), None);
    }
    for short in [&b""[..], &[SNAPSHOT], &[KEYFRAME, 1, 2, 3]] {
        assert_eq!(codec::snapshot_tick(short), None);
    }
}

#[test]
fn infinities_and_nan_in_a_direction_are_harmless() {
    let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, f32::MIN_POSITIVE, -0.0, 1.0];
    for x in odd {
        for y in odd {
            play_with(Vec2 { x, y }, Vec2 { x: y, y: x });
        }
    }
}

#[test]
fn json_has_no_infinity_and_no_nan_but_numbers_that_overflow() {
    for direction in ["[NaN,0]", "[Infinity,0]", "[null,0]", "[\"1\",0]", "[1e999,0]", "[1]", "[1,2,3]", "{}"]
    {
        let json = format!(r#"{{"type":"move","seq":1,"dir":{direction}}}"#);
        let decoded = codec::decode_client(json.as_bytes(), Encoding::Json);
        assert!(matches!(decoded, Err(DecodeError::Malformed(_))), "{direction}: {decoded:?}");
    }
    // Fits an f64 but no f32: an infinity, which is harmless as shown above.
    let json = br#"{"type":"move","seq":1,"dir":[1e300,0]}"#;
    let Ok(ClientMessage::Move { dir, .. }) = codec::decode_client(json, Encoding::Json) else {
        panic!("a move")
    };
    play_with(dir, dir);
}

#[test]
fn a_frame_over_the_limit_is_refused_before_it_is_read() {
    for encoding in BOTH {
        let long = vec![b' '; MAX_CLIENT_MESSAGE + 1];
        let expect = DecodeError::TooBig { len: long.len(), max: MAX_CLIENT_MESSAGE };
        assert_eq!(codec::decode_client(&long, encoding), Err(expect));
        let long = vec![b' '; MAX_SERVER_MESSAGE + 1];
        let expect = DecodeError::TooBig { len: long.len(), max: MAX_SERVER_MESSAGE };
        assert_eq!(codec::decode_server(&long, encoding), Err(expect));
    }
    let mut json = br#"{"type":"bye"}"#.to_vec();
    json.resize(MAX_CLIENT_MESSAGE, b' ');
    assert_eq!(codec::decode_client(&json, Encoding::Json), Ok(ClientMessage::Bye));
}

#[test]
fn json_that_is_nested_deeply_does_not_exhaust_the_stack() {
    // Client frames are as deep as they are long; those of the server may be a thousand times longer.
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for depth in [100, 127, 128, 2_000, 1_000_000 / open.len()] {
            let deep = format!("{}0{}", open.repeat(depth), close.repeat(depth));
            let unclosed = open.repeat(depth);
            for nested in [&deep, &unclosed] {
                for json in
                    [nested.clone(), format!(r#"{{"type":"chat","text":"x","from":1,"extra":{nested}}}"#)]
                {
                    decode_in_every_way(json.as_bytes());
                }
            }
        }
    }
}

#[test]
fn unknown_fields_are_ignored_and_unknown_types_are_named() {
    let json = br#"{"type":"dash","seq":7,"mood":{"happy":[true]}}"#;
    let dash = ClientMessage::Dash { seq: Seq(7), tick: None };
    assert_eq!(codec::decode_client(json, Encoding::Json), Ok(dash));
    let unknown = codec::decode_client(br#"{"type":"teleport","x":1}"#, Encoding::Json);
    assert_eq!(unknown, Err(DecodeError::UnknownType("teleport".to_owned())));
    for broken in
        ["", "{}", "[]", "null", "\"move\"", r#"{"type":1}"#, r#"{"type":"move"}"#, "{\"type\":\"bye\""]
    {
        let decoded = codec::decode_client(broken.as_bytes(), Encoding::Json);
        assert!(matches!(decoded, Err(DecodeError::Malformed(_))), "{broken}: {decoded:?}");
    }
}

#[test]
fn every_type_is_in_the_list_of_its_direction() {
    let unknown = |json: &str, decode: fn(&str) -> Option<DecodeError>| {
        matches!(decode(json), Some(DecodeError::UnknownType(_)))
    };
    for name in codec::CLIENT_TYPES {
        let json = format!(r#"{{"type":"{name}"}}"#);
        assert!(
            !unknown(&json, |json| codec::decode_client(json.as_bytes(), Encoding::Json).err()),
            "{name}"
        );
    }
    for name in codec::SERVER_TYPES {
        let json = format!(r#"{{"type":"{name}"}}"#);
        assert!(
            !unknown(&json, |json| codec::decode_server(json.as_bytes(), Encoding::Json).err()),
            "{name}"
        );
    }
}

#[test]
fn the_most_repetitive_snapshot_expands_within_bounds() {
    let players = vec![PlayerState::default(); 100_000];
    let removed = vec![PlayerId::default(); 100_000];
    for snapshot in [Snapshot { players, ..Snapshot::default() }, Snapshot { removed, ..Snapshot::default() }]
    {
        let message = ServerMessage::Snapshot(snapshot);
        let frame = codec::encode_server(&message, Encoding::Binary);
        assert_eq!(codec::decode_server(&frame, Encoding::Binary).as_ref(), Ok(&message));
        decode_in_every_way(&frame);
        // Half of it is not half a list, and not a guess at the other half.
        assert!(codec::decode_server(&frame[..frame.len() / 2], Encoding::Binary).is_err());
    }
}

#[test]
fn the_most_repetitive_news_expand_within_bounds() {
    let messages = vec![ServerMessage::Draining; 100_000];
    let frame = codec::encode_messages(&messages);
    assert_eq!(codec::decode_messages(&frame, Encoding::Binary).as_ref(), Ok(&messages));
    assert!(codec::decode_messages(&frame[..frame.len() / 2], Encoding::Binary).is_err());
    assert!(messages.len() <= frame.len(), "at least a byte for each");

    // So this is all the memory that one frame can ask for.
    let giant = codec::encode_messages(&vec![ServerMessage::Draining; MAX_MESSAGES_FRAME]);
    let expect = DecodeError::TooBig { len: giant.len(), max: MAX_MESSAGES_FRAME };
    assert_eq!(codec::decode_messages(&giant, Encoding::Binary), Err(expect));
}

#[test]
fn a_packed_snapshot_is_no_message_that_stands_for_itself() {
    for kind in [SNAPSHOT, KEYFRAME] {
        let frame = [kind, 1, 0, 0, 0, 0];
        let decoded = codec::decode_server(&frame, Encoding::Binary);
        assert!(matches!(decoded, Err(DecodeError::Malformed(_))), "{decoded:?}");
        assert!(codec::decode_client(&frame, Encoding::Binary).is_err());
    }
}
