//! The canonical bytes through another protobuf library: Python's. `HEADWATER_PYTHON` names the interpreter; it needs the
//! package `protobuf`.

use std::process::Command;

/// A check that cannot be run here is told, and fails where everything has to run.
fn skip(why: &str) {
    let required = std::env::var_os("HEADWATER_REQUIRE_ALL").is_some_and(|value| value == "1");
    assert!(!required, "{why}, and HEADWATER_REQUIRE_ALL=1 asks for every check");
    eprintln!("NOT RUN: {why}");
}

#[test]
fn another_library_reads_and_writes_the_same_bytes() {
    let python = std::env::var("HEADWATER_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_protobuf = Command::new(&python).args(["-c", "import google.protobuf"]).output();
    if !has_protobuf.is_ok_and(|output| output.status.success()) {
        return skip(&format!("{python} with the package protobuf is not here"));
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/python/canonical.py");
    let output = Command::new(&python).arg(script).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("the one encoding: 1"), "{said}");
}
