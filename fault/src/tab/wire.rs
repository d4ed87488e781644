//! A tab's socket.

use super::Arrival;
use crate::calls::Calls;
use app::protocol::ClientFrame;
use futures::{SinkExt, StreamExt};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

/// Opens a socket and serves it until it ends or the tab drops it.
pub(super) async fn hold(
    calls: &Calls,
    token: &str,
    number: u32,
    mut to_send: mpsc::UnboundedReceiver<ClientFrame>,
    arrivals: &mpsc::UnboundedSender<Arrival>,
) -> Option<u16> {
    let opened = tokio::select! {
        opened = calls.socket(token) => opened,
        // The tab dropped the socket while it was opening.
        None = to_send.recv() => return None,
    };
    let (mut sink, mut stream) = opened.ok()?.split();
    loop {
        tokio::select! {
            message = stream.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    let _ = arrivals.send(Arrival::Text(number, text.as_str().to_owned()));
                }
                Some(Ok(Message::Close(close))) => return close.map(|close| close.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            },
            frame = to_send.recv() => {
                let text = serde_json::to_string(&frame?).ok()?;
                sink.send(Message::text(text)).await.ok()?;
            }
        }
    }
}
