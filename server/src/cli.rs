//! The command line: `bedside serve | migrate | user add | token add | token list | token revoke | demo`.

mod token;

use crate::{
    auth::{
        account::{NewAccount, Profile},
        password,
    },
    config::{Config, Settings},
    copy_database::{self, CopyError},
    db::{DbPool, address::DatabaseAddress, migrations},
    live::bus::{self, Alone, Bus},
    logging,
    seed::{bench, demo},
    serve::serve,
    state::AppState,
};
use app::protocol::{Problem, Role};
use clap::{Args, Parser, Subcommand, ValueEnum};
use leptos::config::LeptosOptions;
use std::{
    error::Error,
    io::{IsTerminal, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{
    net::{TcpListener, TcpSocket},
    signal::unix::{SignalKind, signal},
};

/// Bytes that the kernel buffers for a connection before the program reads them. By default the
/// kernel lets this buffer grow to megabytes. Under overload it would hold messages of several
/// seconds that the server neither refuses nor answers.
const RECEIVE_BUFFER_BYTES: u32 = 16 * 1_024;
/// Connections that may wait to be accepted.
const LISTEN_QUEUE: u32 = 4_096;

type AnyError = Box<dyn Error + Send + Sync>;

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "bedside", version, about = "Real-time doctor–patient chat that a clinic runs itself.")]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server (the default).
    Serve,
    /// Update the database schema, or move a clinic from SQLite to PostgreSQL.
    Migrate {
        /// Move all data from this database: a `sqlite:` file that no server uses.
        #[arg(long, value_name = "DATABASE_URL")]
        from: Option<DatabaseAddress>,
        /// Move the data to this database: an empty one on a `postgres:` server. Default: the value of DATABASE_URL,
        /// which keeps the password out of the process list.
        #[arg(long, requires = "from", value_name = "DATABASE_URL", hide_env_values = true)]
        to: Option<DatabaseAddress>,
    },
    /// Manage accounts.
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Manage API tokens, which programs use instead of a cookie.
    Token {
        #[command(subcommand)]
        command: token::TokenCommand,
    },
    /// Fill an empty database with a demo clinic and print its emails and passwords.
    Demo,
    /// Fill an empty database with a benchmark clinic and print its sessions, one line of JSON per pair.
    #[command(hide = true)]
    BenchClinic(bench::Size),
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Create an account. Reads the password from standard input; if it is empty, generates and prints one.
    Add(UserAdd),
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleName {
    Patient,
    Doctor,
    Admin,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Patient => Self::Patient,
            RoleName::Doctor => Self::Doctor,
            RoleName::Admin => Self::Admin,
        }
    }
}

#[derive(Debug, Args)]
struct UserAdd {
    /// The role of the account.
    #[arg(long)]
    role: RoleName,
    /// Email to sign in with.
    #[arg(long)]
    email: String,
    /// Full name.
    #[arg(long)]
    name: String,
    /// The doctor's specialty.
    #[arg(long, required_if_eq("role", "doctor"))]
    specialty: Option<String>,
    /// A short text about the doctor, for patients.
    #[arg(long, default_value = "")]
    bio: String,
    /// The doctor's languages: BCP 47 tags, separated by commas.
    #[arg(long, default_value = "")]
    languages: String,
}

/// Runs the command of the command line.
pub async fn run(cli: Cli) -> Result<(), AnyError> {
    logging::start(&cli.settings.log).map_err(|error| format!("BEDSIDE_LOG: {error}"))?;
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => {
            let listener = listen(cli.settings.addr)
                .map_err(|error| format!("BEDSIDE_ADDR: can't listen on {}: {error}", cli.settings.addr))?;
            let addr = listener.local_addr()?;
            let config = Config::new(&cli.settings, addr)?;
            if let Some(weakness) = config.weakness_of_bus() {
                tracing::warn!("{weakness}");
            }
            let (bus, incoming) = bus::open(config.bus.as_ref()).await?;
            let state = open_with(&cli.settings, config, bus).await?;
            if let Some(addr) = cli.settings.metrics_addr {
                serve_metrics(&state, addr).await?;
            }
            let stop = stop_signal()?;
            println!("listening on http://{addr}");
            let db = state.db.clone();
            let served = serve(state, incoming, listener, stop).await;
            db.close().await;
            served
        }
        Command::Migrate { from: Some(from), to } => {
            let to = match (to, &cli.settings.database_url) {
                (Some(to), _) => to,
                (None, Some(url)) => url.parse()?,
                (None, None) => return Err(CopyError::Kinds.into()),
            };
            move_clinic(&from, &to).await
        }
        Command::Migrate { .. } => {
            let config = Config::new(&cli.settings, cli.settings.addr)?;
            let db = DbPool::open(&config.database).await?;
            let ran = migrations::run(&db).await?;
            db.close().await;
            println!("{} migrations applied; the schema is up to date", ran.len());
            Ok(())
        }
        Command::BenchClinic(size) => {
            let pairs = with_state(&cli.settings, async |state| Ok(bench::fill(state, size).await?)).await?;
            let pairs = pairs.ok_or("the database already has accounts; a benchmark clinic needs an empty one")?;
            let mut out = std::io::stdout().lock();
            for pair in pairs {
                writeln!(out, "{}", serde_json::to_string(&pair)?)?;
            }
            Ok(())
        }
        Command::User { command: UserCommand::Add(add) } => user_add(&cli.settings, add).await,
        Command::Token { command } => with_state(&cli.settings, async |state| token::run(state, command).await).await,
        Command::Demo => {
            match with_state(&cli.settings, async |state| Ok(demo::fill(state).await?)).await? {
                None => println!("The database already has accounts; the demo clinic needs an empty one."),
                Some(sign_ins) => {
                    for sign_in in sign_ins {
                        println!("{:<8} {:<34} {}", sign_in.role.as_str(), sign_in.email, sign_in.password);
                    }
                }
            }
            Ok(())
        }
    }
}

