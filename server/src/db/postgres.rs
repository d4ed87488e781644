//! The PostgreSQL server: its connections, what it tells by itself, and whether it is still the same database.

mod address;
mod changes;
mod tls;

pub use changes::{ChangedMessages, ExternalChanges};

use super::DbResult;
use address::Address;
use app::protocol::Epoch;
use changes::ChangeInbox;
use diesel_async::{
    AsyncPgConnection,
    pooled_connection::{
        AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
        deadpool::{BuildError, Pool},
    },
};
use futures::{FutureExt, StreamExt};
use sha2::{Digest, Sha256};
use std::{
    sync::{
        Arc, PoisonError, RwLock, Weak,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;

/// Commits of one node that may be under way at once: while one waits for the disk, the next is written.
pub(super) const COMMITTERS: usize = 2;
/// Connections of one node for reading.
const READERS: usize = 12;
/// Connections of one node for writing accounts, sessions, how chats stand and new chats.
const WRITERS: usize = 4;
/// How long a caller waits for a free connection before it gets "unavailable".
const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(10);
/// How long a start waits for a server that does not answer yet.
const WAIT_FOR_SERVER: Duration = Duration::from_secs(30);
/// Pause before the next try.
const TRY_AGAIN: Duration = Duration::from_secs(1);
/// How often it is asked whether it is still the same database: a backup may be restored while nodes run.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Limits on each statement, so that none waits for ever, and the promise: a commit is on the disk before it is
/// answered, whatever the server's default. (Its stricter ways, for standbys, stay.)
const SETTINGS: &str = "SET statement_timeout = '10s'; SET lock_timeout = '5s'; \
    SET idle_in_transaction_session_timeout = '15s'; \
    SELECT set_config('synchronous_commit', 'on', false) \
    WHERE current_setting('synchronous_commit') IN ('off', 'local')";

/// Names what is in the database: the cluster, its line of history (another one after a backup or a standby has taken
/// over), the database, and the table of messages (another one after a dump was restored).
const IDENTITY: &str = "SELECT concat_ws(' ', (SELECT system_identifier FROM pg_control_system()), \
    left(pg_walfile_name(pg_current_wal_lsn()), 8), \
    (SELECT oid FROM pg_database WHERE datname = current_database()), \
    to_regclass('chat_message')::oid, pg_relation_filenode(to_regclass('chat_message'))) AS identity";

/// The server and its connections.
pub struct Postgres {
    pub(super) readers: Pool<AsyncPgConnection>,
    pub(super) writers: Pool<AsyncPgConnection>,
    /// One for each committer, and one for what has to wait there for a chat that somebody else holds.
    pub(super) committers: Pool<AsyncPgConnection>,
    address: Arc<Address>,
    epoch: RwLock<Epoch>,
    version: AtomicI64,
    is_listening: AtomicBool,
    letterbox: ChangeInbox,
}

impl Postgres {
    /// Connects to the server of this address, and goes on listening to what it tells.
    pub(super) async fn connect(url: &str) -> DbResult<Arc<Self>> {
        let address = Arc::new(Address::parse(url)?);
        if let Some(weakness) = address.weakness() {
            tracing::warn!("{weakness}");
        }
        let begun = Instant::now();
        while let Err(error) = address.connect(SETTINGS).await {
            if !error.may_pass() || begun.elapsed() > WAIT_FOR_SERVER {
                return Err(error.into());
            }
            tracing::info!("the database doesn't answer yet; waiting for it");
            tokio::time::sleep(TRY_AGAIN).await;
        }
        let pool = |size| -> Result<Pool<AsyncPgConnection>, BuildError> {
            let mut config = ManagerConfig::<AsyncPgConnection>::default();
            // Whether the link is up is known without asking; one that turns out dead fails one statement.
            config.recycling_method = RecyclingMethod::Fast;
            let address = Arc::clone(&address);
            config.custom_setup = Box::new(move |_: &str| {
                let address = Arc::clone(&address);
                let connect = async move { address.connect(SETTINGS).await };
                connect
                    .map(|made| made.map_err(|error| diesel::ConnectionError::BadConnection(error.to_string())))
                    .boxed()
            });
            Pool::builder(AsyncDieselConnectionManager::new_with_config("", config))
                .max_size(size)
                .wait_timeout(Some(WAIT_FOR_CONNECTION))
                .create_timeout(Some(WAIT_FOR_CONNECTION))
                .runtime(deadpool::Runtime::Tokio1)
                .build()
        };
        let server = Arc::new(Self {
            readers: pool(READERS)?,
            writers: pool(WRITERS)?,
            committers: pool(2 * COMMITTERS)?,
            address: Arc::clone(&address),
            epoch: RwLock::new(Epoch::new_v4()),
            version: AtomicI64::new(0),
            is_listening: AtomicBool::new(false),
            letterbox: ChangeInbox::default(),
        });
        server.look_up_epoch().await?;
        tokio::spawn(listen(Arc::downgrade(&server), address));
        Ok(server)
    }

    /// A connection of its own, for what may take long.
    pub(crate) async fn connect_without_limits(&self) -> DbResult<AsyncPgConnection> {
        Ok(self.address.connect("").await?)
    }

    /// Names the database as it was when it was last looked at.
    pub(super) fn epoch(&self) -> Epoch {
        *self.epoch.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another number whenever sessions may have ended.
    pub(super) fn version(&self) -> i64 {
        if self.is_listening.load(Ordering::Acquire) {
            self.version.load(Ordering::Acquire)
        } else {
            self.version.fetch_add(1, Ordering::AcqRel)
        }
    }

    /// Takes what other programs have done since this was last asked; waits until they have done something.
    pub async fn news(&self) -> ExternalChanges {
        self.letterbox.take().await
    }

    /// Looks whether it is still the same database.
    pub(super) async fn look_up_epoch(&self) -> DbResult<()> {
        // Here only: its `load` stands in the way of the atomics' own.
        use diesel_async::RunQueryDsl;
        #[derive(diesel::QueryableByName)]
        struct Identity {
            #[diesel(sql_type = diesel::sql_types::Text)]
            identity: String,
        }
        let mut conn = self.readers.get().await?;
        let found: Identity = diesel::sql_query(IDENTITY).get_result(&mut conn).await?;
        let digest: [u8; 32] = Sha256::digest(found.identity.as_bytes()).into();
        let bytes = digest.first_chunk().copied().unwrap_or_default();
        let epoch = uuid::Builder::from_random_bytes(bytes).into_uuid();
        *self.epoch.write().unwrap_or_else(PoisonError::into_inner) = epoch;
        Ok(())
    }

    fn heard(&self, channel: &str, payload: &str) {
        if channel == "bedside_session" {
            self.version.fetch_add(1, Ordering::AcqRel);
        } else {
            self.letterbox.hear(payload);
        }
    }
}

/// Listens to what the database tells, over a connection of its own, for as long as anybody uses the server.
async fn listen(server: Weak<Postgres>, address: Arc<Address>) {
    let mut is_first = true;
    while server.strong_count() > 0 {
        let connected = address.connect("LISTEN bedside_session; LISTEN bedside_message").await;
        if let Ok(mut conn) = connected {
            let Some(held) = server.upgrade() else { return };
            held.version.fetch_add(1, Ordering::AcqRel);
            held.is_listening.store(true, Ordering::Release);
            if !is_first {
                held.letterbox.was_deaf();
            }
            is_first = false;
            drop(held);
            hear(&server, &mut conn).await;
        }
        if let Some(server) = server.upgrade() {
            server.is_listening.store(false, Ordering::Release);
        }
        tokio::time::sleep(TRY_AGAIN).await;
    }
}

/// Passes on what comes, until the link breaks or nobody uses the server any more.
async fn hear(server: &Weak<Postgres>, conn: &mut AsyncPgConnection) {
    let mut looks = tokio::time::interval(LOOK_EVERY);
    let mut notifications = std::pin::pin!(conn.notifications_stream());
    loop {
        tokio::select! {
            heard = notifications.next() => match (heard, server.upgrade()) {
                (Some(Ok(heard)), Some(server)) => server.heard(&heard.channel, &heard.payload),
                _ => return,
            },
            _ = looks.tick() => {
                let Some(server) = server.upgrade() else { return };
                if let Err(error) = server.look_up_epoch().await {
                    tracing::warn!(%error, "it could not be seen whether the database is still the same");
                }
            }
        }
    }
}
