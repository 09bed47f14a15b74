//! What the arena looks and sounds like.

use std::str::FromStr;

use bitcode::{Decode, Encode};
use serde::{Deserialize, Serialize};
use sim::PlayerId;

/// Most looks of players that a scene may have.
pub const MAX_PLAYER_SKINS: usize = 8;

/// What the arena looks and sounds like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Encode, Decode)]
pub struct SceneInfo {
    /// Number of the release that set it; 0 is the built-in scene.
    pub number: u32,
    /// What the operator called it.
    pub version: String,
    /// Red, green and blue, 0 to 255.
    pub background_color: [u8; 3],
    /// SHA-256 of the background image, at `/content/{hash}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background_image: Option<String>,
    /// SHA-256 of the images that players wear, at most [`MAX_PLAYER_SKINS`]; without any they are drawn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub player_skins: Vec<String>,
    /// SHA-256 of the image that the orb wears.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orb_skin: Option<String>,
    /// What is played while the scene is in force.
    #[serde(default, skip_serializing_if = "Music::is_none")]
    pub music: Music,
    /// Bytes of all its images together, each counted once; 0 without images.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub image_bytes: u32,
}

impl SceneInfo {
    /// The hashes of all its images, each once, in the order of the fields.
    #[must_use]
    pub fn images(&self) -> Vec<&str> {
        let mut images: Vec<&str> = Vec::new();
        for hash in self.background_image.iter().chain(&self.player_skins).chain(&self.orb_skin) {
            if !images.contains(&hash.as_str()) {
                images.push(hash);
            }
        }
        images
    }

    /// Which of the [`player_skins`](Self::player_skins) a player wears; `None` when there are none.
    #[must_use]
    pub fn player_skin(&self, player: PlayerId) -> Option<usize> {
        (player.0 as usize).checked_rem(self.player_skins.len())
    }
}

/// A track that the client makes itself: nothing is downloaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
#[serde(rename_all = "snake_case", from = "String")]
pub enum Music {
    /// Silence. What a newer server plays and this client does not know is silent, too.
    #[default]
    None,
    /// Slow and soft.
    Calm,
    /// A steady beat.
    Pulse,
    /// Fast and loud.
    Storm,
}

/// There is no track of this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("music must be one of none, calm, pulse and storm")]
pub struct UnknownMusic;

impl Music {
    /// All tracks.
    pub const ALL: [Self; 4] = [Self::None, Self::Calm, Self::Pulse, Self::Storm];

    /// The word for it on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Calm => "calm",
            Self::Pulse => "pulse",
            Self::Storm => "storm",
        }
    }

    fn is_none(&self) -> bool {
        *self == Self::None
    }
}

impl FromStr for Music {
    type Err = UnknownMusic;

    fn from_str(word: &str) -> Result<Self, UnknownMusic> {
        Self::ALL.into_iter().find(|music| music.as_str() == word).ok_or(UnknownMusic)
    }
}

impl From<String> for Music {
    fn from(word: String) -> Self {
        word.parse().unwrap_or_default()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_image_of_a_scene_is_named_once() {
        let scene = SceneInfo {
            background_image: Some("a".into()),
            player_skins: ["b", "a", "c"].map(String::from).into(),
            orb_skin: Some("c".into()),
            ..SceneInfo::default()
        };
        assert_eq!(scene.images(), ["a", "b", "c"]);
        assert_eq!(SceneInfo::default().images(), [""; 0]);
    }

    #[test]
    fn players_wear_the_skins_in_turn() {
        let skins =
            |count: usize| SceneInfo { player_skins: vec![String::new(); count], ..SceneInfo::default() };
        assert_eq!([0, 1, 2, 3, 7].map(|id| skins(3).player_skin(PlayerId(id))), [0, 1, 2, 0, 1].map(Some));
        assert_eq!(skins(0).player_skin(PlayerId(5)), None);
    }

    #[test]
    fn a_track_of_a_newer_server_is_silence() {
        let json = r#"{"number": 3, "version": "x", "background_color": [0, 0, 0], "music": "polka"}"#;
        assert_eq!(serde_json::from_str::<SceneInfo>(json).unwrap().music, Music::None);
        for music in Music::ALL {
            assert_eq!(music.as_str().parse(), Ok(music));
            assert_eq!(serde_json::to_value(music).unwrap(), music.as_str());
        }
        assert_eq!("polka".parse::<Music>(), Err(UnknownMusic));
    }
}
