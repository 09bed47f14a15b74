//! Two operators at once: the slower one is told who was faster, and with what.

use serde_json::json;

use super::AdminState;
use super::api::Release;
use super::reply::Refusal;
use crate::release::PublishError;
use crate::storage::{ReleaseKind, ReleaseRecord};

/// So many releases are named.
const MAX_NAMED: u32 = 20;

/// Adds to a conflict what has happened since the operator began.
pub(super) async fn explain<T>(
    state: &AdminState,
    kind: ReleaseKind,
    outcome: Result<T, PublishError>,
) -> Result<T, Refusal> {
    let (based_on, live) = match outcome {
        Ok(published) => return Ok(published),
        Err(PublishError::Conflict { based_on, live }) => (based_on, live),
        Err(error) => return Err(error.into()),
    };
    let newest = state.store.releases(u32::MAX, MAX_NAMED).await?;
    let since: Vec<ReleaseRecord> =
        newest.into_iter().filter(|record| record.number > based_on && record.kind == kind).collect();
    let message = match since.first() {
        Some(newer) if newer.number == live => {
            format!(
                "{} published release {} \u{201c}{}\u{201d} since you started from release {based_on}; nothing was published",
                newer.author, newer.number, newer.version
            )
        }
        _ => format!(
            "release {live} is in force now, and no longer release {based_on}, from which you started; nothing was published"
        ),
    };
    let since: Vec<Release> = since.into_iter().map(|record| Release::new(state, record)).collect();
    Err(Refusal::Conflict { message, fields: json!({ "based_on": based_on, "live": live, "since": since }) })
}
