//! Computes how soon each doctor usually answers.

use crate::chat::ChatService;
use std::time::Duration;

/// How often the task looks for doctors whose response time is due.
const EVERY: Duration = Duration::from_mins(1);

/// Runs until the program stops.
pub(super) async fn run(chats: ChatService) {
    loop {
        tokio::time::sleep(EVERY).await;
        if let Err(problem) = chats.renew_response_times().await {
            tracing::warn!(code = problem.code.as_str(), "response times could not be computed");
        }
    }
}
