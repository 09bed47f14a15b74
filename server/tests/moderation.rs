//! Words, mutes, kicks, bans and votes over real sockets.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use serde_json::{Value, json};
use support::{Client, TestServer, admin, http};

const KICKED: u16 = 4008;

/// Calls the API and expects it to do it.
async fn order(server: &TestServer, path: &str, body: Value) -> Value {
    let (status, answer) = admin(server, "POST", path, Some(body)).await;
    assert_eq!(status, 200, "{path}: {answer}");
    answer
}

async fn refused(server: &TestServer, path: &str, body: Value) -> (u16, String) {
    let (status, answer) = admin(server, "POST", path, Some(body)).await;
    (status, answer["message"].as_str().unwrap_or_default().to_owned())
}

async fn in_force(server: &TestServer) -> Vec<Value> {
    let (status, answer) = admin(server, "GET", "/api/moderation", None).await;
    assert_eq!(status, 200);
    answer["sanctions"].as_array().unwrap().clone()
}

/// The audit log as `who action detail (note)`, newest first.
async fn audit(server: &TestServer) -> Vec<String> {
    let (_, answer) = admin(server, "GET", "/api/audit?limit=500", None).await;
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let line = |entry: &Value| {
        let [who, action, detail, note] = ["who", "action", "detail", "note"].map(|name| text(entry, name));
        format!("{who} {action} {detail} ({note})")
    };
    answer["entries"].as_array().unwrap().iter().map(line).collect()
}

async fn say(client: &mut Client, text: &str) {
    client.send(json!({ "type": "chat", "text": text })).await;
}

/// The next line of chat that a client hears.
async fn hear(client: &mut Client) -> String {
    client.wait_for("chat").await["text"].as_str().unwrap().to_owned()
}

/// The code of the next error.
async fn error(client: &mut Client) -> (String, String) {
    let error = client.wait_for("error").await;
    (error["code"].as_str().unwrap().to_owned(), error["message"].as_str().unwrap().to_owned())
}

/// Waits until somebody was taken out of the arena.
async fn wait_until_gone(watcher: &mut Client, player: &Value) {
    watcher.wait("somebody to go", |m| m["type"] == "player_left" && m["id"] == *player).await;
}

#[tokio::test]
async fn a_new_list_of_words_counts_at_once_for_chat_and_for_new_names() {
    let server = TestServer::start().await;
    let (mut ada, _) = server.join("Ada").await;
    say(&mut ada, "you turnip").await;
    assert_eq!(hear(&mut ada).await, "you turnip");
    let answer = order(&server, "/api/moderation/words", json!({ "words": "turnip\n# no beet\n" })).await;
    assert_eq!(answer["word_count"], 1);
    say(&mut ada, "you TURN1P, and more turnip!").await;
    assert_eq!(hear(&mut ada).await, "you ******, and more ******!");

    let mut bob = server.connect().await;
    bob.send(json!({ "type": "hello", "protocol": 1, "name": "Tuuurnip" })).await;
    assert_eq!(error(&mut bob).await.0, "bad_name");
    let welcome = bob.wait_for("welcome").await;
    assert_eq!(welcome["name"], format!("Player {}", welcome["player"]));

    let (status, why) =
        refused(&server, "/api/moderation/words", json!({ "words": "beet\ntwo words" })).await;
    assert_eq!(status, 422);
    assert!(why.contains("line 2"), "{why}");
    say(&mut ada, "beet and turnip").await;
    assert_eq!(hear(&mut ada).await, "beet and ******", "the list before stays");

    // What operators wrote is there after a restart.
    let server = TestServer::start_in(server.stop().await, |_| ()).await;
    let (mut ada, _) = server.join("Ada").await;
    say(&mut ada, "turnip, shit").await;
    assert_eq!(hear(&mut ada).await, "******, shit", "their list stands in the place of the shipped one");
    assert!(audit(&server).await.iter().any(|line| line.starts_with("admin set_words 2 more, ")));
}

