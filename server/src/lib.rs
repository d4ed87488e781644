//! Bedside's server: accounts, chat rules, HTTP, WebSocket and storage.
//!
//! `router` lists every route; `chat` and `auth` hold the rules; `db` the SQL; `http` and `live` translate.

pub mod auth;
pub mod bench_clinic;
pub mod chat;
pub mod cli;
pub mod clinic;
pub mod config;
pub mod db;
pub mod demo;
pub mod error;
mod fault;
pub mod http;
pub mod live;
pub mod metrics;
pub mod router;
pub mod serve;
pub mod socketio;
pub mod state;
pub mod text;
pub mod transfer;
