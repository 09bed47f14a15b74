//! Whoever makes its own messages, instead of playing with an honest client, runs no faster and no further.
//!
//! In each test a cheat and an honest player run in the same arena, from the same place, through connections that are as good as
//! each other.

use client_core::protocol::{Encoding, ErrorCode};
use client_core::sim::rng::Rng;
use client_core::sim::{Tick, Vec2, vec2::vec2};
use server::room::catch_up::MAX_LATE;
use tests::arena::{Arena, RawSeat};

/// So large that nobody comes to a wall within a minute; dashes are as fast as running, and strikes hit nobody.
const PLAIN: &str = "const TUNING = #{
    arena_width: 8000.0, arena_height: 8000.0, player_speed: 100.0, dash_speed: 100.0, orb_speed: 0.0, orb_damage: 0.0,
    strike_damage: 0.0, round_duration: 3600.0,
};";
const SPEED: f32 = 100.0;
const TICKS_A_SECOND: u32 = 30;
const MINUTE: u32 = 60 * TICKS_A_SECOND;
const RIGHT: Vec2 = Vec2 { x: 1.0, y: 0.0 };
const LEFT: Vec2 = Vec2 { x: -1.0, y: 0.0 };
const START: Vec2 = Vec2 { x: 1_000.0, y: 4_000.0 };

/// A cheat and an honest player at one place, out of anybody's reach.
struct Race {
    arena: Arena,
    cheat: RawSeat,
    honest: RawSeat,
}

impl Race {
    fn new() -> Self {
        let mut arena = Arena::new(PLAIN, 11);
        let (cheat, honest) = (
            RawSeat::sit_with(&mut arena, Encoding::Binary),
            RawSeat::sit_with(&mut arena, Encoding::Binary),
        );
        for player in &mut arena.gate.room.world_mut().players {
            player.position = START;
            // Until the end of all races.
            player.shield_left = 10 * MINUTE;
        }
        Self { arena, cheat, honest }
    }

    /// Plays ticks in which the honest player runs to the right, as honest clients say it; `cheats` is called before each tick,
    /// `check` after it, with where the cheat was and is, and the honest one.
    fn run(
        &mut self,
        ticks: u32,
        mut cheats: impl FnMut(&mut Arena, &mut RawSeat),
        mut check: impl FnMut(u32, Vec2, Vec2),
    ) {
        for tick in 0..ticks {
            let next = self.arena.next_tick();
            if tick == 0 {
                self.honest.run(&mut self.arena, Some(next), RIGHT);
            } else if tick % TICKS_A_SECOND == 0 {
                self.honest.beat(&mut self.arena, Some(1));
            }
            cheats(&mut self.arena, &mut self.cheat);
            self.arena.run_tick();
            check(tick, self.place(&self.cheat), self.place(&self.honest));
        }
    }

    fn place(&self, seat: &RawSeat) -> Vec2 {
        self.arena.world().player(seat.player).expect("it plays").position
    }

    /// The cheat never gets further than the honest player.
    fn check(ticks: u32, cheats: impl FnMut(&mut Arena, &mut RawSeat)) -> Self {
        let mut race = Self::new();
        race.run(ticks, cheats, |tick, cheat, honest| {
            let (cheat, honest) = ((cheat - START).length(), (honest - START).length());
            assert!(cheat <= honest + 0.01, "tick {tick}: {cheat} units against {honest}");
        });
        assert!((race.place(&race.honest) - START).length() > SPEED * 0.9 * (ticks / TICKS_A_SECOND) as f32);
        race
    }
}

fn ago(arena: &Arena, ticks: u32) -> Option<Tick> {
    Some(Tick(arena.next_tick().0.saturating_sub(ticks)))
}

#[test]
fn many_moves_in_a_tick_are_no_faster_than_one() {
    let race = Race::check(MINUTE, |arena, cheat| {
        for _ in 0..20 {
            cheat.run(arena, None, RIGHT);
        }
    });
    assert_eq!(race.place(&race.cheat), race.place(&race.honest));
}

#[test]
fn a_longer_direction_is_no_faster() {
    for length in [1.001, 2.0, 1e3, 1e18, 1e30, f32::MAX] {
        Race::check(5 * TICKS_A_SECOND, |arena, cheat| cheat.run(arena, None, RIGHT * length));
    }
}

