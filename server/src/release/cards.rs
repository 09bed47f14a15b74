//! Cards: put together with the rules of a room, and checked like these, before anybody votes on them.
//!
//! What came out is kept in memory only: it follows from two scripts that are stored.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use hotlogic::{Card, CardError, RhaiRules, ScriptError, shipped};
use protocol::vote::CardWords;
use protocol::{CardInfo, ReleaseInfo, limits};
use sim::{RulesError, Tick};

use super::check::CheckError;
use super::publish::PublishError;
use super::{LoadedRelease, Releases, store};
use crate::storage::{Author, CardRecord, Content, Store, StoreError};

/// Most cards.
pub const MAX_CARDS: usize = 40;
/// So many cards on rules are kept.
const MAX_MADE: usize = 3 * MAX_CARDS;

/// A card on the rules of a room, ready to play.
pub struct DealtCard {
    /// The rules that it was put together with.
    pub base: Arc<LoadedRelease>,
    /// Both together; its number is that of the rules.
    pub release: Arc<LoadedRelease>,
    /// What players are told of it.
    pub info: CardInfo,
    /// Content hash of the card's own script.
    pub source: String,
}

/// A card as operators see it.
#[derive(Clone, Debug)]
pub struct CardStatus {
    /// What is stored of it.
    pub record: CardRecord,
    /// Its words; `None` when it cannot be read.
    pub info: Option<CardInfo>,
    /// Why it cannot be played with the live rules.
    pub fault: Option<CardError>,
}

/// A card that failed in a room while it was played.
#[derive(Clone, Debug)]
pub struct CardFailure {
    /// Name of the card.
    pub card: String,
    /// Number of the rules that it was played with.
    pub release: u32,
    /// The tick in which it failed.
    pub tick: Tick,
    /// Why.
    pub error: RulesError,
}

/// Cards that were put together with rules.
#[derive(Default)]
pub(super) struct Cards {
    made: Mutex<VecDeque<Arc<Made>>>,
    /// Held while one is made, so that rooms that ask at once don't make it twice.
    turn: tokio::sync::Mutex<()>,
}

/// What became of a card on rules.
struct Made {
    /// Content hash of the rules.
    base: String,
    name: String,
    /// Content hash of the card.
    card: String,
    outcome: Result<Playable, CardError>,
}

/// A card on rules that passed the check.
#[derive(Clone)]
struct Playable {
    info: CardInfo,
    hash: String,
    script: Arc<str>,
    rules: RhaiRules,
}

impl Cards {
    /// What was made before; who is asked for stays longest.
    fn find(&self, is_it: impl Fn(&Made) -> bool) -> Option<Arc<Made>> {
        let mut all = self.made();
        let index = all.iter().position(|made| is_it(made))?;
        let made = all.remove(index)?;
        all.push_back(Arc::clone(&made));
        Some(made)
    }

    fn keep(&self, made: Made) -> Arc<Made> {
        let made = Arc::new(made);
        let mut all = self.made();
        if all.len() == MAX_MADE {
            all.pop_front();
        }
        all.push_back(Arc::clone(&made));
        made
    }

    fn made(&self) -> MutexGuard<'_, VecDeque<Arc<Made>>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stores the cards that come with the server.
pub(super) async fn ship(store: &Store) -> Result<(), StoreError> {
    let cards = shipped::CARDS.iter().map(|(name, script)| (*name, store::script_content(script)));
    store.ship_cards(cards.collect()).await
}

impl Releases {
    /// The enabled cards that can be played with `base`, in no order that matters. Making them may take half a minute: what
    /// was taken out or replaced meanwhile is not among them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn deal(&self, base: &Arc<LoadedRelease>) -> Result<Vec<Arc<DealtCard>>, StoreError> {
        let mut dealt = Vec::new();
        for record in self.inner.store.cards().await?.into_iter().filter(|record| record.enabled) {
            let Some(made) = self.make(base, &record).await else { continue };
            match &made.outcome {
                Ok(playable) => dealt.push(Arc::new(playable.on(base, &made.card))),
                Err(error) => tracing::info!(release = base.info.number, "not offered: {error}"),
            }
        }
        let now = self.inner.store.cards().await?;
        let is_still_in = |card: &Arc<DealtCard>| {
            now.iter()
                .any(|record| record.enabled && record.name == card.info.name && record.hash == card.source)
        };
        dealt.retain(is_still_in);
        Ok(dealt)
    }

