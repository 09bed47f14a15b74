//! What is remembered: the name per browser, the place in the fight and the open network panel per tab.

use client_core::Conditions;
use client_core::protocol::limits::clean_name;
use gloo_storage::{LocalStorage, SessionStorage, Storage};
use web_sys::UrlSearchParams;

use crate::dom;

const NAME: &str = "hotswap.name";
const RESUME: &str = "hotswap.resume";
const LOADED_FOR: &str = "hotswap.loaded_for";
const NETWORK: &str = "hotswap.network";

/// What the address of the page asks for.
#[derive(Debug, Default)]
pub(crate) struct Invitation {
    /// `?name=`: play under this name.
    pub(crate) name: Option<String>,
    /// `&autoplay`: join at once.
    pub(crate) autoplay: bool,
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
