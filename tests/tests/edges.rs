//! The direction of dependencies is a rule, so a test checks the rule, with the output of `cargo metadata`.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use headwater_tests::marked;
use serde_json::Value;

/// Crates from the bottom up: a crate may depend on the crates before it, and never on a crate after it.
const ORDER: [&str; 20] = [
    "headwater-tlog",
    "headwater-event",
    "headwater-trace",
    "headwater-audit",
    "headwater-key",
    "headwater-label",
    "headwater-words",
    "headwater-answers",
    "headwater-rows",
    "verifier-cli",
    "headwater-ledger",
    "headwater-sled",
    "headwater-api",
    "headwater-client",
    "headwater-cli",
    "headwater-service",
    "ledger-node",
    "headwater-testing",
    "dutch-milk",
    "role-examples",
];

/// Number of pure crates, from the bottom.
const PURE: usize = 3;

/// Crates that do I/O, spawn tasks or read clocks; a pure crate may not reach any of them.
const MACHINERY: [&str; 8] = ["tokio", "tonic", "axum", "hyper", "sled", "mio", "socket2", "ureq"];

fn metadata() -> Value {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--locked", "--manifest-path", manifest])
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON")
}

/// The direct dependencies of each package, without those of tests and builds.
fn edges(metadata: &Value) -> BTreeMap<&str, BTreeSet<&str>> {
    let packages = metadata["packages"].as_array().expect("packages");
    let names: BTreeMap<&str, &str> =
        packages.iter().filter_map(|package| Some((package["id"].as_str()?, package["name"].as_str()?))).collect();
    let nodes = metadata["resolve"]["nodes"].as_array().expect("a resolved graph");
    let normal =
        |dep: &Value| dep["dep_kinds"].as_array().is_some_and(|kinds| kinds.iter().any(|k| k["kind"].is_null()));
    nodes
        .iter()
        .map(|node| {
            let deps = node["deps"].as_array().expect("deps").iter().filter(|dep| normal(dep));
            (
                names[node["id"].as_str().expect("id")],
                deps.map(|dep| names[dep["pkg"].as_str().expect("pkg")]).collect(),
            )
        })
        .collect()
}

fn reach<'a>(edges: &BTreeMap<&'a str, BTreeSet<&'a str>>, from: &'a str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        open.extend(edges[name].iter().filter(|dep| reached.insert(**dep)));
    }
    reached
}

#[test]
fn nothing_points_back() {
    let metadata = metadata();
    let edges = edges(&metadata);
    for (place, name) in ORDER.iter().enumerate() {
        let ours: Vec<&str> = edges[name].iter().copied().filter(|dep| ORDER.contains(dep)).collect();
        assert!(ours.iter().all(|dep| ORDER[..place].contains(dep)), "{name} reaches {ours:?}");
    }
    let members = metadata["workspace_members"].as_array().expect("members").len();
    assert_eq!(members, ORDER.len() + 1, "a crate was added without a place in the order");
}

/// Crates that each crate depends on directly, without those that it reaches through another one.
#[test]
fn the_diagram_of_the_crates_is_that_of_cargo() {
    let metadata = metadata();
    let edges = edges(&metadata);
    let width = ORDER.iter().map(|name| name.len()).max().unwrap_or_default();
    let line = |name: &&str| {
        let direct: Vec<&str> = edges[*name].iter().copied().filter(|dep| ORDER.contains(dep)).collect();
        let is_through = |dep: &&str| direct.iter().any(|other| other != dep && reach(&edges, other).contains(dep));
        let mut shown: Vec<&str> = direct.iter().filter(|dep| !is_through(dep)).copied().collect();
        shown.sort_by_key(|dep| ORDER.iter().position(|name| name == dep));
        format!("{name:width$}  {}", shown.join(", ")).trim_end().to_owned() + "\n"
    };
    let lines: String = ORDER.iter().map(line).collect();
    marked::compare("crates/README.md", "crates", &format!("```\n{lines}```\n"));
}

#[test]
fn the_verifier_shares_nothing_with_the_node() {
    let metadata = metadata();
    let tree = reach(&edges(&metadata), "verifier-cli");
    for machinery in ["tokio", "tonic", "sled", "headwater-ledger", "headwater-sled", "headwater-api"] {
        assert!(!tree.contains(machinery), "verifier-cli must not reach {machinery}");
    }
}

#[test]
fn the_client_reaches_no_ledger_no_server_and_no_command_line() {
    // The features of this package alone: metadata joins those of the whole workspace.
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let arguments = [
        "tree",
        "--package=headwater-client",
        "--edges=normal",
        "--prefix=none",
        "--locked",
        "--manifest-path",
        manifest,
    ];
    let output = Command::new(env!("CARGO")).args(arguments).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).expect("a tree in UTF-8");
    let reached: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(reached.contains("headwater-api") && reached.contains("tonic"), "{reached:?}");
    for unwanted in [
        "headwater-ledger",
        "headwater-service",
        "headwater-sled",
        "sled",
        "axum",
        "clap",
        "csv",
        "indicatif",
        "pdf-writer",
    ] {
        assert!(!reached.contains(unwanted), "headwater-client must not reach {unwanted}");
    }
}

#[test]
fn pure_crates_reach_no_machinery() {
    let metadata = metadata();
    let edges = edges(&metadata);
    for name in &ORDER[..PURE] {
        let found: Vec<&str> = reach(&edges, name).into_iter().filter(|dep| MACHINERY.contains(dep)).collect();
        assert!(found.is_empty(), "{name} reaches {found:?}");
    }
}
