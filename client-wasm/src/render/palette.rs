//! Colours. The eight of the players can be told apart with every kind of colour vision (after Okabe and Ito, lightened
//! for a dark floor); a crest and a pattern tell the next eight from the first. The hall around them is neon: cyan where
//! light falls in, magenta where it leaves.

use std::cell::RefCell;

use client_core::View;
use client_core::protocol::limits::SKINS;
use client_core::sim::PlayerId;

/// Red, green and blue, 0 to 255.
pub(crate) type Rgb = [u8; 3];

/// Number of body colours.
pub(crate) const COLOURS: usize = 8;
/// Number of emblems.
pub(crate) const EMBLEMS: usize = 6;
/// Those that ids give; the others are worn by choice only.
const EMBLEMS_OF_IDS: usize = 4;
/// Colour and emblem of the looks that players choose from. No emblem goes with two colours that are hard to tell apart.
pub(crate) const LOOKS: [(usize, usize); SKINS as usize] =
    [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 3), (7, 2), (0, 5), (1, 4), (2, 1), (4, 1)];
/// So many choices are remembered beyond those in sight.
const MAX_CHOSEN: usize = 1_024;

const BODIES: [Rgb; COLOURS] = [
    [86, 180, 245],
    [240, 164, 40],
    [24, 190, 140],
    [242, 226, 84],
    [124, 140, 255],
    [242, 104, 62],
    [226, 134, 196],
    [214, 222, 232],
];

/// The same as CSS writes them: no frame makes texts.
const BODIES_CSS: [&str; COLOURS] =
    ["#56b4f5", "#f0a428", "#18be8c", "#f2e254", "#7c8cff", "#f2683e", "#e286c4", "#d6dee8"];

/// Around the arena.
pub(crate) const SURROUND: &str = "#060713";
/// The same.
pub(crate) const SURROUND_RGB: Rgb = [6, 7, 19];
/// Neon of the far walls.
pub(crate) const CYAN: Rgb = [64, 224, 255];
/// Neon between both.
pub(crate) const VIOLET: Rgb = [132, 108, 255];
/// Neon of the near walls.
pub(crate) const MAGENTA: Rgb = [255, 82, 168];
/// What is ours.
pub(crate) const OWN: &str = "#ffffff";
/// Dark outlines of everything that moves.
pub(crate) const INK: &str = "#070a11";

thread_local! {
    /// Who chose which look, in ascending order of id: names stand in their colours where nothing else of a player is known.
    static CHOSEN: RefCell<Vec<(PlayerId, u8)>> = const { RefCell::new(Vec::new()) };
}

/// Takes up who wears what. Costs next to nothing when nobody has changed.
pub(crate) fn learn(view: &View) {
    CHOSEN.with_borrow_mut(|chosen| {
        if chosen.len() > MAX_CHOSEN + view.players.len() {
            chosen.retain(|(id, _)| view.players.binary_search_by_key(id, |player| player.id).is_ok());
        }
        for player in &view.players {
            match (chosen.binary_search_by_key(&player.id, |(id, _)| *id), player.skin) {
                (Ok(at), Some(skin)) => chosen[at].1 = skin,
                (Ok(at), None) => drop(chosen.remove(at)),
                (Err(at), Some(skin)) => chosen.insert(at, (player.id, skin)),
                (Err(_), None) => {}
            }
        }
    });
}

/// Which colour and which emblem a player has: those of its choice, or else of its id.
pub(crate) fn identity(id: PlayerId) -> (usize, usize) {
    let chosen = CHOSEN.with_borrow(|chosen| {
        let at = chosen.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        LOOKS.get(usize::from(chosen[at].1)).copied()
    });
    chosen.unwrap_or_else(|| {
        let id = id.0 as usize;
        (id % COLOURS, id / COLOURS % EMBLEMS_OF_IDS)
    })
}

/// The colour of a player's body.
pub(crate) fn body(id: PlayerId) -> Rgb {
    BODIES[identity(id).0]
}

/// The same as CSS writes it.
pub(crate) fn body_css(id: PlayerId) -> &'static str {
    BODIES_CSS[identity(id).0]
}

/// A body colour by its index.
pub(crate) fn body_at(index: usize) -> Rgb {
    BODIES[index % COLOURS]
}

/// The colour of team 1 or 2.
pub(crate) fn team(team: u8) -> Rgb {
    if team == 1 { [70, 160, 255] } else { [255, 152, 40] }
}

/// The colours of teams 1 and 2 as CSS writes them.
pub(crate) const TEAMS_CSS: [&str; 2] = ["#46a0ff", "#ff9828"];

/// The colour of team 1 or 2 as CSS writes it.
pub(crate) fn team_css(team: u8) -> &'static str {
    TEAMS_CSS[usize::from(team != 1)]
}

/// `#rrggbb`.
pub(crate) fn css([r, g, b]: Rgb) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// `rgba(...)`.
pub(crate) fn css_alpha([r, g, b]: Rgb, alpha: f64) -> String {
    format!("rgba({r},{g},{b},{alpha:.3})")
}

/// From `a` to `b`.
pub(crate) fn mix(a: Rgb, b: Rgb, share: f32) -> Rgb {
    let channel = |i: usize| (f32::from(a[i]) + (f32::from(b[i]) - f32::from(a[i])) * share).round() as u8;
    [channel(0), channel(1), channel(2)]
}

/// The colour of the orb: cool while it is harmless, through amber to red-hot as `heat` goes from 0 to 1.
pub(crate) fn heat(heat: f32) -> Rgb {
    const STOPS: [Rgb; 4] = [[120, 226, 255], [255, 206, 92], [255, 130, 52], [255, 64, 72]];
    let position = heat.clamp(0.0, 1.0) * (STOPS.len() - 1) as f32;
    let index = (position as usize).min(STOPS.len() - 2);
    mix(STOPS[index], STOPS[index + 1], position - index as f32)
}
