//! The WebSocket's frames as AsyncAPI 3.0, generated from the types that the server reads and
//! writes.

use crate::config::Config;
use app::protocol::{ClientFrame, PROTOCOL_VERSION, ServerFrame};
use axum::{Json, Router, routing::get};
use serde_json::{Map, Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

/// The path of the description.
const DESCRIPTION: &str = "/api/asyncapi.json";

/// Serves the description, unless `BEDSIDE_API_DOCS` is off.
pub fn router<S: Clone + Send + Sync + 'static>(config: &Config) -> Router<S> {
    if !config.api_docs {
        return Router::new();
    }
    let json = Json(describe());
    Router::new().route(DESCRIPTION, get(async move || json.clone()))
}

/// The description, with one message for each frame, named by its sender and its `type`.
#[must_use]
pub fn describe() -> Value {
    let (mut schemas, mut messages) = (Vec::new(), Map::new());
    ServerFrame::schemas(&mut schemas);
    ClientFrame::schemas(&mut schemas);
    let from_server = add_messages(&mut messages, "server", &ServerFrame::schema());
    let from_client = add_messages(&mut messages, "client", &ClientFrame::schema());
    let on_channel: Map<String, Value> = messages
        .keys()
        .map(|name| (name.clone(), json!({ "$ref": format!("#/components/messages/{name}") })))
        .collect();
    let refer_to = |names: Vec<String>| -> Vec<Value> {
        names.iter().map(|name| json!({ "$ref": format!("#/channels/live/messages/{name}") })).collect()
    };
    let schemas: Map<String, Value> = schemas
        .into_iter()
        .filter_map(|(name, schema)| serde_json::to_value(schema).ok().map(|schema| (name, schema)))
        .collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Bedside, live",
            "version": PROTOCOL_VERSION.to_string(),
            "description": "Text frames of at most 64 KiB, one JSON object each. `ready` comes first, every time. \
                Frames only announce what the database has stored: compare `ready` with what the client holds, \
                and fetch what is missing over HTTP. Close codes: 1001 going away, 1008 policy, 1009 too big, 1013 too \
                slow (connect again and compare), 4401 the session has ended (do not connect again)."
        },
        "defaultContentType": "application/json",
        "channels": {
            "live": {
                "address": "/ws",
                "messages": on_channel,
                "bindings": { "ws": { "method": "GET", "bindingVersion": "0.1.0" } }
            }
        },
        "operations": {
            "sendFrames": {
                "action": "send",
                "channel": { "$ref": "#/channels/live" },
                "messages": refer_to(from_server)
            },
            "receiveFrames": {
                "action": "receive",
                "channel": { "$ref": "#/channels/live" },
                "messages": refer_to(from_client)
            }
        },
        "components": { "messages": messages, "schemas": schemas }
    })
}

/// Adds a message for each variant of a frame, and returns the names of the messages.
fn add_messages(messages: &mut Map<String, Value>, side: &str, frame: &RefOr<Schema>) -> Vec<String> {
    let frame = serde_json::to_value(frame).unwrap_or_default();
    let variants = frame.get("oneOf").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut names = Vec::new();
    for variant in variants {
        let Some(kind) = variant.pointer("/properties/type/enum/0").and_then(Value::as_str) else { continue };
        let name = format!("{side}.{kind}");
        let summary = variant.get("description").cloned().unwrap_or_default();
        messages.insert(name.clone(), json!({ "name": kind, "summary": summary, "payload": variant }));
        names.push(name);
    }
    names
}
