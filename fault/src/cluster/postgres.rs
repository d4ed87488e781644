//! The PostgreSQL server that `scripts/postgres.sh` runs for the tests, and a database on it.

use crate::Failure;
use std::{net::SocketAddr, path::PathBuf};
use tokio::process::Command;
use tokio_postgres::{Client, Config, NoTls, config::Host};

/// The nodes' database. The server is only for tests, and one run uses it at a time.
const DATABASE: &str = "bedside_fault";

/// The PostgreSQL server.
#[derive(Clone, Debug)]
pub(crate) struct Postgres {
    /// The address at which the server listens.
    pub(super) addr: SocketAddr,
    config: Config,
    /// The server's data folder, and the program that starts and stops it.
    data: PathBuf,
    control: PathBuf,
}

impl Postgres {
    /// The server that the script's environment variables name.
    pub(crate) fn from_env() -> Result<Self, Failure> {
        let read = |name: &str| {
            std::env::var(name).map_err(|_| Failure::Program(format!("{name} is not set: scripts/fault.sh does that")))
        };
        let config: Config = read("BEDSIDE_TEST_POSTGRES")?.parse()?;
        let addr = match (config.get_hosts(), config.get_ports()) {
            ([Host::Tcp(host)], [port]) => format!("{host}:{port}").parse().ok(),
            _ => None,
        };
        let addr = addr.ok_or_else(|| Failure::Program("BEDSIDE_TEST_POSTGRES names no address".to_owned()))?;
        let (data, control) = (read("BEDSIDE_TEST_POSTGRES_DATA")?, read("BEDSIDE_TEST_POSTGRES_CONTROL")?);
        Ok(Self { addr, config, data: data.into(), control: control.into() })
    }

    /// The address of the nodes' database through this link.
    pub(super) fn url(&self, way: SocketAddr) -> String {
        let user = self.config.get_user().unwrap_or_default();
        format!("postgres://{user}@{way}/{DATABASE}?sslmode=disable")
    }

    /// Drops the database and creates an empty one.
    pub(super) async fn clear(&self) -> Result<(), Failure> {
        let (client, link) = self.config.clone().dbname("postgres").connect(NoTls).await?;
        let link = tokio::spawn(link);
        client.batch_execute(&format!("DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")).await?;
        client.batch_execute(&format!("CREATE DATABASE {DATABASE}")).await?;
        drop(client);
        // The task ends with the client.
        let _ = link.await;
        Ok(())
    }

    /// Connects another program to the nodes' database.
    pub(super) async fn connect(&self) -> Result<Client, Failure> {
        let (client, link) = self.config.clone().dbname(DATABASE).connect(NoTls).await?;
        // The task ends with the client.
        tokio::spawn(link);
        Ok(client)
    }

    /// Kills the server's processes and starts it again. It recovers from its log.
    pub(super) async fn restart(&self) -> Result<(), Failure> {
        let mut command = if rustix::process::getuid().is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(&self.control);
            command
        } else {
            Command::new(&self.control)
        };
        let log = self.data.join("log");
        let status = command
            .args(["restart", "--silent", "--wait", "--mode", "immediate", "--pgdata"])
            .arg(&self.data)
            .arg("--log")
            .arg(log)
            .current_dir("/")
            .status()
            .await?;
        if status.success() { Ok(()) } else { Err(Failure::Program("PostgreSQL did not restart".to_owned())) }
    }
}
