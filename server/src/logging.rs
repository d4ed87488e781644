//! What the program logs, to standard error.

use std::io::IsTerminal as _;
use tracing::{Level, Metadata, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    EnvFilter, Layer as _,
    filter::{FilterExt as _, ParseError, filter_fn},
    layer::{Filter, SubscriberExt as _},
    util::SubscriberInitExt as _,
};

/// Starts logging. `directives` are as in `BEDSIDE_LOG`: a level, or levels of modules.
pub(crate) fn start(directives: &str) -> Result<(), ParseError> {
    let filter = filter(directives)?;
    let layer = tracing_subscriber::fmt::layer().with_ansi(std::io::stderr().is_terminal());
    tracing_subscriber::registry().with(layer.with_writer(std::io::stderr).with_filter(filter)).init();
    Ok(())
}

fn filter<S: Subscriber>(directives: &str) -> Result<impl Filter<S> + use<S>, ParseError> {
    let filter = EnvFilter::try_new(directives)?;
    // Without this hint, each record of a library is looked at, also those of the level "trace",
    // of which the WebSocket library makes several for each frame.
    let hint = Filter::<S>::max_level_hint(&filter).unwrap_or(LevelFilter::TRACE);
    Ok(filter.and(filter_fn(is_loggable).with_max_level_hint(hint)))
}

/// Whether an event may be logged. At debug level, libraries log what they carry: a socket's
/// frames, a statement's values. These contain users' messages, so no setting can log them.
fn is_loggable(of: &Metadata<'_>) -> bool {
    let is_own = ["server", "app", "bedside"].contains(&of.target().split("::").next().unwrap_or_default());
    is_own || *of.level() <= Level::INFO
}

#[cfg(test)]
mod tests {
    use super::*;
    use tracing_subscriber::Registry;

    #[test]
    fn lower_levels_are_switched_off_as_a_whole() -> Result<(), ParseError> {
        for (directives, level) in
            [("info", LevelFilter::INFO), ("warn,server=debug", LevelFilter::DEBUG), ("off", LevelFilter::OFF)]
        {
            assert_eq!(filter::<Registry>(directives)?.max_level_hint(), Some(level), "{directives}");
        }
        Ok(())
    }
}
