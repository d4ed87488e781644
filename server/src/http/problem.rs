//! Turns a `Problem` into an HTTP response, `application/problem+json` (RFC 9457). No other module
//! does.

use crate::db::DbError;
use app::protocol::{FieldCode, Problem, ProblemCode};
use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

/// A problem as an HTTP response.
#[derive(Debug, Clone)]
pub struct HttpProblem(pub Problem);

impl From<Problem> for HttpProblem {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<ProblemCode> for HttpProblem {
    fn from(code: ProblemCode) -> Self {
        Self(code.into())
    }
}

impl From<DbError> for HttpProblem {
    fn from(error: DbError) -> Self {
        Self(error.into())
    }
}

/// A problem (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// `urn:bedside:problem:` and the code.
    r#type: String,
    /// The HTTP status in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What happened, in English.
    detail: &'static str,
    /// The code, for programs.
    code: ProblemCode,
    /// Milliseconds to wait before a new try; with `rate_limited`, `unavailable` and `overloaded`.
    #[serde(rename = "retryAfterMs", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    retry_after_ms: Option<u64>,
    /// The invalid fields; with `invalid` only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldBody>,
}

/// An invalid field.
#[derive(Serialize, ToSchema)]
#[schema(as = FieldProblem)]
struct FieldBody {
    field: String,
    code: FieldCode,
    detail: &'static str,
}

impl IntoResponse for HttpProblem {
    fn into_response(self) -> Response {
        let Self(problem) = self;
        let code = problem.code;
        let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = ProblemBody {
            r#type: format!("urn:bedside:problem:{}", code.as_str()),
            title: status.canonical_reason().unwrap_or("Error"),
            status: code.status(),
            detail: code.detail(),
            code,
            retry_after_ms: problem.retry_after_ms(),
            errors: problem
                .errors
                .iter()
                .map(|error| FieldBody { field: error.field.clone(), code: error.code, detail: error.code.detail() })
                .collect(),
        };
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if code == ProblemCode::Unauthenticated {
            // Required by RFC 9110, section 15.5.2. For `Bearer`, browsers show no sign-in dialog.
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = problem.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The fallback for an address without a handler.
pub async fn not_found() -> HttpProblem {
    ProblemCode::NotFound.into()
}

/// The fallback for an address whose handlers don't support the method.
pub async fn method_not_allowed() -> HttpProblem {
    ProblemCode::MethodNotAllowed.into()
}
