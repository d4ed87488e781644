//! What every request can reach: configuration, storage, and the connected sockets.

use crate::{
    auth::{
        device::Devices,
        limit::{PersonLimits, SignInLimits, TokenLimit},
        password::Passwords,
    },
    chat::{
        commit::{Committer, Parts},
        list::Teller,
        notice::Notices,
    },
    clinic::safety::ReadySigns,
    config::Config,
    db::DbPool,
    error::stopped,
    live::{Registry, bus::Bus},
    metrics::Metrics,
};
use app::protocol::Problem;
use axum::extract::FromRef;
use leptos::config::LeptosOptions;
use std::{future::Future, ops::Deref, sync::Arc, thread};
use tokio_util::task::TaskTracker;

/// Shared by all requests; cheap to clone.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

/// The parts of [`AppState`].
pub struct Shared {
    /// What the clinic configured.
    pub config: Config,
    /// The clinic's database.
    pub db: DbPool,
    /// Password hashing.
    pub passwords: Passwords,
    /// Limits on guessing.
    pub sign_in_limits: SignInLimits,
    /// Knows devices that have signed in before.
    pub devices: Devices,
    /// Limits on programs.
    pub token_limit: TokenLimit,
    /// Limits on people.
    pub person_limits: PersonLimits,
    /// Connected sockets.
    pub live: Arc<Registry>,
    /// Stores messages and marks.
    pub committer: Committer,
    /// Tells how changed chats stand.
    pub teller: Teller,
    /// Patients' messages that may call for an automatic notice.
    pub notices: Notices,
    /// Signs of an emergency, ready for comparing.
    pub signs: ReadySigns,
    /// What an operator can watch.
    pub metrics: Arc<Metrics>,
    /// Writes under way, which a stop waits for.
    pub writes: TaskTracker,
    /// Sockets under way, which a stop waits for.
    pub sockets: TaskTracker,
    /// Where the site's files are, for the pages.
    pub leptos: LeptosOptions,
}

impl AppState {
    /// Puts the parts together and starts the committer: within a runtime. Other nodes are told over `bus`.
    #[must_use]
    pub fn new(config: Config, db: DbPool, leptos: LeptosOptions, bus: Arc<dyn Bus>) -> Self {
        let cores = thread::available_parallelism().map_or(2, Into::into);
        let (live, metrics, writes) = (Arc::new(Registry::new(bus)), Arc::new(Metrics::default()), TaskTracker::new());
        let teller = Teller::new(db.clone(), Arc::clone(&live), config.rules());
        let parts = Parts {
            db: db.clone(),
            live: Arc::clone(&live),
            metrics: Arc::clone(&metrics),
            teller: teller.clone(),
            writes: writes.clone(),
        };
        Self(Arc::new(Shared {
            passwords: Passwords::new(cores),
            sign_in_limits: SignInLimits::new(config.limit_scale),
            devices: Devices::default(),
            token_limit: TokenLimit::new(config.limit_scale),
            person_limits: PersonLimits::new(config.limit_scale),
            committer: Committer::start(parts),
            live,
            teller,
            notices: Notices::default(),
            signs: ReadySigns::default(),
            metrics,
            writes,
            sockets: TaskTracker::new(),
            config,
            db,
            leptos,
        }))
    }

    /// Runs a write in a task of its own: it finishes even if the caller goes away, and a stop waits for it.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Problem>> + Send + 'static,
    ) -> Result<T, Problem> {
        self.writes.spawn(work).await.map_err(stopped)?
    }
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}
