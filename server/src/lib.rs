//! Bedside's server: accounts, chat rules, HTTP, WebSocket and storage.
//!
//! Each layer uses only those to its left: `domain` ← `db` ← `live` ← `auth` ← `clinic`, `chat` ←
//! `http`, `ws`, `socketio`, `tasks` ← `router` ← `serve` ← `cli`. `router` lists every route.
//! `chat`, `auth` and `clinic` contain the rules, `db` the SQL.

pub mod auth;
pub mod chat;
pub mod cli;
pub mod clinic;
pub mod config;
pub mod copy_database;
pub mod db;
pub mod domain;
mod failpoints;
pub mod http;
pub mod live;
mod logging;
pub mod metrics;
pub mod router;
pub mod seed;
pub mod serve;
pub mod socketio;
pub mod state;
pub mod tasks;
pub mod ws;
