//! The server function of the search.

#![expect(missing_docs, reason = "`#[server]` makes a public struct of each function's arguments, without docs")]

use crate::protocol::{Problem, SearchPage, SearchQuery, TextJson};
#[cfg(feature = "ssr")]
use crate::{backend::backend, response::respond};
use leptos::prelude::*;

/// The messages in the viewer's chats that have these words, the newest first.
#[server(prefix = "/fn", endpoint = "message/search", input = TextJson, output = TextJson)]
pub async fn search(query: SearchQuery) -> Result<SearchPage, Problem> {
    respond(backend()?.search(query).await)
}
