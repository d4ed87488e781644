//! Refuses state changes and sockets that another site's page starts.

use super::HttpProblem;
use crate::config::Config;
use app::protocol::{Problem, ProblemCode};
use axum::{body::Body, response::IntoResponse};
use http::{HeaderMap, Response, header};
use tower_http::csrf::{ConfigError, CsrfLayer, ProtectionError};

/// The function that builds the response to a refused request.
pub type Refusal = fn(ProtectionError) -> Response<Body>;

fn refuse(_: ProtectionError) -> Response<Body> {
    HttpProblem::from(ProblemCode::CrossOrigin).into_response()
}

/// A layer that refuses state changes from other sites, by `Sec-Fetch-Site` and `Origin`. It lets
/// GET through.
pub fn csrf_layer(config: &Config) -> Result<CsrfLayer<Refusal>, ConfigError> {
    let mut layer = CsrfLayer::new();
    for origin in &config.origins {
        layer = layer.add_trusted_origin(origin)?;
    }
    Ok(layer.with_rejection_response(refuse as Refusal))
}

/// Refuses a socket that another site's page opens. Browsers send cookies with such a request, and
/// no same-origin rule prevents it. Programs that send no `Origin` may connect.
pub fn check_socket_origin(config: &Config, headers: &HeaderMap) -> Result<(), Problem> {
    match headers.get(header::ORIGIN) {
        None => Ok(()),
        Some(origin) if config.origins.iter().any(|known| known.as_bytes() == origin.as_bytes()) => Ok(()),
        Some(_) => Err(ProblemCode::CrossOrigin.into()),
    }
}
