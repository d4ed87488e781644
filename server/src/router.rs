//! Every route there is.

use crate::{
    http::{
        account, asyncapi,
        backend::RequestBackend,
        chat, doctor, headers, health, message, openapi, origin,
        overload::{self, Gate},
        page, problem, safety, saved_reply, search, session, standing,
    },
    live::socket,
    socketio,
    state::AppState,
};
use app::api::Backend;
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    middleware,
    response::Response,
    routing::{get, post},
};
use http::{StatusCode, request::Parts};
use leptos::context::{provide_context, use_context};
use leptos_axum::{LeptosRoutes, generate_route_list};
use prometheus_client::metrics::counter::Counter;
use std::{path::Path, sync::Arc, time::Duration};
use tower_http::{
    CompressionLevel,
    compression::CompressionLayer,
    csrf::ConfigError,
    limit::RequestBodyLimitLayer,
    services::{ServeDir, ServeFile},
    timeout::TimeoutLayer,
};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Largest body of a REST call, in bytes (the contract).
const API_BODY_MAX_BYTES: usize = 64 * 1024;
/// Largest form post, in bytes: the longest message, four bytes a character, each percent-encoded.
const FORM_BODY_MAX_BYTES: usize = 160 * 1024;

/// A request must be read and answered within this; a body that trickles in holds nothing for ever.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Pages being rendered at a time: each takes up far more than a call.
const PAGES_MAX: usize = 128;

/// The whole program as one service.
pub fn build(state: &AppState) -> Result<Router, ConfigError> {
    let site = Path::new(&*state.leptos.site_root).to_owned();
    let gate = |count| Gate::new(count, state.metrics.refused_overloaded.clone());
    let (calls, renderings) = (gate(state.config.calls_max), gate(PAGES_MAX));
    let (api, description) = described(&calls).split_for_parts();
    let router = api
        .merge(openapi::router(&state.config, description))
        .merge(asyncapi::router(&state.config))
        .route("/ws", get(socket::upgrade))
        .merge(socketio::router())
        .merge(forms(&calls))
        .merge(pages(state, &renderings))
        .merge(styleguide(state))
        .nest_service("/pkg", files(&site.join("pkg")).layer(middleware::from_fn(headers::immutable)))
        .merge(icons(&site))
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(origin::csrf_layer(&state.config)?)
        .layer(state.config.client_ip.clone().into_extension())
        .layer(middleware::from_fn_with_state(state.clone(), headers::set))
        .with_state(state.clone());
    Ok(router)
}

/// The description of [`described`]'s calls (OpenAPI 3.1).
#[must_use]
pub fn describe() -> utoipa::openapi::OpenApi {
    described(&Gate::new(0, Counter::default())).into_openapi()
}

/// What programs call.
fn described(calls: &Gate) -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(openapi::base())
        .nest("/api", api(calls))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
}

fn api(gate: &Gate) -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(account::create))
        .routes(routes!(session::show, session::create, session::delete))
        .routes(routes!(doctor::list))
        .routes(routes!(doctor::settings, doctor::replace_settings))
        .routes(routes!(chat::list))
        .routes(routes!(chat::initiate))
        .routes(routes!(chat::show))
        .routes(routes!(message::list, message::create))
        .routes(routes!(message::changes))
        .routes(routes!(message::retract))
        .routes(routes!(chat::read))
        .routes(routes!(search::search))
        .routes(routes!(standing::act))
        .routes(routes!(standing::report))
        .routes(routes!(standing::oversight))
        .routes(routes!(standing::settle))
        .routes(routes!(saved_reply::list, saved_reply::add))
        .routes(routes!(saved_reply::change, saved_reply::delete))
        .routes(routes!(safety::show, safety::change))
        .fallback(problem::not_found)
        .layer(middleware::from_fn_with_state(gate.clone(), overload::shed))
        .layer(DefaultBodyLimit::max(API_BODY_MAX_BYTES))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, ANSWER_WITHIN))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
}

/// Server functions: what forms post to, and what pages call in the browser.
fn forms(gate: &Gate) -> Router<AppState> {
    async fn handle(State(state): State<AppState>, request: Request) -> Response {
        use axum::response::IntoResponse;
        leptos_axum::handle_server_fns_with_context(context(state), request).await.into_response()
    }
    Router::new()
        .route("/fn/{*name}", post(handle))
        .layer(middleware::from_fn_with_state(gate.clone(), overload::shed))
        .layer(RequestBodyLimitLayer::new(FORM_BODY_MAX_BYTES))
        .layer(middleware::map_response(problem::too_large))
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, ANSWER_WITHIN))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
}

fn pages(state: &AppState, gate: &Gate) -> Router<AppState> {
    Router::new()
        .leptos_routes_with_context(state, generate_route_list(app::App), context(state.clone()), shell(state))
        .fallback(leptos_axum::render_app_async_with_context(context(state.clone()), shell(state)))
        .layer(middleware::from_fn_with_state(state.clone(), page::gate))
        .layer(middleware::from_fn_with_state(gate.clone(), overload::shed_page))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
}

/// Every component in every state: no part of what a clinic runs, where the address is that of no page.
#[cfg(feature = "styleguide")]
fn styleguide(state: &AppState) -> Router<AppState> {
    use app::styleguide::{PATH, SHEET_PATH, page, sheet};
    use leptos::prelude::IntoAny;
    let (options, sheet_options) = (state.leptos.clone(), state.leptos.clone());
    let sheet =
        move || std::future::ready(([(http::header::CONTENT_TYPE, "text/css; charset=utf-8")], sheet(&sheet_options)));
    // Asks nobody who visits, and no database: all that is shown is made up.
    let page = leptos_axum::render_app_async(move || page(options.clone()).into_any());
    Router::new().route(PATH, get(page)).route(SHEET_PATH, get(sheet))
}

#[cfg(not(feature = "styleguide"))]
fn styleguide(_: &AppState) -> Router<AppState> {
    Router::new()
}

fn shell(state: &AppState) -> impl Fn() -> leptos::prelude::AnyView + Clone + Send + Sync + 'static {
    use leptos::prelude::IntoAny;
    let options = state.leptos.clone();
    move || app::shell(options.clone()).into_any()
}

/// Gives pages and server functions the services, bound to the request they run for.
fn context(state: AppState) -> impl Fn() + Clone + Send + Sync + 'static {
    move || {
        if let Some(parts) = use_context::<Parts>() {
            provide_context::<Arc<dyn Backend>>(Arc::new(RequestBackend::new(state.clone(), parts)));
        }
    }
}

/// What browsers ask for by names that stay the same.
fn icons(site: &Path) -> Router<AppState> {
    const NAMES: [&str; 6] =
        ["favicon.svg", "icon.svg", "apple-touch-icon.png", "icon-192.png", "icon-512.png", "manifest.webmanifest"];
    NAMES.iter().fold(Router::new(), |router, name| router.route(&format!("/{name}"), file(&site.join(name))))
}

fn files(folder: &Path) -> Router {
    Router::new().fallback_service(ServeDir::new(folder).precompressed_br().precompressed_gzip())
}

fn file(path: &Path) -> axum::routing::MethodRouter<AppState> {
    axum::routing::get_service(ServeFile::new(path)).layer(middleware::from_fn(headers::for_an_hour))
}
