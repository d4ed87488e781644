//! Configuration, from environment variables or the matching flags. Every value is checked at the
//! start.

use crate::{
    auth::cookie::SessionCookie,
    db::address::{AddressError, DatabaseAddress, is_this_machine},
    domain::rules::{Rules, SessionLimits, millis},
};
use axum_client_ip::ClientIpSource;
use chrono_tz::Tz;
use clap::Args;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use url::Url;

/// One hour, in seconds.
const HOUR_S: u64 = 3_600;

/// What can be set. Each value's name is its environment variable.
#[derive(Debug, Clone, Args)]
pub struct Settings {
    /// The database: `sqlite:` and a file, or `postgres://user:password@host/database`. Default: bedside.db in the data
    /// folder.
    #[arg(long, env = "DATABASE_URL", value_name = "DATABASE_URL", global = true, hide_env_values = true)]
    pub database_url: Option<String>,
    /// The NATS server that connects several nodes on one PostgreSQL, like `nats://host:4222`. Default: none.
    #[arg(long, env = "BEDSIDE_BUS_URL", value_name = "BEDSIDE_BUS_URL", global = true, hide_env_values = true)]
    pub bus_url: Option<Url>,
    /// The folder of the database. It is created if it is missing.
    #[arg(long, env = "BEDSIDE_DATA_DIR", value_name = "BEDSIDE_DATA_DIR", default_value = "./data", global = true)]
    pub data_dir: PathBuf,
    /// The address and port to listen on. Port 0 selects a free port.
    #[arg(long, env = "BEDSIDE_ADDR", value_name = "BEDSIDE_ADDR", default_value = "127.0.0.1:3000", global = true)]
    pub addr: SocketAddr,
    /// The address that people open, like `https://chat.example.org`. Default: `http://` and the address.
    #[arg(long, env = "BEDSIDE_PUBLIC_URL", value_name = "BEDSIDE_PUBLIC_URL", global = true)]
    pub public_url: Option<Url>,
    /// The source of the client's address: `ConnectInfo`, or behind a proxy `RightmostXForwardedFor`, `XRealIp`, …
    #[arg(
        long,
        env = "BEDSIDE_CLIENT_IP",
        value_name = "BEDSIDE_CLIENT_IP",
        default_value = "ConnectInfo",
        global = true
    )]
    pub client_ip: ClientIpSource,
    /// The clinic's time zone (IANA name). Pages use it until the browser reports its own.
    #[arg(long, env = "BEDSIDE_TIME_ZONE", value_name = "BEDSIDE_TIME_ZONE", default_value = "UTC", global = true)]
    pub time_zone: Tz,
    /// Hours after which an unused session ends.
    #[arg(
        long,
        env = "BEDSIDE_SESSION_IDLE_HOURS",
        value_name = "BEDSIDE_SESSION_IDLE_HOURS",
        default_value_t = 72,
        value_parser = clap::value_parser!(u64).range(1..=8_760),
        global = true
    )]
    pub session_idle_hours: u64,
    /// Hours after which every session ends.
    #[arg(
        long,
        env = "BEDSIDE_SESSION_MAX_HOURS",
        value_name = "BEDSIDE_SESSION_MAX_HOURS",
        default_value_t = 720,
        value_parser = clap::value_parser!(u64).range(1..=8_760),
        global = true
    )]
    pub session_max_hours: u64,
    /// Hours during which senders can unsend or correct a message; 0 for never.
    #[arg(
        long,
        env = "BEDSIDE_CHANGE_HOURS",
        value_name = "BEDSIDE_CHANGE_HOURS",
        default_value_t = 24,
        value_parser = clap::value_parser!(u64).range(0..=8_760),
        global = true
    )]
    pub change_hours: u64,
    /// Office hours of the doctor after which a patient without an answer has waited too long.
    #[arg(
        long,
        env = "BEDSIDE_WAITING_HOURS",
        value_name = "BEDSIDE_WAITING_HOURS",
        default_value_t = 8,
        value_parser = clap::value_parser!(u64).range(1..=8_760),
        global = true
    )]
    pub waiting_hours: u64,
    /// A separate address for Prometheus metrics. Default: none.
    #[arg(long, env = "BEDSIDE_METRICS_ADDR", value_name = "BEDSIDE_METRICS_ADDR", global = true)]
    pub metrics_addr: Option<SocketAddr>,
    /// Whether to serve the description of the API at /api/openapi.json and /api/docs. Default: only if the public
    /// address is not https.
    #[arg(
        long,
        env = "BEDSIDE_API_DOCS",
        value_name = "BEDSIDE_API_DOCS",
        action = clap::ArgAction::Set,
        global = true
    )]
    pub api_docs: Option<bool>,
    /// The contact for security reports: an email or https address, served at /.well-known/security.txt.
    #[arg(
        long,
        env = "BEDSIDE_SECURITY_CONTACT",
        value_name = "BEDSIDE_SECURITY_CONTACT",
        value_parser = parse_contact,
        global = true
    )]
    pub security_contact: Option<Url>,
    /// A factor for all rate limits and limits per user, for load tests.
    #[arg(
        long,
        env = "BEDSIDE_LIMIT_SCALE",
        value_name = "BEDSIDE_LIMIT_SCALE",
        default_value_t = 1.0,
        value_parser = parse_scale,
        global = true
    )]
    pub limit_scale: f64,
    /// The folder with the files for browsers. Default: `site` next to the program.
    #[arg(long, env = "BEDSIDE_SITE_DIR", value_name = "BEDSIDE_SITE_DIR", global = true)]
    pub site_dir: Option<PathBuf>,
    /// The log filter, like `info` or `server=debug`.
    #[arg(long, env = "BEDSIDE_LOG", value_name = "BEDSIDE_LOG", default_value = "info", global = true)]
    pub log: String,
}

