//! What a player hears of a fight: which sound, how loud, and from which side.

use client_core::hearing::{Cue, Hearing, MAX_VOICES, Sound, Voices, hum};
use client_core::protocol::{ReleaseInfo, RoundInfo, RoundPhase, SceneInfo};
use client_core::sim::vec2::vec2;
use client_core::sim::{PlayerId, Tick, Tuning, Vec2};
use client_core::{ClientEvent, OrbView, PlayerView, View};

const ME: PlayerId = PlayerId(1);
const OTHER: PlayerId = PlayerId(2);

fn player(id: PlayerId, position: Vec2) -> PlayerView {
    PlayerView {
        id,
        name: "Ada".to_owned(),
        position,
        facing: 0.0,
        hp: 100,
        score: 0,
        kills: 0,
        deaths: 0,
        alive: true,
        shield: false,
        team: 0,
        dashing: false,
        connected: true,
        skin: None,
        me: id == ME,
    }
}

/// We stand in the middle, somebody else so far from us, and the orb rests in our corner.
fn view(other: Vec2) -> View {
    let tuning = Tuning::default();
    let middle = vec2(tuning.arena_width, tuning.arena_height) * 0.5;
    View {
        me: Some(ME),
        players: vec![player(ME, middle), player(OTHER, middle + other)],
        orb: OrbView { position: middle, velocity: Vec2::ZERO, batted_by: None },
        round: None,
        seconds_left: 60.0,
        leaders: Vec::new(),
        standing: None,
        tuning,
        release: ReleaseInfo::default(),
        scene: SceneInfo::default(),
        strike_cooldown: 0.0,
        dash_cooldown: 0.0,
        respawn_seconds: 0.0,
    }
}

fn hit(target: PlayerId) -> ClientEvent {
    let attacker = if target == ME { OTHER } else { ME };
    ClientEvent::Hit { attacker, target, damage: 20, hp: 80, by_orb: false }
}

/// Everything that is to be heard of one event.
fn hear(event: &ClientEvent, view: &View) -> Vec<Cue> {
    let mut hearing = Hearing::default();
    hearing.handle(event, view);
    std::iter::from_fn(|| hearing.poll_cue()).collect()
}

/// The sounds of a list of views, 100 ms apart.
fn watch(views: &[View]) -> Vec<Sound> {
    let mut hearing = Hearing::default();
    let mut sounds = Vec::new();
    for (view, index) in views.iter().zip(0_u32..) {
        hearing.update(view, 10_000.0 + f64::from(index) * 100.0);
        sounds.extend(std::iter::from_fn(|| hearing.poll_cue()).map(|cue| cue.sound));
    }
    sounds
}

#[test]
fn a_hit_is_heard_from_its_side_and_fainter_from_afar() {
    let near_right = hear(&hit(OTHER), &view(vec2(120.0, 0.0)))[0];
    let far_right = hear(&hit(OTHER), &view(vec2(500.0, 0.0)))[0];
    let near_left = hear(&hit(OTHER), &view(vec2(-120.0, 0.0)))[0];
    assert_eq!(near_right.sound, Sound::Hit);
    assert!(near_right.pan > 0.1 && near_left.pan < -0.1, "{near_right:?} {near_left:?}");
    assert!(far_right.pan > near_right.pan, "{far_right:?}");
    assert!(far_right.gain < near_right.gain * 0.4, "{far_right:?} {near_right:?}");
    assert_eq!(hear(&hit(OTHER), &view(vec2(4_000.0, 0.0))), [], "nobody hears across the whole world");
}

#[test]
fn what_happens_to_us_is_heard_in_full_and_in_the_middle() {
    let hurt = hear(&hit(ME), &view(vec2(900.0, 0.0)));
    assert_eq!(hurt.len(), 1);
    assert_eq!((hurt[0].sound, hurt[0].pan, hurt[0].own), (Sound::Hurt, 0.0, true));
    assert!(hurt[0].gain > 0.6, "{hurt:?}");
    let death = ClientEvent::Killed { killer: OTHER, victim: ME, by_orb: false };
    let sounds: Vec<Sound> = hear(&death, &view(Vec2::ZERO)).iter().map(|cue| cue.sound).collect();
    assert_eq!(sounds, [Sound::Death]);
}

#[test]
fn the_orb_sounds_like_a_bat_in_the_field_and_like_a_wall_at_a_wall() {
    let with_orb = |position: Vec2, velocity: Vec2, batted_by: Option<PlayerId>| {
        let mut view = view(vec2(100.0, 0.0));
        view.orb = OrbView { position, velocity, batted_by };
        view
    };
    let middle = view(Vec2::ZERO).players[0].position;
    let rest = with_orb(middle, vec2(40.0, 0.0), None);
    let batted = with_orb(middle, vec2(600.0, 0.0), Some(OTHER));
    assert_eq!(watch(&[rest.clone(), batted.clone()]), [Sound::Bat]);

    let width = rest.tuning.arena_width;
    let before = with_orb(vec2(width - 60.0, middle.y), vec2(600.0, 30.0), Some(OTHER));
    let after = with_orb(vec2(width - 40.0, middle.y), vec2(-600.0, 30.0), Some(OTHER));
    assert_eq!(watch(&[before, after]), [Sound::Bounce]);

    let slower = with_orb(middle, vec2(580.0, 0.0), Some(OTHER));
    assert_eq!(watch(&[batted, slower]), [], "flying on is no news");
}

