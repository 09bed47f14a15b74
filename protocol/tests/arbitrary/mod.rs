//! Arbitrary messages, for the property tests. All floats are finite: what others do is tested separately.

#![allow(dead_code, reason = "each test file uses its own part of it")]

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use protocol::packed::Standing;
use protocol::server::{KickVote, KickVoteState, Leader, PendingUpdate, Removal};
use protocol::vote::CardWords;
use protocol::{
    CardInfo, ClientMessage, ErrorCode, Hello, Moment, MomentKind, Music, OrbState, OwnState, PlayerState,
    ReleaseInfo, RoundInfo, RoundPhase, SceneInfo, ServerMessage, Snapshot, UpdateStage, VoteInfo, Welcome,
};
use sim::{PlayerId, Seq, Tick, Vec2};

/// Any finite number, very small and very large ones too.
pub(crate) fn number() -> impl Strategy<Value = f32> {
    prop_oneof![
        any::<f32>().prop_filter("finite", |value| value.is_finite()),
        (-100_000..100_000).prop_map(|sixteenths: i32| sixteenths as f32 / 16.0),
    ]
}

/// A clock in milliseconds, as exact as clocks are.
fn clock() -> impl Strategy<Value = f64> {
    any::<u32>().prop_map(|eighths| f64::from(eighths) / 8.0)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![".{0,40}", "[a-z0-9 ]{0,20}", "\\PC{0,12}"]
}

pub(crate) fn vector() -> impl Strategy<Value = Vec2> {
    (number(), number()).prop_map(|(x, y)| Vec2 { x, y })
}

fn id() -> impl Strategy<Value = PlayerId> {
    any::<u32>().prop_map(PlayerId)
}

fn tick() -> impl Strategy<Value = Tick> {
    any::<u32>().prop_map(Tick)
}

fn seq() -> impl Strategy<Value = Seq> {
    any::<u32>().prop_map(Seq)
}

fn stage() -> impl Strategy<Value = UpdateStage> {
    prop_oneof![Just(UpdateStage::Armed), Just(UpdateStage::Active), Just(UpdateStage::Fetched)]
}

pub(crate) fn client_message() -> impl Strategy<Value = ClientMessage> {
    let hello = (
        any::<u32>(),
        text(),
        of(text()),
        of(text()),
        of(text()),
        of(text()),
        any::<bool>(),
        of(any::<u8>()),
    )
        .prop_map(|(protocol, name, resume, release, scene, room, watch, skin)| {
            ClientMessage::Hello(Hello { protocol, name, resume, release, scene, room, watch, skin })
        });
    let ack = (any::<u32>(), any::<bool>(), of(text()), number(), stage(), of(text())).prop_map(
        |(release, ok, error, ms, stage, card)| ClientMessage::AckUpdate {
            release,
            ok,
            error,
            ms,
            stage,
            card,
        },
    );
    prop_oneof![
        hello,
        (seq(), of(tick()), vector()).prop_map(|(seq, tick, dir)| ClientMessage::Move { seq, tick, dir }),
        (seq(), of(tick()), of(vector()), of(clock()))
            .prop_map(|(seq, tick, aim, seen)| { ClientMessage::Attack { seq, tick, aim, seen } }),
        (seq(), of(tick())).prop_map(|(seq, tick)| ClientMessage::Dash { seq, tick }),
        text().prop_map(|text| ClientMessage::Chat { text }),
        (clock(), of(number()), of(any::<u8>())).prop_map(|(t, rtt, ahead)| ClientMessage::Heartbeat {
            t,
            rtt,
            ahead
        }),
        ack,
        (any::<u32>(), any::<u8>()).prop_map(|(id, option)| ClientMessage::Vote { id, option }),
        Just(ClientMessage::Resync),
        Just(ClientMessage::Bye),
        id().prop_map(|player| ClientMessage::VoteKick { player }),
        (any::<u32>(), any::<bool>()).prop_map(|(id, yes)| ClientMessage::AnswerKick { id, yes }),
    ]
}

/// A player with any of its fields.
pub(crate) fn player_state() -> impl Strategy<Value = PlayerState> {
    let numbers =
        (id(), of(text()), of(number()), of(number()), of(number()), of(any::<i32>()), of(any::<i32>()));
    let rest = (
        of(any::<u32>()),
        of(any::<u32>()),
        of(any::<bool>()),
        of(any::<bool>()),
        of(any::<bool>()),
        of(any::<bool>()),
        of(any::<bool>()),
    );
    (numbers, rest, of(1_u8..=2)).prop_map(|((id, name, x, y, facing, hp, score), rest, team)| {
        let (kills, deaths, alive, shield, dashing, striking, connected) = rest;
        PlayerState {
            id,
            name,
            x,
            y,
            facing,
            hp,
            score,
            kills,
            deaths,
            alive,
            shield,
            dashing,
            striking,
            connected,
            team,
            bot: None,
            skin: None,
        }
    })
}