/// Sockets that one user may have open: one per tab, on several devices.
const SOCKETS_PER_USER: usize = 40;
/// Calls that may run at a time.
const CALLS_MAX: usize = 1_024;
/// Requests of one user that may be under way, until the client has taken the responses: six
/// connections of a browser, on several devices.
const REQUESTS_PER_PERSON: usize = 32;
/// Requests without a session from one address that may be under way. A clinic's waiting room may
/// share one address.
const REQUESTS_PER_ADDRESS: usize = 256;

fn parse_scale(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(scale) if (0.001..=1e9).contains(&scale) => Ok(scale),
        _ => Err("must be a number from 0.001 to 1000000000".to_owned()),
    }
}

/// Parses a contact. A bare email address becomes `mailto:` (RFC 9116, section 2.5.3).
fn parse_contact(text: &str) -> Result<Url, String> {
    let text = text.trim();
    let contact = if text.contains('@') && !text.contains(':') { format!("mailto:{text}") } else { text.to_owned() };
    match Url::parse(&contact) {
        Ok(url) if matches!(url.scheme(), "mailto" | "https" | "tel") => Ok(url),
        _ => Err("must be an email address, or an address that begins with `https:` or `tel:`".to_owned()),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a float cast saturates, and both are positive"
)]
fn scaled_up(count: usize, scale: f64) -> usize {
    ((count as f64 * scale) as usize).max(1)
}

/// An invalid setting. The message names the setting.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The database's address is invalid.
    #[error(transparent)]
    DatabaseUrl(#[from] AddressError),
    /// The public address is invalid.
    #[error("BEDSIDE_PUBLIC_URL must be an http or https address without a path, like `https://chat.example.org`")]
    PublicUrl,
    /// The bus address is invalid, or the database is not PostgreSQL.
    #[error(
        "BEDSIDE_BUS_URL must be like `nats://localhost:4222` or `tls://…`, and DATABASE_URL must be of PostgreSQL"
    )]
    BusUrl,
    /// The data folder, or the file of the database, can't be created or opened.
    #[error("BEDSIDE_DATA_DIR or DATABASE_URL: {0} can't be created or opened: {1}")]
    DataDir(PathBuf, std::io::Error),
}

/// The slowest pace at which a client may take what the server sends.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// While something waits to be sent, in each period of this length …
    pub window: Duration,
    /// … the client must take at least this many bytes.
    pub least_bytes: usize,
}

/// The pace is a fraction of what the slowest mobile network carries. The period is as long as a
/// socket may be silent before it is closed.
impl Default for Pace {
    fn default() -> Self {
        Self { window: Duration::from_mins(1), least_bytes: 16 * 1024 }
    }
}

/// The checked configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address of the database.
    pub database: DatabaseAddress,
    /// The address of the bus that connects the nodes, if there is one.
    pub bus: Option<Url>,
    /// The address and port to listen on.
    pub addr: SocketAddr,
    /// Origins whose pages may open sockets and change data. The first is the public URL's.
    pub origins: Vec<String>,
    /// Whether the public address is https.
    pub https: bool,
    /// The source of the client's address.
    pub client_ip: ClientIpSource,
    /// The clinic's time zone.
    pub time_zone: Tz,
    /// How long sessions last.
    pub session: SessionLimits,
    /// How long a sender may unsend or correct a message.
    pub changeable_for: Duration,
    /// The office hours of the doctor after which a patient without an answer has waited too long.
    pub waiting_for: Duration,
    /// Whether the API's description is served.
    pub api_docs: bool,
    /// The contact for security reports.
    pub security_contact: Option<Url>,
    /// The factor for rate limits and limits per user.
    pub limit_scale: f64,
    /// Sockets that one user may have open.
    pub sockets_per_user: usize,
    /// Calls of programs and forms that may run at a time. Further ones are refused before they use
    /// memory.
    pub calls_max: usize,
    /// Requests of one user that may be under way.
    pub requests_per_person: usize,
    /// Requests without a session that may be under way, per address.
    pub requests_per_address: usize,
    /// The slowest pace at which a client may take a response.
    pub pace: Pace,
}

