//! What docs/contract.md and the README say is what the program does.

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

#[test]
fn the_examples_of_the_servers_frames_are_what_it_sends_and_none_is_missing() {
    let examples = examples("### From the server", "### From the");
    for example in &examples {
        let frame: ServerFrame = serde_json::from_value(example.clone()).unwrap();
        assert_eq!(&serde_json::to_value(&frame).unwrap(), example, "the example says what the frame says");
    }
    let all = ["ready", "message", "ack", "rejected", "chat", "delivered", "read", "typing", "error", "pong"];
    assert_eq!(types(&examples), BTreeSet::from(all));
}

#[test]
fn the_examples_of_the_browsers_frames_are_understood_and_none_is_missing() {
    let examples = examples("### From the client", "\n### ");
    for example in &examples {
        let frame: ClientFrame = serde_json::from_value(example.clone()).unwrap();
        assert_eq!(&serde_json::to_value(&frame).unwrap(), example);
    }
    assert_eq!(types(&examples), BTreeSet::from(["send", "read", "delivered", "typing", "ping"]));
}
