//! The audit log, page by page.

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::AdminState;
use super::reply::{Asked, Refusal, success};
use crate::storage::{AuditEntry, AuditQuery};

/// Most rows of one answer.
pub(super) const MAX_LISTED: u32 = 500;
/// Rows of an answer when nothing else is asked for.
const LISTED: u32 = 100;

/// Which rows are wanted.
#[derive(Deserialize)]
pub(super) struct Page {
    /// Only rows with a smaller id: `next` of the page before.
    before: Option<u64>,
    /// At most so many.
    limit: Option<u32>,
    /// Only what those did whose name has this in it.
    who: Option<String>,
    /// Only this.
    action: Option<String>,
}

/// A row as the API shows it.
#[derive(Serialize)]
pub(super) struct Entry {
    id: u64,
    at_ms: u64,
    who: String,
    action: String,
    release: Option<u32>,
    detail: String,
    note: String,
    address: Option<String>,
}

impl From<AuditEntry> for Entry {
    fn from(entry: AuditEntry) -> Self {
        let AuditEntry { id, at_ms, who, action, release, detail, note, address } = entry;
        Self { id, at_ms, who, action, release, detail, note, address }
    }
}

/// `GET /api/audit`: who did what, newest first.
pub(super) async fn list(
    State(state): State<AdminState>,
    Asked(page): Asked<Page>,
) -> Result<Response, Refusal> {
    let limit = page.limit.unwrap_or(LISTED).clamp(1, MAX_LISTED);
    let text = |text: Option<String>| text.filter(|text| !text.is_empty());
    let query = AuditQuery {
        before: page.before.unwrap_or(u64::MAX),
        limit,
        who: text(page.who),
        action: text(page.action),
    };
    let entries: Vec<Entry> = state.store.audit_page(query).await?.into_iter().map(Entry::from).collect();
    let full = entries.len() == limit as usize;
    let next = entries.last().map(|entry| entry.id).filter(|_| full);
    Ok(success(json!({ "entries": entries, "next": next })))
}
