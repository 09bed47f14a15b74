//! Lines that are cut in the middle of a fight, again and again: everybody comes back as who it was, and nothing leaks.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use futures_util::{FutureExt, StreamExt};
use serde_json::{Value, json};
use support::witness::Witness;
use support::{Client, PATIENCE, TestServer, admin, http};
use tokio::runtime::Handle;
use tokio::time::timeout;

const PLAYERS: usize = 8;
const CUTS: usize = 200;
/// Everybody enters at one spot, and dies of the third blow; nothing else moves or hurts anybody.
const CLOSE_QUARTERS: &str = "const TUNING = #{
    spawn_min_x: 800.0, spawn_max_x: 800.0, spawn_min_y: 500.0, spawn_max_y: 500.0,
    shield_duration: 0.0, strike_damage: 40.0, strike_knockback: 0.0, strike_cooldown: 0.3, orb_speed: 0.0,
    orb_damage: 0.0, respawn_delay: 0.5, round_duration: 3600.0,
};";

/// A player whose line is cut.
struct Fighter {
    id: u64,
    name: String,
    token: String,
    /// None while its line is cut.
    client: Option<Client>,
    seq: u64,
}

impl Fighter {
    async fn join(server: &TestServer, number: usize) -> Self {
        let name = format!("Fighter {number}");
        let (mut client, welcome) = server.join(&name).await;
        // Whoever never says a word has no place that is kept.
        client.send(json!({ "type": "heartbeat", "t": 1.0 })).await;
        client.wait_for("heartbeat_ack").await;
        let token = welcome["resume"].as_str().unwrap().to_owned();
        Self { id: welcome["player"].as_u64().unwrap(), name, token, client: Some(client), seq: 0 }
    }

    async fn strike(&mut self) {
        self.seq += 1;
        let Some(client) = &mut self.client else { return };
        client.send(json!({ "type": "attack", "seq": self.seq })).await;
    }

    /// Reads what is there already, so that the server never has to wait.
    fn read_on(&mut self) {
        let Some(client) = &mut self.client else { return };
        while let Some(Some(Ok(_))) = client.socket.next().now_or_never() {}
    }

    /// Its connection ends in one of the ways; it is not back yet.
    async fn cut(&mut self, how: Cut, server: &TestServer) {
        match how {
            Cut::Plain => self.client = None,
            Cut::BeforeWelcome => {
                self.client = None;
                let mut client = server.connect().await;
                let hello = json!({ "type": "hello", "protocol": 1, "name": "X", "resume": self.token });
                client.send(hello).await;
            }
            Cut::AfterWelcome => {
                self.client = None;
                let (_, welcome) = server.resume(&self.token).await;
                self.token = welcome["resume"].as_str().unwrap().to_owned();
            }
            Cut::TakenOver => {}
        }
    }

    /// Comes back through a new connection: `welcome` first, then a keyframe, which it returns. A connection that is still
    /// there is ended by the server.
    async fn come_back(&mut self, server: &TestServer) -> Value {
        let old = self.client.take();
        let mut client = server.connect().await;
        self.seq = 0;
        let hello = json!({ "type": "hello", "protocol": 1, "name": "Somebody else", "resume": self.token });
        client.send(hello).await;
        let welcome = client.next().await.expect("an answer");
        assert_eq!(welcome["type"], "welcome", "{welcome}");
        assert_eq!(welcome["player"], self.id);
        assert_eq!((&welcome["name"], &welcome["resumed"]), (&json!(self.name), &json!(true)));
        self.token = welcome["resume"].as_str().unwrap().to_owned();
        let first = client.wait_for("snapshot").await;
        assert_eq!(first["full"], true, "the first snapshot is a keyframe");
        if let Some(mut old) = old {
            assert_eq!(old.wait_for_close().await, protocol::CloseCode::Replaced.code());
        }
        self.client = Some(client);
        first
    }
}

/// The ways in which a connection ends without a word.
#[derive(Clone, Copy, Debug)]
enum Cut {
    /// Just so.
    Plain,
    /// And again right behind the next `hello`, whose answer never arrives.
    BeforeWelcome,
    /// And again right behind the next `welcome`.
    AfterWelcome,
    /// Not at all: a new connection takes over from one that is still there.
    TakenOver,
}

impl Cut {
    const ALL: [Self; 4] = [Self::Plain, Self::BeforeWelcome, Self::AfterWelcome, Self::TakenOver];
}

/// A small random number generator (xorshift): the same cuts each time.
fn random(state: &mut u64, below: usize) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state % below as u64) as usize
}