async fn move_clinic(from: &DatabaseAddress, to: &DatabaseAddress) -> Result<(), AnyError> {
    match (from, to) {
        (DatabaseAddress::File(path), DatabaseAddress::Server(_)) if path.is_file() => {}
        (DatabaseAddress::File(path), DatabaseAddress::Server(_)) => {
            return Err(format!("--from: the file {} does not exist", path.display()).into());
        }
        _ => return Err(CopyError::Kinds.into()),
    }
    let moved = copy_database::run(&DbPool::open(from).await?, &DbPool::open(to).await?).await?;
    for (table, rows) in moved {
        println!("{rows:>12}  {table}");
    }
    println!("all data was moved, read back and compared");
    Ok(())
}

/// Listens with a queue that is long enough for a whole clinic's browsers connecting again after a
/// restart. With the default queue most of these connections fail, and each browser waits a second
/// or more before its next attempt.
fn listen(addr: std::net::SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if addr.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A restart must not wait until the kernel has released the old connections.
    socket.set_reuseaddr(true)?;
    // Accepted connections inherit this size.
    socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES)?;
    socket.bind(addr)?;
    socket.listen(LISTEN_QUEUE)
}

/// Serves the metrics at their own address, as long as the program runs.
async fn serve_metrics(state: &AppState, addr: std::net::SocketAddr) -> Result<(), AnyError> {
    let listener = TcpListener::bind(addr)
        .await
        .map_err(|error| format!("BEDSIDE_METRICS_ADDR: can't listen on {addr}: {error}"))?;
    tracing::info!("metrics on http://{}/metrics", listener.local_addr()?);
    let router = state.metrics.router();
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the metrics server has stopped");
        }
    });
    Ok(())
}

/// Opens the database for a command, and closes it when `work` is done.
async fn with_state<T>(
    settings: &Settings,
    work: impl AsyncFnOnce(&AppState) -> Result<T, AnyError>,
) -> Result<T, AnyError> {
    let state = open_with(settings, Config::new(settings, settings.addr)?, Arc::new(Alone)).await?;
    let done = work(&state).await;
    state.db.close().await;
    done
}

async fn open_with(settings: &Settings, config: Config, bus: Arc<dyn Bus>) -> Result<AppState, AnyError> {
    let pool = DbPool::open(&config.database).await?;
    migrations::run(&pool).await?;
    let options = leptos_options(settings.site_dir.as_deref(), config.addr)?;
    Ok(AppState::new(config, pool, options, bus))
}

/// Leptos' options. The site's folder is the configured one, or `site` next to the program. If
/// `hash.txt` exists next to the program, it contains the hashes in the files' names.
fn leptos_options(site_dir: Option<&Path>, addr: std::net::SocketAddr) -> Result<LeptosOptions, AnyError> {
    let program = std::env::current_exe()?;
    let folder = program.parent().map(Path::to_owned).unwrap_or_default();
    let site = site_dir.map_or_else(|| folder.join("site"), PathBuf::from);
    Ok(LeptosOptions::builder()
        .output_name("bedside")
        .site_root(site.to_string_lossy().into_owned())
        .site_addr(addr)
        .hash_files(folder.join("hash.txt").exists())
        .build())
}

fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
    })
}

async fn user_add(settings: &Settings, add: UserAdd) -> Result<(), AnyError> {
    let given = read_password()?;
    let password = given.clone().unwrap_or_else(password::generate);
    let new = NewAccount::check(&add.name, &add.email, password.clone()).map_err(explain)?;
    let user = with_state(settings, async |state| {
        let created = match Role::from(add.role) {
            Role::Doctor => {
                let profile = Profile {
                    specialty: add.specialty.unwrap_or_default(),
                    bio: add.bio,
                    languages: add.languages,
                    accepting_chats: true,
                };
                state.accounts.create_doctor(new, profile).await
            }
            role @ (Role::Patient | Role::Admin) => state.accounts.create_account(new, role).await,
        };
        created.map_err(explain)
    })
    .await?;
    println!("id: {}", user.id);
    if given.is_none() {
        println!("password: {password}");
    }
    Ok(())
}

/// Reads the password from standard input, without the line's end; `None` if it is empty.
fn read_password() -> std::io::Result<Option<String>> {
    let mut stdin = std::io::stdin();
    if stdin.is_terminal() {
        eprint!("Password (leave empty to generate one): ");
        std::io::stderr().flush()?;
        let mut line = String::new();
        stdin.read_line(&mut line)?;
        return Ok(without_line_end(&line));
    }
    let mut text = String::new();
    stdin.read_to_string(&mut text)?;
    Ok(without_line_end(&text))
}

fn without_line_end(text: &str) -> Option<String> {
    let password = text.trim_end_matches(['\r', '\n']);
    (!password.is_empty()).then(|| password.to_owned())
}

/// A problem as text for a terminal: the invalid fields, or the problem's own text.
fn explain(problem: Problem) -> AnyError {
    let fields: Vec<String> =
        problem.errors.iter().map(|error| format!("{}: {}", error.field, error.code.detail())).collect();
    if fields.is_empty() { problem.to_string().into() } else { fields.join("\n").into() }
}