/// A player with all of its fields.
pub(crate) fn full_player_state() -> impl Strategy<Value = PlayerState> {
    (player_state(), player_state()).prop_map(|(state, filler)| {
        let mut full = PlayerState {
            id: state.id,
            name: Some(String::new()),
            x: Some(0.0),
            y: Some(0.0),
            facing: Some(0.0),
            hp: Some(0),
            score: Some(0),
            kills: Some(0),
            deaths: Some(0),
            alive: Some(false),
            shield: Some(false),
            dashing: Some(false),
            striking: Some(false),
            connected: Some(false),
            team: None,
            bot: None,
            skin: None,
        };
        full.apply(&filler);
        full.apply(&state);
        full
    })
}

fn orb() -> impl Strategy<Value = OrbState> {
    (number(), number(), number(), number(), of(id())).prop_map(|(x, y, vx, vy, batted_by)| OrbState {
        x,
        y,
        vx,
        vy,
        batted_by,
    })
}

pub(crate) fn own_state() -> impl Strategy<Value = OwnState> {
    let vectors = (vector(), vector(), vector(), vector(), vector(), vector());
    (seq(), any::<i32>(), vectors, any::<i32>(), any::<[u32; 6]>()).prop_map(
        |(seq, lead, (position, velocity, push, recoil, facing, direction), hp, left)| {
            let [strike_cooldown, dash_cooldown, dash_left, shield_left, respawn_left, recoil_left] = left;
            OwnState {
                seq,
                lead,
                position,
                velocity,
                push,
                recoil,
                facing,
                direction,
                hp,
                strike_cooldown,
                dash_cooldown,
                dash_left,
                shield_left,
                respawn_left,
                recoil_left,
            }
        },
    )
}

pub(crate) fn snapshot() -> impl Strategy<Value = Snapshot> {
    let standing = of((any::<u32>(), any::<u32>()).prop_map(|(rank, players)| Standing { rank, players }));
    let lists = (vec(player_state(), 0..20), vec(id(), 0..5));
    (tick(), any::<bool>(), any::<u32>(), lists, orb(), standing, of(own_state())).prop_map(
        |(tick, full, release, (players, removed), orb, standing, you)| Snapshot {
            tick,
            full,
            release,
            players,
            removed,
            orb,
            standing,
            you,
        },
    )
}

fn card() -> impl Strategy<Value = CardInfo> {
    let words = (text(), text(), text()).prop_map(|(lang, title, text)| CardWords { lang, title, text });
    (text(), text(), text(), vec(words, 0..3)).prop_map(|(name, title, text, words)| CardInfo {
        name,
        title,
        text,
        words,
    })
}

fn vote() -> impl Strategy<Value = VoteInfo> {
    let counts = vec(any::<u32>(), 0..5);
    (any::<u32>(), vec(card(), 0..5), tick(), counts, of(any::<u8>()))
        .prop_map(|(id, options, ends, counts, outcome)| VoteInfo { id, options, ends, counts, outcome })
}

fn release() -> impl Strategy<Value = ReleaseInfo> {
    (any::<u32>(), text(), text(), text(), any::<u32>(), of(number()), of(card())).prop_map(
        |(number, version, hash, note, host_api, arena_scale, card)| ReleaseInfo {
            number,
            version,
            hash,
            note,
            host_api,
            arena_scale,
            card,
        },
    )
}

fn scene() -> impl Strategy<Value = SceneInfo> {
    let look = (any::<[u8; 3]>(), of(text()), prop::collection::vec(text(), 0..4), of(text()));
    let music = prop::sample::select(&Music::ALL[..]);
    (any::<u32>(), text(), look, music, any::<u32>()).prop_map(
        |(
            number,
            version,
            (background_color, background_image, player_skins, orb_skin),
            music,
            image_bytes,
        )| {
            SceneInfo {
                number,
                version,
                background_color,
                background_image,
                player_skins,
                orb_skin,
                music,
                image_bytes,
            }
        },
    )
}

fn round() -> impl Strategy<Value = RoundInfo> {
    let phase = prop_oneof![Just(RoundPhase::Playing), Just(RoundPhase::Over)];
    let result = (of(1_u8..=2), vec(any::<i32>(), 0..3), vec(leader(), 0..3), vec(moment(), 0..4));
    (any::<u32>(), phase, tick(), of(id()), result).prop_map(|(number, phase, ends, winner, result)| {
        let (winning_team, teams, podium, moments) = result;
        RoundInfo { number, phase, ends, winner, winning_team, teams, podium, moments }
    })
}

fn moment() -> impl Strategy<Value = Moment> {
    let kind = prop_oneof![
        Just(MomentKind::Streak),
        Just(MomentKind::Shot),
        Just(MomentKind::Damage),
        Just(MomentKind::OrbKills),
    ];
    (kind, id(), text(), any::<u32>()).prop_map(|(kind, id, name, value)| Moment { kind, id, name, value })
}

