//! What a draft would change, asked before anybody plays by it.

use axum::extract::{Extension, State};
use axum::response::Response;
use hotlogic::Rehearsal;
use hotlogic::rehearsal::Row;
use serde::Deserialize;
use serde_json::{Value, json};

use super::AdminState;
use super::principal::Principal;
use super::reply::{Body, Refusal, success};

/// Body of `POST /api/rehearse`.
#[derive(Deserialize)]
pub(super) struct Rehearse {
    script: String,
}

/// `POST /api/rehearse`: plays the recorded fights by the live rules and by a draft, and changes nothing.
pub(super) async fn rehearse(
    State(state): State<AdminState>,
    Extension(principal): Extension<Principal>,
    Body(body): Body<Rehearse>,
) -> Result<Response, Refusal> {
    let rehearsal = state.releases.rehearse(&principal.name, body.script).await?;
    let live = state.releases.rules().map_or(0, |rules| rules.info.number);
    Ok(success(describe(&rehearsal, live)))
}

fn describe(rehearsal: &Rehearsal, live: u32) -> Value {
    let Rehearsal { recorded, fights, ticks, seconds, .. } = rehearsal;
    let minutes = seconds / 60.0;
    let kind = if *recorded { "recorded" } else { "generated" };
    let plural = if *fights == 1 { "fight" } else { "fights" };
    json!({
        "message": format!("{fights} {kind} {plural}, {minutes:.1} minutes"),
        "source": kind,
        "fights": fights,
        "ticks": ticks,
        "minutes": rounded(minutes),
        "live": live,
        "rows": rehearsal.rows().iter().map(row).collect::<Vec<_>>(),
    })
}

fn row(row: &Row) -> Value {
    json!({
        "name": row.name,
        "title": row.title,
        "live": row.live.map(rounded),
        "draft": row.draft.map(rounded),
        "change_percent": row.change().map(rounded),
        "verdict": row.verdict(),
    })
}

/// Two digits after the point are enough to compare.
fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}