impl Config {
    /// Checks `settings`. `addr` is the address that the program listens on, with the selected port
    /// if port 0 was set. Creates the data folder and the database's file if they are missing.
    pub fn new(settings: &Settings, addr: SocketAddr) -> Result<Self, ConfigError> {
        let (origins, https) = match &settings.public_url {
            Some(url) => (vec![public_origin(url)?], url.scheme() == "https"),
            None => (default_origins(addr), false),
        };
        Ok(Self {
            bus: bus(settings)?,
            database: database(settings)?,
            addr,
            origins,
            https,
            client_ip: settings.client_ip.clone(),
            time_zone: settings.time_zone,
            session: SessionLimits {
                idle: Duration::from_secs(settings.session_idle_hours * HOUR_S),
                absolute: Duration::from_secs(settings.session_max_hours * HOUR_S),
            },
            changeable_for: Duration::from_secs(settings.change_hours * HOUR_S),
            waiting_for: Duration::from_secs(settings.waiting_hours * HOUR_S),
            // On a public server the description would help an attacker more than the clinic's
            // users, who don't read it.
            api_docs: settings.api_docs.unwrap_or(!https),
            security_contact: settings.security_contact.clone(),
            limit_scale: settings.limit_scale,
            sockets_per_user: scaled_up(SOCKETS_PER_USER, settings.limit_scale),
            calls_max: CALLS_MAX,
            requests_per_person: scaled_up(REQUESTS_PER_PERSON, settings.limit_scale),
            requests_per_address: scaled_up(REQUESTS_PER_ADDRESS, settings.limit_scale),
            pace: Pace::default(),
        })
    }

    /// A warning for the operator if the connection to a bus on another machine is insecure. It
    /// contains no password.
    #[must_use]
    pub fn weakness_of_bus(&self) -> Option<String> {
        let url = self.bus.as_ref()?;
        let host = url.host_str().filter(|host| !is_this_machine(host))?;
        let what = match (url.scheme() == "tls", url.username().is_empty()) {
            (true, false) => return None,
            (false, _) => {
                "without tls://, an attacker on the network can read all messages and send false ones to pages"
            }
            (true, true) => "anyone who can reach it can read all messages: set a user and a password",
        };
        Some(format!("the bus is on another machine ({host}); {what} (BEDSIDE_BUS_URL)"))
    }

    /// The clinic's rules for chats, as `ChatService` uses them.
    #[must_use]
    pub fn rules(&self) -> Rules {
        let (waiting_ms, changeable_ms) = (millis(self.waiting_for), millis(self.changeable_for));
        Rules { waiting_ms, time_zone: self.time_zone, changeable_ms }
    }

    /// The properties of the session cookie.
    #[must_use]
    pub const fn cookie(&self) -> SessionCookie {
        SessionCookie { https: self.https, lifetime: self.session.absolute }
    }
}

fn public_origin(url: &Url) -> Result<String, ConfigError> {
    let plain = matches!(url.scheme(), "http" | "https")
        && url.host().is_some()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if plain { Ok(url.origin().ascii_serialization()) } else { Err(ConfigError::PublicUrl) }
}

/// The origins if no public URL is set: the address itself, and for a local address also its other
/// names.
fn default_origins(addr: SocketAddr) -> Vec<String> {
    let port = addr.port();
    let own = format!("http://{addr}");
    if !addr.ip().is_loopback() && !addr.ip().is_unspecified() {
        return vec![own];
    }
    let aliases = ["127.0.0.1", "localhost", "[::1]"].map(|host| format!("http://{host}:{port}"));
    let others = aliases.into_iter().filter(|alias| *alias != own).collect::<Vec<_>>();
    [vec![own], others].concat()
}

/// The bus address. Refused if the database is not shared, because then there are no other nodes.
fn bus(settings: &Settings) -> Result<Option<Url>, ConfigError> {
    let Some(url) = &settings.bus_url else { return Ok(None) };
    let is_shared = settings.database_url.as_ref().is_some_and(|database| database.starts_with("postgres"));
    let is_nats = matches!(url.scheme(), "nats" | "tls") && url.host().is_some();
    if is_shared && is_nats { Ok(Some(url.clone())) } else { Err(ConfigError::BusUrl) }
}

fn database(settings: &Settings) -> Result<DatabaseAddress, ConfigError> {
    let address = match &settings.database_url {
        None => DatabaseAddress::File(settings.data_dir.join("bedside.db")),
        Some(url) => url.parse()?,
    };
    if let DatabaseAddress::File(path) = &address {
        let refused = |path: &Path| {
            let path = path.to_owned();
            move |error| ConfigError::DataDir(path, error)
        };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            make_private_folder(folder).map_err(refused(folder))?;
        }
        make_private_file(path).map_err(refused(path))?;
    }
    Ok(address)
}

/// Makes the database's file readable by its owner only, even if it is a restored backup. SQLite
/// gives its side files the same mode.
fn make_private_file(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let file = std::fs::OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)?;
    let mode = file.metadata()?.permissions().mode();
    if mode & 0o077 != 0
        && let Err(error) = file.set_permissions(std::fs::Permissions::from_mode(0o600))
    {
        tracing::warn!(%error, "others can read the database's file, and its mode can't be changed");
    }
    Ok(())
}

/// Creates a folder that only its owner can read. An existing folder is not changed.
fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(test)]
mod tests;
