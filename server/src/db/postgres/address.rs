//! `DATABASE_URL` of a PostgreSQL server, and connecting to it.

use super::{
    PostgresError,
    tls::{self, Trust},
};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use std::{path::PathBuf, time::Duration};
use tokio_postgres::{Config, NoTls, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;
use url::Url;

/// Time for one attempt.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// A link on which nothing of what was sent is acknowledged for this long is dead.
const DEAD_AFTER: Duration = Duration::from_secs(15);

/// Where the server is, and how it is reached.
pub(super) struct Address {
    config: Config,
    /// Not at all with `sslmode=disable`.
    tls: Option<MakeRustlsConnect>,
}

impl Address {
    /// Reads `postgres://user:password@host:port/database?sslmode=…&sslrootcert=…`. `sslmode` and `sslrootcert` mean
    /// what they mean to libpq (PostgreSQL's manual, "SSL Support"); other parameters are tokio-postgres's.
    pub(super) fn parse(url: &str) -> Result<Self, PostgresError> {
        let mut url = Url::parse(url).map_err(|error| PostgresError::Address(error.to_string()))?;
        let mut mode = "prefer".to_owned();
        let mut roots = None;
        let mut others = Vec::new();
        for (name, value) in url.query_pairs().into_owned() {
            match name.as_str() {
                "sslmode" => mode = value,
                "sslrootcert" => roots = Some(value).filter(|value| value != "system").map(PathBuf::from),
                _ => others.push((name, value)),
            }
        }
        url.set_query(None);
        if !others.is_empty() {
            url.query_pairs_mut().extend_pairs(others);
        }
        // The address itself, with the password in it, must not get into a message.
        let mut config: Config =
            url.as_str().parse().map_err(|error: tokio_postgres::Error| PostgresError::Address(error.to_string()))?;
        let (wanted, trust) = match mode.as_str() {
            "disable" => (SslMode::Disable, None),
            "allow" | "prefer" => (SslMode::Prefer, Some(Trust::Anyone)),
            // As libpq has it: a file of certificates that is named is used.
            "require" if roots.is_none() => (SslMode::Require, Some(Trust::Anyone)),
            "require" | "verify-ca" => (SslMode::Require, Some(Trust::AnyName)),
            "verify-full" => (SslMode::Require, Some(Trust::Verified)),
            other => return Err(PostgresError::Address(format!("no such sslmode: {other}"))),
        };
        config
            .ssl_mode(wanted)
            .application_name("bedside")
            .connect_timeout(CONNECT_WITHIN)
            .keepalives_idle(DEAD_AFTER)
            .tcp_user_timeout(DEAD_AFTER);
        let tls = trust.map(|trust| tls::connector(trust, roots.as_deref())).transpose()?;
        Ok(Self { config, tls })
    }

    /// Connects and runs `settings`.
    pub(super) async fn connect(&self, settings: &str) -> Result<AsyncPgConnection, PostgresError> {
        let mut conn = match &self.tls {
            None => {
                let (client, link) = self.config.connect(NoTls).await?;
                AsyncPgConnection::try_from_client_and_connection(client, link).await?
            }
            Some(tls) => {
                let (client, link) = self.config.connect(tls.clone()).await?;
                AsyncPgConnection::try_from_client_and_connection(client, link).await?
            }
        };
        conn.batch_execute(settings).await.map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
        Ok(conn)
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, SslMode};
    use crate::db::postgres::PostgresError;

    fn parse(query: &str) -> Result<Address, PostgresError> {
        Address::parse(&format!("postgres://bedside:secret@db.example/clinic{query}"))
    }

    #[test]
    fn the_ways_of_tls_are_those_of_libpq() -> Result<(), PostgresError> {
        for (query, mode) in [
            ("", SslMode::Prefer),
            ("?sslmode=disable", SslMode::Disable),
            ("?sslmode=prefer", SslMode::Prefer),
            ("?sslmode=require&application_name=x", SslMode::Require),
            ("?sslmode=verify-full", SslMode::Require),
        ] {
            let address = parse(query)?;
            assert_eq!(address.config.get_ssl_mode(), mode, "{query}");
            assert_eq!(address.tls.is_some(), mode != SslMode::Disable, "{query}");
        }
        Ok(())
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for query in ["?sslmode=sometimes", "?sslmode=verify-ca&sslrootcert=/nowhere.pem", "?no_such_parameter=1"] {
            let said = parse(query).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(said.contains("DATABASE_URL") && !said.contains("secret"), "{query}: {said}");
        }
    }
}
