//! The names of the scenarios.

use clap::ValueEnum;

/// A scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// What the machine can do.
    Limits,
    /// Pairs that wait for each message.
    Closed,
    /// Fixed rates.
    Open,
    /// Sockets that do nothing.
    Idle,
    /// Pages of a history.
    History,
    /// The room's page.
    Page,
    /// Finding messages.
    Search,
    /// All reconnect.
    Storm,
    /// More than it can take.
    Overload,
    /// Several that share a database.
    Nodes,
}

impl Scenario {
    /// All scenarios, in the order of the report.
    pub(crate) const ALL: [Self; 10] = [
        Self::Limits,
        Self::Closed,
        Self::Open,
        Self::Idle,
        Self::History,
        Self::Page,
        Self::Search,
        Self::Storm,
        Self::Overload,
        Self::Nodes,
    ];

    /// The name that `--only` accepts.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Limits => "limits",
            Self::Closed => "closed",
            Self::Open => "open",
            Self::Idle => "idle",
            Self::History => "history",
            Self::Page => "page",
            Self::Search => "search",
            Self::Storm => "storm",
            Self::Overload => "overload",
            Self::Nodes => "nodes",
        }
    }

    /// The description that `--list` prints.
    pub(crate) const fn about(self) -> &'static str {
        match self {
            Self::Limits => "what the machine can do: a bare WebSocket echo, bare SQLite commits, fdatasync",
            Self::Closed => "pairs that send the next message when the last is acked and delivered",
            Self::Open => "messages at fixed rates up to saturation, latency counted from when they were due",
            Self::Idle => "sockets that do nothing: memory, processor time, and what an active pair feels of them",
            Self::History => "pages of 50 from chats of up to 1,000,000 messages, and sends into them",
            Self::Page => "the room's page as the server renders it, plain and compressed",
            Self::Search => "finding messages by their words among 1,000,000",
            Self::Storm => "all sockets drop at once and reconnect",
            Self::Overload => "three times the messages it can take: memory, what is kept, how it recovers",
            Self::Nodes => "several nodes on one PostgreSQL and NATS: what a message costs, and where",
        }
    }
}
