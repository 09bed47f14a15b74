//! Cards over the admin API and real sockets: published, enabled, voted for, fetched.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use hotlogic::{RhaiRules, content_hash, shipped};
use serde_json::{Value, json};
use support::{TestServer, admin, http};

/// The arena's rules in rounds of five seconds, with pauses of six.
fn short_rounds() -> String {
    shipped::ARENA
        .replace("arena_width: 1600.0,", "arena_width: 1600.0, round_duration: 5.0, round_pause: 6.0,")
}

/// A server whose rounds are short from the beginning.
async fn quick_server() -> TestServer {
    let server = TestServer::start().await;
    let body = json!({ "script": short_rounds(), "version": "short" });
    let (status, answer) = admin(&server, "POST", "/api/update_script", Some(body)).await;
    assert_eq!(status, 200, "{answer}");
    let data = server.stop().await;
    TestServer::start_in(data, |_| ()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_card_can_be_voted_for_and_its_script_fetched() {
    let server = quick_server().await;
    // Only two are left to choose from, so both come up.
    for (name, _) in &shipped::CARDS[1..] {
        let path = format!("/api/cards/{name}");
        let (status, _) = admin(&server, "POST", &path, Some(json!({ "enabled": false }))).await;
        assert_eq!(status, 200);
    }
    let source = "// Slow: everybody crawls.\n// zh: 慢: 人人爬行。\nconst TUNING = #{ player_speed: player_speed * 0.2 };\n";
    let body = json!({ "name": "slow", "script": source });
    let (status, answer) = admin(&server, "POST", "/api/cards", Some(body)).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!((&answer["card"]["version"], &answer["card"]["enabled"]), (&json!(1), &json!(true)));

    let (mut ada, welcome) = server.join("Ada").await;
    let vote = ada.wait_for("vote").await;
    let options = vote["options"].as_array().unwrap();
    assert_eq!(options.len(), 3, "{vote}");
    let slow = options.iter().position(|option| option["name"] == "slow").unwrap();
    assert_eq!(options[slow]["words"][0]["title"], "慢");
    ada.send(json!({ "type": "vote", "id": vote["id"], "option": slow })).await;
    let update = ada.wait("the card", |message| message["release"]["card"]["name"] == "slow").await;
    let hash = update["release"]["hash"].as_str().unwrap();
    let script = http(&server, "GET", &format!("/content/{hash}"), &[], "").await;
    assert_eq!((script.status, content_hash(script.text.as_bytes()).as_str()), (200, hash));
    let rules = RhaiRules::compile(&script.text).unwrap();
    assert_eq!(rules.tuning().player_speed, 54.0);
    // A client that cannot play the card is no reason to take the release back.
    let number = &welcome["release"]["number"];
    assert_eq!(update["release"]["number"], *number);
    let ack = json!({ "type": "ack_update", "release": number, "ok": false, "ms": 1, "card": "slow", "error": "no" });
    ada.send(ack).await;
    ada.wait("the round", |message| message["type"] == "round" && message["phase"] == "playing").await;
    let (_, rooms) = admin(&server, "GET", "/api/rooms", None).await;
    assert_eq!(rooms["rooms"][0]["card"], "slow", "{rooms}");
    let back = ada.wait("the rules alone", |message| message["type"] == "hot_update").await;
    assert_eq!((&back["release"]["card"], &back["release"]["number"]), (&Value::Null, number));
    let (_, release) = admin(&server, "GET", &format!("/api/releases/{number}"), None).await;
    assert!(!release.to_string().contains("\"failed\":1"), "{release}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_publish_and_enable_cards_and_a_broken_one_is_refused_at_its_place() {
    let server = TestServer::start().await;
    let (status, all) = admin(&server, "GET", "/api/cards", None).await;
    let cards = all["cards"].as_array().unwrap();
    assert_eq!((status, cards.len(), &all["votes"]), (200, shipped::CARDS.len(), &json!(true)));
    for (card, (name, script)) in cards.iter().zip(shipped::CARDS) {
        assert_eq!((&card["name"], &card["script"]), (&json!(name), &json!(script)));
        assert_eq!((&card["enabled"], &card["fault"]), (&json!(true), &Value::Null));
    }

    let publish = |name: &str, script: &str| json!({ "name": name, "script": script });
    let broken = publish("bad", "// Bad: it is broken.\nfn on_kill(a, b, c) { oops(a) }\n");
    let (status, answer) = admin(&server, "POST", "/api/cards", Some(broken)).await;
    assert_eq!((status, &answer["line"], &answer["column"]), (422, &json!(2), &json!(23)), "{answer}");
    assert!(answer["message"].as_str().unwrap().starts_with("card `bad`: there is no function `oops`"));
    // It compiles, but the dry run finds it.
    let failing = publish("bad", "// Bad: it fails.\nfn on_kill(a, b, c) { let n = 0; 1 / n }\n");
    let (status, answer) = admin(&server, "POST", "/api/cards", Some(failing)).await;
    assert_eq!((status, &answer["line"]), (422, &json!(2)), "{answer}");

    let better =
        publish("giants", "// Giants: even larger.\nconst TUNING = #{ player_radius: player_radius * 2 };\n");
    let (status, answer) = admin(&server, "POST", "/api/cards", Some(better)).await;
    assert_eq!((status, &answer["card"]["version"]), (200, &json!(2)), "{answer}");
    assert_eq!(answer["card"]["text"], "even larger.");
    let off = || Some(json!({ "enabled": false }));
    let (status, answer) = admin(&server, "POST", "/api/cards/giants", off()).await;
    assert_eq!((status, &answer["card"]["enabled"]), (200, &json!(false)));
    let (status, _) = admin(&server, "POST", "/api/cards/nothing", off()).await;
    assert_eq!(status, 404);

    // All of it survives a restart, and what somebody changed stays changed.
    let server = TestServer::start_in(server.stop().await, |_| ()).await;
    let (_, all) = admin(&server, "GET", "/api/cards", None).await;
    let giants = all["cards"].as_array().unwrap().iter().find(|card| card["name"] == "giants").unwrap();
    assert_eq!((&giants["version"], &giants["enabled"]), (&json!(2), &json!(false)));
    let (_, audit) = admin(&server, "GET", "/api/audit?limit=20", None).await;
    let entries = audit["entries"].as_array().unwrap_or_else(|| panic!("{audit}"));
    let actions: Vec<&str> = entries.iter().filter_map(|entry| entry["action"].as_str()).collect();
    assert!(actions.contains(&"publish_card") && actions.contains(&"disable_card"), "{actions:?}");
    server.stop().await;
}