#[test]
fn a_direction_that_is_no_number_changes_nothing() {
    let nonsense = [
        vec2(f32::NAN, 0.0),
        vec2(1.0, f32::NAN),
        vec2(f32::INFINITY, 0.0),
        vec2(f32::NEG_INFINITY, f32::INFINITY),
        vec2(f32::NAN, f32::INFINITY),
    ];
    let mut begun = false;
    let race = Race::check(10 * TICKS_A_SECOND, |arena, cheat| {
        if !std::mem::replace(&mut begun, true) {
            return cheat.run(arena, None, RIGHT);
        }
        for dir in nonsense {
            cheat.run(arena, None, dir);
        }
    });
    assert_eq!(race.place(&race.cheat), race.place(&race.honest), "it runs on as it did");
}

#[test]
fn dashing_all_the_time_is_dashing_as_often_as_the_rules_allow() {
    let mut race = Race::new();
    let dashes =
        |arena: &Arena, seat: &RawSeat| arena.world().player(seat.player).expect("it plays").dash_left > 0;
    let mut dashing = [0; 2];
    for tick in 0..MINUTE {
        // 1.2 s are 36 ticks.
        if tick % 36 == 0 {
            let next = race.arena.next_tick();
            race.honest.dash(&mut race.arena, Some(next));
        }
        for late in [MAX_LATE, 3, 1, 0] {
            let tick = ago(&race.arena, late);
            race.cheat.dash(&mut race.arena, tick);
        }
        race.arena.run_tick();
        dashing[0] += u32::from(dashes(&race.arena, &race.cheat));
        dashing[1] += u32::from(dashes(&race.arena, &race.honest));
    }
    assert!(dashing[0] <= dashing[1] && dashing[1] > 100, "{dashing:?}");
}

#[test]
fn late_inputs_take_nobody_further_than_running_does() {
    // Each is a lie about when something was pressed: always, in turns, in bursts, at random.
    type Lie = Box<dyn FnMut(u32, &mut Rng) -> Vec<(u32, Vec2)>>;
    let lies: [Lie; 5] = [
        Box::new(|_, _| vec![(MAX_LATE, RIGHT)]),
        Box::new(|tick, _| vec![(MAX_LATE, if tick % 2 == 0 { RIGHT } else { LEFT })]),
        Box::new(|tick, _| if tick % 48 < 4 { vec![(MAX_LATE, LEFT), (4, RIGHT)] } else { Vec::new() }),
        Box::new(|tick, _| if tick % 60 == 59 { vec![(5_000, RIGHT), (0, RIGHT)] } else { Vec::new() }),
        Box::new(|_, rng| {
            let dir = Vec2::from_angle(rng.next_unit() * std::f32::consts::TAU);
            (0..rng.next_u32() % 4).map(|_| (rng.next_u32() % 20, dir)).collect()
        }),
    ];
    for mut lie in lies {
        let (mut rng, mut tick) = (Rng::new(4), 0);
        Race::check(MINUTE, |arena, cheat| {
            for (late, dir) in lie(tick, &mut rng) {
                let made_for = ago(arena, late);
                cheat.run(arena, made_for, dir);
            }
            tick += 1;
        });
    }
}

#[test]
fn a_late_input_leads_to_where_its_player_could_have_run_in_the_ticks_it_is_late() {
    let reach = |ticks: u32| SPEED * ticks as f32 / TICKS_A_SECOND as f32 + 0.01;
    for late in [1, 4, MAX_LATE, MAX_LATE + 5, 10_000] {
        let mut race = Race::new();
        let (mut places, mut tick, mut right) = (Vec::new(), 0, true);
        race.run(
            MINUTE,
            |arena, cheat| {
                // The budget is full again each time.
                if tick % 60 == 0 {
                    right = !right;
                    let made_for = ago(arena, late);
                    cheat.run(arena, made_for, if right { RIGHT } else { LEFT });
                }
                tick += 1;
            },
            |_, cheat, _| places.push(cheat),
        );
        for (tick, place) in places.iter().enumerate().skip(1) {
            // The tick itself, and those before it that are played again.
            let lived = if tick % 60 == 0 { 1 + late.min(MAX_LATE) } else { 1 };
            let moved = (*place - places[tick - lived as usize]).length();
            assert!(moved <= reach(lived), "{late} ticks late: {moved} units in {lived} ticks");
        }
    }
}

#[test]
fn whoever_is_late_in_every_tick_soon_jumps_no_more() {
    let mut race = Race::new();
    let (mut tick, mut jumped, mut last) = (0, 0.0, START);
    race.run(
        MINUTE,
        |arena, cheat| {
            tick += 1;
            let made_for = ago(arena, MAX_LATE);
            cheat.run(arena, made_for, if tick % 2 == 0 { RIGHT } else { LEFT });
        },
        |_, cheat, _| {
            let step = (cheat - last).length();
            jumped += (step - SPEED / TICKS_A_SECOND as f32).max(0.0);
            last = cheat;
        },
    );
    // A tick that is played again moves somebody by two at most: from where it ran to where it says it ran. One of six may be.
    let most = 2.0 * SPEED / TICKS_A_SECOND as f32 * (MAX_LATE as f32 + MINUTE as f32 / 6.0);
    assert!(jumped <= most, "{jumped} units, of at most {most}");
}

