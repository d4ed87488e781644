//! docs/contract.md and the README describe what the program does.

use crate::support::description;
use app::protocol::{ClientFrame, ProblemCode, ServerFrame};
use clap::CommandFactory;
use server::cli::Cli;
use std::collections::BTreeSet;

const CONTRACT: &str = include_str!("../../../docs/contract.md");
const README: &str = include_str!("../../../README.md");

#[test]
fn every_problem_is_documented_with_its_status() {
    for code in ProblemCode::ALL {
        let row = format!("| `{}` | {} |", code.as_str(), code.status());
        assert!(CONTRACT.contains(&row), "docs/contract.md lacks {row}");
    }
}

#[test]
fn every_setting_is_documented() {
    let command = Cli::command();
    let settings: Vec<&str> = command.get_arguments().filter_map(|argument| argument.get_env()?.to_str()).collect();
    assert!(settings.len() > 5, "{settings:?}");
    for setting in settings {
        for (file, text) in [("docs/contract.md", CONTRACT), ("README.md", README)] {
            assert!(text.contains(&format!("`{setting}`")), "{file} lacks {setting}");
        }
    }
}

/// The examples between two headings, as JSON values.
fn examples(from: &str, to: &str) -> Vec<serde_json::Value> {
    let section = CONTRACT.split_once(from).unwrap().1.split_once(to).unwrap().0;
    let lines = section.lines().filter(|line| line.starts_with("{\"type\":"));
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn types(examples: &[serde_json::Value]) -> BTreeSet<&str> {
    examples.iter().map(|example| example["type"].as_str().unwrap()).collect()
}

/// Asserts that the frames' description accepts the example, and rejects it without a required
/// field.
fn assert_described(side: &str, example: &serde_json::Value) {
    assert_eq!(description::faults_of_frame(side, example), Vec::<String>::new());
    let optional = [
        ("retryAfterMs", "error"),
        ("clientId", "error"),
        ("protocol", "ready"),
        ("epoch", "ready"),
        ("replyTo", "send"),
        ("corrects", "send"),
    ];
    for field in example.as_object().unwrap().keys() {
        if field == "type" || optional.contains(&(field.as_str(), example["type"].as_str().unwrap())) {
            continue;
        }
        let mut lacking = example.clone();
        lacking.as_object_mut().unwrap().remove(field);
        assert_ne!(description::faults_of_frame(side, &lacking), Vec::<String>::new(), "{field} is said to be there");
    }
}

#[test]
fn every_described_frame_has_an_example() {
    let with_side = |side: &str, examples: &[serde_json::Value]| -> BTreeSet<String> {
        types(examples).into_iter().map(|kind| format!("{side}.{kind}")).collect()
    };
    let mut all = with_side("server", &examples("### From the server", "### From the"));
    all.extend(with_side("client", &examples("### From the client", "\n### ")));
    assert_eq!(description::frames().map(str::to_owned).collect::<BTreeSet<_>>(), all);
}

#[test]
fn server_frame_examples_are_complete_and_match_the_types() {
    let examples = examples("### From the server", "### From the");
    for example in &examples {
        let frame: ServerFrame = serde_json::from_value(example.clone()).unwrap();
        assert_eq!(&serde_json::to_value(&frame).unwrap(), example, "the example says what the frame says");
        assert_described("server", example);
    }
    let all =
        ["ready", "message", "changed", "ack", "rejected", "chat", "delivered", "read", "typing", "error", "pong"];
    assert_eq!(types(&examples), BTreeSet::from(all));
}

#[test]
fn client_frame_examples_are_complete_and_can_be_parsed() {
    let examples = examples("### From the client", "\n### ");
    for example in &examples {
        let frame: ClientFrame = serde_json::from_value(example.clone()).unwrap();
        assert_eq!(&serde_json::to_value(&frame).unwrap(), example);
        assert_described("client", example);
    }
    assert_eq!(types(&examples), BTreeSet::from(["send", "read", "delivered", "typing", "ping"]));
}
