//! What is remembered: the name and how to play per browser, the place in the fight and the open network panel per tab.

use std::collections::BTreeMap;

use client_core::protocol::limits::{SKINS, clean_name};
use client_core::{Conditions, Wish};
use gloo_storage::{LocalStorage, SessionStorage, Storage};
use web_sys::UrlSearchParams;

use crate::dom;
use crate::rooms::link;

const NAME: &str = "hotswap.name";
const SKIN: &str = "hotswap.skin";
const UNHEARD: &str = "hotswap.unheard";
const REMOVED: &str = "hotswap.removed";
const RESUME: &str = "hotswap.resume";
const ROOM: &str = "hotswap.room";
const LOADED_FOR: &str = "hotswap.loaded_for";
const NETWORK: &str = "hotswap.network";
const KEYS: &str = "hotswap.keys";
const MUTED: &str = "hotswap.muted";
const MUSIC: &str = "hotswap.music";
const MOTION: &str = "hotswap.motion";
/// `boot.js` reads it too.
const LANGUAGE: &str = "hotswap.language";

/// What the address of the page asks for.
#[derive(Debug, Default)]
pub(crate) struct Invitation {
    /// `?name=`: play under this name.
    pub(crate) name: Option<String>,
    /// `&autoplay`: join at once.
    pub(crate) autoplay: bool,
    /// `?room=fox-42`, `?room=2`, `?watch`: where to go, and what for.
    pub(crate) wish: Wish,
    /// `?rehearse`: play rules that the page around this frame sends.
    pub(crate) rehearse: bool,
    /// `?lag=100&jitter=20` and so on: what the network is like.
    pub(crate) conditions: Conditions,
    /// What is wrong with them, for people.
    pub(crate) complaint: Option<String>,
}

impl Invitation {
    /// Reads the address.
    pub(crate) fn read() -> Self {
        let query = dom::window().location().search().unwrap_or_default();
        let Ok(params) = UrlSearchParams::new_with_str(&query) else { return Self::default() };
        let (conditions, complaint) = match Conditions::parse(&query) {
            Ok(conditions) => (conditions, None),
            Err(complaint) => (Conditions::default(), Some(complaint)),
        };
        Self {
            name: params.get("name").and_then(|name| clean_name(&name)),
            autoplay: params.has("autoplay"),
            wish: link::wish_of(&params),
            rehearse: params.has("rehearse"),
            conditions,
            complaint,
        }
    }
}

/// The name that was used last in this browser.
pub(crate) fn name() -> Option<String> {
    LocalStorage::get::<String>(NAME).ok().and_then(|name| clean_name(&name))
}

/// Remembers the name. Storage may be full or switched off: the game goes on without.
pub(crate) fn set_name(name: &str) {
    let _ = LocalStorage::set(NAME, name);
}

/// The look that was chosen in this browser.
pub(crate) fn skin() -> Option<u8> {
    LocalStorage::get::<u8>(SKIN).ok().filter(|skin| *skin < SKINS)
}

/// Remembers the look.
pub(crate) fn set_skin(skin: u8) {
    let _ = LocalStorage::set(SKIN, skin);
}

/// Who is not heard in this tab, by id.
pub(crate) fn unheard() -> Vec<u32> {
    SessionStorage::get(UNHEARD).unwrap_or_default()
}

/// Remembers who is not heard.
pub(crate) fn set_unheard(ids: &[u32]) {
    let _ = SessionStorage::set(UNHEARD, ids);
}

/// The secret of a player who was removed in this browser, while its time is not over at `now_ms`, since 1970: in another
/// tab it is the same player, and is told so.
pub(crate) fn removed(now_ms: f64) -> Option<String> {
    let (token, until_ms) = LocalStorage::get::<(String, f64)>(REMOVED).ok()?;
    (now_ms < until_ms).then_some(token)
}

/// Remembers who was removed and until when, milliseconds since 1970, or that nobody is any more.
pub(crate) fn set_removed(removed: Option<(String, f64)>) {
    match removed {
        Some(removed) => drop(LocalStorage::set(REMOVED, removed)),
        None => LocalStorage::delete(REMOVED),
    }
}

/// The secret with which this tab can come back as the same player.
pub(crate) fn resume() -> Option<String> {
    SessionStorage::get(RESUME).ok()
}

