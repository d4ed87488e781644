//! The HTTP calls as OpenAPI 3.1, generated from the handlers, and a page to read the description.

use super::problem::ProblemBody;
use crate::config::Config;
use axum::{
    Json, Router,
    extract::Request,
    middleware::{self, Next},
    response::Response,
    routing::get,
};
use http::{HeaderValue, header};
use utoipa::{
    IntoParams, IntoResponses, Modify, OpenApi,
    openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use utoipa_swagger_ui::{Config as UiConfig, SwaggerUi};

/// The path of the description.
const DESCRIPTION: &str = "/api/openapi.json";
/// The viewer page's content security policy. Its scripts are files of this server; some of its
/// styles are inline.
const VIEWER_CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The part of the description that applies to all calls.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Bedside",
        description = "Doctor–patient chat. Sign in for a session's cookie, or send an API token as \
            `Authorization: Bearer`. Requests other than GET are refused from another site's page. Live events \
            arrive over `/ws` or Socket.IO. Any call may also return 408, 500 or 503 with a problem; try again later."
    ),
    security(("session" = []), ("token" = [])),
    modifiers(&Schemes)
)]
struct Base;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
            "bedside_session",
            "On https: `__Host-bedside_session`.",
        )));
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("bst_ and 64 hex digits");
        components.add_security_scheme("session", cookie);
        components.add_security_scheme("token", SecurityScheme::Http(token.build()));
    }
}

/// The description without calls, to which the router adds those of the handlers.
#[must_use]
pub fn base() -> utoipa::openapi::OpenApi {
    Base::openapi()
}

/// Serves the description and its viewer page, unless `BEDSIDE_API_DOCS` is off.
pub fn router<S: Clone + Send + Sync + 'static>(config: &Config, description: utoipa::openapi::OpenApi) -> Router<S> {
    if !config.api_docs {
        return Router::new();
    }
    // Calls from the viewer page use the session's cookie. The page sends nothing to an external
    // validator.
    let ui = UiConfig::from(DESCRIPTION).validator_url("none").with_credentials(true).use_base_layout();
    let viewer = Router::<S>::from(SwaggerUi::new("/api/docs").config(ui)).layer(middleware::from_fn(with_policy));
    let json = Json(description);
    viewer.route(DESCRIPTION, get(async move || json.clone()))
}

async fn with_policy(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(VIEWER_CSP));
    response
}

/// The path parameter that identifies a chat.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "describes what `ApiPath` reads")]
pub struct ChatPath {
    /// The chat.
    #[param(minimum = 1)]
    chat_id: i64,
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident { $($code:literal $variant:ident $what:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(IntoResponses)]
        pub enum $name {
            $(
                #[doc = $what]
                #[response(status = $code, content_type = "application/problem+json")]
                $variant(ProblemBody),
            )+
        }
    )+};
}

refusals! {
    /// The errors of every call that needs a session.
    NeedsSession {
        401 Unauthenticated "`unauthenticated`: no session, or one that has ended",
        429 RateLimited "`rate_limited`: an API token or a person asked too much",
    }
    /// The errors of every call with a body.
    BadBody {
        400 InvalidJson "`invalid_json`",
        413 TooLarge "`too_large`: over 64 KiB",
        415 UnsupportedMediaType "`unsupported_media_type`: not declared as JSON",
        422 Invalid "`invalid`: see `errors`",
    }
    /// The errors of every call with a query.
    BadQuery {
        422 Invalid "`invalid`: see `errors`",
    }
    /// The errors of every call for a chat of the viewer.
    NotAMember {
        404 ChatNotFound "`chat_not_found`: no such chat, or the user is not a member",
    }
    /// The errors of every call that changes something.
    ForeignPage {
        403 CrossOrigin "`cross_origin`: from another site's page",
    }
}
