//! `docs/protocol.md` is the contract for people who write clients: every example and every number in it is checked.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::{BTreeMap, BTreeSet};

use protocol::codec::{self, CLIENT_TYPES, SERVER_TYPES};
use protocol::{BINARY, CloseCode, Encoding, ErrorCode, JSON, PROTOCOL_VERSION, limits};
use serde_json::Value;

const DOC: &str = include_str!("../../docs/protocol.md");

#[derive(Clone, Copy, Debug, PartialEq)]
enum Direction {
    FromClient,
    FromServer,
}

/// An example and the message under whose heading it stands.
struct Example {
    direction: Direction,
    heading: String,
    json: String,
}

fn examples() -> Vec<Example> {
    let mut direction = None;
    let mut heading = String::new();
    let mut found = Vec::new();
    let mut lines = DOC.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            direction = match title {
                "Messages from the client" => Some(Direction::FromClient),
                "Messages from the server" => Some(Direction::FromServer),
                _ => None,
            };
        } else if let Some(title) = line.strip_prefix("### ") {
            heading = title.to_owned();
        } else if line == "```json" {
            let json: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            let direction = direction.expect("JSON examples stand under the headings of their direction");
            found.push(Example { direction, heading: heading.clone(), json: json.join("\n") });
        }
    }
    found
}

/// The lines of the session at the end: what the client and what the server says.
fn session() -> Vec<(Direction, &'static str)> {
    let (_, session) = DOC.split_once("```session\n").expect("there is a session");
    let (session, _) = session.split_once("\n```").expect("the session ends");
    session
        .lines()
        .map(|line| match line.split_at(2) {
            ("> ", json) => (Direction::FromClient, json),
            ("< ", json) => (Direction::FromServer, json),
            _ => panic!("neither client nor server: {line}"),
        })
        .collect()
}

/// Rows of the table whose header begins with `first_column`, as trimmed cells without back ticks.
fn table(first_column: &str) -> Vec<Vec<String>> {
    let header = format!("| {first_column} |");
    let cells = |line: &str| -> Vec<String> {
        line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
    };
    DOC.lines()
        .skip_while(|line| !line.starts_with(&header))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(cells)
        .collect()
}

/// Reads and writes the message in both encodings; what comes out of JSON again.
#[track_caller]
fn through_both_encodings(direction: Direction, json: &str) -> Value {
    let bytes = match direction {
        Direction::FromClient => {
            let message = codec::decode_client(json.as_bytes(), Encoding::Json).expect(json);
            let binary = codec::encode_client(&message, Encoding::Binary);
            assert_eq!(codec::decode_client(&binary, Encoding::Binary).as_ref(), Ok(&message), "{json}");
            codec::encode_client(&message, Encoding::Json)
        }
        Direction::FromServer => {
            let message = codec::decode_server(json.as_bytes(), Encoding::Json).expect(json);
            let binary = codec::encode_server(&message, Encoding::Binary);
            assert_eq!(codec::decode_server(&binary, Encoding::Binary).as_ref(), Ok(&message), "{json}");
            codec::encode_server(&message, Encoding::Json)
        }
    };
    serde_json::from_slice(&bytes).expect("our own JSON")
}

/// Everything in `part` is in `whole`, with the same value; numbers count as numbers, whether they are written 1 or 1.0.
#[track_caller]
fn assert_contains(whole: &Value, part: &Value, example: &str) {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            for (key, value) in part {
                let Some(kept) = whole.get(key) else {
                    panic!("the code does not know \"{key}\" in {example}")
                };
                assert_contains(kept, value, example);
            }
        }
        (Value::Array(whole), Value::Array(part)) => {
            assert_eq!(whole.len(), part.len(), "{example}");
            for (kept, value) in whole.iter().zip(part) {
                assert_contains(kept, value, example);
            }
        }
        (Value::Number(kept), Value::Number(value)) => assert_eq!(kept.as_f64(), value.as_f64(), "{example}"),
        _ => assert_eq!(whole, part, "{example}"),
    }
}

#[test]
fn every_example_is_a_message_and_loses_nothing() {
    let examples = examples();
    assert!(examples.len() >= CLIENT_TYPES.len() + SERVER_TYPES.len());
    for Example { direction, heading, json } in &examples {
        let written: Value = serde_json::from_str(json).expect(json);
        assert_eq!(written["type"], heading.as_str(), "{json}");
        assert_contains(&through_both_encodings(*direction, json), &written, json);
    }
}

