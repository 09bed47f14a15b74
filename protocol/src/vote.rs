//! The vote on what the next round is played with.

use bitcode::{Decode, Encode};
use serde::{Deserialize, Serialize};
use sim::Tick;

/// Name of the choice to play without a card.
pub const NO_CARD: &str = "none";

/// A card: something that changes the rules for one round.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub struct CardInfo {
    /// Its name for programs, such as `heavy_orb`; [`NO_CARD`] is none.
    pub name: String,
    /// Its name for people, in English.
    pub title: String,
    /// What it does, in one line, in English.
    pub text: String,
    /// The same in other languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<CardWords>,
}

/// The words of a card in another language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub struct CardWords {
    /// Code of the language, such as `zh`.
    pub lang: String,
    /// Its name.
    pub title: String,
    /// What it does.
    pub text: String,
}

impl CardInfo {
    /// Title and text in a language, or else in English.
    #[must_use]
    pub fn words_in(&self, lang: &str) -> (&str, &str) {
        let found = self.words.iter().find(|words| words.lang == lang);
        found.map_or((&self.title, &self.text), |words| (&words.title, &words.text))
    }
}

/// A vote as it stands: at its beginning, when somebody has voted, and at its end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Encode, Decode)]
pub struct VoteInfo {
    /// Its number in this room, from 1.
    pub id: u32,
    /// What can be chosen; the last one is to play without a card.
    pub options: Vec<CardInfo>,
    /// The tick at which it ends.
    pub ends: Tick,
    /// How many have chosen each of the options.
    #[serde(default)]
    pub counts: Vec<u32>,
    /// It is over: the next round is played with this one of the options, counted from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<u8>,
}

impl VoteInfo {
    /// The chosen option of a vote that is over.
    #[must_use]
    pub fn chosen(&self) -> Option<&CardInfo> {
        self.options.get(usize::from(self.outcome?))
    }
}
