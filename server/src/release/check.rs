//! The check that every script passes before a room sees it, when it is published and when it is loaded.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hotlogic::dry_run::MAX_RECORDED_FIGHTS;
use hotlogic::{DryRunReport, RhaiRules, ScriptError};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::publish::PublishError;
use super::recordings::Recordings;
use super::{LoadedRelease, Releases};

/// Longest that a check may take. Limits inside of the engine end a bad script long before; this is for a machine that
/// is out of breath.
const TIME: Duration = Duration::from_secs(10);
/// Longest that a check waits for the one before.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs checks one at a time, so that they cannot take more than one core from the fight.
pub(super) struct Checker {
    turn: Arc<Semaphore>,
    recordings: Arc<Recordings>,
    /// Content hash of the rules whose cost was asked for last, and operations a tick.
    cost: Mutex<Option<(String, f64)>>,
}

/// Why a script was not accepted.
#[derive(Debug)]
pub(super) enum CheckError {
    /// Longer than [`hotlogic::MAX_SCRIPT_BYTES`].
    TooBig,
    /// It does not compile, or failed in the dry run.
    Rejected(ScriptError),
    /// It took longer than [`TIME`].
    TooSlow,
    /// Other checks are still running.
    Busy,
}

impl Checker {
    pub(super) fn new(recordings: Arc<Recordings>) -> Self {
        Self { turn: Arc::new(Semaphore::new(1)), recordings, cost: Mutex::default() }
    }

    /// Compiles a script and plays a generated fight with it, and the newest recorded ones.
    pub(super) async fn check(&self, script: Arc<str>) -> Result<(RhaiRules, DryRunReport), CheckError> {
        if script.len() > hotlogic::MAX_SCRIPT_BYTES {
            return Err(CheckError::TooBig);
        }
        let turn = timeout(PATIENCE, Arc::clone(&self.turn).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(CheckError::Busy) };
        let recorded = self.recordings.newest(MAX_RECORDED_FIGHTS);
        let running = tokio::task::spawn_blocking(move || {
            // A check that is given up keeps its turn until it has really ended.
            let _turn = turn;
            let rules = RhaiRules::compile(&script)?;
            let report = hotlogic::dry_run_on(&rules, &recorded)?;
            Ok((rules, report))
        });
        match timeout(TIME, running).await {
            Ok(Ok(result)) => result.map_err(CheckError::Rejected),
            Ok(Err(crash)) => Err(CheckError::Rejected(script_error(format!("the check crashed: {crash}")))),
            Err(_) => Err(CheckError::TooSlow),
        }
    }

    /// Operations a tick of rules that were checked before, in the generated fight. Played once for each script.
    async fn cost_of(&self, release: &LoadedRelease) -> Option<f64> {
        let known = || self.cost.lock().unwrap_or_else(PoisonError::into_inner);
        let hash = &release.info.hash;
        if let Some((_, cost)) = known().as_ref().filter(|(of, _)| of == hash) {
            return Some(*cost);
        }
        let turn = timeout(PATIENCE, Arc::clone(&self.turn).acquire_owned()).await.ok()?.ok()?;
        let rules = release.rules.clone();
        let running = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            hotlogic::dry_run(&rules)
        });
        let cost = timeout(TIME, running).await.ok()?.ok()?.ok()?.operations_per_tick();
        *known() = Some((hash.clone(), cost));
        Some(cost)
    }
}

impl Releases {
    /// Checks a script without storing anything.
    ///
    /// # Errors
    /// [`PublishError::TooBig`], [`PublishError::Rejected`] and [`PublishError::Busy`].
    pub async fn check_script(&self, script: String) -> Result<(RhaiRules, DryRunReport), PublishError> {
        Ok(self.inner.checker.check(script.into()).await?)
    }

    /// Operations a tick of the live rules, in the generated fight of a check: what a draft is compared with. `None` in safe
    /// mode, or when the machine is too busy to find out.
    pub async fn live_cost(&self) -> Option<f64> {
        let live = self.rules()?;
        self.inner.checker.cost_of(&live).await
    }
}

impl From<CheckError> for PublishError {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::TooBig => Self::TooBig,
            CheckError::Rejected(error) => Self::Rejected(error),
            CheckError::TooSlow => Self::Rejected(script_error(format!(
                "the check did not end within {} seconds: the script does too much",
                TIME.as_secs()
            ))),
            CheckError::Busy => Self::Busy,
        }
    }
}

/// An error that has no place in the script.
fn script_error(message: String) -> ScriptError {
    ScriptError { message, line: None, column: None }
}