/// A figure of `/metrics`.
async fn metric(server: &TestServer, name: &str) -> f64 {
    let text = http(server, "GET", "/metrics", &[], "").await.text;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).unwrap_or("0");
    line.parse().unwrap()
}

/// Waits until the server has nothing more to do with lines that are gone.
async fn settle(server: &TestServer, connections: usize, tasks: usize) {
    let settled = timeout(PATIENCE, async {
        loop {
            let open = metric(server, "hotswap_connections").await as usize;
            if open == connections && Handle::current().metrics().num_alive_tasks() <= tasks {
                return;
            }
            tokio::task::yield_now().await;
        }
    });
    if settled.await.is_err() {
        let alive = Handle::current().metrics().num_alive_tasks();
        let open = metric(server, "hotswap_connections").await;
        panic!("{alive} tasks of {tasks}, {open} connections of {connections}");
    }
}

#[tokio::test]
async fn two_hundred_cuts_in_a_fight_cost_nobody_anything_and_leak_nothing() {
    let server = TestServer::start().await;
    let body = json!({ "script": CLOSE_QUARTERS, "version": "close" });
    assert_eq!(admin(&server, "POST", "/api/update_script", Some(body)).await.0, 200);
    let (mut early, _) = server.join("Early").await;
    early.wait("the rules", |m| m["type"] == "snapshot" && m["release"] == 2).await;
    early.send(json!({ "type": "bye" })).await;
    early.wait_for_close().await;
    drop(early);
    settle(&server, 0, usize::MAX).await;
    let empty = Handle::current().metrics().num_alive_tasks();

    let mut witness = Witness::join(&server).await;
    let mut fighters = Vec::new();
    for number in 1..=PLAYERS {
        fighters.push(Fighter::join(&server, number).await);
    }
    let highest_id = fighters.iter().map(|fighter| fighter.id).max().unwrap();
    settle(&server, PLAYERS + 1, usize::MAX).await;
    let busy = Handle::current().metrics().num_alive_tasks();

    let (mut chance, mut cuts) = (0x5eed_5eed, 0);
    while cuts < CUTS {
        for _ in 0..3 {
            let striker = random(&mut chance, PLAYERS);
            fighters[striker].strike().await;
        }
        let mut away: Vec<usize> = Vec::new();
        for _ in 0..=random(&mut chance, 3) {
            let (who, how) = (random(&mut chance, PLAYERS), Cut::ALL[cuts % 4]);
            if !away.contains(&who) {
                fighters[who].cut(how, &server).await;
                away.push(who);
                cuts += 1;
            }
        }
        for who in away {
            let fighter = &mut fighters[who];
            let keyframe = fighter.come_back(&server).await;
            let players = keyframe["players"].as_array().unwrap();
            assert_eq!(players.len(), PLAYERS + 1, "nobody twice and nobody gone");
            let client = fighter.client.as_mut().unwrap();
            witness.check(fighter.id, &fighter.name, client, keyframe).await;
        }
        fighters.iter_mut().for_each(Fighter::read_on);
        witness.catch_up();
    }
    assert!(witness.blows > 50, "it was a fight: {} blows", witness.blows);

    settle(&server, PLAYERS + 1, busy).await;
    let clients = admin(&server, "GET", "/api/clients", None).await.1;
    let clients = clients["clients"].as_array().unwrap();
    assert_eq!(clients.len(), PLAYERS + 1);
    for fighter in &fighters {
        let known = clients.iter().find(|client| client["id"] == fighter.id).unwrap();
        assert_eq!((&known["name"], &known["connected"]), (&json!(fighter.name), &json!(true)));
        assert_eq!(witness.names[&fighter.id], fighter.name);
    }
    let (mut newcomer, welcome) = server.join("Newcomer").await;
    assert_eq!(welcome["player"], highest_id + 1, "whoever came back took no new id");

    for client in fighters.iter_mut().filter_map(|fighter| fighter.client.as_mut()) {
        client.send(json!({ "type": "bye" })).await;
        assert_eq!(client.wait_for_close().await, 1_000);
    }
    for client in [&mut witness.client, &mut newcomer] {
        client.send(json!({ "type": "bye" })).await;
        client.wait_for_close().await;
    }
    settle(&server, 0, empty).await;
    let (_, rooms) = admin(&server, "GET", "/api/rooms", None).await;
    let populations: Vec<_> =
        rooms["rooms"].as_array().unwrap().iter().map(|room| &room["players"]).collect();
    assert_eq!(populations, [0], "{rooms}");
    assert_eq!(metric(&server, "hotswap_players").await, 0.0, "every seat is free");
}
