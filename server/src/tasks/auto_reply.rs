//! Sends automatic replies: when a patient has written, checks whether the doctor is out and the
//! patient needs one.

use crate::chat::ChatService;

/// Runs until the program stops.
pub(super) async fn run(chats: ChatService) {
    let mut waiting = chats.waiting_auto_replies().await;
    while let Some(asked) = waiting.recv().await {
        if let Err(problem) = chats.answer_automatically(asked).await {
            tracing::warn!(code = problem.code.as_str(), "an automatic reply could not be stored");
        }
    }
}