#[tokio::test]
async fn the_shipped_list_counts_until_somebody_writes_another() {
    let server = TestServer::start().await;
    let (mut ada, _) = server.join("Ada").await;
    say(&mut ada, "shit, Scunthorpe").await;
    assert_eq!(hear(&mut ada).await, "****, Scunthorpe");
}

#[tokio::test]
async fn nothing_that_cannot_be_seen_is_in_names_and_chat() {
    let server = TestServer::start().await;
    let (mut ada, welcome) = server.join("A\u{202e}d\u{200b}a\u{3164}<b>").await;
    assert_eq!(welcome["name"], "Ada <b>");
    say(&mut ada, &format!("a\u{2067}b{}\u{7}", "\u{0336}".repeat(50))).await;
    assert_eq!(hear(&mut ada).await, "ab\u{336}\u{336}");
}

#[tokio::test]
async fn who_says_the_same_again_and_again_is_not_heard() {
    let server = TestServer::start().await;
    let (mut ada, _) = server.join("Ada").await;
    for line in ["Come here", "come heeere", "COME HERE", "something else"] {
        say(&mut ada, line).await;
    }
    // The refusal comes at once, what was said with the next tick.
    let (mut heard, mut refused) = (Vec::new(), Vec::new());
    while heard.len() < 3 {
        let said = ada.wait("an answer", |m| m["type"] == "chat" || m["type"] == "error").await;
        let list = if said["type"] == "chat" { &mut heard } else { &mut refused };
        list.push(said);
    }
    let lines: Vec<&Value> = heard.iter().map(|said| &said["text"]).collect();
    assert_eq!(lines, ["Come here", "come heeere", "something else"]);
    assert_eq!(refused.iter().map(|error| &error["code"]).collect::<Vec<_>>(), ["rate_limited"]);
}

#[tokio::test]
async fn a_muted_player_plays_on_unheard_through_reconnects_and_restarts_until_it_is_lifted() {
    let server = TestServer::start().await;
    let (mut ada, _) = server.join("Ada").await;
    let (mut bob, welcome) = server.join("Bob").await;
    let player = welcome["player"].clone();
    let body = json!({ "player": player, "minutes": 30, "reason": "Insults" });
    let mute = order(&server, "/api/moderation/mute", body).await["sanction"].clone();
    let told = bob.wait_for("muted").await;
    assert_eq!(told["muted"], true);
    assert!((1_790..=1_800).contains(&told["seconds"].as_u64().unwrap()), "{told}");
    say(&mut bob, "hello?").await;
    let (code, why) = error(&mut bob).await;
    assert_eq!(code, "muted");
    assert!(why.contains("30 minutes") && why.contains("UTC"), "{why}");
    bob.send(json!({ "type": "move", "seq": 1, "dir": [1, 0] })).await;
    let moved = |m: &Value| m["type"] == "snapshot" && m["you"]["seq"] == 1;
    bob.wait("to play on", moved).await;

    // Back through another connection, and through another server.
    drop(bob);
    let (mut bob, welcome) = server.resume(welcome["resume"].as_str().unwrap()).await;
    assert_eq!((&welcome["player"], &welcome["resumed"]), (&player, &json!(true)));
    assert_eq!(bob.wait_for("muted").await["muted"], true);
    say(&mut ada, "only me").await;
    assert_eq!(hear(&mut ada).await, "only me");
    let server = TestServer::start_in(server.stop().await, |_| ()).await;
    let (mut bob, _) = server.resume(welcome["resume"].as_str().unwrap()).await;
    assert_eq!(bob.wait_for("muted").await["muted"], true);
    say(&mut bob, "still?").await;
    assert_eq!(error(&mut bob).await.0, "muted");

    order(&server, "/api/moderation/lift", json!({ "id": mute["id"] })).await;
    assert_eq!(bob.wait_for("muted").await["muted"], false);
    say(&mut bob, "thanks").await;
    assert_eq!(hear(&mut bob).await, "thanks");
    assert!(in_force(&server).await.is_empty());
    let again = refused(&server, "/api/moderation/lift", json!({ "id": mute["id"] })).await;
    assert_eq!(again.0, 404);
    let log = audit(&server).await;
    assert_eq!(log[0], format!("admin unmute Bob ({player}) ()"));
    assert!(log.contains(&format!("admin mute Bob ({player}), 30 minutes (Insults)")), "{log:?}");
}

