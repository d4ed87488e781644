//! The API's description. Every answer and every frame that any test gets is checked against it.

use super::Reply;
use http::Method;
use jsonschema::Validator;
use serde_json::{Value, json};
use server::{http::asyncapi, router};
use std::{collections::BTreeMap, sync::LazyLock};

/// Statuses that any call can answer with temporarily. The description mentions them once, in its
/// text.
const OF_ANY_CALL: [u16; 3] = [408, 500, 503];

static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(router::describe()).unwrap());

static LIVE: LazyLock<Value> = LazyLock::new(asyncapi::describe);

/// The schema validators of the frames, by sender and type, like `server.ready`.
static FRAMES: LazyLock<BTreeMap<String, Validator>> = LazyLock::new(|| {
    let messages = LIVE["components"]["messages"].as_object().unwrap();
    let validator = |(name, message): (&String, &Value)| {
        let mut schema = message["payload"].clone();
        schema["components"] = LIVE["components"].clone();
        (name.clone(), jsonschema::validator_for(&schema).unwrap())
    };
    messages.iter().map(validator).collect()
});

/// The whole description of the frames (AsyncAPI).
pub(crate) fn live() -> &'static Value {
    &LIVE
}

/// The names of the described frames, like `server.ready`.
pub(crate) fn frames() -> impl Iterator<Item = &'static str> {
    FRAMES.keys().map(String::as_str)
}

/// The schema faults of a frame that the server or a client sends.
pub(crate) fn faults_of_frame(side: &str, frame: &Value) -> Vec<String> {
    let name = format!("{side}.{}", frame["type"].as_str().unwrap_or_default());
    match FRAMES.get(&name) {
        None => vec![format!("{name} is not described")],
        Some(validator) => validator.iter_errors(frame).map(|error| format!("{name}: {error}")).collect(),
    }
}

/// One described call.
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: Method,
    /// The path, with `{chat_id}` for a chat's id.
    pub(crate) path: String,
    pub(crate) has_body: bool,
    pub(crate) is_open: bool,
    pub(crate) statuses: Vec<u16>,
}

/// The whole description (OpenAPI).
pub(crate) fn whole() -> &'static Value {
    &DESCRIPTION
}

/// All described calls.
pub(crate) fn operations() -> Vec<Operation> {
    let paths = DESCRIPTION["paths"].as_object().unwrap();
    let of = |(path, methods): (&String, &Value)| -> Vec<Operation> {
        let methods = methods.as_object().unwrap().iter();
        methods
            .map(|(method, operation)| Operation {
                id: operation["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                has_body: operation.get("requestBody").is_some(),
                is_open: operation["security"] == json!([{}]),
                statuses: operation["responses"]
                    .as_object()
                    .unwrap()
                    .keys()
                    .map(|code| code.parse().unwrap())
                    .collect(),
            })
            .collect()
    };
    paths.iter().flat_map(of).collect()
}

fn is_at(template: &str, path: &str) -> bool {
    let (template, path) = (template.split('/'), path.split('/'));
    template.clone().count() == path.clone().count()
        && template.zip(path).all(|(segment, actual)| segment == actual || segment.starts_with('{'))
}

/// Asserts that the answer of a described call, with its body, is described.
#[track_caller]
pub(crate) fn check(method: &Method, path: &str, reply: &Reply) {
    let operations = operations();
    // A literal path is not an example of a path with a parameter.
    let is_literal = operations.iter().any(|operation| operation.path == path);
    let is_it =
        |op: &&Operation| op.method == method && if is_literal { op.path == path } else { is_at(&op.path, path) };
    let found = operations.iter().find(is_it);
    let Some(operation) = found else { return };
    if OF_ANY_CALL.contains(&reply.status) && !operation.statuses.contains(&reply.status) {
        return check_body("#/components/schemas/Problem", reply);
    }
    assert!(operation.statuses.contains(&reply.status), "{} does not describe {reply:?}", operation.id);
    let responses = &DESCRIPTION["paths"][&operation.path][operation.method.as_str().to_lowercase()]["responses"];
    let Some(content) = responses[reply.status.to_string()]["content"].as_object() else {
        return assert_eq!(reply.body, "", "{}: {} has no body", operation.id, reply.status);
    };
    let (kind, body) = content.iter().next().unwrap();
    assert_eq!(reply.header("content-type"), kind, "{reply:?}");
    check_body(body["schema"]["$ref"].as_str().unwrap(), reply);
}

#[track_caller]
fn check_body(reference: &str, reply: &Reply) {
    let schema = json!({ "$ref": reference, "components": DESCRIPTION["components"] });
    let validator = jsonschema::validator_for(&schema).unwrap();
    let body = reply.json();
    let faults: Vec<String> = validator.iter_errors(&body).map(|error| error.to_string()).collect();
    assert!(faults.is_empty(), "{reference}: {faults:?} in {reply:?}");
}
