//! The whole server, tested from outside: HTTP, sockets, pages, the command line and the database.
//!
//! There is one file per area. `support` starts a server for each test and has types for its users.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod accounts;
mod changes;
mod chat_status;
mod chats;
mod cli;
mod clock;
mod contract_doc;
mod cross_site;
mod disabled;
mod doctor_settings;
mod doctors;
mod errors;
mod form_pages;
mod forms;
mod headers;
mod health;
mod http_limits;
mod initiate;
mod limits;
mod messages;
mod migrations;
mod openapi;
mod pages;
mod postgres;
mod privacy;
mod races;
mod rate_limits;
mod read;
mod reports;
mod safety;
mod saved_replies;
mod search;
mod session;
mod socketio;
mod storage;
mod support;
mod tokens;
mod ws;
