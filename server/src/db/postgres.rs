//! The PostgreSQL server: its connections, the notifications that it sends, and detecting that the
//! database was replaced.

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

/// Group commits of one node that may run at once: while one waits for the disk, the next is
/// written.
pub(super) const COMMITTERS: usize = 2;
/// Connections of one node for reading.
const READERS: usize = 12;
/// Connections of one node for writing accounts, sessions, chat statuses and new chats.
const WRITERS: usize = 4;
/// How long a caller waits for a free connection before it gets "unavailable".
const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(10);
/// How long a start waits for a server that does not accept connections yet.
const WAIT_FOR_SERVER: Duration = Duration::from_secs(30);
/// Pause before the next attempt to connect.
const TRY_AGAIN: Duration = Duration::from_secs(1);
/// How often the epoch is looked up, because a backup may be restored while nodes run.
const CHECK_EVERY: Duration = Duration::from_secs(5);

/// The settings of each connection: time limits, so that no statement waits for ever, and
/// durability, so that a commit is on disk before it is acknowledged, whatever the server's
/// default. (Stricter values of `synchronous_commit`, for standbys, stay.)
const SETTINGS: &str = "SET statement_timeout = '10s'; SET lock_timeout = '5s'; \
    SET idle_in_transaction_session_timeout = '15s'; \
    SELECT set_config('synchronous_commit', 'on', false) \
    WHERE current_setting('synchronous_commit') IN ('off', 'local')";

/// Selects a text that identifies the content of the database. It consists of the cluster, its
/// timeline (another one after a backup was restored or a standby was promoted), the database, and
/// the table of messages (another one after a dump was restored).
const IDENTITY: &str = "SELECT concat_ws(' ', (SELECT system_identifier FROM pg_control_system()), \
    left(pg_walfile_name(pg_current_wal_lsn()), 8), \
    (SELECT oid FROM pg_database WHERE datname = current_database()), \
    to_regclass('chat_message')::oid, pg_relation_filenode(to_regclass('chat_message'))) AS identity";

/// The server and its connections.
pub struct Postgres {
    pub(super) readers: Pool<AsyncPgConnection>,
    pub(super) writers: Pool<AsyncPgConnection>,
    /// One for each group commit that may run, and one for each that has to wait for a locked chat.
    pub(super) committers: Pool<AsyncPgConnection>,
    address: Arc<Address>,
    epoch: RwLock<Epoch>,
    version: AtomicI64,
    is_listening: AtomicBool,
    inbox: ChangeInbox,
}

impl Postgres {
    /// Connects to the server at this URL and starts the task that listens to its notifications.
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
            // The pool does not test connections with a query: one that turns out to be broken
            // fails one statement.
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
            inbox: ChangeInbox::default(),
        });
        server.load_epoch().await?;
        tokio::spawn(listen(Arc::downgrade(&server), address));
        Ok(server)
    }

    /// A connection outside the pools and without time limits, for long work.
    pub(crate) async fn connect_without_limits(&self) -> DbResult<AsyncPgConnection> {
        Ok(self.address.connect("").await?)
    }

    /// The epoch as it was last looked up.
    pub(super) fn epoch(&self) -> Epoch {
        *self.epoch.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number that changes when sessions may have ended. Without a listening connection it
    /// changes with each call.
    pub(super) fn version(&self) -> i64 {
        if self.is_listening.load(Ordering::Acquire) {
            self.version.load(Ordering::Acquire)
        } else {
            self.version.fetch_add(1, Ordering::AcqRel)
        }
    }

    /// Takes the changes that other programs made since the last call. Waits until there are some.
    pub async fn changes(&self) -> ExternalChanges {
        self.inbox.take().await
    }

    /// Looks up the epoch, which is another one if the database was replaced.
    pub(super) async fn load_epoch(&self) -> DbResult<()> {
        // Imported only here: its `load` hides the `load` of the atomics.
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

    fn receive(&self, channel: &str, payload: &str) {
        if channel == "bedside_session" {
            self.version.fetch_add(1, Ordering::AcqRel);
        } else {
            self.inbox.receive(payload);
        }
    }
}

/// Listens to the notifications of the database, on its own connection, as long as the server is in
/// use.
async fn listen(server: Weak<Postgres>, address: Arc<Address>) {
    let mut is_first = true;
    while server.strong_count() > 0 {
        let connected = address.connect("LISTEN bedside_session; LISTEN bedside_message").await;
        if let Ok(mut conn) = connected {
            let Some(held) = server.upgrade() else { return };
            held.version.fetch_add(1, Ordering::AcqRel);
            held.is_listening.store(true, Ordering::Release);
            if !is_first {
                held.inbox.has_missed_changes();
            }
            is_first = false;
            drop(held);
            receive(&server, &mut conn).await;
        }
        if let Some(server) = server.upgrade() {
            server.is_listening.store(false, Ordering::Release);
        }
        tokio::time::sleep(TRY_AGAIN).await;
    }
}

/// Handles notifications until the connection breaks or the server is no longer in use.
async fn receive(server: &Weak<Postgres>, conn: &mut AsyncPgConnection) {
    let mut checks = tokio::time::interval(CHECK_EVERY);
    let mut notifications = std::pin::pin!(conn.notifications_stream());
    loop {
        tokio::select! {
            receive = notifications.next() => match (receive, server.upgrade()) {
                (Some(Ok(receive)), Some(server)) => server.receive(&receive.channel, &receive.payload),
                _ => return,
            },
            _ = checks.tick() => {
                let Some(server) = server.upgrade() else { return };
                if let Err(error) = server.load_epoch().await {
                    tracing::warn!(%error, "the database's epoch could not be read");
                }
            }
        }
    }
}
