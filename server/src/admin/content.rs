//! What releases consist of, by the hash of its bytes: it never changes, so everybody may keep it for ever.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::AdminState;
use super::reply::Refusal;
use crate::storage::Found;

/// For everybody, for a year, without asking again.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// `GET /content/{sha256}`.
pub(super) async fn serve(
    State(state): State<AdminState>,
    Path(hash): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let is_hash = hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if !is_hash {
        return Err(Refusal::BadRequest("a hash has 64 lower-case hexadecimal digits".to_owned()));
    }
    let tag = format!("\"{hash}\"");
    // The hash is the tag, so only whether there is such content is of interest.
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes())
        && (state.store.has_content(hash.clone()).await? || state.releases.composed(&hash).is_some())
    {
        let headers = [(header::ETAG, tag), (header::CACHE_CONTROL, FOR_EVER.to_owned())];
        return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
    }
    let content = match state.store.find_content(hash).await? {
        Found::Here(content) => content,
        Found::Collected => {
            return Err(Refusal::Gone(
                "this image belonged to an old scene and is not kept any more".to_owned(),
            ));
        }
        // A card on the rules of a room is in memory only.
        Found::Nothing => state
            .releases
            .composed(tag.trim_matches('"'))
            .ok_or_else(|| Refusal::NotFound("there is no such content".to_owned()))?,
    };
    let headers = [
        (header::CONTENT_TYPE, content.media_type),
        (header::CACHE_CONTROL, FOR_EVER.to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (header::ETAG, tag),
    ];
    Ok((headers, content.bytes).into_response())
}
