//! `window.hotswap.state()`: what this client knows, as plain data, for tests and the curious. It only reads.

use client_core::{Conditions, NetStats, PlayerView, View};
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::prelude::*;

use crate::app::App;
use crate::dom;
use crate::i18n;
use crate::inbox::Inbox;
use crate::input::device;
use crate::network::preset_of;

/// Puts `hotswap` on the window.
///
/// # Errors
/// When the window is frozen.
pub(crate) fn expose(inbox: &Inbox) -> Result<(), JsValue> {
    let inbox = inbox.clone();
    let state = Closure::<dyn Fn() -> JsValue>::new(move || inbox.inspect(describe).unwrap_or(JsValue::NULL));
    let api = object(&[("state", state.into_js_value())]);
    Reflect::set(&dom::window(), &"hotswap".into(), &Object::freeze(&api))?;
    Ok(())
}

fn describe(app: &App) -> JsValue {
    let (image, loading) = app.background();
    let (skins, orb_skin) = app.worn();
    let (conditions, panel_open) = app.network();
    let (build, new_build) = app.builds();
    let place = app.place();
    let look_at: Option<Array> =
        app.looks_at().map(|at| [at.x, at.y].into_iter().map(JsValue::from).collect());
    let state = object(&[
        ("net", describe_conditions(conditions)),
        ("polls", app.polls().into()),
        ("network_panel", panel_open.into()),
        ("build", build.into()),
        ("new_build", new_build.into()),
        ("connection", app.connection().into()),
        ("room", place.map(|place| place.room).into()),
        ("room_code", place.and_then(|place| place.code.as_deref()).into()),
        ("watching", place.is_some_and(|place| place.watching).into()),
        ("followed", app.followed().map(|id| id.0).into()),
        ("looks_at", look_at.into()),
        ("frames", app.frames().into()),
        ("background_ready", loading.is_none().into()),
        ("loading_bytes", loading.map(|loading| loading.bytes).into()),
        ("loading_total", loading.map(|loading| loading.total).into()),
        ("skins_worn", (skins as u32).into()),
        ("orb_skin_worn", orb_skin.into()),
        ("shaken", app.was_shaken().into()),
        ("background_image", image.into()),
        ("sound", describe_sound(app)),
        ("device", device::current().name().into()),
        ("language", i18n::language().code().into()),
        ("stats", app.stats().map_or(JsValue::NULL, describe_stats)),
    ]);
    if let Some(view) = app.current_view() {
        describe_view(&state, &view);
    }
    state.into()
}

fn describe_view(state: &Object, view: &View) {
    let players: Array = view.players.iter().map(describe_player).collect();
    let orb = object(&[
        ("x", view.orb.position.x.into()),
        ("y", view.orb.position.y.into()),
        ("vx", view.orb.velocity.x.into()),
        ("vy", view.orb.velocity.y.into()),
        ("batted_by", view.orb.batted_by.map(|id| id.0).into()),
    ]);
    let arena =
        object(&[("width", view.tuning.arena_width.into()), ("height", view.tuning.arena_height.into())]);
    let colour: Array = view.scene.background_color.iter().map(|channel| JsValue::from(*channel)).collect();
    let round = view.round.as_ref().map_or(JsValue::NULL, |round| {
        let playing = round.phase == client_core::protocol::RoundPhase::Playing;
        object(&[
            ("number", round.number.into()),
            ("phase", if playing { "playing" } else { "over" }.into()),
            ("winner", round.winner.map(|id| id.0).into()),
            ("seconds_left", view.seconds_left.into()),
        ])
        .into()
    });
    let card = view.release.card.as_ref().map(|card| card.name.as_str());
    assign(state, &[("card", card.into())]);
    assign(
        state,
        &[
            ("me", view.me.map(|id| id.0).into()),
            ("players", players.into()),
            ("orb", orb.into()),
            ("arena", arena.into()),
            ("rank", view.standing.map(|standing| standing.rank).into()),
            ("player_count", view.standing.map(|standing| standing.players).into()),
            ("round", round),
            ("release", view.release.number.into()),
            ("release_version", view.release.version.as_str().into()),
            ("release_hash", view.release.hash.as_str().into()),
            ("scene", view.scene.number.into()),
            ("scene_version", view.scene.version.as_str().into()),
            ("background_color", colour.into()),
            ("music", view.scene.music.as_str().into()),
            ("strike_cooldown", view.strike_cooldown.into()),
            ("dash_cooldown", view.dash_cooldown.into()),
            ("respawn_seconds", view.respawn_seconds.into()),
        ],
    );
}

