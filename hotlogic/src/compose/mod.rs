//! Cards: small scripts that change the rules for one round.
//!
//! A card is put together with rules into one script, which is compiled, hashed, fetched and switched to like any other: whoever
//! plays it needs to know nothing of cards. The numbers of its `TUNING` map are worked out from those of the rules; its hooks
//! take the place of theirs, and may ask the replaced ones as `base_NAME`. The same rules and the same card always give the same
//! text.

mod base;
mod card;
mod places;
mod text;
mod tokens;

pub use card::{Card, CardError, CardWords, MAX_CARD_BYTES, MAX_CARD_TEXT, MAX_CARD_TITLE, NO_CARD};
pub use places::Composed;

/// What the names of a card's own functions and constants begin with in the composed script.
const OWN: &str = "card_";
/// What a card calls the hooks of the rules.
const BASE: &str = "base_";
/// What the hooks of the rules are called in the composed script once a card has taken their place.
const REPLACED: &str = "rules_";
