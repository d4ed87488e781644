//! Storage: the pool, the schema, and one file per table.
//!
//! This folder holds all SQL. Its functions take `&mut DbConn` and return [`DbResult`]. The
//! services in `chat/`, `auth/` and `clinic/` decide what a result means for a user, and turn
//! errors into a `Problem`.

pub mod address;
pub mod batch;
pub mod chat;
pub mod chat_status;
pub mod clinic_setting;
pub mod conn;
mod error;
pub mod member;
pub mod message;
pub mod migrations;
pub mod office_hours;
pub mod outbox_key;
pub mod pool;
pub mod postgres;
pub mod profile;
pub mod report;
pub mod saved_reply;
pub mod schema;
pub mod search;
pub mod server_key;
pub mod session;
mod sqlite_check;
pub mod sqlite_file;
mod sqlite_log;
mod sqlite_mark;
mod status_columns;
pub mod summary;
pub mod time;
pub mod user;
mod writes;

pub use conn::DbConn;
pub use error::{DbError, DbResult};
pub use pool::DbPool;
pub use writes::Writes;
