//! Somebody who watches a fight from its beginning, and checks that everybody has what the fight gave them.

use std::collections::BTreeMap;

use futures_util::{FutureExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::{Client, TestServer};

/// Hit points of whoever comes to life.
const MAX_HP: i64 = 100;

/// What a player must not lose.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    pub hp: i64,
    pub score: i64,
    pub kills: i64,
    pub deaths: i64,
}

impl Standing {
    /// Takes over what a message says of a player.
    fn read(&mut self, state: &Value) {
        let fields = [
            ("hp", &mut self.hp),
            ("score", &mut self.score),
            ("kills", &mut self.kills),
            ("deaths", &mut self.deaths),
        ];
        for (name, field) in fields {
            *field = state[name].as_i64().unwrap_or(*field);
        }
    }
}

/// Somebody whose line is never cut: sees every tick, and keeps two books that must agree.
pub struct Witness {
    pub client: Client,
    /// By snapshots: what is the case.
    seen: BTreeMap<u64, Standing>,
    /// By events: what the fight did.
    told: BTreeMap<u64, Standing>,
    pub names: BTreeMap<u64, String>,
    /// What was the case at each tick.
    history: BTreeMap<u64, BTreeMap<u64, Standing>>,
    pub blows: usize,
}

impl Witness {
    /// Comes in.
    pub async fn join(server: &TestServer) -> Self {
        let (client, _) = server.join("Witness").await;
        let empty = BTreeMap::new();
        let history = BTreeMap::new();
        Self { client, seen: empty.clone(), told: empty, names: BTreeMap::new(), history, blows: 0 }
    }

    /// Reads on until a tick is there, and checks every tick on the way.
    pub async fn watch_until(&mut self, tick: u64) {
        while self.history.last_key_value().is_none_or(|(newest, _)| *newest < tick) {
            let message = self.client.next().await.expect("the witness stays");
            self.take(&message);
        }
    }

    /// Reads what is there already, and checks it.
    pub fn catch_up(&mut self) {
        while let Some(Some(Ok(message))) = self.client.socket.next().now_or_never() {
            if let Message::Text(text) = message {
                self.take(&serde_json::from_str(&text).unwrap());
            }
        }
    }

    /// What a fighter has after it came back is what it has in the eyes of somebody who was there all the time, in that
    /// very tick. (A busy server may skip a snapshot of the witness; then the next one is compared.)
    pub async fn check(&mut self, id: u64, name: &str, client: &mut Client, keyframe: Value) {
        let (mut own, mut snapshot) = (Standing::default(), keyframe);
        loop {
            let states = snapshot["players"].as_array().unwrap();
            if let Some(state) = states.iter().find(|state| state["id"] == id) {
                own.read(state);
                assert_eq!(*state.get("name").unwrap_or(&json!(name)), name);
            }
            assert_eq!(snapshot["you"]["hp"], own.hp);
            let tick = snapshot["tick"].as_u64().unwrap();
            self.watch_until(tick).await;
            if let Some(standings) = self.history.get(&tick) {
                assert_eq!(own, standings[&id], "{name} at tick {tick}");
                return;
            }
            snapshot = client.wait_for("snapshot").await;
        }
    }

    fn take(&mut self, message: &Value) {
        let id = |name: &str| message[name].as_u64().unwrap();
        match message["type"].as_str().unwrap() {
            "player_attacked" => {
                let target = self.told.entry(id("target")).or_default();
                let (damage, hp) = (message["damage"].as_i64().unwrap(), message["hp"].as_i64().unwrap());
                assert_eq!(target.hp - damage, hp, "the blow hits who was there: {message}");
                target.hp = hp;
                self.blows += 1;
            }
            "player_killed" => {
                let killer = self.told.entry(id("killer")).or_default();
                (killer.kills, killer.score) = (killer.kills + 1, killer.score + 1);
                self.told.entry(id("victim")).or_default().deaths += 1;
            }
            "player_respawned" => self.told.entry(id("id")).or_default().hp = MAX_HP,
            "new_player" => {
                let (player, fresh) = (&message["player"], Standing { hp: MAX_HP, ..Standing::default() });
                let id = player["id"].as_u64().unwrap();
                self.told.insert(id, fresh);
                self.names.insert(id, player["name"].as_str().unwrap().to_owned());
            }
            "player_left" => {
                self.told.remove(&id("id"));
            }
            "snapshot" => self.take_snapshot(message),
            _ => {}
        }
    }

    fn take_snapshot(&mut self, snapshot: &Value) {
        for state in snapshot["players"].as_array().unwrap() {
            let id = state["id"].as_u64().unwrap();
            self.seen.entry(id).or_default().read(state);
            if let Some(name) = state["name"].as_str() {
                self.names.insert(id, name.to_owned());
            }
        }
        for gone in snapshot["removed"].as_array().into_iter().flatten() {
            self.seen.remove(&gone.as_u64().unwrap());
        }
        // It came when others were here already.
        for (id, standing) in &self.seen {
            self.told.entry(*id).or_insert_with(|| standing.clone());
        }
        let tick = snapshot["tick"].as_u64().unwrap();
        assert_eq!(
            self.seen, self.told,
            "tick {tick}: somebody has what no fight gave it, or lost what none took"
        );
        self.history.insert(tick, self.seen.clone());
    }
}
