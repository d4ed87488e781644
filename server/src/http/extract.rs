//! Extractors: what handlers take from a request. Every refusal is a `Problem`.

use super::{ApiResult, HttpProblem};
use crate::{
    auth::{Origin, Viewer, cookie::DeviceCookie, secret, session::Credential},
    state::AppState,
};
use app::protocol::{ChatId, FieldCode, Problem, ProblemCode, Seq};
use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Path, Query, Request, rejection::JsonRejection},
};
use axum_client_ip::ClientIp;
use http::{StatusCode, header, request::Parts};
use serde::de::DeserializeOwned;
use std::str::FromStr;

/// A JSON body. Unknown fields are ignored.
pub struct ApiJson<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for ApiJson<T> {
    type Rejection = HttpProblem;

    async fn from_request(request: Request, state: &AppState) -> ApiResult<Self> {
        match Json::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection) => Err(match rejection {
                JsonRejection::JsonSyntaxError(_) => ProblemCode::InvalidJson.into(),
                JsonRejection::JsonDataError(_) => Problem::field("body", FieldCode::Malformed).into(),
                JsonRejection::MissingJsonContentType(_) => ProblemCode::UnsupportedMediaType.into(),
                other if other.status() == StatusCode::PAYLOAD_TOO_LARGE => ProblemCode::TooLarge.into(),
                _ => ProblemCode::InvalidJson.into(),
            }),
        }
    }
}

/// A query string; `invalid` if it can't be parsed.
pub struct ApiQuery<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for ApiQuery<T> {
    type Rejection = HttpProblem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> ApiResult<Self> {
        let Query(query) =
            Query::from_request_parts(parts, state).await.map_err(|_| Problem::field("query", FieldCode::Malformed))?;
        Ok(Self(query))
    }
}

/// A chat's id in the path. A text that is not an id gives `chat_not_found`.
pub struct ApiPath<T>(pub T);

impl<T: FromStr + Send> FromRequestParts<AppState> for ApiPath<T> {
    type Rejection = HttpProblem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> ApiResult<Self> {
        let text = Path::<String>::from_request_parts(parts, state).await.map(|Path(text)| text).unwrap_or_default();
        text.parse().map(Self).map_err(|_| ProblemCode::ChatNotFound.into())
    }
}

/// A chat's id and a message's `seq` in the path.
pub struct MessageKey(pub ChatId, pub Seq);

impl FromRequestParts<AppState> for MessageKey {
    type Rejection = HttpProblem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> ApiResult<Self> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((chat, seq)) = path.unwrap_or_else(|_| Path(Default::default()));
        let chat = chat.parse().map_err(|_| Problem::from(ProblemCode::ChatNotFound))?;
        let seq = seq.parse().map_err(|_| Problem::from(ProblemCode::MessageNotFound))?;
        Ok(Self(chat, seq))
    }
}

/// The problem that prevented the lookup of the viewer. A page shows it instead of its content.
#[derive(Clone)]
pub struct Trouble(pub Problem);

/// The viewer, if the request has a valid session. Looked up once per request.
#[derive(Clone)]
pub struct MaybeViewer(pub Option<Viewer>);

impl FromRequestParts<AppState> for MaybeViewer {
    type Rejection = HttpProblem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> ApiResult<Self> {
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        if let Some(Trouble(problem)) = parts.extensions.get::<Trouble>() {
            return Err(problem.clone().into());
        }
        let viewer = match Credential::from_headers(&parts.headers, state.config.cookie()) {
            Some(credential) => state.accounts.viewer(&credential).await?,
            None => None,
        };
        let found = Self(viewer);
        parts.extensions.insert(found.clone());
        Ok(found)
    }
}

impl FromRequestParts<AppState> for Viewer {
    type Rejection = HttpProblem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> ApiResult<Self> {
        let MaybeViewer(viewer) = MaybeViewer::from_request_parts(parts, state).await?;
        viewer.ok_or_else(|| ProblemCode::Unauthenticated.into())
    }
}

impl FromRequestParts<AppState> for Origin {
    type Rejection = HttpProblem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> ApiResult<Self> {
        let ClientIp(address) = ClientIp::from_request_parts(parts, state).await.map_err(|_| {
            // The proxy doesn't send the header that BEDSIDE_CLIENT_IP names: the operator has to
            // correct the setting.
            tracing::error!("no client address: BEDSIDE_CLIENT_IP does not fit how requests arrive");
            Problem::from(ProblemCode::Internal)
        })?;
        let user_agent =
            parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let token_hash = state.config.cookie().token(&parts.headers).map(|token| secret::token_hash(&token));
        let device = DeviceCookie { https: state.config.https }.value(&parts.headers);
        Ok(Self { address, user_agent, token_hash, device })
    }
}
