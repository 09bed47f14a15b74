//! Answers of the API: JSON, also for everything that goes wrong.

use std::time::Duration;

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use hotlogic::{CardError, ScriptError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::password::PasswordError;
use super::principal::NameError;
use crate::release::PublishError;
use crate::storage::{OperatorError, Role, StoreError};

/// Longest body of a call, bytes: a script with every character escaped, and words.
const MAX_BODY: usize = 512 * 1024;
/// How much more than allowed is read before the connection is cut.
const MAX_THROWN_AWAY: usize = 64 * 1024 * 1024;
/// Longest time for a body: the largest image over a slow line.
const BODY_TIME: Duration = Duration::from_secs(180);

/// Why a call was not done, in words and as a status.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    /// No token, a wrong one, or a session that is over.
    #[error("log in, or send `Authorization: Bearer TOKEN`")]
    Unauthorized,
    /// A token that is not the right one.
    #[error("this is not the admin token")]
    WrongToken,
    /// A name or a password that is not right; which of them is not said.
    #[error("the name or the password is not right")]
    WrongPassword,
    /// The account is shut.
    #[error("this account is disabled; an admin can enable it")]
    Disabled,
    /// Logged in by cookie, but the request may come from another site.
    #[error("send the header `X-Hotswap-Admin: 1`")]
    Forged,
    /// The request comes from a page of another site.
    #[error("this call was made by a page of another site")]
    OtherSite,
    /// Known, but not allowed to do this.
    #[error("this needs the role {}; {name} has the role {}", .needs.as_str(), .role.as_str())]
    Forbidden {
        /// Who asked.
        name: String,
        /// The role that they have.
        role: Role,
        /// The least role that may.
        needs: Role,
    },
    /// Too many wrong tokens or passwords from this address or for this account; seconds to wait.
    #[error("too many wrong tokens or passwords; wait {0} seconds")]
    Guessing(u64),
    /// Somebody else changed something in between; the answer says what.
    #[error("{message}")]
    Conflict {
        /// What has happened.
        message: String,
        /// More fields of the answer.
        fields: serde_json::Value,
    },
    /// The body is not what the call takes.
    #[error("{0}")]
    BadRequest(String),
    /// The body is too long.
    #[error("the body is too long: at most {0} bytes are taken")]
    TooLarge(usize),
    /// The body did not arrive.
    #[error("the body did not arrive within {} seconds", BODY_TIME.as_secs())]
    TooSlow,
    /// There is no such thing.
    #[error("{0}")]
    NotFound(String),
    /// It was there, and will not come back by itself.
    #[error("{0}")]
    Gone(String),
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
            Self::Unauthorized | Self::WrongToken | Self::WrongPassword => StatusCode::UNAUTHORIZED,
            Self::Forged | Self::OtherSite | Self::Disabled | Self::Forbidden { .. } => StatusCode::FORBIDDEN,
            Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::Guessing(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Gone(_) => StatusCode::GONE,
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
        match &self {
            Self::Script(error) => {
                // What concerns the whole script is shown at its beginning.
                body["line"] = error.line.unwrap_or(1).into();
                body["column"] = error.column.unwrap_or(1).into();
            }
            Self::Forbidden { needs, .. } => body["needs"] = needs.as_str().into(),
            Self::Conflict { fields: serde_json::Value::Object(fields), .. } => {
                for (name, value) in fields {
                    body[name] = value.clone();
                }
            }
            _ => {}
        }
        let mut response = (self.status(), Json(body)).into_response();
        let headers = response.headers_mut();
        // What is missing or refused now may be there in a moment.
        headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
        match self {
            Self::Unauthorized | Self::WrongToken | Self::WrongPassword => {
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

impl From<OperatorError> for Refusal {
    fn from(error: OperatorError) -> Self {
        let message = error.to_string();
        match error {
            OperatorError::Unknown => Self::NotFound(message),
            OperatorError::NameTaken | OperatorError::LastAdmin | OperatorError::NotFirst => {
                Self::Conflict { message, fields: json!({}) }
            }
        }
    }
}

impl From<PasswordError> for Refusal {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::TooShort | PasswordError::TooLong | PasswordError::IsName => {
                Self::Unusable(error.to_string())
            }
            PasswordError::Hash(_) => {
                tracing::error!("{error}");
                Self::Internal
            }
        }
    }
}

impl From<NameError> for Refusal {
    fn from(error: NameError) -> Self {
        Self::Unusable(error.to_string())
    }
}

impl From<PublishError> for Refusal {
    fn from(error: PublishError) -> Self {
        match error {
            PublishError::Rejected(error) => Self::Script(error),
            PublishError::Card(CardError { card, error }) => {
                let message = format!("card `{card}`: {}", error.message);
                Self::Script(ScriptError { message, ..error })
            }
            PublishError::TooBig => {
                Self::Script(ScriptError { message: error.to_string(), line: None, column: None })
            }
            PublishError::BadVersion
            | PublishError::BadNote
            | PublishError::BadReach
            | PublishError::BadTime
            | PublishError::TooManySchedules
            | PublishError::NoRoom(_)
            | PublishError::TooManySkins
            | PublishError::TooManyCards
            | PublishError::NoImage(_)
            | PublishError::BadImage(_) => Self::Unusable(error.to_string()),
            PublishError::NotRolling(_)
            | PublishError::NotWaiting(_)
            | PublishError::NoScene(_)
            | PublishError::NoCard(_)
            | PublishError::NoRelease(_) => Self::NotFound(error.to_string()),
            PublishError::ImagesGone(_) => Self::Gone(error.to_string()),
            PublishError::NoContent => {
                tracing::error!("a call to the admin API failed: {error}");
                Self::Internal
            }
            PublishError::Conflict { based_on, live } => Self::Conflict {
                message: error.to_string(),
                fields: json!({ "based_on": based_on, "live": live }),
            },
            PublishError::Superseded | PublishError::Reached { .. } => {
                Self::Conflict { message: error.to_string(), fields: json!({}) }
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

/// What comes after the `?` of an address. What is wrong with it is answered in JSON.
pub(super) struct Asked<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let query = Query::from_request_parts(parts, state).await;
        query.map(|Query(asked)| Self(asked)).map_err(|error| Refusal::BadRequest(error.body_text()))
    }
}

/// A JSON body of at most `MAX` bytes. What is wrong with it is answered in JSON, whatever its content type says.
pub(super) struct Body<T, const MAX: usize = MAX_BODY>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned, const MAX: usize> FromRequest<S> for Body<T, MAX> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        let reading = tokio::time::timeout(BODY_TIME, read(request.into_body(), MAX));
        let bytes = reading.await.map_err(|_| Refusal::TooSlow)??;
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|error| Refusal::BadRequest(format!("the body is not what this call takes: {error}")))
    }
}

/// Takes a body in. One that is too long is read on for a while and thrown away: a caller who is cut off in the middle
/// of sending often does not get to see why.
async fn read(body: axum::body::Body, max: usize) -> Result<Vec<u8>, Refusal> {
    let mut chunks = body.into_data_stream();
    let (mut bytes, mut length) = (Vec::new(), 0_usize);
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| Refusal::BadRequest(format!("the body broke off: {error}")))?;
        length += chunk.len();
        if length <= max {
            bytes.extend_from_slice(&chunk);
        } else if length <= max + MAX_THROWN_AWAY {
            bytes = Vec::new();
        } else {
            break;
        }
    }
    if length > max { Err(Refusal::TooLarge(max)) } else { Ok(bytes) }
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