    /// All cards, and how they go with the live rules.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cards(&self) -> Result<Vec<CardStatus>, StoreError> {
        let live = self.rules();
        let mut all = Vec::new();
        for record in self.inner.store.cards().await? {
            let made = match &live {
                Some(live) => self.make(live, &record).await,
                None => None,
            };
            let fault = made.and_then(|made| made.outcome.as_ref().err().cloned());
            let info = Card::parse(&record.name, &record.script).ok().map(|card| described(&card));
            all.push(CardStatus { record, info, fault });
        }
        Ok(all)
    }

    /// Checks a card together with the live rules and stores it; it is enabled when it is new. Rooms get it with their
    /// next vote.
    ///
    /// # Errors
    /// [`PublishError::Card`] at its line and column, [`PublishError::TooManyCards`], [`PublishError::Busy`], and when the
    /// database fails; nothing has changed then.
    pub async fn publish_card(
        &self,
        name: String,
        script: String,
        author: Author,
    ) -> Result<CardStatus, PublishError> {
        let card = Card::parse(&name, &script).map_err(PublishError::Card)?;
        let cards = self.inner.store.cards().await?;
        if cards.len() >= MAX_CARDS && !cards.iter().any(|known| known.name == name) {
            return Err(PublishError::TooManyCards);
        }
        let rules = self.rules().map_or_else(|| shipped::ARENA.into(), |live| Arc::clone(&live.script));
        self.check_card(&card, &rules).await.map_err(|unfit| match unfit {
            Unfit::Refused(error) => PublishError::Card(error),
            Unfit::Unknown => PublishError::Busy,
        })?;
        self.inner.store.put_card(name.clone(), store::script_content(&script), author).await?;
        self.cards_changed();
        self.card(&name).await
    }

    /// Lets a card come up in votes, or not any more.
    ///
    /// # Errors
    /// [`PublishError::NoCard`], and when the database fails.
    pub async fn enable_card(
        &self,
        name: String,
        enabled: bool,
        author: Author,
    ) -> Result<CardStatus, PublishError> {
        if !self.inner.store.enable_card(name.clone(), enabled, author).await? {
            return Err(PublishError::NoCard(name));
        }
        self.cards_changed();
        self.card(&name).await
    }

    async fn card(&self, name: &str) -> Result<CardStatus, PublishError> {
        let found = self.cards().await?.into_iter().find(|card| card.record.name == name);
        found.ok_or_else(|| PublishError::NoCard(name.to_owned()))
    }

    /// A card failed in a room, which goes on without it.
    pub fn card_failed(&self, room: u32, failure: CardFailure) {
        let CardFailure { card, release, tick, error } = failure;
        tracing::warn!(room, release, card, %tick, "a card failed: {error}");
        let store = self.inner.store.clone();
        tokio::spawn(async move {
            let detail = format!("{card} failed in room {room}, tick {tick}: {error}");
            if let Err(error) = store.add_audit("server", "card_failed", Some(release), detail).await {
                tracing::error!("the failure of a card could not be noted: {error}");
            }
        });
    }

    /// The script of a card on rules, by its hash.
    #[must_use]
    pub fn composed(&self, hash: &str) -> Option<Content> {
        let is_it = |made: &Made| made.outcome.as_ref().is_ok_and(|playable| playable.hash == hash);
        let made = self.inner.cards.find(is_it)?;
        let script = made.outcome.as_ref().ok()?.script.as_bytes();
        let bytes = Bytes::copy_from_slice(script);
        Some(Content { media_type: store::SCRIPT_TYPE.to_owned(), bytes })
    }

    fn cards_changed(&self) {
        if let Some(fleet) = self.inner.fleet.get() {
            fleet.cards_changed();
        }
    }

    /// A card on rules: made before, or now. `None` when the machine has no time for the check.
    async fn make(&self, base: &LoadedRelease, record: &CardRecord) -> Option<Arc<Made>> {
        let is_it =
            |made: &Made| made.base == base.info.hash && made.card == record.hash && made.name == record.name;
        if let Some(made) = self.inner.cards.find(is_it) {
            return Some(made);
        }
        let _turn = self.inner.cards.turn.lock().await;
        if let Some(made) = self.inner.cards.find(is_it) {
            return Some(made);
        }
        let outcome = match Card::parse(&record.name, &record.script) {
            Ok(card) => match self.check_card(&card, &base.script).await {
                Ok(playable) => Ok(playable),
                Err(Unfit::Refused(error)) => Err(error),
                Err(Unfit::Unknown) => return None,
            },
            Err(error) => Err(error),
        };
        let (base, name, card) = (base.info.hash.clone(), record.name.clone(), record.hash.clone());
        Some(self.inner.cards.keep(Made { base, name, card, outcome }))
    }

    async fn check_card(&self, card: &Card, rules: &str) -> Result<Playable, Unfit> {
        let refused = |error: ScriptError| Unfit::Refused(CardError { card: card.name.clone(), error });
        let composed = card.compose(rules).map_err(Unfit::Refused)?;
        let script: Arc<str> = composed.script.as_str().into();
        match self.inner.checker.check(Arc::clone(&script)).await {
            Ok((rules, _)) => {
                let hash = hotlogic::content_hash(script.as_bytes());
                Ok(Playable { info: described(card), hash, script, rules })
            }
            Err(CheckError::Rejected(error)) => Err(refused(composed.locate(error))),
            Err(CheckError::TooBig) => {
                let message = "together with the rules it is too long".to_owned();
                Err(refused(ScriptError { message, line: None, column: None }))
            }
            Err(CheckError::TooSlow | CheckError::Busy) => Err(Unfit::Unknown),
        }
    }
}

/// Why a card cannot be played with rules.
enum Unfit {
    Refused(CardError),
    /// The machine has no time for the check.
    Unknown,
}

impl Playable {
    fn on(&self, base: &Arc<LoadedRelease>, source: &str) -> DealtCard {
        let card = Some(self.info.clone());
        let info = ReleaseInfo { hash: self.hash.clone(), card, ..base.info.clone() };
        let release = LoadedRelease { info, rules: self.rules.clone(), script: Arc::clone(&self.script) };
        DealtCard {
            base: Arc::clone(base),
            release: Arc::new(release),
            info: self.info.clone(),
            source: source.to_owned(),
        }
    }
}

/// What players are told of a card.
fn described(card: &Card) -> CardInfo {
    use hotlogic::compose::{MAX_CARD_TEXT, MAX_CARD_TITLE};
    let title = |text: &str| limits::clean_text(text, MAX_CARD_TITLE);
    let line = |text: &str| limits::clean_text(text, MAX_CARD_TEXT);
    let words = card.translations.iter().map(|(lang, words)| CardWords {
        lang: lang.clone(),
        title: title(&words.title),
        text: line(&words.text),
    });
    CardInfo {
        name: card.name.clone(),
        title: title(&card.words.title),
        text: line(&card.words.text),
        words: words.collect(),
    }
}
