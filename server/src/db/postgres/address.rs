//! Parses the `DATABASE_URL` of a PostgreSQL server, and connects to the server.

use super::tls::{self, Trust};
use crate::db::{address::is_this_machine, error::PostgresError};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use std::{path::PathBuf, time::Duration};
use tokio_postgres::{
    Config, NoTls,
    config::{Host, SslMode},
};
use tokio_postgres_rustls::MakeRustlsConnect;
use url::Url;

/// Time limit for one attempt to connect.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// A connection counts as broken if nothing that was sent is acknowledged for this long.
const DEAD_AFTER: Duration = Duration::from_secs(15);

/// The address of the server, and how to connect to it.
pub(super) struct Address {
    config: Config,
    /// `None` with `sslmode=disable`.
    tls: Option<MakeRustlsConnect>,
    /// Which servers are accepted; `None` without TLS.
    trust: Option<Trust>,
}

impl Address {
    /// Parses `postgres://user:password@host:port/database?sslmode=…&sslrootcert=…`. `sslmode` and
    /// `sslrootcert` have the same meaning as for libpq (PostgreSQL's manual, "SSL Support"). The
    /// other parameters are those of tokio-postgres.
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
        // The URL contains the password, so it must not get into an error message.
        let mut config: Config =
            url.as_str().parse().map_err(|error: tokio_postgres::Error| PostgresError::Address(error.to_string()))?;
        let (wanted, trust) = match mode.as_str() {
            "disable" => (SslMode::Disable, None),
            "allow" | "prefer" => (SslMode::Prefer, Some(Trust::Anyone)),
            // Like libpq: if a file of certificates is named, it is used.
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
        Ok(Self { config, tls, trust })
    }

    /// A warning for the operator if the server is on another machine, and an attacker in between
    /// could read the data or impersonate the server. It does not contain the password.
    pub(super) fn weakness(&self) -> Option<String> {
        let is_far = |host: &&Host| matches!(host, Host::Tcp(name) if !is_this_machine(name));
        let Host::Tcp(host) = self.config.get_hosts().iter().find(is_far)? else { return None };
        let what = match (self.trust, self.config.get_ssl_mode()) {
            (Some(Trust::Verified), _) => return None,
            (Some(Trust::AnyName), _) => {
                "its certificate's name is not checked, so another server with a certificate of the same authority can impersonate it"
            }
            (Some(Trust::Anyone), SslMode::Require) => {
                "its certificate is not checked, so anyone on the network path can impersonate it"
            }
            _ => "TLS is not enforced, so anyone on the network path can read and change all messages",
        };
        Some(format!(
            "the database is on another machine ({host}), and {what}. Add sslmode=verify-full to DATABASE_URL"
        ))
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
    use crate::db::error::PostgresError;

    fn parse(query: &str) -> Result<Address, PostgresError> {
        Address::parse(&format!("postgres://bedside:secret@db.example/clinic{query}"))
    }

    #[test]
    fn sslmode_selects_tls_as_in_libpq() -> Result<(), PostgresError> {
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
    fn unverified_connection_to_other_machine_gives_warning() -> Result<(), PostgresError> {
        let weakness = |url: &str| Address::parse(url).map(|address| address.weakness());
        let far = "postgres://bedside:secret@db.example/clinic";
        for (query, word) in [
            ("", "TLS is not enforced"),
            ("?sslmode=disable", "TLS is not enforced"),
            ("?sslmode=prefer", "TLS is not enforced"),
            ("?sslmode=require", "is not checked"),
            ("?sslmode=verify-ca", "name is not checked"),
        ] {
            let said = weakness(&format!("{far}{query}"))?.unwrap_or_default();
            assert!(said.contains(word) && said.contains("db.example"), "{query}: {said}");
            assert!(said.contains("verify-full") && !said.contains("secret"), "{said}");
        }
        assert_eq!(weakness(&format!("{far}?sslmode=verify-full"))?, None);
        for here in ["localhost", "127.0.0.1", "127.8.0.1", "[::1]", "%2Frun%2Fpostgresql"] {
            assert_eq!(weakness(&format!("postgres://bedside:secret@{here}/clinic"))?, None, "{here}");
        }
        Ok(())
    }

    #[test]
    fn url_error_does_not_contain_the_password() {
        for query in ["?sslmode=sometimes", "?sslmode=verify-ca&sslrootcert=/nowhere.pem", "?no_such_parameter=1"] {
            let said = parse(query).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(said.contains("DATABASE_URL") && !said.contains("secret"), "{query}: {said}");
        }
    }
}
