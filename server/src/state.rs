//! The state that all requests share: configuration, services and the connected sockets.

use crate::{
    auth::{
        Accounts, AccountsParts,
        device::Devices,
        limit::{PersonLimits, SignInLimits, TokenLimit},
        password::Passwords,
    },
    chat::ChatService,
    clinic::Clinic,
    config::Config,
    db::{DbPool, Writes},
    live::{Registry, bus::Bus},
    metrics::Metrics,
};
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use std::{ops::Deref, sync::Arc, thread};
use tokio_util::task::TaskTracker;

/// The shared state. Cloning it is cheap.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

/// The parts of [`AppState`].
pub struct Shared {
    /// The checked configuration.
    pub config: Config,
    /// The service for chats.
    pub chats: ChatService,
    /// The service for accounts and sessions.
    pub accounts: Accounts,
    /// The service for clinic-wide data: saved replies and emergency settings.
    pub clinic: Clinic,
    /// The clinic's database.
    pub db: DbPool,
    /// The registry of connected sockets.
    pub live: Arc<Registry>,
    /// The metrics for operators.
    pub metrics: Arc<Metrics>,
    /// Writes under way, which a stop waits for.
    pub writes: Writes,
    /// Sockets under way, which a stop waits for.
    pub sockets: TaskTracker,
    /// Leptos' options: the folder of the site's files, for the pages.
    pub leptos: LeptosOptions,
}

impl AppState {
    /// Creates the services and starts the group commit; needs a Tokio runtime. `bus` carries
    /// events to other nodes.
    #[must_use]
    pub fn new(config: Config, db: DbPool, leptos: LeptosOptions, bus: Arc<dyn Bus>) -> Self {
        let cores = thread::available_parallelism().map_or(2, Into::into);
        let (live, metrics, writes) = (Arc::new(Registry::new(bus)), Arc::new(Metrics::default()), Writes::default());
        let limits = Arc::new(PersonLimits::new(config.limit_scale));
        let clinic = Clinic::new(db.clone(), limits, writes.clone());
        let accounts = Accounts::new(AccountsParts {
            db: db.clone(),
            live: Arc::clone(&live),
            passwords: Passwords::new(cores),
            sign_in_limits: SignInLimits::new(config.limit_scale),
            devices: Devices::default(),
            token_limit: TokenLimit::new(config.limit_scale),
            session_limits: config.session,
            cookie: config.cookie(),
            writes: writes.clone(),
        });
        let chats = ChatService::start(clinic.clone(), config.rules(), Arc::clone(&live), Arc::clone(&metrics));
        Self(Arc::new(Shared {
            config,
            chats,
            accounts,
            clinic,
            db,
            live,
            metrics,
            writes,
            sockets: TaskTracker::new(),
            leptos,
        }))
    }
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl FromRef<AppState> for ChatService {
    fn from_ref(state: &AppState) -> Self {
        state.chats.clone()
    }
}

impl FromRef<AppState> for Accounts {
    fn from_ref(state: &AppState) -> Self {
        state.accounts.clone()
    }
}

impl FromRef<AppState> for Clinic {
    fn from_ref(state: &AppState) -> Self {
        state.clinic.clone()
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}
