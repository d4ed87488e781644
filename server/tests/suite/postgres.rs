//! Tests that need PostgreSQL: several servers on one database, other programs that write to it,
//! and a database server that goes away and comes back. `scripts/postgres.sh` starts a server and
//! runs them; it also runs the rest of the suite on PostgreSQL.

mod bus;
mod copy_database;
mod external_changes;
mod failures;
mod nodes;
mod schema;
mod tls;
