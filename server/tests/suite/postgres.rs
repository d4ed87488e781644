//! What only a clinic on PostgreSQL has: several servers on one database, other programs that write to it, and a
//! database server that goes away and comes back. Run by `scripts/postgres.sh`, which has one to run on; the rest of
//! the suite runs on it too then.

mod bus;
mod failures;
mod nodes;
mod outside;
mod schema;
mod tls;
mod transfer;