fn welcome() -> impl Strategy<Value = Welcome> {
    let pending =
        (release(), tick()).prop_map(|(release, activate_tick)| PendingUpdate { release, activate_tick });
    let who = (id(), text(), text(), any::<bool>());
    (
        who,
        tick(),
        any::<[u32; 2]>(),
        (release(), scene(), round()),
        of(pending),
        (number(), of(text()), of(text()), any::<bool>()),
    )
        .prop_map(
            |(
                (player, name, resume, resumed),
                tick,
                [tick_rate, room],
                (release, scene, round),
                pending,
                (grace_seconds, build, room_code, watching),
            )| {
                Welcome {
                    player,
                    name,
                    resume,
                    resumed,
                    tick,
                    tick_rate,
                    room,
                    release,
                    scene,
                    round,
                    pending,
                    grace_seconds,
                    build,
                    room_code,
                    watching,
                }
            },
        )
}

fn error_code() -> impl Strategy<Value = ErrorCode> {
    prop_oneof![
        Just(ErrorCode::BadMessage),
        Just(ErrorCode::UnknownType),
        Just(ErrorCode::BadHandshake),
        Just(ErrorCode::WrongVersion),
        Just(ErrorCode::BadName),
        Just(ErrorCode::BadResume),
        Just(ErrorCode::RateLimited),
        Just(ErrorCode::StaleInput),
        Just(ErrorCode::Full),
        Just(ErrorCode::Internal),
        Just(ErrorCode::NoRoom),
        Just(ErrorCode::Watching),
        Just(ErrorCode::Muted),
        Just(ErrorCode::VoteRefused),
    ]
}

fn leader() -> impl Strategy<Value = Leader> {
    (id(), text(), any::<i32>(), any::<u32>(), any::<u32>(), of(1_u8..=2))
        .prop_map(|(id, name, score, kills, deaths, team)| Leader { id, name, score, kills, deaths, team })
}

fn kick_vote() -> impl Strategy<Value = KickVote> {
    let state =
        prop_oneof![Just(KickVoteState::Open), Just(KickVoteState::Passed), Just(KickVoteState::Failed)];
    (any::<u32>(), id(), text(), id(), any::<[u32; 3]>(), tick(), state).prop_map(
        |(id, target, target_name, by, [yes, no, needed], ends, state)| KickVote {
            id,
            target,
            target_name,
            by,
            yes,
            no,
            needed,
            ends,
            state,
        },
    )
}

pub(crate) fn server_message() -> impl Strategy<Value = ServerMessage> {
    let attacked = (id(), id(), any::<i32>(), any::<i32>(), any::<bool>()).prop_map(
        |(attacker, target, damage, hp, by_orb)| ServerMessage::PlayerAttacked {
            attacker,
            target,
            damage,
            hp,
            by_orb,
        },
    );
    let update = (of(release()), of(scene()), tick()).prop_map(|(release, scene, activate_tick)| {
        ServerMessage::HotUpdate { release, scene, activate_tick }
    });
    prop_oneof![
        welcome().prop_map(ServerMessage::Welcome),
        snapshot().prop_map(ServerMessage::Snapshot),
        player_state().prop_map(|player| ServerMessage::NewPlayer { player }),
        id().prop_map(|id| ServerMessage::PlayerLeft { id }),
        attacked,
        (id(), id(), any::<bool>()).prop_map(|(killer, victim, by_orb)| ServerMessage::PlayerKilled {
            killer,
            victim,
            by_orb
        }),
        id().prop_map(|id| ServerMessage::PlayerRespawned { id }),
        (id(), text()).prop_map(|(from, text)| ServerMessage::Chat { from, text }),
        (clock(), tick(), clock()).prop_map(|(t, tick, server_time)| ServerMessage::HeartbeatAck {
            t,
            tick,
            server_time
        }),
        update,
        round().prop_map(ServerMessage::Round),
        vote().prop_map(ServerMessage::Vote),
        vec(leader(), 0..4).prop_map(|top| ServerMessage::Leaders { top }),
        (error_code(), text()).prop_map(|(code, message)| ServerMessage::Error { code, message }),
        text().prop_map(|url| ServerMessage::Redirect { url }),
        Just(ServerMessage::Draining),
        any::<[u32; 2]>().prop_map(|[place, of]| ServerMessage::Queued { place, of }),
        kick_vote().prop_map(ServerMessage::KickVote),
        (text(), any::<bool>(), of(any::<u32>()), any::<bool>()).prop_map(
            |(reason, banned, seconds, voted)| ServerMessage::Kicked(Removal {
                reason,
                banned,
                seconds,
                voted
            })
        ),
        (any::<bool>(), of(any::<u32>()))
            .prop_map(|(muted, seconds)| ServerMessage::Muted { muted, seconds }),
    ]
}
