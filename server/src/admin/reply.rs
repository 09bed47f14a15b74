//! Answers of the API: JSON, also for everything that goes wrong.

use axum::Json;
use axum::extract::FromRequest;
use axum::extract::rejection::BytesRejection;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use hotlogic::ScriptError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::release::PublishError;
use crate::storage::StoreError;

/// Why a call was not done, in words and as a status.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// No token, a wrong one, or a session that is over.
    #[error("log in, or send `Authorization: Bearer TOKEN`")]
    Unauthorized,
    /// Logged in by cookie, but the request may come from another site.
    #[error("send the header `X-Hotswap-Admin: 1`")]
    Forged,
    /// Too many wrong tokens from this address.
    #[error("too many wrong tokens; wait {0} seconds")]
    Guessing(u64),
    /// The body is not what the call takes.
    #[error("{0}")]
    BadRequest(String),
    /// The body is too long.
    #[error("the body is too long")]
    TooLarge,
    /// There is no such thing.
    #[error("{0}")]
    NotFound(String),
    /// The path exists, but not with this method.
    #[error("this path does not take {0}")]
    WrongMethod(Method),
    /// The script is not good.
    #[error("{}", .0.message)]
    Script(ScriptError),
    /// What was sent is understood, but not good.
    #[error("{0}")]
    Unusable(String),
    /// Not now.
    #[error("{0}")]
    NotNow(String),
    /// The server failed; nothing has changed.
    #[error("the server failed; nothing has changed, and its log says why")]
    Internal,
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forged => StatusCode::FORBIDDEN,
            Self::Guessing(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::WrongMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Script(_) | Self::Unusable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::NotNow(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut body = json!({ "success": false, "message": self.to_string() });
        if let Self::Script(error) = &self {
            // What concerns the whole script is shown at its beginning.
            body["line"] = error.line.unwrap_or(1).into();
            body["column"] = error.column.unwrap_or(1).into();
        }
        let mut response = (self.status(), Json(body)).into_response();
        let headers = response.headers_mut();
        match self {
            Self::Unauthorized => {
                headers.insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
            }
            Self::Guessing(seconds) => {
                headers.insert(header::RETRY_AFTER, seconds.into());
            }
            _ => {}
        }
        response
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!("a call to the admin API failed: {error}");
        Self::Internal
    }
}

impl From<PublishError> for Refusal {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Rejected(error) => Self::Script(error),
            PublishError::TooBig => {
                Self::Script(ScriptError { message: error.to_string(), line: None, column: None })
            }
            PublishError::BadVersion | PublishError::BadNote | PublishError::BadImage(_) => {
                Self::Unusable(error.to_string())
            }
            PublishError::Busy | PublishError::NotReady => Self::NotNow(error.to_string()),
            PublishError::Store(error) => error.into(),
            PublishError::Interrupted => {
                tracing::error!("a publication was interrupted");
                Self::Internal
            }
        }
    }
}

/// A JSON body. What is wrong with it is answered in JSON, whatever its content type says.
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: axum::extract::Request, state: &S) -> Result<Self, Refusal> {
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| match rejection {
            BytesRejection::FailedToBufferBody(failed)
                if failed.status() == StatusCode::PAYLOAD_TOO_LARGE =>
            {
                Refusal::TooLarge
            }
            other => Refusal::BadRequest(other.body_text()),
        })?;
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| Refusal::BadRequest(format!("the body is not what this call takes: {error}")))
    }
}

/// A good answer: the fields of `body` and `success: true`. Never cached.
pub(super) fn success(body: impl Serialize) -> Response {
    #[derive(Serialize)]
    struct Success<T> {
        success: bool,
        #[serde(flatten)]
        body: T,
    }
    ([(header::CACHE_CONTROL, "no-store")], Json(Success { success: true, body })).into_response()
}

pub(super) async fn wrong_method(method: Method) -> Refusal {
    Refusal::WrongMethod(method)
}

pub(super) async fn unknown_path() -> Refusal {
    Refusal::NotFound("there is no such call".to_owned())
}
