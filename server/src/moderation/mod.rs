//! What keeps the fight decent: the words that are hidden, who may not talk and who may not come in.
//!
//! [`Moderation`] is asked for every name and every line of chat, so it holds all of that in memory; [`actions`] change
//! it, the store first. Votes among players are counted by their room and end here, too.

pub mod actions;
mod fold;
pub mod words;

use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use sim::PlayerId;

use crate::storage::{Sanction, SanctionKind, Store, StoreError};
use crate::throttle::origin;
use crate::unix_ms;

pub use words::{WordList, WordListError};

/// A handle; clones are the same.
#[derive(Clone, Default)]
pub struct Moderation(Arc<Inner>);

#[derive(Default)]
struct Inner {
    words: RwLock<Words>,
    /// Those that hold, and some that are over.
    sanctions: RwLock<Vec<Sanction>>,
}

/// The list as it was written and as it is asked.
#[derive(Clone, Debug, Default)]
struct Words {
    text: Arc<str>,
    list: Arc<WordList>,
}

/// Who wants to come in, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub struct Comer {
    /// Who it was before.
    pub player: Option<PlayerId>,
    /// SHA-256 of the resume token that it showed.
    pub token: Option<[u8; 32]>,
    /// Where it comes from.
    pub address: IpAddr,
}

impl Moderation {
    /// Reads what is stored. A stored list that is no good (it was, when it was stored) is replaced by the shipped one.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn load(store: &Store) -> Result<Self, StoreError> {
        let text = store.word_list().await?;
        let text = text.as_deref().unwrap_or(words::DEFAULT);
        let moderation = Self::default();
        if let Err(error) = moderation.take_words(text) {
            tracing::error!("the stored list of words is not used: {error}");
            let _ = moderation.take_words(words::DEFAULT);
        }
        *moderation.0.sanctions.write().unwrap_or_else(PoisonError::into_inner) =
            store.sanctions(unix_ms()).await?;
        Ok(moderation)
    }

    /// The list of words, ready to be asked.
    #[must_use]
    pub fn words(&self) -> Arc<WordList> {
        Arc::clone(&self.0.words.read().unwrap_or_else(PoisonError::into_inner).list)
    }

    /// The list of words as it was written.
    #[must_use]
    pub fn words_text(&self) -> Arc<str> {
        Arc::clone(&self.0.words.read().unwrap_or_else(PoisonError::into_inner).text)
    }

    /// From now on with this list.
    fn take_words(&self, text: &str) -> Result<(), WordListError> {
        let words = Words { text: text.into(), list: Arc::new(WordList::parse(text)?) };
        *self.0.words.write().unwrap_or_else(PoisonError::into_inner) = words;
        Ok(())
    }

    /// Mutes and bans that hold, the newest first.
    #[must_use]
    pub fn in_force(&self) -> Vec<Sanction> {
        let now_ms = unix_ms();
        self.find_all(|sanction| sanction.holds(now_ms))
    }

    /// Why somebody may not talk.
    #[must_use]
    pub fn mute_of(&self, player: PlayerId) -> Option<Sanction> {
        self.find(|sanction| sanction.kind == SanctionKind::Mute && sanction.player == player)
    }

    /// Why somebody may not come in.
    #[must_use]
    pub fn ban_of(&self, comer: &Comer) -> Option<Sanction> {
        self.find(|sanction| sanction.kind == SanctionKind::Ban && comer.is_meant(sanction))
    }

    fn find(&self, wanted: impl Fn(&Sanction) -> bool) -> Option<Sanction> {
        let now_ms = unix_ms();
        let sanctions = self.0.sanctions.read().unwrap_or_else(PoisonError::into_inner);
        sanctions.iter().find(|sanction| sanction.holds(now_ms) && wanted(sanction)).cloned()
    }

    fn find_all(&self, wanted: impl Fn(&Sanction) -> bool) -> Vec<Sanction> {
        let sanctions = self.0.sanctions.read().unwrap_or_else(PoisonError::into_inner);
        sanctions.iter().filter(|sanction| wanted(sanction)).cloned().collect()
    }

    /// A new one holds, in the place of an earlier one of that kind.
    fn add(&self, new: Sanction) {
        let now_ms = unix_ms();
        let mut sanctions = self.0.sanctions.write().unwrap_or_else(PoisonError::into_inner);
        sanctions.retain(|old| old.holds(now_ms) && (old.kind, old.player) != (new.kind, new.player));
        sanctions.insert(0, new);
    }

    fn remove(&self, id: u64) {
        let mut sanctions = self.0.sanctions.write().unwrap_or_else(PoisonError::into_inner);
        sanctions.retain(|sanction| sanction.id != id);
    }
}

