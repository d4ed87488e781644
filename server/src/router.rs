//! Every route of the server, and the middleware around it.

use crate::{
    http::{
        account,
        admission::{self, Admission, Kind, Pools},
        asyncapi,
        backend::RequestBackend,
        chat, chat_status, doctor, headers, health, message, openapi, origin,
        overload::ConcurrencyLimit,
        page, problem, refused_form, safety, saved_reply, search, security_txt, session,
    },
    socketio,
    state::AppState,
    ws::socket,
};
use app::PageKind;
use app::backend::Backend;
use app::protocol::DoctorQuery;
use axum::{
    Form, Router,
    body::Body,
    extract::{Request, State},
    middleware,
    response::Response,
    routing::{get, post},
};
use http::request::Parts;
use leptos::{
    context::{provide_context, use_context},
    server_fn::axum::server_fn_paths,
};
use leptos_axum::{LeptosRoutes, generate_route_list_with_exclusions};
use std::{path::Path, sync::Arc};
use tower_http::{
    CompressionLevel,
    compression::CompressionLayer,
    csrf::ConfigError,
    services::{ServeDir, ServeFile},
};
use utoipa_axum::{router::OpenApiRouter, routes};

/// Largest body of a REST call, in bytes (the contract).
const API_BODY_MAX_BYTES: usize = 64 * 1024;
/// Largest form post, in bytes: the longest message, with four bytes a character, each
/// percent-encoded.
const FORM_BODY_MAX_BYTES: usize = 160 * 1024;

/// Calls without a session that may run at a time, in addition to those that wait for a password's
/// hash.
const STRANGERS_CALLS_MAX: usize = 512;
/// Pages that may be rendered at a time, for signed-in users and for everyone else. A page uses far
/// more memory and time than a call.
const PAGES_MAX: usize = 128;
const STRANGERS_PAGES_MAX: usize = 64;

/// The whole server as one service.
pub fn build(state: &AppState) -> Result<Router, ConfigError> {
    let site = Path::new(&*state.leptos.site_root).to_owned();
    let gate = |count| ConcurrencyLimit::new(count, state.metrics.refused_overloaded.clone());
    let admission = |kind, people, strangers, pools: &Pools| {
        let (state, pools) = (state.clone(), pools.clone());
        Admission { state, kind, people: gate(people), strangers: gate(strangers), pools }
    };
    let pools = Pools::default();
    let calls = admission(
        Kind::Call { body_max_bytes: API_BODY_MAX_BYTES },
        state.config.calls_max,
        STRANGERS_CALLS_MAX.saturating_add(state.accounts.passwords.queue_length()),
        &pools,
    );
    let posts = Admission { kind: Kind::Call { body_max_bytes: FORM_BODY_MAX_BYTES }, ..calls.clone() };
    let renderings = admission(Kind::Page, PAGES_MAX, STRANGERS_PAGES_MAX, &pools);
    let admitted = api().layer(middleware::from_fn_with_state(calls, admission::admit)).layer(compression());
    let (api, description) = described(admitted).split_for_parts();
    let router =
        api.merge(openapi::router(&state.config, description))
            .merge(asyncapi::router(&state.config))
            .merge(security_txt::router(&state.config))
            .route("/ws", get(socket::upgrade))
            .merge(socketio::router().layer(middleware::from_fn_with_state(
                (state.clone(), pools, API_BODY_MAX_BYTES),
                admission::read_first,
            )))
            .merge(forms(posts))
            .merge(pages(state, renderings))
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

/// The description of the public calls (OpenAPI 3.1).
#[must_use]
pub fn describe() -> utoipa::openapi::OpenApi {
    described(api()).into_openapi()
}

/// The calls that are part of the public API and its description.
fn described(api: OpenApiRouter<AppState>) -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(openapi::base())
        .nest("/api", api)
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
}