#[tokio::test]
async fn a_kicked_player_is_told_why_and_may_come_back() {
    let server = TestServer::start().await;
    let (mut ada, _) = server.join("Ada").await;
    let (mut bob, welcome) = server.join("Bob").await;
    let player = welcome["player"].clone();
    let without_reason = json!({ "player": player, "reason": " \u{200b} " });
    assert_eq!(refused(&server, "/api/moderation/kick", without_reason).await.0, 422);
    order(&server, "/api/moderation/kick", json!({ "player": player, "reason": "Blocks the door" })).await;
    let kicked = bob.wait_for("kicked").await;
    assert_eq!(kicked["reason"], "Blocks the door");
    assert_eq!((&kicked["banned"], &kicked["voted"]), (&json!(false), &json!(false)));
    assert_eq!(bob.wait_for_close().await, KICKED);
    wait_until_gone(&mut ada, &player).await;
    let gone = refused(&server, "/api/moderation/kick", json!({ "player": player, "reason": "Again" })).await;
    assert_eq!(gone.0, 404, "who is not here cannot be kicked");
    let (_, back) = server.resume(welcome["resume"].as_str().unwrap()).await;
    assert_eq!((&back["player"], &back["name"]), (&player, &json!("Bob")));
    assert!(audit(&server).await.contains(&format!("admin kick Bob ({player}) (Blocks the door)")));
}

#[tokio::test]
async fn a_banned_player_stays_out_by_its_token_also_after_a_restart_and_others_of_its_address_do_not() {
    let server = TestServer::start().await;
    let (mut bob, welcome) = server.join("Bob").await;
    let (player, token) = (welcome["player"].clone(), welcome["resume"].as_str().unwrap().to_owned());
    let body = json!({ "player": player, "minutes": 60, "reason": "Cheating" });
    let ban = order(&server, "/api/moderation/ban", body).await["sanction"].clone();
    assert_eq!(ban["address"], Value::Null);
    assert_eq!(bob.wait_for("kicked").await["banned"], true);
    assert_eq!(bob.wait_for_close().await, KICKED);

    let turned_away = async |server: &TestServer| {
        let mut client = server.connect().await;
        client.send(json!({ "type": "hello", "protocol": 1, "name": "Bob", "resume": token })).await;
        let kicked = client.wait_for("kicked").await;
        assert_eq!(kicked["reason"], "Cheating");
        assert!((3_500..=3_600).contains(&kicked["seconds"].as_u64().unwrap()), "{kicked}");
        assert_eq!(client.wait_for_close().await, KICKED);
    };
    turned_away(&server).await;
    server.join("Neighbour").await;
    let server = TestServer::start_in(server.stop().await, |_| ()).await;
    turned_away(&server).await;
    assert_eq!(in_force(&server).await[0]["name"], "Bob");

    order(&server, "/api/moderation/lift", json!({ "id": ban["id"] })).await;
    let (_, back) = server.resume(&token).await;
    assert_eq!(back["player"], player);
    assert_eq!(audit(&server).await[0], format!("admin unban Bob ({player}) ()"));
}

#[tokio::test]
async fn an_address_is_banned_only_where_that_was_asked_for() {
    let server = TestServer::start().await;
    let (mut bob, welcome) = server.join("Bob").await;
    let body = json!({ "player": welcome["player"], "reason": "Flood", "address": true });
    let ban = order(&server, "/api/moderation/ban", body).await["sanction"].clone();
    assert_eq!(ban["address"], "127.0.0.1");
    assert_eq!(bob.wait_for("kicked").await["seconds"], Value::Null, "until it is lifted");
    let mut stranger = server.connect().await;
    stranger.send(json!({ "type": "hello", "protocol": 1, "name": "Somebody else" })).await;
    assert_eq!(stranger.wait_for("kicked").await["reason"], "Flood");
    assert_eq!(stranger.wait_for_close().await, KICKED);
    order(&server, "/api/moderation/lift", json!({ "id": ban["id"] })).await;
    server.join("Somebody else").await;
}