impl Comer {
    fn is_meant(&self, sanction: &Sanction) -> bool {
        self.player == Some(sanction.player)
            || self.token.is_some_and(|token| sanction.tokens.contains(&Some(token)))
            || sanction.address.is_some_and(|address| same_place(address, self.address))
    }
}

/// One address, or one network of IPv6, as a household has.
pub(crate) fn same_place(a: IpAddr, b: IpAddr) -> bool {
    origin(a) == origin(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ban(player: u32, address: Option<&str>) -> Sanction {
        Sanction {
            id: u64::from(player),
            kind: SanctionKind::Ban,
            player: PlayerId(player),
            name: "Bob".to_owned(),
            tokens: [Some([player as u8; 32]), None],
            address: address.map(|address| address.parse().unwrap()),
            until_ms: None,
            reason: String::new(),
            author: "ada".to_owned(),
            created_ms: 0,
        }
    }

    fn comer(player: Option<u32>, token: Option<u8>, address: &str) -> Comer {
        Comer {
            player: player.map(PlayerId),
            token: token.map(|token| [token; 32]),
            address: address.parse().unwrap(),
        }
    }

    #[test]
    fn a_ban_knows_its_player_by_id_and_token_and_by_address_only_where_that_was_asked_for() {
        let moderation = Moderation::default();
        moderation.add(ban(7, None));
        let banned = |comer: Comer| moderation.ban_of(&comer).is_some();
        assert!(banned(comer(Some(7), None, "10.0.0.1")));
        assert!(banned(comer(None, Some(7), "10.0.0.1")));
        assert!(!banned(comer(Some(8), Some(8), "10.0.0.1")));
        moderation.add(ban(9, Some("10.0.0.1")));
        assert!(banned(comer(None, None, "10.0.0.1")));
        assert!(banned(comer(None, None, "::ffff:10.0.0.1")));
        assert!(!banned(comer(None, None, "10.0.0.2")));
        moderation.remove(9);
        assert!(!banned(comer(None, None, "10.0.0.1")));
    }

    #[test]
    fn an_address_of_ipv6_stands_for_its_network() {
        let moderation = Moderation::default();
        moderation.add(ban(9, Some("2001:db8:1:2:3::4")));
        assert!(moderation.ban_of(&comer(None, None, "2001:db8:1:2:ffff::1")).is_some());
        assert!(moderation.ban_of(&comer(None, None, "2001:db8:1:3:3::4")).is_none());
    }

    #[test]
    fn what_is_over_does_not_hold() {
        let moderation = Moderation::default();
        moderation.add(Sanction { until_ms: Some(unix_ms() - 1), ..ban(7, None) });
        assert!(moderation.ban_of(&comer(Some(7), None, "10.0.0.1")).is_none());
        assert!(moderation.in_force().is_empty());
    }

    #[test]
    fn a_newer_one_takes_the_place_of_the_one_before() {
        let moderation = Moderation::default();
        moderation.add(Sanction { id: 1, ..ban(7, None) });
        moderation.add(Sanction { id: 2, reason: "again".to_owned(), ..ban(7, None) });
        moderation.add(Sanction { id: 3, kind: SanctionKind::Mute, ..ban(7, None) });
        let ids: Vec<u64> = moderation.in_force().iter().map(|sanction| sanction.id).collect();
        assert_eq!(ids, [3, 2]);
        assert_eq!(moderation.mute_of(PlayerId(7)).unwrap().id, 3);
    }
}
