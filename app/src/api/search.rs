//! Finding messages.

use super::SearchQuery;
use crate::protocol::{Problem, SearchPage};
use leptos::prelude::*;

/// One's own messages with these words, the newest first.
#[server(prefix = "/fn", endpoint = "message/search", input = server_fn::codec::Json)]
pub async fn search(query: SearchQuery) -> Result<SearchPage, Problem> {
    super::backend()?.search(query).await.map_err(super::response::respond)
}
