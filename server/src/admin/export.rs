//! Everything that was ever published and done, as one JSON document, written page by page.

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::Stream;
use serde::Serialize;

use super::audit::{Entry, MAX_LISTED};
use super::{AdminState, api};
use crate::storage::AuditQuery;
use crate::unix_ms;

/// Releases that are read at once; each brings its script.
const RELEASES: u32 = 20;

/// Why a document broke off.
#[derive(Debug, thiserror::Error)]
#[error("the export broke off: {0}")]
struct Broken(String);

/// `GET /api/export`: all releases with their scripts, and the audit log, newest first.
pub(super) async fn export(State(state): State<AdminState>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"hotswap-history.json\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, Body::from_stream(document(state))).into_response()
}

fn document(state: AdminState) -> impl Stream<Item = Result<Bytes, Broken>> {
    async_stream::try_stream! {
        yield Bytes::from(format!("{{\"exported_ms\":{},\"releases\":[", unix_ms()));
        let mut list = List::default();
        let mut before = u32::MAX;
        loop {
            let page = state.store.releases(before, RELEASES).await.map_err(broken)?;
            let Some(last) = page.last() else { break };
            before = last.number;
            for record in page {
                let release = api::with_content(&state, record).await.map_err(broken)?;
                yield list.item(&release)?;
            }
        }
        yield Bytes::from_static(b"],\n\"audit\":[");
        let mut list = List::default();
        let mut query = AuditQuery { before: u64::MAX, limit: MAX_LISTED, who: None, action: None };
        loop {
            let page = state.store.audit_page(query.clone()).await.map_err(broken)?;
            let Some(last) = page.last() else { break };
            query.before = last.id;
            for entry in page {
                yield list.item(&Entry::from(entry))?;
            }
        }
        yield Bytes::from_static(b"]}\n");
    }
}

/// Items with commas in between.
#[derive(Default)]
struct List {
    begun: bool,
}

impl List {
    fn item(&mut self, item: &impl Serialize) -> Result<Bytes, Broken> {
        let mut text =
            if std::mem::replace(&mut self.begun, true) { b",\n".to_vec() } else { b"\n".to_vec() };
        serde_json::to_writer(&mut text, item).map_err(broken)?;
        Ok(text.into())
    }
}

fn broken(error: impl std::fmt::Display) -> Broken {
    tracing::error!("an export broke off: {error}");
    Broken(error.to_string())
}