#[test]
fn a_blow_struck_cannot_be_run_away_from_in_hindsight() {
    // Runs up, strikes, and then says that it had turned round long before.
    for late in [0, 3, MAX_LATE] {
        let mut race = Race::new();
        let run = |race: &mut Race, ticks| {
            for _ in 0..ticks {
                race.arena.run_tick();
            }
        };
        for seat in [&mut race.cheat, &mut race.honest] {
            let next = race.arena.next_tick();
            seat.run(&mut race.arena, Some(next), RIGHT);
        }
        run(&mut race, 60);
        let (made_for, next) = (ago(&race.arena, late), race.arena.next_tick());
        race.cheat.strike(&mut race.arena, made_for, None);
        race.honest.strike(&mut race.arena, Some(next), None);
        run(&mut race, 1);
        let made_for = ago(&race.arena, MAX_LATE);
        race.cheat.run(&mut race.arena, made_for, LEFT);
        race.honest.run(&mut race.arena, Some(next.plus(1)), LEFT);
        run(&mut race, 1);
        let gained = (race.place(&race.cheat) - race.place(&race.honest)).length();
        // It may have turned round with the blow, the honest one turns after it: two ticks in which they run apart.
        let most = 2.0 * 2.0 * SPEED / TICKS_A_SECOND as f32;
        assert!(gained <= most, "{gained} units from where it struck, {late} ticks late");
    }
}

#[test]
fn inputs_from_the_future_are_bounded_and_play_out_within_a_second() {
    let mut race = Race::new();
    for _ in 0..200 {
        race.cheat.run(&mut race.arena, Some(Tick(u32::MAX)), RIGHT);
    }
    race.run(1, |_, _| {}, |_, cheat, _| assert_eq!(cheat, START, "not yet"));
    race.cheat.listen(&mut race.arena);
    assert_eq!(race.cheat.errors(ErrorCode::RateLimited), 200 - 64, "no more than that wait");
    race.run(31, |_, _| {}, |_, cheat, honest| assert!(cheat.x <= honest.x));
    assert!(race.place(&race.cheat).x > START.x, "all of them were one press of a key");
    race.cheat.run(&mut race.arena, None, LEFT);
    race.run(30, |_, _| {}, |_, _, _| {});
    let velocity = race.arena.world().player(race.cheat.player).expect("it plays").velocity;
    assert!(velocity.x < 0.0, "and the queue takes inputs again");
}

#[test]
fn a_sequence_number_counts_once() {
    let mut race = Race::new();
    race.cheat.run(&mut race.arena, None, RIGHT);
    race.run(10, |_, _| {}, |_, _, _| {});
    let before = race.place(&race.cheat);
    for seq in [1, 0, 1] {
        // The next number is this one.
        race.cheat.seq = seq - 1_u32.min(seq);
        race.cheat.run(&mut race.arena, None, LEFT);
    }
    race.run(1, |_, _| {}, |_, cheat, _| assert!(cheat.x > before.x, "it runs on to the right"));
    race.cheat.listen(&mut race.arena);
    assert_eq!(race.cheat.errors(ErrorCode::StaleInput), 3);
    let honest = race.honest.errors(ErrorCode::StaleInput);
    assert_eq!(honest, 0);
}

#[test]
fn a_server_that_left_out_ticks_takes_inputs_for_them() {
    let mut race = Race::new();
    race.run(60, |_, _| {}, |_, _, _| {});
    let now = race.arena.gate.room.tick();
    race.arena.gate.room.skip_to(now.plus(40));
    // Virtual time is behind the room now; it goes on from there.
    race.arena.run(41.0 * race.arena.tick_ms());
    let before = race.place(&race.cheat);
    race.arena.gate.room.skip_to(race.arena.next_tick().plus(20));
    let made_for = ago(&race.arena, 5);
    race.cheat.run(&mut race.arena, made_for, RIGHT);
    race.honest.run(&mut race.arena, made_for, RIGHT);
    race.arena.run(30.0 * race.arena.tick_ms());
    assert!(race.place(&race.cheat).x > before.x);
    assert!((race.place(&race.cheat) - before).length() < SPEED, "only what was played");
}
