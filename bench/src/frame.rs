//! Reads and writes the contract's WebSocket frames with as little work as possible.

use crate::ids::ClientIds;
use serde::Deserialize;
use std::io::Write;
use uuid::Uuid;

/// The text that patients send: 80 characters, a usual length in a chat.
pub(crate) const CONTENT: &str = "Good morning doctor, the tablets help, but at night the cough still wakes me up.";
/// The heartbeat frame of a browser.
pub(crate) const PING: &[u8] = br#"{"type":"ping"}"#;

/// A frame of the server, as far as the generator needs it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Incoming<'a> {
    /// The snapshot that is the first frame of every socket.
    Ready,
    /// A message that reached this socket.
    Message {
        /// The message's position in the chat.
        seq: i64,
        /// The counter in the client id, if the generator sent the message.
        counter: Option<u64>,
    },
    /// A message of this socket is stored.
    Ack {
        /// The counter in the message's client id.
        counter: Option<u64>,
    },
    /// The server refused a message of this socket, for ever or for now.
    Refused {
        /// The counter in the message's client id, if the server named it.
        counter: Option<u64>,
        /// The server's problem code.
        code: &'a str,
    },
    /// Any other frame: receipts, chats, pongs.
    Other,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ack<'a> {
    client_id: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message<'a> {
    seq: i64,
    client_id: &'a str,
}

#[derive(Deserialize)]
struct MessageFrame<'a> {
    #[serde(borrow)]
    message: Message<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Refused<'a> {
    #[serde(default)]
    client_id: Option<&'a str>,
    code: &'a str,
}

/// Reads a frame. The contract puts `type` first, so that nothing else is parsed of frames that the
/// generator does not need.
pub(crate) fn read(text: &[u8]) -> Incoming<'_> {
    let Some(rest) = text.strip_prefix(br#"{"type":""#) else { return Incoming::Other };
    let known = if rest.starts_with(b"message\"") {
        serde_json::from_slice(text).map(|MessageFrame { message }| Incoming::Message {
            seq: message.seq,
            counter: ClientIds::counter(message.client_id),
        })
    } else if rest.starts_with(b"ack\"") {
        serde_json::from_slice(text).map(|ack: Ack| Incoming::Ack { counter: ClientIds::counter(ack.client_id) })
    } else if rest.starts_with(b"rejected\"") || rest.starts_with(b"error\"") {
        serde_json::from_slice(text).map(|refused: Refused| Incoming::Refused {
            counter: refused.client_id.and_then(ClientIds::counter),
            code: refused.code,
        })
    } else if rest.starts_with(b"ready\"") {
        Ok(Incoming::Ready)
    } else {
        Ok(Incoming::Other)
    };
    known.unwrap_or(Incoming::Other)
}

/// Replaces the content of `out` by a `send` frame of [`CONTENT`].
pub(crate) fn write_send(out: &mut Vec<u8>, client_id: Uuid, chat: i64) {
    out.clear();
    // Writing to a Vec never fails.
    let _ = write!(out, r#"{{"type":"send","clientId":"{client_id}","chatId":{chat},"content":"{CONTENT}"}}"#);
}

/// Replaces the content of `out` by a `delivered` frame.
pub(crate) fn write_delivered(out: &mut Vec<u8>, chat: i64, seq: i64) {
    out.clear();
    // Writing to a Vec never fails.
    let _ = write!(out, r#"{{"type":"delivered","chatId":{chat},"seq":{seq}}}"#);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contract_frames_are_parsed() {
        let id = ClientIds::new(1).id(42);
        let message = format!(
            r#"{{"type":"message","message":{{"chatId":1,"seq":9,"id":3,"senderId":2,"clientId":"{id}","content":"a \"b\"","isAi":false,"createdAt":"2026-01-01T00:00:00.000Z"}}}}"#
        );
        assert_eq!(read(message.as_bytes()), Incoming::Message { seq: 9, counter: Some(42) });
        let ack = format!(r#"{{"type":"ack","clientId":"{id}","chatId":1,"seq":9,"id":3,"createdAt":"…"}}"#);
        assert_eq!(read(ack.as_bytes()), Incoming::Ack { counter: Some(42) });
        let rejected = format!(r#"{{"type":"rejected","clientId":"{id}","code":"overloaded","detail":"…"}}"#);
        assert_eq!(read(rejected.as_bytes()), Incoming::Refused { counter: Some(42), code: "overloaded" });
        let error = br#"{"type":"error","code":"rate_limited","detail":"Too \"fast\"."}"#;
        assert_eq!(read(error), Incoming::Refused { counter: None, code: "rate_limited" });
        assert_eq!(read(br#"{"type":"ready","userId":1,"chats":[]}"#), Incoming::Ready);
        assert_eq!(read(br#"{"type":"pong"}"#), Incoming::Other);
        assert_eq!(read(b"nonsense"), Incoming::Other);
    }

    #[test]
    fn written_frames_are_json() {
        let mut out = Vec::new();
        write_send(&mut out, ClientIds::new(1).id(1), 5);
        let send: serde_json::Value = serde_json::from_slice(&out).unwrap_or_default();
        assert_eq!(send.get("content").and_then(serde_json::Value::as_str), Some(CONTENT));
        assert_eq!(CONTENT.chars().count(), 80);
        write_delivered(&mut out, 5, 6);
        assert_eq!(out, br#"{"type":"delivered","chatId":5,"seq":6}"#);
    }
}
