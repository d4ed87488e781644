//! What every request can reach: configuration, storage, and the connected sockets.

use crate::{
    auth::{limit::SignInLimits, password::Passwords},
    config::Config,
    db::DbPool,
    error::stopped,
    live::Registry,
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
    /// Connected sockets.
    pub live: Registry,
    /// What an operator can watch.
    pub metrics: Metrics,
    /// Writes under way, which a stop waits for.
    pub writes: TaskTracker,
    /// Sockets under way, which a stop waits for.
    pub sockets: TaskTracker,
    /// Where the site's files are, for the pages.
    pub leptos: LeptosOptions,
}

impl AppState {
    /// Puts the parts together. Nothing is opened here.
    #[must_use]
    pub fn new(config: Config, db: DbPool, leptos: LeptosOptions) -> Self {
        let cores = thread::available_parallelism().map_or(2, Into::into);
        Self(Arc::new(Shared {
            passwords: Passwords::new(cores),
            sign_in_limits: SignInLimits::new(config.limit_scale),
            live: Registry::default(),
            metrics: Metrics::default(),
            writes: TaskTracker::new(),
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
