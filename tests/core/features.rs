//! What a feature of the library brings with it, as cargo resolves it.
#![allow(clippy::unwrap_used, reason = "the helpers of tests, too, say what they expect by failing at once")]

use std::collections::BTreeSet;
use std::process::Command;

/// The features that are frameworks, with the crate that each is the adapter of.
const FRAMEWORKS: [(&str, &str); 8] = [
    ("actix-web", "actix-web"),
    ("axum", "axum"),
    ("ntex", "ntex"),
    ("poem", "poem"),
    ("rocket", "rocket"),
    ("salvo", "salvo_core"),
    ("tonic", "tonic"),
    ("warp", "warp"),
];

/// The crates of a build of the library with one feature, each with its version.
fn crates(feature: &str) -> BTreeSet<String> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| env!("CARGO").into()));
    cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
    cargo.args(["tree", "--offline", "-p", "requires-auth", "--no-default-features", "--features", feature]);
    cargo.args(["--edges", "normal", "--prefix", "none", "--no-dedupe", "--format", "{p}"]);
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(|line| line.split(" (").next().unwrap().to_owned()).collect()
}

#[test]
fn a_framework_brings_no_other() {
    for (feature, _) in FRAMEWORKS {
        let crates = crates(feature);
        for (other, name) in FRAMEWORKS {
            let is_there = crates.iter().any(|line| line.starts_with(&format!("{name} ")));
            assert_eq!(is_there, feature == other, "{name} with the feature {feature}");
        }
    }
}

/// The table in the crate's documentation, on the platform that it speaks of.
#[test]
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn each_feature_costs_what_the_documentation_says() {
    let lib = include_str!("../../runtime/src/lib.rs");
    let table = lib.split("//! # Features").nth(1).unwrap().split("//! # ").next().unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("//! | ")).skip(1);
    let mut documented = BTreeSet::new();
    for row in rows {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let (feature, count) = (cells.first().unwrap().trim_matches('`'), cells.get(2).unwrap());
        assert_eq!(crates(feature).len().to_string(), **count, "the feature {feature:?}");
        documented.insert(feature.to_owned());
    }
    for feature in FRAMEWORKS.map(|(feature, _)| feature).iter().chain(&["tower", "testing"]) {
        assert!(documented.contains(*feature), "the table lacks {feature}");
    }
}
