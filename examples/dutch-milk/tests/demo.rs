//! The demo plays to its end, and says what the README promises.

use std::process::Command;

#[test]
fn it_plays_to_its_end() {
    let out = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_dutch-milk"))
        .args(["--once", "--listen", "127.0.0.1:0", "--out"])
        .arg(out.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let promises = [
        ("verify", "VALID"),
        ("tamper", "SIGNATURE_INVALID"),
        ("invent", "UNKNOWN_ID"),
        ("recall", "RECALLED"),
        ("withhold", "SIGNATURE_INVALID"),
        ("audited", "VALID"),
    ];
    for (what, verdict) in promises {
        assert!(said.lines().any(|line| line.starts_with(what) && line.ends_with(verdict)), "{what} {verdict}\n{said}");
    }
    let story = ["pass, 2 of 2 passed", "flight WX0895, awb 176-12345675", "import released", "complete as audited on"];
    for line in story {
        assert!(said.contains(line), "{line}\n{said}");
    }
    assert!(out.path().join("milk.trace").is_file() && out.path().join("milk.policy").is_file());
}
