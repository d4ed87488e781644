//! Clients that behave unlike any page: they send one message over two sockets at once, do not
//! read, or all connect in the same instant.

use crate::{
    browser::{Browser, Typed},
    calls::Calls,
    counts::Counts,
};
use app::{
    live::MessageOptions,
    protocol::{ClientFrame, ServerFrame},
};
use futures::{SinkExt, StreamExt, future::join_all};
use rand::{Rng, rngs::StdRng, seq::IndexedRandom};
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

/// The longest wait of an actor for something that may never come.
const PATIENCE: Duration = Duration::from_secs(2);

/// Number of sends in a burst.
const BURST_SENDS: u64 = 20;

/// Sends one message over two sockets and by REST at once, and records the answers.
pub(crate) async fn duplicate_sender(browser: &Browser, calls: &Calls, rng: &mut StdRng, number: u64, counts: &Counts) {
    let Some(&chat) = browser.chats.choose(rng) else { return };
    let client_id = uuid::Builder::from_random_bytes(rng.random()).into_uuid();
    let content = format!("twin {} {number}", browser.user);
    counts.add("sends over two sockets and REST at once");
    let over_socket = async || {
        let mut socket = calls.socket(&browser.token).await.ok()?;
        let frame = ClientFrame::Send {
            client_id,
            chat_id: chat,
            content: content.clone(),
            reply_to: None,
            corrects: None,
            is_urgent: false,
        };
        socket.send(Message::text(serde_json::to_string(&frame).ok()?)).await.ok()?;
        while let Some(Ok(message)) = socket.next().await {
            let Message::Text(text) = message else { continue };
            match serde_json::from_str(&text) {
                Ok(ServerFrame::Ack { client_id: acked, seq, .. }) if acked == client_id => return Some(seq),
                // The chat accepts no messages at the moment.
                Ok(ServerFrame::Rejected { client_id: refused, .. }) if refused == client_id => return None,
                _ => {}
            }
        }
        None
    };
    let rest = async { Some(calls.send(&browser.token, chat, client_id, &content).await.ok()?.seq) };
    let (a, b, c) = tokio::join!(
        tokio::time::timeout(PATIENCE, over_socket()),
        tokio::time::timeout(PATIENCE, over_socket()),
        tokio::time::timeout(PATIENCE, rest),
    );
    for seq in [a, b, c].into_iter().filter_map(Result::ok).flatten() {
        // If two answers differed, the history could agree with only one of them.
        let before = browser.record().acked.insert(client_id, (chat, seq.0));
        if before.is_some_and(|(_, before)| before != seq.0) {
            counts.add("duplicates with different seqs");
        }
    }
}

/// Sends many messages over one socket without waiting for answers. The acked ones must keep their
/// order.
pub(crate) async fn burst_sender(browser: &Browser, calls: &Calls, rng: &mut StdRng, number: u64) {
    let Some(&chat) = browser.chats.choose(rng) else { return };
    let tab = uuid::Builder::from_random_bytes(rng.random()).into_uuid();
    let typed: Vec<Typed> = (0..BURST_SENDS)
        .map(|index| Typed {
            client_id: uuid::Builder::from_random_bytes(rng.random()).into_uuid(),
            chat,
            tab,
            number: index,
            content: format!("hasty {} {number} {index}", browser.user),
            about: MessageOptions::default(),
        })
        .collect();
    let exchange = async {
        let mut socket = calls.socket(&browser.token).await.ok()?;
        for Typed { client_id, content, .. } in &typed {
            let frame = ClientFrame::Send {
                client_id: *client_id,
                chat_id: chat,
                content: content.clone(),
                reply_to: None,
                corrects: None,
                is_urgent: false,
            };
            socket.feed(Message::text(serde_json::to_string(&frame).ok()?)).await.ok()?;
        }
        socket.flush().await.ok()?;
        let mut left = typed.len();
        while let (true, Some(Ok(message))) = (left > 0, socket.next().await) {
            let Message::Text(text) = message else { continue };
            let (client_id, stored) = match serde_json::from_str(&text) {
                Ok(ServerFrame::Ack { client_id, seq, .. }) => (client_id, Some(seq)),
                Ok(ServerFrame::Rejected { client_id, .. }) => (client_id, None),
                _ => continue,
            };
            let Some(sent) = typed.iter().find(|typed| typed.client_id == client_id) else { continue };
            left -= 1;
            if let Some(seq) = stored {
                let mut record = browser.record();
                record.acked.insert(client_id, (chat, seq.0));
                record.typed.push(sent.clone());
            }
        }
        Some(())
    };
    let _ = tokio::time::timeout(PATIENCE, exchange).await;
    // Acks arrive in the order of storing. The oracle checks the order of sending.
    browser.record().typed.sort_by_key(|typed| (typed.tab, typed.number));
}

/// Opens a socket and reads nothing from it for some time.
pub(crate) async fn stalled_reader(browser: Browser, calls: Calls, within: Duration) {
    if let Ok(socket) = calls.socket(&browser.token).await {
        tokio::time::sleep(within).await;
        drop(socket);
    }
}

/// Opens `count` sockets at once and waits for the first frame of each. Returns how many received
/// it.
pub(crate) async fn crowd(browsers: &[Browser], calls: &Calls, count: usize) -> usize {
    let open = async |browser: &Browser| {
        let mut socket = calls.socket(&browser.token).await.ok()?;
        socket.next().await?.ok()?;
        Some(socket)
    };
    let sockets = join_all(browsers.iter().cycle().take(count).map(open)).await;
    sockets.into_iter().flatten().count()
}