/// Remembers the secret, or forgets it.
pub(crate) fn set_resume(token: Option<&str>) {
    match token {
        Some(token) => drop(SessionStorage::set(RESUME, token)),
        None => SessionStorage::delete(RESUME),
    }
}

/// The private room in which this tab was last; empty for a public one.
pub(crate) fn room() -> Option<String> {
    SessionStorage::get(ROOM).ok()
}

/// Remembers it, or that it was in none.
pub(crate) fn set_room(room: Option<&str>) {
    match room {
        Some(room) => drop(SessionStorage::set(ROOM, room)),
        None => SessionStorage::delete(ROOM),
    }
}

/// The build for which this tab loaded itself again, without having seen since that it runs.
pub(crate) fn loaded_for() -> Option<String> {
    SessionStorage::get(LOADED_FOR).ok()
}

/// Remembers the build for which this tab loads itself again, or that all is well.
pub(crate) fn set_loaded_for(build: Option<&str>) {
    match build {
        Some(build) => drop(SessionStorage::set(LOADED_FOR, build)),
        None => SessionStorage::delete(LOADED_FOR),
    }
}

/// Whether the network panel was left open in this tab.
pub(crate) fn network_open() -> bool {
    SessionStorage::get(NETWORK).unwrap_or(false)
}

/// Remembers whether the network panel is open.
pub(crate) fn set_network_open(open: bool) {
    let _ = SessionStorage::set(NETWORK, open);
}

/// Something with a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Volume {
    /// Everything that happens.
    Effects,
    /// The music bed.
    Music,
}

impl Volume {
    fn key(self) -> &'static str {
        match self {
            Self::Effects => "hotswap.volume.effects",
            Self::Music => "hotswap.volume.music",
        }
    }

    fn usual(self) -> f64 {
        match self {
            Self::Effects => 0.8,
            Self::Music => 0.5,
        }
    }
}

/// A volume, from 0 to 1.
pub(crate) fn volume(volume: Volume) -> f64 {
    let kept = LocalStorage::get::<f64>(volume.key()).ok();
    kept.filter(|value| (0.0..=1.0).contains(value)).unwrap_or(volume.usual())
}

/// Remembers a volume.
pub(crate) fn set_volume(volume: Volume, value: f64) {
    let _ = LocalStorage::set(volume.key(), value);
}

/// Whether the sound was switched off.
pub(crate) fn muted() -> bool {
    LocalStorage::get(MUTED).unwrap_or(false)
}

/// Remembers whether the sound is switched off.
pub(crate) fn set_muted(muted: bool) {
    let _ = LocalStorage::set(MUTED, muted);
}

/// The track that was chosen, if it is not to be that of the scene.
pub(crate) fn music() -> Option<String> {
    LocalStorage::get(MUSIC).ok()
}

/// Remembers the track, or that it is to be that of the scene.
pub(crate) fn set_music(track: Option<&str>) {
    match track {
        Some(track) => drop(LocalStorage::set(MUSIC, track)),
        None => LocalStorage::delete(MUSIC),
    }
}

/// The keys of each action, if they were changed.
pub(crate) fn keys() -> Option<BTreeMap<String, Vec<String>>> {
    LocalStorage::get(KEYS).ok()
}

/// Remembers the keys, or that they are the usual ones.
pub(crate) fn set_keys(keys: Option<&BTreeMap<String, Vec<String>>>) {
    match keys {
        Some(keys) => drop(LocalStorage::set(KEYS, keys)),
        None => LocalStorage::delete(KEYS),
    }
}

/// Remembers the language.
pub(crate) fn set_language(code: &str) {
    let _ = LocalStorage::set(LANGUAGE, code);
}

/// How much may move on the screen: `reduced`, `full`, or `system` for what the system says.
pub(crate) fn motion() -> &'static str {
    match LocalStorage::get::<String>(MOTION).as_deref() {
        Ok("reduced") => "reduced",
        Ok("full") => "full",
        _ => "system",
    }
}

/// Remembers how much may move.
pub(crate) fn set_motion(motion: &str) {
    let _ = LocalStorage::set(MOTION, motion);
}

/// Whether little should move.
pub(crate) fn reduced_motion() -> bool {
    match motion() {
        "reduced" => true,
        "full" => false,
        _ => dom::media_matches("(prefers-reduced-motion: reduce)"),
    }
}
