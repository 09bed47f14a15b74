//! A rehearsal: the recorded fights by the live rules and by a draft, before anybody plays by it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hotlogic::{Rehearsal, RhaiRules};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::Releases;
use super::publish::PublishError;

/// Longest that a rehearsal may take. What it plays is bounded long before; this is for a machine that is out of breath.
const TIME: Duration = Duration::from_secs(20);
/// Longest that one waits for another operator's.
const PATIENCE: Duration = Duration::from_secs(30);
/// Most recorded fights that are played.
const MAX_FIGHTS: usize = 20;

/// Lets one rehearsal run at a time, and of each operator's only the newest.
pub(super) struct Stage {
    turn: Arc<Semaphore>,
    newest: Arc<Mutex<Wanted>>,
}

/// The newest rehearsal of each operator, while it runs: set when it is not wanted any more.
type Wanted = BTreeMap<String, Arc<AtomicBool>>;

/// A rehearsal that somebody waits for.
struct Ticket {
    who: String,
    given_up: Arc<AtomicBool>,
    newest: Arc<Mutex<Wanted>>,
}

impl Default for Stage {
    fn default() -> Self {
        Self { turn: Arc::new(Semaphore::new(1)), newest: Arc::default() }
    }
}

impl Stage {
    /// Takes the place of an operator's earlier one.
    fn enter(&self, who: &str) -> Ticket {
        let given_up = Arc::new(AtomicBool::new(false));
        let earlier = self
            .newest
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(who.to_owned(), Arc::clone(&given_up));
        if let Some(earlier) = earlier {
            earlier.store(true, Ordering::Relaxed);
        }
        Ticket { who: who.to_owned(), given_up, newest: Arc::clone(&self.newest) }
    }
}

impl Ticket {
    fn still_wanted(&self) -> Result<(), PublishError> {
        if self.given_up.load(Ordering::Relaxed) { Err(PublishError::Superseded) } else { Ok(()) }
    }
}

impl Drop for Ticket {
    /// Also when whoever asked has hung up.
    fn drop(&mut self) {
        self.given_up.store(true, Ordering::Relaxed);
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        if newest.get(&self.who).is_some_and(|other| Arc::ptr_eq(other, &self.given_up)) {
            newest.remove(&self.who);
        }
    }
}

impl Releases {
    /// Checks a script and says in numbers what it would change. A later call for the same operator ends this one.
    ///
    /// # Errors
    /// As [`Releases::check_script`], and [`PublishError::Superseded`].
    pub async fn rehearse(&self, who: &str, script: String) -> Result<Rehearsal, PublishError> {
        let ticket = self.inner.stage.enter(who);
        let (draft, _) = self.check_script(script).await?;
        ticket.still_wanted()?;
        let turn = timeout(PATIENCE, Arc::clone(&self.inner.stage.turn).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(PublishError::Busy) };
        ticket.still_wanted()?;
        let live = self.rules();
        let recorded = self.inner.recordings.newest(MAX_FIGHTS);
        let given_up = Arc::clone(&ticket.given_up);
        let playing = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let live = match live {
                Some(live) => live.rules.clone(),
                // Safe mode plays what a script without any hooks plays.
                None => RhaiRules::compile("")?,
            };
            hotlogic::rehearse(&live, &draft, &recorded, || given_up.load(Ordering::Relaxed))
        });
        match timeout(TIME, playing).await {
            Ok(Ok(Ok(Some(rehearsal)))) => Ok(rehearsal),
            Ok(Ok(Ok(None))) => Err(PublishError::Superseded),
            Ok(Ok(Err(error))) => Err(PublishError::Rejected(error)),
            Ok(Err(crash)) => {
                tracing::error!("a rehearsal crashed: {crash}");
                Err(PublishError::Interrupted)
            }
            Err(_) => Err(PublishError::Busy),
        }
    }
}