#[tokio::test]
async fn viewers_look_on_and_publishers_moderate() {
    let server = TestServer::start().await;
    let (_bob, welcome) = server.join("Bob").await;
    for role in ["viewer", "publisher"] {
        let account = json!({ "name": role, "role": role, "password": "correct horse battery" });
        order(&server, "/api/operators", account).await;
        let token = json!({ "operator": role, "name": "t", "role": role });
        let token = order(&server, "/api/tokens", token).await["token"].as_str().unwrap().to_owned();
        let bearer = format!("Bearer {token}");
        let headers = [("Authorization", bearer.as_str())];
        let body = json!({ "player": welcome["player"], "reason": "Test" }).to_string();
        let answer = http(&server, "POST", "/api/moderation/mute", &headers, &body).await;
        assert_eq!(answer.status, if role == "viewer" { 403 } else { 200 }, "{}", answer.text);
        assert_eq!(http(&server, "GET", "/api/moderation", &headers, "").await.status, 200);
    }
    let log = audit(&server).await;
    assert!(log.iter().any(|line| line.starts_with("publisher (t) mute Bob")), "{log:?}");
}

/// Three people in a room, and their ids.
async fn three(server: &TestServer) -> ([Client; 3], [Value; 3]) {
    let (ada, first) = server.join("Ada").await;
    let (bob, second) = server.join("Bob").await;
    let (eve, third) = server.join("Eve").await;
    ([ada, bob, eve], [first, second, third].map(|welcome| welcome["player"].clone()))
}

#[tokio::test]
async fn more_than_half_of_the_others_can_remove_somebody() {
    let server = TestServer::start().await;
    let ([mut ada, mut bob, mut eve], [first, second, third]) = three(&server).await;
    ada.send(json!({ "type": "vote_kick", "player": third })).await;
    let vote = bob.wait_for("kick_vote").await;
    assert_eq!((&vote["target"], &vote["by"], &vote["target_name"]), (&third, &first, &json!("Eve")));
    assert_eq!((&vote["yes"], &vote["no"], &vote["needed"]), (&json!(1), &json!(0), &json!(2)));
    assert_eq!(eve.wait_for("kick_vote").await["state"], "open", "whom it is about is told");

    // It is not for Eve to say, and there is one vote at a time.
    eve.send(json!({ "type": "answer_kick", "id": vote["id"], "yes": false })).await;
    assert_eq!(error(&mut eve).await.0, "vote_refused");
    eve.send(json!({ "type": "vote_kick", "player": second })).await;
    assert_eq!(error(&mut eve).await.0, "vote_refused");

    bob.send(json!({ "type": "answer_kick", "id": vote["id"], "yes": true })).await;
    let over = |m: &Value| m["type"] == "kick_vote" && m["state"] != "open";
    assert_eq!(ada.wait("the end of the vote", over).await["state"], "passed");
    let kicked = eve.wait_for("kicked").await;
    assert_eq!((&kicked["voted"], &kicked["banned"]), (&json!(true), &json!(true)));
    assert!((590..=600).contains(&kicked["seconds"].as_u64().unwrap()), "{kicked}");
    assert_eq!(eve.wait_for_close().await, KICKED);
    wait_until_gone(&mut ada, &third).await;
    let log = audit(&server).await;
    let line = format!(
        "players vote_kick Eve ({third}), 10 minutes: 2 for it, 0 against it; asked for by Ada ({first}) ()"
    );
    assert!(log.contains(&line), "{log:?}");
    assert_eq!(in_force(&server).await[0]["kind"], "ban");
}