#[test]
fn every_message_has_an_example() {
    let shown = |wanted| -> BTreeSet<String> {
        let examples = examples().into_iter().filter(|example| example.direction == wanted);
        examples.map(|example| example.heading).collect()
    };
    let known = |types: &[&str]| types.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(shown(Direction::FromClient), known(&CLIENT_TYPES));
    assert_eq!(shown(Direction::FromServer), known(&SERVER_TYPES));
}

#[test]
fn the_session_could_have_happened() {
    let session = session();
    assert!(session.len() >= 20);
    for (direction, json) in session {
        let written: Value = serde_json::from_str(json).expect(json);
        assert_contains(&through_both_encodings(direction, json), &written, json);
    }
}

#[test]
fn a_keyframe_example_shows_every_field_of_a_player_and_of_you() {
    let keyframe = examples()
        .iter()
        .map(|example| serde_json::from_str::<Value>(&example.json).expect("checked elsewhere"))
        .find(|json| json["full"] == true)
        .expect("there is a keyframe");
    let body = sim::Player::new(sim::PlayerId(1));
    let own = serde_json::to_value(protocol::OwnState::of(&body, sim::Seq(1), 0)).unwrap();
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<BTreeSet<_>>();
    for shown in keyframe["players"].as_array().expect("players") {
        let id = serde_json::from_value(shown["id"].clone()).expect("an id");
        let player = protocol::PlayerState::full(&sim::Player::new(id), "Ada", true);
        assert_eq!(keys(shown), keys(&serde_json::to_value(player).unwrap()));
    }
    assert_eq!(keys(&keyframe["you"]), keys(&own));
}

#[test]
fn close_codes_are_those_of_the_code() {
    let shown: BTreeSet<Vec<String>> = table("code | reason").into_iter().collect();
    let known = CloseCode::ALL.map(|close| {
        let again = if close.may_reconnect() { "yes" } else { "no" };
        vec![close.code().to_string(), close.reason().to_owned(), again.to_owned()]
    });
    assert_eq!(shown, BTreeSet::from(known));
}

#[test]
fn limits_are_those_of_the_code() {
    let shown: BTreeMap<String, usize> = table("constant")
        .into_iter()
        .map(|row| (row[0].clone(), row[1].parse().expect("a number")))
        .collect();
    let known = [
        ("MAX_CLIENT_MESSAGE", limits::MAX_CLIENT_MESSAGE),
        ("MAX_SERVER_MESSAGE", limits::MAX_SERVER_MESSAGE),
        ("MAX_MESSAGES_FRAME", limits::MAX_MESSAGES_FRAME),
        ("MAX_NAME_CHARS", limits::MAX_NAME_CHARS),
        ("MAX_CHAT_CHARS", limits::MAX_CHAT_CHARS),
        ("MAX_TOKEN_BYTES", limits::MAX_TOKEN_BYTES),
        ("MAX_ACK_ERROR_CHARS", limits::MAX_ACK_ERROR_CHARS),
        ("MIN_ROOM_CODE_CHARS", limits::MIN_ROOM_CODE_CHARS),
        ("MAX_ROOM_CODE_CHARS", limits::MAX_ROOM_CODE_CHARS),
        ("SKINS", usize::from(limits::SKINS)),
    ];
    assert_eq!(shown, known.map(|(name, value)| (name.to_owned(), value)).into());
    // A limit that is added to the code is missing in the list above until somebody documents it.
    let source = include_str!("../src/limits.rs");
    assert_eq!(source.matches("pub const ").count(), known.len());
}

#[test]
fn error_codes_are_those_of_the_code() {
    let rows = table("code | meaning");
    for row in &rows {
        serde_json::from_value::<ErrorCode>(Value::from(row[0].as_str())).expect(&row[0]);
    }
    let source = include_str!("../src/server.rs");
    let (_, variants) = source.split_once("pub enum ErrorCode {").expect("the enum");
    let (variants, _) = variants.split_once("\n}").expect("its end");
    let count = variants.lines().filter(|line| line.trim_end().ends_with(',')).count();
    assert_eq!(rows.len(), count);
}

#[test]
fn the_version_and_the_framing_are_those_of_the_code() {
    assert!(DOC.contains(&format!("`protocol` {PROTOCOL_VERSION}.")));
    let subprotocols: Vec<String> = table("subprotocol").into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(subprotocols, [JSON, BINARY]);
    let prefixes: Vec<String> = table("first byte").into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(
        prefixes,
        [
            codec::MESSAGE,
            codec::SNAPSHOT,
            codec::KEYFRAME,
            codec::FIELD,
            codec::FIELD_KEYFRAME,
            codec::MESSAGES
        ]
        .map(|kind| kind.to_string())
    );
}