#[test]
fn the_orb_hums_louder_when_it_is_near_and_fast() {
    let orb = |distance: f32, speed: f32| {
        let mut view = view(Vec2::ZERO);
        view.orb.position = view.players[0].position + vec2(distance, 0.0);
        view.orb.velocity = vec2(0.0, speed);
        view.orb.batted_by = Some(OTHER);
        hum(&view)
    };
    assert!(orb(80.0, 500.0).gain > orb(400.0, 500.0).gain);
    assert!(orb(80.0, 500.0).gain > orb(80.0, 100.0).gain);
    assert!(orb(80.0, 500.0).speed > orb(80.0, 100.0).speed);
    assert!(orb(-300.0, 500.0).pan < 0.0);
    assert_eq!(orb(5_000.0, 500.0).gain, 0.0);
}

#[test]
fn a_dash_is_heard_once_however_many_frames_it_lasts() {
    let still = view(vec2(100.0, 0.0));
    let mut dashing = still.clone();
    dashing.players[1].dashing = true;
    let views = [still.clone(), dashing.clone(), dashing.clone(), still, dashing];
    assert_eq!(watch(&views), [Sound::Dash, Sound::Dash]);
}

#[test]
fn the_heart_beats_only_while_few_hit_points_are_left() {
    let well = view(vec2(100.0, 0.0));
    let mut weak = well.clone();
    weak.players[0].hp = 20;
    assert_eq!(watch(&vec![well; 30]), []);
    // Three seconds of it: not with every frame.
    assert_eq!(watch(&vec![weak; 30]), [Sound::Heartbeat; 4]);
}

#[test]
fn rounds_are_heard_to_begin_and_to_end_but_not_the_one_that_we_come_into() {
    let round = |number, phase| {
        ClientEvent::Round(RoundInfo { number, phase, ends: Tick(900), ..RoundInfo::default() })
    };
    let view = view(Vec2::ZERO);
    let mut hearing = Hearing::default();
    let mut sounds = Vec::new();
    for event in [
        round(3, RoundPhase::Playing),
        round(3, RoundPhase::Playing),
        round(3, RoundPhase::Over),
        round(4, RoundPhase::Playing),
    ] {
        hearing.handle(&event, &view);
        sounds.extend(std::iter::from_fn(|| hearing.poll_cue()).map(|cue| cue.sound));
    }
    assert_eq!(sounds, [Sound::RoundEnd, Sound::RoundStart]);
}

#[test]
fn we_do_not_hear_ourselves_write() {
    let chat = |from| ClientEvent::Chat { from, text: "hello".to_owned() };
    assert_eq!(hear(&chat(ME), &view(Vec2::ZERO)), []);
    assert_eq!(hear(&chat(OTHER), &view(Vec2::ZERO))[0].sound, Sound::Chat);
}

#[test]
fn in_the_thick_of_it_the_voices_are_bounded_and_what_is_about_us_is_still_heard() {
    let mut voices = Voices::default();
    let cue = |sound, own| Cue { sound, gain: 1.0, pan: 0.0, strength: 0.5, own };
    let mut now_ms = 0.0;
    for _ in 0..20 {
        for sound in Sound::ALL {
            voices.admit(&cue(sound, false), 60_000.0, now_ms);
        }
        now_ms += 50.0;
    }
    assert!(voices.count(now_ms) < MAX_VOICES);
    assert!(!voices.admit(&cue(Sound::Hurt, false), 60_000.0, now_ms));
    let admitted = Sound::ALL.iter().filter(|sound| voices.admit(&cue(**sound, true), 60_000.0, now_ms));
    assert!(admitted.count() > 0, "there is room for what is about us");
    assert_eq!(voices.count(now_ms), MAX_VOICES);
    assert!(voices.admit(&cue(Sound::Hurt, false), 100.0, now_ms + 61_000.0), "sounds end");
}

#[test]
fn two_equal_sounds_at_one_moment_are_one() {
    let mut voices = Voices::default();
    let cue = Cue { sound: Sound::Hit, gain: 0.5, pan: 0.0, strength: 0.5, own: false };
    assert!(voices.admit(&cue, 100.0, 0.0));
    assert!(!voices.admit(&cue, 100.0, 10.0));
    assert!(voices.admit(&cue, 100.0, 40.0));
}
