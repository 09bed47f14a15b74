//! Callbacks are numbers here.

use protocol::OrbState;

use super::*;

const ME: PlayerId = PlayerId(7);
const OTHER: PlayerId = PlayerId(8);

fn at(id: PlayerId, x: f32, hp: i32) -> PlayerState {
    PlayerState {
        id,
        x: Some(x),
        y: Some(0.0),
        hp: Some(hp),
        name: Some(format!("P{id}")),
        ..PlayerState::default()
    }
}

fn snapshot(tick: u32, full: bool, players: Vec<PlayerState>, seq: u32, x: f32) -> ServerMessage {
    let position = Vec2 { x, y: 0.0 };
    let you = Some(OwnState { seq: Seq(seq), position, hp: 100, ..OwnState::default() });
    let orb = OrbState::default();
    ServerMessage::Snapshot(Snapshot { tick: Tick(tick), full, players, you, orb, ..Snapshot::default() })
}

/// A client at x = 0 with somebody at x = 100, after the tick 2.
fn in_the_fight() -> Translator<u32> {
    let mut translator = Translator::new();
    translator.me = ME;
    let everybody = vec![at(ME, 0.0, 100), at(OTHER, 100.0, 100)];
    let wishes = hear(&mut translator, snapshot(2, true, everybody, 0, 0.0));
    assert_eq!(wishes.events.len(), 2, "a newcomer hears of everybody, itself included");
    translator
}

fn hear(translator: &mut Translator<u32>, message: ServerMessage) -> Wishes<u32> {
    let mut wishes = Wishes::default();
    translator.hear(message, &mut wishes);
    wishes
}

fn move_to(translator: &mut Translator<u32>, x: f32, callback: u32) -> Wishes<u32> {
    let mut wishes = Wishes::default();
    translator.move_to(MoveTo { x, y: 0.0 }, callback, &mut wishes);
    wishes
}

fn directions(wishes: &Wishes<u32>) -> Vec<f32> {
    let of = |message: &ClientMessage| match message {
        ClientMessage::Move { dir, .. } => Some(dir.x),
        _ => None,
    };
    wishes.messages.iter().filter_map(of).collect()
}

#[test]
fn a_wanted_position_becomes_a_direction_and_the_player_stops_there() {
    let mut translator = in_the_fight();
    assert_eq!(directions(&move_to(&mut translator, 100.0, 1)), [1.0]);
    assert_eq!(
        directions(&hear(&mut translator, snapshot(3, false, vec![], 1, 9.0))),
        [] as [f32; 0],
        "still on its way"
    );
    assert_eq!(
        directions(&hear(&mut translator, snapshot(4, false, vec![], 1, 80.0))),
        [0.5],
        "it slows down"
    );
    assert_eq!(directions(&hear(&mut translator, snapshot(5, false, vec![], 2, 99.0))), [0.0], "it is there");
    assert_eq!(directions(&hear(&mut translator, snapshot(6, false, vec![], 3, 99.0))), [] as [f32; 0]);
}

#[test]
fn the_callback_of_a_move_is_answered_with_the_tick_that_played_it() {
    let mut translator = in_the_fight();
    assert!(move_to(&mut translator, 100.0, 1).answers.is_empty());
    assert!(hear(&mut translator, snapshot(3, false, vec![], 0, 0.0)).answers.is_empty(), "not yet");
    let answers = hear(&mut translator, snapshot(4, false, vec![], 1, 9.0)).answers;
    let position = Position { x: 9.0, y: 0.0, hp: 100 };
    let answer = Answer { ok: true, error: None, tick: Tick(4), id: ME, position, hits: vec![] };
    assert_eq!(answers, [(1, answer)]);
}

#[test]
fn moves_faster_than_ticks_are_one_move_and_each_is_answered() {
    let mut translator = in_the_fight();
    let sent: usize = (0..20).map(|n| move_to(&mut translator, -100.0 + n as f32, n).messages.len()).sum();
    assert_eq!(sent, 1);
    assert_eq!(hear(&mut translator, snapshot(3, false, vec![], 1, 0.0)).answers.len(), 20);
}

#[test]
fn nobody_makes_the_translator_remember_too_much() {
    let mut translator = in_the_fight();
    let refused =
        (0..1_000).flat_map(|n| move_to(&mut translator, 1.0, n).answers).filter(|(_, answer)| !answer.ok);
    assert_eq!(refused.count(), 1_000 - MAX_WAITING);
}

#[test]
fn an_attack_answers_with_whom_it_hurt_and_there_is_one_a_tick() {
    let mut translator = in_the_fight();
    let mut wishes = Wishes::default();
    translator.attack(1, &mut wishes);
    translator.attack(2, &mut wishes);
    assert_eq!(wishes.messages.len(), 1);
    assert_eq!(wishes.answers[0].1.error, Some("one attack a tick"));
    let hurt =
        ServerMessage::PlayerAttacked { attacker: ME, target: OTHER, damage: 20, hp: 80, by_orb: false };
    hear(&mut translator, hurt);
    let answers = hear(&mut translator, snapshot(3, false, vec![], 1, 0.0)).answers;
    assert_eq!(answers[0].1.hits, [Hit { id: OTHER, hp: 80, damage: 20 }]);
}

#[test]
fn positions_are_told_every_second_tick_and_again_when_there_was_no_room() {
    let mut translator = in_the_fight();
    let moved = |wishes: &Wishes<u32>| wishes.events.clone();
    assert_eq!(moved(&hear(&mut translator, snapshot(3, false, vec![at(OTHER, 90.0, 100)], 0, 0.0))), []);
    let event = Event::PlayerMoved { id: OTHER, position: Position { x: 90.0, y: 0.0, hp: 100 } };
    assert_eq!(
        moved(&hear(&mut translator, snapshot(4, false, vec![], 0, 0.0))),
        std::slice::from_ref(&event)
    );
    translator.not_told(OTHER);
    assert_eq!(moved(&hear(&mut translator, snapshot(6, false, vec![], 0, 0.0))), [event]);
    assert_eq!(moved(&hear(&mut translator, snapshot(8, false, vec![], 0, 0.0))), []);
}

#[test]
fn who_is_missing_in_a_keyframe_has_left() {
    let mut translator = in_the_fight();
    let wishes = hear(&mut translator, snapshot(3, true, vec![at(ME, 0.0, 100)], 0, 0.0));
    assert_eq!(wishes.events, [Event::PlayerLeft { id: OTHER }]);
    let again = hear(&mut translator, ServerMessage::PlayerLeft { id: OTHER });
    assert_eq!(again.events, [], "told once");
}

#[test]
fn a_goal_that_is_no_place_is_refused() {
    let mut translator = in_the_fight();
    let wishes = move_to(&mut translator, f32::NAN, 1);
    assert!(wishes.messages.is_empty() && !wishes.answers[0].1.ok);
}

#[test]
fn the_session_is_told_every_second_that_the_client_is_there() {
    let mut translator = in_the_fight();
    translator.tick_rate = 30;
    let heartbeats = |wishes: Wishes<u32>| {
        let is_one = |message: &&ClientMessage| matches!(message, ClientMessage::Heartbeat { .. });
        wishes.messages.iter().filter(is_one).count()
    };
    let told: Vec<u32> = (3..=122)
        .filter(|tick| heartbeats(hear(&mut translator, snapshot(*tick, false, vec![], 0, 0.0))) > 0)
        .collect();
    assert_eq!(told, [30, 60, 90, 120]);
}
