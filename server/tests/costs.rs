//! What operators are told about the cost of the rules, by a room whose clock is the test's own.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod crowd;

use std::time::Duration;

use crowd::{Crowd, house};
use serde_json::{Value, json};
use server::room::RoomEvent;

/// Players of the crowd.
const PLAYERS: u32 = 20;

/// A crowd whose room sees 5 microseconds pass whenever it looks at the clock.
fn crowd(script: &str) -> Crowd {
    let mut crowd = Crowd::new(PLAYERS, script);
    let mut now = Duration::ZERO;
    crowd.room().measure_rules(Box::new(move || {
        now += Duration::from_micros(5);
        now
    }));
    crowd
}

fn costs(crowd: &mut Crowd) -> Value {
    let status = house::ask(crowd.room(), |reply| RoomEvent::Status { reply });
    serde_json::to_value(status).unwrap()["costs"].clone()
}

#[test]
fn operators_see_what_each_hook_takes_of_the_budget() {
    let mut crowd = crowd("fn move_player(vx, vy, dx, dy, dt) { [dx * 99.0, dy * 99.0] }");
    let before = costs(&mut crowd);
    assert_eq!((&before["samples"], &before["budget_us"]), (&json!(0), &json!(10_000.0)), "{before}");

    crowd.wander(40 * crowd::RATE);
    let after = costs(&mut crowd);
    assert_eq!(after["samples"], json!(10), "{after}");
    let [move_player, move_orb] = [0, 2].map(|index: usize| &after["hooks"][index]);
    assert_eq!(move_player["hook"], json!("move_player"));
    assert_eq!(move_player["runs"], json!("compiled"));
    assert_eq!(move_player["calls"], json!(f64::from(PLAYERS)));
    // Asked about everybody at once, so the clock is looked at twice.
    assert_eq!((&move_player["us"], &move_player["share"]), (&json!(5.0), &json!(0.000_5)));
    assert_eq!((&move_orb["runs"], &move_orb["calls"]), (&json!("native"), &json!(1.0)), "{after}");
}

#[test]
fn operators_see_which_line_keeps_a_hook_from_being_quick() {
    let mut crowd = crowd("\nfn move_player(vx, vy, dx, dy, dt) {\n    loop { return [0.0, dy]; }\n}");
    crowd.wander(2 * crowd::RATE);
    let found = costs(&mut crowd);
    let hook = &found["hooks"][0];
    assert_eq!((&hook["runs"], &hook["line"]), (&json!("interpreted"), &json!(3)), "{found}");
    assert!(hook["reason"].as_str().unwrap().contains("loops"), "{found}");
    assert!(found["samples"].as_u64().unwrap() > 0, "{found}");
}