fn api() -> OpenApiRouter<AppState> {
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
        .routes(routes!(chat_status::act))
        .routes(routes!(chat_status::report))
        .routes(routes!(chat_status::admin_overview))
        .routes(routes!(chat_status::reports))
        .routes(routes!(chat_status::settle))
        .routes(routes!(chat_status::close))
        .routes(routes!(saved_reply::list, saved_reply::add))
        .routes(routes!(saved_reply::change, saved_reply::delete))
        .routes(routes!(safety::show, safety::change))
        .fallback(problem::not_found)
}

fn compression() -> CompressionLayer {
    CompressionLayer::new().quality(CompressionLevel::Fastest)
}

/// Server functions: the targets of plain forms, and the calls that pages make in the browser.
fn forms(admission: Admission) -> Router<AppState> {
    async fn handle(State(state): State<AppState>, request: Request) -> Response {
        use axum::response::IntoResponse;
        let (mut parts, body) = request.into_parts();
        refused_form::lead_back(&mut parts);
        let request = Request::from_parts(parts, body);
        leptos_axum::handle_server_fns_with_context(context(state), request).await.into_response()
    }
    Router::new()
        .route("/fn/{*name}", post(handle))
        .layer(middleware::from_fn_with_state(admission, admission::admit))
        .layer(compression())
}

fn pages(state: &AppState, admission: Admission) -> Router<AppState> {
    // Excluded here, because each server function would become a route of its own and bypass
    // `forms`.
    let forms: Vec<String> = server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    let (live, form) = (shell(state, PageKind::Live), shell(state, PageKind::Form));
    Router::new()
        .leptos_routes_with_context(
            state,
            generate_route_list_with_exclusions(app::App, Some(forms.clone())),
            context(state.clone()),
            live,
        )
        .leptos_routes_with_context(
            state,
            generate_route_list_with_exclusions(app::FormPages, Some(forms)),
            context(state.clone()),
            form.clone(),
        )
        .route("/patient", post(search_directory))
        .fallback(leptos_axum::render_app_async_with_context(context(state.clone()), form))
        .layer(middleware::from_fn_with_state(state.clone(), page::gate))
        .layer(middleware::from_fn_with_state(admission, admission::admit))
        .layer(compression())
}

/// The directory's search for a browser without script. A form that is posted keeps the search
/// words out of the address.
async fn search_directory(State(state): State<AppState>, parts: Parts, Form(query): Form<DoctorQuery>) -> Response {
    let context = context(state.clone());
    let with_query = move || {
        context();
        provide_context(query.clone());
    };
    let render = leptos_axum::render_app_async_with_context(with_query, shell(&state, PageKind::Live));
    render(Request::from_parts(parts, Body::empty())).await
}

/// The styleguide with every component in every state. It is not part of a clinic's build. Its
/// addresses belong to no other page.
#[cfg(feature = "styleguide")]
fn styleguide(state: &AppState) -> Router<AppState> {
    use app::styleguide::{PATH, SHEET_PATH, page, sheet};
    use leptos::prelude::IntoAny;
    let (options, sheet_options) = (state.leptos.clone(), state.leptos.clone());
    let sheet =
        move || std::future::ready(([(http::header::CONTENT_TYPE, "text/css; charset=utf-8")], sheet(&sheet_options)));
    // Needs no session and no database: all its data is made up.
    let page = leptos_axum::render_app_async(move || page(options.clone()).into_any());
    Router::new().route(PATH, get(page)).route(SHEET_PATH, get(sheet))
}

#[cfg(not(feature = "styleguide"))]
fn styleguide(_: &AppState) -> Router<AppState> {
    Router::new()
}

fn shell(state: &AppState, kind: PageKind) -> impl Fn() -> leptos::prelude::AnyView + Clone + Send + Sync + 'static {
    use leptos::prelude::IntoAny;
    let options = state.leptos.clone();
    move || app::shell(options.clone(), kind).into_any()
}

/// Provides pages and server functions with the services, bound to the request that they run for.
fn context(state: AppState) -> impl Fn() + Clone + Send + Sync + 'static {
    move || {
        if let Some(parts) = use_context::<Parts>() {
            provide_context::<Arc<dyn Backend>>(Arc::new(RequestBackend::new(state.clone(), parts)));
        }
    }
}

/// Icons and the manifest, which browsers request by fixed names.
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
