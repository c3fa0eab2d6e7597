//! The canonical bytes through another protobuf library, that of Python. `HEADWATER_PYTHON` names the interpreter, which needs the
//! package `protobuf`.

use std::process::Command;

use headwater_testing::tools::not_run;

#[test]
fn another_library_reads_and_writes_the_same_bytes() {
    let python = std::env::var("HEADWATER_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_protobuf = Command::new(&python).args(["-c", "import google.protobuf"]).output();
    if !has_protobuf.is_ok_and(|output| output.status.success()) {
        return not_run(&format!("{python} with the package protobuf is not here"));
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/python/canonical.py");
    let output = Command::new(&python).arg(script).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let count = said.split_once("the one encoding: ").and_then(|(_, rest)| rest.split(',').next()?.trim().parse().ok());
    assert!(count.is_some_and(|count: usize| count > 100), "{said}");
}