#[tokio::test]
async fn whom_the_others_want_to_keep_stays_and_is_left_alone_for_a_while() {
    let server = TestServer::start().await;
    let ([mut ada, mut bob, mut eve], [first, second, third]) = three(&server).await;
    ada.send(json!({ "type": "vote_kick", "player": third })).await;
    let vote = bob.wait_for("kick_vote").await;
    bob.send(json!({ "type": "answer_kick", "id": vote["id"], "yes": false })).await;
    let over = |m: &Value| m["type"] == "kick_vote" && m["state"] != "open";
    let end = eve.wait("the end of the vote", over).await;
    assert_eq!((&end["state"], &end["yes"], &end["no"]), (&json!("failed"), &json!(1), &json!(1)));
    say(&mut eve, "thank you").await;
    assert_eq!(hear(&mut ada).await, "thank you");

    // Neither Ada again nor anybody about Eve.
    ada.send(json!({ "type": "vote_kick", "player": second })).await;
    assert_eq!(error(&mut ada).await.0, "vote_refused");
    bob.send(json!({ "type": "vote_kick", "player": third })).await;
    assert_eq!(error(&mut bob).await.0, "vote_refused");
    let log = audit(&server).await;
    let line = format!(
        "players vote_kick Eve ({third}) stays: 1 for it, 1 against it; asked for by Ada ({first}) ()"
    );
    assert!(log.contains(&line), "{log:?}");
    assert!(in_force(&server).await.is_empty());
}

#[tokio::test]
async fn two_are_too_few_for_a_vote_and_bots_and_strangers_cannot_be_voted_out() {
    let server = TestServer::start_with(|config| config.bots = 6).await;
    let (mut ada, welcome) = server.join("Ada").await;
    let (_bob, second) = server.join("Bob").await;
    ada.send(json!({ "type": "vote_kick", "player": second["player"] })).await;
    let (code, why) = error(&mut ada).await;
    assert_eq!(code, "vote_refused");
    assert!(why.contains("three"), "{why}");
    let (_eve, _) = server.join("Eve").await;
    let keyframe = |m: &Value| m["type"] == "snapshot" && m["full"] == true;
    ada.send(json!({ "type": "resync" })).await;
    let everybody = ada.wait("a keyframe", keyframe).await;
    let bot = everybody["players"].as_array().unwrap().iter().find(|player| player["bot"] == true).unwrap();
    for target in [bot["id"].clone(), json!(999_999), welcome["player"].clone()] {
        ada.send(json!({ "type": "vote_kick", "player": target })).await;
        assert_eq!(error(&mut ada).await.0, "vote_refused", "{target}");
    }
    assert!(!audit(&server).await.iter().any(|line| line.contains("vote_kick")));
}

#[tokio::test]
async fn a_chosen_look_is_told_to_everybody_and_one_that_does_not_exist_is_none() {
    let server = TestServer::start().await;
    let (mut ada, _) = server.join("Ada").await;
    for (skin, told) in [(json!(7), json!(7)), (json!(12), Value::Null), (Value::Null, Value::Null)] {
        let mut bob = server.connect().await;
        bob.send(json!({ "type": "hello", "protocol": 1, "name": "Bob", "skin": skin })).await;
        let player = bob.wait_for("welcome").await["player"].clone();
        let came = |m: &Value| m["type"] == "new_player" && m["player"]["id"] == player;
        assert_eq!(ada.wait("Bob", came).await["player"]["skin"], told);
        let of_bob = |m: &Value| {
            let players = m["players"].as_array()?;
            players.iter().find(|state| state["id"] == player && state["x"].is_number()).cloned()
        };
        let seen = ada.wait("Bob in a snapshot", |m| of_bob(m).is_some()).await;
        assert_eq!(of_bob(&seen).unwrap()["skin"], told);
        let own = bob.wait("itself in a keyframe", |m| of_bob(m).is_some()).await;
        assert_eq!(of_bob(&own).unwrap()["skin"], told);
        bob.send(json!({ "type": "bye" })).await;
        wait_until_gone(&mut ada, &player).await;
    }
}
