use super::{Config, ConfigError, Settings};
use clap::{Args, Command, FromArgMatches};

fn config(arguments: &[&str]) -> Result<Config, ConfigError> {
    let matches = Settings::augment_args(Command::new("bedside")).get_matches_from([&["bedside"], arguments].concat());
    Config::new(&Settings::from_arg_matches(&matches).map_err(|_| ConfigError::PublicUrl)?, ([127, 0, 0, 1], 0).into())
}

#[test]
fn remote_bus_without_tls_or_user_gives_a_warning() -> Result<(), ConfigError> {
    let weakness = |bus: &str| {
        let database = "--database-url=postgres://bedside:secret@localhost/clinic";
        config(&[database, &format!("--bus-url={bus}")]).map(|config| config.weakness_of_bus())
    };
    for (bus, word) in [
        ("nats://nats.example:4222", "tls://"),
        ("nats://bedside:secret@nats.example", "tls://"),
        ("tls://nats.example", "a user and a password"),
    ] {
        let said = weakness(bus)?.unwrap_or_default();
        assert!(said.contains(word) && said.contains("nats.example") && !said.contains("secret"), "{bus}: {said}");
    }
    for safe in ["tls://bedside:secret@nats.example", "nats://localhost:4222", "nats://127.0.0.1", "nats://[::1]"] {
        assert_eq!(weakness(safe)?, None, "{safe}");
    }
    Ok(())
}