fn describe_player(player: &PlayerView) -> JsValue {
    object(&[
        ("id", player.id.0.into()),
        ("name", player.name.as_str().into()),
        ("x", player.position.x.into()),
        ("y", player.position.y.into()),
        ("facing", player.facing.into()),
        ("hp", player.hp.into()),
        ("score", player.score.into()),
        ("kills", player.kills.into()),
        ("deaths", player.deaths.into()),
        ("alive", player.alive.into()),
        ("team", player.team.into()),
        ("shield", player.shield.into()),
        ("connected", player.connected.into()),
        ("bot", player.id.is_bot().into()),
        ("skin", player.skin.into()),
    ])
    .into()
}

/// State of the browser's sound, and how often each sound was started.
fn describe_sound(app: &App) -> JsValue {
    let sounds = app.sounds();
    let started = Object::new();
    for (name, times) in sounds.started() {
        assign(&started, &[(name, (*times).into())]);
    }
    let playing = sounds.playing(dom::now_ms()) as u32;
    object(&[
        ("state", sounds.state().into()),
        ("muted", sounds.is_muted().into()),
        ("track", sounds.current_track().name().into()),
        ("notes", sounds.notes().into()),
        ("playing", playing.into()),
        ("started", started.into()),
    ])
    .into()
}

/// Milliseconds and shares from 0 to 1.
fn describe_conditions(conditions: Conditions) -> JsValue {
    object(&[
        ("preset", preset_of(conditions).into()),
        ("lag_ms", conditions.lag_ms.into()),
        ("jitter_ms", conditions.jitter_ms.into()),
        ("loss", conditions.loss.into()),
        ("stalls", conditions.stalls.into()),
        ("stall_ms", conditions.stall_ms.into()),
        ("cuts", conditions.cuts.into()),
    ])
    .into()
}

fn describe_stats(stats: &NetStats) -> JsValue {
    let count = |value: u64| JsValue::from(value as f64);
    object(&[
        ("rtt_ms", stats.rtt_ms.into()),
        ("jitter_ms", stats.jitter_ms.into()),
        ("snapshot_age_ms", stats.snapshot_age_ms.into()),
        ("interpolation_ms", stats.interpolation_ms.into()),
        ("lead_ticks", stats.lead_ticks.into()),
        ("input_lead", stats.input_lead.into()),
        ("server_tick", stats.server_tick.into()),
        ("corrections", count(stats.corrections)),
        ("largest_correction", stats.largest_correction.into()),
        ("frames", count(stats.frames)),
        ("starved_frames", count(stats.starved_frames)),
        ("snapshots", count(stats.snapshots)),
        ("keyframes", count(stats.keyframes)),
        ("resyncs", count(stats.resyncs)),
        ("bytes_in", count(stats.bytes_in)),
        ("bytes_out", count(stats.bytes_out)),
        ("reconnects", stats.reconnects.into()),
    ])
    .into()
}

fn object(fields: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    assign(&object, fields);
    object
}

fn assign(object: &Object, fields: &[(&str, JsValue)]) {
    for (name, value) in fields {
        // Fails only for frozen objects.
        let _ = Reflect::set(object, &(*name).into(), value);
    }
}
