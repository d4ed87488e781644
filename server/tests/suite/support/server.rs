//! A whole server in this process, with its own port and database.

use super::{
    Admin, Client, DEADLINE, Database, Doctor, PASSWORD, Patient, Person, STARTING,
    postgres::{self, Scratch},
};
use app::protocol::{Role, User};
use axum_client_ip::ClientIpSource;
use http::Method;
use leptos::config::LeptosOptions;
use serde_json::json;
use server::{
    auth::account::NewAccount,
    config::{Config, Settings},
    db::{self, DbPool, address::DatabaseAddress, migrations, profile::NewProfile},
    live::bus,
    serve::serve,
    state::AppState,
};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

/// A running server. It stops when this is dropped.
pub(crate) struct Server {
    state: AppState,
    base: String,
    database: Database,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    people: AtomicU32,
    // This field is dropped last, because the database is in the folder.
    _folder: TempDir,
}

impl Server {
    /// A new server as a clinic runs it over http, with limits so high that tests do not reach
    /// them.
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// A server with changed settings. It uses PostgreSQL if the suite runs on it.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::tuned(change, |_| {}).await
    }

    /// A server with changed settings and changed limits that are not settings.
    pub(crate) async fn tuned(change: impl FnOnce(&mut Settings), tune: impl FnOnce(&mut Config)) -> Self {
        let scratch = postgres::is_chosen().then(|| Arc::new(Scratch::with_schema()));
        Self::on(scratch, change, tune).await
    }

    /// A server on a SQLite file, even if the suite runs on PostgreSQL.
    pub(crate) async fn on_file() -> Self {
        Self::on(None, |_| {}, |_| {}).await
    }

    /// A server on a SQLite file that runs at most this many calls at the same time.
    pub(crate) async fn on_file_with_calls(calls_max: usize) -> Self {
        Self::on(None, |_| {}, |config| config.calls_max = calls_max).await
    }

    /// One more server on the same PostgreSQL database.
    pub(crate) async fn beside(&self) -> Self {
        self.beside_with(|_| {}).await
    }

    /// One more server on the same PostgreSQL database, with changed settings.
    pub(crate) async fn beside_with(&self, change: impl FnOnce(&mut Settings)) -> Self {
        let Database::Server(scratch) = &self.database else { panic!("a SQLite file has one server") };
        let mut server = Self::on(Some(Arc::clone(scratch)), change, |_| {}).await;
        // The numbers start at 1,000 so that e-mail addresses are unique over both servers.
        server.people = AtomicU32::new(1_000);
        server
    }

    async fn on(
        scratch: Option<Arc<Scratch>>,
        change: impl FnOnce(&mut Settings),
        tune: impl FnOnce(&mut Config),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let site = folder.path().join("site");
        std::fs::create_dir_all(site.join("pkg")).unwrap();
        std::fs::write(site.join("pkg/bedside.js"), "export {}").unwrap();
        for name in
            ["favicon.svg", "icon.svg", "apple-touch-icon.png", "icon-192.png", "icon-512.png", "manifest.webmanifest"]
        {
            std::fs::copy(
                std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../public").join(name),
                site.join(name),
            )
            .unwrap();
        }
        let mut settings = Settings {
            bus_url: None,
            database_url: scratch.as_ref().map(|scratch| scratch.url()),
            data_dir: folder.path().to_owned(),
            addr: "127.0.0.1:0".parse().unwrap(),
            public_url: None,
            client_ip: ClientIpSource::ConnectInfo,
            time_zone: chrono_tz::UTC,
            session_idle_hours: 72,
            session_max_hours: 720,
            change_hours: 24,
            waiting_hours: 8,
            metrics_addr: None,
            api_docs: None,
            security_contact: None,
            limit_scale: 1e6,
            site_dir: None,
            log: "off".to_owned(),
        };
        change(&mut settings);
        let listener = TcpListener::bind(settings.addr).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let mut config = Config::new(&settings, addr).unwrap();
        tune(&mut config);
        let database = match (&config.database, scratch) {
            (DatabaseAddress::File(path), _) => Database::at(path),
            (DatabaseAddress::Server(_), Some(scratch)) => Database::Server(scratch),
            (DatabaseAddress::Server(_), None) => panic!("no such setting in tests"),
        };
        let pool = DbPool::open(&config.database).await.unwrap();
        migrations::run(&pool).await.unwrap();
        let leptos = LeptosOptions::builder()
            .output_name("bedside")
            .site_root(site.to_str().unwrap().to_owned())
            .site_addr(addr)
            .hash_files(false)
            .build();
        let (bus, incoming) = bus::open(config.bus.as_ref()).await.unwrap();
        let state = AppState::new(config, pool, leptos, bus);
        let base = format!("http://{addr}");
        let (stop, stopped) = oneshot::channel();
        let nobody_else = STARTING.write().await;
        let serving = tokio::spawn({
            let state = state.clone();
            async move {
                let stop = async { stopped.await.unwrap_or_default() };
                serve(state, incoming, listener, stop).await.unwrap();
            }
        });
        // The server answers when it has started.
        Client::new(&base).request(Method::GET, "/healthz").send().await.unwrap();
        drop(nobody_else);
        Self { state, base, database, stop, serving, people: AtomicU32::new(0), _folder: folder }
    }

    /// The server's address, like `http://127.0.0.1:3000`.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// The server's database, for direct access.
    pub(crate) const fn database(&self) -> &Database {
        &self.database
    }

    /// Stops the server as SIGTERM does, and waits for its end.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(());
        tokio::time::timeout(DEADLINE, self.serving).await.expect("it stops").unwrap();
    }

    /// A client without an account.
    pub(crate) fn stranger(&self) -> Client {
        Client::new(&self.base)
    }

    fn next_email(&self, role: Role) -> String {
        format!("{}{}@example.org", role.as_str(), self.people.fetch_add(1, Ordering::Relaxed))
    }

    /// A patient who has just signed up.
    pub(crate) async fn patient(&self, name: &str) -> Patient {
        let (stranger, email) = (self.stranger(), self.next_email(Role::Patient));
        let body = json!({ "name": name, "email": email, "password": PASSWORD });
        let reply = stranger.post("/api/accounts", &body).await.expect(201);
        let user = serde_json::from_value(reply.json()["user"].clone()).unwrap();
        Patient(Person::new(stranger.with_cookie(reply.cookie()), user, email))
    }

    /// A signed-in doctor who takes new chats.
    pub(crate) async fn doctor(&self, name: &str) -> Doctor {
        let person = self.employee(name, Role::Doctor).await;
        self.list(&person.user, "Cardiology").await;
        Doctor(person)
    }

    /// A signed-in admin.
    pub(crate) async fn admin(&self, name: &str) -> Admin {
        Admin(self.employee(name, Role::Admin).await)
    }

    async fn employee(&self, name: &str, role: Role) -> Person {
        let email = self.next_email(role);
        let new = NewAccount::check(name, &email, PASSWORD.to_owned()).unwrap();
        let user = self.state.accounts.create_account(new, role).await.unwrap();
        let token = self.state.accounts.open_session(user.id, "").await.unwrap();
        let cookie = format!("{}={token}", self.state.config.cookie().name());
        Person::new(self.stranger().with_cookie(&cookie), user, email)
    }

    /// Creates an API token of this user.
    pub(crate) async fn token(&self, person: &Person, name: &str) -> String {
        self.state.accounts.add_token(&person.email, name, 365).await.unwrap()
    }

    /// Revokes an API token.
    pub(crate) async fn revoke(&self, person: &Person, name: &str) {
        self.state.accounts.revoke_token(&person.email, name).await.unwrap();
    }

    /// Computes the doctors' response times, as the server's background task does.
    pub(crate) async fn refresh_response_times(&self) {
        self.state.chats.renew_response_times().await.unwrap();
    }

    /// A doctor in the directory who never signs in, so that no slow password hash is needed.
    pub(crate) async fn listed_doctor(&self, name: &str, specialty: &str) -> User {
        let email = self.next_email(Role::Doctor);
        let mut conn = self.state.db.write().await.unwrap();
        let user = db::user::insert(&mut conn, name, &email, Role::Doctor, "-", db::time::now()).await.unwrap();
        drop(conn);
        self.list(&user, specialty).await;
        user
    }

    async fn list(&self, doctor: &User, specialty: &str) {
        let profile =
            NewProfile { user_id: doctor.id.0, specialty, bio: "Listens.", languages: "en,es", accepting_chats: true };
        let mut conn = self.state.db.write().await.unwrap();
        db::profile::insert(&mut conn, &profile).await.unwrap();
    }
}
